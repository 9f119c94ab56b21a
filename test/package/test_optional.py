"""What works where something is not installed: collecting the tests, benchmarks of the models."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODELS = ("torch", "transformers", "onnx", "onnxruntime", "pybullet", "rerun")
ROS = (
    *("rclpy", "rcl_interfaces", "rosidl_runtime_py", "ament_index_python", "lifecycle_msgs"),
    *("std_msgs", "sensor_msgs", "geometry_msgs", "diagnostic_msgs", "builtin_interfaces"),
    *("hispatial_ros.msg", "hispatial_ros.srv", "hispatial_ros.action"),
)
# Python imports this by itself when it starts.
MISSING = """
import os, sys
from importlib.abc import MetaPathFinder
names = os.environ["MISSING"].split()
class Missing(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if any(name == missing or name.startswith(missing + ".") for missing in names):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Missing())
"""


@pytest.fixture
def run_without(tmp_path):
    """Runs a module of Python where packages are missing."""

    def run(names, *arguments, cwd=ROOT):
        site = tmp_path / "site"
        site.mkdir()
        (site / "sitecustomize.py").write_text(MISSING)
        environment = {**os.environ, "PYTHONPATH": str(site), "MISSING": " ".join(names)}
        return subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=cwd,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_tests_that_need_what_is_missing_are_skipped_with_a_reason(run_without):
    done = run_without(
        MODELS, "pytest", "--collect-only", "-q", "-rs", "-p", "no:cacheprovider", "-p", "no:xdist"
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert "ERROR" not in done.stdout
    skipped = re.findall(r"^SKIPPED .*", done.stdout, re.MULTILINE)
    for package, requirements in (("torch", "model"), ("onnx", "moge-export"), ("pybullet", "dev")):
        reason = f"{package} is not installed (requirements/{requirements}.txt)"
        assert any(reason in line for line in skipped), reason
    assert "test/language/test_rules.py" in done.stdout


def test_what_tests_may_lack_is_in_the_requirements_that_they_name(pytestconfig):
    (plugin,) = (
        plugin
        for plugin in pytestconfig.pluginmanager.get_plugins()
        if getattr(plugin, "__file__", None) == str(ROOT / "test" / "conftest.py")
    )
    distributions = {"moge": "dlr-moge", "rerun": "rerun-sdk", "huggingface_hub": "huggingface-hub"}
    for package, requirements in plugin.OPTIONAL.items():
        text = (ROOT / "requirements" / f"{requirements}.txt").read_text()
        name = distributions.get(package, package)
        assert re.search(rf"^{name}\b", text, re.MULTILINE), f"{name} in {requirements}.txt"


# What runs on a GPU, on the CPU.
MOGE_GPU = [
    *("moge", "--gpu-only", "--device=cpu", "--sizes=tiny", "--tokens=150", "--rounds=1"),
    "--runtimes=torch-cpu",
]


@pytest.fixture
def without_tests(tmp_path):
    """A checkout without the tests."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    for name in ("benchmarks", "hispatial_ros"):
        (folder / name).symlink_to(ROOT / name)
    return folder


@pytest.mark.parametrize(
    ("arguments", "package", "found"),
    [
        (
            ["vlm", "--size=tiny", "--device=cpu", "--repeats=1", "--together=4"],
            *("transformers", "4 questions on"),
        ),
        (["moge", "--no-speed"], "moge", "Python"),
        (["moge", "--help"], "moge", "--fidelity"),
        (MOGE_GPU, "moge", "stage by stage"),
        (["understanding", "--set=unseen.tsv"], "numpy", "Questions understood, unseen.tsv"),
    ],
    ids=lambda value: "_".join(value) if isinstance(value, list) else "",
)
def test_benchmarks_of_models_need_neither_ros_nor_the_tests(
    run_without, without_tests, arguments, package, found
):
    pytest.importorskip(package)
    done = run_without([*ROS, "test"], "benchmarks", *arguments, cwd=without_tests)
    assert done.returncode == 0, done.stderr
    assert found in done.stdout
    assert "not measured: " not in done.stdout


def test_what_moge_measures_with_needs_no_ros(run_without, without_tests):
    pytest.importorskip("moge.model.v2", reason="needs requirements/moge-export.txt")
    (without_tests / "imports.py").write_text(
        "from benchmarks import moge, moge_checkpoints, moge_gpu, moge_official\n"
        "from hispatial_ros.moge import export, load\n"
    )
    done = run_without([*ROS, "test"], "imports", cwd=without_tests)
    assert done.returncode == 0, done.stderr
