"""Which samples in and around a region's box show the object."""

from dataclasses import dataclass

import numpy as np

from hispatial_ros.measure.gravity import Support
from hispatial_ros.measure.occlusion import OWN_EDGES, find_rival, in_front, own_edges, passing
from hispatial_ros.measure.surfaces import (
    ON_PLANE,
    PLACE,
    Surfaces,
    classify,
    climb,
    continuous,
    label,
    unpack,
)
from hispatial_ros.measure.window import EDGE_NOISE, RING, Windows, edge_step, number

# [ratio] Samples through which a surface leaves the window, by the root of its area, that halve its
# worth. Larger: background is taken for the object. Smaller: objects that reach out of their box
# are lost. Chosen on simulated rooms.
LEAK = 0.3
# [ratio] Least worth of a surface that leaks. Larger: background wins over a small object. Smaller:
# an object whose box is far too small is not found. Chosen on simulated rooms.
LEAKING = 0.05
# Worth by the number of the box's sides that a surface reaches.
SIDES = np.array([0.15, 0.25, 0.45, 0.7, 1.0])
# [ratio] Samples outside the box, by the root of those inside, that show that it cuts off the
# object. Larger: objects are cut where their box ends. Smaller: leaked samples enlarge them. Chosen
# on simulated rooms.
CUT = 0.5
# [ratio] Worth of a piece of what things stand on or before. Larger: floors and walls are taken for
# the object. Smaller: rugs and pictures are not found. Chosen on simulated rooms.
PLANE = 0.2
# [share] Of the object outside the boxes of others that is enough to measure it. Larger: others'
# parts stay in more often. Smaller: little is left to measure. Chosen on simulated rooms.
REST = 0.4
# [ratio] Difference of depth, by the apparent size of the box, within which parts belong together.
# Larger: things behind count as parts. Smaller: legs are lost. Chosen on simulated rooms.
REACH = 0.5
# [m] Height above an object's lowest sample up to which a support plane is no part of it. Larger:
# low parts are lost. Smaller: floor between legs counts as a part. Chosen on simulated rooms.
BETWEEN_LEGS = 0.05
# [ratio] Samples through which a part leaves the window, by the root of its area. Larger:
# neighbours join. Smaller: parts that touch a neighbour are lost. Chosen on simulated rooms.
PART_LEAK = 0.65
# [steps] Of joining surfaces that touch what has joined. Larger: slower, things behind join.
# Smaller: far ends of long things are lost. Chosen on simulated rooms.
GROWTH = 3
# [ratio] Weight of the samples that touch the object against the root of all of a surface. Larger:
# things behind join. Smaller: far parts are lost. Chosen on simulated rooms.
TOUCHES = 2.0
# [share] Of the object's samples, from which on a surface joins that touches it but lies elsewhere.
# Larger: far parts are lost. Smaller: bits of the background join. Chosen on simulated rooms.
LARGE = 0.03
# [share] Of what a given outline holds, from which on a surface joins though it goes on outside.
# Larger: parts are lost. Smaller: background at its edge stays. Chosen on simulated rooms.
SPILL = 0.12
# [share] Of a surface that has to lie inside the outline for that. Larger: parts that touch others
# are lost. Smaller: background seen through an outline stays. Chosen on simulated rooms.
INSIDE_SHARE = 0.35
# [ratio] How much further from the rest parts may be inside a given outline. Larger: background
# seen through it stays. Smaller: parts are lost. Chosen on simulated rooms.
TRUST_REACH = 2.0
# [share] Of the main surface, below which others are bits of floor if they lie about there. Larger:
# feet are lost. Smaller: bits of floor join. Chosen on simulated rooms.
SPLIT_OFF = 0.08
# [ratio] How much further from the rest a surface may be that spans the box. Larger: what is seen
# behind an object that leaves its box empty joins. Smaller: bowls are cut in two at their rims.
# Chosen on simulated rooms.
SPANNING = 2.0
# [ratio] Worth that a surface loses by what of it lies in smaller boxes. Larger: an object behind
# others is not found. Smaller: theirs is taken for it. Chosen on simulated rooms.
TAKEN = 0.8
# [share] Of a surface inside another box, from which on it may be the object of that box. Larger:
# neighbours are taken for the object. Smaller: objects that overlap lose out. Chosen on simulated
# rooms.
SHARED = 0.9
# [ratio] Worth of such a surface if it leaves this box into the other. Larger: neighbours are taken
# for the object. Smaller: objects that overlap lose out. Chosen on simulated rooms.
THEIRS = 0.3
# [ratio] Weight that a sample loses from the middle of the box to the middle of a side. Larger:
# objects with an empty middle are not found. Smaller: corners of the background count. Chosen on
# simulated rooms.
OFF_CENTER = 0.4
# [ratio] Least weight of a sample. Larger: corners of the background count. Smaller: objects with
# an empty middle are not found. Chosen on simulated rooms.
CORNER_WEIGHT = 0.2
# [ratio] Difference of two boxes, by their size, up to which they are the same object asked for
# twice. Larger: close objects are not told apart. Smaller: repeated detections take each other's
# samples. Chosen on simulated rooms.
SAME_BOX = 0.1
# [share] Of a box inside another, from which on it lies within. Larger: parts of an object compete
# with it. Smaller: objects that overlap do not. Chosen on simulated rooms.
WITHIN = 0.95


