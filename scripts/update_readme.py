"""Writes the generated parts of README.md: interface tables, error codes, the demo's output.

python scripts/update_readme.py            # tables, from the code and msg/ErrorCode.msg
python scripts/update_readme.py --demo     # runs the demo as well: its output and picture
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
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
    lines = [line.rstrip() for line in done.stdout.strip().splitlines()]
    return "\n".join(["```text", *lines, "```"])


SECTIONS = {"interfaces": interfaces, "errors": error_codes}


def replaced(text: str, section: str, content: str) -> str:
    """The text with the part between the section's markers replaced."""
    begin, end = f"<!-- {section}:begin -->", f"<!-- {section}:end -->"
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise ValueError(f"no section {section} in the page")
    return f"{before}{begin}\n{content}\n{end}{after}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the generated parts of README.md.")
    parser.add_argument("--demo", action="store_true", help="run the demo, too")
    args = parser.parse_args()
    sections = {**SECTIONS, "demo": demo} if args.demo else SECTIONS
    text = README.read_text()
    for section, make in sections.items():
        text = replaced(text, section, make())
    README.write_text(text)


if __name__ == "__main__":
    main()
