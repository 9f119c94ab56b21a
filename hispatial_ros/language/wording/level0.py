"""Wordings of Level 0: pixels."""

PHRASES = {
    ("PIXEL", None): """
        [image] (pixel|pixels|px|point|points|uv) [position|coordinate|coordinates|location|number]
        (2d|image|pixel) (point|points|position|coordinate|coordinates|location) | region
    """,
    ("DEPTH_VALUE", None): """
        (depth|z) (value|values|reading|measurement|coordinate) | value of depth
    """,
}
