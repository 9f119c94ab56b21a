"""Typed values of the node's parameters."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from hispatial_ros.settings.depth import DepthNoiseSettings, MogeNoiseSettings, MogeSettings
from hispatial_ros.settings.frames import (
    GravitySettings,
    MarkerSettings,
    PointSettings,
    SyncSettings,
    TargetSettings,
)
from hispatial_ros.settings.model import DetectorSettings, ModelSettings
from hispatial_ros.settings.parameter import Parameter, parameter, parameters
from hispatial_ros.settings.tracking import RelationSettings, TrackingSettings
from hispatial_ros.settings.watch import WatchSettings


@dataclass(frozen=True)
class Settings:
    """Every parameter of the node; a group is a field."""

    autostart: bool = parameter(
        True,
        "Configure and activate without being told to. Set it to false where a lifecycle manager "
        "does that.",
        read_only=True,
    )
    sync: SyncSettings = field(default_factory=SyncSettings)
    max_frame_age: float = parameter(
        1.0,
        "A question about the newest frame is refused if that is older [s].",
        within=(0.01, 3600.0),
    )
    max_future: float = parameter(
        1.0,
        "Messages stamped further ahead of the node's clock are dropped [s].",
        within=(0.0, 3600.0),
    )
    max_image_pixels: int = parameter(
        64_000_000, "Larger images are dropped [pixels].", within=(1, 1_000_000_000)
    )
    max_buffer_bytes: int = parameter(
        268_435_456,
        "Memory for kept messages, per topic [bytes]. The newest two are always kept.",
        within=(1_000_000, 16_000_000_000),
    )
    image_geometry: str = parameter(
        "auto",
        "Whether the image topic carries raw images (K and D of camera_info hold) or rectified "
        "ones (P holds). auto: rectified if the topic's name says so (image_rect...).",
        choices=("auto", "raw", "rectified"),
    )
    backend: str = parameter(
        "auto",
        "What answers where the request does not say: measured (geometry), model (vision-language "
        "model), or auto (measured where that can answer, else the model).",
        choices=("auto", "measured", "model"),
    )
    reference_frame: str = parameter(
        "camera",
        "What left, above, in front of and positions refer to where the request does not say: "
        "camera (optical frame), gravity (optical frame levelled to gravity), or a TF frame.",
    )
    gravity: GravitySettings = field(default_factory=GravitySettings)
    output_frame: str = parameter(
        "camera",
        "Frame of the topics objects, relations, markers and target: camera (the image's optical "
        "frame), reference (that of the answer, where TF knows it), or a TF frame such as map. "
        "Without a transform at the image's stamp nothing is published there, and the log says "
        "so.",
    )
    target: TargetSettings = field(default_factory=TargetSettings)
    request_timeout: float = parameter(
        5.0,
        "A request without a timeout of its own is answered TIMEOUT after that [s].",
        within=(0.01, 3600.0),
    )
    max_request_timeout: float = parameter(
        120.0, "Longest timeout a request may ask for [s].", within=(0.01, 86400.0)
    )
    queue_size: int = parameter(
        32,
        "Requests that may wait or be worked on at a time, and as many that may be with a model; "
        "one more is answered OVERLOADED at once.",
        within=(1, 10_000),
    )
    max_question_length: int = parameter(
        1000, "Longer questions are refused [characters].", within=(1, 100_000)
    )
    max_regions: int = parameter(
        200, "Requests and region messages with more regions are refused.", within=(1, 10_000)
    )
    max_outline_points: int = parameter(
        10_000,
        "Requests and region messages whose outlines have more points together are refused.",
        within=(3, 1_000_000),
    )
    max_name_length: int = parameter(
        256,
        "Longer labels, ids and frame names in requests are refused [characters].",
        within=(1, 10_000),
    )
    max_range: float = parameter(
        30.0, "Depth beyond that counts as invalid [m].", within=(0.1, 1000.0)
    )
    depth_unit: float = parameter(
        0.0,
        "What a step of the depth image stands for [m], such as 0.0001 for 16UC1 in tenths of a "
        "millimetre. 0: as REP 118 has it, millimetres in 16UC1 and metres in 32FC1, unless depth "
        "or what is seen in it speaks against that.",
        within=(0.0, 1000.0),
    )
    depth_noise: DepthNoiseSettings = field(default_factory=DepthNoiseSettings)
    markers: MarkerSettings = field(default_factory=MarkerSettings)
    points: PointSettings = field(default_factory=PointSettings)
    depth_source: str = parameter(
        "auto",
        "Where depth comes from: sensor, moge (estimated from colour), fused (the sensor's, with "
        "its holes filled by MoGe), or auto (the sensor's where a depth image arrives, else "
        "MoGe's if moge.model is set).",
        choices=("auto", "sensor", "moge", "fused"),
    )
    depth_rate: float = parameter(
        5.0,
        "Highest rate of ~/depth [Hz]; nothing is computed for it unless it is subscribed to.",
        within=(0.01, 100.0),
    )
    moge: MogeSettings = field(default_factory=MogeSettings)
    moge_noise: MogeNoiseSettings = field(default_factory=MogeNoiseSettings)
    image_transport: str = parameter(
        "raw",
        "How colour images arrive: raw, or compressed (on the image topic + /compressed).",
        choices=("raw", "compressed"),
        read_only=True,
    )
    depth_transport: str = parameter(
        "raw",
        "How depth images arrive: raw, compressed (a PNG on the depth topic + /compressed), or "
        "compressedDepth (on the depth topic + /compressedDepth).",
        choices=("raw", "compressed", "compressedDepth"),
        read_only=True,
    )
    model: ModelSettings = field(default_factory=ModelSettings)
    detector: DetectorSettings = field(default_factory=DetectorSettings)
    tracking: TrackingSettings = field(default_factory=TrackingSettings)
    publish_rate: float = parameter(
        5.0,
        "Highest rate at which ~/objects and ~/relations are published without being asked, while "
        "anybody subscribes [Hz]; 0: only what requests and watches bring.",
        within=(0.0, 100.0),
    )
    relations: RelationSettings = field(default_factory=RelationSettings)
    watch: WatchSettings = field(default_factory=WatchSettings)


TABLE: tuple[Parameter, ...] = tuple(parameters(Settings()))
BY_NAME: Mapping[str, Parameter] = {p.name: p for p in TABLE}
