"""``python -m benchmarks NAME [options]``: ablation, accuracy, dataset, everyday, gpu-code, labels,
latency, learning, mixtures, moge, repeatability, simulated, speed, tracking, train, train-data,
understanding, vlm, watches, recording or reliability. Without a name the quick ones that start no
nodes.
"""

import sys
from importlib import import_module

from rich.console import Console

from benchmarks.machine import machine

# Imported when it is called: moge and vlm need neither ROS nor each other's libraries.
MODULES = {
    "ablation": "ablation",
    "accuracy": "accuracy",
    "everyday": "everyday",
    "repeatability": "repeatability",
    "dataset": "dataset",
    "labels": "labels",
    "learning": "learning",
    "recording": "recording",
    "simulated": "simulated",
    "speed": "speed",
    "train": "train",
    "tracking": "tracking",
    "train-data": "train_data",
    "understanding": "understanding",
    "vlm": "vlm",
    "gpu-code": "gpu_code",
    "moge": "moge",
    "latency": "round_trip",
    "mixtures": "mixtures.report",
    "watches": "watches",
    "reliability": "reliability.report",
}


def run(name: str, arguments: list[str], console: Console) -> int:
    """Exit status of the benchmark."""
    status: int = import_module(f"benchmarks.{MODULES[name]}").main(arguments, console)
    return status


def main() -> int:
    console = Console(width=None if sys.stdout.isatty() else 200)
    name, *rest = sys.argv[1:] or ["all"]
    if name not in (*MODULES, "all") or (name == "all" and rest):
        print(__doc__)
        return 0 if name in ("-h", "--help") else 2
    console.print(machine())
    if name != "all":
        return run(name, rest, console)
    status = [
        run("accuracy", ["--scenes", "100", "--by", "shape", "visible"], console),
        run("speed", [], console),
        run("understanding", [], console),
        run("vlm", [], console),
        run("moge", [], console),
    ]
    # Other kinds of scenes have no goals of their own: their table is for information.
    run("accuracy", ["--scenes", "25", "--families", "all"], console)
    return max(status)


if __name__ == "__main__":
    sys.exit(main())
