"""The head confirmed at sign-in: a log that was put back shows, and nobody is held up by it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, select, update

from referral.accounts import heads
from referral.accounts.heads import Record, confirm_heads, findings, last_confirmed
from referral.accounts.model import ConfirmedHeadsBody, Member
from referral.accounts.queries import visible_member
from referral.accounts.sessions import actor_for
from referral.agencies.model import DirectoryEntry
from referral.audit import trail
from referral.audit.model import AuditChain, AuditEntry
from referral.cases import service as cases
from referral.kernel import db, deployment
from referral.kernel.actor import SYSTEM, Actor
from referral.kernel.instance import EPOCH, instance
from referral.notices.kinds import NoticeKind
from referral.notices.model import Notice
from referral.vault.audit_chain import AuditRecord, Fault
from referral.vault.keys import MemberKeys, keyring_of
from tests.factories.province import House, Province, case_of


@pytest.fixture
def police(province: Province) -> House:
    return province.house("congan", "commune_police", "police_officer", "privacy_officer")


def signed_in(province: Province, house: House) -> Actor:
    """The officer, by a new sign-in."""
    db.rollback()
    return actor_for(province.token(house.users["police_officer"]))


def cut(chain_id: UUID, entries: int) -> None:
    """What a writer does who takes the newest entries out, with the head."""
    db.rollback()
    db.begin_write()
    head = db.session().get_one(AuditChain, chain_id)
    for _ in range(entries):
        row = db.session().scalars(
            select(AuditEntry).where(AuditEntry.chain_id == chain_id, AuditEntry.seq == head.seq)
        ).one()  # fmt: skip
        head.seq, head.digest = head.seq - 1, AuditRecord.read(row.raw).previous
        db.session().delete(row)
        db.session().flush()
    db.commit()
    db.session().expire_all()


def told(house: House, operation: str) -> int:
    db.rollback()
    query = select(AuditEntry).where(
        AuditEntry.chain_id == house.id, AuditEntry.operation == operation
    )
    return len(db.session().scalars(query).all())


def notices() -> set[str]:
    """The roles of those who have a notice of it, each once."""
    rows = db.session().scalars(select(Notice).where(Notice.kind == NoticeKind.LOG_DIFFERS)).all()
    members = [db.session().get_one(Member, row.member_id) for row in rows]
    assert len({m.id for m in members}) == len(rows)
    return {m.role for m in members}


@pytest.mark.promise("every-opening-is-on-record")
def test_a_log_that_was_cut_shows_at_the_next_sign_in_and_holds_nobody_up(
    province: Province, police: House
) -> None:
    officer = signed_in(province, police)
    for _ in range(2):
        case = case_of(officer)
    assert findings(signed_in(province, police)) == []  # the control: nothing was cut
    known = last_confirmed(officer)
    assert known is not None
    cut(police.id, 3)
    officer = signed_in(province, police)
    (found,) = findings(officer)
    assert (found.what, found.fault) == (Record.LOG, Fault.TRUNCATED)
    assert found.confirmed == known.log[0] > found.present - 2
    assert not found.is_explained
    assert told(police, heads.FOUND) == 1
    assert notices() == {"agency_administrator", "privacy_officer"}
    with db.unit_of_work():
        assert cases.read_case(officer, case).sections  # helping goes on
    with db.unit_of_work():
        confirm_heads(officer, visible_member(officer, officer.member_id))
    assert told(police, "accounts.confirm_heads") == 1
    assert findings(signed_in(province, police)) == []


def test_other_entries_in_the_place_of_those_confirmed_show(
    province: Province, police: House
) -> None:
    officer = signed_in(province, police)
    cut(police.id, 1)
    for _ in range(3):
        case_of(officer)
    (found,) = findings(signed_in(province, police))
    assert (found.what, found.fault) == (Record.LOG, Fault.REPLACED)


def test_a_directory_that_was_rolled_back_shows(province: Province, police: House) -> None:
    province.member(police, "supervisor")
    officer = signed_in(province, police)
    newest = select(DirectoryEntry).where(DirectoryEntry.agency_id == police.id)
    rows = db.session().scalars(newest.order_by(DirectoryEntry.seq.desc())).all()
    db.rollback()
    db.begin_write()
    db.session().execute(delete(DirectoryEntry).where(DirectoryEntry.id == rows[0].id))
    db.commit()
    from referral.agencies.directory import pin

    pin.configure(pin.root_public)  # another process, which has not seen the longer log
    found = {(line.what, line.fault) for line in findings(officer)}
    assert found == {(Record.DIRECTORY, Fault.TRUNCATED)}


@pytest.mark.parametrize("body", [None, b"other"])
def test_what_was_remembered_cannot_be_taken_away_unseen(
    province: Province, police: House, body: bytes | None
) -> None:
    officer = signed_in(province, police)
    db.rollback()
    db.begin_write()
    mine = ConfirmedHeadsBody.member_id == officer.member_id
    if body is None:
        db.session().execute(delete(ConfirmedHeadsBody).where(mine))
    else:
        db.session().execute(update(ConfirmedHeadsBody).where(mine).values(body=body))
    db.commit()
    db.session().expire_all()
    (found,) = findings(signed_in(province, police))
    assert found.what == Record.MEMORY


def test_a_restore_that_the_server_signed_explains_it(province: Province, police: House) -> None:
    officer = signed_in(province, police)
    case_of(officer)
    signed_in(province, police)
    cut(police.id, 1)
    here = deployment.current().id
    with db.unit_of_work():
        db.begin_write()
        raised = deployment.current().epoch + 1
        instance.write(EPOCH, str(raised).encode())
        deployment.raise_epoch(raised)
        trail.record(SYSTEM, trail.RESTORED, kind="deployment", object_id=here)
    (found,) = findings(signed_in(province, police))
    assert (found.what, found.is_explained) == (Record.LOG, True)


def test_only_the_member_opens_what_was_remembered(province: Province, police: House) -> None:
    officer = signed_in(province, police)
    row = db.session().get_one(ConfirmedHeadsBody, officer.member_id)
    assert officer.member_id is not None
    assert row.body.find(officer.member_id.bytes) == -1
    other = keyring_of(province.actor(police.administrator))
    stranger = type(other)(
        other.deployment, keyring_of(officer).member_id, other.agency_id, MemberKeys.generate()
    )
    from referral.kernel.errors import Unreadable
    from referral.vault.primitives import Purpose

    for ring in (other, stranger):
        with pytest.raises(Unreadable):
            ring.open_own(Purpose.CONFIRMED_HEADS, heads.CONTEXT, row.body)


@pytest.mark.parametrize("engine_name", ["sqlite"], indirect=True)
def test_the_page_warns_in_red_and_lets_go_on(settle_whole: Callable[..., Any]) -> None:
    from tests.factories.province import PASSPHRASE
    from tests.web.staff import make_place

    place = make_place(settle_whole)
    user = place.police.users["police_officer"]
    client = place.officer()
    with place.app.app_context():
        cut(
            db.session()
            .scalars(select(Member.agency_id).where(Member.username == user.lower()))
            .one(),
            1,
        )
        db.rollback()
    typed = {"username": user, "passphrase": PASSPHRASE, "code": "", "next": "/cases"}
    client.post("/sign-out")
    answer = client.post("/sign-in", data=typed)
    assert answer.location == "/log/confirm?next=/cases"
    page = client.get(answer.location).get_data(as_text=True)
    assert 'class="note late"' in page
    assert "Nhật ký bị đưa về trạng thái cũ" in page
    assert client.get("/cases").status_code == 200  # nobody is held up
    answer = client.post("/log/confirm", data={"next": "/cases"})
    assert answer.location == "/cases"
    assert client.get("/log/confirm?next=/cases").location == "/cases"
    sent = {k: v for k, v in typed.items() if k != "next"}
    problems = place.app.test_client().post("/api/v1/sessions", json=sent)
    assert problems.json["log_findings"] == []
