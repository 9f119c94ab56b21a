"""Writes the generated parts of README.md and docs/accuracy.md.

python scripts/update_docs.py               # tables, from the code and msg/ErrorCode.msg
python scripts/update_docs.py demo          # runs the demo: its output and picture
python scripts/update_docs.py benchmarks    # runs the benchmarks: accuracy, speed, questions
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
ACCURACY = ROOT / "docs" / "accuracy.md"
MODEL = ROOT / "docs" / "model.md"
WATCHES = ROOT / "docs" / "watches.md"
sys.path.insert(0, str(ROOT))


def interfaces() -> str:
    """Topics, services and actions of the node."""
    from hispatial_ros.ros.reference_docs import topics_md
    from hispatial_ros.ros.topics import ACTIONS, INPUTS, OUTPUTS, SERVICES

    parts = [
        "Subscribed:",
        topics_md(INPUTS, qos=False),
        "Published:",
        topics_md(OUTPUTS, qos=False),
        "Services and actions:",
        topics_md((*SERVICES, *ACTIONS), qos=False),
    ]
    return "\n\n".join(parts)


def error_codes() -> str:
    """The constants of msg/ErrorCode.msg with their comments."""
    rows = ["| code | name | meaning |", "| --- | --- | --- |"]
    text = (ROOT / "msg" / "ErrorCode.msg").read_text()
    for name, value, comment in re.findall(
        r"^uint16 (\w+)=(\d+) *#((?:.*)(?:\n +#.*)*)", text, re.M
    ):
        meaning = " ".join(line.strip(" #") for line in comment.splitlines())
        rows.append(f"| {value} | `{name}` | {meaning} |")
    return "\n".join(rows)


def demo() -> str:
    """What the demo prints; its picture becomes docs/images/desk.png."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-m", "hispatial_ros.cli.main", "demo"],
            cwd=folder,
            env={**os.environ, "COLUMNS": "100", "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        images = ROOT / "docs" / "images"
        images.mkdir(exist_ok=True)
        shutil.copy(Path(folder) / "demo_output" / "desk.png", images / "desk.png")
    return _block(done.stdout)


def _block(output: str) -> str:
    lines = [line.rstrip() for line in output.strip().splitlines()]
    return "\n".join(["```text", *lines, "```"])


def _benchmark(*arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "160"},
        stdout=subprocess.PIPE,
        text=True,
        check=False,  # the status says whether goals are met, which the table shows
    )
    return _block(done.stdout)


# What to write: for each occasion the page and the maker of every section.
TABLES = {"interfaces": (README, interfaces), "errors": (README, error_codes)}
DEMO = {"demo": (README, demo)}
BENCHMARKS = {
    "accuracy": (ACCURACY, partial(_benchmark, "benchmarks", "accuracy")),
    "speed": (ACCURACY, partial(_benchmark, "benchmarks", "speed")),
    "understanding": (ACCURACY, partial(_benchmark, "benchmarks", "understanding")),
    "vlm": (MODEL, partial(_benchmark, "benchmarks", "vlm")),
    "watches": (WATCHES, partial(_benchmark, "benchmarks.watches")),
}
OCCASIONS = {"tables": TABLES, "demo": DEMO, "benchmarks": BENCHMARKS}


def replaced(text: str, section: str, content: str) -> str:
    """The text with the part between the section's markers replaced."""
    begin, end = f"<!-- {section}:begin -->", f"<!-- {section}:end -->"
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise ValueError(f"no section {section} in the page")
    return f"{before}{begin}\n{content}\n{end}{after}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the generated parts of the documentation.")
    parser.add_argument("what", nargs="?", choices=OCCASIONS, default="tables")
    for section, (page, make) in OCCASIONS[parser.parse_args().what].items():
        page.write_text(replaced(page.read_text(), section, make()))


if __name__ == "__main__":
    main()
