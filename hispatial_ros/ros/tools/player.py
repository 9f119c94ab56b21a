"""A camera that plays one frame over and over, with fresh stamps.

    python -m hispatial_ros.ros.tools.player --rgb rgb.png --depth depth.png --camera camera.json \
        --regions regions.json --rate 10

It publishes ``image``, ``depth``, ``camera_info`` and ``regions``; names and namespace are
remapped as those of any node (``--ros-args -r __ns:=/robot``).
"""

import argparse
import signal
import sys
import threading
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType

import rclpy
from rclpy.utilities import remove_ros_args

from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.frame.files import load_frame, load_regions
from hispatial_ros.frame.frame import Frame
from hispatial_ros.frame.region import Region
from hispatial_ros.msg import RegionArray
from hispatial_ros.ros.inputs.large_images import use_large_segments
from hispatial_ros.ros.node import joining
from hispatial_ros.ros.outputs.conversions import camera_to_msg, region_to_msg
from hispatial_ros.ros.outputs.images import depth_to_msg, image_to_msg
from hispatial_ros.ros.qos import overridable, reliable


class Player:
    """Publishes one frame at ``rate`` Hz from a thread of its own, until closed.

    Without regions it is a plain camera: nobody publishes on the regions topic.
    """

    def __init__(
        self,
        frame: Frame,
        regions: Iterable[Region] | None = None,
        rate: float = 10.0,
        namespace: str = "",
        domain_id: int | None = None,
        ros_args: Sequence[str] = (),
    ):
        if not rate > 0:
            raise SpatialError(ErrorCode.BAD_REQUEST, f"rate must be above 0 Hz, not {rate:g}")
        self._period = 1 / rate
        use_large_segments()
        self._context = rclpy.Context()
        joining.init(list(ros_args), context=self._context, domain_id=domain_id)
        self._node = rclpy.create_node(
            "camera_player", context=self._context, namespace=namespace or None
        )
        messages = {
            "camera_info": camera_to_msg(frame.camera),
            "depth": None if frame.depth is None else depth_to_msg(frame.depth),
            "image": None if frame.rgb is None else image_to_msg(frame.rgb, "rgb8"),
            "regions": None if regions is None else _to_msg(regions),
        }
        self._outputs = []
        for topic, msg in messages.items():
            if msg is None:
                continue
            msg.header.frame_id = frame.frame_id or frame.camera.frame_id
            publisher = self._node.create_publisher(
                type(msg), topic, reliable(5), qos_overriding_options=overridable()
            )
            self._outputs.append((publisher, msg))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="player", daemon=True)
        self._thread.start()

    def publish_once(self) -> None:
        """Publish the frame with the present time as stamp."""
        stamp = self._node.get_clock().now().to_msg()
        for publisher, msg in self._outputs:
            msg.header.stamp = stamp
            publisher.publish(msg)

    def _run(self) -> None:
        due = time.monotonic()
        while not self._stop.is_set():
            self.publish_once()
            # After a hiccup the frames that were missed are skipped, as a camera does.
            due = max(due + self._period, time.monotonic())
            self._stop.wait(due - time.monotonic())

    def close(self) -> None:
        """Stop publishing and leave the graph."""
        self._stop.set()
        self._thread.join()
        self._node.destroy_node()
        rclpy.shutdown(context=self._context)

    def __enter__(self) -> "Player":
        return self

    def __exit__(
        self, kind: type | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _to_msg(regions: Iterable[Region]) -> RegionArray:
    return RegionArray(regions=[region_to_msg(region) for region in regions])


def main(argv: Sequence[str] | None = None) -> int:
    """Play files until interrupted."""
    argv = sys.argv if argv is None else ["player", *argv]
    parser = argparse.ArgumentParser(description="Play one RGB-D frame as a camera.")
    parser.add_argument("--rgb", type=Path, required=True)
    parser.add_argument("--depth", type=Path, required=True)
    parser.add_argument("--camera", type=Path, required=True)
    parser.add_argument("--regions", type=Path)
    parser.add_argument("--rate", type=float, default=10.0, help="frames per second")
    args = parser.parse_args(remove_ros_args(argv)[1:])
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        frame = load_frame(args.rgb, args.depth, args.camera)
        regions = load_regions(args.regions) if args.regions else None
        with Player(frame, regions, args.rate, ros_args=argv[1:]):
            stop.wait()
    except SpatialError as error:
        print(f"{error.code.name}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
