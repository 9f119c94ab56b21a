"""What clients ask for, as plain structs."""

from collections.abc import Sequence
from dataclasses import dataclass

from hispatial_ros.frame.region import Region


@dataclass(frozen=True, eq=False, kw_only=True)
class Request:
    """What a question and a measurement have in common."""

    regions: Sequence[Region] = ()  # empty: those of the regions topic
    stamp_ns: int = 0  # of the image; 0: the newest; negative: the client's stamp is no time
    reference_frame: str = ""  # empty: the parameter's value
    timeout: float = 0.0  # s; 0: the parameter's value; NaN: the client's timeout is no duration


@dataclass(frozen=True, eq=False, kw_only=True)
class AskRequest(Request):
    """A question in plain language."""

    question: str
    backend: str = ""  # "auto", "measured", "model"; empty: the parameter's value
    raw: bool = False  # model: the question goes to it verbatim
    context: str = ""  # the question before


@dataclass(frozen=True, eq=False, kw_only=True)
class MeasureRequest(Request):
    """Regions to measure."""

    skip_relations: bool = False
