"""The node's own backends: measured, model, auto; depth that is estimated, and kept."""

import json
from pathlib import Path

import numpy as np
import published
import pytest

from hispatial_ros.answer.types import Answer, Level, Source
from hispatial_ros.cli.main import main
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.evaluate.backends import LocalAsker, RefusedError, short
from hispatial_ros.evaluate.benchmarks.table import PUBLISHED
from hispatial_ros.evaluate.frames import DepthCache, Frames
from hispatial_ros.frame.region import Region
from hispatial_ros.moge.engine import DepthEstimate
from hispatial_ros.settings.settings import Settings


class Estimator:
    """A wall two metres away; counts how often it is asked."""

    def __init__(self):
        self.asked = 0

    def estimate(self, rgb, camera=None):
        self.asked += 1
        height, width = rgb.shape[:2]
        depth = np.full((height, width), 2.0, np.float32)
        depth[0] = np.nan
        k = np.array([[60.0, 0, 32], [0, 60.0, 24], [0, 0, 1]])
        return DepthEstimate(depth, np.isfinite(depth), k)

    def close(self):
        pass


@pytest.fixture
def depth_model(tmp_path):
    path = tmp_path / "moge.onnx"
    path.write_bytes(b"weights")
    return path


def test_depth_is_estimated_once(tmp_path, depth_model):
    estimator, rgb = Estimator(), np.zeros((48, 64, 3), np.uint8)
    for _ in range(2):  # a second process, too
        cache = DepthCache(estimator, depth_model, tmp_path / "cache")
        depth, camera = cache.estimate(rgb)
        assert depth[5, 5] == 2
        assert np.isnan(depth[0, 0])
        assert (camera.width, camera.height, camera.fx, camera.cx) == (64, 48, 60, 32)
    assert estimator.asked == 1
    cache.estimate(rgb + 1)
    depth_model.write_bytes(b"other weights")
    DepthCache(estimator, depth_model, tmp_path / "cache").estimate(rgb)
    assert estimator.asked == 3


def test_a_damaged_file_of_depth_is_made_again(tmp_path, depth_model):
    estimator, rgb = Estimator(), np.zeros((48, 64, 3), np.uint8)
    cache = DepthCache(estimator, depth_model, tmp_path / "cache")
    cache.estimate(rgb)
    (file,) = (tmp_path / "cache").rglob("*.npz")
    file.write_bytes(file.read_bytes()[:100])
    assert cache.estimate(rgb)[0][5, 5] == 2
    assert estimator.asked == 2


def test_a_colour_image_needs_a_depth_model(tmp_path):
    (question, *_) = PUBLISHED["spatialrgpt"].read(published.spatialrgpt(tmp_path))
    with pytest.raises(SpatialError, match="--depth-model") as caught:
        Frames(None).of(question)
    assert caught.value.code is ErrorCode.BACKEND_UNAVAILABLE


def test_the_measuring_engine_with_the_boxes_of_the_file(
    tmp_path, depth_model, monkeypatch, capsys
):
    monkeypatch.setattr("hispatial_ros.evaluate.local.load_estimator", lambda model: Estimator())
    path, out = published.spatialrgpt(tmp_path), tmp_path / "out"
    call = ["evaluate", "spatialrgpt", str(path), "--out", str(out), "--depth-model"]
    call += [str(depth_model), "--depth-cache", str(tmp_path / "cache")]
    assert main(call) == 0
    entries = [json.loads(line) for line in (out / "answers.jsonl").read_text().splitlines()]
    # 16 pixels wide, 60 pixels of focal length, two metres away: half a metre.
    assert float(entries[0]["answer"].removesuffix(" m")) == pytest.approx(16 / 60 * 2, abs=0.12)
    assert float(entries[1]["answer"].removesuffix(" m")) == pytest.approx(20 / 60 * 2, abs=0.12)
    rows = json.loads((out / "scores.json").read_text())["scores"]
    assert rows[0]["asked"] == 2  # directions stand apart
    assert len(list((tmp_path / "cache").rglob("*.npz"))) == 1  # all images are the same


