"""Words that belong to no level: question words, politeness, the observer, numbers, units.

Every table maps (symbol, value) to wordings in the notation of ``phrases``. Lower-case symbols are
function words that the grammar refers to literally.
"""

GENERAL = {
    # How a question begins.
    ("WHAT", None): ["what", "whats", "what all", "what kind[s] of", "what sort[s] of"],
    ("WHICH", None): [
        "which", "whichs", "who", "whos", "whose", "which (one|ones)", "what one", "(identify|pick|"
        "select|choose|name|determine|point out) [(which|what) (one|ones|of)]", "which out of",
    ],
    ("WHERE", None): [
        "where", "wheres", "whereabouts", "locate", "localize", "localise", "find",
        "where (can|could|do|would|might|should) (i|we|you|one) (find|see|look for|expect|get)",
        "at (what|which) (place|spot|position|location)",
    ],
    ("HOW", None): ["how", "hows", "to what extent"],
    ("HOW_MUCH", None): ["[by] how much", "how many times", "to what degree", "what amount"],
    ("COUNT", None): [
        "how many [different|of the|of these|of those|of]", "[the] [total] number of", "count [of]",
        "[the] amount of", "what number of", "[the] quantity of", "count (up|out) [of]", "hw many",
    ],
    ("LIST", None): [
        "list [out]", "show [me]", "enumerate", "give [me] [a] list [of]", "mention", "what are all",
        "tell me about", "display",
    ],
    ("EXIST", None): [
        "(is|are) there", "(can|could|do|did|would) you [still] (see|spot|detect|recognize|recognise|find|"
        "notice|perceive)", "(does|do) [the] (scene|image|picture|view|photo) (contain|have|show|"
        "include)", "(do|can|could) (we|i) (have|see|find|spot)", "(is|are) (visible|present|exist)",
        "have you got", "you see", "exist", "exists", "visible", "present",
    ],
    ("IF", None): [
        "if", "whether", "whether or not", "true or false", "yes or no", "yes no", "true that",
        "the case that", "correct that", "it true that", "right that", "suppose", "assume",
        "imagine", "imagining", "supposing", "assuming", "check [if|whether|that]", "verify [if|whether|that]",
        "confirm [if|whether|that]",
    ],
    ("BE", None): [
        "is", "are", "was", "were", "be", "been", "being", "am", "s", "does", "do", "did", "has", "have",
        "having", "had", "can", "could", "would", "will", "should", "may", "might", "must", "does it",
        "(is|are) it", "it is", "it be", "isnt it",
    ],
    # Function words that carry structure.
    ("of", None): ["of", "among", "amongst", "out of", "from among", "from amongst"],
    ("from", None): ["from", "off", "off of", "away from", "starting (at|from)", "relative from"],
    ("to", None): [
        "to", "toward", "towards", "till", "until", "up to", "onto", "into", "til",
        "ending at", "and ending at", "going to", "leading to", "pointing (to|towards|toward|at)",
    ],
    ("than", None): ["than", "then"],
    ("relative", None): [
        "[as] relative to", "with respect to", "in relation to", "relatively to", "wrt",
        "compared (to|with)", "in comparison (to|with)", "in reference to", "with reference to",
        "[as] seen from", "[as] viewed from", "when viewed from", "when seen from", "in regard to",
        "with regards to", "in terms of", "relation to", "versus the position of", "vis a vis",
        "against the position of", "by comparison (to|with)",
    ],
    ("between", None): ["between", "in between", "btw", "betw", "b w"],
    ("and", None): ["and", "&", "plus", "as well as", "and also", "along with", "together with", "n"],
    ("or", None): ["or", "vs", "versus", "or else", "or the other", "or is it", "or rather", "or (is|are|does|was)", "/"],
    ("at", None): ["at"],
    ("in", None): ["in", "inside", "within it", "into it"],
    ("with", None): ["with"],
    ("that", None): ["that", "that (is|are|lie|lies|sit|sits|stand|stands)", "who (is|are)"],
    ("'s", None): ["'s"],
    ("the", None): [
        "the", "a", "an", "this", "these", "those", "any", "some", "all", "every", "each", "all [of] the",
        "my", "your", "our", "its", "their", "his", "her", "another", "any of the", "all of", "any of", "other",
        "a single", "the other",
    ],
    ("its", None): ["it", "them", "they", "itself"],
    ("both", 2): ["both", "both [of] the", "(the|these|those) two", "two", "either", "either of [the]", "both of"],
    # Things.
    ("ANY", True): [
        "objects", "things", "items", "everything", "entities", "stuff", "all", "all of (them|these|those)",
        "elements", "obstacles", "obj", "objs", "targets", "all of (the|these|those) (objects|things|items)",
        "anything else",
    ],
    ("ANY", False): ["object", "thing", "item", "anything", "something", "entity", "obstacle", "target"],
    ("ONE", None): ["one", "ones", "(of|among|out of) (them|these|those|the following|the lot|all)", "of the two", "of both", "these", "those"],
    ("CAMERA", None): [
        "(camera|cameras|cam|cams|lens|sensor|robot|robots|viewer|viewers|observer|observers|viewpoint|eye|"
        "photographer|image plane|depth camera|rgb camera|robot camera|realsense|kinect|vantage point|viewer 's position)",
        "me", "us", "you", "i", "we", "one 's position", "here", "yourself", "myself", "ourselves", "person taking the (photo|picture)",
        "(my|your|our) (position|location|eyes|viewpoint|place|point of view|camera|standpoint)", "where (i|we|you) (am|are|m|stand)",
        "camera (position|origin|center|centre|lens|plane|location)", "optical (center|centre)",
        "(current|present) (position|viewpoint|location)", "someone", "an observer", "a person",
    ],
    ("VIEWPOINT", None): [
        "perspective", "point of view", "view point", "viewpoint", "standpoint", "pov", "eyes",
        "side", "view", "vantage point", "angle", "perspective of", "eyes of",
    ],
    ("AT_PLACE", None): [
        "(standing|stand|stood|sitting|sit|seated|positioned|located|placed|am|were) at",
        "(standing|stand|stood) (next to|by|beside|near|where)", "in place of",
        "at the (position|location|place) of",
    ],
    ("FACE", None): [
        "(facing|face|faces|faced) [towards|toward|to]", "(looking|look|looks) (at|towards|toward|to)",
        "(turned|turn|oriented|pointed) (to|towards|toward) [face]", "gazing (at|towards)",
        "looking in the direction of", "with [my|your|its] back to",
    ],
}  # fmt: skip

