"""Many new cases at once, for the demo and the measurements; refused where cases are real.

Each is sealed, signed and vouched for like one that `open_case` made, and opens like it. What
other rooms add to an operation is left out: the entry in the access log, tasks, facts.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from referral.agencies import directory
from referral.cases.cards import card_of, seal_card
from referral.cases.forms_in_force import shelf
from referral.cases.model import (
    Card,
    CardBody,
    CaseFile,
    Grant,
    GrantBundle,
    GrantBundleBody,
    Section,
    SectionRevision,
    SectionRevisionBody,
    StrandRow,
)
from referral.cases.opening import home_circle
from referral.cases.states import CaseState
from referral.kernel import clock, db, deployment
from referral.kernel.actor import Actor
from referral.kernel.errors import NotPermitted
from referral.kernel.ids import new_code, new_id
from referral.vault import case_replay
from referral.vault.case_view import OWN, CaseView
from referral.vault.codec import Value, digest
from referral.vault.directory import AgencyDirectory, VerifiedKey
from referral.vault.grants import OpenedGrant, content_of, new_case_tag, own_basis, seal_grant
from referral.vault.keys import CircleSecret, Keyring, keyring_of
from referral.vault.sections import RevisionPlace, new_section_key, seal_revision
from referral.vault.strands import Remembered, write_entry

Sections = Mapping[str, Mapping[str, Any]]
"""Answers by kind of section, as the form in force keeps them."""
_ORDER = (
    CaseFile, StrandRow, Section, SectionRevision, SectionRevisionBody, Grant, GrantBundle,
    GrantBundleBody, Card, CardBody,
)  # fmt: skip


@dataclass
class _Desk:
    """Who writes in which circle's name, and the rows written so far."""

    keyring: Keyring
    circle_id: UUID
    secret: CircleSecret
    receiver: VerifiedKey
    log: AgencyDirectory
    here: deployment.DeploymentFacts
    at: datetime
    rows: dict[type[Any], list[dict[str, Any]]] = field(
        default_factory=lambda: {table: [] for table in _ORDER}
    )

    def add(self, table: type[Any], **columns: Any) -> None:
        """One more row."""
        self.rows[table].append(columns)


def write_cases(actor: Actor, cases: Sequence[Sections]) -> list[UUID]:
    """An open case for each, in the actor's circle and the transaction under way."""
    with _desk(actor) as desk:
        codes = _new_codes(len(cases))
        return [_case(desk, code, said) for code, said in zip(codes, cases, strict=True)]


def write_cards(actor: Actor, cases: Sequence[Sections]) -> list[UUID]:
    """As `write_cases`, but of each only what a list or a search reads: it does not open."""
    with _desk(actor) as desk:
        codes = _new_codes(len(cases))
        return [_bare_case(desk, code, said) for code, said in zip(codes, cases, strict=True)]


@contextmanager
def _desk(actor: Actor) -> Iterator[_Desk]:
    db.begin_write()
    here, at = deployment.current(), clock.now()
    if not here.is_demo:
        raise NotPermitted("only invented cases are written in bulk")
    circle_id, keyring = home_circle(actor), keyring_of(actor)
    secret = directory.sealing_secret(keyring, circle_id)
    receiver, log = directory.key_of(circle_id), directory.open_log(keyring.agency_id)
    desk = _Desk(keyring, circle_id, secret, receiver, log, here, at)
    yield desk
    for table in _ORDER:
        if desk.rows[table]:
            db.session().execute(insert(table), desk.rows[table])


def _new_codes(count: int) -> list[str]:
    """Codes that no case has: among fifty thousand two may well draw the same."""
    codes: set[str] = set()
    while len(codes) < count:
        drawn = {new_code() for _ in range(count - len(codes))}
        codes |= drawn.difference(
            db.session().scalars(select(CaseFile.code).where(CaseFile.code.in_(drawn)))
        )
    return list(codes)


def _bare_case(desk: _Desk, code: str, said: Sections) -> UUID:
    case_id = _case_row(desk, code)
    _grant_row(desk, case_id, new_id())
    _card_row(desk, case_id, said)
    return case_id


