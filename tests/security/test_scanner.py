"""The scanner of the stolen disk finds what is there, in each writing, and nothing else."""

import base64
import gzip
import os
import secrets
import unicodedata
import zlib
from urllib.parse import quote_plus

import pytest

from tests.security.canaries import Canaries
from tests.security.scanner import FORMS, Scanner, folded, of_text

CANARIES = Canaries()
WORD = CANARIES("word")
NOISE = secrets.token_bytes(4096)

# Written by hand, so that a fault of the scanner's own encoders is not repeated here.
AS_A_THIEF_MEETS_IT = {
    "utf-8": WORD.encode(),
    "utf-16 with mark": WORD.encode("utf-16"),
    "utf-16-be": WORD.encode("utf-16-be"),
    "nfd": unicodedata.normalize("NFD", WORD).encode(),
    "small": WORD.lower().encode(),
    "capitals": WORD.upper().encode(),
    "without marks": folded(WORD).encode(),
    "base64 of a sentence": base64.b64encode(f"Chị nói: {WORD}, rồi về.".encode()),
    "base64 one later": base64.b64encode(f"xChị nói: {WORD}, rồi về.".encode()),
    "base64 two later": base64.b64encode(f"xyChị nói: {WORD}, rồi về.".encode()),
    "base64url": base64.urlsafe_b64encode(f"{WORD}?".encode()),
    "hex": f"\\x{WORD.encode().hex()}".encode(),
    "HEX": WORD.encode().hex().upper().encode(),
    "url": quote_plus(f"note={WORD}").encode(),
    "json escapes": ascii(CANARIES.mark).encode(),
    "gzip": gzip.compress(f"before {WORD} after".encode()),
    "zlib": zlib.compress(f"before {WORD} after".encode()),
    "zlib best": zlib.compress(f"before {WORD} after".encode(), 9),
    "zlib fast": zlib.compress(f"before {WORD} after".encode(), 1),
    "gzip in gzip": gzip.compress(gzip.compress(WORD.encode())),
    "gzip cut short": gzip.compress(os.urandom(4000) + WORD.encode() + os.urandom(9000))[:9000],
}


@pytest.fixture(scope="module")
def scanner():
    return Scanner({"mark": CANARIES.mark}, {"key": NOISE[:32]})


@pytest.mark.parametrize("writing", AS_A_THIEF_MEETS_IT)
def test_a_planted_canary_is_found_in_every_writing(scanner, writing):
    content = NOISE[64:] + AS_A_THIEF_MEETS_IT[writing] + NOISE[64:]
    assert {hit.label for hit in scanner.scan("here", content)} == {"mark"}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_the_letters_is_another_needle_or_another_ones(form):
    assert any(writing.startswith(form) for writing, _ in of_text(CANARIES.mark))


@pytest.mark.parametrize("shift", [0, 1, 2])
def test_a_planted_key_is_found_raw_and_encoded(scanner, shift):
    key = NOISE[:32]
    for written in (key, key.hex().encode(), base64.b64encode(bytes(shift) + key + b"?")):
        assert {hit.label for hit in scanner.scan("here", b"..." + written)} == {"key"}


def test_noise_and_other_words_are_no_hit(scanner):
    assert scanner.scan("here", os.urandom(1 << 20) + Canaries()("other").encode()) == set()


def test_file_names_are_read_too(scanner, tmp_path):
    (tmp_path / f"{WORD}.txt").write_bytes(b"")
    assert {hit.place for hit in scanner.scan_folder("folder", tmp_path)} == {"folder: name"}
