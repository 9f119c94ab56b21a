"""What `hispatial top` shows, made from the node's diagnostics."""

from collections.abc import Mapping, Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from hispatial_ros.health.check import Status
from hispatial_ros.health.component import Component

STYLE = {Status.OK: "green", Status.INFO: "", Status.WARN: "yellow", Status.FAIL: "bold red"}
STALE = 3.0  # s without diagnostics, which come every second
STAGES_FIRST = ("queue", "frame", "depth", "understand", "measure", "answer", "model")
HEADER = "bold cyan"


def view(
    target: str,
    state: Mapping[str, Component],
    answers: Sequence[tuple[str, str, str]],
    silent: float | None,
    lines: int = 5,
    full: bool = False,
) -> RenderableType:
    """The whole picture; fits into 80 columns, an answer into a line.

    Args:
        target: full name of the node.
        state: its components.
        answers: request id, question and text of the latest answers, the newest last.
        silent: seconds since the diagnostics came; None: they never did.
        lines: how many answers are shown, and how many of watches.
        full: answers with all of their text.
    """
    if silent is None:
        return Text(
            f"waiting for the diagnostics of {target} ... (is it running? `hispatial doctor` "
            "says what is wrong)",
            "yellow",
        )
    rest = dict(state)
    parts = [
        _title(target, rest, silent),
        _inputs(rest),
        _requests(rest),
        _others(rest),
        _answers(answers, lines, full),
    ]
    return Group(*(part for part in parts if part is not None))


def _title(target: str, rest: dict[str, Component], silent: float) -> Text:
    lifecycle, process = rest.pop("lifecycle", None), rest.pop("process", None)
    title = Text.assemble((target, "bold"), "  ")
    if lifecycle is not None:
        active = lifecycle.message == "active"
        title.append(lifecycle.message, "green" if active else "yellow")
    if process is not None:
        title.append(f"  {process.message}", "dim" if process.level is Status.OK else "bold red")
    if silent > STALE:
        title.append(f"  no diagnostics for {silent:.0f} s", "bold red")
    return title


def _inputs(rest: dict[str, Component]) -> RenderableType | None:
    inputs = {name: c for name, c in rest.items() if "rate [Hz]" in c.values}
    pairing = rest.pop("pairing", None)
    if not inputs:
        return None
    table = _table(("input", "left"), *((name, "right") for name in ("Hz", "age s", "received")))
    table.add_column("dropped and problems", overflow="fold", ratio=1)
    for name, component in inputs.items():
        del rest[name]
        drops = ", ".join(f"{n} {why}" for why, n in component.group("dropped: ").items())
        problem = "" if component.level in (Status.OK, Status.INFO) else component.message
        table.add_row(
            Text(name, STYLE[component.level]),
            _fixed(component.number("rate [Hz]"), 1),
            _fixed(component.number("age [s]"), 2),
            component.values.get("received", "-"),
            Text("; ".join(filter(None, (problem, drops))), STYLE[component.level]),
        )
    if pairing is None:
        return table
    paired, unpaired = pairing.values.get("paired", "-"), pairing.values.get("unpaired", "-")
    text = f"pairing  {pairing.message} ({paired} paired, {unpaired} not)"
    return Group(table, Text(text, STYLE[pairing.level]))


def _requests(rest: dict[str, Component]) -> RenderableType | None:
    requests = rest.pop("requests", None)
    if requests is None:
        return None
    queue = Text.assemble(("requests", HEADER), "  ")
    queue.append(
        f"{requests.values.get('open', '-')} of {requests.values.get('capacity', '-')} open, "
        f"{requests.values.get('waiting', '-')} waiting",
        STYLE[requests.level],
    )
    for code, count in requests.group("outcome: ").items():
        name, style = ("answered", "green") if code == "NONE" else (code, "yellow")
        queue.append("   ").append(f"{count} {name}", style)
    stages = {key.removesuffix(" p50 [ms]") for key in requests.values if key.endswith(" p50 [ms]")}
    if not stages:
        return queue
    table = _table(("latency, ms", "left"), ("p50", "right"), ("p90", "right"), ("p99", "right"))
    for stage in sorted(stages, key=_stage_order):
        row = [_fixed(requests.number(f"{stage} {p} [ms]"), 1) for p in ("p50", "p90", "p99")]
        table.add_row(Text(stage, "bold" if stage == "total" else ""), *row)
    return Group(queue, table)


def _stage_order(stage: str) -> tuple[int, str]:
    """The order in which they happen; the total last."""
    if stage == "total":
        return len(STAGES_FIRST) + 1, ""
    first = stage.partition(" ")[0]
    return STAGES_FIRST.index(first) if first in STAGES_FIRST else len(STAGES_FIRST), stage


def _others(rest: dict[str, Component]) -> RenderableType | None:
    """Model processes, depth model, backends and the rest, a line each."""
    if not rest:
        return None
    table = _table(("part", "left"))
    table.add_column("state", overflow="fold", ratio=1)
    for name, component in sorted(rest.items()):
        table.add_row(Text(name, STYLE[component.level]), _about(component))
    return table


def _about(component: Component) -> Text:
    text = Text(component.message, STYLE[component.level])
    if (pid := component.values.get("pid", "-")) != "-":
        text.append(f"  pid {pid}", "dim")
    if (memory := component.number("GPU memory [MB]")) is not None:
        text.append(f"  {memory:.0f} MB of GPU memory", "dim")
    if restarts := component.number("restarts"):
        text.append(f"  {restarts:.0f} restarts", "yellow")
    return text


def _answers(
    answers: Sequence[tuple[str, str, str]], lines: int, full: bool
) -> RenderableType | None:
    """The newest first; those of watches, which keep coming, below those that were asked for."""
    if not answers or not lines:
        return None
    table = _table(("answer", "left"))
    table.add_column("", no_wrap=not full, overflow="fold" if full else "ellipsis", ratio=1)
    for of_watches in (False, True):
        newest = [a for a in reversed(answers) if a[0].startswith("watch:") is of_watches]
        for request_id, question, text in newest[:lines]:
            table.add_row(request_id, Text.assemble((question, "dim"), " ", text))
        if of_watches and len(newest) > lines:
            rest = f"{len(newest) - lines} more: hispatial watch list"
            table.add_row("watch:...", Text(rest, "dim"))
    return table


def _table(*columns: tuple[str, str]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style=HEADER, expand=True)
    for name, justify in columns:
        table.add_column(name, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    return table


def _fixed(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
