"""An edition is what two persons signed, or it is shown as not verified and never leaves."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from referral.accounts.roles import ROLES
from referral.agencies import directory
from referral.kernel import clock, db
from referral.kernel.errors import InvalidInput, NotPermitted
from referral.kernel.ids import new_id
from referral.kernel.permissions import Permission
from referral.reporting import service, signing
from referral.reporting.model import Edition
from referral.reporting.queries import is_verified, visible_edition
from referral.reporting.service import FrozenDraft
from referral.reporting.tables import digest
from referral.vault.codec import pack, unpack
from referral.vault.keys import Keyring, keyring_of
from tests.reporting.bureau import Bureau
from tests.reporting.edition import frozen

Change = Callable[[Edition, Bureau], None]


def freeze(bureau: Bureau, year: int = 2024) -> Edition:
    db.rollback()
    with db.unit_of_work():
        draft = FrozenDraft(year, date(year, 3, 31), frozen(), clock.now())
        return service.freeze_edition(bureau.statistician, None, draft=draft)


def decide(bureau: Bureau, edition: Edition, verb: str) -> None:
    db.rollback()
    with db.unit_of_work():
        row = db.session().get_one(Edition, edition.id)
        operation = service.approve_edition if verb == "approve" else service.reject_edition
        operation(bureau.approver, row)


def change(edition: Edition, bureau: Bureau, how: Change) -> Edition:
    """As somebody who writes to the database."""
    db.rollback()
    with db.unit_of_work():
        db.begin_write()
        how(db.session().get_one(Edition, edition.id), bureau)
    db.rollback()
    db.session().expire_all()
    return db.session().get_one(Edition, edition.id)


def one_more(row: Edition, bureau: Bureau) -> None:
    """A figure, with a digest that fits it."""
    row.frozen = {**row.frozen, "tables": changed(row.frozen["tables"])}
    row.digest = digest(row.frozen)


def changed(tables: list[dict[str, Any]]) -> list[dict[str, Any]]:
    first, *rest = tables
    values = [list(line) for line in first["values"]]
    values[0][0] = 4
    return [{**first, "values": values}, *rest]


def rule(row: Edition, bureau: Bureau) -> None:
    row.frozen = {**row.frozen, "rule": {**row.frozen["rule"], "threshold": 2}}
    row.digest = digest(row.frozen)


def cut_off(row: Edition, bureau: Bureau) -> None:
    row.cut_off_on = date(2024, 6, 30)


def number(row: Edition, bureau: Bureau) -> None:
    row.number += 1000


def year(row: Edition, bureau: Bureau) -> None:
    row.year = 2019


def maker(row: Edition, bureau: Bureau) -> None:
    row.made_by_id = bureau.second.member_id or new_id()


def unsigned(row: Edition, bureau: Bureau) -> None:
    row.freeze_statement = None


def nonsense(row: Edition, bureau: Bureau) -> None:
    row.freeze_statement = b"anything"


def signed_anew(row: Edition, bureau: Bureau) -> None:
    """Another figure, truly signed by a member whose role and agency may not."""
    one_more(row, bureau)
    officer = keyring_of(bureau.officer)
    row.made_by_id = officer.member_id
    row.freeze_statement = signing.sign_edition(officer, row, signing.FREEZE)


def approver_freezes(row: Edition, bureau: Bureau) -> None:
    one_more(row, bureau)
    ring = keyring_of(bureau.approver)
    row.made_by_id = ring.member_id
    row.freeze_statement = signing.sign_edition(ring, row, signing.FREEZE)


def other_words(row: Edition, bureau: Bureau) -> None:
    """The statistician's own word, but for another thing."""
    row.freeze_statement = signing.sign_edition(
        keyring_of(bureau.statistician), row, signing.APPROVE
    )


def other_label(row: Edition, bureau: Bureau) -> None:
    said: Any = unpack(row.freeze_statement or b"")
    ring = keyring_of(bureau.statistician)
    row.freeze_statement = pack((said[0], ring.sign_as("fact", said[0])))


def later_place(row: Edition, bureau: Bureau) -> None:
    """A place of the log that has not been reached."""
    ring = keyring_of(bureau.statistician)
    signed: Any = unpack(row.freeze_statement or b"")
    *said, _ = unpack(signed[0])  # type: ignore[misc] # a tuple, as written
    raw = pack((*said, directory.directory_of(ring.agency_id).head_seq + 1))
    row.freeze_statement = pack((raw, ring.sign_as(signing.LABEL, raw)))