@dataclass(eq=False)
class Foreground:
    """The object's samples, and what the rest of the window shows."""

    mask: np.ndarray  # [R, G, G] bool: the object inside its box
    whole: np.ndarray  # [R, G, G] bool: and what of that is another region's object
    outline: np.ndarray  # [R, G, G] bool: and what a box that is too small leaves out
    in_front: np.ndarray  # [R] m, by which samples lie nearer that were taken for something else's
    rival: np.ndarray  # [R] chance that another surface is the object after all
    rival_depth: np.ndarray  # [R] m, of that one, NaN: none
    apart: np.ndarray  # [R] bool: its surface ends where the object does
    rise: np.ndarray  # [R, G, G] how much a ray climbs against gravity per depth
    kind: np.ndarray  # [R, G, G] int: surface class of every sample, see ``surfaces.classify``
    valid_fraction: np.ndarray  # [R] of the region's samples


@dataclass(eq=False)
class Others:
    """R regions, some of which are looked at again."""

    windows: Windows
    mask: np.ndarray  # [R, G, G] bool: their objects, and what is another one's
    again: np.ndarray  # indices of those


def select(windows: Windows, support: Support, others: Others | None = None) -> Foreground:
    """Pick the object among the surfaces visible in each window.

    A box drawn around an object holds it entirely: its surfaces end inside the box, while those of
    the background and of things in front go on beyond it. Among the surfaces that do not leak into
    the ring around the box, the object is the one that fills its middle and reaches its sides.

    Args:
        windows: R of them.
        support: of the frame.
        others: all regions of the frame, if it has more than R; their mask is brought up to date.
    """
    valid, inner = windows.valid, windows.inner
    rise = climb(windows, support.gravity.up)
    kind = classify(windows, rise, support)
    surfaces = Surfaces(label(*continuous(windows, kind)))

    use, rim = valid & inner, valid & _rim(windows)
    around = others.windows if others else windows
    smaller, beside, overlaps = _compare(windows.box, around.box)
    taken, shared = _in_others(windows, around.box, smaller, beside)
    area, *sides = unpack(surfaces.total(use * _sides(windows)), 5)
    touched = np.count_nonzero(sides, 0)
    way_out, of_taken, of_shared, out_shared, flat = surfaces.count(
        rim, use & taken, use & shared, rim & shared, use & (kind > 0)
    )
    some = np.maximum(area, 1)
    score = surfaces.total(use * _central(windows)) * SIDES[touched]
    score *= 1 - TAKEN * of_taken / some
    # What leaves this box into another one that holds all of it is the other one's object.
    theirs = (of_shared > SHARED * some) & (2 * out_shared > way_out + 1)
    score *= np.where(theirs, THEIRS, 1)
    score *= np.where(2 * flat > some, PLANE, 1)
    leak = way_out / np.sqrt(some)
    score *= np.maximum(1 / (1 + np.square(leak / LEAK)), LEAKING)
    own = own_edges(windows, surfaces)
    score *= np.minimum(own / OWN_EDGES, 1) ** 2
    main = surfaces.best(score)
    of_main = surfaces.index == main[:, None, None]
    mask = of_main & use
    ending = (way_out <= np.maximum(1, PART_LEAK * np.sqrt(some))) & (area >= 3)
    small = area < SPLIT_OFF * area[main][surfaces.owner]
    ending &= ~_about_level(windows, surfaces, rise, support, ending & small)
    ending &= own > OWN_EDGES
    # No piece of a wall, unless the object itself is what was taken for one.
    some_place = of_main.reshape(len(kind), -1).argmax(1)[:, None]
    own_kind = np.take_along_axis(kind.reshape(len(kind), -1), some_place, 1)
    wall = (kind > len(support.levels)) & (kind != own_kind[..., None])
    part = use & ending[surfaces.index] & ~wall
    given = windows.outlined
    if given.any():
        # What an outline holds is the object, but for the plane behind and what hardly shows.
        (outside,) = surfaces.count(valid & ~use)
        mostly = (2 * flat < area) & (area > np.maximum(1, SPILL * number(use)[surfaces.owner]))
        trusted = ending | (mostly & (area > INSIDE_SHARE * (area + outside)))
        part = np.where(given[:, None, None], use & trusted[surfaces.index], part)
    left, top, right, bottom = (side > 0 for side in sides)
    spans = (left & right) | (top & bottom)
    level = (kind > 0) & (kind <= len(support.levels))
    mask = _grow(windows, surfaces, rise, level, part, mask, spans)
    whole, others = mask, others or Others(windows, mask, np.arange(len(mask)))
    others.mask[others.again] = whole
    theirs = _of_others(windows, others, mask, smaller & overlaps) & ~given[:, None, None]
    keep = number(mask & ~theirs) > REST * number(mask)
    mask = mask & ~(theirs & keep[:, None, None])
    fraction = number(use & ~windows.stand_in) / np.maximum(number(inner), 1)
    stray, passes = passing(windows, surfaces, main, mask & ~given[:, None, None], kind)
    mask &= ~stray
    stray, lead = in_front(windows, mask & ~given[:, None, None])
    mask &= ~stray
    lead = np.maximum(lead, passes)
    outside = of_main & valid & ~windows.boxed
    ends = way_out[main] <= 1
    cut = ends & ~given & (number(outside) > CUT * np.sqrt(number(mask)))
    outline = mask | (outside & cut[:, None, None])
    unsure = mask & ~given[:, None, None]
    rival, rival_depth = find_rival(windows, surfaces, area, score, main, unsure)
    apart = ends & ~given
    return Foreground(mask, whole, outline, lead, rival, rival_depth, apart, rise, kind, fraction)


