"""The detectors of the thread find what they are there to find."""

import pytest

from tests.e2e.person import TELLING, TELLING_ADDRESS, TITLE, UUID, Person, Scene

CASE = "/cases/3b0f8c1e-5a52-4a53-9d0e-2f6c1d0a7b11"


def shown(*markup: str) -> Person:
    scene = Scene("", {}, page_for=print)
    return Person(scene, None, "somebody", "", "", seen=list(markup))


def test_a_title_that_tells_is_found():
    assert TELLING.search("Lượt tạm lánh – Cổng phối hợp")
    assert TELLING.search("Bạo lực gia đình – Cổng phối hợp")
    assert not TELLING.search("Việc hôm nay – Cổng phối hợp")
    assert not TITLE.match("Việc hôm nay")


def test_an_address_that_tells_is_found():
    assert TELLING_ADDRESS.search(f"{CASE}/sections/medical?")
    assert not TELLING_ADDRESS.search(f"{CASE}/sections/m?")
    assert UUID.sub("…", CASE) == "/cases/…"


def test_a_place_in_the_markup_is_found():
    with pytest.raises(AssertionError, match="Sen Trắng"):
        shown("<p>Đã bố trí</p>", "<p hidden>Sen Trắng</p>").has_not_seen("Sen Trắng")
    shown("<p>Đã bố trí</p>").has_not_seen("Sen Trắng")
    with pytest.raises(AssertionError, match="Sen Trắng"):
        shown("<p>Đã bố trí</p>").has_seen("Sen Trắng")
