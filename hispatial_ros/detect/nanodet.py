"""NanoDet (Lyu, 2020) on ONNX Runtime, with the weights that lie beside this file.

The network divides the image into cells at strides of 8, 16 and 32 pixels. Each cell gives the
score of every class and, for each side of a box, a distribution over 0..10 strides whose mean is
the distance from the cell's centre (generalised focal loss: Li et al., 2020).
"""

import hashlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np

from hispatial_ros.detect.classes import CLASSES
from hispatial_ros.errors import ErrorCode, SpatialError, backend_unavailable, first_line
from hispatial_ros.frame.region import Region, iou
from hispatial_ros.onnx_provider import CPU, failures, open_session

WEIGHTS = Path(__file__).with_name("nanodet.onnx")
SHA256 = "40ff344ec27b4f36860a4c2411b8887ee0ca35098dd6f6ad3c8bd981a96c3010"

SIZE = 416  # px, of the square input
STRIDES = (8, 16, 32)
BINS = 11
# B, G, R; of the training images
MEAN = np.array([103.53, 116.28, 123.675], np.float32)
STDDEV = np.array([57.375, 57.12, 58.395], np.float32)
# Boxes of one class that overlap more are one object. Larger: objects are seen twice. Smaller: of
# two that stand close together one is lost. Chosen: the network's own value.
MAX_OVERLAP = 0.5
# Cells that enter the suppression; the best ones. Larger: slower. Smaller: objects are lost in a
# crowd. Chosen: ten cells for each of a hundred objects.
MAX_CANDIDATES = 1000


MISSING = (
    "the built-in detector needs ONNX Runtime: pip install onnxruntime (or "
    "'hispatial_ros[detect]'), or publish regions"
)


def is_available() -> bool:
    """Whether what the network runs on is installed."""
    return find_spec("onnxruntime") is not None


@dataclass(frozen=True)
class Detection:
    """A box that the detector takes for an object of a class."""

    label: str  # one of COCO's
    score: float  # 0 to 1, the network's own; no probability
    box: tuple[float, float, float, float]  # x0, y0, x1, y1 in pixels of the image, as `Region`

    @property
    def region(self) -> Region:
        """What to measure."""
        return Region(self.label, self.box, score=self.score)


class NanoDet:
    """The loaded network. Thread-safe.

    Args:
        device: "cpu" or "cuda".
        threads: of the processor; 0 leaves that to ONNX Runtime.
        weights: ONNX file.

    Raises:
        SpatialError: BACKEND_UNAVAILABLE, saying what to do.
    """

    def __init__(self, device: str = "cpu", threads: int = 0, weights: Path = WEIGHTS):
        model = _read(weights)
        try:
            import onnxruntime
        except ImportError as error:
            raise backend_unavailable(MISSING) from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        # Threads that wait in a spin would take a core between two images.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        # Scores as on the CPU; and no search for the fastest convolutions while an image waits.
        cuda = {"use_tf32": 0, "cudnn_conv_algo_search": "HEURISTIC"}
        provider = {"cpu": (CPU, {}), "cuda": ("CUDAExecutionProvider", cuda)}[device]
        self._session = open_session(
            onnxruntime,
            model,
            options,
            [provider],
            broken="install another version of onnxruntime",
            instead="set detector.device to cpu",
        )
        self._errors = failures(onnxruntime)
        self._outputs = [f"{kind}_{stride}" for stride in STRIDES for kind in ("scores", "boxes")]

    def detect(self, rgb: np.ndarray, threshold: float) -> list[Detection]:
        """Objects in an image, best first.

        Args:
            rgb: [H, W, 3] uint8.
            threshold: scores are above, 0 to 1.

        Raises:
            SpatialError: BAD_IMAGE; BACKEND_UNAVAILABLE if the GPU fails.
        """
        if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.size == 0:
            raise SpatialError(
                ErrorCode.BAD_IMAGE,
                f"the detector needs a colour image [H, W, 3] uint8, not {rgb.dtype} {rgb.shape}",
            )
        try:
            outputs = self._session.run(self._outputs, {"x": prepare(rgb)})
        except self._errors as error:
            raise backend_unavailable(
                f"the built-in detector failed ({first_line(error)}): check the GPU and its free "
                "memory (nvidia-smi), or set detector.device to cpu"
            ) from error
        scores = np.concatenate(outputs[0::2], 1)[0]
        boxes = np.concatenate(
            [decode(bins[0], stride) for bins, stride in zip(outputs[1::2], STRIDES, strict=True)]
        )
        height, width = rgb.shape[:2]
        boxes = np.clip(boxes, 0, SIZE) * np.array([width, height, width, height]) / SIZE
        return _detections(boxes, scores, threshold)


def prepare(rgb: np.ndarray) -> np.ndarray:
    """The network's input [1, 3, 416, 416] float32: stretched, B G R, normalised."""
    small = cv2.resize(rgb, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
    return ((small[..., ::-1] - MEAN) / STDDEV).transpose(2, 0, 1)[None]


def decode(bins: np.ndarray, stride: int) -> np.ndarray:
    """Boxes [n, 4] (x0, y0, x1, y1) in pixels of the input, of bins [n, 44] at a stride."""
    exponents = bins.reshape(-1, 4, BINS)
    weights = np.exp(exponents - exponents.max(2, keepdims=True))
    sides = weights @ np.arange(BINS) / weights.sum(2) * stride  # left, top, right, bottom
    cells = SIZE // stride
    row, column = np.divmod(np.arange(cells * cells), cells)
    centre = (np.stack([column, row], 1) + 0.5) * stride
    return np.concatenate([centre - sides[:, :2], centre + sides[:, 2:]], 1)


def _detections(boxes: np.ndarray, scores: np.ndarray, threshold: float) -> list[Detection]:
    """Those above the threshold, without repetitions, of boxes [n, 4] and scores [n, 80]."""
    cell, label = np.nonzero(scores > threshold)
    score = scores[cell, label]
    best = np.argsort(-score, kind="stable")[:MAX_CANDIDATES]
    cell, label, score = cell[best], label[best], score[best]
    candidates = boxes[cell]
    # Of another class, or empty: neither is the same object.
    repeats = (iou(candidates, candidates) > MAX_OVERLAP) & (label[:, None] == label)
    alive = np.all(candidates[:, 2:] > candidates[:, :2], axis=1)
    found = []
    for i in range(len(candidates)):
        if alive[i]:
            alive[repeats[i]] = False
            x0, y0, x1, y1 = candidates[i].tolist()
            found.append(Detection(CLASSES[label[i]].name, float(score[i]), (x0, y0, x1, y1)))
    return found


def _read(weights: Path) -> bytes:
    try:
        model = weights.read_bytes()
    except OSError as error:
        raise backend_unavailable(
            f"{weights} cannot be read ({error.strerror}): install hispatial_ros again"
        ) from error
    if hashlib.sha256(model).hexdigest() != SHA256:
        raise backend_unavailable(f"{weights} is damaged: install hispatial_ros again")
    return model
