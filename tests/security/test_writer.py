"""A writer to the database (T3), by the list: each attack is detected, and named.

One table. Each row changes the real database behind the product's back, tells what the product
must then say, and puts the rows back; the control sees the same case untouched before each row.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from referral.agencies import directory
from referral.agencies.directory import pin
from referral.agencies.model import DirectoryEntry
from referral.audit.model import AuditChain, AuditEntry, AuditEntryBody
from referral.audit.verify import verify_all
from referral.cases import queries as case_queries
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
from referral.cases.opening import NOT_VERIFIED, OPEN
from referral.cases.strands import case_view, remembered
from referral.kernel import db, deployment
from referral.kernel.errors import NotVerified
from referral.kernel.ids import new_id
from referral.vault.keys import MemberKeys, keyring_of
from referral.vault.sections import RevisionPlace, new_section_key, seal_revision
from tests.factories.fixtures import Thread
from tests.factories.province import case_of
from tests.security.test_attacks import shared, write

pytestmark = pytest.mark.heavy
KEPT = (
    CaseFile, Section, SectionRevision, SectionRevisionBody, StrandRow, Grant, GrantBundle,
    GrantBundleBody, DirectoryEntry, AuditChain, AuditEntry, AuditEntryBody,
)  # fmt: skip


@dataclass
class Scene:
    """A case shared with a hospital, a second case beside it, and who looks."""

    thread: Thread
    case: CaseFile
    other: CaseFile

    def rows(self, model: Any, *where: Any) -> list[Any]:
        return list(db.session().scalars(select(model).where(*where)))

    def section(self, kind: str, case: CaseFile | None = None) -> Section:
        (row,) = self.rows(Section, Section.case_id == (case or self.case).id, Section.kind == kind)
        return row

    def revision(self, kind: str, number: int, case: CaseFile | None = None) -> SectionRevision:
        where = SectionRevision.section_id == self.section(kind, case).id
        (row,) = self.rows(SectionRevision, where, SectionRevision.revision == number)
        return row

    def strand(self) -> list[StrandRow]:
        """The police's entries in the case, oldest first."""
        return sorted(self.rows(StrandRow, StrandRow.case_id == self.case.id,
                                StrandRow.agency_id == self.thread.police.id),
                      key=lambda row: row.seq)  # fmt: skip


def body(revision: SectionRevision) -> SectionRevisionBody:
    return db.session().get_one(SectionRevisionBody, revision.id)


# What a writer does.


def forge_section(scene: Scene) -> None:
    """A new text under a key of the writer's own, in the place of the newest."""
    row = scene.revision("needs", 2)
    place = RevisionPlace(
        deployment.current().id, scene.case.id, row.section_id, "needs", 2, row.generation,
        row.form_version, row.author_id,
    )  # fmt: skip
    content = {"answers": {"needs": ["shelter"]}, "fact": str(new_id())}
    body(row).body = seal_revision(new_section_key(), place, content).body


def swap_rows(scene: Scene) -> None:
    """The texts of two sections of the case change places."""
    one, two = body(scene.revision("incident", 1)), body(scene.revision("identity", 1))
    one.body, two.body = two.body, one.body


def swap_between_cases(scene: Scene) -> None:
    """The same section of two cases changes places."""
    mine = body(scene.revision("incident", 1))
    theirs = body(scene.revision("incident", 1, scene.other))
    mine.body, theirs.body = theirs.body, mine.body


def transplant_bundle(scene: Scene) -> None:
    """The hospital's bundle is put in the place of the one that opens the police's own sections."""
    bundles = {row.grant_id: row for row in scene.rows(GrantBundle)}
    grants = scene.rows(Grant, Grant.case_id == scene.case.id, Grant.ended_at.is_(None))
    own = [g for g in grants if g.receiver_agency_id == scene.thread.police.id]
    given = next(g for g in grants if g.receiver_agency_id == scene.thread.hospital.id)
    theirs = db.session().get_one(GrantBundleBody, bundles[given.id].id).body
    for grant in own:
        for row in scene.rows(GrantBundle, GrantBundle.grant_id == grant.id):
            db.session().get_one(GrantBundleBody, row.id).body = theirs


def roll_back_revision(scene: Scene) -> None:
    """The newest revision is taken out and the header put back to the first."""
    row = scene.revision("needs", 2)
    db.session().delete(body(row))
    db.session().flush()
    db.session().delete(row)
    scene.section("needs").revision = 1


def reorder_strand(scene: Scene) -> None:
    """Two entries of the police's strand change places."""
    one, two = scene.strand()[1:3]
    one.raw, two.raw, one.signature, two.signature = two.raw, one.raw, two.signature, one.signature


def cut_strand(scene: Scene) -> None:
    """An entry that the hospital's strand has seen is taken out."""
    db.session().delete(scene.strand()[3])


def replace_public_key(scene: Scene) -> None:
    """A member's keys in the directory log are replaced by the writer's."""
    for row in _log(scene):
        raw, old = row.raw, keyring_of(scene.thread.officer).signing_public
        row.raw = raw.replace(old, MemberKeys.generate().signing_public)


def roll_back_directory(scene: Scene) -> None:
    """The newest entries of the directory are taken out: a removal would be undone so."""
    for row in _log(scene)[-2:]:
        db.session().delete(row)


def _log(scene: Scene) -> list[DirectoryEntry]:
    rows = scene.rows(DirectoryEntry, DirectoryEntry.agency_id == scene.thread.police.id)
    return sorted(rows, key=lambda row: row.seq)


def delete_audit(scene: Scene) -> None:
    """One entry of the access log is taken out of the middle."""
    db.session().delete(_entries(scene)[-2])


