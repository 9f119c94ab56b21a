"""Environments, options and files as strangers have them: one line with the remedy."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from hispatial_ros.cli.main import COMMANDS
from hispatial_ros.demo import DESK
from hispatial_ros.demo.domain import OwnDomain

from .conftest import DESK_FILES, ROOT, Result

NODE = "hispatial_ros.ros.node.spatial_node"
DESK_FOLDER = str(Path(DESK_FILES[1]).parent)
DIE = ["ask", "How far is the yellow die?"]


@pytest.fixture
def own_domain():
    """A ROS domain where nobody else takes part, as the environment names it."""
    with OwnDomain() as taken:
        yield str(taken)


def run(module, *arguments, bare=False, cwd=ROOT, **environment):
    """A process; bare: with nothing in its environment, as in a fresh login."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=cwd,
        env={**({} if bare else os.environ), **environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    return Result(done.returncode, done.stdout, done.stderr)


def as_process(*arguments, **options):
    """What the fixture `hispatial` calls, where the environment or ROS counts."""
    return run("hispatial_ros.cli.main", *arguments, **options)


# A call of every command that leaves soon, and what it says without a node, a model or a recording.
CALLS = {
    "ask": (DIE, "no node offers"),
    "measure": (["measure"], "no node offers"),
    "watch": (["watch", "list"], "no node offers"),
    "doctor": (["doctor", "--seconds", "0.5"], "not running"),
    "top": (["top", "--once"], "no diagnostics"),
    "record": (["record", "--duration", "2", "-o", "x.mcap"], "no node /hispatial was seen"),
    "replay": (["replay", "nothing.mcap"], "nothing.mcap"),
    "demo": (["demo", "--out", "/proc/demo"], "--out"),  # all of it: test_demo.py
    "download": (["download", "--help"], "usage"),
    "convert": (["convert", "--help"], "usage"),
    "verify": (["verify", "--help"], "usage"),
    "dataset": (["dataset", "build", "--source", DESK_FOLDER, "--out", "data"], "11 objects"),
    "train": (["train", "--help"], "usage"),
    "evaluate": (["evaluate", "embspatial", "no.json", "--out", "scores"], "no.json"),
    "depth": (["depth", "--rgb", DESK_FILES[1], "--model", "no.onnx"], "no.onnx"),
    "export-moge": (["export-moge"], "usage"),
    "build-engine": (["build-engine"], "usage"),
}


def test_the_calls_are_of_all_commands():
    assert set(CALLS) == set(COMMANDS)


@pytest.mark.parametrize("command", CALLS)
def test_every_command_works_in_an_empty_environment(command, tmp_path, own_domain):
    arguments, said = CALLS[command]
    done = as_process(*arguments, bare=True, cwd=tmp_path, ROS_DOMAIN_ID=own_domain)
    assert said in done.out + done.err


@pytest.mark.parametrize("domain", ["abc", "999", "-1"])
@pytest.mark.parametrize("arguments", [DIE, ["doctor", "--seconds", "0.5"]], ids=["ask", "doctor"])
def test_a_domain_that_is_none(domain, arguments):
    done = as_process(*arguments, ROS_DOMAIN_ID=domain)
    assert done.status == 1
    assert "from 0 to 232" in done.out + done.err


def test_a_recording_that_cannot_begin_leaves_no_file(tmp_path):
    done = as_process("record", cwd=tmp_path, ROS_DOMAIN_ID="999")
    assert done.status == 1
    assert "from 0 to 232" in done.err
    assert not list(tmp_path.iterdir())


def test_a_picture_of_what_goes_on_takes_once(hispatial, tmp_path):
    done = hispatial("top", "--svg", "top.svg", cwd=tmp_path)
    assert done.status == 1
    assert done.err.splitlines() == ["BAD_REQUEST: --svg saves one picture: add --once"]


def test_a_middleware_that_is_not_installed():
    done = as_process("doctor", RMW_IMPLEMENTATION="rmw_nope_cpp")
    assert done.status == 1
    assert "RMW_IMPLEMENTATION is rmw_nope_cpp" in done.out
    assert "1 failed" in done.out, "it goes on to the end"


@pytest.mark.parametrize(
    "arguments",
    [DIE, ["measure"], ["watch", "list"], ["top", "--once"], ["record"], ["demo"]],
    ids=lambda arguments: arguments[0],
)
def test_a_middleware_that_is_not_installed_is_told_in_one_line(arguments, tmp_path):
    done = as_process(*arguments, cwd=tmp_path, RMW_IMPLEMENTATION="rmw_nope_cpp")
    assert done.status == 1
    (line,) = done.err.splitlines()
    assert "RMW_IMPLEMENTATION is rmw_nope_cpp, which is not installed: unset it" in line
    assert not list(tmp_path.iterdir())
    if arguments is DIE:
        done = as_process(*arguments, "--json", RMW_IMPLEMENTATION="rmw_nope_cpp")
        assert "not installed" in done.json["error_msg"]


def test_the_node_without_its_middleware():
    done = run(NODE, RMW_IMPLEMENTATION="rmw_nope_cpp")
    assert done.status == 1
    assert done.err.startswith("error: RMW_IMPLEMENTATION is rmw_nope_cpp")


@pytest.mark.parametrize("command", [DIE, ["measure"]], ids=["ask", "measure"])
@pytest.mark.parametrize("option", [["--node", "robot1/hispatial"], ["--timeout", "3"]], ids=str)
def test_files_and_a_node_at_once(hispatial, command, option):
    done = hispatial(*command, *DESK_FILES, *option)
    assert done.status == 1
    assert f"{option[0]} is about a running node" in done.err


@pytest.mark.parametrize("path", ["/nowhere/x.png", str(ROOT)])
def test_a_picture_that_cannot_be_written_is_told_before_the_work(hispatial, path):
    done = hispatial("measure", "--rgb", "never read", "--png", path)
    assert done.status == 1
    assert f"{path} cannot be written" in done.err


def test_a_home_that_cannot_be_written(tmp_path, own_domain):
    done = as_process(*DIE, bare=True, HOME="/dev/null/home", ROS_DOMAIN_ID=own_domain)
    assert "ROS_LOG_DIR" in done.err
    assert "no node offers" in done.err


def test_output_without_the_signs():
    done = as_process(*DIE, *DESK_FILES, PYTHONIOENCODING="ascii")
    assert done.status == 0
    assert "+-" in done.out


@pytest.mark.parametrize(
    "arguments",
    [
        [*DIE, "--timeout", "nan"],
        [*DIE, "--timeout", "inf"],
        [*DIE, "--timeout", "-1"],
        [*DIE, "--node", "a b"],
        ["doctor", "--node", "a b"],
        ["doctor", "--seconds", "nan"],
        ["record", "--duration", "nan"],
        ["top", "--node", "1a"],
        ["watch", "list", "--node", "a b"],
    ],
    ids=" ".join,
)
def test_values_that_cannot_be(hispatial, arguments):
    done = hispatial(*arguments)
    assert done.status == 2
    assert "usage: hispatial" in done.err


def test_a_demo_that_cannot_write(hispatial):
    done = hispatial("demo", "--out", "/proc/demo")
    assert done.status == 1
    assert "--out" in done.err


def test_a_model_is_not_there_for_files(hispatial):
    done = hispatial(*DIE, *DESK_FILES, "--backend", "model")
    assert done.status == 1
    assert "running node" in done.err
    assert hispatial(*DIE, *DESK_FILES, "--backend", "measured").status == 0


@pytest.mark.parametrize(
    ("command", "module"),
    [("download", "huggingface_hub"), ("convert", "torch"), ("verify", "torch")],
)
def test_commands_without_their_extras(command, module, tmp_path):
    (tmp_path / "hide.py").write_text(
        "import sys\n"
        "sys.modules.update(dict.fromkeys(['torch', 'transformers', 'huggingface_hub']))\n"
        "from hispatial_ros.cli.main import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    done = run("hide", command, cwd=tmp_path)
    assert done.status == 1
    assert "requirements/model.txt" in done.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-p", "max_range:=20"], "follow --ros-args"),
        (["--ros-args", "-p", "max_range:=20"], "max_range:=30.0"),
        (["--ros-args", "-p", "autostart:=perhaps"], "autostart:=true"),
        (["--ros-args", "-p", "max_range:=2000.0"], "max_range"),
        (["--ros-args", "-p", "max_range"], "NAME:=VALUE"),
        (["--ros-args", "-r", "__node:=a b"], "a b"),
    ],
    ids=" ".join,
)
def test_arguments_that_the_node_refuses(arguments, said, own_domain):
    done = run(NODE, *arguments, ROS_DOMAIN_ID=own_domain)
    assert done.status in (1, 2)
    assert said in done.err
    assert len([line for line in done.err.splitlines() if line.startswith("error")]) == 1


