"""Where objects end in the colour image, to the pixel."""

import numpy as np

from hispatial_ros.measure.ends import ACROSS, INWARDS, Ends
from hispatial_ros.measure.foreground import Foreground
from hispatial_ros.measure.window import RING, Windows, number

# [lines] Across each side, evenly from end to end. Larger: slower. Smaller: thin parts that reach
# the side are missed. Chosen on simulated rooms.
SIDE_LINES = 32
# [samples] Of a line on either side of the box's. Larger: slower. Smaller: ends are less exact in
# large boxes. Chosen on simulated rooms.
HALF = 15
# [samples] Further out, which tell the colours of the surroundings. Larger, smaller: as above.
# Chosen on simulated rooms.
BACKGROUND = 6
# [px] How far a side may be off. Larger: neighbours get in. Smaller: boxes that are off stay as
# they are. Derived: with the next, three deviations of a side at a detector's 4 px in 100.
OFF = 6.0
# [ratio] How much further, by the length of the box. Larger, smaller: as above. Derived: see there.
OFF_BY_LENGTH = 0.06
# [ratio] Most of it, by the length of the box. Larger: small objects have no middle. Smaller: their
# boxes stay as they are. Derived: two opposite sides leave a third.
MOST_OFF = 0.35
# [bits] Of a channel that tell colours apart; neighbouring ones count together. Larger: shading
# makes many colours of one. Smaller: dark objects vanish in dark surroundings. Derived: noise and
# shading of a few grey values.
COLOR_BITS = 4
# [share] Of the samples that any colour may have by chance. Larger: small parts of other colours
# are lost. Smaller: single samples decide. Chosen on simulated rooms.
CHANCE = 0.01
# [nats] Most that a sample tells. Larger: single samples decide. Smaller: similar colours are not
# told apart. Chosen on simulated rooms.
MOST_TOLD = 3.0
# [nats] That a sample inside the box tells for the object, and one outside it against. Larger:
# boxes that are off stay as they are. Smaller: neighbours and parts of unknown colours move sides.
# Chosen on simulated rooms.
BOX_TELLS = 0.8
# [nats px] What a line has to tell of the object and of what surrounds it. Larger: thin parts are
# lost. Smaller: noise makes ends. Chosen on simulated rooms.
EVIDENCE = 4.0
# [samples] On either side of an end that have to differ. Larger: thin parts have no end. Smaller:
# noise makes ends. Chosen on simulated rooms.
NEAR = 3
# [nats] By which they have to. Larger: soft ends are missed. Smaller: colours that run into each
# other have ends. Chosen on simulated rooms.
SHARP = 6.0
# [lines] That have to agree outside the box. Larger: pointed things are cut. Smaller: what leaks
# out in single lines counts. Chosen on simulated rooms.
ALIKE = 3
# [px] How far apart they may end. Larger: what leaks out counts. Smaller: round ends are missed.
# Chosen on simulated rooms.
END_SPREAD = 2.0
# [share] Of the lines of a side that may have no end. Larger: objects that go on are cut. Smaller:
# what touches a neighbour has no end. Chosen on simulated rooms.
OPEN = 0.5
# [samples] Least of the object and of its surroundings. Larger: small things stay as they are.
# Smaller: a few pixels tell its colour. Derived: as many as tell a share of 10 %.
LEAST = 10
# [rounds] Of leaving out samples of the object whose colours tell of its surroundings. Larger:
# slower. Smaller: surroundings inside the box blur its colours. Chosen for sides on a real desk.
ROUNDS = 2
# [steps] Of a channel. Derived.
LEVELS = 2**COLOR_BITS
# [samples] Of a line. Derived.
LINE_SAMPLES = BACKGROUND + 2 * HALF
SHARES = (np.arange(SIDE_LINES) + 0.5) / SIDE_LINES
BOXED = np.where(np.arange(LINE_SAMPLES) < BACKGROUND + HALF, -1, 1).astype(np.float32)


