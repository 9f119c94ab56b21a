"""The demo as a user starts it: real processes, real topics, real service."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "hispatial_ros.cli.main", "demo"]
MODULES = ("hispatial_ros.ros.node.spatial_node", "hispatial_ros.ros.tools.player")


def start(*arguments: str, **options) -> subprocess.Popen:
    """The demo as from a terminal: Ctrl-C reaches it even if the tests run in the background."""
    return subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=ROOT,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        **options,
    )


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "COLUMNS": "120", **more}


def processes_writing_to(out: Path) -> list[str]:
    """Command lines of processes that were started for the demo with this output folder."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            if (folder / "cwd").resolve() == out.resolve():
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except (OSError, RuntimeError):
            continue
    return [line for line in found if any(module in line for module in MODULES)]


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> tuple[subprocess.CompletedProcess, Path]:
    """Run elsewhere, with nothing in its environment, as in a fresh login."""
    out = tmp_path_factory.mktemp("demo")
    done = subprocess.run(
        [*COMMAND, "--out", str(out)],
        cwd=out.parent,
        env={"PYTHONPATH": str(ROOT), "COLUMNS": "120"},
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    return done, out


def test_demo_ends_well(demo):
    done, _ = demo
    assert done.returncode == 0, done.stdout + done.stderr


def test_demo_answers_questions_of_every_measured_level(demo):
    done, out = demo
    answers = json.loads((out / "answers.json").read_text())
    assert len(answers) >= 12
    assert {answer["level"] for answer in answers} == {0, 1, 2}
    assert sum(bool(answer["values_stddev"]) for answer in answers) >= 6
    for answer in answers:
        assert answer["text"].split()[0] in done.stdout
        assert 0 < answer["milliseconds"] < 10_000


def test_demo_answers_are_right(demo):
    """Against what is seen and known of the desk, not against earlier output."""
    _, out = demo
    answers = {a["question"]: a for a in json.loads((out / "answers.json").read_text())}

    def about(word: str) -> dict:
        return next(a for q, a in answers.items() if word in q)

    assert about("Is the blue mug to the left")["choice"] == "no"
    assert about("How many bottles")["values"] == [2]
    assert "purple" in about("Which is closer to the camera")["choice"]
    # One edge of the desk's screens, and a 1.5 l bottle, which is 0.3 m tall.
    assert about("How tall is the tall green bottle")["values"][0] == pytest.approx(0.31, abs=0.06)
    assert about("How far is the yellow chair")["values"][0] == pytest.approx(1.9, abs=0.2)


def test_demo_writes_pictures(demo):
    from PIL import Image

    done, out = demo
    picture = out / "desk.png"
    assert Image.open(picture).size == (1280, 960)
    assert str(picture) in done.stdout
    recording = out / "desk.rrd"
    assert recording.read_bytes()[:3] == b"RRF"
    assert str(recording) in done.stdout


def test_demo_shows_what_it_sees_by_itself(demo):
    """The same desk without regions: against what anybody sees there."""
    pytest.importorskip("onnxruntime")
    from PIL import Image

    done, out = demo
    by_itself = done.stdout.partition("without regions")[2]
    assert "2 chairs" in by_itself
    assert re.search(r"The book is 2\.[12]\d m ± 0\.0\d m", by_itself)
    picture = out / "desk_by_itself.png"
    assert Image.open(picture).size == (1280, 960)
    assert str(picture) in by_itself


def test_demo_leaves_no_process_behind(demo):
    _, out = demo
    assert processes_writing_to(out) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_interrupted_demo_cleans_up(tmp_path, number):
    with start(
        "--out",
        str(tmp_path),
        env=environment(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        deadline = time.monotonic() + 30
        while len(processes_writing_to(tmp_path)) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert len(processes_writing_to(tmp_path)) == 2
        process.send_signal(number)
        assert process.wait(30) != 0
    assert processes_writing_to(tmp_path) == []


def test_kept_running_demo_answers_in_another_terminal(tmp_path, domain):
    domain = {"ROS_DOMAIN_ID": str(domain)}
    with start(
        "--keep-running",
        "--out",
        str(tmp_path),
        env=environment(**domain),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        for line in process.stdout:
            if re.search(r"in another terminal", line):
                break
        for arguments, status in (
            (["ask", "How far is the globe?", "--json"], 0),
            (["ask", "How far is the dragon?", "--json"], 1),
            (["measure", "--json"], 0),
            (["doctor"], 0),
        ):
            done = subprocess.run(
                [*COMMAND[:-1], *arguments],
                cwd=ROOT,
                env=environment(**domain),
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            assert done.returncode == status, done.stdout + done.stderr
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    assert processes_writing_to(tmp_path) == []
