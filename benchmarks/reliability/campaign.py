"""A whole campaign of the fuzzer: raw topics with requests and watches, then compressed ones."""

import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.reliability.fuzz import DEPTH_INFO, Fuzzer
from benchmarks.reliability.fuzz_watch import WatchFuzzer
from benchmarks.reliability.in_process import InProcess
from benchmarks.reliability.malformed_watch import MOST
from benchmarks.reliability.peer import Peer, wait_until
from benchmarks.reliability.processes import NODE, Process, lossless, node_arguments

TOPICS = ("image", "depth", "camera_info", DEPTH_INFO, "regions", "detections", "imu")
COMPRESSED = {"image": "compressed", "depth": "compressedDepth"}
DIAGNOSTICS = 0.05  # s from one to the next, which are waited for


@dataclass
class Campaign:
    """What came of it. That it has ended means: nothing crashed, hung or went uncounted."""

    sent: int = 0
    undecodable: int = 0  # of them: dropped by the middleware
    dropped: Counter[str] = field(default_factory=Counter)  # by reason
    outcomes: Counter[str] = field(default_factory=Counter)  # of requests, by code
    commands: Counter[str] = field(default_factory=Counter)  # of those to ~/watch, by code

    def add(self, fuzzer: Fuzzer, watches: WatchFuzzer) -> None:
        """Count what they sent, and what came of it."""
        self.sent += fuzzer.sent + watches.sent
        self.undecodable += fuzzer.undecodable
        self.outcomes += fuzzer.outcomes
        self.commands += watches.outcomes
        for account in fuzzer.accounts.values():
            self.dropped += Counter({why: n for why, n in account.fates.items() if why})


def raw(domain: int, seed: int, rounds: int, campaign: Campaign) -> None:
    """About 3,700 messages in each round. AssertionError if anything is not as it should be."""

    def attack(fuzzer: Fuzzer, watches: WatchFuzzer) -> None:
        for _ in range(rounds):
            _send_everything(fuzzer, watches)
            fuzzer.corrupt(100)
        # Good frames were among them, and were answered.
        assert fuzzer.outcomes["NONE"]

    _run(domain, seed, {}, attack, campaign)


def compressed(domain: int, seed: int, rounds: int, campaign: Campaign) -> None:
    """About 1,600 messages in each round. AssertionError as with `raw`."""

    def attack(fuzzer: Fuzzer, _: WatchFuzzer) -> None:
        for _ in range(rounds):
            fuzzer.flood(1)
            fuzzer.ask(100, frames=False)

    _run(domain, seed, COMPRESSED, attack, campaign)


def straight(domain: int, seed: int, rounds: int, campaign: Campaign) -> None:
    """As `raw`, to a node in this process and past the middleware: about 3,600 in each round."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as opened:
        file = Path(folder) / "watches.json"
        peer = opened.enter_context(InProcess(domain, _arguments(file, TOPICS, {}), DIAGNOSTICS))
        fuzzer, watches = Fuzzer(peer, seed), WatchFuzzer(peer, seed, file)
        fuzzer.connect()
        for _ in range(rounds):
            _send_everything(fuzzer, watches)
        assert fuzzer.outcomes["NONE"]
        _check(fuzzer, watches)
        peer.check_harmless()
    campaign.add(fuzzer, watches)


def _send_everything(fuzzer: Fuzzer, watches: WatchFuzzer) -> None:
    fuzzer.flood(2)
    fuzzer.ask(300)
    watches.command(200, fuzzer.show)
    fuzzer.misconfigure(30)


def _arguments(file: Path, topics: Sequence[str], parameters: dict[str, str]) -> list[str]:
    return node_arguments(
        "-r",
        f"depth_camera_info:={DEPTH_INFO}",
        watch__file=file,
        watch__max_watches=MOST,
        **lossless(*topics),
        **parameters,
    )


def _run(
    domain: int,
    seed: int,
    transports: dict[str, str],
    attack: Callable[[Fuzzer, WatchFuzzer], None],
    campaign: Campaign,
) -> None:
    topics = [f"{t}/{transports[t]}" if t in transports else t for t in TOPICS]
    parameters = {f"{name}_transport": value for name, value in transports.items()}
    with tempfile.TemporaryDirectory() as folder, ExitStack() as started:
        file = Path(folder) / "watches.json"
        arguments = _arguments(file, topics, parameters)

        def start() -> Process:
            node = Process(domain, NODE, *arguments)
            started.callback(node.close)
            return node

        node = start()
        peer = started.enter_context(Peer(domain))
        fuzzer, watches = Fuzzer(peer, seed, transports), WatchFuzzer(peer, seed, file)
        fuzzer.connect()
        attack(fuzzer, watches)
        _check(fuzzer, watches)
        if not transports:
            wait_until(lambda: _recovers(fuzzer), "an answer after all that")
        _leaves(node)
        watches.check_file()
        if watches.sent:
            node = start()
            watches.check_restarted()
            _leaves(node)
    campaign.add(fuzzer, watches)


def _check(fuzzer: Fuzzer, watches: WatchFuzzer) -> None:
    """The node counted what was sent, and only that. AssertionError if not."""
    fuzzer.peer.fresh_diagnostics()
    fuzzer.check_accounts()
    fuzzer.check_outcomes()
    watches.check_outcomes()


def _leaves(node: Process) -> None:
    """It has not failed unexpectedly, and ends when told to. AssertionError if not."""
    _, status = node.stop()
    for sign in ("Traceback", "INTERNAL", "RuntimeWarning"):
        before, found, after = node.said.partition(sign)
        assert not found, f"{before[-1000:]}{found}{after[:4000]}"
    assert status == 0, node.said[-5000:]


def _recovers(fuzzer: Fuzzer) -> bool:
    fuzzer.show()
    response = fuzzer.peer.measure(reference_frame="gravity")
    return not response.error_code and "gravity: from the IMU on /imu" in response.notes