def _about_level(windows, surfaces, rise, support: Support, which: np.ndarray) -> np.ndarray:
    """Those of some surfaces [S] that lie about on a level, as floor that noise has split off."""
    place = np.flatnonzero(which[surfaces.index] & windows.valid)
    index, climbs = surfaces.index.ravel().take(place), rise.ravel().take(place)
    amount, height, noise = (
        np.bincount(index, v, len(which))
        for v in (
            np.ones(len(place)),
            climbs * windows.z.ravel().take(place),
            np.abs(climbs) * windows.sigma.ravel().take(place),
        )
    )
    amount = np.maximum(amount, 1)
    low = np.zeros(len(which), bool)
    for level in support.levels:
        low |= np.abs(height / amount - level) < ON_PLANE + EDGE_NOISE * noise / amount
    return low & which


def _sides(windows: Windows) -> np.ndarray:
    """Numbers that tell which sides of the box a sample is within two of, [R, G, G].

    To be added up and unpacked: the number of samples, then those at the left, top, right, bottom.
    """
    index = np.arange(windows.z.shape[-1]) - RING
    right, bottom = (index >= n - 2 for n in windows.count.T[:, :, None])
    low = index < 2
    across = PLACE[0] + PLACE[1] * low + PLACE[3] * right
    down = PLACE[2] * low + PLACE[4] * bottom
    return across[:, None, :] + down[:, :, None]


