"""An administrator alone comes back with a code on paper; without one nobody sends a case there."""

import pytest
from sqlalchemy import select, update

from referral.accounts import recovery
from referral.accounts import service as accounts
from referral.accounts.model import Member, MemberBody, RecoveryKit, RecoveryKitBody
from referral.accounts.restoring import forget_keys
from referral.accounts.sessions import actor_for
from referral.accounts.signin import sign_in
from referral.agencies.queries import recipients
from referral.audit.model import AuditEntry
from referral.kernel import clock, db
from referral.kernel.actor import Actor
from referral.kernel.errors import InvalidInput, NotFound, NotPermitted, SignInRequired
from referral.notices.model import Notice
from referral.vault.keys import keyring_of
from referral.vault.recovery import new_recovery_code, seal_kit
from tests.cases.district import District
from tests.factories.fixtures import Thread
from tests.factories.province import PASSPHRASE, House, case_of, consent_of

OTHER = "mưa rơi trên mái hiên nhà"


def me(actor: Actor) -> Member:
    db.rollback()
    return db.session().get_one(Member, actor.member_id)


def kit_of(actor: Actor, *, confirmed: bool = True) -> str:
    with db.unit_of_work():
        code = recovery.make_kit(actor, me(actor))
    if confirmed:
        with db.unit_of_work():
            recovery.confirm_kit(actor, me(actor), code=code)
    return code


def alone(thread: Thread) -> tuple[House, Actor]:
    """An agency in which one person holds the key of everything."""
    house = thread.province.house("tuvan", "legal_aid")
    return house, thread.province.actor(house.administrator)


def come_back(name: str, code: str, passphrase: str = OTHER) -> str:
    with db.unit_of_work():
        return recovery.recover(name, code, passphrase)[2]


@pytest.mark.promise("lost-passphrase-no-back-door")
def test_the_code_opens_the_same_keys_once_and_is_replaced(thread: Thread) -> None:
    thread.province.member(thread.police, "agency_administrator", "congan.chief")
    head = thread.province.actor(thread.police.administrator)
    case = case_of(thread.officer)
    token, before = thread.province.token(thread.police.administrator), keyring_of(head)
    code = kit_of(head)
    following = come_back(thread.police.administrator, code)
    for old in (lambda: actor_for(token), lambda: sign_in("congan.admin", PASSPHRASE, "")):
        with pytest.raises((SignInRequired, InvalidInput)):
            old()
    db.rollback()
    back = actor_for(sign_in(thread.police.administrator, OTHER, ""))
    assert keyring_of(back).signing_public == before.signing_public
    assert keyring_of(back).circle(thread.police.circle_id())
    told = db.session().scalars(select(Notice.kind).where(Notice.kind == "kit_used")).all()
    assert len(told) == 1
    for used in (code, following):  # the next one counts only once it was typed again
        with pytest.raises(InvalidInput):
            come_back(thread.police.administrator, used)
    with db.unit_of_work():
        recovery.confirm_kit(back, me(back), code=following)
    come_back(thread.police.administrator, following, PASSPHRASE)
    assert case.code


def test_wrong_names_and_codes_are_refused_alike_and_on_record(thread: Thread) -> None:
    head = thread.province.actor(thread.police.administrator)
    kit_of(head)
    said = set()
    for name in (thread.police.administrator, "congan.police_officer", "khong.co.ai"):
        with pytest.raises(InvalidInput) as error:
            come_back(name, new_recovery_code())
        said.add(str(error.value.fields))
    assert len(said) == 1
    refused = select(AuditEntry.outcome).where(AuditEntry.operation == "accounts.recover")
    assert set(db.session().scalars(refused)) == {"refused"}


