"""What the demos show and ask: a real desk, and a miniature of the model.

For their origin and licence see ``desk/SOURCE.md`` and ``miniature/SOURCE.md``.
"""

from pathlib import Path

DESK = Path(__file__).parent / "desk"
MINIATURE = Path(__file__).parent / "miniature"  # a checkpoint that knows simulated rooms alone
