"""With raw keys, old copies and a pen for the database: what an end takes away stays taken."""

from typing import Any

import pytest
from sqlalchemy import delete, select, update

from referral.accounts.sessions import actor_for
from referral.agencies import directory
from referral.agencies.model import Agency, Circle, CircleSuccession, DirectoryEntry
from referral.cases import queries as cases_read
from referral.cases import service as cases
from referral.cases.model import SectionRevision, StrandRow
from referral.cases.strands import case_view
from referral.kernel import clock, db
from referral.kernel.actor import Actor
from referral.kernel.errors import NotFound, NotVerified
from referral.kernel.ids import new_id
from referral.vault.boxes import seal_to_successor
from tests.factories.province import case_of, consent_of
from tests.security.attacker import Attacker, Rows, private_keys, snapshot
from tests.succession.conftest import Reform
from tests.succession.ending import DAY, agree, end, on, plan, same_purpose
from tests.succession.test_what_passes import AGREED, accept, opened, read, send, write

KEPT = ("circle_wrap_body", "grant_bundle", "grant_bundle_body", "section_revision_body")


def both(rows: Rows, older: Rows) -> Rows:
    """A copy together with what an older one still had: wraps, bundles, bodies."""
    return {**rows, **{table: [*older[table], *rows[table]] for table in KEPT}}


def revisions_opened(actor: Actor, rows: Rows, secrets_of: Rows) -> set[str]:
    """Revision bodies of a copy that somebody's raw keys open, with the wraps of an older copy."""
    raider = Attacker(both(rows, secrets_of), keys=[private_keys(actor).exchange])
    raider.run()
    return {key for table, key in raider.opened if table == "section_revision_body"}


def newest(case: Any) -> dict[str, str]:
    """Of each section kind: the id of its newest revision."""
    db.rollback()
    rows = snapshot()
    kinds = {row["id"]: row["kind"] for row in rows["section"] if row["case_id"] == case.id}
    found = sorted(rows["section_revision"], key=lambda row: row["revision"])
    return {kinds[r["section_id"]]: str(r["id"]) for r in found if r["section_id"] in kinds}


@pytest.mark.promise("ended-agency-is-over")
def test_old_keys_and_an_old_copy_open_nothing_that_is_written_after_the_end(
    reform: Reform,
) -> None:
    case, old = case_of(reform.old_officer), reform.old_officer
    basis_id = consent_of(reform.old_officer, case, agency_id=reform.hospital.id, kinds=AGREED)
    accept(reform.nurse, send(reform.old_officer, case, reform.hospital).id)
    before = snapshot()
    written = newest(case)
    assert set(written.values()) <= revisions_opened(old, before, before)
    end(reform.province, reform.district, reform.ward)
    read(reform.officer, case)
    with db.unit_of_work():
        cases.withdraw_consent(
            reform.officer, cases_read.visible_case(reform.officer, case.id), basis_id=basis_id
        )
    write(reform.officer, case, "needs", {"needs": ["shelter"]}, revision=1)
    seen = cases_read.visible_case(reform.officer, case.id)
    consent_of(reform.officer, seen, agency_id=reform.hospital.id, kinds=["needs"])
    identity = {"spoken_name": "Hồ Thị Mây", "age_band": "25_39", "alias": "Sương"}
    write(reform.officer, case, "identity", identity, revision=1)
    now, everything = newest(case), both(snapshot(), before)
    since = {now["needs"], now["identity"], now["consent"]}
    assert not since & set(written.values())
    assert since <= revisions_opened(reform.officer, everything, before)  # the raider is able
    opened_by_old = revisions_opened(old, everything, before)
    assert written["identity"] in opened_by_old  # what stood is known, and is promised no more
    assert not since & opened_by_old


@pytest.mark.promise("succession-carries-what-was-in-hand")
def test_a_withdrawal_after_the_succession_shuts_the_successor_out_to_its_raw_keys(
    reform: Reform,
) -> None:
    case = case_of(reform.nurse)
    basis_id = consent_of(reform.nurse, case, agency_id=reform.district.id, kinds=AGREED)
    referral = send(reform.nurse, case, reform.district)
    end(reform.province, reform.district, reform.ward)
    accept(reform.officer, referral.id)
    read(reform.officer, case)
    hoarded = snapshot()
    with db.unit_of_work():
        cases.withdraw_consent(
            reform.nurse, cases_read.visible_case(reform.nurse, case.id), basis_id=basis_id
        )
    write(reform.nurse, case, "needs", {"needs": ["shelter"]}, revision=1)
    after, now = snapshot(), newest(case)
    everything = both(after, hoarded)
    assert now["needs"] not in revisions_opened(reform.officer, everything, hoarded)
    assert now["incident"] in revisions_opened(reform.officer, everything, hoarded)


