"""The words of the grammar, by concept: terminal of the grammar, value -> wordings.

Wordings are in the notation of ``phrases``. Articles inside a wording are left out ("on left" also
stands for "on the left"). Comparatives and superlatives are made from the adjectives.
"""

from __future__ import annotations

from functools import cache

from hispatial_ros.language.numbers import NUMBER_WORDS, ORDINALS, UNITS
from hispatial_ros.language.phrases import PhraseTable
from hispatial_ros.language.terms import Attribute

A = Attribute

# (attribute, towards more of it) -> adjectives
ADJECTIVES = {
    (A.DISTANCE, True): "far distant remote",
    (A.DISTANCE, False): "near close",
    (A.HEIGHT, True): "tall",
    (A.HEIGHT, False): "short",
    (A.WIDTH, True): "wide broad",
    (A.WIDTH, False): "narrow thin slim skinny",
    (A.DEPTH, True): "deep thick",
    (A.DEPTH, False): "shallow",
    (A.LENGTH, True): "long",
    (A.VOLUME, True): "sized big large huge bulky massive voluminous",
    (A.VOLUME, False): "small little tiny compact",
    (A.UP, True): "high elevated",
    (A.UP, False): "low",
}
_IRREGULAR = {
    "far": ("farther further father", "farthest furthest farest"),
    "big": ("bigger", "biggest"), "thin": ("thinner", "thinnest"), "slim": ("slimmer", "slimmest"),
}  # fmt: skip

QUANTITIES = {
    ("DIST", True): """
        distance | distances | dist | range | remoteness | proximity | offset | spacing
        [metric] (depth|z) (value|values|reading|measurement|coordinate)
    """,
    ("GAP", True): """
        (distance|separation|space) or (gap|clearance) | gap or (distance|separation|space)
        (closest|minimum|min|minimal|shortest|smallest|nearest|least|tightest)
            [possible|euclidean|straight line|3d|spatial|linear]
            (distance|dist|separation|gap|clearance|approach|space|spacing|range)
        gap | gaps | path | passage | passageway | aisle | corridor | clearance | headroom
        (free|empty|open) space | (surface to surface|edge to edge|nearest point|closest point)
            (distance|separation|gap)
        (width|size) of (gap|clearance|space)
    """,
    ("SPACE", True): "[free|empty] (space|room|air) [is] [left|available|free]",
    ("SURFACES", True): """
        edge to edge | surface to surface
        (closest|nearest|nearby|outermost) (point|points|surface|surfaces|edge|edges|part|parts|
            side|sides|boundary|boundaries)
        (surfaces|edges|surface|boundaries) | at (minimum|closest)
        , not (center to center|centre to centre)
    """,
    ("CENTERS", True): """
        bbox (center|centre) | (center|centre|central|middle) (pixel|pixels)
        [3d] (center|centre|centers|centres|middle|middles|centroid|centroids|midpoint|
            midpoints) [point|points]
        [bounding] box (centers|centres|center|centre) | centerpoint | centerpoints
        (center|centre) of (mass|gravity) | central (point|points)
        (center|centre|c) to (center|centre|c)
    """,
    ("APART", True): """
        apart [from (each other|one another)] | together | separation | separations | separate
        separates | separating | separated | mutual
        [away] [from|to] (each other|one another|eachother) | one from other
        from one to other
        in between them
    """,
    ("DIM", A.HEIGHT): """
        [vertical] height | heights | tallness | ht | hgt | up and down | vertical (space|room)
        vertical (size|extent|extents|dimension|dimensions|measurement|measurements)
    """,
    ("DIM", A.WIDTH): """
        [horizontal] width | widths | breadth | span | across | horizontal (space|room)
        (horizontal|lateral) (size|extent|extents|dimension|dimensions|measurement|span)
    """,
    ("DIM", A.DEPTH): "depth | depths | thickness",
    ("EXTENT", A.HEIGHT): """
        [measured] [from] [its]
            (bottom|base|foot|floor|top|head) to [its] (top|bottom|tip|toe|base)
    """,
    ("EXTENT", A.WIDTH): """
        [from] (side to side|edge to edge|end to end|one (side|end) to other|left to right|
            left edge to right edge|left side to right side)
    """,
    ("EXTENT", A.DEPTH): "[from] front to back",
    ("DIM", A.LENGTH): """
        length | lengths
        length of dimension that is largest in size
        [length of|size of|measurement of] (longest|largest|greatest|biggest)
            (side|dimension|edge|extent)
        (longest|largest|greatest|biggest|maximum) extent along any (axis|direction|dimension)
    """,
    ("DIM", A.VOLUME): "[cubic] (volume|volumes|capacity)",
    ("SIZE", True): """
        [physical|spatial|3d|actual|true|rough|approximate]
            (size|sizes|dimension|dimensions|dims|measurements|extent|extents)
        proportions | measures | w / h / d | (w|l) [x] (h|w) [x] (d|h) | wxhxd | lwxh | lxwxh
        whd | lwh
        (width|length|depth|height) [,|x] [and|or] (width|length|depth|height) [,|x] [and|or]
            (width|length|depth|height)
    """,
    ("POS", True): """
        loc | [coordinate|coordinates] x , y [,] [and] z
        x , y [, z] (position|location|coordinates|coordinate|coords)
        [exact|3d] (position|positions|location|locations|coordinates|coords|xyz|placement|pose)
            [in (3d|space|3d space)]
        (x y z|xyz) [coordinates|coords|position|location|value|values] | 3d (point|coordinate)
        (center|centre) (point|position|coordinates|location) | centroid | [coordinate] x , y , z
        where in (3d|space|world|3d space) | unproject | deproject | backproject | back project
    """,
    ("IMAGEPOS", True): """
        highlight | circle | (which|what) image (quadrant|section|part|region|area|half)
        2d (coordinates|coords|position|location|point|pixel|center|centre)
        [image|pixel|uv] (coordinates|coords|position|location) in [this] (image|picture|photo)
        (image|pixel|uv|screen) (coordinates|coords|position|location) | uv
        (point (out|to)|mark|click on|click|put dot on|put point on|put marker on|draw dot on)
            [(location|point|position|pixel|spot) (of|on)]
        (which|what) (pixel|pixels) | pixel | [pixel] (u , v|u v|uv)
        where (in|on|within) [this] [depth|color|colour|rgb|camera]
            (image|picture|photo|frame|screen)
        [in] (which|what) (quadrant|section|part|region|corner|area|half|third) of [this]
            [(observer|viewer|camera) 's] (image|picture|photo|frame|screen|field of view)
    """,
    ("BOX", True): """
        aabb | [axis aligned] [3d] [bounding] (bbox|bboxes|bounds|cuboid|volume bounds)
        [3d] axis aligned [3d] [bounding] box | 3d box | detect (box|bbox)
        [axis aligned] [3d] bounding (box|boxes|volume|cuboid)
            [(coordinates|coords|corners|extents|parameters)]
    """,
    ("BEARING", True): """
        angles | bearings |
        [relative|compass] (bearing|azimuth|heading) [angle] | [degree of|horizontal] angle
        [by] how many degrees | [in] degrees
        [horizontal] angle (between|from) [camera|robot] ['s] [optical|viewing|forward|view|central]
            (axis|centerline|centreline|center line|centre line|line of sight) (and|to)
    """,
    ("CLOCK", True): """
        [at|in] (what|which|how many) (o clock|oclock) [position|direction]
        (o clock|oclock) [position|direction] | [at] (what|which) [clock] hour [position]
        [at] (what|which) clock (position|direction) | clock (position|direction|face|hour)
    """,
    ("AS_CLOCK", True): """
        [as|like] (on|in|using|by|with) clock [face|position|positions|notation|hours|terms]
        as clock (position|direction|hour)
    """,
    ("ABOVE_GROUND", True): """
        how high up | [up] (above|off|over|from) (ground|floor) [plane|level|surface]
        clear of (ground|floor)
        (above|off|over) (table|desk|surface) top | elevation | altitude | above (ground|sea) level
    """,
    ("VECTOR", True): """
        [3d|unit|normalized|normalised] (direction|displacement|unit|heading) (vector|vectors)
        [unit] vector | displacement
    """,
    ("DIRECTION", True): "[pointing] direction",
    ("RELATION", True): """
        (relative|spatial|alignment|positional|directional|horizontal|vertical)
            (relation|relationship|relations|relationships)
        (horizontal|vertical) alignment [relation|relationship]
        (relative|spatial) (direction|position|positions|location|locations|relation|relationship|
            placement|orientation|layout|arrangement|positioning|configuration)
        relation | relationship | layout | arrangement
        [on|to|at|in] [my|your] (which|what) side | which way
        [in] what way | positional relationship
        [spatial] (preposition|word|term|phrase) [that|which] [best]
            (describes|expresses|describing|expressing) [relative|spatial]
            (position|location|placement|relation|relationship)
        how (is|are) [it] (positioned|placed|located|situated|arranged|oriented|laid out|aligned)
    """,
    ("MUTUAL", True): """
        (in relation|relative|with respect|relatively) to (each other|one another)
    """,
    ("DIFFERENCE", True): "(difference|differences|diff|delta|disparity|differ|differs)",
    ("COMPARE", True): "compare | compares | comparison | comparing | compared",
    ("RATIO", True): """
        how many times | [by] (what|which) (factor|multiple) | ratio | factor
    """,
}

