"""Mixtures of what strangers' cameras, detectors and clocks send: each is answered right or its
cause is named.

python -m benchmarks mixtures --only 4711
"""

import argparse
from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape

from benchmarks.mixtures.mixture import KINDS, REQUESTS, Mixture, alone, draw
from benchmarks.mixtures.stand import TRANSPORTS, Outcome, Stand

QUIET = ("--log-level", "fatal")


def main(arguments: Sequence[str] | None = None, console: Console | None = None) -> int:
    """Print what failed; 1 if anything did."""
    parser = argparse.ArgumentParser("python -m benchmarks mixtures", description=__doc__)
    parser.add_argument("--first", type=int, default=0, help="number of the first mixture")
    parser.add_argument("--count", type=int, default=1000, help="of mixtures")
    parser.add_argument("--only", type=int, help="this one, and each of its kinds alone")
    parser.add_argument("--kind", help="kinds whose title contains this, each alone")
    args = parser.parse_args(arguments)
    console = console or Console()
    if args.kind is not None:
        mixtures = [alone(k, r) for k in KINDS if args.kind in k.title for r in REQUESTS]
    elif args.only is not None:
        mixture = draw(args.only)
        mixtures = [mixture, *(alone(kind, mixture.request) for kind in mixture.kinds)]
    else:
        mixtures = [draw(number) for number in range(args.first, args.first + args.count)]
    outcomes: Counter[str] = Counter()
    every = args.kind is not None or args.only is not None
    for transport in TRANSPORTS:
        some = [mixture for mixture in mixtures if mixture.transport == transport]
        if not some:
            continue
        with Stand(transport, *QUIET) as stand:
            for mixture in some:
                wrong, outcome = stand.judge(mixture)
                outcomes[_kind(mixture, wrong, outcome)] += 1
                if wrong or every:
                    colour = "red" if wrong else "green"
                    console.print(f"{mixture}\n  [{colour}]{wrong or 'well'}[/]", highlight=False)
                    console.print(f"  {escape(str(outcome))}", highlight=False)
    for name, count in outcomes.most_common():
        console.print(f"{count:6} {name}", highlight=False)
    return int(any(name.startswith("WRONG") for name in outcomes))


def _kind(mixture: Mixture, wrong: str, outcome: Outcome) -> str:
    if wrong:
        return f"WRONG: {wrong.partition(':')[0]}"
    if outcome.code:
        return "refused, naming the cause"
    return "answered right" + (", although something is wrong" if mixture.causes else "")
