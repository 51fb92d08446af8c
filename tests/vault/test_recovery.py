"""A recovery code: read from paper by a tired person, and opening nothing for anybody else."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referral.kernel.errors import InvalidInput, Unreadable
from referral.vault.keys import MemberKeys
from referral.vault.recovery import LETTERS, new_recovery_code, open_kit, seal_kit


def test_a_code_opens_the_keys_it_was_made_for_and_no_others() -> None:
    here, member, keys = uuid4(), uuid4(), MemberKeys.generate()
    code = new_recovery_code()
    body = seal_kit(code, here, member, keys.to_bytes())
    assert open_kit(code, here, member, body) == keys
    assert open_kit(f" {code.lower().replace('-', ' ')} ", here, member, body) == keys
    for wrong in ((uuid4(), member), (here, uuid4())):
        with pytest.raises(Unreadable):
            open_kit(code, *wrong, body)
    with pytest.raises(Unreadable):
        open_kit(new_recovery_code(), here, member, body)
    assert len(code.replace("-", "")) == 33


@given(place=st.integers(0, 32), other=st.integers(1, 31))
def test_any_wrong_letter_is_told_before_anything_is_tried(place: int, other: int) -> None:
    letters = list(new_recovery_code().replace("-", ""))
    letters[place] = LETTERS[(LETTERS.index(letters[place]) + other) % 32]
    with pytest.raises(InvalidInput):
        open_kit("".join(letters), uuid4(), uuid4(), bytes(200))


@pytest.mark.parametrize("typed", ["", "A" * 5, "ü" * 33, "A" * 34, "\x00" * 33])
def test_what_is_no_code_is_told_so(typed: str) -> None:
    with pytest.raises(InvalidInput):
        open_kit(typed, uuid4(), uuid4(), bytes(200))


def test_what_looks_alike_on_paper_is_read_alike() -> None:
    here, member, keys = uuid4(), uuid4(), MemberKeys.generate()
    code = new_recovery_code()
    body = seal_kit(code, here, member, keys.to_bytes())
    for said in (code.replace("1", "I"), code.replace("1", "l"), code.replace("0", "O")):
        assert open_kit(said, here, member, body) == keys
