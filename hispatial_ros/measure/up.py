"""What up was taken from, in words."""

from hispatial_ros.measure.types import Gravity

SOURCES = {
    "imu": "from the IMU",
    "tf": "from TF",
    "support plane": "across the horizontal surface in view",
    "facing plane": "square to the surface right before the camera, taken as what things lie on",
    "wall": "along the wall in view; the camera is taken not to roll",
    "camera": "the image's, the camera is taken to be level",
}
UNSUPPORTED = (
    "no horizontal surface in view supports that: where the camera is mounted turned or tilted, up "
    "is wrong; give an IMU or the parameter gravity.level_frame"
)


def describe_up(gravity: Gravity, what: str = "up") -> tuple[str, ...]:
    """Notes on where up comes from, and what speaks against it."""
    doubt = UNSUPPORTED if gravity.source in ("wall", "camera") else gravity.doubt
    told = f"{what}: {SOURCES[gravity.source]}"
    return (f"{told}; {doubt}",) if doubt else (told,)
