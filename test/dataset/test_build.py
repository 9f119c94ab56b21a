"""From a source to shards and back: complete, the same bytes, resumable, no image costs another."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hispatial_ros.cli.main import main
from hispatial_ros.dataset.run import build_dataset
from hispatial_ros.dataset.shards.read import read_dataset
from hispatial_ros.dataset.sources.find import find_items
from hispatial_ros.dataset.sources.topics import Topics
from hispatial_ros.errors import SpatialError
from hispatial_ros.frame.files import load_frame
from test.dataset.conftest import DESK, FAST


def build(source: Path, out: Path, settings=FAST, **options):
    items = find_items([source], Topics())
    return build_dataset(items, [source.name], out, settings, **options)


def shards(out: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted((out / "shards").iterdir())}


def test_the_desk_by_the_command_line(tmp_path, capsys):
    out = tmp_path / "desk-data"
    assert main(["dataset", "build", "--source", str(DESK), "--out", str(out)]) == 0
    assert "11 objects" in capsys.readouterr().out
    (sample,) = read_dataset(out)
    frame = load_frame(DESK / "rgb.png", DESK / "depth.png", DESK / "camera.json")
    assert np.abs(sample.rgb.astype(int) - frame.rgb).mean() < 3
    true = np.where(frame.depth > 0, frame.depth / 1000, np.nan)
    assert np.nanmax(np.abs(sample.depth / true - 1)) < 1e-4
    assert (np.isnan(sample.depth) == np.isnan(true)).all()
    pairs = sample.about["pairs"]
    assert len(pairs) >= 300
    assert {pair["level"] for pair in pairs} == {0, 1, 2, 3}
    assert all(pair["probability"] >= 0.95 for pair in pairs)
    for pair in pairs:
        if pair["format"] == "choice":
            line = next(x for x in pair["prompt"].splitlines() if x.endswith(f" {pair['answer']}"))
            assert line.startswith(f"{pair['response']}. "), pair
        if pair["format"] == "text":
            assert pair["short"].lower() in pair["answer"].lower(), pair
    assert main(["dataset", "card", str(out)]) == 0
    page = (out / "card.html").read_text()
    assert "data:image/jpeg;base64," in page
    assert "http" not in page.replace("http-equiv", ""), "the page needs no network"


def test_the_installed_command(tmp_path):
    command = Path(sys.executable).parent / "hispatial"
    if not command.is_file():
        pytest.skip("not installed")
    arguments = ["dataset", "build", "--source", str(DESK), "--out", str(tmp_path / "out")]
    done = subprocess.run(
        [str(command), *arguments], env={}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "11 objects" in done.stdout


def test_any_number_of_workers_makes_the_same_bytes(rooms, tmp_path):
    for workers in (1, 2):
        build(rooms, tmp_path / str(workers), workers=workers)
    assert shards(tmp_path / "1") == shards(tmp_path / "2")
    build(rooms, tmp_path / "other", replace(FAST, seed=1))
    assert shards(tmp_path / "1") != shards(tmp_path / "other")


def test_killed_and_started_again_loses_nothing_and_repeats_nothing(rooms, tmp_path):
    build(rooms, tmp_path / "whole")
    out = tmp_path / "killed"
    arguments = ["dataset", "build", "--source", str(rooms), "--out", str(out)]
    arguments += ["--per-type", "4", "--images-per-shard", "3", "--no-select", "--no-detector"]
    process = subprocess.Popen(
        [sys.executable, "-m", "hispatial_ros.cli.main", *arguments],
        cwd=Path(__file__).parents[2],
        start_new_session=True,
    )
    while not (out / "shards" / "000000.json").is_file():
        assert process.poll() is None
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    first = (out / "shards" / "000000.tar").stat().st_mtime_ns
    assert main(arguments) == 0
    assert (out / "shards" / "000000.tar").stat().st_mtime_ns == first, "made a second time"
    assert shards(out) == shards(tmp_path / "whole")


def test_a_damaged_shard_is_made_again(rooms, tmp_path):
    build(rooms, tmp_path)
    before = shards(tmp_path)
    (tmp_path / "shards" / "000001.tar").write_bytes(b"cut short")
    build(rooms, tmp_path)
    assert shards(tmp_path) == before


def test_other_settings_do_not_mix(rooms, tmp_path):
    build(rooms, tmp_path)
    with pytest.raises(SpatialError, match="begun with other seed"):
        build(rooms, tmp_path, replace(FAST, seed=5))


def test_a_folder_begun_by_another_version_is_refused(rooms, tmp_path):
    build(rooms, tmp_path)
    path = tmp_path / "begun.json"
    begun = json.loads(path.read_text())
    del begun["settings"]["depth"]
    path.write_text(json.dumps(begun))
    with pytest.raises(SpatialError, match="begun with other depth"):
        build(rooms, tmp_path)


def test_bad_images_cost_themselves_only(rooms, tmp_path):
    folder = tmp_path / "mixed"
    folder.mkdir()
    for n, room in enumerate(sorted(rooms.iterdir())[:3]):
        (folder / f"good {n}").symlink_to(room)
    copies = {f"good-{n}": room for n, room in enumerate(sorted(rooms.iterdir())[:3])}
    for name, room in copies.items():
        (folder / f"good {name[-1]}").unlink()
        target = folder / f"gut ä {name[-1]}"
        target.mkdir()
        for file in room.iterdir():
            (target / file.name).write_bytes(file.read_bytes())
    cut = folder / "cut"
    cut.mkdir()
    for file in sorted(rooms.iterdir())[0].iterdir():
        data = file.read_bytes()
        (cut / file.name).write_bytes(data[:500] if file.name == "rgb.png" else data)
    (folder / "empty").mkdir()
    (folder / "no_depth.jpg").write_bytes(b"")
    summary = build(folder, tmp_path / "out")
    assert summary["images"] == 3
    assert summary["looked_at"] == 5
    manifests = [json.loads(p.read_text()) for p in (tmp_path / "out/shards").glob("*.json")]
    dropped = {d["key"]: d for m in manifests for d in m["left_out"]}
    assert set(dropped) == {"mixed/cut", "mixed/no_depth"}
    assert all(d["stage"] == "load" and d["detail"] for d in dropped.values())


def test_an_image_that_ends_the_process_is_left_out(rooms, tmp_path, monkeypatch):
    site = tmp_path / "site"
    site.mkdir()
    # What a crashing library does: the process is gone in the middle of one image.
    (site / "sitecustomize.py").write_text(
        "import os\n"
        "import hispatial_ros.dataset.build as build\n"
        "made = build.make_sample\n"
        "def crash(key, *args):\n"
        "    if key.endswith('room-4'):\n"
        "        os._exit(139)\n"
        "    return made(key, *args)\n"
        "build.make_sample = crash\n"
    )
    root = str(Path(__file__).parents[2])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(site), root]))
    summary = build(rooms, tmp_path / "out", workers=2)
    assert summary["images"] == 7
    assert summary["dropped"] == {"crash: ended the worker's process": 1}


@pytest.mark.parametrize(
    ("path", "told"),
    [("nothing-there", "does not exist"), ("file.xyz", "is no source"), ("empty", "no image")],
)
def test_sources_that_are_none(tmp_path, path, told, capsys):
    (tmp_path / "file.xyz").write_text("x")
    (tmp_path / "empty").mkdir()
    status = main(
        ["dataset", "build", "--source", str(tmp_path / path), "--out", str(tmp_path / "out")]
    )
    captured = capsys.readouterr()
    assert status == 1
    assert told in captured.out + captured.err


def test_a_target_that_cannot_be_written(rooms, tmp_path, capsys):
    (tmp_path / "file").write_text("in the way")
    out = tmp_path / "file" / "out"
    assert main(["dataset", "build", "--source", str(rooms), "--out", str(out)]) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_a_disk_that_is_full_keeps_what_is_finished(rooms, tmp_path):
    out = tmp_path / "out"
    arguments = ["dataset", "build", "--source", str(rooms), "--out", str(out), "--workers", "1"]
    arguments += ["--per-type", "4", "--images-per-shard", "1", "--no-select", "--no-detector"]
    command = [sys.executable, "-m", "hispatial_ros.cli.main", *arguments]

    def little_room():
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    root = Path(__file__).parents[2]
    done = subprocess.run(
        command, cwd=root, preexec_fn=little_room, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert f"{out} cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert not [p for p in (out / "shards").iterdir() if p.suffix == ".tar"]
    assert subprocess.run(command, cwd=root, check=False).returncode == 0
    assert len(list((out / "shards").glob("*.tar"))) == 8


def test_an_object_that_fills_the_picture_two_hundred_and_none(rooms, tmp_path):
    room = sorted(rooms.iterdir())[0]
    many = [
        {
            "label": f"thing {n % 7}",
            "box_xyxy": [n % 20 * 30, n // 20 * 45, n % 20 * 30 + 40, n // 20 * 45 + 60],
        }
        for n in range(200)
    ]
    cases = {"fills": [{"label": "wall", "box_xyxy": [0, 0, 640, 480]}], "many": many, "none": []}
    for name, regions in cases.items():
        target = tmp_path / "source" / name
        target.mkdir(parents=True)
        for file in room.iterdir():
            (target / file.name).write_bytes(file.read_bytes())
        (target / "regions.json").write_text(json.dumps(regions))
    summary = build(tmp_path / "source", tmp_path / "out")
    assert summary["images"] == 2
    assert summary["dropped"] == {"objects: NO_REGIONS": 1}
    samples = {s.key: s.about for s in read_dataset(tmp_path / "out")}
    # A crowd is cut, and of its classes nothing is counted.
    crowd = samples["source__many"]
    assert len(crowd["objects"]) <= 40
    assert not [p for p in crowd["pairs"] if p["type"].startswith("count")]


def test_near_duplicates_and_bad_pictures_are_left_out(rooms, tmp_path):
    import cv2

    room = sorted(rooms.iterdir())[0]
    picture = cv2.imread(str(room / "rgb.png"))
    folder = tmp_path / "images"
    variants = {
        "a": picture,
        "b": picture,
        "c": cv2.GaussianBlur(picture, (0, 0), 9),
        "d": np.zeros_like(picture),
    }
    for name, image in variants.items():
        target = folder / name
        target.mkdir(parents=True)
        for file in room.iterdir():
            (target / file.name).write_bytes(file.read_bytes())
        cv2.imwrite(str(target / "rgb.png"), image)
    summary = build(folder, tmp_path / "out", replace(FAST, select=True, images_per_shard=9))
    assert summary["images"] == 1
    assert summary["dropped"] == {
        "select: badly exposed": 1,
        "select: blurred": 1,
        "select: shows the same as an earlier one": 1,
    }


def test_simulated_frames_are_a_source(tmp_path):
    simulated = Path("simulated:3:500")
    first = build(simulated, tmp_path / "first")
    assert first["images"] == 3
    build(simulated, tmp_path / "second")
    assert shards(tmp_path / "first") == shards(tmp_path / "second")
    origin = next(read_dataset(tmp_path / "first")).about["origin"]
    assert origin == {"simulated": "room", "seed": 500}
    for bad in ("simulated:", "simulated:x", "simulated:1:2:3"):
        with pytest.raises(SpatialError, match="simulated:COUNT"):
            build(Path(bad), tmp_path / "bad")
