"""Kinds of stamps, frames and labels."""

import math
import random
from collections.abc import Callable

from benchmarks.mixtures.scene import BOARD, OTHER
from benchmarks.mixtures.shot import MS, Kind, Shot
from benchmarks.mixtures.unmet import GRAMMAR

Do = Callable[[Shot, random.Random], None]
ALL = ("image", "depth", "camera_info", "regions")


def leave(shot: Shot, rng: random.Random) -> None:
    """As it is."""


# Stamps


def off(by: int | None, *topics: str) -> Do:
    """Stamps differ from the present by that many ms; None: they are zero."""

    def do(shot: Shot, rng: random.Random) -> None:
        for topic in topics or ALL:
            shot.offsets[topic] = None if by is None else by * MS

    return do


APART = r"\bstamps?\b|\bslop\b"
FUTURE = r"future|ahead"
STAMPS = [
    Kind("stamps", "a third of a second late", off(-300)),
    Kind("stamps", "depth 20 ms later", off(20, "depth")),
    Kind("stamps", "regions 30 ms later", off(30, "regions")),
    Kind("stamps", "camera_info without a stamp", off(None, "camera_info")),
    Kind("stamps", "camera_info an hour old", off(-3_600_000, "camera_info")),
    Kind("stamps", "image without a stamp", off(None, "image"), r"\bstamps?\b"),
    Kind("stamps", "none has a stamp", off(None), r"\bstamps?\b"),
    Kind("stamps", "depth without a stamp", off(None, "depth"), r"depth.*\bstamps?\b"),
    Kind("stamps", "depth 150 ms later", off(150, "depth"), APART),
    Kind("stamps", "depth 150 ms earlier", off(-150, "depth"), APART),
    Kind("stamps", "depth 10 s earlier", off(-10_000, "depth"), APART),
    Kind("stamps", "from the future", off(100_000), FUTURE),
    Kind("stamps", "image from the future", off(100_000, "image"), FUTURE),
    Kind("stamps", "depth from the future", off(100_000, "depth"), FUTURE),
    Kind("stamps", "stale", off(-60_000), r"\bold\b|\bclock"),
    Kind("stamps", "a day old", off(-86_400_000), r"\bold\b|\bclock"),
    Kind("stamps", "regions 2 s off", off(-2_000, "regions"), r"regions?.*(stamp|image|old)"),
    Kind("stamps", "regions without a stamp", off(None, "regions"), r"regions?.*(stamp|image)"),
]


# Frames


def frame(name: str, *topics: str) -> Do:
    def do(shot: Shot, rng: random.Random) -> None:
        for topic in topics or ALL:
            if topic in shot.messages:
                shot.messages[topic].header.frame_id = name

    return do


def slashed(*topics: str) -> Do:
    def do(shot: Shot, rng: random.Random) -> None:
        for topic in topics or ALL:
            if topic in shot.messages:
                header = shot.messages[topic].header
                header.frame_id = "/" + header.frame_id

    return do


def swapped(shot: Shot, rng: random.Random) -> None:
    """The remappings of image and depth exchanged."""
    messages = shot.messages
    messages["image"], messages["depth"] = messages["depth"], messages["image"]


REAR = "rear_color_optical_frame"
OTHER_CAMERA = r"rear_color|another camera|other camera|\bframe\b.*\bframe\b"
FRAMES = [
    Kind("frames", "leading slash", slashed()),
    Kind("frames", "leading slash of the image", slashed("image")),
    Kind("frames", "leading slash of depth", slashed("depth")),
    Kind("frames", "leading slash of camera_info and regions", slashed("camera_info", "regions")),
    Kind("frames", "empty", frame("")),
    Kind("frames", "empty for depth", frame("", "depth")),
    Kind("frames", "empty for regions", frame("", "regions")),
    Kind("frames", "empty for camera_info", frame("", "camera_info")),
    Kind("frames", "depth of another camera", frame(REAR, "depth"), OTHER_CAMERA, must_say=True),
    Kind(
        "frames", "regions of another camera", frame(REAR, "regions"), OTHER_CAMERA, must_say=True
    ),
    Kind(
        "frames",
        "camera_info of another camera",
        frame(REAR, "camera_info"),
        OTHER_CAMERA,
        must_say=True,
    ),
    Kind("frames", "not optical", frame("camera_link"), r"camera_link|optical", must_say=True),
    Kind("frames", "with blanks", frame("my camera frame")),
    Kind(
        "frames",
        "swapped",
        swapped,
        r"swapped|exchanged|16UC1|32FC1|compressedDepth|encoding|8.bit|remap",
        note_does=True,  # mono16 beside a picture of depth
    ),
]


# Labels


def label(text: str, question: str = "How far is the {label}?") -> Do:
    def do(shot: Shot, rng: random.Random) -> None:
        shot.rename(text, question)

    return do