SIDES = {
    ("LR", "left_of"): "left [hand] [side|part|hand side] | leftwards | leftward | lefthand side",
    ("LR", "right_of"): "right [hand] [side|part|hand side] | rightwards | rightward |"
    " righthand side",
    ("SIDE", "above"): "above | over | overhead | overhanging | up from | on top of and above",
    ("SIDE", "below"): "below | beneath | under | underneath | down from | [at|on] underside",
    ("FRONT", "in_front_of"): "[in|at|to|on|up] front [side] | ahead | in foreground",
    ("SIDE", "in_front_of"): "infront | before",
    ("SIDE", "behind"): "[hidden] behind | beyond | past",
    ("FRONT", "behind"): "[in|at|to|on] (back|rear) [side] | in background",
    ("SIDE", "on"): "on | upon | atop | [on] top | on [top] surface | supported by",
    ("SIDE", "inside"): """
        inside [of] | within | contained (in|by|within) | enclosed (by|in) | in interior of
        in | into
    """,
    ("SIDE", "touching"): """
        touching | touch | touches | (collide|collides|colliding) [with]
        [in|making|make|makes] contact [with] | contacting | against
        (leaning|leans|lean) against | adjoining | abutting | in touch [with] | connected [to]
    """,
    ("SIDE", "near"): """
        near [to|by] | (next|close) (to|by) | nearby | [right] beside | alongside
        side by side [with]
        [by] side of | adjacent [to] | in (vicinity|neighborhood|neighbourhood) of | close together
        neighbouring | neighboring | at side of
    """,
    ("AROUND", True): "[all] around | surrounding | surround | surrounds",
    ("BLOCKS", True): """
        (block|blocks|blocking|obstruct|obstructs|obstructing) [(path|way|route|view|passage|sight)]
        in (my|your|our|robot 's) (way|path)
    """,
    ("CONTAINS", True): "contain | contains | containing | hold | holds | holding",
    ("CARRIES", True): "support | supports | supporting | carry | carries | carrying",
    ("QUALIFIER", True): """
        directly | exactly | precisely | immediately | straight | vertically | just | right | dead
    """,
    ("LRMOST", "left_of"): """
        leftmost | left most | [on|to|at] (far|very|extreme) left [side|edge|end]
        (on|to|at) left (edge|border|end|margin)
    """,
    ("LRMOST", "right_of"): """
        rightmost | right most | [on|to|at] (far|very|extreme) right [side|edge|end]
        (on|to|at) right (edge|border|end|margin)
    """,
    ("HALF", "left_of"): "[in|on|within] left (half|part|portion)",
    ("HALF", "right_of"): "[in|on|within] right (half|part|portion)",
    ("HALF", "above"): "[in|on|within] (upper|top) (half|part|portion)",
    ("HALF", "below"): "[in|on|within] (lower|bottom) (half|part|portion)",
    ("CORNER", ("in_front_of", "left_of")): "front left | left front",
    ("CORNER", ("in_front_of", "right_of")): "front right | right front",
    ("CORNER", ("behind", "left_of")): "back left | left back | behind left | rear left",
    ("CORNER", ("behind", "right_of")): "back right | right back | behind right | rear right",
    ("CORNER", ("above", "left_of")): "above left | upper left | top left | left above",
    ("CORNER", ("above", "right_of")): "above right | upper right | top right | right above",
    ("CORNER", ("below", "left_of")): "below left | lower left | bottom left | left below",
    ("CORNER", ("below", "right_of")): "below right | lower right | bottom right | right below",
    ("UPDOWN", "above"): "up | upwards | upward",
    ("UPDOWN", "below"): "down | downwards | downward",
    ("AXIS", "horizontal"): """
        horizontal | horizontally | (in|along) horizontal [plane|direction|axis]
        [over] ground | along (ground|floor) | (on|in) (ground|floor) plane
    """,
    ("AXIS", "vertical"): """
        vertical | vertically | (in|along) vertical [direction] | in elevation
        [in] up down [direction] | along (vertical|gravity|up) [axis|direction]
    """,
    ("AXIS", "lateral"): """
        lateral | laterally | sideways | sideward | sidewards | side to side
        [in|along] left right (axis|direction)
    """,
    ("AXIS", "forward"): """
        (along|in) depth [axis|direction] | depthwise | depth wise | longitudinal | longitudinally
        along [camera 's] (viewing|view) (direction|axis) | along (optical axis|line of sight)
        forward axis [depth]
        [in] forward [direction] | front [to] back | depth direction
    """,
    ("AXIS", "x"): "[along|in|on] x [axis] [direction|dimension|coordinate]",
    ("AXIS", "y"): "[along|in|on] y [axis] [direction|dimension|coordinate]",
    ("AXIS", "z"): "[along|in|on] z [axis] [direction|dimension|coordinate]",
}

