"""``python -m benchmarks NAME [options]``: accuracy, moge, speed, tracking, understanding, vlm,
watches or reliability. Without a name all but the last two, which start nodes.
"""

import platform
import sys
from pathlib import Path

import cv2
import numpy as np
from rich.console import Console

import hispatial_ros
from benchmarks import accuracy, moge, speed, tracking, understanding, vlm, watches
from benchmarks.reliability import report

COMMANDS = {
    "accuracy": accuracy.main,
    "speed": speed.main,
    "tracking": tracking.main,
    "understanding": understanding.main,
    "vlm": vlm.main,
    "moge": moge.main,
    "watches": watches.main,
    "reliability": report.main,
}


def machine() -> str:
    """Processor and versions that the figures depend on."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    cpu = next((x.split(":")[1].strip() for x in lines if x.startswith("model name")), "")
    return (
        f"{cpu or platform.machine()}; Python {platform.python_version()}, NumPy "
        f"{np.__version__}, OpenCV {cv2.__version__}, hispatial_ros {hispatial_ros.__version__}"
    )


def main() -> int:
    console = Console(width=None if sys.stdout.isatty() else 200)
    name, *rest = sys.argv[1:] or ["all"]
    if name not in (*COMMANDS, "all") or (name == "all" and rest):
        print(__doc__)
        return 0 if name in ("-h", "--help") else 2
    console.print(machine())
    if name != "all":
        return COMMANDS[name](rest, console)
    status = [
        accuracy.main(["--scenes", "100", "--by", "shape", "visible"], console),
        speed.main([], console),
        understanding.main([], console),
        vlm.main([], console),
        moge.main([], console),
    ]
    # Other kinds of scenes have no goals of their own: their table is for information.
    accuracy.main(["--scenes", "25", "--families", "all"], console)
    return max(status)


if __name__ == "__main__":
    sys.exit(main())
