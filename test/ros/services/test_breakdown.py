"""The breakdown of the service's latency follows each request through all its steps."""

from rich.console import Console

from benchmarks.breakdown import STEPS
from benchmarks.round_trip import broken_down


def test_every_step_has_its_time():
    console = Console(record=True, width=160)
    assert broken_down(2, console) == 0
    text = console.export_text()
    for name in ("measure 11 regions", "ask about two of them"):
        assert f"{name}: where a request's time goes" in text
    steps = [what for *_, what, _ in STEPS if what]
    assert all(text.count(step.strip()) >= 2 for step in steps)
    assert "nan" not in text
