import sys

import numpy as np
import pytest

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.intake import bridge


@pytest.fixture
def cv_bridge(tmp_path, monkeypatch):
    """Puts a cv_bridge whose compiled part runs the given code on import before any other."""

    def install(compiled):
        package = tmp_path / "cv_bridge"
        (package / "boost").mkdir(parents=True)
        (package / "boost" / "__init__.py").touch()
        (package / "boost" / "cv_bridge_boost.py").write_text(compiled)
        (package / "__init__.py").write_text(
            "class CvBridge:\n"
            "    def imgmsg_to_cv2(self, message, encoding):\n"
            "        return 'converted by cv_bridge'\n"
        )
        monkeypatch.syspath_prepend(tmp_path)
        for name in [n for n in sys.modules if n.partition(".")[0] == "cv_bridge"]:
            monkeypatch.delitem(sys.modules, name)
        bridge.load.cache_clear()

    yield install
    sys.modules.pop("cv_bridge", None)
    bridge.load.cache_clear()


def test_cv_bridge_is_preferred(cv_bridge):
    cv_bridge("def cvtColor2(pixels, source, target): pass")
    assert bridge.load()[0] == "cv_bridge"
    assert bridge.to_rgb(np.zeros((2, 2, 3), np.uint8), "bgr8") == "converted by cv_bridge"


@pytest.mark.parametrize(
    "compiled",
    [
        "raise ImportError('numpy.core.multiarray failed to import')",
        "import os; os.abort()",
        "def cvtColor2(*args): __import__('os').abort()",
    ],
)
def test_a_cv_bridge_built_for_another_numpy_takes_nothing_down(cv_bridge, compiled):
    pytest.importorskip("rosbags.image")
    cv_bridge(compiled)
    assert bridge.load()[0] == "rosbags-image"


def test_without_any_bridge_the_message_says_what_to_install(cv_bridge, monkeypatch):
    cv_bridge("raise ImportError")
    monkeypatch.setitem(sys.modules, "rosbags.image", None)
    with pytest.raises(SpatialError, match="pip install rosbags-image") as caught:
        bridge.to_rgb(np.zeros((2, 2, 3), np.uint8), "bgr8")
    assert caught.value.code == ErrorCode.BACKEND_UNAVAILABLE
