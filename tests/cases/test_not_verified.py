"""What a database writer changed, moved or took away is said to be unverified, never shown."""

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import select

from referral.cases import queries
from referral.cases import service as cases
from referral.cases.model import (
    CaseFile,
    Grant,
    GrantBundle,
    GrantBundleBody,
    Section,
    SectionRevision,
    SectionRevisionBody,
    StrandRow,
)
from referral.cases.opening import NOT_VERIFIED, OPEN, SEALED
from referral.cases.strands import case_view
from referral.kernel import clock, db
from referral.kernel.actor import Actor
from referral.kernel.errors import NotFound, NotVerified
from referral.kernel.ids import new_id
from tests.cases.district import District, Written, read, statuses, travelled, write
from tests.factories.province import case_of

Change = Callable[[Written, District], None]


@pytest.fixture
def written(district: District) -> Written:
    """The case that is tampered with; another one stands beside it."""
    case_of(district.officer)
    return travelled(district)


def as_writer(change: Callable[[], object]) -> None:
    """Change rows as somebody who writes to the database and holds no key."""
    db.rollback()
    with db.unit_of_work():
        db.begin_write()
        change()
        db.session().flush()


def section(written: Written, kind: str) -> Section:
    return db.session().get_one(Section, written.ids[kind])


def revisions(section_id: UUID) -> list[SectionRevision]:
    query = select(SectionRevision).where(SectionRevision.section_id == section_id)
    return list(db.session().scalars(query.order_by(SectionRevision.revision)))


def body(written: Written, kind: str, revision: int = -1) -> SectionRevisionBody:
    row = revisions(written.ids[kind])[revision]
    return db.session().get_one(SectionRevisionBody, row.id)


def flip_body(written: Written, district: District) -> None:
    row = body(written, "needs")
    row.body = row.body[:-1] + bytes([row.body[-1] ^ 1])


def empty_body(written: Written, district: District) -> None:
    body(written, "needs").body = b""


def take_another_section_s_body(written: Written, district: District) -> None:
    body(written, "needs").body = body(written, "incident").body


def exchange_two_bodies(written: Written, district: District) -> None:
    one, other = body(written, "needs"), body(written, "safe_contact")
    one.body, other.body = other.body, one.body


def bring_back_the_first_body(written: Written, district: District) -> None:
    body(written, "needs").body = body(written, "needs", 0).body


def roll_the_header_back(written: Written, district: District) -> None:
    section(written, "needs").revision = 1


def roll_the_section_back(written: Written, district: District) -> None:
    section(written, "needs").revision = 1
    db.session().delete(revisions(written.ids["needs"])[-1])


def name_a_revision_that_is_not_there(written: Written, district: District) -> None:
    section(written, "needs").revision = 7


def renumber_the_first_revision(written: Written, district: District) -> None:
    first, last = revisions(written.ids["needs"])
    last.revision = 9
    db.session().flush()
    first.revision = 2


def take_the_body_away(written: Written, district: District) -> None:
    db.session().delete(body(written, "needs"))


def take_the_header_away(written: Written, district: District) -> None:
    for row in revisions(written.ids["needs"]):
        db.session().delete(row)
    db.session().flush()
    db.session().delete(section(written, "needs"))


def move_the_header_to_another_case(written: Written, district: District) -> None:
    section(written, "needs").case_id = elsewhere(written).id


def elsewhere(written: Written) -> CaseFile:
    query = select(CaseFile).where(CaseFile.id != written.case_id)
    return db.session().scalars(query.limit(1)).one()


def spoil_bundles(written: Written, district: District) -> None:
    rows = db.session().execute(
        select(GrantBundleBody, Grant)
        .join(GrantBundle, GrantBundle.id == GrantBundleBody.bundle_id)
        .join(Grant, Grant.id == GrantBundle.grant_id)
        .where(Grant.case_id == written.case_id)
    )
    for kept, grant in rows:
        if grant.receiver_circle_id == district.police.circle_id():
            kept.body = kept.body[:-1] + bytes([kept.body[-1] ^ 1])


def take_the_last_strand_entry_away(written: Written, district: District) -> None:
    rows = strand(written, district.police.id)
    kinds = [b"section_revised" in row.raw for row in rows]
    last_revision = len(kinds) - 1 - kinds[::-1].index(True)
    for row in rows[last_revision:]:
        db.session().delete(row)


def edit_a_strand_entry(written: Written, district: District) -> None:
    row = strand(written, district.police.id)[-1]
    row.raw = row.raw[:-1] + bytes([row.raw[-1] ^ 1])