@pytest.mark.promise("succession-by-the-root-alone")
def test_rows_and_a_log_that_a_writer_forges_give_a_stranger_nothing(reform: Reform) -> None:
    case = case_of(reform.old_officer)
    province, district = reform.province, reform.district
    stranger = reform.worker("xa-nam", "police_officer")
    p1, own = district.circle_id(), reform.house("xa-nam").circle_id()
    db.begin_write()  # a row that claims a succession, and an agency that claims to have ended
    db.session().add(
        CircleSuccession(
            id=new_id(), agency_id=district.id, circle_id=p1, generation=1,
            heir_agency_id=reform.house("xa-nam").id, heir_circle_id=own, heir_generation=1,
            made_at=clock.now(),
        )
    )  # fmt: skip
    db.session().execute(update(Agency).where(Agency.id == district.id).values(state="ended"))
    db.commit()
    token = province.token(stranger.display_name)
    assert actor_for(token).keys.holds(p1) is False
    with pytest.raises(NotFound):
        cases_read.visible_case(actor_for(token), case.id)
    db.begin_write()
    db.session().execute(update(Agency).where(Agency.id == district.id).values(state="live"))
    db.session().execute(delete(CircleSuccession))
    db.commit()
    # A dishonest administrator names a friend. The root has not agreed: there is no seal to make.
    plan(province, district, {p1: own})
    log = directory.directory_of(district.id)
    ring = province.actor(district.administrator).keys
    with pytest.raises(NotVerified):
        seal_to_successor(log, ring.circle(p1, 1), directory.key_of(own))
    db.rollback()
    # And the plan that the root did agree to cannot be exchanged for it.
    agree(province, district, plan(province, district, same_purpose(district, reform.ward)))
    rows = db.session().scalars(
        select(DirectoryEntry)
        .where(DirectoryEntry.agency_id == district.id)
        .order_by(DirectoryEntry.seq.desc())
        .limit(3)
    ).all()  # fmt: skip
    friend, true = rows[2], rows[1]
    db.begin_write()
    db.session().execute(
        update(DirectoryEntry)
        .where(DirectoryEntry.id == true.id)
        .values(raw=friend.raw, signature=friend.signature)
    )
    db.commit()
    directory.pin.configure(directory.pin.root_public)
    with pytest.raises(NotVerified):
        directory.directory_of(district.id)


def test_what_a_writer_hangs_on_a_strand_before_the_end_blocks_no_successor(
    reform: Reform,
) -> None:
    case = case_of(reform.old_officer)
    db.begin_write()
    newest_row = db.session().scalars(
        select(StrandRow).where(StrandRow.case_id == case.id).order_by(StrandRow.seq.desc())
    ).first()  # fmt: skip
    assert newest_row is not None
    db.session().add(
        StrandRow(
            id=new_id(), case_id=case.id, agency_id=reform.district.id, seq=newest_row.seq + 1,
            raw=newest_row.raw, signature=newest_row.signature,
        )
    )  # fmt: skip
    db.commit()
    end(reform.province, reform.district, reform.ward)
    assert set(opened(reform.officer, case).values()) == {"open"}
    write(reform.officer, case, "needs", {"needs": ["shelter"]}, revision=1)
    db.rollback()
    assert case_view(case.id).custodian_agency == reform.ward.id


def test_a_successor_of_part_of_the_agency_opens_that_part_alone(reform: Reform) -> None:
    """A circle of the same successor that nobody named, and a seal that somebody took away."""
    case = case_of(reform.old_officer)
    end(reform.province, reform.district, reform.ward)
    assert set(opened(reform.officer, case).values()) == {"open"}
    chief = reform.worker("xa", "supervisor")
    assert chief.keys.holds(reform.district.circle_id())  # in the circle that was named
    administrator = reform.province.actor(reform.house("xa-bac").administrator)
    assert not administrator.keys.holds(reform.district.circle_id())
    db.begin_write()
    db.session().execute(delete(CircleSuccession))
    db.commit()
    assert not reform.officer.keys.holds(reform.district.circle_id())
    assert db.session().scalars(select(SectionRevision)).first() is not None
    assert db.session().get_one(Circle, reform.district.circle_id()).generation == 1
    on(DAY)
