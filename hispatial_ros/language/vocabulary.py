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
        "is (that|this|it) (true|correct|right|so|the case)", "(correct|true)",
        "[alert|notify|warn|tell|watch|inform|ping|trigger|stop|report] [me|us] [know] (when|whenever|once|as soon as|if)",
        "(alert|notify|warn|inform|ping) [me|us]", "let (me|us) know (when|whenever|once|if)", "watch [for|if|whether]", "wait until",
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
        "in regard to",
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
    ("BOTH", 2): ["both [of] [the]", "[the|these|those] (two|three|four|five)", "either [of] [the]", "pair of"],
    ("MOVE", None): ["[to] (move|go|walk|travel|drive|reach|get|step|roll|turn|head) [along|over|across|there]", "(moves|goes)"],
    # Things.
    ("ANY", True): [
        "objects", "things", "items", "everything", "entities", "stuff", "all", "all of (them|these|those)",
        "elements", "obstacles", "obj", "objs", "targets", "all of (the|these|those) (objects|things|items)",
        "anything else",
    ],
    ("ANY", False): ["object", "thing", "item", "anything", "something", "entity", "obstacle", "target"],
    ("ONE", None): ["one", "ones", "(of|among|out of) (them|these|those|the following|the lot|all)", "of both", "these", "those", "[of] (the|these|those) (two|three|four|five|six)", "the bunch"],
    ("CAMERA", None): [
        "(camera|cameras|cam|cams|lens|sensor|robot|robots|viewer|viewers|observer|observers|viewpoint|eye|"
        "photographer|image plane|depth camera|rgb camera|robot camera|realsense|kinect|vantage point|viewer 's position)",
        "me", "us", "you", "i", "we", "one 's position", "here", "yourself", "myself", "ourselves", "person taking the (photo|picture)",
        "(my|your|our) (position|location|eyes|viewpoint|place|point of view|camera|standpoint)", "where (i|we|you) (am|are|m|stand)",
        "camera (position|origin|center|centre|lens|plane|location)", "optical (center|centre)",
        "(current|present) (position|viewpoint|location)", "someone", "an observer", "a person",
    ],
    ("SEEN_FROM", None): ["[as|when|if] (seen|viewed|observed|looked at) from", "[as|when|if] looking from"],
    ("VIEWPOINT", None): [
        "perspective", "point of view", "view point", "viewpoint", "standpoint", "pov", "eyes",
        "side", "view", "vantage point", "angle",
    ],
    ("AT_PLACE", None): [
        "(standing|stand|stood|sitting|sit|seated) at",
        "(i|we|you|one|someone|observer|robot|viewer) (am|is|are|was|were) [positioned|located|placed|standing|seated] (at|by|next to|beside)",
        "(standing|stand|stood) (next to|by|beside|near|where)", "in place of",
        "at the (position|location|place) of",
    ],
    ("FACE", None): [
        "(facing|face|faces|faced) [towards|toward|to]", "(looking|look|looks) (at|towards|toward|to)",
        "(turned|turn|oriented|pointed) (to|towards|toward) [face]", "gazing (at|towards)",
        "looking in the direction of", "with [my|your|its] back to",
    ],
}  # fmt: skip

