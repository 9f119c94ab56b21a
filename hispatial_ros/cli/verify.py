"""`hispatial verify`: does the checkpoint compute here what it should?"""

import argparse

from hispatial_ros.cli.arguments import file_name
from hispatial_ros.cli.model_options import add_checkpoint


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_checkpoint(parser)
    parser.add_argument(
        "--golden",
        type=file_name,
        metavar="NPZ",
        help="what the official implementation computed on this checkpoint; without it, files and "
        "weights are checked only",
    )
    parser.add_argument(
        "--train-golden",
        type=file_name,
        metavar="NPZ",
        help="training steps of the official implementation from this checkpoint: they are made "
        "here too, in float32, and compared. Without --golden nothing else is",
    )
    parser.add_argument(
        "--dtype", choices=("bf16", "fp16", "fp32", "fp8"), default="fp32", help="(fp32)"
    )
    parser.add_argument("--device", default="cpu", help="cpu, cuda[:N] or auto (cpu)")
    parser.add_argument("--attention", choices=("sdpa", "eager"), default="sdpa", help="(sdpa)")
    parser.add_argument(
        "--tolerance",
        type=float,
        metavar="T",
        help="largest absolute difference (1e-4 in fp32; none for the others, where the share "
        "of identical top-1 tokens is what counts)",
    )


def run(args: argparse.Namespace) -> int:
    """Exit status 1 if a difference exceeds the tolerance or the tokens differ."""
    status = 0 if args.train_golden is None else _verify_training(args)
    if args.train_golden is not None and args.golden is None:
        return status
    return max(status, _verify_answers(args))


def _verify_training(args: argparse.Namespace) -> int:
    from hispatial_ros.train.base import load_training_model
    from hispatial_ros.train.golden import compare_training, load_train_golden
    from hispatial_ros.vlm.download import find_checkpoint
    from hispatial_ros.vlm.runtime.device import choose_device

    device = choose_device(args.device, "--device")
    folder = find_checkpoint(args.checkpoint, args.revision)
    model = load_training_model(folder)
    golden = load_train_golden(args.train_golden, model)
    print(f"{folder}: {len(golden.batches)} training steps (fp32, {device})")
    differences = compare_training(model.to(device), golden)
    for one in differences:
        mark = "" if one.within else "  TOO FAR"
        if one.left_out:
            mark = f", {one.left_out} values within what rounding decides{mark}"
        print(f"  {one.what} differs by {one.value:.2e} (tolerance {one.tolerance:g}){mark}")
    passed = all(one.within for one in differences)
    print("training passed" if passed else "training FAILED")
    return int(not passed)


def _verify_answers(args: argparse.Namespace) -> int:
    from hispatial_ros.vlm.checkpoint import INDEX, LOADED_AS, load_model, read_config, stored
    from hispatial_ros.vlm.checksum import check_sums
    from hispatial_ros.vlm.download import find_checkpoint
    from hispatial_ros.vlm.layers import to_eight_bits
    from hispatial_ros.vlm.runtime.device import choose_device
    from hispatial_ros.vlm.tokenizer import PromptTokenizer
    from hispatial_ros.vlm.verify import TOLERANCE, check_finite, compare, load_golden

    device = choose_device(args.device, "--device")
    given = find_checkpoint(args.checkpoint, args.revision)
    folder = stored(given, LOADED_AS[args.dtype])
    PromptTokenizer(given, read_config(folder))  # from where the node reads it
    if (folder / INDEX).is_file():
        check_sums(folder, always=True)
        print(f"{folder}: checksums match")
    model = load_model(folder, device, LOADED_AS[args.dtype], args.attention)
    count = check_finite(model)
    print(f"{folder}: {count:,} parameters, all there and finite ({args.dtype}, {device})")
    if args.dtype == "fp8":
        to_eight_bits(model)
        print(f"{folder}: layers rounded to eight bits")
    if args.golden is None:
        print("not compared with the official implementation: no --golden given")
        return 0
    report = compare(model, load_golden(args.golden, model))
    tolerance = args.tolerance
    if tolerance is None and args.dtype == "fp32":
        tolerance = TOLERANCE
    limit = "" if tolerance is None else f" (tolerance {tolerance:g})"
    for name, difference in report.differences.items():
        print(f"  {name:<15} differs by {difference:.2e}{limit}")
    same = sum(a == b for a, b in zip(report.tokens, report.expected_tokens, strict=True))
    print(f"  {'tokens':<15} {same} of {len(report.tokens)} identical")
    print(f"  {'top-1':<15} agrees at {report.agreement:.1%} of the positions")
    if tolerance is None:
        return 0
    passed = report.within(tolerance)
    print("passed" if passed else "FAILED")
    return int(not passed)
