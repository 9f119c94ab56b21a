"""Kinds of camera_info: right in an unusual way, or wrong in the ways of real drivers."""

import math
import random
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.mixtures.shot import Kind, Shot

Do = Callable[[Shot, random.Random], None]
RECTIFIED = "image_geometry"


def changed(**fields: Any) -> Do:
    """Fields of the message set so."""

    def do(shot: Shot, rng: random.Random) -> None:
        for name, value in fields.items():
            setattr(shot.messages["camera_info"], name, value)

    return do


def intrinsics(make: Callable[[Shot, random.Random], Sequence[float]]) -> Do:
    """fx, fy, cx, cy of K and P replaced, on an image without distortion."""

    def do(shot: Shot, rng: random.Random) -> None:
        info = shot.messages["camera_info"]
        fx, fy, cx, cy = map(float, make(shot, rng))
        info.k = [fx, 0.0, cx, 0.0, fy, cy, 0.0, 0.0, 1.0]
        info.p = [fx, 0.0, cx, 0.0, 0.0, fy, cy, 0.0, 0.0, 0.0, 1.0, 0.0]

    return do


def times(fx: float, fy: float, cx: float, cy: float) -> Do:
    """The right ones times these."""

    def make(shot: Shot, rng: random.Random) -> Sequence[float]:
        c = shot.room.camera
        return c.fx * fx, c.fy * fy, c.cx * cx, c.cy * cy

    return intrinsics(make)


def normalised(shot: Shot, rng: random.Random) -> Sequence[float]:
    c = shot.room.camera
    return c.fx / c.width, c.fy / c.height, c.cx / c.width, c.cy / c.height


def in_millimetres(shot: Shot, rng: random.Random) -> Sequence[float]:
    c = shot.room.camera
    focal = rng.choice((1.93, 2.8, 3.6, 4.0))
    return focal, focal, c.cx, c.cy


def one_axis(shot: Shot, rng: random.Random) -> Sequence[float]:
    c = shot.room.camera
    return c.fx, 0.0, c.cx, c.cy


def transposed(shot: Shot, rng: random.Random) -> None:
    info = shot.messages["camera_info"]
    k = info.k.tolist()
    info.k = [k[3 * column + row] for row in range(3) for column in range(3)]


def identity(shot: Shot, rng: random.Random) -> None:
    info = shot.messages["camera_info"]
    info.k = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]
    info.p = [1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0]


def not_a_number(shot: Shot, rng: random.Random) -> None:
    shot.messages["camera_info"].k[rng.choice((0, 2, 4, 5))] = rng.choice((math.nan, math.inf))


def larger_sensor(factor: int, left: int = 0, top: int = 0) -> Callable[[Shot], None]:
    """The image becomes a binned region of a sensor; only K, P and the size are set."""

    def do(shot: Shot) -> None:
        camera, info = shot.room.camera, shot.messages["camera_info"]
        info.width = factor * camera.width + 2 * left
        info.height = factor * camera.height + 2 * top
        fx, fy = camera.fx * factor, camera.fy * factor
        cx = (camera.cx + 0.5) * factor - 0.5 + left
        cy = (camera.cy + 0.5) * factor - 0.5 + top
        info.k = [fx, 0.0, cx, 0.0, fy, cy, 0.0, 0.0, 1.0]
        info.p = [fx, 0.0, cx, 0.0, 0.0, fy, cy, 0.0, 0.0, 0.0, 1.0, 0.0]

    return do


def binned(factor: int) -> Do:
    def do(shot: Shot, rng: random.Random) -> None:
        larger_sensor(factor)(shot)
        info = shot.messages["camera_info"]
        info.binning_x = info.binning_y = factor

    return do


def cropped(factor: int = 1) -> Do:
    def do(shot: Shot, rng: random.Random) -> None:
        left, top = 2 * rng.randrange(5, 60), 2 * rng.randrange(5, 40)
        larger_sensor(factor, left, top)(shot)
        camera, info = shot.room.camera, shot.messages["camera_info"]
        roi = info.roi
        roi.x_offset, roi.y_offset = left, top
        roi.width, roi.height = factor * camera.width, factor * camera.height
        if factor > 1:
            info.binning_x = info.binning_y = factor

    return do


