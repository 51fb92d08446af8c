"""One adapter for whatever takes short messages, or reads them out on the phone, over HTTP.

Address, headers, body and the sign of success are settings, so that no provider is known here.
"""

import http.client
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from referral.notices.carriers import PATIENCE, Dispatch, NotCarried
from referral.notices.kinds import Outcome

DEMO_NUMBERS = "+84400"
"""Numbers of the demo begin so; nobody has one, and none is ever called."""
MOST_READ = 65536
TRY_LATER = frozenset({408, 429, 503})


@dataclass(frozen=True, slots=True)
class Success:
    """What the answer must hold besides a status of 2xx: a value at a dotted place of its JSON."""

    place: tuple[str, ...] = ()
    value: str = ""

    def is_met(self, body: bytes) -> bool:
        """Whether this answer says that the message was taken."""
        if not self.place:
            return True
        try:
            found: Any = json.loads(body)
        except ValueError:
            return False
        for name in self.place:
            found = found.get(name) if isinstance(found, dict) else None
        said = found if isinstance(found, str) else json.dumps(found)
        return said == self.value


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway for SMS or voice. `template` is JSON, or the fields of a form."""

    url: str
    headers: Mapping[str, str] = field(repr=False)
    template: str
    success: Success

    def carry(self, dispatch: Dispatch) -> None:
        """Hand one message over, never to a number of the demo."""
        if dispatch.address.startswith(DEMO_NUMBERS):
            raise NotCarried(Outcome.DEMO_NUMBER, is_final=True)
        kind, body = self._body(dispatch)
        connection = self._connection()
        try:
            connection.connect()
        except OSError:
            raise NotCarried(Outcome.UNREACHABLE, is_down=True) from None
        try:
            status, answer = self._asked(connection, kind, body, dispatch)
        except (OSError, http.client.HTTPException):
            raise NotCarried(Outcome.CUT_OFF, is_doubtful=True, is_down=True) from None
        finally:
            connection.close()
        self._judge(status, answer)

    def _connection(self) -> http.client.HTTPConnection:
        to = urlsplit(self.url)
        host = to.hostname or ""
        if to.scheme == "https":
            context = ssl.create_default_context()
            return http.client.HTTPSConnection(host, to.port, timeout=PATIENCE, context=context)
        return http.client.HTTPConnection(host, to.port, timeout=PATIENCE)

    def _asked(
        self, connection: http.client.HTTPConnection, kind: str, body: bytes, dispatch: Dispatch
    ) -> tuple[int, bytes]:
        to = urlsplit(self.url)
        path = (to.path or "/") + (f"?{to.query}" if to.query else "")
        headers = {"Content-Type": kind, "Idempotency-Key": str(dispatch.id), **self.headers}
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read(MOST_READ)

    def _body(self, dispatch: Dispatch) -> tuple[str, bytes]:
        words = {
            "{to}": dispatch.address,
            "{text}": dispatch.words.text,
            "{id}": str(dispatch.id),
        }
        template = parsed(self.template)
        if isinstance(template, dict):
            filled = json.dumps(_filled(template, words), ensure_ascii=False)
            return "application/json; charset=utf-8", filled.encode()
        pairs = [(name, _filled(value, words)) for name, value in template]
        return "application/x-www-form-urlencoded", urlencode(pairs).encode()

    def _judge(self, status: int, answer: bytes) -> None:
        if 200 <= status < 300:
            if not self.success.is_met(answer):
                raise NotCarried(Outcome.REFUSED)
            return
        if status in {401, 403}:
            raise NotCarried(Outcome.SIGN_IN, is_down=True)
        if status in TRY_LATER:
            raise NotCarried(Outcome.UNREACHABLE, is_down=True)
        if status >= 500:  # it may have failed after it had passed the message on
            raise NotCarried(Outcome.CUT_OFF, is_doubtful=True)
        raise NotCarried(Outcome.REFUSED, is_final=True)


def parsed(template: str) -> dict[str, Any] | list[tuple[str, str]]:
    """A template: an object of JSON, or the pairs of a form; `ValueError` for neither."""
    if template.lstrip().startswith("{") and not template.startswith(("{to}", "{text}")):
        found = json.loads(template)
        if not isinstance(found, dict):
            raise ValueError("not an object")
        return found
    return parse_qsl(template, keep_blank_values=True, strict_parsing=True)


def _filled(node: Any, words: Mapping[str, str]) -> Any:
    """The template with the words put into its texts, whole, so that none can be escaped from."""
    if isinstance(node, dict):
        return {name: _filled(inner, words) for name, inner in node.items()}
    if isinstance(node, list):
        return [_filled(inner, words) for inner in node]
    if not isinstance(node, str):
        return node
    for sign, word in words.items():
        node = node.replace(sign, word)
    return node
