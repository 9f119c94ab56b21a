"""What the documentation says is so: links, files, modules, commands, parameters and topics."""

import ast
import importlib
import re
import shlex
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from hispatial_ros.cli import main as cli
from hispatial_ros.language.parse import parse
from hispatial_ros.settings.settings import TABLE
from hispatial_ros.watch.claims import items
from hispatial_ros.watch.spec import Spec

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
OF_PAGES = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
LABELS = ["mug", "bottle", "chair", "purple chair", "yellow chair", "box", "desk", "door", "table"]
INTERFACES = {"service": "srv", "action": "action", "topic": "msg"}
TOOLS = {"ros2", "hispatial", "python", "make", "pytest"}  # whose commands are checked


def blocks(language: str = r"\w*") -> list[str]:
    """The code blocks of all pages, without what only shows an output."""
    fence = re.compile(rf"^```({language})\n(.*?)^```", re.MULTILINE | re.DOTALL)
    found = [match for page in PAGES for match in fence.findall(page.read_text())]
    return [text for kind, text in found if kind != "text"]


def commands() -> list[list[str]]:
    """The command lines in code blocks, in words, without comments and environment."""
    lines = "\n".join(blocks()).replace("\\\n", " ").splitlines()
    found = []
    for line in lines:
        words = line.split()
        while words and re.fullmatch(r"[A-Z_]+=\S*", words[0]):
            del words[0]
        if words and words[0] in TOOLS:
            found += [shlex.split(part, comments=True) for part in line.split(" && ")]
    return [[w for w in words if not re.fullmatch(r"[A-Z_]+=\S*", w)] for words in found]


COMMANDS = commands()


def of(*start: str):
    """A parameter for each command that begins so."""
    found = [words for words in COMMANDS if tuple(words[: len(start)]) == start]
    assert found, start
    return pytest.mark.parametrize("words", found, ids=" ".join)


def test_enough_commands_were_found():
    assert len(COMMANDS) > 50


@OF_PAGES
def test_links_lead_somewhere(page):
    for target, anchor in re.findall(r"\]\(([^)#]*)#?([^)]*)\)", page.read_text()):
        if target.startswith("http"):
            continue
        other = page.parent / target if target else page
        assert other.exists(), target
        if anchor and other.suffix == ".md":
            headings = re.findall(r"^#+ (.*)$", other.read_text(), re.MULTILINE)
            names = {re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in headings}
            assert anchor in names, f"{target}#{anchor}"


@OF_PAGES
def test_files_that_pages_name_exist(page):
    folders = "requirements|config|launch|docs|msg|srv|action|scripts|benchmarks|test|hispatial_ros"
    for name in re.findall(rf"(?<![\w/.-])((?:{folders})/[\w./-]*\w\.\w+)", page.read_text()):
        assert (ROOT / name).exists(), name
    for name in re.findall(r"`(test_\w+\.py)`", page.read_text()):
        assert list((ROOT / "test").rglob(name)), name


@pytest.mark.parametrize("text", blocks("python"), ids=lambda text: text.split("\n")[0])
def test_imports_of_python_examples_exist(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ImportFrom) and node.module.startswith("hispatial_ros"):
            if find_spec("rclpy") is None:
                pytest.skip("rclpy is not installed")
            module = importlib.import_module(node.module)
            for name in node.names:
                assert hasattr(module, name.name), f"{node.module}.{name.name}"


@of("hispatial")
def test_the_command_line_takes_documented_commands(words):
    args = cli._parse(words[1:])
    assert args.command == words[1]
    given = {word.split("=")[0] for word in words if word.startswith("--")}
    for option in given:  # none has become the abbreviation of another
        assert hasattr(args, option[2:].replace("-", "_")), option
    if words[1] == "ask" and "model" not in words:
        parse(args.question, LABELS)
    if words[1:3] == ["watch", "add"] and not words[3].startswith("--"):
        assert items(Spec("watch", condition=words[3]), LABELS)


