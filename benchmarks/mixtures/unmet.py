"""Kinds that still end neither in a right answer nor in their cause, and why."""

NOT_ABOUT_THE_IMAGE = "a question is not told that regions arrive, but none about its image"
GRAMMAR = ("top", "no", "and", "between", "object", "right", "is", "far")  # as labels
UNMET: dict[str, str] = {
    "stamps: regions 2 s off": NOT_ABOUT_THE_IMAGE,
}
# What is not mixed with others: without regions no label is known, and an odd one reads as grammar.
NOT_BESIDE = {
    *UNMET,
    *(f"depth: in {unit}" for unit in ("0.1 mm", "1/5000 m", "centimetres")),
    *(f"labels: {word}" for word in GRAMMAR),
    *(f"labels: {word}, in quotes" for word in GRAMMAR),
    "stamps: regions without a stamp",
    "frames: regions of another camera",
}
