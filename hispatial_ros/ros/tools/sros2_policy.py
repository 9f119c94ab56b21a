"""SROS 2 policy: who may use which of the node's topics, services and actions.

Prints it:
python -m hispatial_ros.ros.tools.sros2_policy -r image:=camera/color/image_raw -r depth:=...
"""

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

from hispatial_ros.ros.inputs.subscriptions import CALIBRATES, camera_info_beside
from hispatial_ros.ros.topics import ACTIONS, INPUTS, OUTPUTS, SERVICES, TRANSPORTS

NODE = "hispatial"
# What every rclpy node has, and every managed one.
PUBLISHED = ("rosout", "parameter_events")
CLOCK = "clock"
TF = ("tf", "tf_static")
PARAMETERS = (
    "~/describe_parameters",
    "~/get_parameter_types",
    "~/get_parameters",
    "~/list_parameters",
    "~/set_parameters",
    "~/set_parameters_atomically",
    "~/get_type_description",
)
LIFECYCLE = (
    "~/change_state",
    "~/get_available_states",
    "~/get_available_transitions",
    "~/get_state",
    "~/get_transition_graph",
)
TRANSITIONS = "~/transition_event"
ANSWERED = ("~/answered/image", "~/answered/depth")  # published as they came


@dataclass(frozen=True)
class Enclave:
    """What the holders of one key may do; anything else is denied."""

    name: str
    node: str
    about: str
    publish: Sequence[str] = ()
    subscribe: Sequence[str] = ()
    reply: Sequence[str] = ()
    request: Sequence[str] = ()
    execute: Sequence[str] = ()
    call: Sequence[str] = ()


def enclaves(remaps: Mapping[str, str]) -> list[Enclave]:
    """The node's, an operator's and an administrator's.

    Args:
        remaps: input of the node -> topic.
    """
    outputs = [n for t in OUTPUTS for n in _transported(t.name.lstrip("/"), t.name in ANSWERED)]
    services = [topic.name for topic in SERVICES]
    actions = [topic.name for topic in ACTIONS]
    inputs = _inputs(remaps)
    node = Enclave(
        "hispatial",
        NODE,
        "The node itself.",
        publish=(*PUBLISHED, TRANSITIONS, *outputs),
        subscribe=(CLOCK, *TF, *inputs),
        reply=(*PARAMETERS, *LIFECYCLE, *services),
        execute=actions,
    )
    operator = Enclave(
        "hispatial_operator",
        "hispatial_client",
        "Asks and sees answers; changes nothing.",
        publish=PUBLISHED,
        subscribe=(CLOCK, *_of_node(outputs)),
        request=_of_node((*services, "~/get_state")),
        call=_of_node(actions),
    )
    administrator = Enclave(
        "hispatial_administrator",
        "hispatial_administrator",
        "An operator that may set parameters and the lifecycle state as well, and look at what "
        "the node receives, as hispatial doctor does.",
        publish=PUBLISHED,
        subscribe=(CLOCK, *_of_node((*outputs, TRANSITIONS)), *inputs),
        request=_of_node((*services, *PARAMETERS, *LIFECYCLE)),
        call=_of_node(actions),
    )
    return [node, operator, administrator]


def policy(remaps: Mapping[str, str] | None = None) -> str:
    """The policy file for ``ros2 security create_permission``."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        "<!--",
        "  Made from the code, for the default topic names. docs/security.md says how it is used,",
        "  and how one is made for other names.",
        "-->",
        '<policy version="0.2.0">',
        "  <enclaves>",
    ]
    for enclave in enclaves(remaps or {}):
        lines += _enclave_lines(enclave)
    return "\n".join([*lines, "  </enclaves>", "</policy>"]) + "\n"


def _enclave_lines(enclave: Enclave) -> list[str]:
    lines = [
        f"    <!-- {escape(enclave.about)} -->",
        f'    <enclave path="/{enclave.name}">',
        "      <profiles>",
        f'        <profile ns="/" node="{enclave.node}">',
    ]
    for group, verb, names in (
        ("topic", "publish", enclave.publish),
        ("topic", "subscribe", enclave.subscribe),
        ("service", "reply", enclave.reply),
        ("service", "request", enclave.request),
        ("action", "execute", enclave.execute),
        ("action", "call", enclave.call),
    ):
        if names:
            lines.append(f'          <{group}s {verb}="ALLOW">')
            lines += [f"            <{group}>{escape(name)}</{group}>" for name in names]
            lines.append(f"          </{group}s>")
    return [*lines, "        </profile>", "      </profiles>", "    </enclave>"]


def _inputs(remaps: Mapping[str, str]) -> list[str]:
    """Topics that the node subscribes to, whatever their transport."""
    names = {topic.name: remaps.get(topic.name, topic.name) for topic in INPUTS}
    for info, image in CALIBRATES.items():
        if info not in remaps:
            names[info] = camera_info_beside(names[image]).lstrip("/")
    images = set(CALIBRATES.values())
    return sorted({t for n, topic in names.items() for t in _transported(topic, n in images)})


def _transported(name: str, is_image: bool) -> list[str]:
    """A topic with those of image_transport below it."""
    kinds = TRANSPORTS if is_image else ("raw",)
    return [name if kind == "raw" else f"{name}/{kind}" for kind in kinds]


def _of_node(names: Iterable[str]) -> tuple[str, ...]:
    """Names as others see them."""
    return tuple(name.replace("~", NODE, 1) for name in names)


def main(argv: Sequence[str] | None = None) -> int:
    """Print the policy."""
    parser = argparse.ArgumentParser(description="Print the node's SROS 2 policy.")
    parser.add_argument(
        "-r", "--remap", metavar="INPUT:=TOPIC", action="append", default=[], help="as for the node"
    )
    remaps = {}
    for text in parser.parse_args(argv).remap:
        name, separator, topic = text.partition(":=")
        if not separator or name not in {topic.name for topic in INPUTS}:
            parser.error(f"{text!r} does not remap an input of the node")
        remaps[name] = topic
    print(policy(remaps), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
