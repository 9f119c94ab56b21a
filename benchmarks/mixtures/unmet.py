"""Kinds that still end neither in a right answer nor in their cause, and why."""

TALL_ROOM = "nothing in view has a known size: it may be a room or a toy of that size"
NOT_ABOUT_THE_IMAGE = "a question is not told that regions arrive, but none about its image"
GRAMMAR = ("top", "no", "and", "between", "object", "right", "is", "far")  # as labels
UNMET: dict[str, str] = {
    "depth: in 0.1 mm": TALL_ROOM,
    "depth: in 1/5000 m": TALL_ROOM,
    "depth: in centimetres": TALL_ROOM,
    "stamps: regions 2 s off": NOT_ABOUT_THE_IMAGE,
}
# What is not mixed with others: without regions no label is known, and an odd one reads as grammar.
NOT_BESIDE = {
    *UNMET,
    *(f"labels: {word}" for word in GRAMMAR),
    *(f"labels: {word}, in quotes" for word in GRAMMAR),
    "stamps: regions without a stamp",
    "frames: regions of another camera",
}
