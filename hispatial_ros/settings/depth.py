"""Parameters of where depth comes from: sensor, MoGe-2, or both; and of its noise."""

from dataclasses import dataclass

from hispatial_ros.moge.load import RUNTIMES
from hispatial_ros.pointmap.noise import MONOCULAR_NOISE, DepthNoise
from hispatial_ros.settings.parameter import parameter


@dataclass(frozen=True)
class DepthNoiseSettings:
    """Noise of the sensor's depth."""

    a: float = parameter(
        0.0012,
        "Standard deviation of depth z is a + b (z - c)^2, and relative z added in quadrature "
        "[m]. The default is that of a Kinect-like camera.",
        within=(0.0, 10.0),
    )
    b: float = parameter(0.0019, "Quadratic part of the depth noise [1/m].", within=(0.0, 10.0))
    c: float = parameter(0.4, "Where the depth noise is least [m].", within=(0.0, 100.0))
    relative: float = parameter(
        0.0, "Part of the depth noise that grows with z.", within=(0.0, 1.0)
    )
    scale: float = parameter(
        0.0, "Relative error that the whole depth image has in common.", within=(0.0, 1.0)
    )

    @property
    def noise(self) -> DepthNoise:
        """The same, to measure with."""
        return DepthNoise(**vars(self))


@dataclass(frozen=True)
class MogeSettings:
    """MoGe-2."""

    model: str = parameter(
        "",
        "MoGe-2 as an ONNX file, published or made by 'hispatial export-moge', or as official "
        "checkpoint (model.pt) for the runtimes torch and torch-cpu; empty: none.",
        read_only=True,
    )
    sha256: str = parameter(
        "",
        "Checksum that the model, with its external data, must have; the log names it when a "
        "model is loaded. Empty: any model is taken.",
        read_only=True,
    )
    runtime: str = parameter(
        "cpu",
        "What MoGe runs on: ONNX Runtime on cpu, cuda or onnxruntime-tensorrt, TensorRT itself "
        "(tensorrt), or PyTorch on a GPU (torch) or the CPU (torch-cpu).",
        choices=RUNTIMES,
        read_only=True,
    )
    num_tokens: int = parameter(
        1800,
        "1200 (fast) to 3600 (fine), for files that leave it open.",
        within=(100, 10_000),
        read_only=True,
    )
    threads: int = parameter(0, "CPU threads; 0: all cores.", within=(0, 1024), read_only=True)
    device_id: int = parameter(0, "Which GPU.", within=(0, 64), read_only=True)
    cache_dir: str = parameter(
        "", "Where compiled engines are kept; empty: the user's cache folder.", read_only=True
    )


@dataclass(frozen=True)
class MogeNoiseSettings:
    """Noise of MoGe-2's depth."""

    relative: float = parameter(
        MONOCULAR_NOISE.relative,
        "Standard deviation of MoGe's depth z, as a share of z.",
        within=(0.0, 1.0),
    )
    scale: float = parameter(
        MONOCULAR_NOISE.scale,
        "Relative error that MoGe's whole depth image has in common.",
        within=(0.0, 1.0),
    )

    @property
    def noise(self) -> DepthNoise:
        """The same, to measure with."""
        return DepthNoise(a=0.0, b=0.0, c=0.0, relative=self.relative, scale=self.scale)
