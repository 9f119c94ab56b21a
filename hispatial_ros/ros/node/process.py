"""The node's process: signals, the executor's thread, and leaving in time."""

import gc
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any

import rclpy
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.signals import SignalHandlerOptions

from hispatial_ros.errors import SpatialError
from hispatial_ros.ros.node import joining
from hispatial_ros.ros.node.lifecycle import ManagedNode
from hispatial_ros.ros.node.rclpy_internals import LeanExecutor, UnsupportedRclpyError
from hispatial_ros.ros.parameters import misspelled

LEAVE_TIMEOUT = 1.0  # s for responses and the executor's thread to finish
# The worker computes beside the executor. Python's default, a switch of threads every 5 ms, would
# delay each response by up to that.
SWITCH_INTERVAL = 0.0005  # s


def spin(executor: SingleThreadedExecutor, stopping: threading.Event, logger: Any) -> None:
    """Run callbacks until stopped; one that raises is logged, and the others go on."""
    while not stopping.is_set():
        try:
            executor.spin_once()
        except ExternalShutdownException:
            return
        except Exception:  # noqa: BLE001 - one bad callback must not take the node down
            logger.error(f"a callback failed:\n{traceback.format_exc()}")


def run(make_node: Callable[[], ManagedNode], args: list[str] | None = None) -> int:
    """Run a node until SIGINT or SIGTERM; open requests are answered before leaving."""
    # rclpy's own handlers would shut the context down before anything can be answered. The main
    # thread only waits for the signal. It comes through a pipe, since the system may interrupt
    # another thread, as after the process was stopped (SIGSTOP).
    readable, writable = os.pipe()
    os.set_blocking(writable, False)
    signal.set_wakeup_fd(writable)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    sys.setswitchinterval(SWITCH_INTERVAL)
    try:
        joining.init(args, signal_handler_options=SignalHandlerOptions.NO)
        node = make_node()
    except (SpatialError, UnsupportedRclpyError) as error:
        return _refuse(str(error))
    except Exception as error:
        if not (why := joining.objection(error)):
            raise
        return _refuse(why)
    for line in misspelled(node):
        node.get_logger().warning(line)
    node.started.add_done_callback(lambda _: _freeze())
    executor = LeanExecutor()
    executor.add_node(node)
    stopping = threading.Event()

    def work() -> None:
        try:
            spin(executor, stopping, node.get_logger())
        finally:
            os.write(writable, b"\0")

    thread = threading.Thread(target=work, name="executor", daemon=True)
    thread.start()
    os.read(readable, 1)

    node.get_logger().info("shutting down")
    deadline = time.monotonic() + LEAVE_TIMEOUT
    leaving = executor.create_task(shut_down, executor, node)
    while not leaving.done() and time.monotonic() < deadline:
        time.sleep(0.01)
    executor.create_task(stopping.set)  # wake() alone would not make spin_once return
    thread.join(max(0.0, deadline - time.monotonic()))
    # A runtime that loads or compiles cannot be interrupted, only left; and a thread that is still
    # in rclpy when the interpreter ends would abort the process.
    stuck = node.busy or thread.is_alive()
    node.destroy_node()
    rclpy.try_shutdown()
    if stuck:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
    return 0


async def shut_down(executor: SingleThreadedExecutor, node: ManagedNode) -> None:
    """Shut the node down, and answer every request that has reached this process."""
    await node.trigger_shutdown()
    taken = -1
    while node.owes_responses or node.requests_taken != taken:
        # Those that are not taken yet wait in the middleware. One turn of the executor takes one
        # of each service: a whole turn without any has emptied them.
        taken = node.requests_taken
        for _ in range(2):
            await executor.create_task(lambda: None)


def _refuse(why: str) -> int:
    print(f"error: {why}", file=sys.stderr)
    rclpy.try_shutdown()
    return 1


def _freeze() -> None:
    """What was loaded until now stays: keep the garbage collector from going through it again."""
    gc.collect()
    gc.freeze()