def find_ends(
    rgb: np.ndarray, windows: Windows, foreground: Foreground, scale: tuple[float, float]
) -> Ends:
    """Ends of the objects by what tells their colours from those around their boxes.

    Lines run inwards across each side. Every sample of a line tells by its colour how much more
    often that is seen on the object than around it, and the line's end is where these logarithms
    turn from the surroundings' to the object's (the maximum of a cumulative sum). A side is where
    the line that reaches out furthest ends; outside the box three have to agree.

    Args:
        rgb: [H, W, 3] uint8.
        windows: of R regions.
        foreground: of those.
        scale: pixels of the depth image for one of the colour image, along u and v.
    """
    box = windows.box / np.tile(scale, 2)
    extent = np.tile(np.maximum(box[:, 2:] - box[:, :2], 1), 2)
    step = np.minimum(OFF + OFF_BY_LENGTH * extent, MOST_OFF * extent)[..., None] / HALF
    pixel, shown = _lines(box, step, rgb.shape[1], rgb.shape[0])
    region, row, column = np.nonzero(foreground.mask)
    u = ((windows.columns[region, column] + 0.5) / scale[0]).astype(np.int32)
    v = ((windows.rows[region, row] + 0.5) / scale[1]).astype(np.int32)

    first = (np.arange(len(box)) * LEVELS**3).astype(np.int32)  # of a region's colours
    on_lines = _colors(rgb, pixel) + first[:, None, None, None]
    of_object = _colors(rgb, v * rgb.shape[1] + u) + first[region]
    around = np.broadcast_to(shown, on_lines.shape)[..., :BACKGROUND]
    told, known = _tell(of_object, on_lines[..., :BACKGROUND][around], len(box))
    value = told.take(on_lines)
    value += BOX_TELLS * BOXED
    value *= shown
    ends, goes_on = _turns(value.cumsum(-1), step)
    ends = np.where(_ends_on_plane(windows, foreground), ends.clip(0), ends)
    known = (known & ~windows.outlined)[:, None] & ~windows.cut & (goes_on.mean(-1) <= OPEN)
    pitch = extent[:, ACROSS] / SIDE_LINES
    return _furthest(ends, step[..., 0], pitch, known, np.tile(scale, 2))


def _lines(
    box: np.ndarray, step: np.ndarray, width: int, height: int
) -> tuple[np.ndarray, np.ndarray]:
    """Samples of lines across the boxes' sides, from outside inwards.

    Args:
        box: [R, 4] px.
        step: [R, 4, 1] px between samples of a line.
        width, height: of the image.

    Returns:
        [R, 4, SIDE_LINES, LINE_SAMPLES] number of the pixel, counted through the image, and
        [R, 4, 1, LINE_SAMPLES] bool: inside the image.
    """
    inwards = step * (np.arange(LINE_SAMPLES) - (BACKGROUND + HALF) + 0.5)
    along = np.floor(box[..., None] + INWARDS[:, None] * inwards).astype(np.int32)
    low, high = box[:, ACROSS, None], box[:, ACROSS + 2, None]
    across = np.floor(low + (high - low) * SHARES).astype(np.int32)
    stride, last = np.array([[1], [width]]), np.array([[width], [height]]) - 1
    shown = (along >= 0) & (along <= last[1 - ACROSS])
    along = along.clip(0, last[1 - ACROSS]) * stride[1 - ACROSS]
    across = across.clip(0, last[ACROSS]) * stride[ACROSS]
    return across[..., None] + along[:, :, None], shown[:, :, None]