def test_a_misspelled_parameter_is_told(tmp_path, own_domain):
    log = tmp_path / "log"
    with log.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", NODE, "--ros-args", "-p", "max_rang:=20.0", "-p", "foo:=1"],
            cwd=ROOT,
            env={**os.environ, "ROS_DOMAIN_ID": own_domain},
            stderr=file,
        )
        try:
            wait_for(log, "active;")
        finally:
            process.terminate()
            process.wait(20)
    text = log.read_text()
    assert "no parameter max_rang, what it was set to is ignored: did you mean max_range?" in text
    assert "no parameter foo" in text


def wait_for(log: Path, text: str) -> None:
    import time

    deadline = time.monotonic() + 60
    while text not in log.read_text():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"rgb": "depth.png", "depth": "rgb.png"}, "--rgb and --depth exchanged?"),
        ({"rgb": "camera.json"}, "camera.json is JSON, not an image"),
        ({"depth": "regions.json"}, "regions.json is JSON, not an image"),
        ({"camera": "regions.json"}, "a JSON object is needed"),
        ({"camera": "rgb.png"}, "rgb.png is not valid JSON"),
        ({"regions": "camera.json"}, "COCO, labelme or YOLO"),
        ({"regions": "rgb.png"}, "it is no text"),
        ({"rgb": "."}, "Is a directory"),
        ({"rgb": ""}, "a variable that is not set"),
        ({"camera": "https://example.org/camera.json"}, "is an address"),
        ({"rgb": "empty"}, "empty is empty (0 bytes)"),
        ({"depth": "empty"}, "empty is empty (0 bytes)"),
        ({"rgb": "loop"}, "loop cannot be read"),
        ({"depth": "nowhere"}, "nowhere cannot be read: No such file"),
        ({"rgb": "icon"}, "icon is an icon"),
    ],
    ids=str,
)
def test_files_of_the_wrong_kind(hispatial, tmp_path, files, said):
    given = {name: f"{name}.png" for name in ("rgb", "depth")}
    given |= {name: f"{name}.json" for name in ("camera", "regions")}
    for name in given.values():
        shutil.copy(DESK / name, tmp_path)
    (tmp_path / "empty").touch()
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "icon").write_bytes(b"\0\0\1\0\1\0" + b"\x20" * 40)
    options = [word for name, file in (given | files).items() for word in (f"--{name}", file)]
    done = hispatial(*DIE, *options, cwd=tmp_path)
    assert done.status in (1, 2)
    assert said in done.err


