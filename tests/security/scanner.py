"""Looks for words and secrets in what a thief would carry away, in every writing they may have."""

import base64
import json
import unicodedata
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

DEEPEST = 2
MOST_INFLATED = 1 << 24
# How a stream begins: gzip (RFC 1952), and zlib (RFC 1950) at each level of compression.
STREAMS = (b"\x1f\x8b\x08", b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")


@dataclass(frozen=True, order=True)
class Hit:
    """What was found where, and in which writing."""

    place: str
    writing: str
    label: str


def folded(text: str) -> str:
    """Without tones and marks, in small letters: what a search engine or a log may keep."""
    apart = unicodedata.normalize("NFD", text.casefold())
    return "".join(c for c in apart if not unicodedata.combining(c)).replace("đ", "d")


FORMS: Mapping[str, Callable[[str], str]] = {
    "nfc": lambda text: unicodedata.normalize("NFC", text),
    "nfd": lambda text: unicodedata.normalize("NFD", text),
    "lower": lambda text: unicodedata.normalize("NFC", text).casefold(),
    "lower nfd": lambda text: unicodedata.normalize("NFD", text.casefold()),
    "upper": lambda text: unicodedata.normalize("NFC", text).upper(),
    "folded": folded,
    "folded upper": lambda text: folded(text).upper(),
}


def _aligned(raw: bytes, encode: Callable[[bytes], bytes], shift: int) -> bytes:
    """The letters of base64 that `raw` always gives when it begins at this place of three."""
    before, after = (0, 2, 3)[shift], (0, 3, 2)[(shift + len(raw)) % 3]
    text = encode(bytes(shift) + raw).rstrip(b"=")
    return text[before : len(text) - (1 if after else 0)]


def of_bytes(raw: bytes) -> Iterator[tuple[str, bytes]]:
    """The writings of some bytes: as they are, hex, base64 at each of three places."""
    yield "raw", raw
    yield "hex", raw.hex().encode()
    yield "HEX", raw.hex().upper().encode()
    for shift in range(3):
        yield f"base64 at {shift}", _aligned(raw, base64.b64encode, shift)
        yield f"base64url at {shift}", _aligned(raw, base64.urlsafe_b64encode, shift)


def of_text(text: str) -> Iterator[tuple[str, bytes]]:
    """The writings of a text, in each of its forms."""
    for form, change in FORMS.items():
        changed = change(text)
        for code in ("utf-8", "utf-16-le", "utf-16-be"):
            for writing, raw in of_bytes(changed.encode(code)):
                yield f"{form} {code} {writing}", raw
        yield f"{form} url", quote(changed, safe="").encode()
        yield f"{form} url small", quote(changed, safe="").lower().encode()
        yield f"{form} json", json.dumps(changed)[1:-1].encode()


class Scanner:
    """Searches bytes, and the compressed streams in them, for texts and for secret bytes."""

    def __init__(self, texts: Mapping[str, str], keys: Mapping[str, bytes]) -> None:
        self._needles: dict[bytes, tuple[str, str]] = {}
        for label, text in texts.items():
            for writing, raw in of_text(text):
                self._needles.setdefault(raw, (writing, label))
        for label, key in keys.items():
            for writing, raw in of_bytes(key):
                self._needles.setdefault(raw, (writing, label))
        self.bytes_read = 0
        self.streams_opened = 0

    @property
    def needles(self) -> int:
        """How many distinct byte strings are looked for."""
        return len(self._needles)

    def scan(self, place: str, content: bytes, depth: int = 0) -> set[Hit]:
        """Everything found in `content`, which is called `place` in the report."""
        self.bytes_read += len(content)
        found = {
            Hit(place, writing, label)
            for needle, (writing, label) in self._needles.items()
            if needle in content
        }
        if depth < DEEPEST:
            for inflated in _streams(content):
                self.streams_opened += 1
                found |= self.scan(f"{place} > stream", inflated, depth + 1)
        return found

    def scan_folder(self, place: str, folder: Path) -> set[Hit]:
        """Every file under a folder, and every file name."""
        found: set[Hit] = set()
        for path in sorted(folder.rglob("*")):
            name = str(path.relative_to(folder))
            found |= self.scan(f"{place}: name", name.encode())
            if path.is_file():
                found |= self.scan(f"{place}: {name}", path.read_bytes())
        return found


def _streams(content: bytes) -> Iterator[bytes]:
    """What the compressed streams in some bytes hold, wherever they begin."""
    for magic in STREAMS:
        start = content.find(magic)
        while start != -1:
            inflated = _inflated(content, start, 31 if magic[0] == 0x1F else 15)
            if len(inflated) > 8:
                yield inflated
            start = content.find(magic, start + 1)


def _inflated(content: bytes, start: int, window: int) -> bytes:
    """A stream's content as far as it goes; a damaged end hides no beginning."""
    machine = zlib.decompressobj(window)
    view = memoryview(content)[start:]
    whole = b""
    try:
        for position in range(0, len(view), 1024):
            whole += machine.decompress(view[position : position + 1024], MOST_INFLATED)
            if machine.eof or len(whole) > MOST_INFLATED:
                break
    except zlib.error:
        pass
    return whole
