"""Names that the built-in detector knows, and what helps with others."""

from collections.abc import Sequence

from hispatial_ros.detect.classes import CLASSES

LABELS = tuple(each.name for each in CLASSES)
# A score below is said in the answer: of what is named there, more is wrong. Larger: every answer
# has the note. Smaller: wrong names go without. Chosen.
LOW_SCORE = 0.5
PAGE = "docs/detectors.md"


def what_helps(strange: Sequence[str], unseen: Sequence[str]) -> str:
    """What to do about objects that the detector does not see.

    Args:
        strange: names, as asked for, that are none of its classes.
        unseen: names that are.
    """
    parts = []
    if strange:
        parts.append(
            f"{_listed(strange)}: none of the {len(LABELS)} classes that the built-in detector "
            "knows; publish regions or detections with that name, or set detector.model to an "
            f"open-vocabulary one ({PAGE})"
        )
    if unseen:
        parts.append(
            f"{_listed(unseen)}: the built-in detector sees none in this image; show it nearer and "
            "in full, or publish regions"
        )
    return "; ".join(parts)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in dict.fromkeys(names))
