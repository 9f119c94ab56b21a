"""The middleware's shared memory is taken away from under the node."""

import os
import signal
import time
from pathlib import Path

import pytest

from benchmarks.reliability.peer import Peer, wait_until
from benchmarks.reliability.processes import NODE, Process
from hispatial_ros.health.shared_memory import LOSS, listened_ports, lost_ports
from hispatial_ros.srv import Measure


def status(robot):
    process = robot.peer.status("process")
    return process if process and process.level == process.ERROR else None


def test_who_joins_later_can_not_reach_the_node_and_is_told_why(patient_middleware, robot):
    ports = listened_ports(Path(f"/proc/{robot.node.pid}"))
    if not ports:
        pytest.skip("the middleware is not Fast DDS with shared memory")
    robot.peer.fresh_diagnostics()
    assert status(robot) is None
    for port in ports:
        os.unlink(f"/dev/shm/{port}")
    found = wait_until(lambda: status(robot), "the diagnostics to tell")
    assert found.message.startswith(LOSS)
    assert robot.peer.values("process")["lost"] == " ".join(sorted(ports))
    robot.peer.fresh_diagnostics()
    assert robot.node.said.count(LOSS) == 1
    robot.answers()  # whom it knew already
    late = Peer(robot.domain)
    try:
        wait_until(late.measure_client.service_is_ready, "the service")
        response = late.measure_client.call_async(Measure.Request())
        time.sleep(3.0)
        assert not response.done()
        wait_until(lambda: late.status("process"), "its diagnostics, which say why")
    finally:
        late.close()
    robot.unharmed()


def test_of_a_killed_process_nothing_is_left(domain):
    """What the operating system does not do, and whoever kills has to."""
    process = Process(domain, NODE)
    try:
        wait_until(lambda: "active" in process.said, "the node")
        ports = listened_ports(Path(f"/proc/{process.pid}"))
        if not ports:
            pytest.skip("the middleware is not Fast DDS with shared memory")
        process.stop(signal.SIGKILL)
        kinds = ("{}", "{}_el", "sem.{}_mutex")
        files = [Path("/dev/shm", kind.format(port)) for port in ports for kind in kinds]
        assert all(file.exists() for file in files)
    finally:
        process.close()
    wait_until(lambda: not any(file.exists() for file in files), "the files to go", 10)


def test_nothing_is_lost_where_nothing_is_shared(tmp_path):
    assert lost_ports(tmp_path) == []
