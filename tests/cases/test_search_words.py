"""What is typed finds whom it means: names in any order and without tones, numbers, codes."""

import json
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from referral.cases.cards import ON_CARD
from referral.cases.forms_in_force import shelf
from referral.cases.search import Found, Hit, searched, sought, tab_of
from referral.kernel.errors import InvalidInput
from referral.kernel.folding import folded

CODE = "7QK-4MD"
CARD = {
    "spoken_name": "Kăn Nghin",
    "paper_name": "Nguyễn Đặng Thu Hương",
    "alias": "Bé Ba",
    "phone": "0400 123 456",
    "id_number": "046 190 001 234",
    "age_band": "25_39",
    "needs": ["health_care"],
}


def found(typed: str, **card: str) -> Hit | None:
    """As it is compared alone; in a drawer it must be found too, and be the same there."""
    text, asked = json.dumps(card or CARD, ensure_ascii=False), sought(typed)
    hit = asked.in_case(CODE, text)
    assert hit == asked.in_case(CODE, searched(text))
    assert hit is None or asked.places_among(["", tab_of(CODE, card or CARD), "|"]) == {1}
    return hit


@pytest.mark.parametrize(
    ("typed", "by"),
    [
        ("hương", Found.PAPER_NAME),
        ("HUONG", Found.PAPER_NAME),
        ("huong nguyen", Found.PAPER_NAME),
        ("thu hương", Found.PAPER_NAME),
        ("dang", Found.PAPER_NAME),
        ("Đặng", Found.PAPER_NAME),
        ("hu th ng", Found.PAPER_NAME),
        (unicodedata.normalize("NFD", "Nguyễn Hương"), Found.PAPER_NAME),
        ("kan nghin", Found.SPOKEN_NAME),
        ("be ba", Found.ALIAS),
        ("0400123456", Found.PHONE),
        ("+84 400 123 456", Found.PHONE),
        ("0084.400.123.456", Found.PHONE),
        ("84400123456", Found.PHONE),
        ("400-123-456", Found.PHONE),
        ("3456", Found.PHONE),
        ("046190001234", Found.ID_NUMBER),
        ("046 1900", Found.ID_NUMBER),
        ("1234", Found.PHONE),
        ("7qk-4md", Found.CODE),
        ("7QK4", Found.CODE),
    ],
)
def test_it_is_found_by(typed: str, by: Found) -> None:
    hit = found(typed)
    assert hit is not None
    assert hit.by == by


@pytest.mark.parametrize(
    "typed",
    [
        "uong",  # not the beginning of a word
        "huong huong",  # two words, one of them there
        "huong lan",
        "nghin ba",  # words of two different names
        "0400999",
        "25_39",
        "health care",
        "4MD-7",
    ],
)
def test_it_is_not_found_by(typed: str) -> None:
    assert found(typed) is None


def test_a_name_with_the_tones_typed_stands_before_one_without() -> None:
    typed = "Lê Thị Thủy"
    there = ["Lê Thị Thùy", "Lê Thị Thủy An", "Lê Thị Thuỷ", "Lê Thị Thủy", "Lê Thị Thuy"]
    ranked = sorted(there, key=lambda name: found(typed, paper_name=name).rank)
    assert set(ranked[:2]) == {"Lê Thị Thuỷ", "Lê Thị Thủy"}  # both places of the tone are one
    assert ranked[2] == "Lê Thị Thủy An"
    assert found("Đào", paper_name="Đào").rank < found("Đào", paper_name="Dao").rank


def test_a_whole_number_stands_before_a_part_of_one() -> None:
    whole, part = (
        found("0400123456", phone="+84400123456"),
        found("0400123456", phone="04001234567"),
    )
    assert whole is not None
    assert part is not None
    assert whole.rank < part.rank


def test_who_declined_to_give_a_name_is_not_found_by_that_word() -> None:
    assert found("declined", spoken_name="declined", phone="declined") is None


@pytest.mark.parametrize("typed", ["", " ", "a", "…", "12", "+84", "h 1"])
def test_too_little_is_refused_with_a_sentence(typed: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        sought(typed)
    assert list(refusal.value.fields) == ["words"]


LETTERS = (
    "aăâbcdđeêghiklmnoôơpqrstuưvxyáàảãạấầẩẫậắằẳẵặéèẻẽẹếềểễệíìỉĩịóòỏõọốồổỗộớờởỡợúùủũụứừửữựýỳỷỹỵ"
)
WORDS = st.lists(st.text(LETTERS, min_size=2, max_size=6), min_size=1, max_size=5)


@settings(deadline=None)
@given(words=WORDS, data=st.data())
def test_any_words_of_a_name_find_it_in_any_order_with_and_without_tones(
    words: list[str], data: st.DataObject
) -> None:
    some = data.draw(st.lists(st.sampled_from(range(len(words))), min_size=1, unique=True))
    begun = [words[at][: data.draw(st.integers(2, 6))] for at in some]
    name = " ".join(words).title()
    for typed in (" ".join(begun), folded(" ".join(begun)), " ".join(begun).upper()):
        assert found(typed, paper_name=name) is not None


def test_no_form_about_anybody_else_gives_a_card_anything() -> None:
    """Nobody is found by the name of who is said to have done it, of a witness, of a child."""
    naming = {"spoken_name", "paper_name", "alias", "phone", "id_number"}
    hers = {"identity", "safe_contact"}
    assert {kind for kind, names in ON_CARD.items() if naming & set(names)} == hers
    on_card = {name for names in ON_CARD.values() for name in names}
    assert naming == on_card & {str(by) for by in Found}
    texts = {
        question.id
        for kind in ON_CARD
        for question in shelf.form(kind).fields
        if question.id in on_card and question.type in {"text", "long_text"}
    }
    assert texts == naming


def test_a_case_without_a_card_is_found_by_its_code_alone():
    mark_that_is_a_letter_in_small = "\N{COMBINING GREEK YPOGEGRAMMENI}"
    for typed in ("hương", "0400 123 456", 2 * mark_that_is_a_letter_in_small):
        assert sought(typed).in_case(CODE, "") is None
    assert sought(CODE).in_case(CODE, "") is not None