def _rim(windows: Windows) -> np.ndarray:
    """The window's outermost samples outside the box; what reaches them goes on beyond the box."""
    index = np.arange(windows.z.shape[-1])

    def ends(exists: np.ndarray, count: np.ndarray) -> np.ndarray:
        # Beside the image's border there are fewer samples outside the box, or none.
        first = exists.argmax(1)[:, None]
        last = len(index) - 1 - exists[:, ::-1].argmax(1)[:, None]
        last_inside = RING + count[:, None] - 1
        return ((index == first) & (first < RING)) | ((index == last) & (last > last_inside))

    across = ends(np.asarray(windows.cell.any(1)), windows.count[:, 0])
    down = ends(np.asarray(windows.cell.any(2)), windows.count[:, 1])
    return windows.cell & (across[:, None, :] | down[:, :, None])


def _central(windows: Windows) -> np.ndarray:
    """Weight falling from 1 in the middle of the box to its corners."""
    x, y = (OFF_CENTER * np.square(2 * windows.along(axis) - 1) for axis in (0, 1))
    return np.maximum((1 - x)[:, None, :] - y[:, :, None], CORNER_WEIGHT)


def _grow(windows, surfaces, rise, level, part, mask, spans) -> np.ndarray:
    """The object with its other surfaces: legs, tops, what something in front cuts it into.

    A surface joins as a whole if half of it lies about as far away as the object, or if it touches
    the object in the image without a deep step. One that spans the box may lie further off: the
    inside of a bowl is as wide as its outside.

    Args:
        level: [R, G, G] bool, samples on what things stand on.
        part: [R, G, G] bool, samples of surfaces that may belong to it.
        mask: [R, G, G] bool, the object's main surface.
        spans: [S] bool, surfaces that reach two opposite sides of the box.
    """
    index, z = surfaces.index, windows.z
    if level.any():  # the plane it stands on, seen between its legs, is no part of it
        height = rise * z
        lowest = np.where(mask, height, np.inf).min((1, 2))[:, None, None]
        part = part & (~level | (height > lowest + BETWEEN_LEGS))
    touches = np.zeros(mask.shape, bool)
    for _ in range(GROWTH):
        rest = part & ~mask
        left = np.flatnonzero(rest.any((1, 2)))
        if not len(left):
            break
        mean, reach = _reach(windows, mask)
        reach = reach * np.where(windows.outlined, TRUST_REACH, 1)[:, None, None]
        near = rest & (np.abs(z - mean) < reach * np.where(spans, SPANNING, 1)[index])
        touches[left] = _beside(z[left], mask[left], reach[left])
        total, close, touching = surfaces.count(rest, near, rest & touches)
        large = total > LARGE * number(mask)[surfaces.owner]
        joins = (2 * close > total) | (large & (touching * TOUCHES >= np.sqrt(total)))
        more = rest & joins[index]
        if not more.any():
            break
        mask = mask | more
    return mask