# Dropped wherever they stand, by what they are.
FILLERS = [
    # Greetings and politeness
    "(please|pls|plz|kindly|thanks|thx|cheers)", "thank you", "(hey|hi|hello|yo|dear|hmm|um|uh)",
    "(ok|okay|alright|so|well|then|next|again|also)", "(sir|mate|buddy|hispatial)", "for me",
    "be so kind", "if (possible|you can|you could)", "quick question", "next question", "question",
    "do me a favor", "any chance", "help [me] [to] [out]",
    # Asking to be told
    "(can|could|would|will) you [please] (tell|give|show|help|say|let|estimate|measure|provide|"
    "report|compute|calculate|determine|check|state|explain|specify|indicate|inform) [us|me] [know]",
    "(can|could|would|will) you [please] (figure|find|work) out",
    "(can|could|may|might) (i|we) (ask|know|get|have)", "can (anyone|someone) tell",
    "(i|we) (want|need|wish|like|would like|would love) [to] [know|find out|learn|see|understand|"
    "determine|measure|estimate|ask]", "[i|we] (need|want) to know", "[i|we] (wonder|was wondering)",
    "[i am|we are] (wondering|looking for|interested in|curious about|curious|after)",
    "[i am|we are] trying to (find|know|see|figure out|work out|measure|get)",
    "do you (know|think|reckon|believe|have any idea)", "[got|have] any idea", "know",
    "(tell|give|report|provide|state|say|specify|get|hand|share) [to] [me|us] [with|about]",
    "(me|us) know", "let us know", "(find|figure|work) out", "look up", "read out",
    "(have|take) a look", "report back",
    "(estimate|measure|compute|calculate|determine|evaluate|assess|gauge|obtain|get|predict|output|"
    "return|print|answer|indicate|quantify|infer|deduce|guess|express|expressed)",
    "would you (say|estimate|guess|judge|consider|describe|call)", "do you (say|guess|estimate)",
    "[the] (measurement|estimate|estimation|value|reading|figure|information|idea) [of|for|on]",
    "(a|an) (rough|quick|good|precise|accurate|approximate) (estimate|estimation|idea|guess) [of|for]",
    "your best (guess|estimate)", "in your (view|judgement|opinion|estimate|estimation)",
    # How exactly
    "(exactly|precisely|about|around|roughly|approximately|approx|circa|nearly|almost|maybe|perhaps|"
    "possibly|likely|actually|really|just|simply|basically|clearly|slightly|significantly|quite|much|"
    "even|still|already|only|else|specifically|respectively|quickly|visually|spatially|physically)",
    "(estimated|approximate|exact|precise|actual|metric|measured|total|overall|absolute|physical|"
    "apparent|perceived|respective|individual|particular|certain|specific|same|direct|linear|"
    "euclidean|given|current|present)",
    "(straight|crow flies) line", "as the crow flies", "real world", "more or less", "or so",
    "give or take", "a bit", "bit", "in total", "altogether", "as accurately as possible",
    # Now and here
    "(now|currently|presently|today)", "(right|just) now", "at the moment", "at present", "this time",
    "(over|out|in|around) (there|here)", "there", "around",
    # Being somewhere, which every object is
    "(located|positioned|placed|situated|found|lying|lie|lies|sitting|sit|sits|standing|stand|stands|"
    "stood|sat|seated|resting|rest|rests|arranged|stationed|hanging|hangs|mounted|parked|kept|put|"
    "come|comes|fall|falls|belong|belongs|appear|appears|seem|seems|appearing|reside|resides)",
    "(appear|appears|seem|seems) to (be|have|lie|sit|stand|belong)", "belong[s] to", "belongs to",
    "(lined up|be found|being found)", "(considered|deemed|said|believed) [to be]", "to (be|have)",
    "(exist|exists|measure|measures|extend|extends|extending|stretch|stretches|stretching|span|spans|"
    "spanning|reaches)", "(take|takes|taking|taken) up", "(occupy|occupies|occupied|occupying)",
    "(point|points|pointing|leading)", "that points", "(that|those) of",
    "there (is|are|exists)", "is it", "it", "in question", "of interest",
    # The picture itself
    "[in] (the|this|your|my) [given|current|provided] (scene|image|picture|photo|view|room|frame|shot|"
    "field of view|camera view|camera image)",
    "(on|in) (screen|view|sight|the screen)", "from the (image|picture|depth)", "from this image",
    "(that|which|as) [i|we|you] [can] see", "(i|we|you) (can see|see here)", "in (real life|reality)",
    "in [the] (real world|world|3d|3d space|space|three dimensions)", "using the depth",
    "(according to|based on|judging from) (the|this) (image|depth|picture|scene)",
    "looking at (the|this) (scene|image|picture|photo)",
    "(detected|shown|seen|known|labelled|labeled|available|visible) [objects]",
    # How to answer
    "answer [with] [the|a] [option] [number|letter|word]", "answer [with] yes or no",
    "[the] following", "(options|choices)",
    # Having to, wanting to
    "(i|we|you|one|someone|it) (would|will) (have|need) to", "would (i|we|you|one|it) (have|need) to",
    "(do|must|should) (i|we|you) (have|need) to", "(have|need|needed|required) to",
    # Function words that tell nothing
    "(as|such|for|by|though|either|would|considering)", "(i|we) am", "(am|are) (i|we|you)",
    "(you|we) are", "(the|a) way", "along",
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