ORDERS = {
    ("CMP", (A.VOLUME, True)): "[take|takes|taking|occupy|occupies] [up] more (space|room)",
    ("SUP", (A.VOLUME, True)): "[take|takes|taking|occupy|occupies] [up] most (space|room)",
    ("CMP", (A.VOLUME, False)): "[take|takes|taking|occupy|occupies] [up] less (space|room)",
    ("CMP", (A.UP, True)): "upper | further up | (reach|reaches|reaching) higher",
    ("CMP", (A.UP, False)): "further down",
    ("SUP", (A.UP, True)): "topmost|uppermost|top most|upper most|furthest up|at [very] top",
    ("SUP", (A.UP, False)): """
        bottommost|lowermost|bottom most|furthest down|at [very] bottom
    """,
    ("CMP", (A.FORWARD, False)): """
        (more|further) (front|in front|to front|forward|forwards) | less (backward|behind)
    """,
    ("SUP", (A.FORWARD, False)): "frontmost | front most | at very front | most [in] front",
    ("CMP", (A.FORWARD, True)): """
        (further|farther) back |
        more [in|to|at|towards] back | (more|further) (behind|backward|backwards|rearward)
        less (forward|in front)
    """,
    ("SUP", (A.FORWARD, True)): "rearmost|backmost|back most|at very back|most [in|at] back",
    ("SUP", (A.DISTANCE, False)): """
        foremost | most nearby | (come|comes|is|lies) first in depth
        [do|does|would|will|should] [i|we|you|robot]
            (reach|reached|hit|encounter|meet|touch|pass|get to|come to|bump into) first
    """,
    ("CMP", (A.DISTANCE, False)): """
        (closer|nearer|more close) to front [of (scene|image|picture|room|view|photo)]
    """,
    ("CMP", (A.DISTANCE, True)): "deeper (in|into|inside) (scene|image|picture|room|view)",
    ("FURTHER", True): "further | farther | more | furthest | farthest | most",
    ("MORE", True): "more",
    ("MORE", False): "less | fewer",
    ("MOST", True): "most",
    ("MOST", False): "least",
    ("GREATER", True): "greater | larger | bigger | higher",
    ("GREATER", False): "smaller | lower | lesser",
    ("GREATEST", True): "greatest | largest | biggest | highest | most | maximum | longest",
    ("GREATEST", False): "smallest | lowest | least | minimum | minimal | shortest",
    ("LIMIT", "<"): """
        (less|fewer) than | (within|inside) [of|radius of|distance of]
    """,
    ("LIMIT", ">"): """
        more than | beyond | exceeding | exceeds | exceed | in excess of
    """,
    ("OVER", "<"): "under | below",
    ("OVER", ">"): "over | above",
    ("LIMITED", "<"): "(smaller|lower|shorter) than",
    ("LIMITED", ">"): "(greater|larger|bigger|higher|longer|wider) than",
    ("LIMIT", "<="): "at most | up to | (no|not) (more|farther|further|longer) than | maximum",
    ("LIMIT", ">="): """
        at least | (no|not) (less|closer|nearer|fewer) than | minimum | or more
    """,
    ("LIMIT", "="): "exactly | about | around | roughly | approximately | equal to | precisely",
    ("RANK", True): """
        organize | organise | rank | ranking | order | ordering | sort | sorting | arrange
        sequence | line up | put | (rank|order|sort) of | ordered | sorted | ranked
    """,
    ("ASCENDING", True): """
        [in] (ascending|increasing|rising) [order] | smallest first | lowest first
    """,
    ("DESCENDING", True): "[in] (descending|decreasing|falling) [order]",
    ("FIRST", True): "first",
    ("DIFFERENT", True): "different | unequal | dissimilar",
    ("MEASURES", True): "measure | measures",
    ("SAME", True): "same | equal | identical",
    ("EQUALLY", True): "equally | as",
    ("TIMES", 2.0): "twice | double",
    ("TIMES", 3.0): "thrice | triple",
    ("TIMES", 0.5): "half",
}