def scaled_down(shot: Shot, rng: random.Random) -> None:
    """camera_info of the whole sensor beside a picture that was scaled down, nothing else said."""
    larger_sensor(2)(shot)


def binned_twice(shot: Shot, rng: random.Random) -> None:
    """K is already that of the binned image, and binning is given as well."""
    info = shot.messages["camera_info"]
    info.width, info.height = 2 * info.width, 2 * info.height
    info.binning_x = info.binning_y = 2


def crop_of_nothing(shot: Shot, rng: random.Random) -> None:
    """A region of interest of half the size beside an image that is not cropped."""
    camera, info = shot.room.camera, shot.messages["camera_info"]
    roi = info.roi
    roi.x_offset, roi.y_offset = camera.width // 4, camera.height // 4
    roi.width, roi.height = camera.width // 2, camera.height // 2


def crop_outside(shot: Shot, rng: random.Random) -> None:
    camera, info = shot.room.camera, shot.messages["camera_info"]
    info.roi.x_offset, info.roi.width, info.roi.height = camera.width, 64, 48


def other_aspect(shot: Shot, rng: random.Random) -> None:
    info = shot.messages["camera_info"]
    info.height = round(info.width * rng.choice((1.0, 0.4)))


def upright(shot: Shot, rng: random.Random) -> None:
    """The sizes exchanged."""
    info = shot.messages["camera_info"]
    info.width, info.height = info.height, info.width


def resolution_of_another_mode(shot: Shot, rng: random.Random) -> Sequence[float]:
    """K of another mode of the camera, the size that of this one."""
    c, factor = shot.room.camera, rng.choice((2, 3))
    return c.fx * factor, c.fy * factor, c.cx * factor, c.cy * factor


def unrectified_only(shot: Shot, rng: random.Random) -> None:
    """A rectified image, P empty, K valid, no distortion."""
    shot.parameters[RECTIFIED] = "rectified"
    info = shot.messages["camera_info"]
    info.p, info.d = [0.0] * 12, [0.0] * 5


def p_alone(shot: Shot, rng: random.Random) -> None:
    info = shot.messages["camera_info"]
    info.k, info.d = [0.0] * 9, []


def nothing(shot: Shot, rng: random.Random) -> None:
    info = shot.messages["camera_info"]
    info.k, info.p, info.d = [0.0] * 9, [0.0] * 12, []


def rectified(shot: Shot, rng: random.Random) -> None:
    """P holds, K and D are those of the raw image."""
    shot.parameters[RECTIFIED] = "rectified"
    info = shot.messages["camera_info"]
    info.k = [value * 1.1 for value in info.k[:6]] + [0.0, 0.0, 1.0]
    info.d = [0.1, -0.2, 0.0, 0.0, 0.05]


def right_of_stereo(shot: Shot, rng: random.Random) -> None:
    info = shot.messages["camera_info"]
    info.p[3] = -0.12 * info.p[0]


def more_coefficients(*more: float) -> Do:
    def do(shot: Shot, rng: random.Random) -> None:
        info = shot.messages["camera_info"]
        info.d = [*info.d, *more]

    return do


def fewer(count: int) -> Do:
    def do(shot: Shot, rng: random.Random) -> None:
        info = shot.messages["camera_info"]
        info.d = list(info.d)[:count]

    return do


def model(name: str, d: Sequence[float] | None = None) -> Do:
    def do(shot: Shot, rng: random.Random) -> None:
        info = shot.messages["camera_info"]
        info.distortion_model = name
        if d is not None:
            info.d = list(d)

    return do


def absent(shot: Shot, rng: random.Random) -> None:
    del shot.messages["camera_info"]


def leave(shot: Shot, rng: random.Random) -> None:
    """As it is."""


