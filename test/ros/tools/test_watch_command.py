"""`hispatial watch` on a running node."""

import json
import threading

import pytest

from hispatial_ros.cli.main import main
from hispatial_ros.errors import ErrorCode

NEAR = "purple chair closer than 1.8 m"  # it is at 1.59 m


@pytest.fixture
def graph(make_graph, monkeypatch):
    graph = make_graph(**{"watch.confirm": 1})
    monkeypatch.setenv("ROS_DOMAIN_ID", str(graph.domain))
    return graph


@pytest.fixture
def watch(graph, capsys):
    def run(*arguments, status=0):
        assert main(["watch", *arguments]) == status
        return capsys.readouterr().out

    return run


def test_add_list_remove(graph, watch):
    assert watch("add", NEAR).strip() == "watch-1"
    box = ("--box", "gate:60,15,150,100", "--rate", "5", "--margin", "0.1")
    added = json.loads(watch("add", "closer than 5 m", "--label", "gate", *box, "--json"))
    assert (added["error_code"], added["name"]) == (0, "watch-2")
    watches = json.loads(watch("list", "--json"))["watches"]
    assert [w["name"] for w in watches] == ["watch-1", "watch-2"]
    assert (watches[1]["rate"], watches[1]["margin"]) == (5.0, 0.1)
    assert "on change" in watch("list")
    watch("remove", "--all")
    assert not graph.node.watches.collection.watches


def test_follow_prints_events(graph, watch):
    watch("add", NEAR, "--name", "chair")
    stop = threading.Event()

    def come_and_go():
        """The chair is there in every other frame, so that an event happens whenever asked."""
        regions = graph.messages["regions"].regions
        while not stop.is_set():
            graph.messages["regions"].regions = regions
            graph.show()
            graph.messages["regions"].regions = [
                r if r.label != "purple chair" else farther(r, regions) for r in regions
            ]
            graph.show()

    thread = threading.Thread(target=come_and_go)
    thread.start()
    try:
        lines = watch("follow", "chair", "--json", "--count", "2").splitlines()
    finally:
        stop.set()
        thread.join()
    events = [json.loads(line) for line in lines]
    assert {e["kind"] for e in events} == {"ENTERED", "LEFT"}
    assert events[0]["condition"] == NEAR


def farther(region, regions):
    """The region where the yellow chair is, under the same name."""
    other = next(r for r in regions if r.label == "yellow chair")
    box = {name: getattr(other, name) for name in ("x0", "y0", "x1", "y1", "outline")}
    return type(region)(label=region.label, id=region.id, **box)


def test_errors_are_those_of_the_node(watch, capsys):
    assert json.loads(watch("add", "banana", "--json", status=1))["error_code"] == int(
        ErrorCode.QUESTION_NOT_UNDERSTOOD
    )
    assert main(["watch", "remove", "nobody"]) == 1
    assert "BAD_REQUEST" in capsys.readouterr().err
    assert main(["watch", "follow", "nobody"]) == 1
    assert main(["watch", "banana"]) == 2
