"""ROS domains of one's own: each is taken once, on the whole machine."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from hispatial_ros.demo import domain
from hispatial_ros.demo.domain import DOMAINS, PORTS, PORTS_EACH, OwnDomain, busy_domains
from hispatial_ros.errors import ErrorCode, SpatialError

ROOT = Path(__file__).parents[2]


def only(monkeypatch, *domains):
    """As if there were no others."""
    monkeypatch.setattr(domain, "DOMAINS", domains)


def test_none_is_given_twice():
    taken = [OwnDomain() for _ in range(5)]
    try:
        assert len({own.id for own in taken}) == 5
    finally:
        for own in taken:
            own.close()


def test_none_that_another_process_has_is_given(monkeypatch):
    with OwnDomain() as taken:
        only(monkeypatch, taken)
        code = (
            "from hispatial_ros.demo import domain\n"
            f"domain.DOMAINS = ({taken},)\n"
            "domain.OwnDomain()"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert "all ROS domains" in done.stderr
        with pytest.raises(SpatialError) as error:
            OwnDomain()
        assert error.value.code is ErrorCode.BACKEND_UNAVAILABLE
    with OwnDomain() as again:
        assert again == taken


def test_none_where_somebody_takes_part_is_given(monkeypatch):
    """Somebody who knows nothing of the locks."""
    with OwnDomain() as free:
        pass
    only(monkeypatch, free)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as somebody:
        somebody.bind(("127.0.0.1", PORTS + PORTS_EACH * free + 10))
        if not Path("/proc/net/udp").exists():
            pytest.skip("there is no /proc to see that")
        assert free in busy_domains()
        with pytest.raises(SpatialError):
            OwnDomain()
    assert free not in busy_domains()


def test_their_ports_are_none_that_the_system_gives_out():
    """By the rules of DDS-RTPS 9.6.1.1: of 120 participants, the last one's second port."""
    highest = PORTS + PORTS_EACH * DOMAINS[-1] + 11 + 2 * 119
    assert highest < 2**16
    linux = Path("/proc/sys/net/ipv4/ip_local_port_range")
    first = int(linux.read_text().split()[0]) if linux.exists() else 32768
    assert highest < first


def test_ament_takes_none_of_ours():
    coordinator = pytest.importorskip("domain_coordinator", reason="it comes with ament_cmake_ros")
    with OwnDomain() as ours:
        tried = iter((ours, *DOMAINS))
        with coordinator.domain_id(lambda: next(tried)) as theirs:
            assert theirs != ours
