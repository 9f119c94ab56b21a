"""Which mistake intrinsics look like that no camera has."""

from math import atan, degrees, isfinite, log

# [share of the longer side] A shorter focal length is none in pixels: pinholes have 0.13 at 150
# degrees, fisheyes whose circle fills half of the image as much.
MIN_FOCAL = 0.1
# [pixels] Normalised focal lengths are below: lenses of 6 degrees.
MAX_NORMALISED = 10.0
MAX_FOCAL = 1000.0  # the same: 0.06 degrees, of a crop that is not declared one degree
# [ratio] Of fx to fy. What binning or interlacing stretch farther shows a usual field of view.
MAX_STRETCH, MOST_STRETCH = 1.5, 3.0
USUAL_VIEW = log(4 / 3)  # width to height of usual sensors, which are wider than high
# [shares of width and height] Where the principal point may lie. One beyond on both axes is the
# middle of an image of another size. On one axis it may be the shift of a rectified pair or a crop.
MIN_CENTER, MAX_CENTER = 0.385, 0.65


def find_mistake(
    width: int, height: int, fx: float, fy: float, cx: float, cy: float, name: str = "K"
) -> str:
    """What is wrong with the intrinsics of a whole sensor, and what to do; empty if nothing seems.

    Args:
        width, height: pixels.
        fx, fy, cx, cy: pixels.
        name: of the matrix that they are from.
    """
    if not all(map(isfinite, (fx, fy, cx, cy))) or min(fx, fy, width, height) <= 0:
        return ""  # `Camera` refuses these
    if (fx, fy, cx, cy) == (1, 1, 0, 0):
        return f"{name} is the identity matrix, which stands for a camera that is not calibrated"
    side = max(width, height)
    if max(fx, fy) < MIN_FOCAL * side:
        return f"{name} has {_focal_mistake(side, fx, fy, cx, cy)}"
    if min(fx, fy) > MAX_FOCAL * side:
        view = degrees(2 * atan(side / 2 / min(fx, fy)))
        return (
            f"{name} has fx {fx:g} and fy {fy:g}, a field of view of {view:.1g} degrees: the focal "
            "length is needed in pixels"
        )
    stretched, aspect = log(fx) - log(fy), log(width) - log(height)  # quotients may overflow
    stretch = abs(stretched)
    # The image may be stretched, the field of view is not.
    unusual = abs(aspect - stretched - USUAL_VIEW) >= abs(aspect - USUAL_VIEW)
    if stretch > log(MOST_STRETCH) or (stretch > log(MAX_STRETCH) and unusual):
        return (
            f"{name} has fx {fx:g} and fy {fy:g}, and pixels are about square: one of the two is "
            "wrong"
        )
    across, down = (cx + 0.5) / width, (cy + 0.5) / height
    small = cx >= 0 and cy >= 0 and across < MIN_CENTER and down < MIN_CENTER
    if small and cx == cy == 0:
        return (
            f"{name} has no principal point (cx and cy are 0, the corner of the image): fill it "
            f"in, about ({(width - 1) / 2:g}, {(height - 1) / 2:g})"
        )
    if small or (across > MAX_CENTER and down > MAX_CENTER):
        return (
            f"{name} has the principal point ({cx:g}, {cy:g}), the middle of an image of about "
            f"{2 * cx + 1:.0f}x{2 * cy + 1:.0f}, and the calibration's size is {width}x{height}: "
            "both must be for the same image. Of a cropped image give the whole sensor's "
            "calibration and the region of interest"
        )
    return ""


def _focal_mistake(side: int, fx: float, fy: float, cx: float, cy: float) -> str:
    if max(fx, fy) < MAX_NORMALISED and 0 <= cx <= 1 and 0 <= cy <= 1:
        return (
            f"fx {fx:g}, fy {fy:g}, cx {cx:g}, cy {cy:g}, which seem to be shares of the image's "
            "size: multiply fx and cx by its width, fy and cy by its height"
        )
    view = degrees(2 * atan(side / 2 / max(fx, fy)))
    return (
        f"fx {fx:g} and fy {fy:g}, a field of view of {view:.0f} degrees: these seem to be "
        "millimetres. A focal length is needed in pixels, which is that in millimetres divided "
        "by the width of a pixel"
    )
