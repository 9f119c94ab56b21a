"""What the build installs."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "build" / "cmake_install.cmake"
OURS = (ROOT / "hispatial_ros" / "__init__.py").read_text()


@pytest.fixture
def folders() -> list[str]:
    """CMake's commands that install a folder as the Python package: generated, and ours."""
    if not SCRIPT.is_file():
        pytest.skip("nothing is built in build/: make build")
    found = re.findall(
        r'^ *(file\(INSTALL DESTINATION "\S+-packages/hispatial_ros" TYPE DIRECTORY .*\))$',
        SCRIPT.read_text(),
        re.M,
    )
    assert len(found) == 2
    return found


@pytest.mark.parametrize("order", [1, -1], ids=["as listed", "reversed"])
def test_init_is_ours_in_whichever_order_it_is_installed(folders, tmp_path, order):
    script = tmp_path / "install.cmake"
    script.write_text("\n".join(folders[::order]))
    prefix = tmp_path / "prefix"
    subprocess.run(
        ["cmake", f"-DCMAKE_INSTALL_PREFIX={prefix}", "-P", script], check=True, capture_output=True
    )
    (package,) = prefix.rglob("hispatial_ros")
    assert (package / "__init__.py").read_text() == OURS
    assert (package / "msg" / "__init__.py").is_file()
    assert (package / "cli" / "main.py").is_file()
