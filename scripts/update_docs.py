"""Writes the outputs of the demo and of the benchmarks into README.md and docs/.

python scripts/update_docs.py demo          # runs the demo: its output and pictures
python scripts/update_docs.py benchmarks    # runs the benchmarks
"""

import argparse
import os
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
DATASET = ROOT / "docs" / "dataset.md"
OPERATION = ROOT / "docs" / "operation.md"
WATCHES = ROOT / "docs" / "watches.md"
sys.path.insert(0, str(ROOT))


def demo() -> str:
    """What the demo prints; its pictures go to docs/images."""
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
        for picture in ("desk.png", "desk_by_itself.png"):
            shutil.copy(Path(folder) / "demo_output" / picture, images / picture)
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
DEMO = {"demo": (README, demo)}
BENCHMARKS = {
    "accuracy": (ACCURACY, partial(_benchmark, "benchmarks", "accuracy")),
    "speed": (ACCURACY, partial(_benchmark, "benchmarks", "speed")),
    "simulated": (ACCURACY, partial(_benchmark, "benchmarks", "simulated")),
    "understanding": (ACCURACY, partial(_benchmark, "benchmarks", "understanding")),
    "vlm": (MODEL, partial(_benchmark, "benchmarks", "vlm")),
    "labels": (DATASET, partial(_benchmark, "benchmarks", "labels")),
    "dataset": (DATASET, partial(_benchmark, "benchmarks", "dataset")),
    "watches": (WATCHES, partial(_benchmark, "benchmarks", "watches")),
    "recording": (OPERATION, partial(_benchmark, "benchmarks", "recording")),
}
OCCASIONS = {"demo": DEMO, "benchmarks": BENCHMARKS}


def replaced(text: str, section: str, content: str) -> str:
    """The text with the part between the section's markers replaced."""
    begin, end = f"<!-- {section}:begin -->", f"<!-- {section}:end -->"
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise ValueError(f"no section {section} in the page")
    return f"{before}{begin}\n{content}\n{end}{after}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=OCCASIONS)
    for section, (page, make) in OCCASIONS[parser.parse_args().what].items():
        page.write_text(replaced(page.read_text(), section, make()))


if __name__ == "__main__":
    main()