def test_given_boxes_come_first(tmp_path, depth_model):
    (question, *_) = PUBLISHED["robospatial"].read(published.robospatial(tmp_path))
    cache = DepthCache(Estimator(), depth_model, tmp_path / "cache")
    boxes = [Region("cup", (2, 10, 20, 30)), Region("chair", (40, 10, 60, 40))]
    frames = Frames(cache, None, {question.id: boxes})
    asker = LocalAsker("measured", Settings(), frames)
    assert asker.ask(question, asker.prepare(question)) == "Yes"
    without = Frames(cache)
    with pytest.raises(RefusedError, match="UNKNOWN_OBJECT"):
        asker.ask(question, without.of(question))
    asker.close()


def test_a_file_of_boxes_that_is_none(tmp_path, capsys):
    boxes = tmp_path / "boxes.json"
    boxes.write_text('{"a": [{"label": "cup"}]}')
    path = published.robospatial(tmp_path)
    call = ["evaluate", "robospatial", str(path), "--out", str(tmp_path / "o")]
    assert main([*call, "--boxes", str(boxes)]) == 1
    assert "QUESTION_ID" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("answer", "choices", "expected"),
    [
        (("It is 53 cm away.", Source.MEASURED, {"values": [0.53], "unit": "m"}), False, "0.530 m"),
        (("Yes, by 3 cm.", Source.MEASURED, {"values": [0.03], "unit": "m"}), False, "Yes"),
        (("The mug.", Source.MEASURED, {"choice": "mug"}), False, "mug"),
        (("The mug.", Source.MEASURED, {"choice": "B"}), True, "B"),
        (("There are 3.", Source.MEASURED, {"values": [3.0], "unit": "count"}), False, "3"),
        (("1.2 m", Source.BOTH, {"values": [1.0], "model_text": "1.2 m"}), False, "1.2 m"),
    ],
)  # fmt: skip
def test_answers_as_a_model_gives_them(answer, choices, expected):
    text, source, more = answer
    assert short(Answer("", text, Level.OBJECT, source, **more), choices) == expected


@pytest.fixture
def spelling(monkeypatch):
    """A model that answers with its prompt, in a process as a real one."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[1] / "vlm" / "runtime"))
    monkeypatch.setattr("hispatial_ros.service.model_backend.MODEL", "spelling_engine:create")
    monkeypatch.setattr("hispatial_ros.evaluate.local.load_estimator", lambda model: Estimator())


def model_call(tmp_path, depth_model, backend, *more):
    call = ["evaluate", "spatialrgpt", str(published.spatialrgpt(tmp_path)), "--backend", backend]
    call += ["--out", str(tmp_path / "out"), "--checkpoint", "c", "--depth-model"]
    return [*call, str(depth_model), "--depth-cache", str(tmp_path / "cache"), *more]


def answers(tmp_path):
    text = (tmp_path / "out" / "answers.jsonl").read_text()
    return {e["id"]: e for e in map(json.loads, text.splitlines())}


def test_the_model_reads_the_official_prompt(tmp_path, depth_model, spelling):
    assert main(model_call(tmp_path, depth_model, "model")) == 0
    found = answers(tmp_path)
    assert found["00000"]["answer"] == "What is the width of the chair (highlighted by a red box)?"
    assert len(found) == 3


def test_auto_combines_as_the_node_does(tmp_path, depth_model, spelling):
    assert main(model_call(tmp_path, depth_model, "auto", "--types", "distance")) == 0
    (entry,) = answers(tmp_path).values()
    assert "chair" in entry["answer"] or entry["answer"].endswith(" m")
    assert not entry["refused"]


def test_a_model_that_dies_stops_the_run(tmp_path, depth_model, spelling, monkeypatch, capsys):
    broken = published.SPATIALRGPT[1]
    dying = (broken[0], broken[1], "!kill <mask> <mask>", broken[3])
    monkeypatch.setattr("published.SPATIALRGPT", (published.SPATIALRGPT[0], dying))
    assert main(model_call(tmp_path, depth_model, "model", "--batch", "1")) == 1
    assert "BACKEND_UNAVAILABLE" in capsys.readouterr().err
    assert "00001" not in answers(tmp_path)


def test_a_checkpoint_that_cannot_be_loaded(tmp_path, depth_model, spelling, monkeypatch, capsys):
    monkeypatch.setattr("hispatial_ros.service.model_backend.MODEL", "nowhere:create")
    assert main(model_call(tmp_path, depth_model, "model")) == 1
    assert "correct --checkpoint" in capsys.readouterr().err
