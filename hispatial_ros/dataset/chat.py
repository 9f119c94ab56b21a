"""A language model behind any OpenAI-compatible address."""

import base64
import json
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hispatial_ros.errors import ErrorCode, SpatialError

TIMEOUT = 60.0  # s


# What a reply that is no chat completion ends in.
NO_COMPLETION = (ValueError, KeyError, IndexError, TypeError)


def complete(address: str, key: str, body: dict[str, Any], timeout: float) -> Any:
    """Content of the message that a server completes a chat with.

    Args:
        address: such as http://localhost:8000/v1.
        key: sent as bearer token, if there is one.
        body: of the request.
        timeout: s.

    Raises:
        OSError: it does not answer, or answers an error (``urllib.error.HTTPError``).
        ValueError, KeyError, IndexError, TypeError: see `NO_COMPLETION`.
    """
    headers = {"Content-Type": "application/json"}
    if key:
        headers["Authorization"] = f"Bearer {key}"
    request = urllib.request.Request(
        f"{address.rstrip('/')}/chat/completions", json.dumps(body).encode(), headers
    )
    with urllib.request.urlopen(request, timeout=timeout) as reply:
        return json.load(reply)["choices"][0]["message"]["content"]


@dataclass(frozen=True)
class Chat:
    """Asks one question at a time, without chance as far as the server keeps to that.

    Args:
        address: such as http://localhost:8000/v1.
        model: its name there.
        key: sent as bearer token, if there is one.
        options: of the command, that a person has to correct if nothing answers.
    """

    address: str
    model: str
    key: str = ""
    options: str = "--rewrite-url and --rewrite-model"

    def ask(self, text: str, pictures: Sequence[bytes] = ()) -> str:
        """The reply to a text with JPEG pictures.

        Raises:
            SpatialError: BACKEND_UNAVAILABLE if the address does not answer as such.
        """
        content: Any = text
        if pictures:
            urls = [f"data:image/jpeg;base64,{base64.b64encode(p).decode()}" for p in pictures]
            content = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
            content.append({"type": "text", "text": text})
        body = {
            "model": self.model,
            "messages": [{"role": "user", "content": content}],
            "temperature": 0,
            "seed": 0,
        }
        try:
            said = complete(self.address, self.key, body, TIMEOUT)
        except (OSError, *NO_COMPLETION) as error:
            raise SpatialError(
                ErrorCode.BACKEND_UNAVAILABLE,
                f"the language model at {self.address} does not answer: {error}; correct "
                f"{self.options}, or leave them out",
            ) from error
        return said if isinstance(said, str) else ""

    def ask_for_list(self, text: str, pictures: Sequence[bytes] = ()) -> list[Any]:
        """The JSON list in the reply; empty where there is none. Raises as `ask`."""
        said = self.ask(text, pictures)
        try:
            found = json.loads(said[said.index("[") : said.rindex("]") + 1])
        except ValueError:
            return []
        return found if isinstance(found, list) else []
