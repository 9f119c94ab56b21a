"""Wordings of Level 1: distance, size and place of one object."""

from hispatial_ros.language.terms import Attribute

PHRASES = {
    ("DISTANCE", None): """
        how [much] [is|are] (far|distant|remote) [away|off|out]
        how long [of|is] (way|distance|path|route)
        distance | distances | dist | range | remoteness | proximity | offset | spacing
        [at] (what|which) (distance|range)
        how (much|great|large|big|short|small|long) [of|is|are] (distance|separation)
    """,
    ("DIMENSION", Attribute.HEIGHT): """
        how [much] [is|are] (tall|high)
        [vertical] height | heights | tallness | tall | high | ht | up and down
        [from] (bottom to top|head to toe|floor to top|base to top)
        vertical (size|extent|extents|dimension|dimensions|measurement|measurements)
    """,
    ("DIMENSION", Attribute.WIDTH): """
        how [much] [is|are] (wide|broad)
        [horizontal] width | widths | breadth | span | wide | broad
        [how (far|much)] across
        [from] (side to side|edge to edge|end to end|one (side|end) to other|
            left edge to right edge|left side to right side)
        (horizontal|lateral) (size|extent|extents|dimension|dimensions|measurement|span)
    """,
    ("DIMENSION", Attribute.DEPTH): """
        how (deep|thick) | depth | depths | thickness | deep | thick
    """,
    ("DIMENSION", Attribute.LENGTH): """
        how long | length | lengths | long | longest (side|dimension|edge)
    """,
    ("DIMENSION", Attribute.VOLUME): """
        [cubic] (volume|volumes|capacity) | how voluminous | how much volume
    """,
    ("SIZE", None): """
        how (big|large|small|huge|tiny|sizable|massive|bulky) | big | large | small | what size
        [physical|spatial|3d] (size|sizes|dimension|dimensions|dims|measurements|extent|extents)
        proportions | (w|l) [x] (h|w) [x] (d|h) | wxhxd | lxwxh | whd | lwh
        (width|length|depth|height) [and] (width|length|depth|height) and
            (width|length|depth|height)
    """,
    ("SPACE", None): "[how much] (space|room) [is] [left|available|free]",
    ("POSITION", None): """
        [exact|3d] (position|positions|location|locations|coordinates|coords|xyz|placement|pose)
        (x y z|xyz) [coordinates|coords|position|location|value|values] | 3d (point|coordinate)
        (center|centre) (point|position|coordinates|location) | centroid | position in space
        where in (3d|space|world|3d space) | unproject | deproject | backproject | back project
    """,
    ("BOX", None): """
        [detect] aabb | [axis aligned] [3d] [bounding] (bbox|bboxes|bounds|cuboid|volume bounds)
        [3d] axis aligned [3d] [bounding] box | 3d box | detect (box|bbox)
        [axis aligned] [3d] bounding (box|boxes|volume|cuboid)
    """,
    ("FACING", None): "[3d] orientation",
    ("BEARING", None): """
        [compass] (bearing|azimuth|heading) [angle] [to|of|towards|toward]
        [(what|which)] angle [to|of|towards|toward] | how many degrees | [in] degrees
    """,
    ("CLOCK", None): """
        [at] (what|which|how many) o clock [position|direction] | o clock [position|direction]
        oclock [position|direction] | [at] (what|which) [clock] hour [position] | clock hour
        [at] (what|which) clock (position|direction) | clock (position|direction|face)
        [as] on clock [face]
    """,
    ("ABOVE_GROUND", None): """
        how high up | (above|off|over|from) (ground|floor)
        (above|off|over) (table|desk|surface) top
        elevation | altitude | above (ground|sea) level | clear of (ground|floor)
        how (far|high|much) [up] (above|off|over|from) (ground|floor)
    """,
}
