"""Tables of topics, services, actions, error codes and parameters, made from the code.

Into docs/reference.md and config/hispatial.yaml:

python -m hispatial_ros.ros.tools.reference_docs          # show what would be written
python -m hispatial_ros.ros.tools.reference_docs --write
"""

import argparse
import re
import sys
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import Path

from rclpy.qos import DurabilityPolicy

from hispatial_ros.ros.tools import sros2_policy
from hispatial_ros.ros.topics import ACTIONS, INPUTS, OUTPUTS, SERVICES, Topic
from hispatial_ros.settings.parameter import Parameter, Value
from hispatial_ros.settings.settings import TABLE

ROOT = Path(__file__).parents[3]
WIDTH = 100
TYPES = {bool: "bool", int: "int", float: "double", str: "string"}


def reference_md() -> str:
    """The whole page."""
    parts = [
        "# Reference",
        "Made from the code by `python -m hispatial_ros.ros.tools.reference_docs --write`. "
        "`~` stands for the node's name, `/hispatial` by default; names without a leading `/` are "
        "relative to its namespace and can be remapped. What the fields of a message mean is "
        "written in its definition: `ros2 interface show hispatial_ros/msg/SpatialAnswer`.",
        "## Subscribed topics",
        topics_md(INPUTS),
        "Subscribed while the node is active. Best available: reliable where all publishers "
        "are, and within a second what fits where they change. Each policy can be set by a "
        "parameter, such as `qos_overrides./camera/image.subscription.reliability: reliable`.",
        "## Published topics",
        topics_md(OUTPUTS),
        "## Services",
        topics_md(SERVICES, qos=False),
        "## Actions",
        topics_md(ACTIONS, qos=False),
        "Services and action are there in every lifecycle state and answer `NOT_ACTIVE` unless "
        "the node is active.",
        "## Error codes",
        errors_md(),
        "## Parameters",
        parameters_md(),
    ]
    return "\n\n".join(parts) + "\n"


def topics_md(topics: Iterable[Topic], qos: bool = True) -> str:
    """A Markdown table."""
    head = ["name", "type", "QoS", "meaning"] if qos else ["name", "type", "meaning"]
    rows = []
    for topic in topics:
        cells = [f"`{topic.name}`", f"`{topic.type_name}`"]
        if qos:
            cells.append(_qos(topic))
        rows.append([*cells, topic.description])
    return _table(head, rows)


def errors_md() -> str:
    """A Markdown table of the constants of msg/ErrorCode.msg with their comments."""
    rows = []
    text = (ROOT / "msg" / "ErrorCode.msg").read_text()
    for name, value, comment in re.findall(
        r"^uint16 (\w+)=(\d+) *#((?:.*)(?:\n +#.*)*)", text, re.M
    ):
        meaning = " ".join(line.strip(" #") for line in comment.splitlines())
        rows.append([value, f"`{name}`", meaning])
    return _table(["code", "name", "meaning"], rows)


def parameters_md() -> str:
    """A Markdown table."""
    return _table(
        ["name", "type", "default", "range", "meaning"],
        [
            [
                f"`{p.name}`",
                TYPES[type(p.default)],
                f"`{_literal(p.default)}`",
                _range(p),
                p.about,
            ]
            for p in TABLE
        ],
    )


def parameters_yaml() -> str:
    """A parameter file with every default, commented."""
    lines = _comment(
        "Parameters of the node hispatial, with their defaults. Those that a running node does not "
        "accept say so; the others can be set at any time (ros2 param set).",
        "",
    )
    lines += ["/**:", "  ros__parameters:"]
    group: list[str] = []
    for parameter in TABLE:
        *parents, name = parameter.name.split(".")
        if parents != group:
            lines.append("")
            lines += [f"{'  ' * (2 + i)}{parent}:" for i, parent in enumerate(parents)]
            group = parents
        indent = "  " * (2 + len(parents))
        if lines[-1].strip() and not lines[-1].endswith(":"):
            lines.append("")
        about = parameter.about
        if limits := _range(parameter):
            about += f" {limits.replace('`', '')}."
        lines += _comment(about, indent)
        lines.append(f"{indent}{name}: {_literal(parameter.default)}")
    return "\n".join(lines) + "\n"


FILES = {
    Path("docs/reference.md"): reference_md,
    Path("config/hispatial.yaml"): parameters_yaml,
    Path("config/sros2/hispatial.policy.xml"): sros2_policy.policy,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Show or write the files."""
    parser = argparse.ArgumentParser(description="Write the reference from the code.")
    parser.add_argument("--write", action="store_true")
    args = parser.parse_args(argv)
    for path, make in FILES.items():
        if args.write:
            (ROOT / path).write_text(make())
        else:
            print(f"--- {path}\n{make()}")
    return 0


def _qos(topic: Topic) -> str:
    qos = topic.qos()
    policies = [qos.reliability.name.lower().replace("_", " ")]
    if qos.durability == DurabilityPolicy.TRANSIENT_LOCAL:
        policies.append("transient local")
    elif qos.durability == DurabilityPolicy.BEST_AVAILABLE:
        policies.append("latched where published so")
    return f"{', '.join(policies)}, keep {qos.depth}"


def _range(parameter: Parameter) -> str:
    if parameter.choices:
        return "One of " + ", ".join(f"`{choice}`" for choice in parameter.choices)
    if parameter.minimum is None or parameter.maximum is None:
        return ""
    return f"From {_number(parameter.minimum)} to {_number(parameter.maximum)}"


def _number(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:g}"


def _literal(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value) or '""'


def _comment(text: str, indent: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=f"{indent}# ", subsequent_indent=f"{indent}# ")


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


if __name__ == "__main__":
    sys.exit(main())
