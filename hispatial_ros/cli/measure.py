"""`hispatial measure`: every region as an object in metres, and how the objects relate."""

import argparse
import json
import sys
from pathlib import Path

from hispatial_ros.cli import source
from hispatial_ros.cli.arguments import output
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.frame import Frame
from hispatial_ros.measure.types import Measurement


def add_arguments(parser: argparse.ArgumentParser) -> None:
    source.add_arguments(parser)
    parser.add_argument("--relations", action="store_true", help="list the relations as well")
    parser.add_argument("--png", type=output, metavar="OUT", help="draw into the image of files")


def run(args: argparse.Namespace) -> int:
    """Exit status 0 only if at least one region was measured."""
    offline = source.is_offline(args)
    if args.png and not offline:
        raise SpatialError(
            ErrorCode.BAD_REQUEST,
            "--png needs --rgb, --depth and --camera; the running node draws into its topic "
            "~/annotated_image",
        )
    measurement = _from_files(args) if offline else _from_node(args)
    if args.json:
        from hispatial_ros.answer.json import measurement_to_dict

        print(json.dumps(measurement_to_dict(measurement)))
    else:
        from hispatial_ros.cli.tables import print_measurement

        print_measurement(measurement, relations=args.relations)
    return 0


def _from_files(args: argparse.Namespace) -> Measurement:
    given = source.read_frame(args)
    regions, note = source.find_regions(args, given)
    for line in given.notes:
        print(line, file=sys.stderr)
    if not regions:
        raise SpatialError(
            ErrorCode.NO_REGIONS, f"nothing to measure, {note}: give --regions or --box"
        )
    for line in (note, *source.unit_doubts(given, regions)):
        if line:
            print(line, file=sys.stderr)
    from hispatial_ros.measure.engine import measure
    from hispatial_ros.measure.reference_frame import resolve
    from hispatial_ros.measure.transform import express

    measurement = measure(given.frame, regions, given.options)
    if not measurement.objects:
        first = measurement.failures[0]
        raise SpatialError(first.code, first.message)
    if args.png:
        _draw(given.frame, measurement, args.png)
    return express(measurement, resolve(args.reference, measurement.gravity))


def _from_node(args: argparse.Namespace) -> Measurement:
    with source.client(args) as client:
        from hispatial_ros.ros.inputs.from_msgs import measurement_from_msg

        response = client.measure(
            source.read_regions(args), reference_frame=args.reference, timeout=args.timeout
        )
        return measurement_from_msg(response)


def _draw(frame: Frame, measurement: Measurement, path: Path) -> None:
    from hispatial_ros.answer.picture import picture

    drawn = picture(frame, measurement.objects)
    try:
        drawn.save(path)
    except (OSError, ValueError) as error:
        raise SpatialError(ErrorCode.BAD_REQUEST, f"cannot write {path}: {error}") from error
