"""The node's end never blocks; what it sends arrives whole, in order and with its frame."""

import gc
import os
import socket

import numpy as np
import pytest

from hispatial_ros.vlm.runtime.channel import BlockingChannel, QueuedChannel, encode
from hispatial_ros.vlm.runtime.shared import SharedInput, read_shared

LONG = "x" * 100_000


@pytest.fixture
def ends():
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    node = QueuedChannel(ours)
    yield node, BlockingChannel(theirs)
    node.close()
    theirs.close()


def fill(node, count=20):
    """Send more than the socket takes."""
    for i in range(count):
        node.send(encode({"i": i, "text": LONG}), key=i)
    assert node.exchange(0) is None
    assert node.undelivered


def test_more_than_the_socket_takes_waits_and_arrives_in_order(ends):
    node, model = ends
    fill(node)
    received = []
    while len(received) < 20:
        received.append(model.receive()[0]["i"])
        node.exchange(0)
    assert received == list(range(20))
    assert not node.undelivered


def test_messages_arrive_while_ours_cannot_be_delivered(ends):
    node, model = ends
    fill(node)
    model.send({"type": "text"})
    assert node.exchange(1) == {"type": "text"}


def test_a_frame_stays_open_until_it_was_sent_and_no_longer(ends):
    node, model = ends
    fill(node)
    rgb = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
    shared = SharedInput(rgb)
    fd = shared.fd
    node.send(encode({"i": 20}), shared, key=20)
    del shared
    for _ in range(21):
        message, fds = model.receive()
        node.exchange(0)
    assert message == {"i": 20}
    assert np.array_equal(read_shared(fds[0], 2)[0], rgb)
    gc.collect()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(fd)


def test_what_was_not_written_can_be_withdrawn(ends):
    node, model = ends
    fill(node)
    assert not node.withdraw(0)
    assert node.withdraw(19)
    received = []
    while len(received) < 19:
        received.append(model.receive()[0]["i"])
        node.exchange(0)
    assert received == list(range(19))
    assert not node.undelivered


def test_finish_ends_the_other_side_which_may_still_send(ends):
    node, model = ends
    node.finish()
    with pytest.raises(EOFError):
        model.receive()
    model.send({"type": "done"})
    assert node.exchange(1) == {"type": "done"}


def test_the_end_of_the_other_side_is_noticed_with_messages_waiting(ends):
    node, model = ends
    fill(node)
    model._socket.close()
    with pytest.raises(EOFError):
        node.exchange(1)


def test_a_message_that_is_too_long_is_refused():
    with pytest.raises(ValueError, match="at most"):
        encode({"text": 2 * LONG})
