"""What is not documented of rclpy is used in one file, which says so where it is missing."""

import ast
import importlib.util
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
import rclpy
from lifecycle_msgs.msg import State
from rclpy.executors import Executor, SingleThreadedExecutor
from rclpy.impl.implementation_singleton import rclpy_implementation
from rclpy.lifecycle import LifecycleNode
from rclpy.node import Node
from rclpy.subscription import Subscription
from std_msgs.msg import Empty

from hispatial_ros.ros.node import process, rclpy_internals
from hispatial_ros.ros.node.rclpy_internals import StateMachine, UnsupportedRclpyError
from hispatial_ros.ros.node.spatial_node import SpatialNode

ROS = Path(rclpy_internals.__file__).parents[1]
OTHERS = [p for p in sorted(ROS.rglob("*.py")) if p.name != "rclpy_internals.py"]
NODES = {"Node", "LifecycleNode", "ManagedNode"}
INTERNAL_MODULES = ("rclpy.impl", "rclpy._rclpy")
HANDLES = {"handle", "take_message"}
OWN = {"os._exit"}


@pytest.fixture(scope="module")
def names_of_a_node() -> set[str]:
    """Attributes of rclpy's own managed node that begin with an underscore."""
    context = rclpy.Context()
    rclpy.init(args=[], context=context)
    node = LifecycleNode("plain", context=context)
    names = {name for name in dir(node) if name.startswith("_") and not name.endswith("__")}
    node.destroy_node()
    rclpy.shutdown(context=context)
    return names


