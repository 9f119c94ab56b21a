"""Wordings of comparisons: (attribute, largest first, superlative), and orders to rank by."""

from hispatial_ros.language.terms import Attribute

A = Attribute

PHRASES = {
    ("ORDER", (A.DISTANCE, False, False)): """
        (closer|nearer) [by|in|up] | less (far|distant) [away] | more (near|close|proximate)
        (smaller|lower|lesser|shorter) (depth|depth value|distance)
    """,
    ("ORDER", (A.DISTANCE, False, True)): """
        (closest|nearest) [by|in] | least (far|distant) [away] | most (near|nearby|close) | foremost
        (smallest|lowest|least|minimum|minimal) (depth|depth value)
        (has|have|with|at) (smallest|shortest|least|lowest|minimum) distance
    """,
    ("ORDER", (A.DISTANCE, True, False)): """
        (farther|further|father) [away|off|out|back] | more (distant|far|remote) [away]
        (larger|bigger|greater|higher) (depth|depth value|distance) | less (near|close)
    """,
    ("ORDER", (A.DISTANCE, True, True)): """
        (farthest|furthest|farest) [away|off|out|back] | most (distant|far|remote) [away]
        (largest|biggest|greatest|highest|maximum|longest) (depth|depth value|distance) [away]
        least (near|close)
    """,
    ("ORDER", (A.HEIGHT, True, False)): """
        taller | more tall | (greater|larger|bigger|more|higher) [in] height
    """,
    ("ORDER", (A.HEIGHT, True, True)): """
        tallest | most tall | (greatest|largest|biggest|most|maximum|highest) [in] height
    """,
    ("ORDER", (A.HEIGHT, False, False)): """
        shorter | less tall | (smaller|lower|less|lesser) [in] height
    """,
    ("ORDER", (A.HEIGHT, False, True)): """
        shortest | least tall | (smallest|lowest|least|minimum) [in] height
    """,
    ("ORDER", (A.WIDTH, True, False)): """
        wider | broader | more wide | (greater|larger|bigger|more) [in] width
    """,
    ("ORDER", (A.WIDTH, True, True)): """
        widest | broadest | (greatest|largest|biggest|most|maximum) [in] width
    """,
    ("ORDER", (A.WIDTH, False, False)): """
        narrower | thinner | slimmer | skinnier | less wide | more narrow
        (smaller|less|lesser) [in] width
    """,
    ("ORDER", (A.WIDTH, False, True)): """
        narrowest | thinnest | slimmest | least wide | (smallest|least|minimum) [in] width
    """,
    ("ORDER", (A.DEPTH, True, False)): "deeper | thicker",
    ("ORDER", (A.DEPTH, True, True)): "deepest | thickest",
    ("ORDER", (A.DEPTH, False, False)): "shallower | less (deep|thick)",
    ("ORDER", (A.DEPTH, False, True)): "shallowest | least (deep|thick)",
    ("ORDER", (A.LENGTH, True, False)): "longer | (greater|larger|more) [in] length",
    ("ORDER", (A.LENGTH, True, True)): "longest | (greatest|largest|most) [in] length",
    ("ORDER", (A.LENGTH, False, False)): "less long | shorter in length | (smaller|less) length",
    ("ORDER", (A.LENGTH, False, True)): "least long | shortest in length | (smallest|least) length",
    ("ORDER", (A.VOLUME, True, False)): """
        (bigger|larger|greater|huger|bulkier) [in] [size|volume|dimensions]
        more (massive|voluminous|bulky|big|large|space|room|volume)
    """,
    ("ORDER", (A.VOLUME, True, True)): """
        (biggest|largest|greatest|bulkiest) [in] [size|volume]
        most (massive|voluminous|bulky|space|room|volume)
    """,
    ("ORDER", (A.VOLUME, False, False)): """
        (smaller|littler|tinier|lesser|more compact|less big|less large) [in] [size|volume]
        less (space|room|volume)
    """,
    ("ORDER", (A.VOLUME, False, True)): """
        (smallest|littlest|tiniest|most compact) [in] [size|volume] | least (space|room|volume)
    """,
    ("ORDER", (A.UP, True, False)): """
        [reach|reaches] (higher|upper) [up|in elevation|in position] | more elevated | further up
    """,
    ("ORDER", (A.UP, True, True)): """
        (highest|topmost|uppermost|top most|upper most) [up|in elevation] | most elevated
        furthest up | at [very] top
    """,
    ("ORDER", (A.UP, False, False)): """
        lower [down|in elevation|in position] | further down | less (high|elevated)
    """,
    ("ORDER", (A.UP, False, True)): """
        (lowest|bottommost|lowermost|bottom most) [down|in elevation] | furthest down
        at [very] bottom | least (high|elevated)
    """,
    ("ORDER", (A.RIGHT, False, False)): """
        (more|further|farther) [over] [to|on|toward|towards] left [side|hand side]
    """,
    ("ORDER", (A.RIGHT, False, True)): """
        leftmost | left most | (most|furthest|farthest) [to|on|toward|towards] left [side]
        [on|to|at] (far|very|extreme) left [side|edge|end]
        (on|to|at) left (edge|border|end|margin) [of] [this] [picture|image|scene|view|photo]
    """,
    ("ORDER", (A.RIGHT, True, False)): """
        (more|further|farther) [over] [to|on|toward|towards] right [side|hand side]
    """,
    ("ORDER", (A.RIGHT, True, True)): """
        rightmost | right most | (most|furthest|farthest) [to|on|toward|towards] right [side]
        [on|to|at] (far|very|extreme) right [side|edge|end]
        (on|to|at) right (edge|border|end|margin) [of] [this] [picture|image|scene|view|photo]
    """,
    ("ORDER", (A.FORWARD, False, False)): """
        (more|further) (front|in front|to front|forward|forwards) | less (backward|behind)
    """,
    ("ORDER", (A.FORWARD, False, True)): """
        frontmost | front most | at very front | most [in] front
    """,
    ("ORDER", (A.FORWARD, True, False)): """
        more [in|to|at|towards] back | (more|further) (behind|backward|backwards|rearward)
        less (forward|in front)
    """,
    ("ORDER", (A.FORWARD, True, True)): """
        rearmost | backmost | back most | at very back | most [in|at] back
    """,
    # From one end to the other: how to rank, or along which side to measure.
    ("RANK_ORDER", (A.DISTANCE, False)): """
        [from] (close|closest|closer|near|nearest|nearer|nearby) [object|one] to
            (far|farthest|furthest|farther|further|distant) [away] [one|object]
        (closest|nearest|close|near) first | [from] front to (back|rear)
        starting (from|with) (closest|nearest)
    """,
    ("RANK_ORDER", (A.DISTANCE, True)): """
        [from] (far|farthest|furthest|farther|further|distant) [away] [object|one] to
            (close|closest|closer|near|nearest|nearer|nearby) [one|object]
        (farthest|furthest) first | [from] (back|rear) to front
        starting (from|with) (farthest|furthest)
    """,
    ("RANK_ORDER", (A.HEIGHT, True)): """
        [from] (tall|tallest|high) [one] to (short|shortest) [one] | tallest first
    """,
    ("RANK_ORDER", (A.HEIGHT, False)): """
        [from] (short|shortest) [one] to (tall|tallest) [one] | shortest first
    """,
    ("RANK_ORDER", (A.WIDTH, True)): """
        [from] (wide|widest) [one] to (narrow|narrowest) [one] | widest first
    """,
    ("RANK_ORDER", (A.WIDTH, False)): """
        [from] (narrow|narrowest) [one] to (wide|widest) [one] | narrowest first
    """,
    ("RANK_ORDER", (A.VOLUME, True)): """
        [from] (big|biggest|large|largest) [one] to (small|smallest|little) [one]
        (largest|biggest) first
    """,
    ("RANK_ORDER", (A.VOLUME, False)): """
        [from] (small|smallest|little) [one] to (big|biggest|large|largest) [one] | smallest first
    """,
    ("RANK_ORDER", (A.UP, True)): """
        [from] (high|highest|top) to (low|lowest|bottom) | highest first | [from] top down
    """,
    ("RANK_ORDER", (A.UP, False)): """
        [from] (low|lowest) to (high|highest) | lowest first | [from] bottom up
    """,
    ("RANK_ORDER", (A.RIGHT, False)): """
        [from] [far] (left|leftmost) to [far] (right|rightmost) | (left|leftmost) first
    """,
    ("RANK_ORDER", (A.RIGHT, True)): """
        [from] [far] (right|rightmost) to [far] (left|leftmost) | (right|rightmost) first
    """,
    ("RANK", None): """
        rank | ranking | order | ordering | sort | arrange | sequence | sorted | ranked | ordered
        arranged | line up
        (put|place) [them|these|those] [objects|things|items|following] in order
        [what is|list|name|give|sort] [in] order [of]
    """,
    ("RANK_ASCENDING", None): "in (ascending|increasing) order [of] | ascending | increasing",
    ("RANK_DESCENDING", None): "in (descending|decreasing) order [of] | descending | decreasing",
    ("BY", None): "by | according to | based on | in terms of | with regard to | on basis of",
    # Limits
    ("MORE", ">"): "more | exceed | exceeds | exceeding",
    ("MORE", "<"): "less | fewer | not more | no more",
    ("LIMIT", ">="): "at least | (no|not) less than | [a] minimum [of] | no closer than | or more",
    ("LIMIT", "<="): """
        at most | (no|not) more than | up to | no (farther|further) than | [a] maximum [of] | max
    """,
    ("LIMIT", "<"): """
        within (distance|range|radius) of | in radius of | <
    """,
    ("LIMIT", ">"): "> | outside [of]",
    ("LIMIT", "="): "equal to | equals | =",
    ("AWAY", None): "away | clear | distant | far | far away | off | in distance | out",
}