ALWAYS = [
    one_more, rule, cut_off, number, year, maker, unsigned, nonsense, signed_anew,
    approver_freezes, other_words, other_label, later_place,
]  # fmt: skip


@pytest.mark.promise("changed-record-is-not-shown")
@pytest.mark.parametrize("how", ALWAYS)
@pytest.mark.parametrize("is_approved", [False, True])
def test_what_differs_from_what_was_signed_is_not_verified_and_never_leaves(
    bureau: Bureau, is_approved: bool, how: Change
) -> None:
    edition = freeze(bureau)
    if is_approved:
        decide(bureau, edition, "approve")
    assert is_verified(db.session().get_one(Edition, edition.id))
    assert not is_verified(change(edition, bureau, how))
    refuses(bureau, edition, is_approved=is_approved)


def refuses(bureau: Bureau, edition: Edition, *, is_approved: bool) -> None:
    """Neither the next step nor the spreadsheet; a coordinator without keys is told so too."""
    if is_approved:
        row = visible_edition(bureau.coordinator, edition.id)
        assert not is_verified(row)
        with pytest.raises(InvalidInput), db.unit_of_work():
            service.export_edition(bureau.coordinator, row, locale="vi")
        return
    with pytest.raises((InvalidInput, NotPermitted)):  # who is named as its maker approves nothing
        decide(bureau, edition, "approve")


def by_second(row: Edition, bureau: Bureau) -> None:
    row.approved_by_id = bureau.second.member_id


def by_nobody(row: Edition, bureau: Bureau) -> None:
    row.approved_by_id = None


def no_word(row: Edition, bureau: Bureau) -> None:
    row.decision_statement = None


def own_word(row: Edition, bureau: Bureau) -> None:
    """The maker signs for two."""
    ring: Keyring = keyring_of(bureau.statistician)
    row.decision_statement = signing.sign_edition(ring, row, signing.APPROVE)
    row.approved_by_id = ring.member_id


def refusal(row: Edition, bureau: Bureau) -> None:
    ring = keyring_of(bureau.approver)
    row.decision_statement = signing.sign_edition(ring, row, signing.REJECT)


def draft_again(row: Edition, bureau: Bureau) -> None:
    row.state = "draft"


def rejected_now(row: Edition, bureau: Bureau) -> None:
    row.state = "rejected"


def no_state(row: Edition, bureau: Bureau) -> None:
    row.state = "published"


DECIDED = [by_second, by_nobody, no_word, own_word, refusal, draft_again, rejected_now, no_state]


@pytest.mark.promise("figures-are-approved-by-two")
@pytest.mark.parametrize("how", DECIDED)
def test_an_approval_that_the_database_alters_is_none(bureau: Bureau, how: Change) -> None:
    edition = freeze(bureau)
    decide(bureau, edition, "approve")
    assert is_verified(db.session().get_one(Edition, edition.id))
    row = change(edition, bureau, how)
    assert not is_verified(row)
    with pytest.raises((InvalidInput, NotPermitted)), db.unit_of_work():
        service.export_edition(bureau.statistician, row, locale="vi")


@pytest.mark.promise("figures-are-approved-by-two")
@pytest.mark.parametrize("before", ["draft", "rejected"])
def test_a_row_that_calls_itself_approved_is_not(bureau: Bureau, before: str) -> None:
    edition = freeze(bureau)
    if before == "rejected":
        decide(bureau, edition, "reject")
        assert is_verified(db.session().get_one(Edition, edition.id))

    def approved(row: Edition, _: Bureau) -> None:
        row.state, row.approved_by_id = "approved", bureau.approver.member_id

    change(edition, bureau, approved)
    refuses(bureau, edition, is_approved=True)


def test_a_copy_under_another_number_is_not_verified(bureau: Bureau) -> None:
    edition = freeze(bureau)
    decide(bureau, edition, "approve")
    db.rollback()
    row = db.session().get_one(Edition, edition.id)
    parts = {c.name: getattr(row, c.name) for c in Edition.__table__.columns}
    copy_id = new_id()
    with db.unit_of_work():
        db.begin_write()
        db.session().add(Edition(**{**parts, "id": copy_id, "number": 7000 + row.number}))
    assert not is_verified(db.session().get_one(Edition, copy_id))
    assert is_verified(db.session().get_one(Edition, edition.id))


def test_the_roles_that_sign_figures_are_those_that_may() -> None:
    def who(permission: Permission) -> set[str]:
        return {role for role, granted in ROLES.items() if permission in granted}

    assert who(Permission.EDITION_FREEZE) == signing.FREEZING_ROLES
    assert who(Permission.EDITION_APPROVE) == signing.DECIDING_ROLES
