"""Level 0: the geometry of pixels."""

from hispatial_ros.language import question as q
from hispatial_ros.language.clause import Rule

PHRASES = {
    ("PIXEL", None): [
        "[image] (pixel|pixels|px|point|points|uv) [(position|coordinate|coordinates|location|number)]",
        "(2d|image|pixel) (point|points|position|coordinate|coordinates|location)", "region",
    ],
    ("DEPTH_VALUE", None): ["(depth|z) (value|values|reading|measurement|coordinate)", "value of depth"],
}  # fmt: skip


# P is one pixel.
RULES = (
    Rule("DEPTH_VALUE|DISTANCE|DIMENSION P [WHERE]", lambda c: q.PixelDepth(c.refs[0], c.has("DISTANCE"))),
    Rule("POSITION|WHERE [WHERE] [BOX] P", lambda c: q.PixelPosition(c.refs[0])),
    Rule("[WHICH] [WHAT] [EXIST] P", lambda c: q.PixelContents(c.refs[0])),
)
