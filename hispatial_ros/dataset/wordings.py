"""How each type of fact is asked and answered, in parts that compose."""

from dataclasses import dataclass

OPEN = "[|||Please tell me: |In this image, |From the camera's view, ]"
CAMERA = "[the camera|the viewer|the observer|where the picture was taken]"


@dataclass(frozen=True)
class Wording:
    """Templates of one type.

    ``answer`` is the free text. ``true`` and ``false`` are yes/no questions about the first and
    the second of two options; of a number, about more and less than a threshold {T}.
    """

    ask: str
    answer: str
    true: str = ""
    false: str = ""
    official: str = ""  # its name in the released data; empty: not among them


def _size(noun: str, adjective: str, span: str, more: str) -> Wording:
    return Wording(
        f"{OPEN}[how {adjective} is {{A}}|what is the {noun} of {{A}}|how {adjective} would you "
        f"say {{A}} is|what {noun} does {{A}} have|{span}]?",
        f"[{{V}}|{{A}} is {{V}} {adjective}.|The {noun} of {{A}} is {{V}}.|We estimate the {noun} "
        "of {A} to be {V}.]",
        f"{OPEN}is {{A}} [more than {{T}} {adjective}|{more} than {{T}}]?",
        f"{OPEN}is {{A}} [less than|under|below] {{T}} {adjective}?",
        "vqa_object_size_single",
    )


def _compare(question: str, more: str, less: str) -> Wording:
    return Wording(
        f"{OPEN}{question}",
        f"[{{O}}|{{O}} is {more}.|It is {{O}}.]",
        f"{OPEN}is {{A}} {more} than {{B}}?",
        f"{OPEN}is {{A}} {less} than {{B}}?",
        "vqa_comparison_multiple_objects",
    )


def _side(question: str, official: str) -> Wording:
    return Wording(
        f"{OPEN}{question}",
        "[{A} is {O} {B}.|{O} {B}|It is {O} {B}.]",
        f"{OPEN}is {{A}} [|positioned |located |placed ]{{first}} {{B}}?",
        f"{OPEN}is {{A}} [|positioned |located |placed ]{{second}} {{B}}?",
        official,
    )


