"""`hispatial depth`, `export-moge` and `build-engine`, as a user calls them."""

import json
import sys

import cv2
import numpy as np
import pytest

from hispatial_ros.cli.main import main

from . import fake_tensorrt, tiny_onnx


@pytest.fixture
def files(tmp_path):
    """An image, its calibration and a model that sees a plane in it."""
    points, mask, z = tiny_onnx.plane(fx=61.8, fy=60.0)
    mask[:5] = 0
    tiny_onnx.save(tmp_path / "model.onnx", points, mask, 2.0)
    cv2.imwrite(str(tmp_path / "rgb.png"), np.full((48, 64, 3), 128, np.uint8))
    camera = {"width": 64, "height": 48, "fx": 61.8, "fy": 60.0, "cx": 31.5, "cy": 23.5}
    (tmp_path / "camera.json").write_text(json.dumps(camera))
    return tmp_path, 2 * z


def depth(folder, *more: str) -> int:
    rgb, model = str(folder / "rgb.png"), str(folder / "model.onnx")
    return main(["depth", "--rgb", rgb, "--model", model, "--out", str(folder / "o.npz"), *more])


def test_depth_with_calibration(files, capsys):
    folder, z = files
    assert depth(folder, "--camera", str(folder / "camera.json")) == 0
    with np.load(folder / "o.npz") as out:
        assert set(out.files) == {"depth", "mask", "K"}
        assert out["depth"].dtype == np.float32
        assert out["depth"].shape == out["mask"].shape == (48, 64)
        assert np.isnan(out["depth"][:5]).all()
        assert not out["mask"][:5].any()
        np.testing.assert_allclose(out["depth"][5:], z[5:], rtol=1e-5)
        np.testing.assert_array_equal(out["K"], [[61.8, 0, 31.5], [0, 60, 23.5], [0, 0, 1]])
    picture = cv2.imread(str(folder / "o_colours.png"))
    assert picture.shape == (48, 64, 3)
    assert not picture[:5].any()
    assert picture[5:].any(axis=2).all()
    assert "of the camera" in capsys.readouterr().out


def test_depth_without_calibration(files, capsys):
    folder, _ = files
    assert depth(folder) == 0
    with np.load(folder / "o.npz") as out:
        assert out["K"].shape == (3, 3)
        assert out["K"][0, 0] == out["K"][1, 1] == pytest.approx(61, rel=0.02)
        np.testing.assert_array_equal(out["K"][:2, 2], [31.5, 23.5])
    assert "estimated" in capsys.readouterr().out


def test_picture_does_not_replace_the_image(files):
    folder, _ = files
    before = (folder / "rgb.png").read_bytes()
    assert depth(folder, "--out", str(folder / "rgb.npz")) == 0
    assert (folder / "rgb.png").read_bytes() == before
    assert (folder / "rgb_depth.png").exists()


def test_depth_of_no_image(files, capsys):
    folder, _ = files
    (folder / "rgb.png").write_bytes(b"nothing")
    assert depth(folder) == 1
    assert "BAD_IMAGE" in capsys.readouterr().err
    assert not (folder / "o.npz").exists()


def test_depth_into_a_folder_that_is_none(files, capsys):
    folder, _ = files
    assert depth(folder, "--out", str(folder / "none" / "o.npz")) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_engine_is_built_cached_and_used(files, capsys, monkeypatch):
    folder, _ = files
    device = fake_tensorrt.install(monkeypatch, "10.3.0")
    arguments = ["--model", str(folder / "model.onnx"), "--cache", str(folder / "engines")]
    assert main(["build-engine", *arguments]) == 0
    out = capsys.readouterr().out
    assert "Building Engine: 2 of 2" in out
    assert "is ready" in out
    assert depth(folder, "--runtime", "tensorrt", *arguments[2:]) == 0
    assert device.builds == 1


def test_engine_without_tensorrt(files, capsys, monkeypatch):
    folder, _ = files
    monkeypatch.setitem(sys.modules, "tensorrt", None)
    assert main(["build-engine", "--model", str(folder / "model.onnx")]) == 1
    assert "TensorRT is not installed" in capsys.readouterr().err


