"""Says what this machine lacks before `make` starts to install; standard library only."""

import os
import platform
import shutil
import sys

FIRST, LAST = (3, 10), (3, 13)  # CPython versions with ROS 2 wheels on PyPI


def problems() -> list[str]:
    """What is missing and what to do about it, one line each."""
    found = []
    version = sys.version_info[:2]
    name = ".".join(map(str, version))
    if version < FIRST:
        found.append(f"Python {name} is too old: `make PYTHON=python3.12` (3.10 or newer).")
    elif "ROS_DISTRO" not in os.environ:
        if version > LAST or sys.implementation.name != "cpython":
            found.append(
                f"ROS 2 wheels exist for CPython 3.10 to 3.13, this is {sys.implementation.name} "
                f"{name}: `make PYTHON=python3.12`, or source a ROS 2 installation first."
            )
        if sys.platform != "linux" or platform.machine() != "x86_64":
            found.append(
                f"ROS 2 wheels exist for Linux x86_64, this is {platform.system()} "
                f"{platform.machine()}: source a ROS 2 installation first."
            )
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        found.append(f"The venv module is missing: `sudo apt install python{name}-venv`.")
    if not any(map(shutil.which, ("c++", "g++", "clang++"))):
        found.append("A C++ compiler is missing: `sudo apt install g++`.")
    return found


if __name__ == "__main__":
    for problem in problems():
        print(problem, file=sys.stderr)
    sys.exit(bool(problems()))