def in_tenths_of_a_millimetre(folder, **camera):
    """Options of the desk's files with depth in steps of 0.1 mm."""
    depth = np.asarray(Image.open(DESK / "depth.png")).astype(int) * 10
    Image.fromarray(depth.clip(0, 65535).astype(np.uint16)).save(folder / "depth.png")
    said = json.loads((DESK / "camera.json").read_text())
    said.pop("depth_unit", None)
    (folder / "camera.json").write_text(json.dumps(said | camera))
    files = {"depth": folder / "depth.png", "camera": folder / "camera.json"}
    given = [f"--{name}={path}" for name, path in files.items()]
    return [f"--rgb={DESK / 'rgb.png'}", f"--regions={DESK / 'regions.json'}", *given]


@pytest.mark.parametrize("command", [DIE, ["measure"]], ids=["ask", "measure"])
def test_depth_in_another_unit_is_named(hispatial, tmp_path, command):
    done = hispatial(*command, *in_tenths_of_a_millimetre(tmp_path))
    assert done.status == 1
    assert "steps of 0.0001 m instead of 0.001 m; set depth_unit" in done.err
    done = hispatial(*command, *in_tenths_of_a_millimetre(tmp_path, depth_unit=0.0001))
    assert done.status == 0, done.err
    assert "depth_unit" not in done.err