def sign_a_strand_entry_anew(written: Written, district: District) -> None:
    strand(written, district.police.id)[-1].signature = b"\x07" * 64


def exchange_strand_entries(written: Written, district: District) -> None:
    one, other = strand(written, district.police.id)[-2:]
    kept = (one.raw, one.signature)
    one.raw, one.signature = other.raw, other.signature
    other.raw, other.signature = kept


def strand(written: Written, agency_id: UUID) -> list[StrandRow]:
    query = select(StrandRow).where(
        StrandRow.case_id == written.case_id, StrandRow.agency_id == agency_id
    )
    return list(db.session().scalars(query.order_by(StrandRow.seq)))


CHANGES: list[Change] = [
    flip_body,
    empty_body,
    take_another_section_s_body,
    exchange_two_bodies,
    bring_back_the_first_body,
    roll_the_header_back,
    roll_the_section_back,
    name_a_revision_that_is_not_there,
    renumber_the_first_revision,
    take_the_body_away,
    take_the_header_away,
    move_the_header_to_another_case,
    spoil_bundles,
    take_the_last_strand_entry_away,
    edit_a_strand_entry,
    sign_a_strand_entry_anew,
    exchange_strand_entries,
]


@pytest.mark.promise("changed-record-is-not-shown")
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_what_was_changed_is_said_to_be_unverified_and_never_shown(
    district: District, written: Written, change: Change
) -> None:
    officer, nurse = district.officer, district.nurse
    assert statuses(officer, written.case_id)["needs"] == OPEN
    as_writer(lambda: change(written, district))
    found = read(officer, written.case_id)
    needs = [s for s in found if s.section_id == written.ids["needs"]]
    assert [(s.status, s.answers) for s in needs] == [(NOT_VERIFIED, {})]
    for actor in (officer, nurse):
        for seen in read(actor, written.case_id):
            assert seen.answers == (written.truth[seen.section_id] if seen.status == OPEN else {})


@pytest.mark.promise("changed-record-is-not-shown")
def test_a_section_moved_into_another_case_is_not_shown_there(
    district: District, written: Written
) -> None:
    target = case_of(district.officer)
    target_id = target.id

    def move() -> None:
        section(written, "needs").case_id = target_id

    as_writer(move)
    moved = [s for s in read(district.officer, target_id) if s.section_id == written.ids["needs"]]
    assert [(s.status, s.answers) for s in moved] == [(NOT_VERIFIED, {})]


def test_a_section_that_no_strand_knows_is_not_shown(district: District, written: Written) -> None:
    stray = new_id()

    def insert() -> None:
        model = section(written, "needs")
        row = revisions(model.id)[-1]
        revision_id = new_id()
        db.session().add(
            Section(
                id=stray,
                case_id=model.case_id,
                kind="needs",
                holder_agency_id=model.holder_agency_id,
                holder_circle_id=model.holder_circle_id,
                revision=1,
                generation=1,
                created_at=clock.now(),
            )
        )
        db.session().flush()
        db.session().add(
            SectionRevision(
                id=revision_id,
                section_id=stray,
                revision=1,
                generation=1,
                form_version=1,
                author_id=row.author_id,
                written_at=row.written_at,
            )
        )
        db.session().flush()
        copied = body(written, "needs").body
        db.session().add(SectionRevisionBody(revision_id=revision_id, body=copied))

    as_writer(insert)
    found = {s.section_id: s for s in read(district.officer, written.case_id)}
    assert (found[stray].status, found[stray].answers) == (NOT_VERIFIED, {})
    assert found[written.ids["needs"]].status == OPEN


@pytest.mark.promise("changed-record-is-not-shown")
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("kind", "incident"),
        ("generation", 5),
        ("holder_circle_id", None),
        ("holder_agency_id", None),
    ],
)
def test_a_header_that_lies_changes_nothing_that_is_shown(
    district: District, written: Written, column: str, value: object
) -> None:
    houses = {"holder_circle_id": district.hospital.circle_id(), "holder_agency_id": None}
    houses["holder_agency_id"] = district.hospital.id
    lie = houses.get(column, value)
    as_writer(lambda: setattr(section(written, "needs"), column, lie))
    found = {s.section_id: s for s in read(district.officer, written.case_id)}
    seen = found[written.ids["needs"]]
    assert (seen.kind, seen.holder_agency, seen.holder_circle) == (
        "needs",
        district.police.id,
        district.police.circle_id(),
    )
    assert (seen.status, seen.answers) == (OPEN, written.truth[seen.section_id])


