"""`hispatial ask`: one question, one answer."""

import argparse
import json
from dataclasses import replace

from hispatial_ros.answer.types import Answer
from hispatial_ros.cli import source
from hispatial_ros.cli.arguments import Joined
from hispatial_ros.errors import ErrorCode, SpatialError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "question",
        nargs="+",
        action=Joined,
        metavar="QUESTION",
        help="plain language, names of regions",
    )
    source.add_arguments(parser)
    parser.add_argument(
        "--context",
        default="",
        metavar="QUESTION",
        help="the question before, for 'how tall is it?'",
    )
    parser.add_argument(
        "--backend", default="", choices=("measured", "model", "auto"), help="on a running node"
    )


def run(args: argparse.Namespace) -> int:
    """Exit status 0 only with an answer."""
    answer = _from_files(args) if source.is_offline(args) else _from_node(args)
    if args.json:
        from hispatial_ros.answer.json import answer_to_dict

        print(json.dumps(answer_to_dict(answer)))
    else:
        _print(answer)
    return 0


def _from_files(args: argparse.Namespace) -> Answer:
    if args.backend == "model":
        raise SpatialError(
            ErrorCode.BAD_REQUEST,
            "--backend model needs a running node that has a model: files are answered by "
            "measurement, so leave --backend out",
        )
    given = source.read_frame(args)
    try:
        regions, note = source.find_regions(args, given)
    except SpatialError as error:
        if error.code != ErrorCode.BACKEND_UNAVAILABLE:
            raise
        regions, note = [], str(error)  # questions about pixels need no regions
    doubts = source.unit_doubts(given, regions)
    from hispatial_ros.answer.measured import answer_measured

    answer = answer_measured(
        args.question,
        given.frame,
        regions,
        args.reference,
        given.options,
        context=args.context,
    )
    more = [note] if note else []
    return replace(answer, notes=[*answer.notes, *doubts, *given.notes, *more])


def _from_node(args: argparse.Namespace) -> Answer:
    with source.client(args) as client:
        from hispatial_ros.ros.inputs.from_msgs import answer_from_msg

        msg = client.ask(
            args.question,
            source.read_regions(args),
            reference_frame=args.reference,
            timeout=args.timeout,
            backend=args.backend,
            context=args.context,
        )
        return answer_from_msg(msg)


def _print(answer: Answer) -> None:
    from rich.console import Console

    print(answer.text)
    how = [f"level {int(answer.level)}", answer.source.name.lower()]
    if "total" in answer.timing:
        how.append(f"{answer.timing['total'] * 1e3:.1f} ms")
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    for line in (" · ".join(how), *answer.notes):
        console.print(line, style="dim", markup=False)