def _case(desk: _Desk, code: str, said: Sections) -> UUID:
    case_id, tag, keys = _case_row(desk, code), new_case_tag(), dict[UUID, dict[int, bytes]]()
    view = CaseView(desk.here.id, case_id, desk.here.epoch)
    _advance(desk, view, "opened", (desk.circle_id,))
    for kind, answers in said.items():
        key, section_id = new_section_key(), new_id()
        keys[section_id] = {1: key}
        _section(desk, view, key, (section_id, kind, answers))
    _own_grant(desk, view, OpenedGrant(tag, keys))
    _card_row(desk, case_id, said)
    return case_id


def _advance(desk: _Desk, view: CaseView, kind: str, payload: tuple[Value, ...]) -> None:
    agency_id = desk.keyring.agency_id
    place = view.place(agency_id)
    entry = write_entry(desk.keyring, place, desk.log, at=desk.at, kind=kind, payload=payload)
    case_replay.take(view, entry, desk.log, Remembered())
    desk.add(
        StrandRow, id=new_id(), case_id=view.case_id, agency_id=agency_id, seq=place.seq,
        raw=entry.raw, signature=entry.signature,
    )  # fmt: skip


def _section(
    desk: _Desk, view: CaseView, key: bytes, said: tuple[UUID, str, Mapping[str, Any]]
) -> None:
    (section_id, kind, answers), version = said, shelf.form(said[1]).version
    author = desk.keyring.member_id
    place = RevisionPlace(desk.here.id, view.case_id, section_id, kind, 1, 1, version, author)
    sealed = seal_revision(key, place, {"answers": dict(answers), "fact": str(new_id())})
    vouched = (section_id, kind, desk.circle_id, 1, 1, sealed.digest, sealed.commitment, version)
    _advance(desk, view, "section_revised", vouched)
    revision_id, first = new_id(), {"revision": 1, "generation": 1}
    desk.add(
        Section, id=section_id, case_id=view.case_id, kind=kind,
        holder_agency_id=desk.keyring.agency_id, holder_circle_id=desk.circle_id,
        is_stale=False, created_at=desk.at, **first,
    )  # fmt: skip
    desk.add(
        SectionRevision, id=revision_id, section_id=section_id, form_version=version,
        author_id=author, written_at=desk.at, **first,
    )  # fmt: skip
    desk.add(SectionRevisionBody, revision_id=revision_id, body=sealed.body)


def _own_grant(desk: _Desk, view: CaseView, said: OpenedGrant) -> None:
    """The circle's own bundle, once for all sections."""
    grant_id, circle_id = new_id(), desk.circle_id
    basis = own_basis(view, circle_id, said.keys)
    bundle = seal_grant(
        basis, grant_id=grant_id, case_tag=said.case_tag, keys=said.keys, receiver=desk.receiver
    )
    content = content_of(desk.here.id, view.case_id, grant_id, said)
    sections = tuple(sorted(said.keys))
    made = (grant_id, circle_id, desk.keyring.agency_id, circle_id, sections, OWN, ())
    _advance(desk, view, "grant_made", (*made, digest(bundle), 0, content))
    _grant_row(desk, view.case_id, grant_id)
    bundle_id, generation = new_id(), {"circle_generation": desk.receiver.generation}
    desk.add(GrantBundle, id=bundle_id, grant_id=grant_id, made_at=desk.at, **generation)
    desk.add(GrantBundleBody, bundle_id=bundle_id, body=bundle)


def _case_row(desk: _Desk, code: str) -> UUID:
    case_id = new_id()
    desk.add(
        CaseFile, id=case_id, code=code, state=CaseState.OPEN, state_at=desk.at,
        opened_at=desk.at, custodian_agency_id=desk.keyring.agency_id,
        custodian_circle_id=desk.circle_id, updated_at=desk.at,
    )  # fmt: skip
    return case_id


def _grant_row(desk: _Desk, case_id: UUID, grant_id: UUID) -> None:
    desk.add(
        Grant, id=grant_id, case_id=case_id, giver_circle_id=desk.circle_id, form=OWN,
        receiver_agency_id=desk.keyring.agency_id, receiver_circle_id=desk.circle_id,
        is_pending=False, made_at=desk.at,
    )  # fmt: skip


def _card_row(desk: _Desk, case_id: UUID, said: Sections) -> None:
    body = seal_card(desk.secret, desk.here.id, case_id, card_of(said.items()))
    card_id, generation = new_id(), {"circle_generation": desk.secret.generation}
    desk.add(Card, id=card_id, case_id=case_id, circle_id=desk.circle_id, **generation)
    desk.add(CardBody, card_id=card_id, body=body)