def _tell(of_object: np.ndarray, around: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """By how much each colour is more frequent on the object than around it.

    Args:
        of_object, around: colours of samples, of region r from r * LEVELS ** 3.
        count: of regions.

    Returns:
        [R * LEVELS ** 3] nats, and [R] bool: there are enough samples of both.
    """
    others, enough = _frequent(around, count)
    for _ in range(ROUNDS):
        own, found = _frequent(of_object, count)
        told = np.log((own + CHANCE) / (others + CHANCE)).clip(-MOST_TOLD, MOST_TOLD).ravel()
        of_object = of_object[told.take(of_object) > 0]
    return told, enough & found


def _colors(rgb: np.ndarray, pixel: np.ndarray) -> np.ndarray:
    """Numbers below LEVELS ** 3 of the colours of pixels, which are counted through the image."""
    some = rgb.reshape(-1, 3).take(pixel.ravel(), 0) >> (8 - COLOR_BITS)
    red, green, blue = some.astype(np.int32).T
    return ((red * LEVELS + green) * LEVELS + blue).reshape(pixel.shape)


def _frequent(color: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Share of a region's samples that have about each colour, [R, LEVELS ** 3], and [R] bool:
    there are enough."""
    amount = np.bincount(color, minlength=count * LEVELS**3).astype(np.float32)
    total = amount.reshape(count, -1).sum(1)
    amount = amount.reshape(count, LEVELS, LEVELS, LEVELS)
    for axis in (1, 2, 3):
        turned = amount.swapaxes(0, axis)
        summed = turned.copy()
        summed[1:] += turned[:-1]
        summed[:-1] += turned[1:]
        amount = summed.swapaxes(0, axis)
    return amount.reshape(count, -1) / np.maximum(total, 1)[:, None], total >= LEAST


def _turns(total: np.ndarray, step: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Ends on every line, and lines on which the object goes on.

    Args:
        total: [R, 4, SIDE_LINES, LINE_SAMPLES] what the samples up to each tell for the object.
        step: [R, 4, 1] px between samples.

    Returns:
        [R, 4, SIDE_LINES] px inwards from the box, inf where no end is seen; bool.
    """
    at = total.argmin(-1)
    start = np.arange(at.size).reshape(at.shape) * LINE_SAMPLES
    flat = total.ravel()
    least, inner, outer = (
        flat.take(start + np.clip(at + k, 0, LINE_SAMPLES - 1)) for k in (0, NEAR, -NEAR)
    )
    reached = (total[..., -1] - least) * step > EVIDENCE
    left = (-least * step > EVIDENCE) & (inner + outer - 2 * least > SHARP)
    left &= at >= BACKGROUND - 1
    ends = (at + 1 - (BACKGROUND + HALF)) * step
    return np.where(reached & left, ends, np.inf), reached & ~left


def _ends_on_plane(windows: Windows, foreground: Foreground) -> np.ndarray:
    """Lines that lie on what things stand on or before, right beyond the box, [R, 4, LINES] bool.

    Of objects that do not lie in such a plane themselves.
    """
    plane = foreground.kind > 0
    of_object = number(foreground.mask & plane) * 2 > number(foreground.mask)
    plane = plane & ~of_object[:, None, None]
    u, v = windows.count.T[..., None]
    column, row = (RING + (n * SHARES).astype(int) for n in (u, v))
    before = np.array([RING - 1])
    region = np.arange(len(plane))[:, None]
    return np.stack(
        [
            plane[region, row, before],
            plane[region, before, column],
            plane[region, row, RING + u],
            plane[region, RING + v, column],
        ],
        1,
    )


def _furthest(
    ends: np.ndarray, step: np.ndarray, pitch: np.ndarray, known: np.ndarray, scale: np.ndarray
) -> Ends:
    """Where the objects end by the line on which they reach out furthest, px of the depth image.

    Inside the box one line is enough, since the box says that something reaches there; outside it
    ``ALIKE`` lines end within ``END_SPREAD``.
    """
    agree = np.maximum(END_SPREAD, np.maximum(1.5 * step, 2 * pitch))[..., None]
    ordered = np.sort(ends, -1)
    counts = ordered >= -END_SPREAD
    with np.errstate(invalid="ignore"):
        counts[..., : 1 - ALIKE] |= ordered[..., ALIKE - 1 :] - ordered[..., : 1 - ALIKE] <= agree
    furthest = np.take_along_axis(ordered, counts.argmax(-1)[..., None], -1)[..., 0]
    known = known & np.isfinite(ordered[..., ALIKE - 1])
    middle, half = (np.where(known, v, 0) * scale for v in (furthest, step / 2))
    return Ends(known, middle + half, middle - half, np.zeros_like(middle))
