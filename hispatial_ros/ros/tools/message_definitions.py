"""Message types by name: their class, and their definition as recordings embed it."""

import importlib
import re
from functools import cache
from pathlib import Path
from typing import Any

from hispatial_ros.health.ros2 import prefixes

SEPARATOR = "=" * 80
# The type is the first word of a line, without array brackets and string bounds.
FIELD = re.compile(r"^\s*([A-Za-z][\w/]*)(?:<=\d+)?(?:\[[^\]]*\])?\s+[A-Za-z]", re.MULTILINE)
PRIMITIVES = {
    *("bool", "byte", "char", "float32", "float64", "string", "wstring"),
    *("int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"),
}


def message_class(type_name: str) -> Any:
    """The generated class of ``package/msg/Name``.

    Raises:
        ImportError: the package is not installed.
    """
    package, kind, name = type_name.split("/")
    try:
        return getattr(importlib.import_module(f"{package}.{kind}"), name)
    except AttributeError as error:
        raise ImportError(f"{package} has no {kind}/{name}") from error


def definition(type_name: str) -> str:
    """ros2msg text of ``package/msg/Name`` and of every type it contains, as in an MCAP schema.

    Raises:
        ImportError: a package is not installed, or without its definitions.
    """
    texts: dict[str, str] = {}
    waiting = [_short(type_name)]
    while waiting:
        short = waiting.pop(0)
        if short not in texts:
            texts[short] = _text(short)
            waiting += _nested(short, texts[short])
    first, *others = texts.items()
    return first[1] + "".join(f"{SEPARATOR}\nMSG: {short}\n{text}" for short, text in others)


def _short(type_name: str) -> str:
    """``package/Name``."""
    package, *_, name = type_name.split("/")
    return f"{package}/{name}"


def _nested(short: str, text: str) -> list[str]:
    package = short.partition("/")[0]
    found = [kind for kind in FIELD.findall(text) if kind not in PRIMITIVES]
    return [_short(kind) if "/" in kind else f"{package}/{kind}" for kind in found]


@cache
def _text(short: str) -> str:
    package, name = short.split("/")
    files = [Path(prefix) / "share" / package / "msg" / f"{name}.msg" for prefix in prefixes()]
    file = next((file for file in files if file.is_file()), None)
    if file is None:
        raise ImportError(f"the definition of {short} is in none of {', '.join(prefixes())}")
    text = file.read_text()
    return text if text.endswith("\n") else text + "\n"
