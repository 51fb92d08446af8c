"""A mail server on loopback that speaks SMTP (RFC 5321), and a gateway that takes HTTP.

Both keep what they were given, as bytes, and may be told how to refuse it.
"""

import base64
import json
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, cast
from urllib.parse import parse_qs


@dataclass
class Mail:
    """One mail as it came over the line."""

    sender: str
    recipient: str
    raw: bytes
    is_encrypted: bool
    user: str

    @property
    def message(self) -> EmailMessage:
        return cast("EmailMessage", message_from_bytes(self.raw, policy=default))


@dataclass
class Mailbox:
    """What the server took, and how it is to behave. Verbs in `answers` are answered so."""

    mails: list[Mail] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    cuts_off_after_data: bool = False
    asks_for: tuple[str, str] | None = None
    certificate: ssl.SSLContext | None = None
    is_tls_from_the_start: bool = False
    port: int = 0
    heard: list[bytes] = field(default_factory=list)


class _Line(socketserver.StreamRequestHandler):
    """One connection."""

    @property
    def box(self) -> Mailbox:
        return self.server.box  # type: ignore[attr-defined,no-any-return]  # ours, below

    def setup(self) -> None:
        self.is_encrypted = False
        if self.box.is_tls_from_the_start:
            self._encrypt()
        super().setup()

    def _encrypt(self) -> None:
        assert self.box.certificate is not None
        self.request = self.box.certificate.wrap_socket(self.request, server_side=True)
        self.is_encrypted = True

    def handle(self) -> None:
        self.user = self.sender = self.recipient = ""
        self._say("220 ready")
        while line := self.rfile.readline():
            self.box.heard.append(line)
            verb = line.split()[0].upper().decode() if line.split() else ""
            if verb in self.box.answers:
                self._say(self.box.answers[verb])
                continue
            if not getattr(self, f"_{verb.lower()}", self._unknown)(line.decode().strip()):
                return

    def finish(self) -> None:
        super().finish()
        self.request.close()  # with TLS another one than the server closes itself

    def _say(self, words: str) -> bool:
        self.wfile.write(f"{words}\r\n".encode())
        return True

    def _unknown(self, _line: str) -> bool:
        return self._say("502 not known")

    def _ehlo(self, _line: str) -> bool:
        offers = ["250-here"]
        if self.box.certificate and not self.is_encrypted:
            offers.append("250-STARTTLS")
        if self.box.asks_for:
            offers.append("250-AUTH PLAIN")
        return self._say("\r\n".join([*offers, "250 8BITMIME"]))

    def _starttls(self, _line: str) -> bool:
        self._say("220 go on")
        self._encrypt()
        self.rfile = self.request.makefile("rb", self.rbufsize)
        self.wfile = socketserver._SocketWriter(self.request)
        return True

    def _auth(self, line: str) -> bool:
        _, user, password = base64.b64decode(line.split()[2]).decode().split("\0")
        if (user, password) != self.box.asks_for:
            return self._say("535 no")
        self.user = user
        return self._say("235 welcome")

    def _mail(self, line: str) -> bool:
        if self.box.asks_for and not self.user:
            return self._say("530 sign in first")
        self.sender = line.partition("<")[2].partition(">")[0]
        return self._say("250 ok")

    def _rcpt(self, line: str) -> bool:
        self.recipient = line.partition("<")[2].partition(">")[0]
        return self._say("250 ok")

    def _data(self, _line: str) -> bool:
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        mail = Mail(self.sender, self.recipient, b"".join(lines), self.is_encrypted, self.user)
        self.box.mails.append(mail)
        return False if self.box.cuts_off_after_data else self._say("250 taken")

    def _quit(self, _line: str) -> bool:
        self._say("221 bye")
        return False


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away, or refuses our certificate, is what some tests are about."""


@contextmanager
def mail_server(**how: Any) -> Iterator[Mailbox]:
    """A mail server on a free port of loopback."""
    box = Mailbox(**how)
    with _Server(("127.0.0.1", 0), _Line) as server:
        server.box = box  # type: ignore[attr-defined]  # read by each connection
        box.port = server.server_address[1]
        with _served(server):
            yield box


@dataclass
class Post:
    """One request that the gateway got."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Exchange:
    """What the gateway got, and what it answers; no answer at all where the status is 0."""

    posts: list[Post] = field(default_factory=list)
    status: int = 200
    body: bytes = b"{}"
    url: str = ""


class _Call(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        exchange: Exchange = self.server.exchange  # type: ignore[attr-defined]  # ours, below
        content = self.rfile.read(int(self.headers["Content-Length"]))
        exchange.posts.append(Post(self.path, dict(self.headers), content))
        if not exchange.status:
            return
        self.send_response(exchange.status)
        self.send_header("Content-Length", str(len(exchange.body)))
        self.send_header("Location", "/elsewhere")
        self.end_headers()
        self.wfile.write(exchange.body)

    def log_message(self, *_arguments: Any) -> None:
        """Nothing on the terminal."""


@contextmanager
def gateway(**how: Any) -> Iterator[Exchange]:
    """A gateway for messages on a free port of loopback."""
    exchange = Exchange(**how)
    with ThreadingHTTPServer(("127.0.0.1", 0), _Call) as server:
        server.exchange = exchange  # type: ignore[attr-defined]  # read by each request
        exchange.url = f"http://127.0.0.1:{server.server_address[1]}/send"
        with _served(server):
            yield exchange


@contextmanager
def _served(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()


def settings_of(box: Mailbox | None = None, exchange: Exchange | None = None) -> dict[str, str]:
    """The settings of an installation that sends by these."""
    mail = {
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(box.port),
        "SMTP_TLS": "none",
        "SMTP_SENDER": "portal@example.vn",
    } if box else {}  # fmt: skip
    return mail | ({"GATEWAY_URL": exchange.url} if exchange else {})
