"""The number of a sheet of paper: read as people write it, and wrong as soon as a letter is."""

from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.cases.forms.sheets import (
    is_printed_by,
    new_sheet_number,
    read_sheet_number,
    with_check,
)
from referral.kernel.ids import CODE_LETTERS


def ours(letters: str) -> bytes:
    return sha256(b"ours" + letters.encode()).digest()


def theirs(letters: str) -> bytes:
    return sha256(b"theirs" + letters.encode()).digest()


NUMBERS = st.text(CODE_LETTERS, min_size=7, max_size=7).map(with_check)


@given(NUMBERS)
def test_a_number_is_known_again_however_it_is_written(number: str) -> None:
    for written in (
        number,
        number.lower(),
        number.replace("-", ""),
        f" {number[:4]} {number[5:]} ",
    ):
        assert read_sheet_number(written) == number


@given(NUMBERS, st.integers(0, 7), st.sampled_from(CODE_LETTERS))
def test_every_single_wrong_letter_shows(number: str, place: int, letter: str) -> None:
    letters = list(number.replace("-", ""))
    if letters[place] != letter:
        letters[place] = letter
        assert read_sheet_number("".join(letters)) is None


@given(NUMBERS)
def test_two_neighbours_that_changed_places_show(number: str) -> None:
    letters = number.replace("-", "")
    for place, (first, second) in enumerate(pairwise(letters)):
        if first != second:
            changed = letters[:place] + second + first + letters[place + 2 :]
            assert read_sheet_number(changed) is None


@pytest.mark.parametrize("typed", ["", "7QK4", "7QK4-MD2X-7QK4", "hồ sơ", "0000-000O", "1234567!"])
def test_what_is_no_number_is_taken_for_none(typed: str) -> None:
    assert read_sheet_number(typed) is None


def test_numbers_that_are_printed_check_and_differ() -> None:
    printed = [new_sheet_number(ours) for _ in range(200)]
    assert [read_sheet_number(number) for number in printed] == printed
    assert len(set(printed)) == len(printed)


def test_an_agency_knows_its_own_sheets_again_and_hardly_another() -> None:
    printed = [new_sheet_number(ours) for _ in range(200)]
    assert all(is_printed_by(number, ours) for number in printed)
    assert sum(is_printed_by(number, theirs) for number in printed) <= 5
