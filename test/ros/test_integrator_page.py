"""The subscriber in docs/integrator.md runs, and does what the page says."""

import re
import time
from pathlib import Path

import pytest

from hispatial_ros.ros.outputs.conversions import time_to_msg
from test.ros.conftest import Graph, Spinner, wait_until

PAGE = Path(__file__).parents[2] / "docs" / "integrator.md"


@pytest.fixture
def listener_class():
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    names: dict = {}
    exec(compile(code, str(PAGE), "exec"), names)
    return names["Listener"]


def test_the_subscriber_hears_relations_and_events(listener_class):
    graph = Graph()
    listener = Spinner(graph.domain, lambda context: listener_class(context=context))
    try:
        graph.connect()

        def frames_until(condition, what):
            def once():
                stamp = time_to_msg(time.time_ns())
                for name, msg in graph.messages.items():
                    msg.header.stamp = stamp
                    graph.publishers[name].publish(msg)
                time.sleep(0.05)
                return condition()

            wait_until(once, what, 30)

        frames_until(lambda: listener.node.clearance, "relations")
        assert 0 <= listener.node.clearance["globe", "striped board"] < 1.0
        frames_until(lambda: listener.node.slow, "the chair, 1.6 m away, to be near")
    finally:
        listener.close()
        graph.close()