# Dropped wherever they stand: politeness, hedges and words about the picture itself.
FILLERS = [
    "please", "pls", "plz", "kindly", "thanks", "thank you", "thx", "hey", "hi", "ok", "okay", "so",
    "well", "now", "right now", "currently", "at the moment", "just", "actually", "really", "exactly",
    "precisely", "about", "around", "roughly", "approximately", "approx", "circa", "estimated",
    "approximate", "exact", "precise", "actual", "metric", "measured", "total", "overall", "absolute",
    "real world", "physical", "straight line", "euclidean", "direct", "linear", "in total", "altogether",
    "(can|could|would|will) you [please] (tell|give|show|help|say|let|estimate|measure|provide|report|"
    "compute|calculate|determine|figure out|find out|work out|check|state|explain|describe to|specify|"
    "indicate|inform) [us|me] [out] [know]",
    "(can|could|may|might) (i|we) (ask|know|get|have)",
    "can (anyone|someone|you) tell", "[i|we] (want|need|wish|like|would like|d like|would love) to (know|find out|learn|see|"
    "understand|determine|measure|estimate|ask)", "(i|we) (need|want|would like|d like)", "i wonder", "i am wondering", "wondering", "i m wondering",
    "do you (know|think|reckon|believe|happen to know|have any idea)", "any idea", "got any idea",
    "(tell|give|report|provide|state|say|specify|let) [to] [me|us] [know] [about]",
    "(estimate|measure|compute|calculate|determine|evaluate|assess|gauge|figure out|work out|obtain|"
    "find out|get|predict|output|return|print|answer|specify|indicate|quantify|infer|deduce|guess)",
    "would you (say|estimate|guess|judge|consider|describe|call)", "(do|would) you (say|guess|estimate)", "(in your|your) (estimate|estimation|opinion)",
    "your best (guess|estimate)", "(an|the|your) (estimate|estimation|measurement|value|measure|reading|figure) (of|for)",
    "a (rough|quick|good|precise|accurate) (estimate|estimation|idea|measurement|guess) (of|for)", "the value of", "information (on|about)",
    "(appear|appears|seem|seems|appearing) [to be|to have|to lie|to sit]", "considered [to be]", "said to be", "deemed", "believed to be",
    "(located|positioned|placed|situated|found|lying|lie|lies|sitting|sit|sits|standing|stand|stands|"
    "seated|resting|rest|rests|arranged|stationed|hanging|hangs|mounted|parked|lined up|sat|kept|put|come|comes|coming|fall|falls|being found|be found)",
    "in (the|this) (scene|image|picture|photo|view|room|frame|shot|foreground and background|field of view|camera view|camera image|current view)",
    "[in] (the|this) (given|current|provided) (scene|image|picture|view)",
    "(on|in) (screen|view|sight|the screen)", "around here", "over there", "over here", "out there", "there", "in here",
    "is it", "it", "there is", "there are", "there exists", "in question", "you can see", "i can see", "that you see", "that you can see", "we can see", "you see here",
    "from [the] camera view", "detected", "visible objects", "shown", "seen", "known", "labelled", "labeled", "available",
    "in real life", "in reality", "in 3d space", "in space", "in the real world", "in 3d", "in three dimensions", "spatially", "physically", "in the world",
    "specifically", "also", "then again", "even", "still", "already", "only", "both", "respectively", "quickly", "simply", "basically", "much", "quite",
    "as", "such", "for", "by", "would", "though", "perhaps", "maybe", "possibly", "likely", "else", "same", "time", "again", "next question", "question",
    "answer [with] [the|a] [option] [number|letter|yes|no|word]", "answer yes or no", "yes or no", "answer with yes or no",
    "(m|metres|meters|metre|meter) please", "the following", "following", "given", "of interest", "respective", "options", "choices", "either",
    "to be", "to have", "considering", "looking at (the|this) (scene|image|picture|photo)", "based on (the|this) (image|scene|picture)",
    "(i|we|you|one|someone|it) (would|d|will) (have|need) to", "would (i|we|you|one|it) (have|need) to", "(do|must|should) (i|we|you) (have|need) to", "(have|need|needed|required) to",
    "(move|moving|go|going|walk|walking|travel|travelling|traveling|drive|driving|reach|reaching|get|getting|step|stepping|cover|moves|goes) [along|over|across]",
    "(separate|separates|separating|separated|lie|lies|exist|exists|measure|measures|extend|extends|extending|stretch|stretches|stretching|span|spans|spanning|reaches)",
    "tell", "me know", "us know", "i am", "i m", "am i", "are you", "you are", "we are", "are we",
    "more or less", "or so", "give or take", "nearly", "almost", "bit", "a bit", "slightly", "significantly", "clearly", "robot mate", "mate", "buddy", "sir", "hispatial",
    "pointing", "points", "that points", "going", "leading", "running", "apparent", "visually", "perceived", "individual", "single", "particular", "certain", "specific", "overall",
]  # fmt: skip

NUMBER_WORDS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "hundred": 100,
    "half": 0.5, "a": 1, "an": 1,
}  # fmt: skip

ORDINALS = {
    "first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4,
    "fifth": 5, "5th": 5, "sixth": 6, "6th": 6,
}  # fmt: skip

# Word -> (unit as printed, metres).
UNITS = {
    name: (symbol, metres)
    for symbol, metres, names in (
        ("m", 1.0, "m meter meters metre metres mtr mtrs"),
        ("cm", 0.01, "cm cms centimeter centimeters centimetre centimetres"),
        ("mm", 0.001, "mm millimeter millimeters millimetre millimetres"),
        ("km", 1000.0, "km kilometer kilometers kilometre kilometres"),
        ("ft", 0.3048, "ft foot feet"),
        ("in", 0.0254, "inch inches"),
        ("yd", 0.9144, "yd yard yards"),
    )
    for name in names.split()
}
