"""Wordings of spatial relations: the predicates of ``msg/SpatialRelation``, and axes."""

PHRASES = {
    # "of" behind them is read by the grammar.
    ("SIDE", "left_of"): """
        [to|on|at|towards|in] left [hand] [side|part|half] | leftwards | leftward
        [to|on] (its|my|your|his|her) left [hand] [side] | [on] lefthand side
    """,
    ("SIDE", "right_of"): """
        [to|on|at|towards|in] right [hand] [side|part|half] | rightwards | rightward
        [to|on] (its|my|your|his|her) right [hand] [side] | [on] righthand side
    """,
    ("SIDE", "above"): """
        [vertically|directly|right] (above|over) | overhead | overhanging | up from
    """,
    ("SIDE", "below"): """
        [vertically|directly|right] (below|beneath|under|underneath) | down from
        [at|on] underside
    """,
    ("SIDE", "in_front_of"): """
        [directly|right] [in|at|to|on|up] front [side] | infront | ahead | before
        in foreground
    """,
    ("SIDE", "behind"): """
        [directly|right|hidden] behind | [in|at|to|on] (back|rear) [side] | in background
        beyond | past
    """,
    ("SIDE", "on"): """
        [directly|right] (on|upon|atop) | [on] top | on [top] surface | supported by
    """,
    ("SIDE", "inside"): """
        inside [of] | within | contained (in|by|within) | enclosed by | in interior of
    """,
    ("SIDE", "touching"): """
        touching | touch | touches | [in|making|make|makes] contact [with] | contacting | against
        (leaning|leans|lean) (on|against) | adjoining | abutting | in touch [with] | connected [to]
    """,
    ("SIDE", "near"): """
        [right] (near|next|close) [to] | nearby | close by | [right] beside | besides | alongside
        [by] side of | [directly] adjacent [to] | in vicinity of | close together
        neighbouring | neighboring
    """,
    ("AXIS", "horizontal"): """
        horizontal | horizontally | (in|along) horizontal [plane|direction|axis]
        [over] ground
        along (ground|floor) | (on|in) (ground|floor) plane
    """,
    ("AXIS", "vertical"): """
        vertical | vertically | in vertical direction | in elevation | [in] up down [direction]
        along (vertical|gravity|up) [axis|direction]
    """,
    ("AXIS", "lateral"): """
        lateral | laterally | sideways | sideward | sidewards | side to side distance
        [in|along] left right (axis|direction)
    """,
    ("AXIS", "forward"): """
        (along|in) depth [axis|direction] | depthwise | depth wise | longitudinal | longitudinally
        along (viewing|view) (direction|axis) | along (optical axis|line of sight)
        [in] forward [direction] | front [to] back distance | front back
        depth (direction|distance|separation)
    """,
    ("AXIS", "x"): "[along|in|on] x [axis] [direction|dimension|coordinate]",
    ("AXIS", "y"): "[along|in|on] y [axis] [direction|dimension|coordinate]",
    ("AXIS", "z"): "[along|in|on] z [axis] [direction|dimension|coordinate]",
    ("FRAME", "camera"): """
        [in|using|with] (camera|optical|sensor|viewer) [optical]
            (frame|coordinates|coordinate system|coordinate frame|space|reference frame|axes)
    """,
    ("FRAME", "gravity"): """
        [in|using|with] (world|gravity|gravity aligned|level|levelled|leveled|global|map) [aligned]
            (frame|coordinates|coordinate system|coordinate frame|space|reference frame|axes)
        gravity aligned | (with respect|relative) to gravity
    """,
}