QUESTIONS = {
    ("HOW", True): "how | hows | hw | to what extent",
    ("WHAT", True): "what [all] | whats | (what|which) (kind|kinds|sort|sorts|type|types) of",
    ("WHICH", True): """
        who or what | what or who | which | whichs | who | whos | whose | what one
        (identify|pick|select|choose|name|determine) [(which|what)]
    """,
    ("WHERE", True): """
        (can|could|would|will|do|did) (you|we|i) [please] (find|locate) [me]
        where [can|could] | wheres | whereabouts | locate | localize | localise | find [me]
        spot | pinpoint | (search|look) for | where did (i|we|you) (leave|put|lose|drop)
        where (can|could|do|would|might|should|will) (i|we|you|one) (find|see|look for|expect|get)
        at (what|which) (place|spot|position|location)
    """,
    ("MUCH", True): """
        [by] how much | by (roughly|about|approximately|around) how much | to what degree
        what amount
    """,
    ("MANY", True): """
        [count] how many [different] [of] | hw many | cnt | nr of | count [up|out] [of] [number of]
        [total] amount of
        [total] number of | what number of | quantity of | number | count
        (count|counting) [total] number of | counting
    """,
    ("LIST", True): """
        list [out|of|me] | show [me] | enumerate | give [me] list [of] | mention | display | name
    """,
    ("EXIST", True): """
        (is|are) there | [is there] any (sign|trace) of | exist | exists | visible | present
        available | (is|are) (visible|present)
        there (is|are|exists) | does there exist
        (can|could|do|did) (you|we|i) [still] (see|spot|detect|recognize|recognise|notice|have)
        (does|do) [this] (scene|image|picture|view|photo|room|kitchen|living
            room|bedroom|office|space)
            (contain|have|show|include)
        have you (got|seen) | you see | did you see | (do|would|will) (i|we|you) find
    """,
    ("THERE", True): """
        (image|picture|photo|scene) (shows|contains|has)
        (i|we) [have|am|are] (detect|detected|detecting) | [i|we|if] have detected | compare
        (i|we) (lost|misplaced|dropped|forgot|bought|have lost|am missing|are missing)
        there (is|are) | (i|we) (cannot|can not|do not|did not) (see|find|spot|locate)
        i (see|have|notice)
        we (see|have) | you (see|have) | here is
        (given|consider|considering|regarding|concerning) | as for | look at | comparing | compare
        (two|three|four) points [are] [(marked|shown|annotated|circled)] [(on|in) image] [at]
        you are given (two|three|four) objects [in (picture|image|scene|photo)] [,]
    """,
    ("TRUE", True): """
        true or false | true / false | yes or no | yes no | y n | y / n | yes / no
        right or wrong | or not
        (is|does) [this|that|following] (statement|claim|caption|sentence|description)
            [is] (true|correct|accurate|right|match|matches|hold|holds|fit) [or (false|not|wrong)]
        (correct|right|true) or (incorrect|wrong|not|false)
        (is|does) [this|that|above] (statement|claim|caption|sentence|description|assertion)
            (match|fit|describe|agree with|hold for|hold in|correct for|true for|true of)
            [this|that|shown|given] [(image|picture|photo|scene|view)]
        does [this|that|shown|given] (image|picture|photo|scene|view)
            (match|fit|support|show|confirm)
            [this|that|above] (statement|claim|caption|sentence|description|assertion)
        correct | true | (is|does) [this|following] (caption|statement|sentence|claim|description)
        (match|matches|fit|fits|describe|describes) [this|shown|given|provided]
            (image|picture|photo|scene|view)
        is following (true|correct|right) [or (false|not|wrong|incorrect)]
        (is|be) (that|this|it) [statement|claim|description|sentence]
            (true|correct|right|so|case|accurate)
        , (is|are|does|do) not (it|they|that) | am i (right|correct)
        , (right|correct|yes|no|true) | is not it
    """,
    ("YESNO", True): """
        will | is | are | was | were | does | do | did | has | have | s
        if | whether [or not] | suppose | supposing | assume | assuming | imagine
        (describe|state) (if|whether) | (true|case|correct|right) that
        (check|verify|confirm|watch) [if|whether|that|for]
        is it (true|correct|accurate|right|so|case) [to say] [that|if|whether]
        [alert|notify|warn|tell|inform|ping|stop|report] [me|us] (when|whenever|once|as soon as|if)
        let (me|us) know (when|whenever|once|if) | (alert|notify|warn|inform) [me|us] | wait until
        would
    """,
    ("NOT", True): "not | never | n t",
    ("NONE", True): "none of | none | no",
    ("NEITHER", True): "neither",
    ("NOR", True): "nor",
    ("EITHER", True): "either",
    ("AND", True): "and [also] | & | plus | as well as | (along|together) with | n | but [also]",
    ("OR", True): "or [rather|is it|are they|else] | vs | versus",
    ("FROM", True): "[away|relative|out] from | off [of] | starting (at|from)",
    ("TO", True): """
        to | toward | towards | till | until | til | onto | into | [and] ending at | leading to
        pointing (to|towards|toward|at) | up to
    """,
    ("THAN", True): """
        than | then | vs | versus | [as] (compared|comparing) (to|with)
        (in|by) comparison (with|to)
    """,
    ("RELATIVE", True): """
        [as] relative to | relatively to | with (respect|reference|regard|regards) to | wrt
        in (relation|reference|regard|comparison) to | relation to | vis a vis
        compared (to|with) | (in|by) comparison with
    """,
    ("BETWEEN", True): """
        [in] between [of] | btw | betw | b w | (in|at) (middle|center|centre) (of|between)
        halfway between | midway between
    """,
    ("AMONG", True): "[from] among | amongst | out of | from following | of following | of",
    ("IS", True): "is | are | s",
    ("THAT", True): """
        [that|which] (i|we|you) (left|put|placed|saw) | that | thats | who | which
    """,
    ("AWAY", True): "away | off | distant | in distance | out | clear",
    ("ITS", True): "its | their | his | her",
    ("DET", "the"): "the | this | these | those | that | my | your | our",
    ("DET", "a"): "a | an | another | single",
    ("DET", "any"): "any [of] | some [of] | any one of | one of | at least one [of]",
    ("DET", "all"): "all [(occurrences|instances)] [of] | every | each [of] | each one of",
    ("DET", "both"): "both [of] | (these|those) two | pair of | either of | couple of",
    ("THING", True): """
        objects | things | items | entities | stuff | elements | obstacles | obj | objs
        targets
    """,
    ("THING", False): "object | thing | item | entity | obstacle | target",
    ("EVERYTHING", True): "everything | all of (them|these|those)",
    ("ANYTHING", True): "anything | something | any thing | any (object|item|obstacle)",
    ("ONE", True): "one | ones",
    ("ITSELF", True): "it | her | him | she | he",
    ("THEM", True): "them | they",
    ("THESE", True): """
        [(of|among|from|out of|between|amongst)]
            (them|these|those|following|lot|all|both|listed|given|named|mentioned|pair|bunch|group)
        [(of|among|from|out of|between|amongst)] [these|those|following|given|listed|named]
            [following|given|listed|named] (two|three|four|five|six) [of them]
    """,
    ("OTHER", True): "other | others",
    ("EXCEPT", True): """
        [other] besides | except [for] | but [not] | excluding | (other|else) than
        apart from | aside from | bar
        not counting | leaving out | with exception of
    """,
    ("IMAGE", True): "image | picture | photo | photograph | snapshot | shot | screen",
    ("PERSON", True): "someone | somebody | anyone | anybody",
    ("POSITIONED", True): """
        positioned | placed | located | situated | arranged | oriented | laid out | aligned
        related
    """,
    ("LAYOUT", True): """
        real | world | 3d | relative | spatial | layout | positions | position | locations
        location
        2d | composition | arrangement | distances | distance | sizes | heights | orientations
        orientation | arrangement | geometry
        relationships | relationship | relations | structure | perspective | depth | information
        and | scene | s | 's | image | dimensions | size | scale | camera
    """,
    ("DEPICTED", True): """
        given | provided | current | shown | above | below | following | attached | input | same
        3d
        real | rgb | depth | displayed | presented | camera
    """,
    ("ADJECTIVE", True): """
        egocentric | ego | first person | own | real | world | realistic | spatial | 3d | general
        physical
    """,
    ("CAM", True): """
        (camera wearer|person filming|person (holding|carrying|wearing|with|behind) camera)
        camera (holder|operator|man|person) | point of capture | ego [vehicle|car|agent] | agent
        (robot|camera|sensor|ego) pose | own (vehicle|position)
        [depth|rgb|robot] (camera|cameras|cam|cams) [position|origin|center|centre|lens|plane]
        (person|one|photographer) (taking|shooting|filming|holding) [this]
            (image|photo|picture|video|camera)
        (person|one) (who|that) (captured|took|takes|is taking) (image|photo|picture|video|shot)
        image capture point | robot base | person filming
        lens | sensor | robot | viewer | observer | eye | photographer
        image plane | realsense | kinect | optical (center|centre) | one 's position | here
        viewing (position|point|location)
        me | us | you | i | we | yourself | myself | ourselves
        (my|your|our|viewer 's|camera 's|observer 's|robot 's) [current|present|main]
            (position|location|place|eyes|viewpoint|standpoint|point of view|camera|line of sight)
        camera (taking|that took) [this] (photo|picture|image|shot)
        where [this] (image|photo|picture|video) (was|is) (taken|captured|shot|filmed)
        where (i|we|you) (am|are|m|stand) | (current|present) (position|viewpoint|location)
    """,
    ("MINE", True): """
        my | your | our | camera 's | viewer 's | robot 's | observer 's | camera wearer 's
        photographer 's
    """,
    ("SCENE", True): """
        scene | image | picture | photo | photograph | view | surroundings | environment
        workspace | world | room | kitchen | living room | bedroom | office | frame | shot
        field of view | camera view | camera image
        lab | laboratory | workshop | warehouse | garage
        [construction|building|work] site | shop floor | yard | corridor
        hall | depot | area | hallway | street | house | loft | lounge
        visual | snapshot | video | viewport | depth map | depth image
    """,
    ("SEEING", True): """
        what is going on | what is (here|there|around|visible|in view|in front of you)
        what (do|can) (you|we|i) (see|detect|perceive|recognize|find) | what can be (seen|detected)
        what is in front of (me|us|camera|robot) | what are you (seeing|looking at)
        what (objects|things|items) (do|can) (you|we|i) (see|have|know|detect|recognize)
        what (objects|things|items) (do|can) (you|we|i) have in view | what (you|i|we) [can] see
        which (objects|things|items) (do|can) (you|we|i) (see|have|know|detect|recognize)
    """,
    ("DESCRIBE", True): """
        describe [to me] | description of | summarize | summarise | (summary|overview) [of]
        [what (can|could|do) you] (tell|say|know) [me] about | about | what about
        info on | explain | characterize
    """,
    ("PLACE", True): """
        position | place | location | spot | seat | positions | places | locations | spots
    """,
    ("PIXEL", True): """
        [image] (pixel|pixels|px|point|points|uv|coordinate|coordinates)
            [position|coordinate|coordinates|location|number]
        (2d|image|pixel) (point|points|position|coordinate|coordinates|location) | region
        (mouse|cursor|click) (position|coordinate|coordinates|location|point) | px
    """,
    ("UNMEASURED", True): """
        how long (until|till|has|have|had|did|will|would|ago|since|before|after|should|must|for)
        how long (do|can|could|may) (i|we|you|one|it|they) | (until|since|till) when
        where (do|should|must|can|could|would) (i|we|you|one|robot) [have to|need to] stand
        who (left|put|placed|moved) | (have|has|had) (ever|been) | used to | going to be
        (extend|extends|stretch|stretches|reach|reaches|stick|sticks) (beyond|past|over)
        any (more|longer) | (in|on|at) (edge|end|corner|corners) of
    """,
}

