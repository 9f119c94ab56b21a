"""One function per question form: ``answer_form(form, scene)``."""

from __future__ import annotations

from functools import singledispatch

from hispatial_ros.answer.scene import Scene
from hispatial_ros.answer.types import Answer
from hispatial_ros.language.forms import Form


@singledispatch
def answer_form(form: Form, scene: Scene) -> Answer:
    """The measured answer to a question form; question, notes and timing are filled in later.

    Raises:
        SpatialError: if a name can not be resolved or an object not be measured.
    """
    raise TypeError(f"no answer for {type(form).__name__}")
