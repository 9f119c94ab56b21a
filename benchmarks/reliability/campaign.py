"""A whole campaign of the fuzzer: raw topics with requests, then compressed ones."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from benchmarks.reliability.fuzz import DEPTH_INFO, Fuzzer
from benchmarks.reliability.peer import Peer, wait_until
from benchmarks.reliability.processes import NODE, Process, lossless, node_arguments

TOPICS = ("image", "depth", "camera_info", DEPTH_INFO, "regions")
COMPRESSED = {"image": "compressed", "depth": "compressedDepth"}


@dataclass
class Campaign:
    """What came of it. That it has ended means: nothing crashed, hung or went uncounted."""

    sent: int = 0
    undecodable: int = 0  # of them: dropped by the middleware
    dropped: Counter[str] = field(default_factory=Counter)  # by reason
    outcomes: Counter[str] = field(default_factory=Counter)  # of requests, by code


def raw(domain: int, seed: int, rounds: int, campaign: Campaign) -> None:
    """About 3,000 messages in each round. AssertionError if anything is not as it should be."""

    def attack(fuzzer: Fuzzer) -> None:
        for _ in range(rounds):
            fuzzer.flood(5)
            fuzzer.corrupt(100)
            fuzzer.ask(300)
            fuzzer.misconfigure(30)
        # Good frames were among them, and were answered.
        assert fuzzer.outcomes["NONE"]

    _run(domain, seed, {}, attack, campaign)


def compressed(domain: int, seed: int, rounds: int, campaign: Campaign) -> None:
    """About 1,100 messages in each round. AssertionError as with `raw`."""

    def attack(fuzzer: Fuzzer) -> None:
        for _ in range(rounds):
            fuzzer.flood(2)
            fuzzer.ask(100, frames=False)

    _run(domain, seed, COMPRESSED, attack, campaign)


def _run(
    domain: int,
    seed: int,
    transports: dict[str, str],
    attack: Callable[[Fuzzer], None],
    campaign: Campaign,
) -> None:
    topics = [f"{t}/{transports[t]}" if t in transports else t for t in TOPICS]
    parameters = {f"{name}_transport": value for name, value in transports.items()}
    arguments = node_arguments(
        "-r", f"depth_camera_info:={DEPTH_INFO}", **lossless(*topics), **parameters
    )
    node = Process(domain, NODE, *arguments)
    try:
        with Peer(domain) as peer:
            fuzzer = Fuzzer(peer, seed, transports)
            fuzzer.connect()
            attack(fuzzer)
            fuzzer.check_accounts()
            fuzzer.check_outcomes()
            if not transports:
                wait_until(lambda: _recovers(fuzzer), "an answer after all that")
        for sign in ("Traceback", "INTERNAL"):
            assert sign not in node.said, node.said[-5000:]
        _, status = node.stop()
        assert status == 0, node.said[-5000:]
    finally:
        node.close()
    campaign.sent += fuzzer.sent
    campaign.undecodable += fuzzer.undecodable
    campaign.outcomes += fuzzer.outcomes
    for account in fuzzer.accounts.values():
        campaign.dropped += Counter({why: n for why, n in account.fates.items() if why})


def _recovers(fuzzer: Fuzzer) -> bool:
    fuzzer.show()
    return fuzzer.peer.measure().error_code == 0
