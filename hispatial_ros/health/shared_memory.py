"""Whether others still find the shared memory through which this process receives.

Fast DDS gives each process ports under /dev/shm. One that seems dead, since its process stood still
for more than a second, is replaced by the next process that writes to it. With Fast DDS 2.14 the
stopped process may go on listening to the old port, and no new participant reaches it any more. The
same happens when /dev/shm is cleaned up.
"""

import os
import re
from pathlib import Path

LOSS = (
    "who joins from now on cannot reach this node: the shared memory through which it receives "
    "was replaced or deleted; restart the node"
)
PROCESS = Path("/proc/self")
PORT = r"/dev/shm/((?:fastrtps|fastdds)_port\d+)"
LOCK = re.compile(rf"{PORT}_el")  # held by the process that listens
MAPPED = re.compile(rf"{PORT}( \(deleted\))?$", re.MULTILINE)


def lost_ports(process: Path = PROCESS) -> list[str]:
    """Ports on which a process listens, but which no other process can find any more."""
    own = listened_ports(process)
    if not own:
        return []
    mapped: set[str] = set()
    deleted: set[str] = set()
    for port, gone in MAPPED.findall((process / "maps").read_text()):
        (deleted if gone else mapped).add(port)
    return sorted(own & deleted - mapped)


def listened_ports(process: Path = PROCESS) -> set[str]:
    """Names of the ports on which a process listens; none of another middleware or system."""
    if not (process / "fd").is_dir():
        return set()
    links = (_target(link) for link in (process / "fd").iterdir())
    return {match[1] for link in links if (match := LOCK.match(link))}


def _target(link: Path) -> str:
    """Of a symbolic link; nothing if it has just gone."""
    try:
        return os.readlink(link)
    except FileNotFoundError:
        return ""
