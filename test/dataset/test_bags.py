"""Recordings as sources: bag -> shards -> reader -> the facts of the frame that was recorded."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.typesys import Stores, get_typestore

from hispatial_ros.dataset.run import build_dataset
from hispatial_ros.dataset.settings import BuildSettings
from hispatial_ros.dataset.shards.read import read_dataset
from hispatial_ros.dataset.sources import bags
from hispatial_ros.dataset.sources.find import find_items
from hispatial_ros.dataset.sources.topics import Topics
from hispatial_ros.dataset.sources.transforms import TransformTree
from hispatial_ros.errors import SpatialError
from hispatial_ros.frame.files import load_frame
from hispatial_ros.measure.engine import measure
from test.dataset.conftest import DESK

STORE = get_typestore(Stores.ROS2_JAZZY)
TYPES = STORE.types
START = 1_700_000_000_000_000_000
FRAME = "camera_color_optical_frame"
UP = np.array([0.0, -0.9, -0.43])


def header(ns, frame=FRAME):
    time = TYPES["builtin_interfaces/msg/Time"](sec=ns // 10**9, nanosec=ns % 10**9)
    return TYPES["std_msgs/msg/Header"](stamp=time, frame_id=frame)


def image(ns, array, encoding):
    data = np.ascontiguousarray(array)
    return TYPES["sensor_msgs/msg/Image"](
        header(ns),
        array.shape[0],
        array.shape[1],
        encoding,
        0,
        data.strides[0],
        data.view(np.uint8).ravel(),
    )


def compressed(ns, array, form, ending=".png"):
    data = cv2.imencode(ending, array)[1].ravel()
    return TYPES["sensor_msgs/msg/CompressedImage"](header(ns), form, data)


def info(ns, camera):
    roi = TYPES["sensor_msgs/msg/RegionOfInterest"](0, 0, 0, 0, False)
    k = np.array([camera.fx, 0, camera.cx, 0, camera.fy, camera.cy, 0, 0, 1.0])
    p = np.insert(k.reshape(3, 3), 3, 0, axis=1).ravel()
    return TYPES["sensor_msgs/msg/CameraInfo"](
        header(ns),
        camera.height,
        camera.width,
        "plumb_bob",
        np.zeros(5),
        k,
        np.eye(3).ravel(),
        p,
        0,
        0,
        roi,
    )


def imu(ns):
    vector, quaternion = TYPES["geometry_msgs/msg/Vector3"], TYPES["geometry_msgs/msg/Quaternion"]
    up = 9.81 * UP / np.linalg.norm(UP)
    return TYPES["sensor_msgs/msg/Imu"](
        header(ns),
        quaternion(0.0, 0.0, 0.0, 1.0),
        np.zeros(9),
        vector(0.0, 0.0, 0.0),
        np.zeros(9),
        vector(*up.tolist()),
        np.zeros(9),
    )


def record(path: Path, plugin, packed: bool, with_info: bool = True):
    """Two images of the desk half a second apart, with depth 10 ms late."""
    frame = load_frame(DESK / "rgb.png", DESK / "depth.png", DESK / "camera.json")
    with Writer(path, version=9, storage_plugin=plugin) as writer:

        def connect(topic, message):
            return writer.add_connection(topic, message.__msgtype__, typestore=STORE)

        streams: dict[str, object] = {}

        def write(topic, ns, message):
            if topic not in streams:
                streams[topic] = connect(topic, message)
            data = STORE.serialize_cdr(message, message.__msgtype__)
            writer.write(streams[topic], ns, data)

        if with_info:  # once, as latched ones are
            write("/cam/color/camera_info", START, info(START, frame.camera))
        for n in range(2):
            ns = START + 10**9 + n * 5 * 10**8
            for k in range(20):
                before = ns - 4 * 10**8 + k * 2 * 10**7
                write("/cam/imu", before, imu(before))
            bgr = cv2.cvtColor(frame.rgb, cv2.COLOR_RGB2BGR)
            late = ns + 10**7
            if packed:
                write("/cam/color/image_raw/compressed", ns, compressed(ns, bgr, "bgr8; png"))
                depth = compressed(late, frame.depth, "16UC1; compressedDepth png")
                depth.data = np.concatenate([np.zeros(12, np.uint8), depth.data])
                write("/cam/aligned_depth/image_raw/compressedDepth", late, depth)
            else:
                write("/cam/color/image_raw", ns, image(ns, frame.rgb, "rgb8"))
                write("/cam/aligned_depth/image_raw", late, image(late, frame.depth, "16UC1"))
    return frame


@pytest.mark.parametrize("plugin", [StoragePlugin.SQLITE3, StoragePlugin.MCAP])
@pytest.mark.parametrize("packed", [False, True], ids=["raw", "compressed"])
def test_a_recording_comes_back_as_facts(tmp_path, plugin, packed):
    frame = record(tmp_path / "bag", plugin, packed)
    settings = BuildSettings(select=False, jpeg_quality=100)
    items = find_items([tmp_path / "bag"], Topics())
    summary = build_dataset(items, ["bag"], tmp_path / "out", settings)
    assert summary["images"] == 2, summary
    for sample in read_dataset(tmp_path / "out"):
        about = sample.about
        assert about["up_source"] == "imu"
        assert np.allclose(about["up"], UP / np.linalg.norm(UP), atol=0.06), "refined by the table"
        assert np.allclose(sample.intrinsics[[0, 1], [0, 1]], [frame.camera.fx, frame.camera.fy])
        assert about["origin"]["recording"] == "bag"
        bottles = [o for o in about["objects"] if o["label"] == "bottle"]
        assert bottles, "the built-in detector sees the desk's bottles"
        # The facts are those of the frame that went in: pixels that were asked about still hold.
        points = [p for p in about["pairs"] if p["type"] == "pixel_position"]
        assert points
        for pair in points:
            y, x = (int(t[3:7]) / 1024 for t in pair["prompt"].split("<")[1:3])
            z = float(pair["response"].split()[2].rstrip("m"))
            near = frame.depth[
                max(0, round(y * 480) - 2) : round(y * 480) + 3,
                max(0, round(x * 640) - 2) : round(x * 640) + 3,
            ]
            assert np.abs(near / 1000 - z).min() < 0.02


def tf(parent, child, ns, rotation=(0.0, 0.0, 0.0, 1.0), translation=(0.0, 0.0, 0.0)):
    transform = TYPES["geometry_msgs/msg/Transform"](
        TYPES["geometry_msgs/msg/Vector3"](*translation),
        TYPES["geometry_msgs/msg/Quaternion"](*rotation),
    )
    stamped = TYPES["geometry_msgs/msg/TransformStamped"](header(ns, parent), child, transform)
    return TYPES["tf2_msgs/msg/TFMessage"]([stamped])


def test_a_tree_of_transforms_tells_up_and_where_the_imu_is():
    tree = TransformTree(1000)
    # x forward, y left, z up -> x right, y down, z forward, as in every camera driver
    optical = (-0.5, 0.5, -0.5, 0.5)
    tree.add(tf("camera_link", "optical", 0, optical), static=True)
    tree.add(tf("base_link", "camera_link", 0, translation=(0.1, 0.0, 1.0)), static=True)
    assert np.allclose(tree.up("optical"), [0, -1, 0])
    assert tree.up("elsewhere") is None
    matrix = tree("optical", "base_link", 1000)
    assert np.allclose(matrix @ [2.1, 0, 1.0, 1], [0, 0, 2, 1])
    half = np.sin(np.pi / 4)
    tree.add(tf("odom", "base_link", 5, (0.0, 0.0, half, half)), static=False)
    tree.add(tf("odom", "base_link", 990), static=False)
    assert np.allclose(tree("odom", "base_link", 1000)[:3, :3], np.eye(3)), "nearest in stamp"
    with pytest.raises(SpatialError, match="does not connect"):
        tree("optical", "elsewhere", 1000)


def test_without_calibration_it_says_so(tmp_path):
    record(tmp_path / "bag", StoragePlugin.MCAP, packed=False, with_info=False)
    with pytest.raises(SpatialError, match="no camera_info for /cam/color/image_raw"):
        list(find_items([tmp_path / "bag"], Topics()))


def test_a_topic_that_is_not_there_is_named(tmp_path):
    record(tmp_path / "bag", StoragePlugin.MCAP, packed=False)
    with pytest.raises(SpatialError, match="has no topic /other; it has /cam/"):
        list(find_items([tmp_path / "bag"], Topics(image="/other")))


def test_a_file_that_is_no_recording(tmp_path):
    (tmp_path / "x.mcap").write_bytes(b"nothing of that kind")
    with pytest.raises(SpatialError, match="cannot be read as a recording"):
        list(find_items([tmp_path / "x.mcap"], Topics()))


def test_measures_equal_those_of_the_frame(tmp_path):
    frame = record(tmp_path / "bag", StoragePlugin.MCAP, packed=False)
    settings = BuildSettings(select=False)
    build_dataset(find_items([tmp_path / "bag"], Topics()), [], tmp_path / "out", settings)
    sample = next(iter(read_dataset(tmp_path / "out")))
    from hispatial_ros.dataset.capture import Capture
    from hispatial_ros.dataset.objects import builtin_finder, find_objects
    from hispatial_ros.measure.options import MeasureOptions
    from hispatial_ros.measure.types import Gravity

    regions = find_objects(Capture(frame), builtin_finder()).regions
    gravity = Gravity(UP / np.linalg.norm(UP), "imu", stddev=0.05)
    measured = measure(frame, regions, MeasureOptions(gravity=gravity)).objects
    assert len(measured) == len(sample.about["objects"])
    for o, about in zip(measured, sample.about["objects"], strict=True):
        assert about["label"] == o.label
        assert about["distance"] == pytest.approx(o.distance, abs=1e-6)


@pytest.mark.parametrize("plugin", [StoragePlugin.SQLITE3, StoragePlugin.MCAP])
def test_a_recording_is_opened_once_for_all_its_images(tmp_path, monkeypatch, plugin):
    for name in ("one", "two"):
        record(tmp_path / name, plugin, packed=False)
    found = list(find_items([tmp_path / "one", tmp_path / "two"], Topics()))
    opened = []
    original = bags._opened
    monkeypatch.setattr(bags, "_opened", lambda path: opened.append(path.name) or original(path))
    first = [item.load().frame for item in found]
    assert opened == ["one", "two"]
    again = found[1].load().frame
    assert opened == ["one", "two", "one"]
    assert again.stamp_ns == first[1].stamp_ns
    assert (again.depth == first[1].depth).all()
