"""What the figures depend on."""

import platform
from pathlib import Path

import cv2
import numpy as np

import hispatial_ros


def machine() -> str:
    """Processor and versions."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    cpu = next((x.split(":")[1].strip() for x in lines if x.startswith("model name")), "")
    return (
        f"{cpu or platform.machine()}; Python {platform.python_version()}, NumPy "
        f"{np.__version__}, OpenCV {cv2.__version__}, hispatial_ros {hispatial_ros.__version__}"
    )
