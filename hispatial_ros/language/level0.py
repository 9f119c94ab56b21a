"""Level 0: the geometry of pixels."""

from hispatial_ros.language.clause import Rule
from hispatial_ros.language.forms import PixelContents, PixelDepth, PixelPosition

# P is one pixel; see ``Rule`` for the notation.
RULES = (
    Rule(
        "DEPTH_VALUE|DISTANCE|DIMENSION P [WHERE]",
        lambda c: PixelDepth(c.refs[0], c.has("DISTANCE")),
    ),
    Rule("POSITION|WHERE P [WHERE] [BOX]", lambda c: PixelPosition(c.refs[0])),
    Rule("[WHICH] [WHAT] [EXIST] P", lambda c: PixelContents(c.refs[0])),
)