def box_of(*corners: float) -> Do:
    def do(shot: Shot, rng: random.Random) -> None:
        region = shot.messages["regions"].regions[0]
        region.x0, region.y0, region.x1, region.y1 = map(float, corners)

    return do


def normalised_box(shot: Shot, rng: random.Random) -> None:
    region, camera = shot.messages["regions"].regions[0], shot.room.camera
    region.x0, region.x1 = region.x0 / camera.width, region.x1 / camera.width
    region.y0, region.y1 = region.y0 / camera.height, region.y1 / camera.height


def all_normalised(shot: Shot, rng: random.Random) -> None:
    for region in shot.messages["regions"].regions:
        camera = shot.room.camera
        region.x0, region.x1 = region.x0 / camera.width, region.x1 / camera.width
        region.y0, region.y1 = region.y0 / camera.height, region.y1 / camera.height


def corner_and_size(shot: Shot, rng: random.Random) -> None:
    """x, y, width, height in place of two corners: inverted or in the wrong place."""
    region = shot.messages["regions"].regions[0]
    region.x1, region.y1 = region.x1 - region.x0, region.y1 - region.y0


def of_larger_image(shot: Shot, rng: random.Random) -> None:
    for region in shot.messages["regions"].regions:
        for name in ("x0", "y0", "x1", "y1"):
            setattr(region, name, 4 * getattr(region, name))


def twins(shot: Shot, rng: random.Random) -> None:
    for region in shot.messages["regions"].regions:
        region.label = "board"


def none_at_all(shot: Shot, rng: random.Random) -> None:
    shot.set_regions([])


def beside_nan(shot: Shot, rng: random.Random) -> None:
    """A good board, and a crate whose box is no box."""
    boxes = [("board", shot.room.box(BOARD)), ("crate", (math.nan,) * 4)]
    shot.set_regions(boxes)


def beside_empty(shot: Shot, rng: random.Random) -> None:
    shot.set_regions([("board", shot.room.box(BOARD)), ("", shot.room.box(OTHER))])


GOOD = (
    *("blue mug", "5 gallon bucket", "41", "2 m ladder", "mug, blue", "door's handle", "camera"),
    *("how far", "left shoe", "the thing", "TV", "1.5 l bottle"),
    *(
        "tasse à café",
        "Stuhl",
        "椅子",
        "чашка",
        "person_1",
        "traffic light",
        "t-shirt",
        "USB-C hub",
    ),
    *(
        "distance",
        "yes",
        "metre stick",
        "3D printer",
        "nearest exit",
        "red",
        "wide screen",
    ),
    *(
        "bottle (empty)",
        "salt & pepper",
        "R2-D2",
        "floor lamp",
        "wall",
        "tall vase",
        "id: 7",
    ),
    *("USB-C hub", "wide screen", "id: 7", "desk 2", "far lamp", "next-door cat"),
    *("front door", "50 cm ruler", "A4 paper", "who", "cup #2", "9 volt battery"),
)
QUESTIONS = ("How far is the {label}?", "How wide is the {label}?", "How far away is {label}?")
NAMELESS = r"label|'board'"
LABELS = [
    *(
        Kind("labels", text, label(text, QUESTIONS[number % len(QUESTIONS)]))
        for number, text in enumerate(GOOD)
    ),
    *(Kind("labels", word, label(word), r"in quotes: \"" + word) for word in GRAMMAR),
    *(
        Kind("labels", f"{word}, in quotes", label(word, 'How far is "{label}"?'))
        for word in GRAMMAR
    ),
    Kind("labels", "41, asked for as object 41", label("41", "How far is object 41?")),
    Kind("labels", "beside a NaN box", beside_nan),
    Kind("labels", "beside an empty label", beside_empty),
    Kind("labels", "empty", label("", "How far is the board?"), NAMELESS),
    Kind("labels", "5 kB", label("x" * 5000, "How far is the board?"), r"characters|'board'"),
    Kind(
        "labels",
        "control characters",
        label("bo\x07ard\n", "How far is the board?"),
        r"control|label|'board'",
    ),
    Kind("labels", "NaN box", box_of(*(math.nan,) * 4), r"\bbox\b|NaN|finite"),
    Kind("labels", "infinite box", box_of(0, 0, math.inf, 9), r"\bbox\b|finite"),
    Kind("labels", "normalised box", normalised_box, r"normali[sz]|share|0 to 1|0\.\.1|pixels"),
    Kind("labels", "normalised boxes", all_normalised, r"normali[sz]|share|0 to 1|0\.\.1|pixels"),
    Kind("labels", "corner and size", corner_and_size, r"inverted|corner|size|edge|cut"),
    Kind("labels", "boxes of a larger image", of_larger_image, r"outside|larger|beyond|size"),
    Kind("labels", "two of one name", twins, r"2 |two|several|which"),
    Kind("labels", "none", none_at_all, r"no regions|send regions"),
]
