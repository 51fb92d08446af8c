"""Figures leave as a frozen edition, and by two persons' word."""

from dataclasses import replace
from datetime import date
from io import BytesIO

import openpyxl
import pytest
from sqlalchemy import func, select

from referral.audit.model import AuditEntry
from referral.audit.operation import may
from referral.kernel import clock, db
from referral.kernel.actor import Actor
from referral.kernel.errors import InvalidInput, NotFound, NotPermitted, StateConflict
from referral.kernel.permissions import Permission
from referral.reporting import service
from referral.reporting.model import Edition
from referral.reporting.queries import visible_edition, visible_editions
from referral.reporting.service import FrozenDraft
from referral.reporting.tables import digest
from tests.reporting.bureau import Bureau
from tests.reporting.edition import frozen

pytestmark = pytest.mark.heavy


def freeze(actor: Actor, year: int = 2024) -> Edition:
    with db.unit_of_work():
        draft = FrozenDraft(year, date(year, 3, 31), frozen(), clock.now())
        return service.freeze_edition(actor, None, draft=draft)


def approve(actor: Actor, edition: Edition) -> Edition:
    db.rollback()
    with db.unit_of_work():
        return service.approve_edition(actor, db.session().get_one(Edition, edition.id))


def state(edition: Edition) -> str:
    db.rollback()
    return str(db.session().get_one(Edition, edition.id).state)


def lists(actor: Actor, edition: Edition) -> bool:
    listed = edition.id in {row.id for row in visible_editions(actor)}
    try:
        single = visible_edition(actor, edition.id).id == edition.id
    except NotFound:
        single = False
    assert listed is single
    return listed


def test_an_edition_is_the_next_of_its_year_and_carries_its_own_digest(bureau: Bureau) -> None:
    first, second, other = (freeze(bureau.statistician, year) for year in (2020, 2020, 2021))
    assert [(e.year, e.number) for e in (first, second, other)] == [(2020, 1), (2020, 2), (2021, 1)]
    db.session().expire_all()
    assert digest(first.frozen) == first.digest
    assert first.frozen == frozen()
    assert first.made_by_id == bureau.statistician.member_id


@pytest.mark.promise("figures-are-approved-by-two")
def test_who_made_an_edition_does_not_approve_it_and_the_try_is_on_record(bureau: Bureau) -> None:
    maker, edition = bureau.statistician, freeze(bureau.statistician)
    assert not may(maker, service.approve_edition, edition)
    for actor in (maker, replace(maker, permissions=frozenset(Permission))):
        with pytest.raises(NotPermitted):
            approve(actor, edition)
        with pytest.raises(NotPermitted), db.unit_of_work():
            service.reject_edition(actor, edition)
    assert state(edition) == "draft"
    refused = select(func.count()).where(
        AuditEntry.object_id == edition.id, AuditEntry.outcome == "refused"
    )
    assert db.session().scalar(refused) == 4


@pytest.mark.promise("figures-are-approved-by-two")
@pytest.mark.parametrize("second", ["second", "approver"])
def test_a_second_person_s_word_makes_it_visible(bureau: Bureau, second: str) -> None:
    edition, actor = freeze(bureau.statistician), getattr(bureau, second)
    assert may(actor, service.approve_edition, edition)
    assert not lists(bureau.coordinator, edition)
    assert approve(actor, edition).approved_by_id == actor.member_id
    assert lists(bureau.coordinator, edition)
    with pytest.raises(StateConflict):
        approve(actor, edition)


@pytest.mark.promise("figures-are-approved-by-two")
def test_who_is_not_in_the_statistics_circle_approves_nothing(bureau: Bureau) -> None:
    """The role alone, in the office or elsewhere, opens no fact to check a figure by."""
    edition = freeze(bureau.statistician)
    outsiders = [
        bureau.approver_outside_the_circle(house) for house in (bureau.office, bureau.lead)
    ]
    for actor in outsiders:
        assert Permission.EDITION_APPROVE in actor.permissions
        assert not may(actor, service.approve_edition, edition)
        with pytest.raises(NotPermitted):
            approve(actor, edition)
        with pytest.raises(NotPermitted), db.unit_of_work():
            service.reject_edition(actor, edition)
    assert state(edition) == "draft"


