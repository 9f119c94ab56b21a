"""The Python error codes are those of the message."""

import re
from pathlib import Path

from hispatial_ros.errors import ErrorCode, SpatialError

ROOT = Path(__file__).parents[2]


def codes_of_message() -> dict[str, int]:
    text = (ROOT / "msg" / "ErrorCode.msg").read_text()
    return {name: int(value) for name, value in re.findall(r"^uint16 (\w+)=(\d+)", text, re.M)}


def test_enum_mirrors_the_message_file():
    assert {code.name: code.value for code in ErrorCode} == codes_of_message()


def test_enum_mirrors_the_generated_message():
    from hispatial_ros.msg import ErrorCode as Message

    for code in ErrorCode:
        assert getattr(Message, code.name) == code


def test_every_code_of_the_message_is_explained():
    for line in (ROOT / "msg" / "ErrorCode.msg").read_text().splitlines():
        if line.startswith("uint16"):
            assert "#" in line, line


def test_error_keeps_code_and_message():
    error = SpatialError(ErrorCode.NO_DEPTH, "plug it in")
    assert (error.code, str(error)) == (ErrorCode.NO_DEPTH, "plug it in")