ACTIONS = {
    ("FRAME", "camera"): """
        [in|using|with] (camera|optical|sensor|viewer) [optical]
            (frame|coordinates|coordinate system|coordinate frame|space|reference frame|axes)
    """,
    ("FRAME", "gravity"): """
        [in|using|with] (world|gravity|gravity aligned|level|levelled|leveled|global|map) [aligned]
            [world] (frame|coordinates|coordinate system|coordinate frame|space|reference frame|
            axes)
        based on gravity | gravity aligned | (with respect|relative) to gravity
    """,
    ("SEEN", True): "[as|when|if] (seen|viewed|observed|looking) (from|by)",
    ("VIEWPOINT", True): """
        perspective | point of view | frame of reference | reference frame | standpoint
        viewpoint | vantage point | pov | eyes | side
        view | angle
    """,
    ("SUPPOSE", True): """
        (if|when|imagine|imagining|suppose|supposing|assume|assuming|say|for|while) [that]
    """,
    ("OBSERVER", True): "someone | somebody | observer | viewer | agent | he | she",
    ("AT_PLACE", True): """
        (standing|seated|stand|stands|stood|sit|sits|sitting|beginning|
            starting|begin|start|sat)
            [right] (on|in|at|by|to|next to|beside|near|in front of)
            [(position|place|spot|location|center|centre|middle) (where|of)]
        (moves|move|moved|go|goes|walk|walks|walked|step|steps) [over] to
            [(position|place|spot|location|center|centre|middle) (where|of)]
        (beginning|starting|begin|start) from
        (i|we|you) (am|are|was|were) [now|currently] (on|in|at|by|next to|beside)
            [(position|place|spot|location|center|centre|middle) (where|of)]
        standing where
        in place of | at (position|place|spot|location) of
        (my|your) [current] (position|location|place|spot|viewpoint) is (at|by|next to)
    """,
    ("SET_OFF", True): """
        (drives|drive|walks|walk|goes|go|moves|move|travels|travel|heads|head|runs|run|rolls|roll|
            driving|walking|going|moving|travelling|traveling|heading|running|rolling)
            (straight|directly) from
    """,
    ("FACE", True): """
        [when|while] (facing|face|faces|faced) [towards|toward|to]
        [when|while] (looking|look|looks|gazing) [directly|straight] (at|towards|toward|to)
        [when|while] (facing|faces) [directly|straight] (to|towards|toward)
        (turned|oriented|pointed|oriented facing) (to|towards|toward|at)
        (looking|look|looks|facing|face) in direction of
        (turn|turns|turned|rotate|rotates|rotated) (to face|to look at|towards|toward|facing)
    """,
    ("TURN", True): """
        orient [itself|yourself] | aim | turn | rotate | swivel | spin | yaw | pan | look | tilt
        swing
    """,
    ("MUST", True): """
        if (i|we|you) (want|wanted|had|have|need|needed) to
        if (i|we|you) (want|wanted|wish|wished|intend|plan|were|am|are) to
        (should|must|would|do|shall|will) (i|we|you|one|robot|camera) [have to|need to|want to]
        (i|we|you) (have|need) to | would (i|we|you) (have|need) to | (i|we) must
        (do|will|would) (i|we|you) need (robot|camera) to
    """,
    ("WISH", True): "(i|we|you) (want|wish|intend|plan|would like) to",
    ("CAN", True): "can | could | will",
    ("GO", True): """
        (move|go|walk|travel|drive|step|roll|head|navigate|proceed|run|come)
            [along|over|across|there|up|right up] (to|towards|toward)
        [(go|move|drive|walk) (forward|forwards|straight|ahead) and]
            (move|go|walk|drive|step|navigate|proceed|come|roll|get) [up|over|right]
            (near [to]|close to|next to|[to] [in] front of)
        (head|make) for | reach | approach | get to | goto
        how (do|does|can|could|would|should|might|must) (i|we|you|one|robot)
            (get|go|come|drive|walk|travel|move|navigate) [over|up|there] to
        [what is|whats|show [me|us]|tell [me|us]|give [me|us]|find [me|us]|which is]
            [best|shortest] way to
        (get|come) [me|us] (close|near|nearer|closer|next|over) to
        (take|bring|guide|lead|drive|walk|move|send|direct|navigate|steer|escort)
            (me|us|yourself|robot) [over|close|next] (to|towards|toward)
    """,
    ("STOP", True): "stop | halt | park | wait | stand | set [navigation|nav] goal",
    ("SHORT_OF", True): "[in] front of | before | short of | away from | from | of",
    ("TRAVEL", True): """
        (move|go|walk|travel|drive|step|roll|cover|lean|run|reach|get|come)
            [to|over|up|there|along] [get|reach] [to]
    """,
    ("GETS", True): "(get|gets|come|comes|reach|reaches) [to]",
    ("WANTED", True): """
        (i|we) (need|want|have|would like) to
            (pick up|pickup|grab|grasp|get|fetch|take|find|use|clean|move|open|touch|see|reach
            |visit|inspect|approach|check)
        (i am|we are) looking for
        (robot|arm|gripper|it|drone) (has to|needs to|must|should|wants to|will|is going to)
            (pick up|pick|grab|grasp|get|fetch|take|reach|inspect|approach|push|place)
    """,
    ("PASS", True): """
        (pass|fit|squeeze|drive|get|go|walk|move|navigate|roll|slip|steer|travel)
            [through|in|into|by] [space|gap|opening|passage]
        be (put|placed|set|parked|fitted|squeezed) [(in|into) (space|gap|opening)]
        (space|room) [for] | wide enough | (way|passage|path) for
    """,
}