def test_a_kit_is_for_administrators_and_must_be_typed_again(thread: Thread) -> None:
    with pytest.raises(NotPermitted), db.unit_of_work():
        recovery.make_kit(thread.nurse, me(thread.nurse))
    head = thread.province.actor(thread.police.administrator)
    with pytest.raises(NotPermitted), db.unit_of_work():
        recovery.make_kit(head, me(thread.officer))
    with pytest.raises(NotFound), db.unit_of_work():
        recovery.confirm_kit(head, me(head), code=new_recovery_code())
    code = kit_of(head, confirmed=False)
    assert not recovery.has_kit(thread.police.id, head.member_id)
    with pytest.raises(InvalidInput), db.unit_of_work():
        recovery.confirm_kit(head, me(head), code=new_recovery_code())
    with pytest.raises(InvalidInput):
        come_back(thread.police.administrator, code)
    with pytest.raises(InvalidInput):
        recovery.prove_passphrase(head, OTHER)
    recovery.prove_passphrase(head, PASSPHRASE)


@pytest.mark.promise("a-restore-brings-nothing-back")
def test_a_code_from_before_a_passphrase_that_changed_since_the_backup_is_good_no_more(
    thread: Thread,
) -> None:
    """It may have been used in the lost time, or given up with a device."""
    head = thread.province.actor(thread.police.administrator)
    code = kit_of(head)
    assert head.member_id is not None
    with db.unit_of_work():
        db.begin_write()
        forget_keys([head.member_id])
    with pytest.raises(InvalidInput):
        come_back(thread.police.administrator, code)
    assert not recovery.has_kit(thread.police.id, head.member_id)


@pytest.mark.promise("lost-passphrase-no-back-door")
def test_a_writer_to_the_database_plants_no_kit(thread: Thread) -> None:
    """Neither for the keys of another, nor for their own under another's name."""
    head = thread.province.actor(thread.police.administrator)
    thief = thread.province.actor(thread.hospital.administrator)
    kit_of(head)
    own, ring = new_recovery_code(), keyring_of(thief)
    for secret in (ring.member_secret(), bytes(64)):
        body = seal_kit(own, ring.deployment, head.member_id, secret)
        with db.unit_of_work():
            db.begin_write()
            db.session().execute(
                update(RecoveryKitBody)
                .where(RecoveryKitBody.member_id == head.member_id)
                .values(body=body)
            )
        assert not recovery.has_kit(thread.police.id, head.member_id)
        with pytest.raises(InvalidInput):
            come_back(thread.police.administrator, own)


@pytest.mark.promise("no-case-hangs-on-one-passphrase")
def test_nobody_sends_a_case_where_one_passphrase_would_lose_it(thread: Thread) -> None:
    house, head = alone(thread)
    case = case_of(thread.officer)
    place = {r.agency_id: r.is_ready for r in recipients(thread.officer, on=clock.today())}
    assert (place[house.id], place[thread.hospital.id]) == (False, True)
    with pytest.raises(InvalidInput) as error, db.unit_of_work():
        consent_of(thread.officer, case, agency_id=house.id, kinds=["needs"])
    assert error.value.fields == {"recipient": [recovery.NOT_READY]}
    code = kit_of(head)
    consent_of(thread.officer, case, agency_id=house.id, kinds=["needs"])
    district = District(None, thread.province, thread.police, house, house, house)  # type: ignore[arg-type] # only the tests of a whole module have one
    district.send(case, house, ["needs"])
    come_back(house.administrator, code)  # used up, and the next one not yet typed again
    with pytest.raises(InvalidInput) as error:
        district.send(case, house, ["needs"])
    assert error.value.fields == {"circle_id": [recovery.NOT_READY]}


@pytest.mark.promise("no-case-hangs-on-one-passphrase")
def test_rows_alone_make_no_circle_ready(thread: Thread) -> None:
    house, head = alone(thread)
    kit_of(head, confirmed=False)
    circle_id = house.circle_id()
    assert not recovery.may_receive(circle_id, house.id)
    kit_of(head)
    assert recovery.may_receive(circle_id, house.id)
    with db.unit_of_work():
        db.begin_write()
        row = db.session().get_one(RecoveryKit, head.member_id)
        db.session().delete(row)
    assert not recovery.may_receive(circle_id, house.id), "what the log names is gone"
    with db.unit_of_work():
        accounts.remove_member(
            thread.province.actor(thread.police.administrator), me(thread.officer)
        )
    assert recovery.may_receive(thread.police.circle_id(), thread.police.id)
    assert db.session().get(MemberBody, thread.officer.member_id) is None
