"""What the documentation says is so."""

import importlib
import re
from pathlib import Path

import pytest

from hispatial_ros.language.parse import parse

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LABELS = ["mug", "globe", "chair", "board", "green bottle", "blue bottle"]


def documented_questions() -> list[str]:
    text = (ROOT / "docs" / "questions.md").read_text().partition("## What is refused")[0]
    quoted = re.findall(r"`([^`]+)`", text.replace("\n", " "))
    return [q for q in quoted if " " in q and not q.startswith("python ")]


def test_enough_questions_are_documented():
    assert len(documented_questions()) > 40


@pytest.mark.parametrize("question", documented_questions())
def test_documented_questions_are_understood(question):
    parse(question, LABELS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path):
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text()):
        if not target.startswith("http"):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_pages_name_exist(page: Path):
    names = r"\b((?:requirements|config|launch|docs|msg|srv|scripts|benchmarks)/[\w./-]*\w\.\w+)"
    for name in re.findall(names, page.read_text()):
        assert (ROOT / name).exists(), name


def test_python_that_pages_show_imports_what_there_is():
    pytest.importorskip("rclpy")
    lines = {
        (module, name)
        for page in PAGES
        for block in re.findall(r"```python\n(.*?)```", page.read_text(), re.S)
        for module, names in re.findall(
            r"^from (hispatial_ros[\w.]*) import ([\w, ]+)$", block, re.M
        )
        for name in names.split(", ")
    }
    assert ("hispatial_ros.ros.client", "Client") in lines
    for module, name in lines:
        assert hasattr(importlib.import_module(module), name), (module, name)