# What something does that has a size: "how far" it does so is no distance from the camera.
SPREAD = """
    extend | extends | extending | stretch | stretches | stretching | spans | spanning
    reach | reaches | rise | rises
"""
# What says nothing, wherever it stands.
LIGHT = f"""{SPREAD}
    (hi|hello|hey|good) (there|everyone|morning|afternoon|evening|day) | good day
    (thanks|thank you|thx) [a lot|very much|so much] [in advance] [for help] [so far]
    one (more|last|other) (thing|question) | just curious | let me (think|see) | i am not sure [if]
    [i was|we were] (hoping|wanting|trying) (to|you (might|could|can))
        [(find out|learn|know|tell|hear)] [me|us]
    [i|we] would be [most|very|so|ever so|really] (grateful|glad|happy|obliged|thankful)
        (to|if you (could|would)) [(find out|learn|know|hear|tell|say)] [me|us]
    [(would|might|could|will) you] be so (kind|good|nice) [as] to
    (would|do|might) you [happen to] (know|be able to (say|tell)) [me|us] | might i (ask|know)
    please | pls | plz | kindly | thanks | thx | cheers | thank you | be so kind | for me
    (hey|hi|hello|ok|okay|dear) robot | hey | hi | hello | yo | dear | my dear
    hmm | um | uh | er | ok | okay | alright | so | well
    then | again | also | sir | mate | buddy | hispatial | robot | if possible
    if (you can|you could) | excuse me | sorry | [i am] sorry to bother you | oh | you know
    if it is not too much trouble | to be precise | [please] be careful | honestly | frankly
    [would|do] [you] mind | [mind] (telling|giving|showing|letting) (me|us) [know]
    [quick|next] question | do me favor | any chance | help [me] [to] [out|find it|find them]
    there
    (i|we) would (be grateful|appreciate|appreciate it) if you (told|could|would)
        [tell|say|give] [me]
    [would|will] you be so kind [as] to | it (seems|looks) [to me] [that|like] | i think | in fact
    (can|could|would|will|may|might) (you|u|we|i) [please]
        (tell|give|show|help|say|let|estimate|measure|provide|report|compute|calculate|determine|
        check|state|explain|specify|indicate|inform|confirm|work out|figure out|find out|ask|know|
        have|assume|say) [us|me] [know|that]
    can (anyone|someone) tell | (can|could) you (to|please)
    (can|could) you to (tell|say|give|show) [me|us] | (can|could|would|will) you
    (is|are) there | there (is|are) | look | looks
    (somewhere|anywhere) [nearby|near|around] | around here | in [great|more] detail
    not in (pixel|pixels)
    how (would|should) you
    (not counting|excluding|ignoring|besides|other than) (walls|wall|floor|ceiling) [,]
        [(and|or)] [(walls|wall|floor|ceiling)] [,] [(and|or)] [(walls|wall|floor|ceiling)]
    (i|we) (want|need|wish|like|would like|would love) [to]
        [know|find out|learn|see|understand|determine|measure|estimate|ask] [if|whether]
    [i|we] (need|want) to know | [i|we] (wonder|was wondering) [if|whether]
    [i am|we are] (wondering|looking for|interested in|curious about|curious|after)
    [i am|we are] trying to (find|know|see|figure out|work out|measure|get)
    (my|our) (robot|arm|gripper|program|planner|controller|app|script|code|boss|system)
        (needs|wants|requires|asks for) [to know]
    (nav|navigation|planner|team|boss) (needs|wants) to know
    is there [any|some] [simple|easy|good|quick] way [(to|i can|we can|that i can)]
        (get|find|know|measure|compute|calculate|obtain|determine|extract)
    as far as ((i|you|we|one) can (judge|tell|see)|you know) | from what (i|you|we) can see
    do you [happen to] (know|think|reckon|believe|have any idea) [that|if|whether]
    [got|have] any idea | know | do you happen to know
    (tell|give|report|provide|state|say|specify|get|hand|share|return|inform) [to] [me|us]
        [with|about|if|whether]
    (me|us) know | let us know | (find|figure|work) out | look up | read out | report back
    [have|take] [a] (look|looks) [at] | look at | your best (guess|estimate)
    decide | judge | (name|names) of | from where (i|we) (stand|am|are)
    estimate | measure | compute | calculate | determine | evaluate | assess | gauge | obtain
    get | predict | output | return | print | answer | indicate | quantify | infer | deduce
    guess | express | expressed | detect | check | confirm
    would you (say|estimate|guess|judge|consider|describe|call) [that]
    do you (say|guess|estimate) | (can|may|could) i (assume|say) [that] | is it (that|the case that)
    (measurement|estimate|estimation|value|reading|figure|information|idea) [of|for|on]
    (rough|quick|good|precise|accurate|approximate) (estimate|estimation|idea|guess) [of|for]
    in your (view|judgement|opinion|estimate|estimation)
    exactly | precisely | about | around | roughly | approximately | approx | circa | nearly
    almost | maybe | perhaps | possibly | likely | actually | really | simply | basically
    clearly | slightly | significantly | quite | still | already | else | it
    specifically | respectively | quickly | visually | spatially | physically | estimated
    approximate | much | lot | obviously | noticeably | considerably
    (were|was|are|is) to | (can|could|would|will|should|might) (i|we|you|one) [to] (find|see|expect)
    approximate | exact | precise | actual | metric | measured | total | overall | absolute
    physical | apparent | perceived | respective | individual | particular | certain | specific
    linear | euclidean | given | current | straight line | as crow flies | straight
    real world | more or less | or so | give or take | bit | in total | altogether
    as accurately as possible | now | currently | presently | today | (right|just) now | you see
    (can|do) you see
    at (moment|present) | this time | anywhere | somewhere | (over|out|in|around) there
    (over|out|in|around) here | here
    located | positioned | placed | situated | found | lying | lie | lies | sitting | sit | sits
    standing | stand | stands | stood | sat | seated | resting | rest | rests | stay | stays
    staying | stationed
    hanging | hangs | mounted | parked | kept | come | comes | fall | falls | reside | visible
    belong [to] | belongs [to] | (appear|appears|seem|seems) [to (be|have|lie|sit|stand|belong)]
    lined up | (be|being) found | (considered|deemed|said|believed) [to be] | to (be|have)
    measures | measuring | (take|takes|taking|taken) up | occupy | occupies | occupied | occupying
    called | named | leading | can be (seen|found|detected) | let (me|us) know [if|whether]
    that points | (that|those) of | in question
    of interest | end up
    is | are | was | were | will | be | being | am | s | does | do | did | has | have | had | having
    would | might | may | (i|we) am | (am|are) (i|we|you) | (you|we) are
    (that|which|as) [i|we|you] [can] see | (i|we|you) (can see|see here) | (you|i|we) can see
    in (real life|reality|real world|world|3d|3d space|space|three dimensions)
    (on|in) (screen|view|sight) | using depth | in sight
    (these|this) (are|is) (frames|images|picture|image|photo) of [video|scene|room]
    in (red|green|blue|yellow|purple|magenta) bounding box | (make|have|let) robot
    along any (axis|direction|dimension)
    (highlighted|marked|outlined|indicated) (by|with|in) (red|green|blue|yellow|purple|magenta)
        [bounding] (box|rectangle|outline)
    detected | shown | seen | known | labelled | labeled | (i|we) cannot (see|find|spot|locate) it
    (i|we) cannot (see|find|spot|locate)
    (select|choose|pick) [one] from [following] (choices|options|answers)
    options | choices | option | they (is|are)
    how (to|can i|could i|do i|do we|can we|should i)
        (calculate|measure|compute|determine|find|know|obtain|get|estimate|check|detect|tell)
    (i am|i was) asking [you] [to] | instead of pixels
    (gives|returns|give) what | to you | spatial | need | from here | by any chance | map out
    if (i|we|you) measure | (from|where) (i|we|you) (am|are) (standing|sitting|now|looking)
    to [nearest] (millimeter|millimetre|centimeter|centimetre|meter|metre|mm|cm|inch)
    in [one|few] (short|single|brief|full|simple|complete|one|few) (phrase|sentence|word|words)
    observed | recognized | recognised | identified | annotated | highlighted | marked
    mentioned | queried | specified | info | data | measurements | information | displayed
    (i|we) (need|want) to (get|have|obtain|know)
    (would like|would love) to (know|see|learn|have|get|find out)
    facing where (he|she|they|it|you|i) (is|are|am) (facing|looking)
    (walking|going|moving|driving|heading) [straight] [(forward|ahead)] [from camera]
        (toward|towards|to|into|through) [this] scene
    directions refer to quadrants of cartesian plane
    if (i am|you are) standing at origin and facing along positive y axis
    as unit [in] [your] [(answer|response)]
    object is to my back if (i|you) would have to turn at least 135 degrees in order to face it
    and report [back] [to] [(me|us)] | (i mean|no i mean) | direct | real
    (can|could) output (get|give|show) | returns what value | itself | (matches|fits) [best]
    in terms of (vertical|horizontal) (position|location|height|placement)
    (occurrences|instances) [of] | set of | (only|just) name | name only
    (stored|stacked|piled|hidden|attached) | listed | (placement|placements)
    (i|we|you|one|someone|it) (would|will) (have|need) to
    (would|do|must|should) (i|we|you|one|it) (have|need) to
    (have|need|needed|required) to
    best (describes|describe) | in degrees | in cubic (meters|metres|centimeters|centimetres|feet)
    in (litres|liters) | if (present|visible|available) [,] | write [down] | appearing
    (know|determine|see|find out|figure out) (if|whether)
    for measurement | for safe (walking|driving|navigation|movement) | extract | fully
    what (can|should|could|must) (i|we|one) do to (find|know|determine|get|see)
    (do|did|does|will|would|should) (i|we|you) (have|find|see) | please to
    (photo|picture|image) of | (occupied|taken up) by | based on (its|their) center (point|points)
    (one|single) word only | only one word
    for (walking|driving|passing|moving|going) [through|by] | to say | corresponds
    what (do|should|can|could|must|would) (i|we|one) [(need|have) to] do
    how (can|do|should|could|would) (i|we|one|you) do (this|that|it|so)
    how to do (this|that|it|so) | what is (way|method|best way) to do (this|that|it|so)
    as | such | for | though | pointing | enough | sufficient | hang
"""