def test_depth_in_another_unit_without_known_things_is_a_note(hispatial, tmp_path):
    options = in_tenths_of_a_millimetre(tmp_path)
    options[1] = "--box=die:325,205,362,222"
    for command in (["ask", "How far is the die?"], ["measure"]):
        done = hispatial(*command, *options)
        assert done.status == 0, done.err
        assert "such as steps of 0.0001 or 0.0002 m (depth_unit" in done.err


def test_names_with_spaces_and_signs_and_a_tilde(hispatial, tmp_path, monkeypatch):
    folder = tmp_path / "mit Leerzeichen" / "größe 深度"
    shutil.copytree(DESK, folder)
    names = (("rgb", "png"), ("depth", "png"), ("camera", "json"), ("regions", "json"))
    options = [f"--{name}=~/{folder.relative_to(tmp_path)}/{name}.{kind}" for name, kind in names]
    monkeypatch.setenv("HOME", str(tmp_path))
    done = hispatial(*DIE, *options)
    assert done.status == 0, done.err


def test_pipes_are_read_once():
    """As bash's ``--depth <(cat depth.png)``."""
    ends = []
    try:
        for name in ("rgb.png", "depth.png", "camera.json", "regions.json"):
            process = subprocess.Popen(["cat", str(DESK / name)], stdout=subprocess.PIPE)
            ends.append((name.partition(".")[0], process))
        numbers = [process.stdout.fileno() for _, process in ends]
        options = [word for n, p in ends for word in (f"--{n}", f"/dev/fd/{p.stdout.fileno()}")]
        done = subprocess.run(
            [sys.executable, "-m", "hispatial_ros.cli.main", *DIE, *options],
            cwd=ROOT,
            pass_fds=numbers,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    finally:
        for _, process in ends:
            process.stdout.close()
            process.wait()


def test_a_question_without_quotes(hispatial):
    done = hispatial("ask", "How", "far", "is", "the", "yellow", "die?", *DESK_FILES)
    assert done.status == 0, done.err
    done = hispatial(*DIE, "-rgb", "x.png")
    assert "did you mean --rgb?" in done.err


@pytest.mark.parametrize("command", [DIE, ["measure"]], ids=["ask", "measure"])
def test_a_file_without_regions_is_not_replaced_by_the_detector(hispatial, tmp_path, command):
    (tmp_path / "none.json").write_text("[]")
    done = hispatial(*command, *DESK_FILES, "--regions", str(tmp_path / "none.json"))
    assert done.status == 1
    assert "no other object is" in done.err or "none.json holds no regions" in done.err
    assert "bottle" not in done.err


def test_boxes_of_an_image_of_another_size_are_told(hispatial, tmp_path):
    """The numbers may look right: 2.22 m for 2.14 m."""
    small = tmp_path / "half.png"
    Image.open(DESK / "rgb.png").resize((320, 240)).save(small)
    done = hispatial(*DIE, *DESK_FILES, "--rgb", str(small))
    assert "regions lie outside the image of 320x240" in done.err
    assert "all are wrong" in done.err


def test_depth_that_is_measured_and_estimated(hispatial):
    done = hispatial(*DIE, *DESK_FILES, "--depth-model", "model.onnx")
    assert "leave out one of them" in done.err


def test_depth_without_any_value(hispatial, tmp_path):
    black = tmp_path / "black.png"
    Image.new("I;16", (640, 480)).save(black)
    done = hispatial(*DIE, *DESK_FILES, "--depth", str(black))
    assert "no pixel of the depth image is valid" in done.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["record", "-o", "."], "it is a folder"),
        (["record", "-o", ""], "empty name"),
        (["demo", "--out", ""], "empty name"),
        (["replay", "empty"], "empty is empty"),
        (["replay", "x.mcap", "--tolerance", "nan"], "at least 0"),
        (["replay", "x.mcap", "--sigmas", "-1"], "at least 0"),
        (["watch", "follow", "--seconds", "nan"], "seconds above 0"),
    ],
    ids=" ".join,
)
def test_what_other_commands_refuse(hispatial, tmp_path, arguments, said):
    (tmp_path / "empty").touch()
    done = hispatial(*arguments, cwd=tmp_path)
    assert done.status in (1, 2)
    assert said in done.err
