import sys

import pytest


@pytest.fixture
def count_steps():
    """Number of lines and calls of Python that a function runs."""

    def count(function):
        steps = 0

        def trace(frame, event, arg):
            nonlocal steps
            steps += 1
            return trace

        function()  # whatever is cached on first use
        before = sys.gettrace()
        sys.settrace(trace)
        try:
            function()
        finally:
            sys.settrace(before)
        return steps

    return count