COLOURS = {"red", "green", "blue", "yellow", "purple", "magenta"}  # of marks, and of objects
TABLES = (QUANTITIES, SIDES, ORDERS, QUESTIONS, ACTIONS)
OF_QUANTITIES = frozenset(symbol for symbol, _ in QUANTITIES)


def _graded(word: str) -> tuple[str, str]:
    """Comparative and superlative."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    stem = word[:-1] + "i" if word.endswith("y") else word.removesuffix("e")
    return stem + "er", stem + "est"


@cache
def phrase_table() -> PhraseTable:
    """Every wording of the lexicon."""
    table = PhraseTable()
    for value, words in ADJECTIVES.items():
        for word in words.split():
            comparative, superlative = _graded(word)
            table.add({("ADJ", value): word})
            table.add({("CMP", value): " | ".join(comparative.split())})
            table.add({("SUP", value): " | ".join(superlative.split())})
    for phrases in TABLES:
        table.add(phrases)
    table.add({("LIGHT", True): LIGHT})
    for word, n in ORDINALS.items():
        table.add({("ORDINAL", n): word})
    return table


@cache
def lexical() -> frozenset[str]:
    """Words that the grammar knows."""
    words = phrase_table().vocabulary | UNITS.keys() | NUMBER_WORDS.keys()
    return frozenset(words - COLOURS)


@cache
def lexical_by_initial() -> dict[str, set[str]]:
    """A correction keeps the first letter, so only these words can be meant."""
    words: dict[str, set[str]] = {}
    for word in lexical():
        words.setdefault(word[0], set()).add(word)
    return words