def _beside(z: np.ndarray, mask: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """Samples with one of the mask within two places in their row or column, at about their depth.

    Args:
        z: [R, G, G] m; mask: [R, G, G] bool.
        reach: [R, 1, 1] m, largest difference of depth.
    """
    known = np.where(mask, z, np.float32(np.inf))
    result = np.zeros(mask.shape, bool)
    for step in (1, 2):
        one, other = slice(step, None), slice(None, -step)
        result[:, one] |= np.abs(z[:, one] - known[:, other]) < reach
        result[:, other] |= np.abs(z[:, other] - known[:, one]) < reach
        result[:, :, one] |= np.abs(z[:, :, one] - known[:, :, other]) < reach
        result[:, :, other] |= np.abs(z[:, :, other] - known[:, :, one]) < reach
    return result


def _reach(windows: Windows, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean depth of each object and how far its parts may be from that, [R, 1, 1] m each."""
    size = (windows.box[:, 2:] - windows.box[:, :2]).prod(1) / windows.focal**2
    known, n = np.where(mask, windows.z, 0), np.maximum(number(mask), 1)
    mean = known.sum((1, 2)) / n
    spread = np.sqrt(np.maximum(np.square(known).sum((1, 2)) / n - mean**2, 0))
    reach = REACH * np.sqrt(size) * mean + spread
    return mean[:, None, None], reach[:, None, None]


def _of_others(windows: Windows, others: Others, mask: np.ndarray, pairs) -> np.ndarray:
    """Samples of ``mask`` that show the object found in another region, ``pairs`` [R, others]."""
    theirs, box = others.windows, others.windows.box
    result = np.zeros(mask.shape, bool)
    i, j = np.nonzero(pairs)
    if not len(i):
        return result
    # The sample of region j nearest to each of region i's.
    place = []
    for axis, pixels in ((0, windows.columns), (1, windows.rows)):
        at = (pixels[i] + 0.5 - box[j, axis, None]) / theirs.pitch[j, axis, None]
        inside = (at >= 0) & (at < theirs.count[j, axis, None])
        place.append(np.where(inside, at.astype(int) + RING, 0))
    grid = mask.shape[-1]
    at = (j[:, None] * grid + place[1])[:, :, None] * grid + place[0][:, None, :]
    pair, row, column = np.nonzero(mask[i] & others.mask.ravel().take(at))
    mine, at = i[pair], at[pair, row, column]
    step = np.abs(windows.z[mine, row, column] - theirs.z.ravel().take(at))
    same = step < edge_step(windows.sigma[mine, row, column])
    result[mine[same], row[same], column[same]] = True
    return result


def _in_others(windows: Windows, box: np.ndarray, *pairs: np.ndarray) -> list[np.ndarray]:
    """Samples [R, G, G] bool inside other boxes [N, 4], for each choice of ``pairs`` [R, N]."""
    u, v = windows.columns[:, None, :] + 0.5, windows.rows[:, None, :] + 0.5
    across = (u > box[:, :1]) & (u < box[:, 2:3])
    down = ((v > box[:, 1:2]) & (v < box[:, 3:])).astype(np.float32).swapaxes(1, 2)
    return [down @ (across & some[:, :, None]).astype(np.float32) > 0 for some in pairs]


def _compare(mine: np.ndarray, box: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs of R boxes with others, [R, 4] and [N, 4], [R, N] bool each.

    Returns:
        The other one is smaller; it does not hold all of this one; they overlap. The first two
        never of the same box twice, which is the same object asked for twice.
    """
    size, others = ((b[:, 2:] - b[:, :2]).prod(1) for b in (mine, box))
    size, one = size[:, None], mine[:, None]
    differs = np.abs(one - box).max(-1) > SAME_BOX * np.sqrt(size)
    sides = np.minimum(one[..., 2:], box[:, 2:]) - np.maximum(one[..., :2], box[:, :2])
    shared = np.maximum(sides, 0).prod(-1)
    return differs & (others < size), differs & (shared <= WITHIN * size), shared > 0
