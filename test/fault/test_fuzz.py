"""Whatever arrives, the node stays, answers each request once, and says what it dropped and why.

At least 10,000 messages; more with HISPATIAL_FUZZ=10, others with HISPATIAL_SEED=1.
"""

import os

import pytest

from benchmarks.reliability.fuzz import DEPTH_INFO, Fuzzer
from benchmarks.reliability.processes import lossless

FACTOR = int(os.environ.get("HISPATIAL_FUZZ", "1"))
SEED = int(os.environ.get("HISPATIAL_SEED", "0"))
TOPICS = ("image", "depth", "camera_info", DEPTH_INFO, "regions")


def start(make_robot, seed, **transports):
    topics = [f"{t}/{transports[t]}" if t in transports else t for t in TOPICS]
    parameters = {f"{name}_transport": value for name, value in transports.items()}
    robot = make_robot(remap={"depth_camera_info": DEPTH_INFO}, **lossless(*topics), **parameters)
    print(f"seed {seed}")
    fuzzer = Fuzzer(robot.peer, seed, transports)
    fuzzer.connect()
    return robot, fuzzer


def finish(robot, fuzzer):
    fuzzer.check_accounts()
    fuzzer.check_outcomes()
    robot.unharmed()


@pytest.mark.timeout(300 * FACTOR)
def test_raw_topics_requests_and_tools(make_robot):
    robot, fuzzer = start(make_robot, SEED)
    for _ in range(3 * FACTOR):
        fuzzer.flood(5)
        fuzzer.corrupt(100)
        fuzzer.ask(300)
        fuzzer.misconfigure(30)
    assert fuzzer.sent >= 9_000
    assert fuzzer.outcomes["NONE"]
    finish(robot, fuzzer)
    robot.connect().answers()


@pytest.mark.timeout(300 * FACTOR)
def test_compressed_topics(make_robot):
    robot, fuzzer = start(make_robot, SEED + 1, image="compressed", depth="compressedDepth")
    for _ in range(2 * FACTOR):
        fuzzer.flood(2)
        fuzzer.ask(100, frames=False)
    finish(robot, fuzzer)