def test_engine_that_can_not_be_kept_is_an_error_of_the_command(files, capsys, monkeypatch):
    folder, _ = files
    fake_tensorrt.install(monkeypatch, "10.3.0")
    (folder / "file").write_text("in the way")
    arguments = ["--model", str(folder / "model.onnx"), "--cache", str(folder / "file" / "x")]
    assert main(["build-engine", *arguments]) == 1
    assert "free disk space" in capsys.readouterr().err


def test_export_and_estimate(checkpoint, files, capsys):
    folder, _ = files
    out = folder / "exported.onnx"
    size = ["--height", "48", "--width", "64", "--tokens", "100"]
    assert main(["export-moge", "--checkpoint", str(checkpoint), *size, "--out", str(out)]) == 0
    assert "differs from the official model by" in capsys.readouterr().out
    assert depth(folder, "--model", str(out)) == 0


DIE = ["--box", "plane:8,8,56,40"]


def test_files_without_depth(files, capsys):
    """By a model, or with what `hispatial depth` wrote; with or without calibration."""
    folder, z = files
    assert depth(folder) == 0
    rgb, camera = str(folder / "rgb.png"), str(folder / "camera.json")
    capsys.readouterr()
    sources = (
        ["--depth-model", str(folder / "model.onnx")],
        ["--depth", str(folder / "o.npz")],
        ["--depth", str(folder / "o.png")],
    )
    for source in sources:
        for more in ([], ["--camera", camera]):
            command = ["ask", "How far is the plane?", "--rgb", rgb, *source, *more, *DIE, "--json"]
            assert main(command) == 0
            answer = json.loads(capsys.readouterr().out)
            assert any("estimated" in note for note in answer["notes"])
            assert answer["values"][0] == pytest.approx(np.median(z), rel=0.3)
            assert answer["values_stddev"][0] > 0.03 * answer["values"][0]
            measure = ["measure", "--rgb", rgb, *source, *more, *DIE]
            assert main(measure) == 0
            assert "estimated" in capsys.readouterr().err


def test_a_picture_of_depth_is_no_depth(files, capsys):
    folder, _ = files
    assert depth(folder) == 0
    rgb, camera = str(folder / "rgb.png"), str(folder / "camera.json")
    picture = str(folder / "o_colours.png")
    assert main(["measure", "--rgb", rgb, "--depth", picture, "--camera", camera, *DIE]) == 1
    assert "is a picture in colours, not depth" in capsys.readouterr().err


def test_the_png_of_depth_is_millimetres(files, capsys):
    folder, _ = files
    assert depth(folder) == 0
    written = cv2.imread(str(folder / "o.png"), cv2.IMREAD_UNCHANGED)
    assert written.dtype == np.uint16
    with np.load(folder / "o.npz") as out:
        np.testing.assert_allclose(written[5:] / 1000, out["depth"][5:], atol=0.0006)
    assert not written[:5].any()


@pytest.mark.parametrize("name", ["d", "d.png", "d.npz"])
def test_each_name_of_the_output_writes_the_same_files(files, name):
    folder, _ = files
    assert depth(folder, "--out", str(folder / name)) == 0
    assert {path.name for path in folder.glob("d*")} == {"d.npz", "d.png", "d_colours.png"}


def test_an_output_that_cannot_be_is_told_before_the_work(files, capsys):
    folder, _ = files
    for name in ("d.tiff", "none/d.npz"):
        assert depth(folder, "--out", str(folder / name), "--model", "never read") == 1
        assert name in capsys.readouterr().err


def test_estimated_depth_that_is_cut_short(files, capsys):
    folder, _ = files
    assert depth(folder) == 0
    for name in ("o.npz", "o.png"):
        path = folder / name
        path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
        assert main(["measure", "--rgb", str(folder / "rgb.png"), "--depth", str(path), *DIE]) == 1
        assert "cut short" in capsys.readouterr().err
