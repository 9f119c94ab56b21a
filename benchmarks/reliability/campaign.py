"""A whole campaign of the fuzzer: raw topics with requests and watches, then compressed ones."""

import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.reliability.fuzz import DEPTH_INFO, Fuzzer
from benchmarks.reliability.fuzz_watch import WatchFuzzer
from benchmarks.reliability.malformed_watch import MOST
from benchmarks.reliability.peer import Peer, wait_until
from benchmarks.reliability.processes import NODE, Process, lossless, node_arguments

TOPICS = ("image", "depth", "camera_info", DEPTH_INFO, "regions", "detections", "imu")
COMPRESSED = {"image": "compressed", "depth": "compressedDepth"}


@dataclass
class Campaign:
    """What came of it. That it has ended means: nothing crashed, hung or went uncounted."""

    sent: int = 0
    undecodable: int = 0  # of them: dropped by the middleware
    dropped: Counter[str] = field(default_factory=Counter)  # by reason
    outcomes: Counter[str] = field(default_factory=Counter)  # of requests, by code
    commands: Counter[str] = field(default_factory=Counter)  # of those to ~/watch, by code


def raw(domain: int, seed: int, rounds: int, campaign: Campaign) -> None:
    """About 3,700 messages in each round. AssertionError if anything is not as it should be."""

    def attack(fuzzer: Fuzzer, watches: WatchFuzzer) -> None:
        for _ in range(rounds):
            fuzzer.flood(5)
            fuzzer.corrupt(100)
            fuzzer.ask(300)
            watches.command(200, fuzzer.show)
            fuzzer.misconfigure(30)
        # Good frames were among them, and were answered.
        assert fuzzer.outcomes["NONE"]

    _run(domain, seed, {}, attack, campaign)


def compressed(domain: int, seed: int, rounds: int, campaign: Campaign) -> None:
    """About 1,300 messages in each round. AssertionError as with `raw`."""

    def attack(fuzzer: Fuzzer, _: WatchFuzzer) -> None:
        for _ in range(rounds):
            fuzzer.flood(2)
            fuzzer.ask(100, frames=False)

    _run(domain, seed, COMPRESSED, attack, campaign)


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
        arguments = node_arguments(
            "-r",
            f"depth_camera_info:={DEPTH_INFO}",
            watch__file=file,
            watch__max_watches=MOST,
            **lossless(*topics),
            **parameters,
        )

        def start() -> Process:
            node = Process(domain, NODE, *arguments)
            started.callback(node.close)
            return node

        node = start()
        peer = started.enter_context(Peer(domain))
        fuzzer, watches = Fuzzer(peer, seed, transports), WatchFuzzer(peer, seed, file)
        fuzzer.connect()
        attack(fuzzer, watches)
        fuzzer.check_accounts()
        fuzzer.check_outcomes()
        watches.check_outcomes()
        if not transports:
            wait_until(lambda: _recovers(fuzzer), "an answer after all that")
        _leaves(node)
        watches.check_file()
        if watches.sent:
            node = start()
            watches.check_restarted()
            _leaves(node)
    campaign.sent += fuzzer.sent + watches.sent
    campaign.undecodable += fuzzer.undecodable
    campaign.outcomes += fuzzer.outcomes
    campaign.commands += watches.outcomes
    for account in fuzzer.accounts.values():
        campaign.dropped += Counter({why: n for why, n in account.fates.items() if why})


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
