"""Style sheets, scripts and the emblem: read once, packed once, kept by a browser for good.

They are the only answers that are compressed. A page holds secrets beside words that a stranger may
choose, and its compressed length would tell of them (BREACH).
"""

import gzip
import hashlib
import mimetypes
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from typing import Final

from flask import Flask, Response, abort, request, url_for

ENDPOINT: Final = "static"
BOOTSTRAP: Final = "bootstrap.min.css"
_OURS: Final = Path(__file__).parent / "static"


@dataclass(frozen=True)
class _Asset:
    kind: str
    body: bytes

    @cached_property
    def digest(self) -> str:
        """Changes with the content, and stands in the address."""
        return hashlib.sha256(self.body).hexdigest()[:12]

    @cached_property
    def packed(self) -> bytes:
        """As sent to whoever takes gzip (RFC 1952)."""
        return gzip.compress(self.body, mtime=0)


def asset(filename: str) -> str:
    """Address of a file, with its digest; `KeyError` for one that is not there."""
    return url_for(ENDPOINT, filename=filename, v=_FILES[filename].digest)


def is_asked_by_digest() -> bool:
    """Whether the request is for a file as it stands now, so that it may be kept for good."""
    if request.endpoint != ENDPOINT:
        return False
    found = _FILES.get((request.view_args or {}).get("filename", ""))
    return found is not None and request.args.get("v") == found.digest


def _send(filename: str) -> Response:
    found = _FILES.get(filename)
    if found is None:
        abort(404)
    takes_packed = request.accept_encodings["gzip"] > 0
    response = Response(found.packed if takes_packed else found.body, mimetype=found.kind)
    response.vary.add("Accept-Encoding")
    if takes_packed:
        response.content_encoding = "gzip"
    response.set_etag(found.digest, weak=True)  # the same words, whichever way they are sent
    response.make_conditional(request)
    return response


def _read() -> Iterator[tuple[str, _Asset]]:
    ours = (path for path in sorted(_OURS.iterdir()) if path.is_file())
    wheel = files("flask_bootstrap") / "static/bootstrap5/css" / BOOTSTRAP
    for file in (*ours, wheel):
        yield (
            file.name,
            _Asset(mimetypes.guess_type(file.name)[0] or "text/plain", file.read_bytes()),
        )


_FILES: Final = dict(_read())


def init_app(app: Flask) -> None:
    """Serve the files at `/static`; templates name them by `asset`."""
    app.add_url_rule("/static/<path:filename>", ENDPOINT, _send)
    app.add_template_global(asset)
