"""`hispatial watch` on a running node."""

import json
import re
import threading

import pytest
from rich.text import Text

from hispatial_ros.cli.main import main
from hispatial_ros.cli.watch import print_list
from hispatial_ros.errors import ErrorCode
from hispatial_ros.msg import WatchSpec, WatchState

NEAR = "purple chair closer than 1.8 m"  # it is at 1.59 m


@pytest.fixture
def graph(make_graph, monkeypatch):
    # Without tracks, which would not believe that a chair jumps to and fro.
    graph = make_graph(**{"watch.confirm": 1, "tracking.enabled": False})
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


def test_a_name_that_nobody_knows_is_said_at_once(graph, watch, capsys):
    graph.show()
    assert watch("add", NEAR, "--name", "known").strip() == "known"
    main(["watch", "add", "zebra closer than 2 m", "--name", "w"])
    shown = capsys.readouterr()
    assert shown.out.strip() == "w"
    assert "'zebra' is none of the known objects: " in shown.err
    assert "purple chair" in shown.err
    added = json.loads(watch("add", "--label", "globe", "--label", "gloob", "--json"))
    (note,) = added["notes"]
    assert (added["error_code"], "'gloob'" in note) == (0, True)
    assert json.loads(watch("add", NEAR, "--name", "known", "--json"))["notes"] == []


def states(count, lost=()):
    """Of watches on labels, whose texts have a sentence for every pair."""
    labels = [f"thing {n}" for n in range(10)]
    text = ", ".join(f"The {a} is left of the {b}" for a in labels for b in labels)
    for n in range(count):
        spec = WatchSpec(name=f"w{n}", labels=labels, rate=5.0)
        state = WatchState.LOST if n in lost else WatchState.WATCHING
        error = "'zebra' is none of the known objects: " + ", ".join(labels) if n in lost else ""
        yield WatchState(spec=spec, state=state, text=text, error_msg=error, events=n)


def listed(capsys, *watches, full=False):
    print_list(list(watches), full)
    return Text.from_ansi(capsys.readouterr().out).plain.splitlines()


def rows(lines):
    return [line.split()[0] for line in lines if re.match(r" *w\d", line)]


def test_the_list_has_a_line_for_each_watch(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    lines = listed(capsys, *states(30, lost=[7]))
    assert rows(lines) == [f"w{n}" for n in range(30)]
    assert max(map(len, lines)) <= 80
    assert lines[-1] == "30 watches: 1 lost, 29 watching"
    lines = listed(capsys, *states(2), full=True)
    assert len(lines) > 100
    assert listed(capsys, *states(1))[-1] == "1 watch: 1 watching"


def test_the_list_fits_the_screen_and_what_is_lost_comes_first(capsys, monkeypatch):
    for name, value in (("COLUMNS", "80"), ("LINES", "24"), ("FORCE_COLOR", "1")):
        monkeypatch.setenv(name, value)
    lines = listed(capsys, *states(30, lost=[7, 28]))
    assert len(lines) < 24
    assert rows(lines)[:3] == ["w7", "w28", "w0"]
    assert lines[-1] == f"30 watches: 2 lost, 28 watching; {30 - len(rows(lines))} more with --all"
    assert rows(listed(capsys, *states(5))) == [f"w{n}" for n in range(5)]


def test_who_follows_late_sees_how_it_stands_and_may_have_what_was(graph, watch):
    graph.show()
    watch("add", NEAR, "--name", "chair")
    while not json.loads(watch("list", "--json"))["watches"][0]["events"]:
        graph.show()
    shown = watch("follow", "chair", "--seconds", "0.5")
    assert "inside" in shown
    assert not watch("follow", "chair", "--json", "--seconds", "0.5")
    earlier = watch("follow", "chair", "--json", "--earlier", "--count", "1", "--seconds", "20")
    assert json.loads(earlier)["kind"] == "ENTERED"


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
