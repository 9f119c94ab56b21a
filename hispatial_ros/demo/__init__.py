"""The sample frame of the demo: a real desk, see ``desk/SOURCE.md`` for its origin and licence."""

from pathlib import Path

DESK = Path(__file__).parent / "desk"
