"""The reliability table: ``python -m benchmarks reliability [--minutes 30] [--write]``."""

import argparse
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from rich.console import Console

from benchmarks.machine import machine
from benchmarks.reliability import campaign, kills, load
from benchmarks.reliability.processes import ROOT
from hispatial_ros.demo.domain import OwnDomain

PAGE = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- reliability:begin -->", "<!-- reliability:end -->"
MOST_GROWTH = 0.05
MOST_MS = 25.0  # median round trip of one client beside the camera
Row = tuple[str, str, str, bool]  # what, goal, found, met


def fuzz_rows(result: campaign.Campaign) -> Iterator[Row]:
    """What the campaign found; one that does not hold ends in an AssertionError instead."""
    dropped = ", ".join(f"{why} {n:,}" for why, n in sorted(result.dropped.items()))
    codes = ", ".join(f"{code} {n:,}" for code, n in result.outcomes.most_common())
    yield "malformed and adversarial messages sent", ">= 10,000", f"{result.sent:,}", True
    yield "crashes, hangs, messages or requests unaccounted for", "0", "0", True
    yield "of them dropped and counted, by reason", "", dropped, True
    commands = ", ".join(f"{code} {n:,}" for code, n in result.commands.most_common())
    yield "requests among them, by outcome", "", codes, True
    yield "commands to ~/watch among them, by outcome", "", commands, True
    undecodable = f"{result.undecodable:,}"
    yield "bytes that are no message: dropped by the middleware, unseen", "", undecodable, True


def load_rows(found: load.Load) -> Iterator[Row]:
    """What the load found, with goals."""
    yield "time under load", "", f"{found.seconds / 60:.1f} min", True
    yield "frames received by the node", "30 Hz", f"{found.camera_hz:.1f} Hz", True
    yield "requests", "", f"{found.requests:,}", True
    for what, count in (
        ("requests without a response", found.lost),
        ("responses beyond the first", found.duplicates),
        ("answers from another frame than their header says", found.wrong),
        ("answers from a stale frame", found.stale),
        ("answers about another frame than was asked for", found.misdirected),
    ):
        yield what, "0", str(count), count == 0
    refused = ", ".join(f"{c} {n}" for c, n in found.outcomes.items() if c != "NONE")
    yield "refused, by code", "", refused or "none", True
    growth, mb = found.growth, found.memory_at_end / 1e6
    text = f"{100 * growth:+.1f} % (to {mb:.0f} MB)"
    yield "memory growth after warm-up", "< 5 %", text, growth < MOST_GROWTH
    alone = float(np.median(found.alone_ms))
    yield (
        "round trip of one client beside the camera: median, p99",
        f"<= {MOST_MS:g} ms",
        _milliseconds(found.alone_ms),
        alone <= MOST_MS,
    )
    yield (
        "round trip of each of all clients: median, p99",
        "",
        _milliseconds(found.together_ms),
        True,
    )


def kill_rows(found: kills.Kills) -> Iterator[Row]:
    """What killing the model process found, with goals."""
    yield "model process killed", "", f"{found.kills} times in {found.seconds / 60:.1f} min", True
    same = found.restarts == found.kills
    yield "restarted by the node", "each time", f"{found.restarts} times", same
    yield "longest time until ready (tiny model)", "", f"{found.longest_recovery:.1f} s", True
    for backend, codes in found.outcomes.items():
        text = ", ".join(f"{code} {n:,}" for code, n in codes.most_common())
        met = backend == "model" or set(codes) == {"NONE"}
        goal = "" if backend == "model" else "all answered"
        yield f"requests to the backend {backend}", goal, text, met
    yield "processes left behind", "0", str(found.orphans), found.orphans == 0


def _milliseconds(values: np.ndarray) -> str:
    p50, p99 = np.percentile(values, (50, 99))
    return f"{p50:.1f}, {p99:.1f} ms"


def table(title: str, rows: Sequence[Row]) -> str:
    """A Markdown table."""
    lines = [f"### {title}", "", "| | goal | found |", "| --- | --- | --- |"]
    lines += [f"| {w} | {g} | {f}{'' if met else ' **missed**'} |" for w, g, f, met in rows]
    return "\n".join(lines)


def main(argv: Sequence[str], console: Console) -> int:
    """Run everything, print the tables; 1 if a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks reliability", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0, help="of load")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--kill-minutes", type=float, default=5.0)
    parser.add_argument("--fuzz", type=int, default=1, help="times 10,000 messages")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", action="store_true", help=f"also into {PAGE.name}")
    args = parser.parse_args(argv)
    os.environ["ROS_AUTOMATIC_DISCOVERY_RANGE"] = "LOCALHOST"

    fuzzed = campaign.Campaign()
    with OwnDomain() as domain:
        campaign.raw(domain, args.seed, 3 * args.fuzz, fuzzed)
    with OwnDomain() as domain:
        campaign.compressed(domain, args.seed, 2 * args.fuzz, fuzzed)
    with OwnDomain() as domain:
        loaded = load.run(domain, 60 * args.minutes, args.clients)
    with OwnDomain() as domain:
        killed = kills.run(domain, 60 * args.kill_minutes)
    parts = {
        f"Malformed messages (seed {args.seed})": list(fuzz_rows(fuzzed)),
        f"Load: 1280x720 RGB-D at 30 Hz, {args.clients} clients": list(load_rows(loaded)),
        "Model process killed every 10 s": list(kill_rows(killed)),
    }
    text = "\n\n".join(table(title, rows) for title, rows in parts.items())
    cores = os.cpu_count()
    text += f"\n\nMeasured on {cores} cores: {machine()}."
    console.print(text, markup=False, highlight=False, soft_wrap=True)
    if args.write:
        write(text, PAGE)
    return int(not all(met for rows in parts.values() for *_, met in rows))


def write(text: str, page: Path) -> None:
    """Replace what stands between the page's markers."""
    before, _, rest = page.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    page.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")