@OF_PAGES
def test_commands_and_options_in_running_text_exist(page):
    text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)
    for line in re.findall(r"`hispatial ([a-z][^`]*)`", text):
        command, *rest = line.split()
        assert command in cli.COMMANDS, line
        module = importlib.import_module(f"hispatial_ros.cli.{command.replace('-', '_')}")
        source = (
            Path(module.__file__).read_text() + (ROOT / "hispatial_ros/cli/source.py").read_text()
        )
        for option in re.findall(r"--[a-z-]+", " ".join(rest)):
            assert f'"{option}"' in source, f"hispatial {line}"


@of("ros2", "run", "hispatial_ros", "spatial_node")
def test_parameters_and_topics_of_documented_nodes_exist(words):
    topics = pytest.importorskip("hispatial_ros.ros.topics", reason="rclpy is not installed")
    names = {topic.name for group in ("INPUTS", "OUTPUTS") for topic in getattr(topics, group)}
    parameters = {parameter.name: parameter for parameter in TABLE}
    for flag, value in pairwise(words):
        name, _, given = value.partition(":=")
        if flag == "-p":
            assert name in parameters, value
            default = parameters[name].default
            assert isinstance(yaml.safe_load(given), type(default)), value
        elif flag == "-r":
            assert name in names, value


@of("ros2", "launch", "hispatial_ros")
def test_documented_launch_arguments_exist(words):
    text = (ROOT / "launch" / words[3]).read_text()
    for argument in words[4:]:
        assert f'<arg name="{argument.partition(":=")[0]}"' in text, argument


@pytest.mark.parametrize(
    "words",
    [w for w in COMMANDS if w[1:3] in (["service", "call"], ["action", "send_goal"])],
    ids=" ".join,
)
def test_documented_requests_have_the_fields_of_their_type(words):
    kind, request = next(w for w in words if w.startswith("hispatial_ros/")), words[-1]
    assert kind.split("/")[1] == INTERFACES[words[1]]
    check_fields(yaml.safe_load(request), ROOT / f"{kind.removeprefix('hispatial_ros/')}")


def check_fields(values: dict, path: Path) -> None:
    """Each value is a field of the request, message or goal in this file, without its ending."""
    text = path.with_suffix(f".{path.parent.name}").read_text().partition("\n---")[0]
    fields = {
        name: kind for kind, name in re.findall(r"^(\S+) +(\w+)\b(?! *=)", text, re.MULTILINE)
    }
    for name, value in values.items():
        assert name in fields, f"{name} in {path.name}"
        if isinstance(value, dict):
            check_fields(value, ROOT / "msg" / fields[name])


@of("python", "-m")
def test_documented_modules_exist(words):
    module, *rest = words[2:]
    if module == "venv":
        return
    spec = find_spec(module)
    assert spec is not None
    if module == "benchmarks":
        from benchmarks.__main__ import MODULES

        spec = find_spec(f"benchmarks.{MODULES[rest[0]]}")
    if "argparse" in (source := Path(spec.origin).read_text()):
        for option in (word.split("=")[0] for word in rest if word.startswith("--")):
            assert f'"{option}"' in source or option == "--ros-args", option


@of("make")
def test_documented_targets_exist(words):
    makefile = (ROOT / "Makefile").read_text()
    for target in words[1:]:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


@OF_PAGES
def test_environment_variables_of_the_project_are_read_somewhere(page):
    sources = "".join(
        path.read_text()
        for folder in ("hispatial_ros", "test", "benchmarks")
        for path in (ROOT / folder).rglob("*.py")
    )
    for name in re.findall(r"\bHISPATIAL_[A-Z_]+\b", page.read_text()):
        assert f'"{name}"' in sources, name


@OF_PAGES
def test_names_of_node_topics_in_running_text_exist(page):
    topics = pytest.importorskip("hispatial_ros.ros.topics", reason="rclpy is not installed")
    names = {t.name for group in ("INPUTS", "OUTPUTS", "SERVICES") for t in getattr(topics, group)}
    names |= {"~/ask_spatial", "~/change_state"}
    for name in re.findall(r"`(~/[\w/]+)`", page.read_text()):
        base = re.sub("/(compressed|compressedDepth)$", "", name)
        assert base in names, name
