"""Kinds of colour and depth images: encodings, layouts, transports, depth units."""

import random
import re
import struct
from collections.abc import Callable
from io import BytesIO

import numpy as np
from PIL import Image as Pillow

from benchmarks.mixtures.shot import Kind, Shot, image

Do = Callable[[Shot, random.Random], None]
BAYER = {"rggb": (0, 1, 1, 2), "bggr": (2, 1, 1, 0), "gbrg": (1, 2, 0, 1), "grbg": (1, 0, 2, 1)}
# compressed_depth_image_transport's defaults: z = A / (value - B).
QUANT_A = 100.0 * 101.0
QUANT_B = 1.0 - QUANT_A / 10.0


def ycbcr(rgb: np.ndarray) -> np.ndarray:
    """ITU-R BT.601 of video range, [H, W, 3] uint8, as OpenCV's YUV formats have it."""
    r, g, b = rgb.astype(float).transpose(2, 0, 1) / 255
    y = 16 + 65.481 * r + 128.553 * g + 24.966 * b
    u = 128 - 37.797 * r - 74.203 * g + 112.0 * b
    v = 128 + 112.0 * r - 93.786 * g - 18.214 * b
    return np.stack([y, u, v], -1).round().astype(np.uint8)


def colour_samples(rgb: np.ndarray, encoding: str) -> np.ndarray:
    """The samples of an encoding of ``sensor_msgs/image_encodings``."""
    if encoding.startswith("bayer_"):
        _, pattern = encoding.rstrip("0123456789").split("_")
        samples = np.empty(rgb.shape[:2], np.uint8)
        for place, channel in enumerate(BAYER[pattern]):
            samples[place // 2 :: 2, place % 2 :: 2] = rgb[place // 2 :: 2, place % 2 :: 2, channel]
    elif encoding.startswith(("mono", "8UC1")):
        samples = (rgb @ [0.299, 0.587, 0.114]).round().astype(np.uint8)
    elif encoding in ("yuv422", "uyvy", "yuv422_yuy2", "yuyv"):
        y, u, v = ycbcr(rgb).transpose(2, 0, 1)
        chroma = np.where(np.arange(rgb.shape[1]) % 2, v, u)
        pair = (chroma, y) if encoding in ("yuv422", "uyvy") else (y, chroma)
        samples = np.stack(pair, -1)
    elif encoding == "nv12":
        y, u, v = ycbcr(rgb).transpose(2, 0, 1)
        chroma = np.stack([u[::2, ::2], v[::2, ::2]], -1).reshape(len(y) // 2, -1)
        samples = np.concatenate([y, chroma])
    else:
        order = [0, 1, 2] if encoding.startswith("rgb") else [2, 1, 0]
        samples = rgb[..., order]
        if "a" in encoding:
            alpha = np.full((*rgb.shape[:2], 1), 255, np.uint8)
            samples = np.concatenate([samples, alpha], -1)
    if encoding.endswith("16"):
        samples = samples.astype(np.uint16) * 257
    return samples


def rvl(depth: np.ndarray) -> bytes:
    """[H, W] uint16 by Wilson's run-length and variable-length code, with its sizes in front."""
    values = depth.ravel().astype(np.int64)
    numbers: list[np.ndarray] = []
    edges = np.flatnonzero(np.diff(values != 0)) + 1
    runs = np.split(values, edges)
    if values[0]:
        runs.insert(0, values[:0])
    before = 0
    for zeros, filled in zip(runs[::2], [*runs[1::2], values[:0]], strict=False):
        delta = np.diff(filled, prepend=before)
        before = int(filled[-1]) if len(filled) else before
        numbers += [np.array([len(zeros), len(filled)]), (delta << 1) ^ (delta >> 63)]
    code = np.concatenate(numbers)
    digits = [(code >> 3 * place) & 7 for place in range(7)]
    more = [(code >> 3 * (place + 1)) > 0 for place in range(7)]
    used = np.stack([np.ones(len(code), bool), *more[:-1]], -1)
    nibbles = np.stack([d | (8 * m) for d, m in zip(digits, more, strict=True)], -1)[used]
    nibbles = np.pad(nibbles, (0, -len(nibbles) % 8)).reshape(-1, 8).astype(np.uint32)
    words = (nibbles << np.arange(28, -1, -4, dtype=np.uint32)).sum(1, dtype=np.uint32)
    height, width = depth.shape
    return struct.pack("<II", width, height) + words.astype("<u4").tobytes()


def encoded(pixels: np.ndarray, file_format: str, **options: int) -> bytes:
    """As a file of pixels."""
    buffer = BytesIO()
    Pillow.fromarray(pixels).save(buffer, file_format, **options)
    return buffer.getvalue()


def millimetres(shot: Shot) -> np.ndarray:
    return np.round(1000 * shot.room.depth).astype(np.uint16)


def metres(shot: Shot) -> np.ndarray:
    return shot.room.depth.astype(np.float32)


def packed(aspect: str, name: str, do: Do, cause: str = "") -> Kind:
    """A kind of a compressed transport."""
    return Kind(aspect, name, do, cause, transport="compressed")


# Colour


def plain(encoding: str, big: bool = False, padding: int = 0) -> Do:
    def do(shot: Shot, rng: random.Random) -> None:
        samples = colour_samples(shot.room.rgb, encoding)
        frame_id = shot.messages["image"].header.frame_id
        shot.messages["image"] = image(samples, encoding, padding, big)
        shot.messages["image"].header.frame_id = frame_id

    return do


def nv12(shot: Shot, rng: random.Random) -> None:
    shot.set_image(colour_samples(shot.room.rgb, "nv12"), "nv12")
    shot.messages["image"].height = shot.room.camera.height


def named(encoding: str) -> Do:
    """A colour image whose encoding has a name that no list has."""

    def do(shot: Shot, rng: random.Random) -> None:
        shot.messages["image"].encoding = encoding

    return do


def short_rows(shot: Shot, rng: random.Random) -> None:
    shot.messages["image"].step -= rng.randrange(1, 60)


def cut(topic: str) -> Do:
    def do(shot: Shot, rng: random.Random) -> None:
        message = shot.messages[topic]
        message.data = message.data[: rng.randrange(1, len(message.data) - 1)]

    return do


def empty(topic: str) -> Do:
    def do(shot: Shot, rng: random.Random) -> None:
        message = shot.messages[topic]
        message.width = message.height = message.step = 0
        message.data = message.data[:0]

    return do


def file_of(file_format: str, text: str, **options: int) -> Do:
    def do(shot: Shot, rng: random.Random) -> None:
        shot.set_compressed("image", encoded(shot.room.rgb, file_format, **options), text)

    return do


def stream(text: str) -> Do:
    """A piece of a video stream: start codes and what looks like its payload."""

    def do(shot: Shot, rng: random.Random) -> None:
        data = b"\0\0\0\1\x67\x42\0\x1e" + rng.randbytes(40) + b"\0\0\0\1\x65" + rng.randbytes(900)
        shot.set_compressed("image", data, text)

    return do


def raw_in_compressed(shot: Shot, rng: random.Random) -> None:
    shot.set_compressed("image", colour_samples(shot.room.rgb, "nv12").tobytes(), "nv12")


IMAGES = [
    *(
        Kind("image", encoding, plain(encoding))
        for encoding in (
            *("rgb8", "bgr8", "rgba8", "bgra8", "mono8", "8UC1", "mono16", "rgb16", "bgr16"),
            *("rgba16", "bgra16", "yuv422", "uyvy", "yuv422_yuy2", "yuyv"),
            *(f"bayer_{pattern}{bits}" for pattern in BAYER for bits in (8, 16)),
        )
    ),
    Kind("image", "rgb16, big endian", plain("rgb16", big=True)),
    Kind("image", "mono16, big endian, padded", plain("mono16", big=True, padding=14)),
    Kind("image", "rgb8, padded", plain("rgb8", padding=13)),
    Kind("image", "nv12", nv12, r"nv12"),
    Kind("image", "8UC3", named("8UC3"), r"8UC3"),
    Kind("image", "encoding in capitals", named("RGB8"), r"RGB8"),
    Kind("image", "no encoding", named(""), r"encoding"),
    Kind("image", "rows too short", short_rows, r"rows? .*bytes|step"),
    Kind("image", "cut", cut("image"), r"bytes of data|truncated|cut"),
    Kind("image", "empty", empty("image"), r"empty"),
]
COMPRESSED_IMAGES = [
    packed("image", "jpeg", file_of("JPEG", "rgb8; jpeg compressed bgr8", quality=95)),
    packed("image", "png", file_of("PNG", "rgb8; png compressed bgr8")),
    packed("image", "jpeg, of another name", file_of("JPEG", "JPG", quality=95)),
    packed("image", "jpeg called png", file_of("JPEG", "png", quality=95)),
    packed("image", "webp", file_of("WEBP", "webp", quality=95), r"webp"),
    packed("image", "h264", stream("h264"), r"h\.?264"),
    packed("image", "hevc", stream("hevc"), r"hevc|h\.?265"),
    packed("image", "h264 without a word", stream(""), r"h\.?264|video|format"),
    packed("image", "nv12 in CompressedImage", raw_in_compressed, r"nv12"),
    packed("image", "cut jpeg", cut("image"), r"truncated|damaged|cut|incomplete|broken|no image"),
]


# Depth


def depth_as(encoding: str, big: bool = False, padding: int = 0) -> Do:
    def do(shot: Shot, rng: random.Random) -> None:
        samples = metres(shot) if encoding == "32FC1" else millimetres(shot)
        frame_id = shot.messages["depth"].header.frame_id
        shot.messages["depth"] = image(samples, encoding, padding, big)
        shot.messages["depth"].header.frame_id = frame_id

    return do


def in_unit(unit: float, encoding: str = "16UC1", told: bool = False) -> Do:
    """Depth in steps of ``unit`` metres; ``told``: the parameter says so."""

    def do(shot: Shot, rng: random.Random) -> None:
        values = shot.room.depth / unit
        kind = np.float32 if encoding == "32FC1" else np.uint16
        if kind is np.uint16:
            values = np.where(np.round(values) < 2**16, np.round(values), 0)
        shot.set_depth(values.astype(kind), encoding)
        if told:
            shot.parameters["depth_unit"] = unit

    return do


def steps(unit: str) -> str:
    """Pattern of a doubt that names a unit [m]."""
    return rf"steps of .*\b{re.escape(unit)}\b.* m\b.*depth_unit"


def doubles(shot: Shot, rng: random.Random) -> None:
    shot.set_depth(shot.room.depth, "64FC1")


def signed(shot: Shot, rng: random.Random) -> None:
    shot.set_depth(millimetres(shot).astype(np.int16), "16SC1")


def bytes_of_depth(shot: Shot, rng: random.Random) -> None:
    shot.set_depth(np.clip(shot.room.depth * 50, 0, 255).astype(np.uint8), "mono8")


def painted(shot: Shot, rng: random.Random) -> None:
    """A picture of depth, for people."""
    grey = np.clip(shot.room.depth * 50, 0, 255).astype(np.uint8)
    shot.set_depth(np.stack([grey, 255 - grey, grey // 2], -1), "bgr8")


def half_size(shot: Shot, rng: random.Random) -> None:
    shot.set_depth(millimetres(shot)[::2, ::2], "16UC1")


def other_aspect(shot: Shot, rng: random.Random) -> None:
    """Depth of its own camera, not registered, though it claims the colour image's frame."""
    depth = millimetres(shot)
    shot.set_depth(depth[:, depth.shape[1] // 4 : -depth.shape[1] // 4], "16UC1")


def all_invalid(shot: Shot, rng: random.Random) -> None:
    shot.set_depth(np.zeros_like(millimetres(shot)), "16UC1")


def not_a_number(shot: Shot, rng: random.Random) -> None:
    shot.set_depth(np.full_like(metres(shot), np.nan), "32FC1")


def header(a: float = 0.0, b: float = 0.0) -> bytes:
    return struct.pack("<iff", 0, a, b)


def depth_png(shot: Shot, rng: random.Random) -> None:
    data = header() + encoded(millimetres(shot), "PNG")
    shot.set_compressed("depth", data, "16UC1; compressedDepth png")


def depth_bare(text: str) -> Do:
    def do(shot: Shot, rng: random.Random) -> None:
        shot.set_compressed("depth", header() + encoded(millimetres(shot), "PNG"), text)

    return do


def inverse(shot: Shot) -> np.ndarray:
    return np.round(QUANT_A / shot.room.depth + QUANT_B).astype(np.uint16)


def inverse_png(shot: Shot, rng: random.Random) -> None:
    data = header(QUANT_A, QUANT_B) + encoded(inverse(shot), "PNG")
    shot.set_compressed("depth", data, "32FC1; compressedDepth png")


def depth_rvl(shot: Shot, rng: random.Random) -> None:
    depth = millimetres(shot)
    depth[: rng.randrange(3)] = 0  # a run of holes in front, or none
    shot.set_compressed("depth", header() + rvl(depth), "16UC1; compressedDepth rvl")


def inverse_rvl(shot: Shot, rng: random.Random) -> None:
    data = header(QUANT_A, QUANT_B) + rvl(inverse(shot))
    shot.set_compressed("depth", data, "32FC1; compressedDepth rvl")


def cut_rvl(shot: Shot, rng: random.Random) -> None:
    data = header() + rvl(millimetres(shot))
    data = data[: rng.randrange(20, len(data) - 40)]
    shot.set_compressed("depth", data, "16UC1; compressedDepth rvl")


def depth_jpeg(shot: Shot, rng: random.Random) -> None:
    grey = np.clip(shot.room.depth * 50, 0, 255).astype(np.uint8)
    shot.set_compressed("depth", encoded(grey, "JPEG"), "mono8; jpeg compressed mono8")


DEPTHS = [
    Kind("depth", "16UC1", depth_as("16UC1")),
    Kind("depth", "mono16", depth_as("mono16")),
    Kind("depth", "32FC1", depth_as("32FC1")),
    Kind("depth", "16UC1, big endian", depth_as("16UC1", big=True)),
    Kind("depth", "32FC1, big endian, padded", depth_as("32FC1", big=True, padding=8)),
    Kind("depth", "16UC1, padded by an odd number", depth_as("16UC1", padding=7)),
    Kind("depth", "half the size", half_size),
    Kind("depth", "64FC1", doubles, r"64FC1"),
    Kind("depth", "16SC1", signed, r"16SC1"),
    Kind("depth", "mono8", bytes_of_depth, r"mono8"),
    Kind("depth", "a picture of depth", painted, r"bgr8"),
    Kind("depth", "other aspect", other_aspect, r"aspect|\bregister|fits? the calibration"),
    Kind("depth", "all zero", all_invalid, r"no (valid )?depth|no pixel|invalid|without depth"),
    Kind("depth", "all NaN", not_a_number, r"no (valid )?depth|no pixel|invalid|without depth"),
    Kind("depth", "rows too short", cut("depth"), r"bytes of data|truncated|cut"),
    Kind("depth", "empty", empty("depth"), r"empty"),
    Kind("depth", "in 0.1 mm", in_unit(1e-4), steps("0.0001"), note_does=True),
    Kind("depth", "in whole metres", in_unit(1.0), r"metre|unit|depth_unit"),
    Kind("depth", "in 1/5000 m", in_unit(1 / 5000), steps("0.0002"), note_does=True),
    Kind("depth", "in centimetres", in_unit(0.01), steps("0.01"), note_does=True),
    Kind("depth", "32FC1 in mm", in_unit(0.001, "32FC1"), r"millimet|\bmm\b|unit|depth_unit"),
    Kind("depth", "in 0.1 mm, told", in_unit(1e-4, told=True)),
    Kind("depth", "in 1/5000 m, told", in_unit(1 / 5000, told=True)),
    Kind("depth", "in centimetres, told", in_unit(0.01, told=True)),
    Kind("depth", "32FC1 in mm, told", in_unit(0.001, "32FC1", told=True)),
]
COMPRESSED_DEPTHS = [
    packed("depth", "compressedDepth png", depth_png),
    packed("depth", "compressedDepth png, no format", depth_bare("")),
    packed("depth", "compressedDepth png, short format", depth_bare("16UC1")),
    packed("depth", "compressedDepth png, metres", inverse_png),
    packed("depth", "compressedDepth rvl", depth_rvl),
    packed("depth", "compressedDepth rvl, metres", inverse_rvl),
    packed("depth", "compressedDepth rvl, cut", cut_rvl, r"rvl|truncated|cut|damaged"),
    packed("depth", "jpeg", depth_jpeg, r"jpe?g|8.bit|uint8"),
]
