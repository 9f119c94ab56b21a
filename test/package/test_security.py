"""What the code base does without, and where paths come from."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = [
    path
    for folder in ("hispatial_ros", "scripts", "benchmarks")
    for path in sorted((ROOT / folder).rglob("*.py"))
]
UNSAFE_MODULES = {"marshal", "shelve", "dill", "cloudpickle", "joblib"}
UNSAFE_CALLS = {
    *("eval", "exec", "compile", "__import__", "os.system", "os.popen", "yaml.load"),
    *("yaml.unsafe_load", "yaml.full_load", "pickle.load", "pickle.loads", "pickle.Unpickler"),
    *("subprocess.getoutput", "subprocess.getstatusoutput"),
}
# Keyword that a call has to have.
REQUIRED = {"torch.load": ("weights_only", True), "np.load": ("allow_pickle", False)}
# Parameters that name files or folders: nobody can point them elsewhere at run time.
PATHS = {
    *("moge.model", "moge.cache_dir", "moge.sha256", "model.checkpoint", "detector.model"),
    "watch.file",
}


def calls(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), {k.arg: k.value for k in node.keywords}, node.lineno


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_nothing_that_comes_in_can_execute(path):
    tree = ast.parse(path.read_text())
    for name, keywords, line in calls(tree):
        assert name not in UNSAFE_CALLS, f"{path}:{line}: {name}"
        shell = keywords.get("shell")
        assert shell is None or ast.unparse(shell) == "False", f"{path}:{line}: shell"
        if name in REQUIRED:
            keyword, value = REQUIRED[name]
            given = keywords.get(keyword)
            assert given is not None, f"{path}:{line}: {name} without {keyword}"
            assert ast.literal_eval(given) is value, f"{path}:{line}: {name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            modules = [getattr(node, "module", "") or "", *(alias.name for alias in node.names)]
            assert not UNSAFE_MODULES & {module.split(".")[0] for module in modules}, path
        if isinstance(node, ast.ImportFrom):
            assert node.module not in ("pickle", "marshal"), path


def test_the_check_finds_what_it_looks_for(tmp_path):
    for text in (
        "eval(x)",
        "import os\nos.system('ls')",
        "subprocess.run('ls', shell=True)",
        "torch.load(path)",
        "np.load(path, allow_pickle=True)",
        "from pickle import loads",
        "import marshal",
    ):
        bad = tmp_path / "bad.py"
        bad.write_text(text)
        with pytest.raises(AssertionError):
            test_nothing_that_comes_in_can_execute(bad)


@pytest.mark.parametrize("folder", ["msg", "srv", "action"])
def test_no_message_names_a_file(folder):
    for path in (ROOT / folder).iterdir():
        for line in path.read_text().splitlines():
            field = line.partition("#")[0].split()
            if len(field) >= 2:
                words = re.split("_", field[1].partition("=")[0].lower())
                assert not {"path", "file", "filename", "folder", "directory", "url"} & set(words)


def test_parameters_that_name_files_can_not_be_set_at_run_time():
    pytest.importorskip("rclpy")
    from hispatial_ros.settings.settings import BY_NAME, TABLE

    assert BY_NAME.keys() >= PATHS
    assert all(BY_NAME[name].read_only for name in PATHS)
    named = {
        p.name for p in TABLE if re.search(r"\b(file|folder|directory)\b", p.description, re.I)
    }
    assert {name for name in named if not BY_NAME[name].read_only} == set()


def test_every_limit_is_a_parameter_with_a_bounded_range():
    pytest.importorskip("rclpy")
    from hispatial_ros.settings.settings import TABLE

    limits = [p for p in TABLE if re.search(r"(^|\.)(max_|queue_size)", p.name)]
    assert len(limits) >= 12
    for limit in limits:
        assert limit.maximum is not None, limit.name
        assert limit.minimum <= limit.default <= limit.maximum