def internals_in(tree: ast.AST, names_of_a_node: set[str]) -> list[str]:
    """Uses of rclpy's internals; those of ``self`` in classes whose base is one of NODES."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(INTERNAL_MODULES):
            found.append(node.module)
        elif isinstance(node, ast.Import):
            found += [a.name for a in node.names if a.name.startswith(INTERNAL_MODULES)]
        elif isinstance(node, ast.Attribute):
            text = ast.unparse(node)
            foreign = not text.startswith(("self.", "cls.")) or text.count(".") > 1
            private = node.attr.startswith("_") and not node.attr.endswith("__")
            if (foreign and private and text not in OWN) or node.attr in HANDLES:
                found.append(text)
        elif isinstance(node, ast.ClassDef) and NODES & set(map(ast.unparse, node.bases)):
            for part in ast.walk(node):
                if isinstance(part, ast.Attribute) and ast.unparse(part.value) == "self":
                    found += [part.attr] * (part.attr in names_of_a_node)
    return found


@pytest.mark.parametrize("path", OTHERS, ids=lambda p: str(p.relative_to(ROS)))
def test_no_other_file_uses_internals(path, names_of_a_node):
    assert internals_in(ast.parse(path.read_text()), names_of_a_node) == []


@pytest.mark.parametrize(
    "code",
    [
        "from rclpy.impl.implementation_singleton import rclpy_implementation",
        "import rclpy.impl.logging_severity",
        "node._state_machine.current_state",
        "self.node._parameters",
        "subscription.handle.pointer",
        "class Mine(ManagedNode):\n  def f(self): return self._callbacks",
    ],
)
def test_the_check_finds_what_it_looks_for(code, names_of_a_node):
    assert internals_in(ast.parse(code), names_of_a_node)


def test_the_check_knows_every_base_of_the_node():
    assert {c.__name__ for c in SpatialNode.__mro__[1:] if issubclass(c, Node)} == NODES


def test_a_state_has_its_number_and_its_label():
    machine = SimpleNamespace(**dict.fromkeys(rclpy_internals.STATE_MACHINE))
    machine.current_state = (State.PRIMARY_STATE_INACTIVE, "inactive")
    node = SimpleNamespace(_state_machine=machine, _callbacks={}, _service_change_state=None)
    state = StateMachine(node).state
    assert (state.state_id, state.label) == (State.PRIMARY_STATE_INACTIVE, "inactive")


class Counted:
    """Mixin: counts the turns of an executor."""

    turns = 0

    def get_nodes(self):
        self.turns += 1
        return super().get_nodes()


@pytest.mark.parametrize(
    ("base", "turns"), [(SingleThreadedExecutor, 2), (rclpy_internals.LeanExecutor, 1)]
)
def test_the_executor_turns_once_for_a_message(domain, base, turns):
    context = rclpy.Context()
    rclpy.init(args=[], context=context, domain_id=domain)
    node = rclpy.create_node("plain", context=context, start_parameter_services=False)
    received = []
    node.create_subscription(Empty, "topic", received.append, 10)
    publisher = node.create_publisher(Empty, "topic", 10)
    executor = type("CountedExecutor", (Counted, base), {})(context=context)
    executor.add_node(node)
    while not publisher.get_subscription_count():
        executor.spin_once(timeout_sec=0.1)
    while True:  # until nothing is left of what came before
        before = executor.turns
        executor.spin_once(timeout_sec=0.2)
        if executor.turns == before + 1:
            break
    executor.turns = 0
    for number in range(1, 11):
        threading.Timer(0.05, publisher.publish, [Empty()]).start()  # while it waits
        while len(received) < number:
            executor.spin_once(timeout_sec=5.0)
    executor.shutdown()
    node.destroy_node()
    rclpy.shutdown(context=context)
    assert executor.turns == pytest.approx(10 * turns, abs=3)


@pytest.mark.parametrize("name", ["_state_machine", "_callbacks", "_service_change_state"])
def test_a_node_without_an_internal_is_refused_by_name(name):
    parts = dict.fromkeys(("_state_machine", "_callbacks", "_service_change_state"))
    del parts[name]
    with pytest.raises(UnsupportedRclpyError, match=rf"rclpy 7\.\S+ has no \w+\.{name}") as caught:
        StateMachine(SimpleNamespace(**parts))
    assert "run it with ROS 2 Jazzy" in str(caught.value)


@pytest.mark.parametrize("name", rclpy_internals.STATE_MACHINE)
def test_a_state_machine_without_a_method_is_refused_by_name(name):
    machine = SimpleNamespace(**dict.fromkeys(rclpy_internals.STATE_MACHINE))
    delattr(machine, name)
    node = SimpleNamespace(_state_machine=machine, _callbacks={}, _service_change_state=None)
    with pytest.raises(UnsupportedRclpyError, match=name):
        StateMachine(node)


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (rclpy_implementation, "RCLError"),
        (rclpy_implementation.Subscription, "take_message"),
        (Subscription, "handle"),
        (Executor, "_make_handler"),
    ],
    ids=["RCLError", "take_message", "handle", "_make_handler"],
)
def test_what_a_class_lacks_is_told_on_import(monkeypatch, owner, name):
    monkeypatch.delattr(owner, name)
    spec = importlib.util.spec_from_file_location("imported_anew", rclpy_internals.__file__)
    with pytest.raises(ImportError, match=rf"rclpy 7\.\S+ has no .*{name}"):
        spec.loader.exec_module(importlib.util.module_from_spec(spec))


def test_the_process_ends_with_the_message(monkeypatch, capsys):
    def make_node():
        raise process.UnsupportedRclpyError("LifecycleNode._callbacks")

    monkeypatch.setattr(process.signal, "signal", lambda *_: None)
    monkeypatch.setattr(process.signal, "set_wakeup_fd", lambda _: None)
    monkeypatch.setattr(process.sys, "setswitchinterval", lambda _: None)
    monkeypatch.setattr(process.joining, "init", lambda *_, **options: None)
    monkeypatch.setattr(process.rclpy, "try_shutdown", lambda: None)
    assert process.run(make_node) == 1
    said = capsys.readouterr().err
    assert "has no LifecycleNode._callbacks" in said
    assert "Traceback" not in said
