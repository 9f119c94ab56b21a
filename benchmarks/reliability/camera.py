"""The coded camera as a process of its own.

python -m benchmarks.reliability.camera --width 1280 --height 720 --rate 30
"""

import argparse
import signal
import sys
import threading
import time

import rclpy
from rclpy.signals import SignalHandlerOptions
from rclpy.utilities import remove_ros_args

from benchmarks.reliability.coded import CodedCamera
from hispatial_ros.ros.inputs.large_images import use_large_segments
from hispatial_ros.ros.qos import reliable

SMALL = 320 * 240  # pixels whose messages fit into what the middleware shares by itself


def main() -> int:
    """Publish until told to stop."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--width", type=int, default=64)
    parser.add_argument("--height", type=int, default=48)
    parser.add_argument("--focal", type=float, default=0.0, help="0: 0.9 of the width")
    parser.add_argument("--rate", type=float, default=30.0)
    parser.add_argument("--without", nargs="*", default=[], help="topics that are not published")
    args = parser.parse_args(remove_ros_args(sys.argv)[1:])
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    camera = CodedCamera(args.width, args.height, args.focal or 0.9 * args.width)
    if args.width * args.height > SMALL:
        use_large_segments()
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    node = rclpy.create_node("coded_camera")
    messages = camera.messages()
    publishers = {
        topic: node.create_publisher(type(msg), topic, reliable(2))
        for topic, msg in messages.items()
        if topic not in args.without
    }
    due = time.monotonic()
    while not stop.is_set():
        camera.stamp(messages, time.time_ns())
        for topic, publisher in publishers.items():
            publisher.publish(messages[topic])
        # What was missed is skipped, as a camera does.
        due = max(due + 1 / args.rate, time.monotonic())
        stop.wait(due - time.monotonic())
    node.destroy_node()
    rclpy.try_shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())
