"""Runs the tests again and again on a busy machine; a table of what came of it.

python scripts/stability.py --runs 10              # while another process takes one core
python scripts/stability.py --runs 10 --copies 2   # and with a second copy of the tests beside it

What pytest said is in build/stability/. Exit status 1 if any run failed or hung. Shared memory that
is left may also be that of other programs which have ended meanwhile.
"""

import argparse
import os
import signal
import subprocess
import sys
import time
import uuid
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
OUT = ROOT / "build" / "stability"
MARK = "HISPATIAL_STABILITY"  # environment variable that children inherit
HEADINGS = ("run", "copy", "seconds", "passed", "skipped", "failed", "shared memory left")


@dataclass
class Copy:
    """One process of pytest, with all that it starts."""

    run: int
    number: int
    arguments: list[str]

    def __post_init__(self) -> None:
        self.mark = uuid.uuid4().hex
        self.seconds = 0.0
        self.hung = False
        name = f"run{self.run}-copy{self.number}"
        self.log, self.report = OUT / f"{name}.txt", OUT / f"{name}.xml"
        self.report.unlink(missing_ok=True)
        self.started = time.monotonic()
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "pytest", f"--junit-xml={self.report}", *self.arguments],
                cwd=ROOT,
                env={**os.environ, MARK: self.mark},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def poll(self, limit: float) -> bool:
        """Whether it has ended; it is ended after so many seconds."""
        self.seconds = time.monotonic() - self.started
        if self.process.poll() is None and self.seconds > limit:
            self.hung = True
            self.end()
        return self.process.poll() is not None

    def end(self) -> None:
        """Kill whatever is left of it."""
        for pid in self.family():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def family(self) -> list[int]:
        """Living processes that descend from it, orphans too."""
        wanted = f"{MARK}={self.mark}".encode()
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(FileNotFoundError, ProcessLookupError, PermissionError):
                if wanted in (process / "environ").read_bytes():
                    found.append(int(process.name))
        return found

    def row(self) -> tuple[str, ...]:
        """Of the table, but for the shared memory."""
        counts = ("?", "?", "hung" if self.hung else "?")
        if not self.hung and self.report.exists():
            suite = ElementTree.parse(self.report).getroot()[0].attrib
            tests, skipped = int(suite["tests"]), int(suite["skipped"])
            failed = int(suite["failures"]) + int(suite["errors"])
            counts = (str(tests - skipped - failed), str(skipped), str(failed))
        return (str(self.run), str(self.number), f"{self.seconds:.0f}", *counts)

    def failures(self) -> list[str]:
        lines = self.log.read_text(errors="replace").splitlines()
        named = [line for line in lines if line.startswith(("FAILED ", "ERROR "))]
        return named or lines[-3:]

    @property
    def good(self) -> bool:
        return self.process.returncode == 0 and not self.hung


@contextmanager
def burning(count: int) -> Iterator[None]:
    """Processes that take one core each."""
    burners = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()


def shared_memory() -> set[str]:
    """Files of Fast DDS that no process uses."""
    files = set(map(str, Path("/dev/shm").glob("fast*")))
    used = set()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(FileNotFoundError, ProcessLookupError, PermissionError):
            lines = (process / "maps").read_text().splitlines()
            used |= {line.split()[-1] for line in lines if "/dev/shm/" in line}
    return {file for file in files if file.removesuffix("_el") not in used}


def run_once(
    number: int, copies: int, arguments: list[str], limit: float
) -> tuple[list[Copy], int]:
    """The copies of a run, side by side, and how many files of shared memory they left."""
    before = shared_memory()
    running = [Copy(number, copy + 1, arguments) for copy in range(copies)]
    try:
        ended = [False] * copies
        while not all(ended):
            time.sleep(0.5)
            ended = [done or copy.poll(limit) for done, copy in zip(ended, running, strict=True)]
    finally:
        for copy in running:
            copy.end()
    return running, len(shared_memory() - before)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=10)
    parser.add_argument("--copies", type=int, default=1, help="of the tests, side by side")
    parser.add_argument("--burners", type=int, default=1, help="cores that others take")
    parser.add_argument("--limit", type=float, default=2400.0, help="seconds; then a run has hung")
    parser.add_argument("pytest", nargs="*", help="arguments for pytest, after --")
    args = parser.parse_args()
    arguments = args.pytest or ["-n", str((os.cpu_count() or 1) + 1), "--dist", "worksteal"]
    OUT.mkdir(parents=True, exist_ok=True)
    good = True
    print(f"| {' | '.join(HEADINGS)} |\n|{' --- |' * len(HEADINGS)}", flush=True)
    with burning(args.burners):
        for number in range(1, args.runs + 1):
            copies, left = run_once(number, args.copies, arguments, args.limit)
            for copy in copies:
                print(f"| {' | '.join((*copy.row(), str(left)))} |", flush=True)
                good &= copy.good
                if not copy.good:
                    print("\n".join(copy.failures()), file=sys.stderr, flush=True)
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
