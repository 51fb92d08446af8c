"""How much is taken in, and where it stands meanwhile: in memory, never in a temporary file."""

from io import BytesIO
from typing import IO, Final

from flask import Flask, Request

LARGEST_REQUEST: Final = 2 * 1024 * 1024
LARGEST_FIELD: Final = 1024 * 1024
MOST_PARTS: Final = 1000


class InMemory(Request):
    """A request whose uploads stay in memory.

    Werkzeug puts a part above 500 KB into a plain temporary file; the whole request is smaller
    than four of those, so that it may stay where it is.
    """

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        return BytesIO()


def init_app(app: Flask) -> None:
    """Let every request of the application, of pages and API alike, be taken in so."""
    app.request_class = InMemory
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_REQUEST
    app.config["MAX_FORM_MEMORY_SIZE"] = LARGEST_FIELD
    app.config["MAX_FORM_PARTS"] = MOST_PARTS
