"""`hispatial train`: train the model on shards, or adapt it to one's own recordings."""

import argparse
from pathlib import Path
from typing import Any

from hispatial_ros.cli.arguments import file_name


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = (
        "Train HiSpatial, or a PaliGemma-2, on shards. Started again with the same --out, it goes "
        "on where it ended. Under torchrun it uses all processes that this starts. Flags override "
        "the --config."
    )
    parser.add_argument("--out", type=file_name, required=True, metavar="DIR", help="of the run")
    parser.add_argument("--config", type=file_name, metavar="YAML", help="settings of the run")
    parser.add_argument(
        "--checkpoint", metavar="PATH_OR_ID", help="to begin with: HiSpatial or PaliGemma-2"
    )
    parser.add_argument("--revision", metavar="REV", help="of a hub id (main)")
    parser.add_argument(
        "--data",
        action="append",
        metavar="PATH[:WEIGHT]",
        help="folder of shards, or one; repeatable, WEIGHT is its share of the samples (1)",
    )
    for name, kind, metavar, what in (
        ("steps", int, "N", "in all (70000)"),
        ("tokens", int, "N", "of a packed row (4608)"),
        ("rows", int, "N", "of a batch, per process (2)"),
        ("accumulate", int, "N", "batches of a step, per process (1)"),
        ("rate", float, "R", "learning rate (2e-5)"),
        ("warm-up", int, "N", "steps in which the rate rises (0)"),
        ("cool-down", int, "N", "last steps, in which the rate falls (0)"),
        ("point-rate", float, "SHARE", "rate of the point encoder, as a share of the rate (1)"),
        ("questions", int, "N", "about each image, one after the other (1)"),
        ("weight-decay", float, "D", "of matrices (0.1)"),
        ("clip", float, "NORM", "of all gradients (1.0)"),
        ("lora", int, "RANK", "train adapters of this rank in place of the language model"),
        ("workers", int, "N", "processes that read, per process that trains (4)"),
        ("seed", int, "N", "of the order of the data (0)"),
        ("shuffle", int, "N", "samples that are mixed with each other (2000)"),
        ("save-every", int, "N", "steps (1000)"),
        ("keep", int, "N", "newest checkpoints (2)"),
        ("log-every", int, "N", "steps (10)"),
        ("skip-limit", int, "N", "steps in a row without a finite loss that end the run (20)"),
    ):
        parser.add_argument(f"--{name}", type=kind, metavar=metavar, help=what)
    parser.add_argument("--device", metavar="DEVICE", help="cpu or cuda (cuda if there is one)")
    parser.add_argument("--dtype", choices=("bf16", "fp32"), help="of the computation (bf16)")
    parser.add_argument("--attention", choices=("auto", "eager", "sdpa", "flex"), help="(auto)")
    parser.add_argument(
        "--recompute",
        choices=("none", "selective", "full"),
        help="activations in the backward pass, to save memory (selective)",
    )
    parser.add_argument("--tracker", choices=("tensorboard", "wandb", "none"), help="(tensorboard)")
    parser.add_argument("--export-dtype", choices=("bf16", "fp32"), help="of the result (bf16)")
    for name, what in (
        (
            "miniature",
            "begin with a small model with random weights, in place of --checkpoint: for "
            "experiments with simulated rooms, not for real images",
        ),
        ("train-vision", "train SigLIP as well"),
        ("compile", "compile the blocks of the language model"),
        ("official", "write weights.pt for the official code as well"),
    ):
        parser.add_argument(f"--{name}", action="store_true", default=None, help=what)
    parser.add_argument(
        "--no-pack", dest="pack", action="store_false", default=None, help="one sample a row"
    )


def run(args: argparse.Namespace) -> int:
    """Exit status 0 with a result, or with a saved state after SIGTERM."""
    from hispatial_ros.train.run import train
    from hispatial_ros.train.settings import Data, TrainSettings, read_settings

    flags: dict[str, Any] = {
        name: getattr(args, name, None) for name in TrainSettings.__dataclass_fields__
    }
    if args.data:
        flags["data"] = tuple(Data(*_weighted(text)) for text in args.data)
    result = train(read_settings(args.config, flags), Path(args.out))
    if result is None:
        print(f"stopped; the state is in {args.out}: start again with the same --out to go on")
    else:
        print(result)
    return 0


def _weighted(text: str) -> tuple[str, float]:
    path, _, weight = text.rpartition(":")
    try:
        return (path, float(weight)) if path else (text, 1.0)
    except ValueError:
        return text, 1.0