def truncate_audit(scene: Scene) -> None:
    """The newest entries of the access log are taken out."""
    for row in _entries(scene)[-2:]:
        db.session().delete(row)


def edit_audit(scene: Scene) -> None:
    """An entry says that somebody else did it."""
    _entries(scene)[-1].actor_id = scene.thread.nurse.member_id


def _entries(scene: Scene) -> list[AuditEntry]:
    rows = scene.rows(AuditEntry, AuditEntry.chain_id == scene.thread.police.id)
    return sorted(rows, key=lambda row: row.seq)


# How the product tells.


def shown(scene: Scene) -> dict[str, str]:
    """What the officer sees of each section, or that the case is not opened at all."""
    db.rollback()
    officer = scene.thread.officer
    with db.unit_of_work():
        opened = cases.read_case(officer, case_queries.visible_case(officer, scene.case.id))
    return {section.kind: section.status for section in opened.sections}


def not_verified(kind: str) -> Callable[[Scene], None]:
    def tells(scene: Scene) -> None:
        assert shown(scene)[kind] == NOT_VERIFIED

    return tells


def strand_fault(text: str) -> Callable[[Scene], None]:
    def tells(scene: Scene) -> None:
        remembered.__init__()  # another process, which has verified nothing yet
        assert text in case_view(scene.case.id).faults[scene.thread.police.id]

    return tells


def log_fault(scene: Scene) -> None:
    """In a process that has verified nothing yet: a signature does not hold."""
    pin.configure(pin.root_public)
    with pytest.raises(NotVerified):
        directory.directories([scene.thread.police.id])


def log_is_shorter(scene: Scene) -> None:
    """In a process that saw the longer log; and in a fresh one, where strands name what is gone."""
    with pytest.raises(NotVerified, match="not the one this process has seen"):
        directory.directories([scene.thread.police.id])
    pin.configure(pin.root_public)
    remembered.__init__()
    assert "not a member at this place" in case_view(scene.case.id).faults[scene.thread.police.id]


def chain_fault(name: str) -> Callable[[Scene], None]:
    def tells(scene: Scene) -> None:
        reports = verify_all(directory.signing_keys, directory.least_entries())
        (report,) = [line for line in reports if line.chain_id == scene.thread.police.id]
        assert str(report.kind) == name

    return tells


TABLE: Mapping[str, tuple[Callable[[Scene], None], Callable[[Scene], None]]] = {
    "forged section": (forge_section, not_verified("needs")),
    "swapped rows": (swap_rows, not_verified("incident")),
    "rows swapped between cases": (swap_between_cases, not_verified("incident")),
    "transplanted bundle": (transplant_bundle, not_verified("incident")),
    "rolled-back revision": (roll_back_revision, not_verified("needs")),
    "re-ordered strand": (reorder_strand, strand_fault("does not continue its strand")),
    "shortened strand": (cut_strand, strand_fault("does not continue its strand")),
    "replaced public key": (replace_public_key, log_fault),
    "directory rolled back": (roll_back_directory, log_is_shorter),
    "deleted audit entry": (delete_audit, chain_fault("deleted")),
    "truncated audit": (truncate_audit, chain_fault("truncated")),
    "edited audit entry": (edit_audit, chain_fault("edited")),
}


@pytest.fixture
def scene(thread: Thread) -> Scene:
    case, other = case_of(thread.officer), case_of(thread.officer)
    shared(thread, case, thread.hospital, thread.nurse, ["needs", "incident"])
    needs = {"needs": ["shelter", "health_care"]}
    with db.unit_of_work():
        seen = case_queries.visible_case(thread.officer, case.id)
        cases.write_section(thread.officer, seen, kind="needs", answers=needs, expected_revision=1)
    write(thread.nurse, case, "medical", {"seen_at": "2024-11-25T15:00:00Z", "findings": "bầm"})
    return Scene(thread, case, other)


@pytest.mark.promise("changed-record-is-not-shown")
@pytest.mark.promise("every-opening-is-on-record")
def test_each_attack_of_a_writer_is_detected_by_name(scene: Scene) -> None:
    for name, (attack, tells) in TABLE.items():
        assert set(shown(scene).values()) <= {OPEN, "sealed"}, f"before: {name}"
        kept = copies()
        directory.directories([scene.thread.police.id])  # what this process has seen
        db.rollback()
        db.begin_write()
        attack(scene)
        db.commit()
        db.session().expire_all()
        try:
            tells(scene)
        except AssertionError as error:
            raise AssertionError(f"not detected: {name}") from error
        finally:
            put_back(kept)
    assert set(shown(scene).values()) <= {OPEN, "sealed"}


def copies() -> dict[Any, list[dict[str, Any]]]:
    db.rollback()
    with db.db.engine.begin() as reader:
        return {m: [dict(r) for r in reader.execute(select(m.__table__)).mappings()] for m in KEPT}


def put_back(kept: Mapping[Any, list[dict[str, Any]]]) -> None:
    db.rollback()
    with db.db.engine.begin() as writer:
        for model, rows in kept.items():
            known = {next(iter(row.values())): row for row in rows}
            key = next(iter(model.__table__.primary_key.columns))
            present = set(writer.scalars(select(key)))
            missing = [row for row in rows if row[key.name] not in present]
            if missing:
                writer.execute(model.__table__.insert(), missing)
            for row in known.values():
                writer.execute(update(model.__table__).where(key == row[key.name]).values(**row))
            extra = present - {row[key.name] for row in rows}
            writer.execute(delete(model.__table__).where(key.in_(extra)))
    db.session().expire_all()
    pin.configure(pin.root_public)
