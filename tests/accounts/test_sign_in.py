"""Signing in is opening one's keys, and a refusal tells nothing."""

import unicodedata
from collections.abc import Callable
from dataclasses import replace

import pytest

from referral.accounts.model import MemberBody
from referral.accounts.sessions import actor_for
from referral.accounts.signin import WRONG, doorkeeper, sign_in
from referral.kernel import db
from referral.kernel.errors import InvalidInput
from referral.vault.passphrase import Cost, Derivation, record_cost
from tests.accounts.station import Station
from tests.factories.province import PASSPHRASE

OFFICER = "congan.police_officer"
OTHER = "câu này không phải của ai"


@pytest.fixture
def derived(monkeypatch: pytest.MonkeyPatch) -> list[Cost]:
    """The cost of every Argon2 derivation of the test."""
    costs: list[Cost] = []
    real = Derivation.key

    def counted(self: Derivation, passphrase: str, salt: bytes, cost: Cost) -> bytes:
        costs.append(cost)
        return real(self, passphrase, salt, cost)

    monkeypatch.setattr(Derivation, "key", counted)
    return costs


def refused(username: str, passphrase: str) -> dict[str, list[str]]:
    with pytest.raises(InvalidInput) as error:
        sign_in(username, passphrase, "")
    return error.value.fields


def test_whoever_is_refused_is_told_the_same_after_the_same_work(
    station: Station, derived: list[Cost]
) -> None:
    waiting, _ = station.invited()
    derived.clear()
    told = {}
    for cause, username, passphrase in (
        ("wrong passphrase", OFFICER, OTHER),
        ("nobody of that name", "khong.co.ai", OTHER),
        ("a name no database takes", "khong\x00co", OTHER),
        ("invited, not enrolled", waiting.username, PASSPHRASE),
    ):
        derived.clear()
        told[cause] = (refused(username, passphrase), list(derived))
    assert told["wrong passphrase"] == ({"passphrase": [WRONG]}, [doorkeeper.gate.cost])
    assert {str(answer) for answer in told.values()} == {str(told["wrong passphrase"])}


def test_the_right_passphrase_opens_after_one_derivation(
    station: Station, derived: list[Cost]
) -> None:
    officer = station.officer
    derived.clear()
    assert actor_for(sign_in(OFFICER, PASSPHRASE, "")).member_id == officer.member_id
    assert derived == [doorkeeper.gate.cost]


@pytest.mark.parametrize(
    "typed",
    [
        lambda words: unicodedata.normalize("NFD", words),
        lambda words: unicodedata.normalize("NFC", words),
        lambda words: f"  {words}\n",
    ],
    ids=["decomposed", "composed", "blanks around"],
)
def test_a_passphrase_opens_however_the_keyboard_writes_its_letters(
    station: Station, typed: Callable[[str], str]
) -> None:
    assert unicodedata.normalize("NFD", PASSPHRASE) != unicodedata.normalize("NFC", PASSPHRASE)
    assert sign_in(f" {OFFICER.upper()} ", typed(PASSPHRASE), "")


@pytest.mark.parametrize(
    "typed", [PASSPHRASE.upper(), PASSPHRASE[:-1], PASSPHRASE.replace(" ", ""), "", "nang len dau"]
)
def test_what_is_nearly_the_passphrase_opens_nothing(station: Station, typed: str) -> None:
    assert refused(OFFICER, typed) == {"passphrase": [WRONG]}


def test_a_raised_cost_seals_the_record_anew_at_the_next_sign_in(station: Station) -> None:
    member = station.confirmed()
    gate, dearer = doorkeeper.gate, Cost(20480, 3)

    def record() -> bytes:
        db.rollback()
        return db.session().get_one(MemberBody, member.id).record

    cheap = record()
    assert record_cost(cheap) == gate.cost
    doorkeeper.configure(replace(gate, cost=dearer))
    try:
        refused(member.username, OTHER)
        assert record() == cheap
        sign_in(member.username, PASSPHRASE, "")
        raised = record()
        assert record_cost(raised) == dearer
        refused(member.username, OTHER)
        assert sign_in(member.username, PASSPHRASE, "")
    finally:
        doorkeeper.configure(gate)
    assert sign_in(member.username, PASSPHRASE, "")
    assert record() == raised