WORDINGS: dict[str, Wording] = {
    "pixel_position": Wording(
        "[what is the xyz of|what are the coordinates of|give the xyz of|where in metres is] "
        "[the pixel in|the point at|the pixel at] {P}",
        "{V}",
        official="level0",
    ),
    "pixel_nearer": Wording(
        "between the pixel in {P} and the pixel in {Q}, which [one|pixel] [has a smaller depth "
        "value|is closer|is nearer to the camera|has less depth|lies closer to the camera|"
        "comes first in depth]?",
        "[{O} is closer|{O}]",
        "is the pixel in {P} [closer|nearer] [to the camera |]than the pixel in {Q}?",
        "is the pixel in {P} [farther away|farther from the camera] than the pixel in {Q}?",
        official="level0",
    ),
    "object_distance": Wording(
        f"{OPEN}[how far|how far away|how many metres] is {{A}} from {CAMERA}?",
        "[{V}|{A} is {V} away.|The distance to {A} is {V}.]",
        f"{OPEN}is {{A}} more than {{T}} [away|away from the camera]?",
        f"{OPEN}is {{A}} [less than|within|closer than] {{T}} [from the camera|from the viewer]?",
        official="vqa_distance_single",
    ),
    "object_width": _size("width", "wide", "how far does {A} stretch from side to side", "wider"),
    "object_height": _size("height", "tall", "how far does {A} rise from bottom to top", "taller"),
    "object_depth": _size("depth", "deep", "how far does {A} reach from front to back", "deeper"),
    "object_box": Wording(
        "[detect the aabb of {A}|give the axis-aligned bounding box of {A}|what is the 3D box of "
        "{A}|provide the aabb of {A}][| in metres| in camera coordinates]",
        "{V}",
        official="vqa_query_aabb",
    ),
    "object_position": Wording(
        f"{OPEN}[where is the centre of {{A}}|what is the xyz of {{A}}|give the 3D position of "
        "{A}][| in metres| in camera coordinates]?",
        "{V}",
    ),
    "center_distance": Wording(
        f"{OPEN}[what is the distance between {{A}} and {{B}}|how far is {{A}} from {{B}}|how far "
        "apart are {A} and {B}|what distance lies between the centres of {A} and {B}]?",
        "[{V}|{A} and {B} are {V} apart.|The distance is {V}.]",
        f"{OPEN}are {{A}} and {{B}} more than {{T}} apart?",
        f"{OPEN}are {{A}} and {{B}} [less than {{T}} apart|within {{T}} of each other]?",
        official="vqa_distance_multi",
    ),
    "closest_distance": Wording(
        f"{OPEN}[what is the minimum distance between {{A}} and {{B}}|how wide is the gap between "
        "{A} and {B}|how much free space is between {A} and {B}|what is the shortest distance "
        "from {A} to {B}]?",
        "[{V}|The gap is {V}.|The minimum distance is {V}.]",
        f"{OPEN}is the gap between {{A}} and {{B}} [more|wider] than {{T}}?",
        f"{OPEN}is the gap between {{A}} and {{B}} [less|narrower] than {{T}}?",
        official="vqa_closest_distance_multi",
    ),
    "axis_distance": Wording(
        f"{OPEN}[what is the {{axis}} distance between {{A}} and {{B}}|how far apart are {{A}} and "
        "{B} in the {axis} direction|how large is the {axis} offset between {A} and {B}]?",
        "[{V}|The {axis} distance is {V}.|They are {V} apart in the {axis} direction.]",
        f"{OPEN}is the {{axis}} distance between {{A}} and {{B}} more than {{T}}?",
        f"{OPEN}is the {{axis}} distance between {{A}} and {{B}} less than {{T}}?",
        official="vqa_distance_each_axis_multi",
    ),
    "direction_vector": Wording(
        "[provide|give|state|compute] the [direction vector|unit vector|direction] [pointing "
        "from {A} to {B}|from {A} towards {B}].",
        "{V}",
        official="vqa_object_direction_multi",
    ),
    "left_right": _side(
        "[is {A} to the left or to the right of {B}|on which side of {B} is {A}, left or right|"
        "left or right: where is {A} relative to {B}]?",
        "vqa_object_relation_multi",
    ),
    "above_below": _side(
        "[is {A} above or below {B}|above or below: where is {A} relative to {B}|does {A} lie "
        "above or below {B}]?",
        "vqa_object_relation_multi_world",
    ),
    "front_behind": _side(
        "[is {A} in front of or behind {B}|in front or behind: where is {A} relative to {B}|does "
        "{A} lie in front of or behind {B}]?",
        "vqa_object_relation_multi",
    ),
    "relative_direction": Wording(
        f"{OPEN}[which relative direction best describes {{A}} from {{B}}|how is {{A}} placed "
        "relative to {B}|where does {A} lie, seen from {B}]?",
        "[{A} can be found {O} {B}.|{A} is {O} {B}.|{O} {B}]",
        official="vqa_spatial_mcq_multiangle",
    ),
    "nearer": _compare(
        "[identify the object that is closer to the camera: {A} or {B}|which is nearer, {A} or "
        "{B}|between {A} and {B}, which one is closer to the camera]?",
        "nearer to the camera",
        "farther from the camera",
    ),
    "farther": _compare(
        "[identify the object that is farther from the camera: {A} or {B}|which is farther away, "
        "{A} or {B}|between {A} and {B}, which one is more distant]?",
        "farther from the camera",
        "nearer to the camera",
    ),
    "which_side": Wording(
        f"{OPEN}[between {{A}} and {{B}}, which one is positioned on the {{side}} side|which is "
        "farther to the {side}, {A} or {B}|of {A} and {B}, which one lies on the {side}]?",
        "[{O}|{O} is on the {side}.|It is {O}.]",
        f"{OPEN}is {{A}} farther to the {{side}} than {{B}}?",
        official="vqa_object_relation_multi",
    ),
    "higher": _compare(
        "[which is higher up, {A} or {B}|between {A} and {B}, which one is placed higher|identify "
        "the one that lies higher: {A} or {B}]?",
        "higher up",
        "lower down",
    ),
    "ground_distance": Wording(
        f"{OPEN}[what is the distance along the ground between {{A}} and {{B}}|how far apart are "
        "{A} and {B} horizontally, height left aside|measured along the floor, how far is {A} from "
        "{B}]?",
        "[{V}|Along the ground they are {V} apart.|It is {V}.]",
        f"{OPEN}are {{A}} and {{B}} more than {{T}} apart along the ground?",
        f"{OPEN}are {{A}} and {{B}} less than {{T}} apart along the ground?",
        official="vqa_distance_each_axis_multi_world",
    ),
    "wider": _compare(
        "[which is wider, {A} or {B}|between {A} and {B}, which one is wider|identify the "
        "wider one: {A} or {B}]?",
        "wider",
        "narrower",
    ),
    "taller": _compare(
        "[which is taller, {A} or {B}|between {A} and {B}, which one is taller|identify the "
        "taller one: {A} or {B}]?",
        "taller",
        "shorter",
    ),
    "larger": _compare(
        "[which is larger, {A} or {B}|between {A} and {B}, which one is bigger|which has the "
        "larger volume, {A} or {B}]?",
        "larger",
        "smaller",
    ),
    "closer_to": Wording(
        f"{OPEN}[which is closer to {{A}}: {{B}} or {{C}}|of {{B}} and {{C}}, which one is nearer "
        "to {A}|is {B} or {C} closer to {A}]?",
        "[{O}|{O} is closer to {A}.|It is {O}.]",
        f"{OPEN}is {{B}} closer to {{A}} than {{C}}?",
        f"{OPEN}is {{B}} farther from {{A}} than {{C}}?",
        official="vqa_distance_three_objects_comparision",
    ),
    "nearest_of": Wording(
        f"{OPEN}[which of {{A}}, {{B}} and {{C}} is nearest to the camera|which one is the closest "
        "to the observer: {A}, {B} or {C}|among {A}, {B} and {C}, what is closest to us]?",
        "[{O}|{O} is the nearest.|It is {O}.]",
        official="vqa_most_objects_in_class",
    ),
    "farthest_of": Wording(
        f"{OPEN}[which of {{A}}, {{B}} and {{C}} is farthest from the camera|which one is most "
        "distant: {A}, {B} or {C}|among {A}, {B} and {C}, what is farthest away]?",
        "[{O}|{O} is the farthest.|It is {O}.]",
        official="vqa_most_objects_in_class",
    ),
    "most_of_class": Wording(
        f"{OPEN}[which {{class}} is the {{most}}|identify the {{class}} that is {{most}}|of the "
        "{classes}, which one is {most}|which of the {classes} is the {most}]?",
        "[{O}|{O} is.|It is {O}.]",
        official="vqa_most_objects_in_class",
    ),
    "tallest_of": Wording(
        f"{OPEN}[which of {{A}}, {{B}} and {{C}} is the tallest|identify the tallest one: {{A}}, "
        "{B} or {C}|among {A}, {B} and {C}, what is tallest]?",
        "[{O}|{O} is the tallest.|It is {O}.]",
        official="vqa_most_objects_in_class",
    ),
    "depth_order": Wording(
        f"{OPEN}[along the depth direction, rank {{A}}, {{B}} and {{C}} from close to far|order "
        "{A}, {B} and {C} by their distance, nearest first|sort {A}, {B} and {C} from the nearest "
        "to the farthest].",
        "{O}",
        official="vqa_comparison_multiple_objects",
    ),
    "count_class": Wording(
        f"{OPEN}[how many {{classes}} are there|how many {{classes}} can be seen|what is the "
        "number of {classes}|count the {classes}]?",
        "[{V}|There are {V}.]",
        official="vqa_counting_objects",
    ),
    "exists_side": Wording(
        f"{OPEN}[is there any {{class}} to the {{side}} of {{A}}|can a {{class}} be seen {{side}} "
        "of {A}|does any {class} lie to the {side} of {A}]?",
        "[{O}|{O}.]",
        "[is there any|do you see any|can you see a] {class} [to|on] the {side} of {A}?",
        official="vqa_object_relation_multi",
    ),
    "perspective": Wording(
        "[if an observer is standing|imagine a person standing|suppose you stand] at {A}, [facing "
        "toward|looking at] {B}, is {C} [left or right|on the left or on the right]?",
        "{O}",
        official="vqa_relative_position_new_perspective_no_orient",
    ),
    "path_side": Wording(
        "[a robot drives|someone walks|you go] straight from {A} [to|towards] {B}: on which side "
        "[lies|is] {C}, left or right?",
        "{O}",
        official="vqa_relative_position_new_perspective_no_orient",
    ),
    "facing": Wording(
        f"{OPEN}[which direction is {{A}} facing|which way does {{A}} face|where does the front of "
        "{A} point], as [seen from|it appears to] the camera?",
        "[{O}|{A} is facing {O}.|It faces {O}.]",
        official="vqa_orientation",
    ),
    "side_to_camera": Wording(
        f"{OPEN}[which side of {{A}} is facing the camera|which side of {{A}} do we see|what side "
        "does {A} turn to the camera]?",
        "[{O}|It is {O}.|{O} of {A} faces the camera.]",
        official="vqa_orientation",
    ),
    "facing_pair": Wording(
        f"{OPEN}[do {{A}} and {{B}} face the same way|how are {{A}} and {{B}} turned to each other|"
        "how do the directions that {A} and {B} face compare]: the same direction, opposite "
        "directions, or at right angles?",
        "[{O}|They face {O}.|{A} and {B} face {O}.]",
        f"{OPEN}do {{A}} and {{B}} face {{first}}?",
        official="vqa_orientation_comparison_two_objects",
    ),
    "own_left_right": Wording(
        "[from {A}'s perspective|from the perspective of {A}|seen from where {A} is, facing where "
        "it faces|if you were {A}], is {B} [located |placed |]to the left or to the right of "
        "it?",
        "{O}",
        "[from {A}'s perspective|if you were {A}], is {B} on the {first}?",
        "[from {A}'s perspective|if you were {A}], is {B} on the {second}?",
        official="vqa_relative_position_new_perspective",
    ),
    "own_front_back": Wording(
        "[from {A}'s perspective|from the perspective of {A}|seen from where {A} is, facing where "
        "it faces|if you were {A}], is {B} [located |placed |]in front of it or behind it?",
        "[{B} is {O} {A}.|{O} {A}]",
        "[from {A}'s perspective|with its own front], is {B} {first} {A}?",
        "[from {A}'s perspective|with its own front], is {B} {second} {A}?",
        official="vqa_relative_position_new_perspective",
    ),
    "occlusion": Wording(
        f"{OPEN}[does {{A}} hide part of {{B}}|is {{B}} partly hidden by {{A}}|does {{A}} stand "
        "before part of {B}|is part of {B} occluded by {A}]?",
        "{O}",
        f"{OPEN}[does {{A}} cover part of {{B}}|is {{B}} partly covered by {{A}}], as seen from "
        "the camera?",
    ),
    "occluder": Wording(
        f"{OPEN}which [object|one] [hides part of|stands before part of|partly occludes] {{A}}: "
        "{B} or {C}?",
        "[{O}|{O} does.|It is {O}.]",
        f"{OPEN}is it {{B}} that hides part of {{A}}, and not {{C}}?",
        f"{OPEN}is it {{C}} that hides part of {{A}}, and not {{B}}?",
    ),
    "move_to_see": Wording(
        "[which object must be moved|what has to be moved away|what should be taken away] [to see "
        "all of {A}|so that the camera sees more of {A}|to get a free view of {A}|to look at "
        "more of {A}]: {B} or {C}?",
        "[{O}|{O} has to be moved.|It is {O}.]",
        "[must|should] {B}, rather than {C}, be moved [to see more of|for a better view of] {A}?",
        "[must|should] {C}, rather than {B}, be moved [to see more of|for a better view of] {A}?",
    ),
    "in_the_way": Wording(
        "{A} is [to be pushed|to be moved|pushed] straight [to|towards] {B}. [Which object is in "
        "the way|What has to be moved first|What does it run into]: {C} or {D}?",
        "[{O}|{O} is in the way.|It is {O}.]",
        "{A} is [to be pushed|pushed] straight [to|towards] {B}. Is {C} in the way?",
        "{A} is [to be pushed|pushed] straight [to|towards] {B}. Is {D} in the way?",
        official="problem_solving",
    ),
    "fits_between": Wording(
        f"{OPEN}[would {{C}} fit|does {{C}} fit|can {{C}} be put] [between|into the gap between] "
        "{A} and {B}?",
        "{O}",
        official="problem_solving",
    ),
    "room_to_make": Wording(
        f"{OPEN}{{C}} is to stand between {{A}} and {{B}}. [By how much must they be moved apart|"
        "how much wider must the gap become|how much room is missing]?",
        "{V}",
        official="problem_solving",
    ),
    "passage": Wording(
        f"{OPEN}[can something {{width}} wide pass|is there a way for a robot of {{width}} width|"
        "does a cart of {width} width get through] between {A} and {B}?",
        "{O}",
        official="problem_solving",
    ),
    "pair_farther": Wording(
        f"{OPEN}[which two are farther apart|which pair is farther apart|where is the larger "
        "distance]: {A} and {B}, or {C} and {D}?",
        "{O}",
        official="vqa_distance_three_objects",
    ),
    "count_than": Wording(
        f"{OPEN}[how many {{classes}} are {{than}} than {{A}}|how many {{classes}} are "
        "{than}, as seen from the camera, than {A}|count the {classes} that are {than} than "
        "{A}]?",
        "[{V}|{V}.]",
        official="vqa_counting_objects",
    ),
    "count_side": Wording(
        f"{OPEN}[how many {{classes}} are to the {{side}} of {{A}}|how many {{classes}} lie on the "
        "{side} side of {A}|what is the number of {classes} to the {side} of {A}]?",
        "[{V}|{V}.]",
        official="vqa_counting_objects",
    ),
}
