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


# What tests may lack, and where it comes from.
OPTIONAL = {
    "torch": "model",
    "transformers": "model",
    "tokenizers": "model",
    "safetensors": "model",
    "huggingface_hub": "model",
    "onnxruntime": "moge",
    "onnx": "moge-export",
    "onnxscript": "moge-export",
    "moge": "moge-official",
    "rerun": "demo",
    "pyarrow": "evaluate",
    "mcap": "record",
    "zstandard": "record",
    "rosbags": "dev",
    "scipy": "dev",
    "pybullet": "dev",
}


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[None]:
    """Tests that import what is optional and not installed are skipped, and say why."""
    report = yield
    error = report.call.excinfo and report.call.excinfo.value
    error = error and (error.__cause__ or error)
    package = isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0]
    if package in OPTIONAL:
        why = f"Skipped: {package} is not installed (requirements/{OPTIONAL[package]}.txt)"
        report.outcome, report.longrepr = "skipped", (str(collector.path), 0, why)
    return report


@pytest.fixture
def domain() -> Iterator[int]:
    """A ROS domain that nobody else uses, on this machine and during this test."""
    with OwnDomain() as domain:
        yield domain
