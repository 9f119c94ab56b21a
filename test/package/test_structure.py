"""The code is built as docs/architecture.md draws it, without circles."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "hispatial_ros"
PAGE = (ROOT / "docs" / "architecture.md").read_text()


def module_name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(tree, modules):
    """Modules among these that a tree imports anywhere, also inside functions and for types."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                longer = f"{node.module}.{alias.name}"
                found.add(longer if longer in modules else node.module)
    return found & modules


def circles(graph):
    """Groups of modules that import each other (Tarjan's strongly connected components)."""
    index, low, stack, found = {}, {}, [], []

    def visit(node):
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in graph[node]:
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            group = []
            while not group or group[-1] != node:
                group.append(stack.pop())
            if len(group) > 1:
                found.append(sorted(group))

    for node in graph:
        if node not in index:
            visit(node)
    return found


@pytest.mark.parametrize("folder", ["hispatial_ros", "benchmarks"])
def test_no_modules_import_each_other(folder):
    paths = {module_name(path): path for path in (ROOT / folder).rglob("*.py")}
    graph = {
        name: imports(ast.parse(path.read_text()), set(paths)) - {name}
        for name, path in paths.items()
    }
    assert circles(graph) == []


def test_circles_are_found():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]


def test_every_function_has_a_telling_name():
    unnamed = [
        f"{path}:{node.lineno}"
        for path in PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.strip("_")
    ]
    assert unnamed == []


def test_the_page_draws_every_package():
    drawn = set(re.findall(r"[a-z_]+", PAGE.partition("```")[2].partition("```")[0]))
    inside = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    inside |= {path.parent.name for path in PACKAGE.glob("ros/*/__init__.py")}
    inside |= {path.stem for path in PACKAGE.glob("*.py") if path.stem != "__init__"}
    assert inside - drawn == set()


def test_the_files_on_the_way_exist():
    rows = [line for line in PAGE.splitlines() if line.startswith("| ") and ".py`" in line]
    assert len(rows) > 15
    for row in rows:
        folder = None
        for name in re.findall(r"`([\w/]+\.py)`", row):
            path = PACKAGE / name
            if folder is not None and "/" not in name:
                path = folder / name  # beside the one named before
            assert path.is_file(), row
            folder = path.parent