@pytest.mark.promise("figures-are-approved-by-two")
def test_a_draft_is_seen_by_those_who_work_on_it_alone(bureau: Bureau) -> None:
    edition = freeze(bureau.statistician)
    lead = bureau.province.worker(bureau.lead, "lead_department_officer")
    for actor in (bureau.statistician, bureau.second, bureau.approver):
        assert lists(actor, edition)
    for actor in (bureau.coordinator, lead, bureau.officer, bureau.boss):
        assert not lists(actor, edition)
    approve(bureau.second, edition)
    for actor in (bureau.coordinator, lead):
        assert lists(actor, edition)
    for actor in (bureau.officer, bureau.nurse, bureau.boss):
        assert not lists(actor, edition)


@pytest.mark.promise("figures-are-approved-by-two")
def test_what_a_second_person_rejected_is_shown_to_no_reader_and_stays_so(bureau: Bureau) -> None:
    edition = freeze(bureau.statistician)
    with db.unit_of_work():
        service.reject_edition(bureau.second, edition)
    assert state(edition) == "rejected"
    assert not lists(bureau.coordinator, edition)
    with pytest.raises(StateConflict):
        approve(bureau.second, edition)
    with pytest.raises(NotPermitted), db.unit_of_work():
        service.export_edition(bureau.statistician, edition, locale="vi")


@pytest.mark.promise("figures-are-approved-by-two")
def test_only_an_approved_edition_leaves_and_it_names_who_took_it(bureau: Bureau) -> None:
    edition = freeze(bureau.statistician)
    for actor in (bureau.statistician, bureau.second, bureau.coordinator, bureau.officer):
        with pytest.raises(NotPermitted), db.unit_of_work():
            service.export_edition(actor, edition, locale="vi")
    approve(bureau.second, edition)
    db.rollback()
    with db.unit_of_work():
        row = visible_edition(bureau.coordinator, edition.id)
        content = service.export_edition(bureau.coordinator, row, locale="vi")
    book = openpyxl.load_workbook(BytesIO(content))
    sheets = [*book.worksheets]
    written = {
        str(text)
        for sheet in sheets
        for text in (
            *(cell.value for line in sheet.iter_rows() for cell in line),
            sheet.oddFooter.left.text,
            sheet.oddFooter.center.text,
            sheet.oddFooter.right.text,
            sheet.oddHeader.left.text,
            sheet.oddHeader.center.text,
            sheet.oddHeader.right.text,
        )
    }
    assert any(bureau.coordinator.display_name in text for text in written)
    with pytest.raises(NotPermitted), db.unit_of_work():
        service.export_edition(bureau.officer, edition, locale="vi")


@pytest.mark.promise("figures-are-approved-by-two")
@pytest.mark.parametrize("is_approved", [False, True])
def test_tables_changed_after_they_were_frozen_are_neither_approved_nor_exported(
    bureau: Bureau, is_approved: bool
) -> None:
    edition = freeze(bureau.statistician)
    if is_approved:
        approve(bureau.second, edition)
    db.rollback()
    db.begin_write()
    changed = frozen()
    changed["tables"][0]["values"][0][0] = 4
    db.session().get_one(Edition, edition.id).frozen = changed
    db.commit()
    with pytest.raises(InvalidInput) as refused:
        use(bureau, edition, is_approved=is_approved)
    assert set(refused.value.fields) == {"edition"}
    assert state(edition) == ("approved" if is_approved else "draft")


def use(bureau: Bureau, edition: Edition, *, is_approved: bool) -> None:
    """The next thing that happens to it."""
    if not is_approved:
        approve(bureau.second, edition)
        return
    with db.unit_of_work():
        service.export_edition(bureau.coordinator, edition, locale="vi")


def test_who_may_not_make_figures_freezes_none(bureau: Bureau) -> None:
    before = len(visible_editions(bureau.statistician))
    for actor in (bureau.approver, bureau.coordinator, bureau.officer, bureau.boss):
        with pytest.raises(NotPermitted):
            freeze(actor)
    db.rollback()
    assert len(visible_editions(bureau.statistician)) == before
