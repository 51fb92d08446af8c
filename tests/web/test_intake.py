"""What is sent is bounded, and stands nowhere but in memory."""

import tempfile
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, request
from werkzeug.wrappers import Request

from referral.web.intake import LARGEST_FIELD, LARGEST_REQUEST, MOST_PARTS

on_one_engine = pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)


@pytest.fixture
def files(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every temporary file that anybody makes."""
    made: list[str] = []

    def noted(name: str) -> Callable[..., Any]:
        real = getattr(tempfile, name)

        def make(*given: Any, **named: Any) -> Any:
            made.append(name)
            return real(*given, **named)

        return make

    import werkzeug.formparser as parser

    for name in ("TemporaryFile", "SpooledTemporaryFile", "NamedTemporaryFile", "mkstemp"):
        wrapped = noted(name)
        monkeypatch.setattr(tempfile, name, wrapped)
        if hasattr(parser, name):
            monkeypatch.setattr(parser, name, wrapped)
    return made


def receiving(app: Flask) -> Flask:
    app.config["WTF_CSRF_ENABLED"] = False
    app.before_request_funcs.clear()

    @app.post("/received")
    def received() -> str:
        stream = request.files["file"].stream
        return f"{type(stream).__name__} {len(stream.read())}"

    return app


def send(app: Flask, **parts: bytes) -> Any:
    """Post parts, all but `field` as files; werkzeug's client would use a file of its own."""
    named = {name: "" if name == "field" else '; filename="note.txt"' for name in parts}
    body = b"".join(
        b'--edge\r\nContent-Disposition: form-data; name="%s"%s\r\n\r\n%s\r\n'
        % (name.encode(), named[name].encode(), content)
        for name, content in parts.items()
    )
    return app.test_client().post(
        "/received", data=body + b"--edge--\r\n", content_type="multipart/form-data; boundary=edge"
    )


@on_one_engine
def test_a_large_part_is_never_written_to_a_file(app: Flask, files: list[str]) -> None:
    for size in (10, 600_000, 1_500_000):
        assert send(receiving_once(app), file=b"x" * size).text == f"BytesIO {size}"
    assert files == []


def receiving_once(app: Flask) -> Flask:
    return app if "received" in app.view_functions else receiving(app)


def test_a_file_would_be_seen(files: list[str]) -> None:
    with Request({})._get_file_stream(600_000, "text/plain") as stream:
        stream.write(b"x" * 600_000)
    assert files == ["SpooledTemporaryFile", "TemporaryFile"]


@on_one_engine
def test_what_is_too_large_or_in_too_many_parts_is_refused(app: Flask) -> None:
    receiving(app)
    assert send(app, file=b"x" * LARGEST_REQUEST).status_code == 413
    assert send(app, field=b"x" * (LARGEST_FIELD + 1), file=b"x").status_code == 413
    many = {f"part{number}": b"x" for number in range(MOST_PARTS + 1)}
    assert send(app, **many).status_code == 413
