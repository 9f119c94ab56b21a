"""The command line ``hispatial``: one module of this folder per command.

A command is a line in ``COMMANDS`` and a module of the same name (``-`` becomes ``_``) with
``add_arguments(parser)`` and ``run(args) -> int``. Only the module of the command that was called
is imported.
"""

import argparse
import codecs
import difflib
import importlib
import io
import json
import os
import sys
import traceback
from collections.abc import Sequence
from typing import NoReturn

import hispatial_ros
from hispatial_ros.errors import ErrorCode, SpatialError

COMMANDS = {
    "ask": "answer a question about the running node's camera, or about image files",
    "measure": "measure objects and their relations, live or from image files",
    "watch": "add, remove, list and follow standing questions of the running node",
    "doctor": "find out what is wrong with the installation, the graph and the camera",
    "top": "watch a running node: inputs, queue, latencies, models, answers",
    "record": "record questions, answers and the frames they are about into an MCAP file",
    "replay": "ask the questions of a recording again, offline, and show what has changed",
    "demo": "run the real graph on a real frame, ask, draw",
    "download": "fetch the HiSpatial-3B checkpoint from the Hugging Face hub",
    "convert": "write a checkpoint as safetensors in the dtype in which it will be used",
    "verify": "compare a checkpoint with what the official implementation computes",
    "dataset": "build question-answer shards from images or recordings, and look at them",
    "train": "train the model on question-answer shards, or adapt it to your own",
    "evaluate": "ask a benchmark's questions and score the answers by its official rules",
    "depth": "estimate metric depth from one colour image with MoGe-2",
    "export-moge": "turn an official MoGe-2 checkpoint into an ONNX file for one camera",
    "build-engine": "compile an exported MoGe-2 file with TensorRT and cache the engine",
}

PLAIN = {"±": "+-", "°": " deg", "·": "-", "×": "x", "²": "2", "→": "->", "…": "...", "—": "-"}
# module -> its requirements file
EXTRAS = {
    **dict.fromkeys(("torch", "transformers", "safetensors", "huggingface_hub"), "model"),
    **dict.fromkeys(("peft", "tensorboard", "yaml"), "train"),
    **dict.fromkeys(("onnx", "onnxruntime"), "moge"),
    **dict.fromkeys(("mcap", "mcap_ros2"), "record"),
    "rerun": "demo",
    "pyarrow": "evaluate",
}


class _UsageError(SpatialError):
    """Wrong arguments: argparse's message, to be reported like every other error."""

    def __init__(self, message: str, usage: str):
        super().__init__(ErrorCode.BAD_REQUEST, message)
        self.usage = usage


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise _UsageError(f"{message} (see {self.prog} --help)", self.format_usage())


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command; returns its exit status (0 only with an answer)."""
    argv = sys.argv[1:] if argv is None else list(argv)
    codecs.register_error("plain", _plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="plain")
    as_json = "--json" in argv
    try:
        args = _parse(argv)
        return args.run(args)
    except _UsageError as error:
        if as_json:
            _print_json_error(error.code, str(error))
        else:
            print(f"{error.usage}error: {error}", file=sys.stderr)
        return 2
    except SpatialError as error:
        _print_error(error.code, str(error), as_json)
        return 1
    except SystemExit as end:
        if not isinstance(end.code, str):
            raise
        _print_error(ErrorCode.BACKEND_UNAVAILABLE, end.code.removeprefix("error: "), as_json)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader has gone (as in `hispatial measure | head`). Python would complain once more
        # when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except ModuleNotFoundError as error:
        module = (error.name or "").partition(".")[0]
        if module == "hispatial_ros":
            raise
        message = f"{module} is not installed here, which this command needs"
        if module in EXTRAS:
            message += f": pip install -r requirements/{EXTRAS[module]}.txt"
        _print_error(ErrorCode.BACKEND_UNAVAILABLE, message, as_json)
        return 1
    except OSError as error:
        _print_error(ErrorCode.BAD_REQUEST, str(error), as_json)
        return 1
    except Exception as error:
        if not as_json:
            raise
        traceback.print_exc()
        _print_json_error(ErrorCode.INTERNAL, f"{type(error).__name__}: {error}")
        return 1


def _parse(argv: list[str]) -> argparse.Namespace:
    parser = _Parser(
        prog="hispatial",
        description="Metric spatial understanding of a camera's view, in plain language.",
    )
    parser.add_argument("--version", action="version", version=hispatial_ros.__version__)
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    called = next((word for word in argv if not word.startswith("-")), None)
    for name, summary in COMMANDS.items():
        command = subparsers.add_parser(
            name, help=summary, description=f"{summary[0].upper()}{summary[1:]}."
        )
        if name == called:
            module = importlib.import_module(f"hispatial_ros.cli.{name.replace('-', '_')}")
            module.add_arguments(command)
            command.set_defaults(run=module.run)
    args, unknown = parser.parse_known_args(argv)
    if unknown:  # argparse would show the usage of the whole, not of the command
        command = subparsers.choices[args.command]
        known = [option for action in command._actions for option in action.option_strings]
        near = [difflib.get_close_matches(word, known, 1) for word in unknown if word[:1] == "-"]
        meant = "".join(f"; did you mean {match[0]}?" for match in near if match)
        command.error(f"unrecognized arguments: {' '.join(unknown)}{meant}")
    return args


def _print_error(code: ErrorCode, message: str, as_json: bool) -> None:
    if as_json:
        _print_json_error(code, message)
    else:
        print(f"{ErrorCode(code).name}: {message}", file=sys.stderr)


def _plain(error: UnicodeError) -> tuple[str, int]:
    """Signs that the terminal's encoding lacks, in letters."""
    assert isinstance(error, UnicodeEncodeError)
    text = error.object[error.start : error.end]
    return "".join(PLAIN.get(sign, "?") for sign in text), error.end


def _print_json_error(code: ErrorCode, message: str) -> None:
    print(json.dumps({"error_code": int(code), "error_msg": message}))


if __name__ == "__main__":
    sys.exit(main())
