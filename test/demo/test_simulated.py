"""`hispatial demo --simulated`: a simulated room, measured, and asked of a model."""

import json
import shutil
import sys
from pathlib import Path

import pytest
from PIL import Image
from rich.console import Console

from hispatial_ros.cli.main import main
from hispatial_ros.demo.simulated import SEED, run

VLM = Path(__file__).parents[1] / "vlm"
sys.path.insert(0, str(VLM))


def test_every_measured_answer_stands_beside_the_truth(tmp_path):
    console = Console(record=True, width=120)
    assert run(SEED, "", tmp_path, console) == 0
    rows = json.loads((tmp_path / "room.json").read_text())
    assert len(rows) >= 6
    assert all(row["measured"]["answered"] for row in rows)
    assert all(row["measured"]["right"] for row in rows)
    assert f"{len(rows)} of {len(rows)} right" in console.export_text()
    with Image.open(tmp_path / "room.png") as picture:
        assert picture.size == (1280, 960)


def test_a_model_is_asked_the_same(tmp_path):
    """The one at hand has random weights: what it says is wrong, or nothing."""
    pytest.importorskip("torch")
    from tiny_tokenizer import save_tokenizer

    folder = tmp_path / "checkpoint"
    folder.mkdir()
    for name in ("config.json", "weights.pt"):
        shutil.copy(VLM / "golden/tiny" / name, folder)
    save_tokenizer(folder / "tokenizer.json", talkative=True)
    run(SEED, str(folder), tmp_path, Console(record=True))
    rows = json.loads((tmp_path / "room.json").read_text())
    assert all(row["model"]["text"] for row in rows)
    assert not any(row["model"]["right"] for row in rows)


def test_the_miniature_is_asked_unless_another_is_named(tmp_path, capsys):
    pytest.importorskip("torch")
    assert main(["demo", "--simulated", "--out", str(tmp_path)]) == 0
    assert "not for real images" in capsys.readouterr().out
    rows = json.loads((tmp_path / "room.json").read_text())
    assert all(row["model"]["answered"] for row in rows)
    assert any(row["model"]["right"] for row in rows)


def test_without_pytorch_the_room_is_measured_alone(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("hispatial_ros.cli.demo.find_spec", lambda name: None)
    assert main(["demo", "--simulated", "--out", str(tmp_path)]) == 0
    assert "requirements/model.txt" in capsys.readouterr().out
    rows = json.loads((tmp_path / "room.json").read_text())
    assert all("model" not in row for row in rows)


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--seed", "3"], "add --simulated"),
        (["--checkpoint", "folder"], "add --simulated"),
        (["--simulated", "--keep-running"], "needs a graph"),
    ],
)
def test_options_that_do_not_go_together(arguments, error, capsys):
    assert main(["demo", *arguments]) != 0
    assert error in capsys.readouterr().err
