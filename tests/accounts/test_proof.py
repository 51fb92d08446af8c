"""The passphrase again, another passphrase, and printed codes; each of two at once, one."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select

from referral.accounts import sheets
from referral.accounts.events import PassphraseChanged
from referral.accounts.model import Member, MemberBody, MemberSession, SignInAttempt
from referral.accounts.proof import SAME, WRONG_AGAIN, change_passphrase, prepare_passphrase, prove
from referral.accounts.queries import oneself
from referral.accounts.reenrolment import begin_reenrolment, name_second_agency
from referral.accounts.service import invite_member
from referral.accounts.sessions import actor_for
from referral.accounts.signin import WRONG, doorkeeper, sign_in
from referral.audit.operation import PROOF_LIFE, is_proven
from referral.kernel import clock, db, events
from referral.kernel.actor import Actor
from referral.kernel.errors import InvalidInput, ProofNeeded, SignInRequired
from referral.vault.passphrase import Cost, Derivation, record_cost
from tests.accounts import rivals
from tests.accounts.station import Station
from tests.accounts.test_parking import opened, parked, row
from tests.factories.installation import hours_pass, together
from tests.factories.province import PASSPHRASE

NEW = "mưa bụi trên sông Hương"
GUESS = "đoán mò một câu nào đó"
LATE = PROOF_LIFE.total_seconds() / 3600
HOME = "203.0.113.7"


@pytest.fixture
def member(station: Station) -> Member:
    return station.confirmed()


@pytest.fixture
def gate() -> Iterator[Any]:
    """The gate, put back after the test."""
    kept = doorkeeper.gate.derivation, doorkeeper.gate.cost
    yield doorkeeper.gate
    doorkeeper.gate.derivation, doorkeeper.gate.cost = kept


def change(actor: Actor, new: str, *, old: str = PASSPHRASE) -> None:
    db.rollback()
    prepared = prepare_passphrase(actor, passphrase=old, new_passphrase=new)
    with db.unit_of_work():
        change_passphrase(actor, oneself(actor), prepared=prepared)


def shut(username: str, passphrase: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        sign_in(username, passphrase, "")
    assert refused.value.fields == {"passphrase": [WRONG]}


def invite(station: Station, actor: Actor, name: str) -> None:
    with db.unit_of_work():
        invite_member(
            actor,
            station.agency(),
            username=name,
            display_name="Người mới",
            role="police_officer",
        )


@pytest.mark.promise("stolen-cookie-changes-no-member")
def test_membership_wants_the_passphrase_of_the_last_ten_minutes(station: Station) -> None:
    token = sign_in(station.police.administrator, PASSPHRASE, "")
    invite(station, actor_for(token), f"proof.a{clock.now():%f}")
    hours_pass(LATE)
    stale = actor_for(token)
    with pytest.raises(ProofNeeded) as refused:
        invite(station, stale, "proof.b")
    assert refused.value.is_recorded
    colleague = station.confirmed()
    with pytest.raises(ProofNeeded), db.unit_of_work():
        begin_reenrolment(stale, station.member(colleague.id))
    assert station.member(colleague.id).state == "active", "nobody loses their keys by it"
    with pytest.raises(ProofNeeded), db.unit_of_work():
        name_second_agency(stale, station.agency(), second_id=station.hospital.id)
    db.rollback()
    fresh = prove(stale, PASSPHRASE)
    with pytest.raises(SignInRequired):
        actor_for(token)  # a token that was taken before is worth nothing
    invite(station, actor_for(fresh), f"proof.c{clock.now():%f}")


@pytest.mark.promise("stolen-cookie-changes-no-member")
def test_a_moment_of_proof_written_into_the_row_opens_nothing(
    station: Station, member: Member
) -> None:
    token = sign_in(member.username, PASSPHRASE, "")
    hours_pass(LATE)
    stale = actor_for(token)
    assert not is_proven(stale)
    with db.unit_of_work():
        db.begin_write()
        db.session().get_one(MemberSession, stale.session_id).proven_at = clock.now()
    with pytest.raises(SignInRequired):
        actor_for(token)


def test_a_wrong_passphrase_counts_as_a_refused_sign_in(member: Member) -> None:
    actor = opened(member)
    for _ in range(5):
        with pytest.raises(InvalidInput) as wrong:
            prove(actor, GUESS, address=HOME)
        assert wrong.value.fields == {"passphrase": [WRONG_AGAIN]}
    with pytest.raises(InvalidInput):
        prove(actor, PASSPHRASE, address=HOME)  # counted out, as at the sign-in
    with pytest.raises(InvalidInput):
        sign_in(member.username, PASSPHRASE, "", address=HOME)
    db.rollback()
    assert max(row.refusals for row in db.session().scalars(select(SignInAttempt))) >= 5


@pytest.mark.promise("passphrase-change-ends-the-rest")
def test_a_new_passphrase_ends_every_other_session_and_the_old_one_opens_nothing(
    member: Member,
) -> None:
    here, other, locked = opened(member), opened(member), parked(member)
    heard: list[PassphraseChanged] = []
    events.subscribe(PassphraseChanged, heard.append)
    change(here, NEW)
    assert heard == [PassphraseChanged(member.id)]
    db.rollback()
    assert db.session().get(MemberSession, here.session_id)
    assert db.session().get(MemberSession, other.session_id) is None
    assert row(locked) is None
    shut(member.username, PASSPHRASE)
    assert actor_for(sign_in(member.username, NEW, "")).keys is not None


@pytest.mark.parametrize(
    ("old", "new", "field", "said"),
    [
        (GUESS, NEW, "passphrase", WRONG_AGAIN),
        (PASSPHRASE, "ngắn quá", "new_passphrase", "At least 12 characters are needed."),
        (PASSPHRASE, f" {PASSPHRASE} ", "new_passphrase", SAME),
    ],
)
def test_a_change_that_cannot_be_says_why_and_changes_nothing(
    member: Member, old: str, new: str, field: str, said: str
) -> None:
    actor = opened(member)
    before = record_of(member)
    with pytest.raises(InvalidInput) as refused:
        change(actor, new, old=old)
    assert refused.value.fields == {field: [said]}
    assert record_of(member) == before


def record_of(member: Member) -> bytes:
    db.rollback()
    return db.session().get_one(MemberBody, member.id, populate_existing=True).record


@pytest.mark.promise("passphrase-change-ends-the-rest")
def test_of_two_changes_at_once_one_holds_and_the_other_is_told(
    station: Station, member: Member
) -> None:
    tokens = [sign_in(member.username, PASSPHRASE, "") for _ in range(2)]
    words = [f"{NEW} {side}" for side in ("tả ngạn", "hữu ngạn")]
    told = together(station.home.environment, rivals.change, list(zip(tokens, words, strict=True)))
    assert sorted(told) == [rivals.TOLD, rivals.WON]
    winner = told.index(rivals.WON)
    assert sign_in(member.username, words[winner], "")
    shut(member.username, words[1 - winner])


class Meddling(Derivation):
    """Lets something happen between the opening of a record and what follows."""

    def __init__(self, meddle: Callable[[], None]) -> None:
        super().__init__()
        self.meddle: Callable[[], None] | None = meddle

    def key(self, passphrase: str, salt: bytes, cost: Cost) -> bytes:
        made = super().key(passphrase, salt, cost)
        meddle, self.meddle = self.meddle, None
        if meddle is not None:
            meddle()
        return made


def elsewhere(station: Station, verb: Callable[..., Any], *given: Any) -> Callable[[], None]:
    """Do it in another thread, with a session of the database of its own."""

    def run() -> None:
        with station.home.app.app_context():
            verb(*given)
            db.rollback()

    def meddle() -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(run).result()

    return meddle


@pytest.mark.promise("passphrase-change-ends-the-rest")
def test_a_sign_in_that_overlaps_a_change_neither_lets_in_nor_puts_the_old_one_back(
    station: Station, member: Member, gate: Any
) -> None:
    """The cost has risen, so that the sign-in would write the record anew."""
    actor = opened(member)
    db.rollback()
    gate.cost = Cost(gate.cost.memory_kib, gate.cost.passes + 1)
    gate.derivation = Meddling(elsewhere(station, change, actor, NEW))
    shut(member.username, PASSPHRASE)
    assert record_cost(record_of(member)) == gate.cost
    shut(member.username, PASSPHRASE)
    assert sign_in(member.username, NEW, "")


def test_of_two_sign_ins_that_raise_the_cost_at_once_both_are_let_in(
    station: Station, member: Member, gate: Any
) -> None:
    gate.cost = Cost(gate.cost.memory_kib, gate.cost.passes + 1)
    gate.derivation = Meddling(elsewhere(station, sign_in, member.username, PASSPHRASE, ""))
    assert sign_in(member.username, PASSPHRASE, "")
    assert record_cost(record_of(member)) == gate.cost


def sheet_of(actor: Actor) -> list[str]:
    with db.unit_of_work():
        return sheets.make_code_sheet(actor, oneself(actor))


def left_of(actor: Actor) -> int | None:
    with db.unit_of_work():
        return sheets.count_codes(actor, oneself(actor))


def test_a_sheet_is_ten_codes_of_its_own_that_stand_nowhere(member: Member) -> None:
    actor = opened(member)
    assert left_of(actor) is None
    codes = sheet_of(actor)
    assert len(set(codes)) == 10
    assert left_of(actor) == 10
    body = db.session().get_one(MemberBody, member.id, populate_existing=True)
    assert body.sheet is not None
    for code in codes:
        assert code.encode() not in body.sheet
        assert code.replace("-", "").encode() not in body.sheet


def test_a_new_sheet_wants_the_passphrase_shown_lately(member: Member) -> None:
    token = sign_in(member.username, PASSPHRASE, "")
    hours_pass(LATE)
    with pytest.raises(ProofNeeded):
        sheet_of(actor_for(token))
