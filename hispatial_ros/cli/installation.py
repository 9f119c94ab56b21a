"""Checks of the installation: interpreter, libraries, ROS, extras, scripts."""

import importlib
import os
import shutil
import sys
from collections.abc import Iterator
from functools import partial
from importlib import metadata, util
from pathlib import Path

from hispatial_ros.health.check import Check, Status
from hispatial_ros.ros.health.middleware import check_interfaces, check_middleware

check = partial(Check, "installation")

# import name -> (distribution on PyPI, package on Ubuntu)
REQUIRED = {
    "numpy": ("numpy", "python3-numpy"),
    "cv2": ("opencv-python-headless", "python3-opencv"),
    "PIL": ("pillow", "python3-pil"),
    "rich": ("rich", "python3-rich"),
}
EXTRAS = {
    "torch": ("model", "questions answered by HiSpatial-3B"),
    "transformers": ("model", "questions answered by HiSpatial-3B"),
    "onnxruntime": ("moge", "depth for RGB-only cameras"),
    "mcap": ("record", "recordings: hispatial record and replay"),
    "rerun": ("demo", "the demo's 3D recording"),
}
ROS_OPTIONAL = {
    "tf2_ros": "requests in TF frames",
    "vision_msgs": "Detection2DArray regions",
    "launch_ros": "launch files",
}


def check_installation() -> Iterator[Check]:
    """Yields the checks that need no running graph."""
    yield _python()
    yield from (_library(module, *where) for module, where in REQUIRED.items())
    yield from _ros()
    for module, (extra, purpose) in EXTRAS.items():
        yield _optional(module, purpose, f"pip install -r requirements/{extra}.txt")
    yield from _scripts()


def _python() -> Check:
    version = ".".join(map(str, sys.version_info[:3]))
    return check("Python", Status.OK, f"{version} ({sys.executable})")


def _library(module: str, pypi: str, apt: str) -> Check:
    install = f"pip install {pypi}, or sudo apt install {apt}"
    if not util.find_spec(module):
        return check(module, Status.FAIL, "missing", install)
    try:
        library = importlib.import_module(module)
    except (ImportError, AttributeError) as error:
        # AttributeError: how an extension built against NumPy 1 fails under NumPy 2.
        return check(
            module,
            Status.FAIL,
            f"does not load: {error}",
            "if it was built against another NumPy, install with "
            "-c requirements/constraints-apt.txt",
        )
    version = getattr(library, "__version__", None) or _version(pypi)
    where = Path(library.__file__ or "").parent
    return check(module, Status.OK, f"{version} ({where})")


def _version(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "unknown version"


def _ros() -> Iterator[Check]:
    middleware = check_middleware()
    yield middleware
    if middleware.status is Status.WARN:  # no ROS at all, and none of the rest matters
        return
    yield check_interfaces()
    if util.find_spec("cv_bridge"):
        yield _library("cv_bridge", "rosbags-image", "ros-<distro>-cv-bridge")
    elif util.find_spec("rosbags"):
        yield check("image conversion", Status.OK, f"rosbags {_version('rosbags')}")
    else:
        yield check(
            "image conversion",
            Status.FAIL,
            "neither cv_bridge nor rosbags-image",
            "sudo apt install ros-<distro>-cv-bridge, or pip install rosbags-image",
        )
    distro = os.environ.get("ROS_DISTRO")
    for module, purpose in ROS_OPTIONAL.items():
        package = f"sudo apt install ros-{distro}-{module.replace('_', '-')}"
        yield _optional(module, purpose, package if distro else "comes with a ROS 2 installation")


def _optional(module: str, purpose: str, install: str) -> Check:
    if util.find_spec(module):
        return check(module, Status.OK, f"installed, for {purpose}")
    return check(module, Status.INFO, f"not installed, for {purpose}", install)


def _scripts() -> Iterator[Check]:
    """The shebang trap: a script starts the interpreter that it was built for, not this one."""
    script = shutil.which("hispatial")
    if not script:
        yield check(
            "hispatial on PATH",
            Status.INFO,
            "not found",
            "source the workspace, activate the virtual environment, or "
            "python -m hispatial_ros.cli.main",
        )
        return
    with open(script, "rb") as file:
        line = file.readline().decode("utf-8", "replace").strip()
    interpreter = line.removeprefix("#!").split()[0] if line.startswith("#!") else ""
    found = f"{script} starts {interpreter}"
    if not interpreter.endswith("env") and Path(interpreter) != Path(sys.executable):
        same = Path(interpreter).exists() and Path(interpreter).samefile(sys.executable)
        inside = Path(interpreter).parent == Path(sys.executable).parent
        if not (same and inside):
            yield check(
                "hispatial on PATH",
                Status.WARN,
                f"{found}, this is {sys.executable}",
                "build inside the environment that has the extras, or use "
                "`python -m hispatial_ros.cli.main`",
            )
            return
    yield check("hispatial on PATH", Status.OK, found)
