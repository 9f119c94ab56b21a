"""For all tests."""

import os
import sys
from collections.abc import Iterator

import pytest
from hypothesis import settings

from hispatial_ros.demo.domain import OwnDomain

# A busy machine is no failure.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

# As in the Makefile: where the packages of a virtual environment say what they install.
os.environ.setdefault("AMENT_PREFIX_PATH", sys.prefix)

# Tests share the cores: threads of one that wait for each other only take them from others.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# For what names no domain. Before anything of ROS is imported.
PROCESS_DOMAIN = OwnDomain()
os.environ["ROS_DOMAIN_ID"] = str(PROCESS_DOMAIN.id)
os.environ["ROS_AUTOMATIC_DISCOVERY_RANGE"] = "LOCALHOST"


@pytest.fixture
def domain() -> Iterator[int]:
    """A ROS domain that nobody else uses, on this machine and during this test."""
    with OwnDomain() as domain:
        yield domain