def test_who_wrote_and_when_is_what_the_strand_says(district: District, written: Written) -> None:
    def lie() -> None:
        row = revisions(written.ids["needs"])[-1]
        row.author_id, row.written_at = new_id(), clock.now().replace(year=2020)

    before = {s.kind: s for s in read(district.officer, written.case_id)}["needs"]
    as_writer(lie)
    after = {s.kind: s for s in read(district.officer, written.case_id)}["needs"]
    assert (after.author_id, after.written_at) == (before.author_id, before.written_at)
    assert after.author_id == district.officer.member_id


@pytest.mark.promise("only-what-she-agreed")
def test_a_grant_s_row_turned_to_somebody_else_opens_nothing(
    district: District, written: Written
) -> None:
    def turn() -> None:
        query = select(Grant).where(Grant.case_id == written.case_id)
        for row in db.session().scalars(query):
            row.receiver_circle_id = district.clinic.circle_id()
            row.receiver_agency_id = district.clinic.id

    as_writer(turn)
    assert set(statuses(district.other_nurse, written.case_id).values()) <= {SEALED, NOT_VERIFIED}
    for actor in (district.officer, district.nurse):
        with pytest.raises(NotFound):
            queries.visible_case(actor, written.case_id)


@pytest.mark.promise("withdrawal-takes-effect-at-once")
def test_a_grant_brought_back_after_a_withdrawal_opens_nothing(
    district: District, written: Written
) -> None:
    query = (
        select(Grant, GrantBundle, GrantBundleBody.body)
        .join(GrantBundle, GrantBundle.grant_id == Grant.id)
        .join(GrantBundleBody, GrantBundleBody.bundle_id == GrantBundle.id)
        .where(
            Grant.case_id == written.case_id,
            Grant.receiver_circle_id == district.hospital.circle_id(),
        )
    )
    kept = [
        (grant.id, bundle.circle_generation, bundle.made_at, raw)
        for grant, bundle, raw in db.session().execute(query)
    ]
    withdraw(district.officer, written)
    assert statuses(district.nurse, written.case_id)["needs"] == SEALED

    def bring_back() -> None:
        for grant_id, generation, made_at, raw in kept:
            db.session().get_one(Grant, grant_id).ended_at = None
            if db.session().scalar(
                select(GrantBundleBody.bundle_id).where(GrantBundleBody.body == raw)
            ):
                continue
            row = GrantBundle(
                id=new_id(), grant_id=grant_id, circle_generation=generation, made_at=made_at
            )
            db.session().add(row)
            db.session().flush()
            db.session().add(GrantBundleBody(bundle_id=row.id, body=raw))

    as_writer(bring_back)
    found = {s.kind: s for s in read(district.nurse, written.case_id)}
    assert {found[kind].status for kind in ("incident", "needs")} == {SEALED}
    assert found["medical"].answers == written.truth[written.ids["medical"]]


def withdraw(actor: Actor, written: Written) -> None:
    with db.unit_of_work():
        cases.withdraw_consent(
            actor, queries.visible_case(actor, written.case_id), basis_id=written.basis_id
        )


def test_what_one_agency_wrote_stands_when_another_s_strand_is_broken(
    district: District, written: Written
) -> None:
    def spoil() -> None:
        rows = strand(written, district.hospital.id)
        revised = [row for row in rows if b"section_revised" in row.raw]
        revised[-1].signature = b"\x07" * 64

    as_writer(spoil)
    found = statuses(district.officer, written.case_id)
    assert found["medical"] == NOT_VERIFIED
    assert {found[kind] for kind in ("identity", "incident", "needs")} == {OPEN}
    assert set(case_view(written.case_id).faults) == {district.hospital.id}


@pytest.mark.promise("changed-record-is-not-shown")
def test_a_roll_back_of_everything_that_another_agency_has_seen_is_found(
    district: District, written: Written
) -> None:
    """The hospital's later entries name the head that the police strand no longer reaches."""

    def roll_back() -> None:
        take_the_last_strand_entry_away(written, district)
        roll_the_section_back(written, district)

    as_writer(roll_back)
    view = case_view(written.case_id)
    assert view.faults or statuses(district.officer, written.case_id)["medical"] == NOT_VERIFIED


def test_nothing_can_be_written_on_a_strand_that_is_broken(
    district: District, written: Written
) -> None:
    as_writer(lambda: edit_a_strand_entry(written, district))
    with pytest.raises(NotVerified):
        write(district.officer, written.case_id, "identity", {"sex": "female"}, revision=1)
    assert len(revisions(written.ids["identity"])) == 1
