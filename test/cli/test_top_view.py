"""The picture of `hispatial top`, of made-up states."""

import io

import pytest
from rich.console import Console

from hispatial_ros.cli.top_view import view
from hispatial_ros.health.check import Status
from hispatial_ros.health.component import Component

OK, WARN, FAIL = Status.OK, Status.WARN, Status.FAIL


def stream(rate, level=OK, message="", **more):
    values = {"rate [Hz]": rate, "age [s]": "0.041", "received": "1234", **more}
    return Component(level, message or f"{rate} Hz", values)


STATE = {
    "lifecycle": Component(OK, "active", {}),
    "image": stream("29.97", **{"dropped: late": "3", "dropped: no stamp": "1"}),
    "depth": stream("0.00", FAIL, "silent for 4.2 s"),
    "camera_info": stream("29.97"),
    "pairing": Component(OK, "98 % of images have depth", {"paired": "98", "unpaired": "2"}),
    "requests": Component(
        OK,
        "1 open",
        {
            "open": "1",
            "waiting": "0",
            "capacity": "32",
            "outcome: NONE": "120",
            "outcome: UNKNOWN_OBJECT": "7",
            **{f"total p{p} [ms]": f"{10 + p / 10:.2f}" for p in (50, 90, 99)},
            **{f"queue p{p} [ms]": "0.30" for p in (50, 90, 99)},
            **{f"measure p{p} [ms]": "8.00" for p in (50, 90, 99)},
        },
    ),
    "model process": Component(
        WARN, "restarting: it hangs", {"pid": "77", "GPU memory [MB]": "6021", "restarts": "2"}
    ),
    "depth model": Component(OK, "ready on TensorRT", {"pid": "-", "GPU memory [MB]": "-"}),
    "process": Component(OK, "35 % of a core, 512 MB", {}),
}
ANSWERS = [(f"ask-{n}", "How far is the globe?", f"It is {n} m away.") for n in range(1, 10)]


def draw(state=STATE, answers=ANSWERS, silent=0.3, width=80, **options):
    console = Console(file=io.StringIO(), width=width, highlight=False)
    console.print(view("/robot/hispatial", state, answers, silent, **options))
    return console.file.getvalue()


def row(text, name):
    return next(line.split() for line in text.splitlines() if line.split()[:1] == [name])


@pytest.mark.parametrize("width", [80, 120])
def test_everything_is_there_within_the_width(width):
    text = draw(width=width)
    assert max(map(len, text.splitlines())) <= width
    for part in (
        *("/robot/hispatial", "active", "35 % of a core, 512 MB", "3 late, 1 no stamp"),
        *("silent for 4.2 s", "98 % of images have depth (98 paired, 2 not)"),
        *("1 of 32 open, 0 waiting", "120 answered", "7 UNKNOWN_OBJECT"),
        *("restarting: it hangs", "pid 77", "6021 MB of GPU memory", "2 restarts"),
        *("ready on TensorRT", "It is 9 m away."),
    ):
        assert part in text, part
    assert row(text, "image")[:4] == ["image", "30.0", "0.04", "1234"]


def test_stages_are_in_the_order_in_which_they_happen():
    text = draw()
    rows = [line.split() for line in text.splitlines()]
    names = [r[0] for r in rows if r and r[0] in ("queue", "measure", "total")]
    assert names == ["queue", "measure", "total"]
    assert row(text, "total") == ["total", "15.0", "19.0", "19.9"]


def test_the_newest_answers_come_first():
    text = draw(lines=3)
    assert [w for w in text.split() if w.startswith("ask-")] == ["ask-9", "ask-8", "ask-7"]
    assert "ask-" not in draw(lines=0)


def long_answers(count):
    """Of watches on labels: a sentence for every pair."""
    text = ", ".join(f"the object {n} is left of the object {n + 1}" for n in range(40))
    return [(f"watch:w{n}:1", "a, b, c", f"40 relations: {text}.") for n in range(count)]


def test_long_answers_fit_the_screen():
    text = draw(answers=[*ANSWERS[:2], *long_answers(12)])
    lines = [line for line in text.splitlines() if line.strip()]
    of_watches = [line for line in lines if line.startswith("watch:")]
    assert [line.split()[0] for line in of_watches] == [
        *(f"watch:w{n}:1" for n in range(11, 6, -1)),
        "watch:...",
    ]
    assert "40 relations" in of_watches[0]
    assert "7 more" in of_watches[-1]
    assert lines.index(of_watches[0]) == lines.index(next(x for x in lines if "ask-1" in x)) + 1
    assert len(lines) <= 24


def test_all_of_a_text_where_it_is_asked_for():
    text = draw(answers=long_answers(1), full=True)
    assert "object 39" in " ".join(text.split())
    assert "object 39" not in " ".join(draw(answers=long_answers(1)).split())


def test_a_node_that_falls_silent_is_told():
    assert "no diagnostics for 12 s" in draw(silent=12.0)
    assert "no diagnostics" not in draw(silent=1.0)


def test_a_node_that_was_never_heard_is_waited_for():
    text = draw(state={}, silent=None)
    assert "waiting for the diagnostics of /robot/hispatial" in text
    assert "hispatial doctor" in " ".join(text.split())


def test_an_inactive_node_has_no_inputs():
    state = {"lifecycle": Component(OK, "inactive", {}), "requests": STATE["requests"]}
    text = draw(state=state, answers=[])
    assert "inactive" in text
    assert "received" not in text


def test_words_in_brackets_are_no_markup():
    text = draw(answers=[("ask-1", "[bold]Is it?[/bold]", "[red]")])
    assert "[bold]Is it?[/bold] [red]" in text
