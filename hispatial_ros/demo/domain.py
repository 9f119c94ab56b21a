"""A ROS domain of one's own, on a machine where others take theirs too."""

import random
import socket
from pathlib import Path
from typing import Any

from hispatial_ros.errors import ErrorCode, SpatialError

# Whoever has bound the TCP port LOCKS + n has domain n, as with ament's domain_coordinator. The UDP
# ports of these domains, PORTS + 250 * n and up, lie below those that Linux gives out by itself.
LOCKS = 32768
DOMAINS = range(1, 101)
PORTS, PORTS_EACH = 7400, 250


class OwnDomain:
    """A domain that nobody else has taken and where nobody takes part; given back with `close`.

    Raises SpatialError (BACKEND_UNAVAILABLE) if there is none.
    """

    def __init__(self) -> None:
        busy = busy_domains()
        for domain in random.sample(DOMAINS, len(DOMAINS)):
            lock = socket.socket()
            try:
                lock.bind(("", LOCKS + domain))
            except OSError:
                lock.close()
                continue
            if domain not in busy:
                self.id, self._lock = domain, lock
                return
            lock.close()
        raise SpatialError(
            ErrorCode.BACKEND_UNAVAILABLE,
            f"all ROS domains from {DOMAINS[0]} to {DOMAINS[-1]} are in use: end what runs in them",
        )

    def close(self) -> None:
        """Leave it to others."""
        self._lock.close()

    def __enter__(self) -> int:
        return self.id

    def __exit__(self, *_: Any) -> None:
        self.close()


def busy_domains() -> set[int]:
    """Domains with a UDP port in use on this machine; none are known where there is no /proc."""
    tables = (Path("/proc/net") / name for name in ("udp", "udp6"))
    rows = (row for table in tables if table.exists() for row in table.open().readlines()[1:])
    ports = (int(row.split()[1].rpartition(":")[2], 16) for row in rows)
    return {(port - PORTS) // PORTS_EACH for port in ports}
