"""Room for whole images in Fast DDS's shared memory."""

import os
import sys
from pathlib import Path

PROFILE = Path("config") / "fastdds.xml"
VARIABLES = ("FASTRTPS_DEFAULT_PROFILES_FILE", "FASTDDS_DEFAULT_PROFILES_FILE")


def use_large_segments() -> None:
    """Have participants created from now on allocate what ``config/fastdds.xml`` says.

    For processes that publish images. A profile that the environment names already stays; other
    middlewares do not look at it.
    """
    if not any(os.environ.get(variable) for variable in VARIABLES):
        for root in (
            Path(__file__).parents[2],
            *(Path(p) / "share/hispatial_ros" for p in _prefixes()),
        ):
            if (root / PROFILE).is_file():
                os.environ[VARIABLES[0]] = str(root / PROFILE)
                return


def _prefixes() -> list[str]:
    return [*filter(None, os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep)), sys.prefix]
