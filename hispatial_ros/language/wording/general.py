"""Wordings that belong to no level: question words, function words, the observer.

Lower-case symbols are function words that the grammar refers to literally.
"""

PHRASES = {
    # How a question begins
    ("WHAT", None): "what [all] | whats | what (kind|kinds|sort|sorts) of",
    ("WHICH", None): """
        which [one|ones] | whichs | who | whos | whose | what one | which out of
        (identify|pick|select|choose|name|determine|point out) [(which|what) [one|ones|of]]
    """,
    ("WHERE", None): """
        where | wheres | whereabouts | locate | localize | localise | find
        where (can|could|do|would|might|should) (i|we|you|one) (find|see|look for|expect|get)
        at (what|which) (place|spot|position|location)
    """,
    ("HOW", None): "how | hows | to what extent",
    ("HOW_MUCH", None): "[by] how much | to what degree | what amount",
    ("COUNT", None): """
        how many [different] [of [these|those]] | hw many | count [up|out] [of] | amount of
        [total] number of | what number of | quantity of
    """,
    ("LIST", None): """
        list [out|of] | show [me] | enumerate | give [me] list [of] | mention | display
    """,
    ("EXIST", None): """
        (is|are) there | exist | exists | visible | present | available | (is|are) (visible|present)
        (can|could|do|did) (you|we|i) [still] (see|spot|detect|recognize|recognise|find|notice|have)
        (does|do) (scene|image|picture|view|photo|room) (contain|have|show|include)
        have you got | you see
    """,
    ("IF", None): """
        if | whether [or not] | or not | true or false | yes or no | yes no | correct | true
        true that
        (case|correct|it true|right) that | suppose | supposing | assume | assuming | imagine
        (check|verify|confirm|watch) [if|whether|that|for]
        is (that|this|it) (true|correct|right|so)
        , (right|correct|yes|no|true) ? | , (is|are|does|do) not (it|they|that)
        [alert|notify|warn|tell|inform|ping|stop|report] [me|us] (when|whenever|once|as soon as|if)
        let (me|us) know (when|whenever|once|if) | (alert|notify|warn|inform) [me|us] | wait until
    """,
    ("BE", None): """
        is | are | was | were | be | been | being | am | s | does | do | did | has | have | had
        having | can | could | would | will | should | may | might | must
        (is|are|does|do) (it|they) | it (is|be) | isnt it
    """,
    # Function words
    ("of", None): "[out|from] (of|among|amongst)",
    ("from", None): "[away|relative] from | off [of] | starting (at|from)",
    ("to", None): """
        to | toward | towards | till | until | til | onto | into | [and] ending at | going to
        leading to | pointing (to|towards|toward|at)
    """,
    ("than", None): "than | then",
    ("relative", None): """
        [as] relative to | relatively to | with (respect|reference|regard|regards) to | wrt
        in (relation|reference|regard|comparison) to | relation to | vis a vis
        compared (to|with) | (in|by) comparison with
    """,
    ("but", None): "but [also]",
    ("NOT", None): "not | never",
    ("between", None): "[in] between | btw | betw | b w",
    ("and", None): "and [also] | & | plus | as well as | (along|together) with | n",
    ("or", None): "or [else|rather|is it|is|are|does|was] | or other | vs | versus | /",
    ("at", None): "at",
    ("in", None): "in",
    ("with", None): "with",
    ("that", None): "that [is|are|lie|lies|sit|sits|stand|stands] | who (is|are)",
    ("'s", None): "'s",
    ("the", None): """
        the | a | an | this | any | some | all [of] | every | each | my | your | our | its | their
        his | her | another | other | any of
    """,
    ("BOTH", 2): "both [of] | [these|those|the|top] two | either [of] | pair of",
    ("BOTH", 3): "[these|those|the|top] three",
    ("BOTH", 4): "[these|those|the|top] four",
    ("BOTH", 5): "[these|those|the|top] five",
    # Things
    ("ANY", True): """
        objects | things | items | everything | entities | stuff | elements | obstacles | obj | objs
        targets | all of (them|these|those) | anything else
    """,
    ("ANY", False): "object | thing | item | anything | something | entity | obstacle | target",
    ("ONE", None): """
        one | ones | (of|among) (them|these|those|following|lot|all|both) | these | those | bunch
        of (the|these|those) (two|three|four|five|six)
    """,
    ("CAMERA", None): """
        [depth|rgb|robot] (camera|cameras|cam|cams) [position|origin|center|centre|lens|plane]
        lens | sensor | robot | viewer | observer | eye | photographer | image plane
        realsense | kinect | optical (center|centre) | one 's position | here
        me | us | you | i | we | yourself | myself | ourselves | someone
        (my|your|our) (position|location|place|eyes|viewpoint|standpoint|point of view|camera)
        camera (taking|that took) [this] (photo|picture|image|shot)
        where (i|we|you) (am|are|m|stand) | (current|present) (position|viewpoint|location)
    """,
    ("SEEN_FROM", None): "[as|when|if] (seen|viewed|observed|looking) from",
    ("VIEWPOINT", None): """
        perspective | point of view | standpoint | viewpoint | vantage point | pov | eyes | side
        view | angle
    """,
    ("AT_PLACE", None): """
        (standing|stand|stood|sitting|sit|seated) at [(position|place|spot) where]
        in place of | at (position|place) of
        (i|we|you|one|someone|person|observer|robot|viewer) (am|is|are|was|were)
            [positioned|located|placed|standing|seated] (at|by|next to|beside)
                [(position|place|spot) where]
        (i|we|you) (am|are) (on|in)
        (i|we|you|one|someone) [am|are|is] (sit|sitting|seated|stand|standing) (on|in|at|by|beside)
            [(position|place|spot) where]
        (standing|stand|stood) (next to|by|beside|near|where)
    """,
    ("FACE", None): """
        (facing|face|faces|faced) [towards|toward|to]
        [when|while] (looking|look|looks|gazing) (at|towards|toward|to)
        (turned|oriented|pointed) (to|towards|toward) | looking in direction of
    """,
    # Times and what can be done there: nothing that one frame shows. No rule takes it.
    ("UNMEASURED", None): """
        how long (until|till|has|have|had|did|will|would|ago|since|before|after|should|must|for)
        how long (do|can|could|may) (i|we|you|one|it|they) | (until|since|till) when
        where (do|should|must|can|could|would) (i|we|you|one|robot) [have to|need to] stand
        (have|has|had) (ever|been) | used to | going to be | any (more|longer)
    """,
    ("PUT", None): "put | place",
    ("PASS", None): """
        (pass|fit|squeeze|drive|get|go|walk|move|navigate|roll|slip|steer|travel)
            (through|in [between]|into) [space|gap|opening|passage]
        (pass|fit|squeeze) [by] | navigate by | (enough|sufficient) [free] (space|room) [for]
        wide enough
    """,
    ("MOVE", None): """
        [to] (move|go|walk|travel|drive|reach|get|step|roll|turn|head|navigate|approach|proceed)
            [along|over|across|there|up]
        left by | can (i|we) (get|go|come) to | moves | goes
        how (do|does|can|could|would|should|might|must) (i|we|you|one|robot)
            (get|go|come|drive|walk|travel|move|navigate) [over|up|there]
        (what is|whats|show [me|us]|tell [me|us]|give [me|us]|find [me|us]) [best|shortest] way
        which is [best|shortest] way | (get|come) [me|us] (close|near|nearer|closer|next|over)
        for (walking|driving|passing|moving|going) [through|by]
        (take|bring|guide|lead|drive|walk|move|send|direct) (me|us|yourself|robot) [over|close|next]
    """,
}

NUMBER_WORDS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14,
    "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20,
    "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90, "hundred": 100, "thousand": 1000, "half": 0.5, "a": 1, "an": 1,
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
