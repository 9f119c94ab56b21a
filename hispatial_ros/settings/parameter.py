"""Parameters of the node as fields of frozen dataclasses.

A dataclass is a group; a group within it is a field of its own, so that the field ``slop`` of the
group ``sync`` is the ROS parameter ``sync.slop``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, TypeVar

Value = bool | int | float | str
Group = TypeVar("Group")


@dataclass(frozen=True)
class Parameter:
    """What one parameter is; its type is that of the default."""

    name: str
    default: Value
    description: str
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    read_only: bool = False

    @property
    def about(self) -> str:
        """The description, with what a running node accepts."""
        return self.description + (" Read at start only." if self.read_only else "")

    def objection(self, value: Any) -> str:
        """Why the value is not acceptable; empty if it is. ROS itself checks type and range."""
        if self.choices and value not in self.choices:
            return f"{self.name} must be one of {', '.join(self.choices)}, not {value!r}"
        return ""


def parameter(
    default: Value,
    description: str,
    *,
    within: tuple[float, float] | None = None,
    choices: tuple[str, ...] = (),
    read_only: bool = False,
) -> Any:
    """A dataclass field that is a parameter.

    Args:
        default: also gives the type.
        description: meaning, with the unit in brackets.
        within: smallest and largest value that is accepted.
        choices: the values that are accepted.
        read_only: read at start only.
    """
    minimum, maximum = within or (None, None)
    about = Parameter("", default, description, minimum, maximum, choices, read_only)
    return field(default=default, metadata={"parameter": about})


def parameters(group: Any, prefix: str = "") -> Iterator[Parameter]:
    """Every parameter of a group with its full name, in the order of the fields.

    Args:
        group: an instance with the defaults.
        prefix: of the names.
    """
    for f in fields(group):
        value = getattr(group, f.name)
        if is_dataclass(value):
            yield from parameters(value, f"{prefix}{f.name}.")
        else:
            about: Parameter = f.metadata["parameter"]
            yield Parameter(**{**vars(about), "name": prefix + f.name})


def with_values(group: Group, values: Mapping[str, Any], prefix: str = "") -> Group:
    """The group with these values, by full name. Raises KeyError if one is missing."""
    changed = {
        f.name: with_values(value, values, f"{prefix}{f.name}.")
        if is_dataclass(value := getattr(group, f.name))
        else values[prefix + f.name]
        for f in fields(group)  # type: ignore[arg-type]
    }
    return type(group)(**changed)
