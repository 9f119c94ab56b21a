"""Models behind an OpenAI-compatible address: as a backend, and as a judge."""

import base64
import io
import json
import time
import urllib.error
from dataclasses import dataclass
from typing import Any

from PIL import Image

from hispatial_ros.dataset.chat import NO_COMPLETION, complete
from hispatial_ros.errors import ErrorCode, SpatialError
from hispatial_ros.evaluate.backends import RefusedError
from hispatial_ros.evaluate.question import Question

TIMEOUT = 300.0  # s
WAITS = (1.0, 4.0, 16.0)  # s before another attempt
PASSING = (408, 409, 425, 429, 500, 502, 503, 504)  # HTTP states that are worth another attempt
ABOUT_THE_QUESTION = (400, 413, 422)  # those that a single question can cause


@dataclass
class Chat:
    """A chat model.

    Args:
        address: such as http://localhost:8000/v1.
        model: its name there.
        key: sent as bearer token, if there is one.
        max_tokens: of an answer.
        option: of the command line, for errors.
    """

    address: str
    model: str
    key: str = ""
    max_tokens: int = 512
    option: str = "--backend openai:ADDRESS and --model"
    _answered: bool = False

    def complete(self, content: Any) -> str:
        """The model's text.

        Args:
            content: of the user's message, text or parts.

        Raises:
            SpatialError: BACKEND_UNAVAILABLE if the address does not answer as such.
            RefusedError: it refuses this message, and has answered others.
        """
        body = {
            "model": self.model,
            "messages": [{"role": "user", "content": content}],
            "temperature": 0,
            "max_tokens": self.max_tokens,
        }
        for wait in (*WAITS, None):
            try:
                text = complete(self.address, self.key, body, TIMEOUT) or ""
                self._answered = True
                return text
            except urllib.error.HTTPError as error:
                said = f"HTTP {error.code} {error.read(300).decode(errors='replace')}".strip()
                if error.code in ABOUT_THE_QUESTION and self._answered:
                    raise RefusedError(said) from error
                if error.code not in PASSING or wait is None:
                    raise self._unavailable(said) from error
            except OSError as error:
                if wait is None:
                    raise self._unavailable(str(error)) from error
            except NO_COMPLETION as error:
                what = f"its reply is no chat completion ({type(error).__name__}: {error})"
                raise self._unavailable(what) from error
            time.sleep(wait)
        raise AssertionError("the last attempt returns or raises")

    def _unavailable(self, why: str) -> SpatialError:
        return SpatialError(
            ErrorCode.BACKEND_UNAVAILABLE,
            f"{self.address} does not answer as {self.model}: {why}; check that it runs, "
            f"correct {self.option} (a key is taken from OPENAI_API_KEY), and start "
            "again: what is answered is kept",
        )


class ChatAsker:
    """A chat model as a backend; it sees the image, with boxes where they are drawn.

    Args:
        chat: the model.
        at_once: requests at a time.
    """

    def __init__(self, chat: Chat, at_once: int = 8):
        self._chat, self.at_once = chat, at_once

    def prepare(self, question: Question) -> object:
        """See Asker."""
        view = question.view()
        buffer = io.BytesIO()
        Image.fromarray(view.rgb if view.drawn is None else view.drawn).save(buffer, "PNG")
        return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"

    def ask(self, question: Question, prepared: object) -> str:
        """See Asker."""
        return self._chat.complete(
            [
                {"type": "image_url", "image_url": {"url": prepared}},
                {"type": "text", "text": question.text},
            ]
        )

    def close(self) -> None:
        """See Asker."""


JUDGE = (
    "You compare a response with the correct answer to a question about a distance or size. "
    'Reply with JSON only: {"answer_m": A, "response_m": R}, where A and R are the lengths that '
    "the correct answer and the response state, converted to metres; null if one states none.\n"
    "Question: %s\nCorrect answer: %s\nResponse: %s"
)


class Judge:
    """Has a language model read the length out of an answer, as SpatialRGPT's paper has it.

    Args:
        chat: the model.
    """

    def __init__(self, chat: Chat):
        self._chat = chat

    def read(self, question: str, truth: str, answer: str) -> float | None:
        """The length that an answer states [m]; None if it states none.

        Raises:
            SpatialError: BACKEND_UNAVAILABLE.
        """
        try:
            text = self._chat.complete(JUDGE % (question, truth, answer))
        except RefusedError:
            return None
        try:
            value = json.loads(text[text.index("{") : text.rindex("}") + 1])["response_m"]
            return None if value is None else float(value)
        except (ValueError, KeyError, TypeError):
            return None
