"""What a data set is built with; part of its manifest, so that resuming is safe."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class BuildSettings:
    """Every choice that changes the shards' bytes."""

    layout: str = "open"  # or "hispatial"
    seed: int = 0
    probability: float = 0.95  # that a pair's answer holds
    per_type: int = 40  # most facts of one type and image
    images_per_shard: int = 128  # images that are looked at for one shard
    select: bool = True  # leave out blurred, badly exposed and repeated images
    detector: bool = True  # find objects where the source has none
    detector_model: str = ""  # zero-shot detector of transformers; empty: the built-in one
    classes: str = ""  # that it looks for, by commas
    detector_threshold: float = 0.3  # least score of its detections
    masks: str = ""  # "sam2": outlines by SAM-2 for regions without one; empty: none
    mask_model: str = ""  # its folder
    depth: str = "sensor"  # or "moge", "fused", see `geometry.DEPTHS`
    depth_model: str = ""  # MoGe-2 file; empty: images without depth are left out
    depth_stddev: float = 0.0  # [share of the depth] of the sensor; 0: the default noise
    orientation: str = ""  # module:callable that tells which way objects face; empty: none
    max_range: float = 30.0  # m
    jpeg_quality: int = 95
    rewrite_url: str = ""  # of a language model that rewords questions; empty: none
    rewrite_model: str = ""
    propose_url: str = ""  # of a language model that proposes problems; empty: none
    propose_model: str = ""
    propose: int = 4  # problems that it is asked for, for one image
    caption_model: str = ""  # folder, or name behind `caption_url`; empty: no captions
    caption_url: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)
