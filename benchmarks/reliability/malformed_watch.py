"""Requests to ``~/watch``, most of them wrong in some way, with the code each deserves."""

import math
import random
from collections.abc import Callable
from typing import Any

from geometry_msgs.msg import Point32, Polygon

from benchmarks.reliability import malformed
from hispatial_ros.errors import ErrorCode
from hispatial_ros.msg import Region, WatchSpec
from hispatial_ros.srv import Watch

MOST = 20  # watches that the node takes
MOST_LETTERS = 1000  # of a text; the node's default, as are those below
MOST_POINTS = 10_000
MOST_RATE = 30.0
NAMES = ("", *(f"w{n}" for n in range(MOST + 10)))
BOX = Region(label="plate", x0=20.0, y0=12.0, x1=44.0, y1=36.0)
RIGHT: tuple[dict[str, Any], ...] = (
    {"question": "How far is the plate?"},
    {"question": "Is the plate closer than 1 m?", "rate": MOST_RATE},
    {"condition": "plate closer than 0.8 m", "margin": 0.1},
    {"condition": "closer than 0.8 m", "labels": ["plate", "mug"]},
    {"condition": "plate closer than 0.8 m", "regions": [BOX], "rate": 0.5},
    {"labels": ["plate", "mug"], "reference_frame": "gravity"},
    {"labels": ["plate", "mug"], "reference_frame": "map"},  # it may come
)
TOO_LONG = "plate " * (MOST_LETTERS // 6) + "plate"


def _outlined(points: list[Point32]) -> Region:
    return Region(label="plate", x1=9.0, y1=9.0, outline=Polygon(points=points))


# What makes any of those wrong: a field, its value, and why it is refused.
HARM: tuple[tuple[str, Any, ErrorCode], ...] = (
    *(
        ("name", value, ErrorCode.BAD_REQUEST)
        for value in ("../../etc/passwd", ".w", "-w", "w 1", "w\x07", "w\u0661", "w" * 65, "{w}")
    ),
    *(
        ("rate", value, ErrorCode.BAD_REQUEST)
        for value in (math.nan, math.inf, -math.inf, -1e-9, MOST_RATE + 0.1, 1e300)
    ),
    *(("margin", value, ErrorCode.BAD_REQUEST) for value in (math.nan, math.inf, -1e-9, -1e300)),
    ("labels", ["mug", "plate", "mug"], ErrorCode.BAD_REQUEST),
    ("labels", [f"mug {n}" for n in range(11)], ErrorCode.BAD_REQUEST),
    *(
        ("labels", ["mug", value], ErrorCode.BAD_REGION)
        for value in ("", " ", "?", "a\x07", "a\u202e", "a" * 257)
    ),
    *(
        ("reference_frame", value, ErrorCode.UNKNOWN_REFERENCE_FRAME)
        for value in ("a" * 257, "map\x07", "\x7f")
    ),
    *(
        (field, value, ErrorCode.BAD_QUESTION)
        for field in ("question", "condition")
        for value in (TOO_LONG, "plate\x07 closer than 1 m", "x" * 100_000)
    ),
    ("condition", "colourless green ideas", ErrorCode.QUESTION_NOT_UNDERSTOOD),
    ("regions", [BOX] * (malformed.MAX_REGIONS + 1), ErrorCode.BAD_REQUEST),
    ("regions", [_outlined([Point32()] * (MOST_POINTS + 1))], ErrorCode.BAD_REQUEST),
    ("regions", [_outlined([Point32()] * 2)], ErrorCode.BAD_REGION),
    ("regions", [_outlined([Point32(x=math.nan)] * 3)], ErrorCode.BAD_REGION),
    ("regions", [Region(label="a" * 257)], ErrorCode.BAD_REGION),
    ("regions", [Region(label="plate", id="a\x07")], ErrorCode.BAD_REGION),
    ("regions", [Region(label="plate", x0=9.0)], ErrorCode.BAD_REGION),
    ("regions", [Region(label="plate", y1=math.nan)], ErrorCode.BAD_REGION),
    ("regions", [Region(x0=1e7, x1=1e7)], ErrorCode.REGION_OUTSIDE_IMAGE),
)
CODES = tuple(dict.fromkeys(code for *_, code in HARM))
WILD = (
    "",
    "closer than nan m",
    "plate closer than 1e999 m",
    "plate closer than -1 m",
    "(" * 900,
    "{0.__class__}",
    "anything closer than anything",
    "any plate on any plate on any plate",
    "How far is the " + "very " * 180 + "plate?",
)


def request(rng: random.Random) -> tuple[Watch.Request, ErrorCode | None]:
    """Any request, and why it is to be refused whatever watches there are.

    NONE: that hangs on the watches; None: nobody knows, it has any contents.
    """
    kind = rng.randrange(10)
    command, harmless = Watch.Request.ADD, ErrorCode.NONE
    if kind == 0:
        command = Watch.Request.LIST
    elif kind == 1:
        command, harmless = rng.choice((3, 4, 128, 255)), ErrorCode.BAD_REQUEST
    elif kind == 2:
        command = Watch.Request.REMOVE
    spec = WatchSpec(name=rng.choice(NAMES), **rng.choice(RIGHT))
    message = Watch.Request(command=command, spec=spec, replace=rng.random() < 0.5)
    if kind <= 2:
        if rng.random() < 0.3:
            message.spec = _wild(rng)
        return message, harmless
    if kind <= 5:
        return message, harmless
    if kind <= 7:
        code = rng.choice(CODES)
        field, value = rng.choice([harm[:2] for harm in HARM if harm[2] is code])
        setattr(spec, field, value)
        return message, code
    message.spec = _wild(rng)
    return message, None


def _wild(rng: random.Random) -> WatchSpec:
    text: Callable[[], str] = lambda: rng.choice((*WILD, malformed.name(rng)))  # noqa: E731
    rate, margin = malformed.numbers(rng, 2)
    return WatchSpec(
        name=rng.choice((*NAMES, malformed.name(rng))),
        question=text() if rng.random() < 0.5 else "",
        labels=[malformed.name(rng) for _ in range(rng.choice((0, 0, 1, 2, 10)))],
        condition=text() if rng.random() < 0.5 else "",
        regions=[malformed.region(rng) for _ in range(rng.choice((0, 0, 1, 3)))],
        rate=rate if rng.random() < 0.3 else 0.0,
        margin=margin if rng.random() < 0.3 else 0.0,
        reference_frame=rng.choice(("", "", "camera", malformed.name(rng))),
    )
