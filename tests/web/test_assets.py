"""Style sheets and scripts: sent packed to whoever takes it, and nothing else ever is."""

import gzip

import pytest
from flask.testing import FlaskClient

SHEET = "/static/bootstrap.min.css"
PACKED = {"Accept-Encoding": "br, gzip"}


def test_a_file_is_packed_for_whoever_takes_it_and_whole_for_others(client: FlaskClient) -> None:
    packed, whole = client.get(SHEET, headers=PACKED), client.get(SHEET)

    assert (packed.content_encoding, whole.content_encoding) == ("gzip", None)
    assert gzip.decompress(packed.data) == whole.data
    assert packed.content_length is not None
    assert packed.content_length < len(whole.data) / 5
    assert packed.mimetype == whole.mimetype == "text/css"
    assert "Accept-Encoding" in packed.vary
    assert "Accept-Encoding" in whole.vary


def test_whoever_refuses_packing_gets_the_whole_file(client: FlaskClient) -> None:
    answer = client.get(SHEET, headers={"Accept-Encoding": "gzip;q=0"})

    assert answer.content_encoding is None


def test_a_file_that_is_known_already_is_not_sent_again(client: FlaskClient) -> None:
    known = client.get(SHEET).headers["ETag"]
    again = client.get(SHEET, headers={**PACKED, "If-None-Match": known})

    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("name", ["../assets.py", "none.css", "css/bootstrap.min.css", "."])
def test_nothing_but_the_known_files_is_there(client: FlaskClient, name: str) -> None:
    assert client.get(f"/static/{name}").status_code == 404


def test_a_page_is_never_packed(client: FlaskClient) -> None:
    """Its length would tell a stranger, who has words shown in it, what else it holds (BREACH)."""
    page = client.get("/exit", headers=PACKED)

    assert page.status_code == 200
    assert page.content_encoding is None
