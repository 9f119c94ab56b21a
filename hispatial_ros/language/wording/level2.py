"""Wordings of Level 2: distance and direction between objects, counting, listing."""

PHRASES = {
    ("GAP", None): """
        (measuring|measured) from (closest|nearest) (point|points) of (each|every|both)
            (object|objects)
        (closest|minimum|min|minimal|shortest|smallest|nearest|least|tightest) [possible]
            (distance|dist|separation|gap|clearance|approach|space|spacing|range)
        gap | gaps | path | passage | passageway | aisle | corridor | clearance | headroom
        (free|empty|open) space
        how (close|near) [together|by] | how much (clearance|gap|free space|empty space|air)
        [their] (closest|nearest) (point|points|surface|surfaces|edge|edges|parts) [of]
        [their] (surfaces|edges) [of]
        how (big|large|wide|small|narrow|much) [of|is] (gap|clearance|space)
        (surface to surface|edge to edge|nearest point|closest point) (distance|separation|gap)
        (width|size) of (gap|clearance|space) | (space|room) between
    """,
    ("CENTERS", None): """
        (center|centre|centers|centres|middle|middles|centroids|midpoint|midpoints) [points] [of]
        [from] (center|centre|c) to (center|centre|c)
    """,
    ("APART", None): """
        apart [from (each other|one another)] | separation | separations
        separate | separates | separating | separated | mutual
        [away] [from] (each other|one another|eachother) | in between them
    """,
    ("DIFFERENCE", None): "(difference|differences|diff|delta|disparity|differ) [in]",
    ("RATIO", None): """
        how many times [as|more] | [by] (what|which) (factor|multiple) | [what] ratio [of|between]
    """,
    ("TIMES", 2.0): "twice | double",
    ("TIMES", 3.0): "thrice | triple",
    ("TIMES", 0.5): "half",
    ("TOPIC", None): """
        (considering|consider|given|regarding|concerning|estimate|look at) [real world]
            [3d|relative|spatial] (positions|position|locations|location|distances|sizes|heights|
            orientations|arrangement) [and orientations] (of|between)
    """,
    ("COMPARE", None): "compare | compares | comparison | comparing",
    ("DIRECTION", None): """
        [3d|unit|normalized|normalised] (direction|displacement|unit|heading) (vector|vectors)
        [unit] vector | displacement | [pointing] direction | [in] (which|what) direction
    """,
    ("RELATIVE_DIRECTION", None): """
        [what|which|in] [is] (relative|spatial)
            (direction|position|location|relation|relationship|placement|orientation)
            [best] [describes|describe]
        (in relation|relative|with respect) to (each other|one another)
        [in] (which|what) way | [on|to|at] (which|what) side | how (is|are) positioned
        (which|what) direction best describes | relation | relationship | best (describes|describe)
    """,
    ("DESCRIBE", None): """
        describe [to me] [room] | description of | summarize | summarise | (summary|overview) [of]
        what about | [what (can|could|do) you] (tell|say|know) [me] about
        info on | explain | characterize
    """,
    ("SCENE", None): """
        [this|my|your] (scene|image|picture|photo|photograph|view|layout|surroundings|environment|
            workspace|world|room)
        what is going on | what is (here|there|around|visible|in view|in front of you)
        what (do|can) (you|we|i) (see|detect|perceive|recognize|find) | what can be (seen|detected)
        what is in front of (me|us|camera|robot) | what are you (seeing|looking at)
        what is (in|on|inside) [this] (scene|image|picture|view|photo|frame|room)
    """,
}
