"""Parameters of where depth comes from: sensor, MoGe-2, or both."""

from hispatial_ros.moge.fusion import MONOCULAR_NOISE
from hispatial_ros.moge.load import RUNTIMES
from hispatial_ros.ros.parameters.parameter import Parameter

SOURCES = ("auto", "sensor", "moge", "fused")

DEPTH: tuple[Parameter, ...] = (
    Parameter(
        "depth_source",
        "auto",
        "Where depth comes from: sensor, moge (estimated from colour), fused (the sensor's, with "
        "its holes filled by MoGe), or auto (the sensor's where a depth image arrives, else MoGe's "
        "if moge.model is set).",
        choices=SOURCES,
    ),
    Parameter(
        "depth_rate",
        5.0,
        "Highest rate of ~/depth [Hz]; nothing is computed for it unless it is subscribed to.",
        0.01,
        100.0,
    ),
    Parameter(
        "moge.model",
        "",
        "MoGe-2 as an ONNX file, published or made by 'hispatial export-moge'; empty: none.",
        read_only=True,
    ),
    Parameter(
        "moge.sha256",
        "",
        "Checksum that the model, with its external data, must have; the log names it when a model "
        "is loaded. Empty: any model is taken.",
        read_only=True,
    ),
    Parameter(
        "moge.runtime",
        "cpu",
        "What MoGe runs on: ONNX Runtime on cpu, cuda or onnxruntime-tensorrt, or TensorRT "
        "itself (tensorrt).",
        choices=RUNTIMES,
        read_only=True,
    ),
    Parameter(
        "moge.num_tokens",
        1800,
        "1200 (fast) to 3600 (fine), for files that leave it open.",
        100,
        10_000,
        read_only=True,
    ),
    Parameter("moge.threads", 0, "CPU threads; 0: all cores.", 0, 1024, read_only=True),
    Parameter("moge.device_id", 0, "Which GPU.", 0, 64, read_only=True),
    Parameter(
        "moge.cache_dir",
        "",
        "Where compiled engines are kept; empty: the user's cache folder.",
        read_only=True,
    ),
    Parameter(
        "moge_noise.relative",
        MONOCULAR_NOISE.relative,
        "Standard deviation of MoGe's depth z, as a share of z.",
        0.0,
        1.0,
    ),
    Parameter(
        "moge_noise.scale",
        MONOCULAR_NOISE.scale,
        "Relative error that MoGe's whole depth image has in common.",
        0.0,
        1.0,
    ),
)
TRANSPORT: tuple[Parameter, ...] = (
    Parameter(
        "image_transport",
        "raw",
        "How colour images arrive: raw, or compressed (on the image topic + /compressed).",
        choices=("raw", "compressed"),
        read_only=True,
    ),
    Parameter(
        "depth_transport",
        "raw",
        "How depth images arrive: raw, compressed (a PNG on the depth topic + /compressed), or "
        "compressedDepth (on the depth topic + /compressedDepth).",
        choices=("raw", "compressed", "compressedDepth"),
        read_only=True,
    ),
)
