"""What stands beside the head of a clause: its phrases, by their roles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hispatial_ros.language.nouns import Refs
from hispatial_ros.language.terms import Mention

Item = tuple[str, Any]  # (role, value)


@dataclass(frozen=True)
class Head:
    kind: str
    value: Any = None
    asked: bool = False  # "how far" rather than "the distance"


class ClashError(Exception):
    """Two phrases say the same thing of a head."""


class Slots:
    """The phrases beside a head, by their roles."""

    def __init__(self, items: tuple[Item, ...]):
        self.items = items
        self.roles = [role for role, _ in items]

    def only(self, *roles: str) -> bool:
        return all(role in roles for role in self.roles)

    def get(self, role: str) -> Any:
        """The value of a role; None if it is not there, or there twice."""
        values = [value for r, value in self.items if r == role]
        return values[0] if len(values) == 1 else None

    def one(self, *roles: str) -> Any:
        """The value of whichever of the roles is there.

        Raises:
            ClashError: if several are: no phrase may be without a meaning.
        """
        there = [role for role in roles if self.has(role)]
        if len(there) > 1:
            raise ClashError
        return self.get(there[0]) if there else None

    def has(self, role: str) -> bool:
        return role in self.roles

    def without(self, role: str) -> Slots:
        return Slots(tuple(item for item in self.items if item[0] != role))

    def twice(self) -> bool:
        """Whether any role but these is there more than once."""
        return any(
            r not in ("", "travel", "apart", "these") and self.roles.count(r) > 1
            for r in self.roles
        )

    @property
    def plain(self) -> Refs | None:
        """Plain mentions and those behind "of", one after the other; None if there are none."""
        mentions: tuple[Mention, ...] = ()
        conjunction = ""
        for role, value in self.items:
            if role in ("", "of"):
                mentions += value[0]
                conjunction = conjunction or value[1]
        return (mentions, conjunction) if mentions else None
