"""Kinds that still end neither in a right answer nor in their cause, and why."""

GRAMMAR = ("top", "no", "and", "between", "object", "right", "is", "far")  # as labels
UNMET: dict[str, str] = {}
# What is not mixed with others: without regions no label is known, and an odd one reads as grammar.
NOT_BESIDE = {
    *UNMET,
    *(f"depth: in {unit}" for unit in ("0.1 mm", "1/5000 m", "centimetres")),
    *(f"labels: {word}" for word in GRAMMAR),
    *(f"labels: {word}, in quotes" for word in GRAMMAR),
    "stamps: regions 2 s off",
    "stamps: regions without a stamp",
    "frames: regions of another camera",
}