FOCAL = r"\bfocal|\bfx\b|\bK\b"
PRINCIPAL = r"principal|\bcx\b|\bresolution|other (mode|size)"
CALIBRATIONS = [
    Kind("calibration", "plumb_bob", leave, lens="plumb_bob"),
    Kind("calibration", "rational_polynomial", leave, lens="rational_polynomial"),
    Kind("calibration", "equidistant", leave, lens="equidistant"),
    Kind("calibration", "fisheye", model("fisheye"), lens="equidistant"),
    Kind("calibration", "plumb_bob, 4 coefficients", model("plumb_bob", [0.0] * 4)),
    Kind("calibration", "plumb_bob, none", model("plumb_bob", [])),
    Kind("calibration", "plumb_bob, 8, three zero", more_coefficients(0, 0, 0), lens="plumb_bob"),
    Kind("calibration", "equidistant, 5, one zero", more_coefficients(0), lens="equidistant"),
    Kind(
        "calibration",
        "rational_polynomial called plumb_bob",
        model("plumb_bob"),
        r"coefficients|rational",
        lens="rational_polynomial",
    ),
    Kind(
        "calibration",
        "rational_polynomial, 9 coefficients",
        more_coefficients(0.3),
        r"coefficients",
        lens="rational_polynomial",
    ),
    Kind("calibration", "equidistant, 3", fewer(3), r"coefficients", lens="equidistant"),
    Kind(
        "calibration",
        "equidistant, 5, none zero",
        more_coefficients(0.01),
        r"coefficients",
        lens="equidistant",
    ),
    Kind("calibration", "plumb_bob, 3", fewer(3), r"coefficients", lens="plumb_bob"),
    Kind("calibration", "NaN in D", changed(d=[0.1, math.nan, 0.0, 0.0, 0.0]), r"NaN|infinit"),
    Kind("calibration", "unknown model", model("omni", [0.1, 0.1, 0.0, 0.0, 0.0]), r"omni"),
    Kind("calibration", "no model, no coefficients", model("", [])),
    Kind("calibration", "size not given", changed(width=0, height=0)),
    Kind("calibration", "of the whole sensor", scaled_down),
    Kind("calibration", "binning 2", binned(2)),
    Kind("calibration", "binning 3", binned(3)),
    Kind("calibration", "binning 1", changed(binning_x=1, binning_y=1)),
    Kind("calibration", "region of interest", cropped()),
    Kind("calibration", "region of interest, binning 2", cropped(2)),
    Kind("calibration", "rectified", rectified),
    Kind("calibration", "rectified, P zero", unrectified_only),
    Kind("calibration", "K zero, P valid", p_alone),
    Kind("calibration", "right camera of a stereo pair", right_of_stereo),
    Kind("calibration", "K and P zero", nothing, r"calibrat.*(empty|zero)|(empty|zero).*calibrat"),
    Kind("calibration", "none", absent, r"no camera_info"),
    Kind("calibration", "identity", identity, r"identity|placeholder|never calibrated|not calibr"),
    Kind("calibration", "normalised", intrinsics(normalised), r"normali[sz]|share|divided"),
    Kind("calibration", "focal in mm", intrinsics(in_millimetres), r"\bmm\b|millimet"),
    Kind("calibration", "one focal length", intrinsics(one_axis), r"\bfy\b|focal"),
    Kind("calibration", "negative", times(-1, -1, 1, 1), r"\bfx\b|focal|negative"),
    Kind("calibration", "transposed", transposed, PRINCIPAL + r"|transpos|row by row"),
    Kind("calibration", "principal point at zero", times(1, 1, 0, 0), PRINCIPAL),
    Kind("calibration", "K of another mode", intrinsics(resolution_of_another_mode), PRINCIPAL),
    Kind("calibration", "NaN in K", not_a_number, r"NaN|infinit"),
    Kind("calibration", "fx twice fy", times(2, 1, 1, 1), FOCAL),
    Kind("calibration", "huge", times(1e4, 1e4, 1, 1), FOCAL),
    Kind("calibration", "binning twice", binned_twice, r"binning"),
    Kind("calibration", "crop of nothing", crop_of_nothing, r"region of interest|\broi\b"),
    Kind("calibration", "crop outside", crop_outside, r"region of interest|\broi\b"),
    Kind("calibration", "other aspect", other_aspect, r"aspect"),
    Kind("calibration", "sizes exchanged", upright, r"aspect|rotat|turned|exchanged|swapped"),
]
