"""Which device is taken, and what is said where it cannot be used."""

import pytest
import torch

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.vlm.runtime import device
from hispatial_ros.vlm.runtime.device import choose_device


@pytest.fixture
def driver(monkeypatch, tmp_path):
    """A machine with a GPU's driver and a PyTorch for CUDA."""
    file = tmp_path / "version"
    file.touch()
    monkeypatch.setattr(device, "_DRIVER", file)
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    return file


@pytest.fixture
def gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch, "empty", lambda size, device: None)


def test_a_gpu_is_taken_where_there_is_one(gpu):
    assert choose_device("auto", "model.device").type == "cuda"
    assert choose_device("cuda:0", "model.device").index == 0
    assert choose_device("cpu", "model.device").type == "cpu"


@pytest.mark.parametrize("name", ["auto", "cuda"])
def test_a_gpu_that_does_not_work_is_an_error(gpu, monkeypatch, name):
    def empty(size, device):
        raise RuntimeError("The NVIDIA driver on your system is too old")

    monkeypatch.setattr(torch, "empty", empty)
    with pytest.raises(SpatialError, match=r"model\.device .*too old.*nvidia-smi.*cpu") as error:
        choose_device(name, "model.device")
    assert error.value.code == ErrorCode.BACKEND_UNAVAILABLE


def test_a_gpu_that_is_left_out_is_said(driver, monkeypatch, caplog):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choose_device("auto", "detector.device").type == "cpu"
    assert "detector.device is cpu" in caplog.text
    caplog.clear()
    driver.unlink()  # no GPU in this machine
    assert choose_device("auto", "detector.device").type == "cpu"
    assert not caplog.text
