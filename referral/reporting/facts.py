"""Facts: small coded statements about a case, sealed to the statistics circle by those who hold it.

A fact says what the legal returns count and no more: month, unit, forms of violence or service. It
is signed inside, so that the statistician's session trusts no row.
"""

import json
import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select

from referral.agencies import directory
from referral.agencies.queries import agency, statistics_circle
from referral.cases.events import SectionWritten
from referral.cases.forms_in_force import shelf
from referral.kernel import clock, deployment
from referral.kernel.actor import Actor
from referral.kernel.db import session
from referral.kernel.errors import KeysMissing, NotFound, NotVerified, Unreadable
from referral.reporting.model import FactBody, FactRow, StagedFact, StagedFactBody
from referral.vault.boxes import open_fact, seal_fact
from referral.vault.codec import digest, pack, unpack
from referral.vault.directory import AgencyDirectory, VerifiedKey
from referral.vault.keys import Keyring, keyring_of

BATCH = 10
LABEL = "fact"
KINDS = frozenset({"incident", "service"})
MONTH = re.compile(r"[12]\d{3}-(0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True, slots=True)
class OpenedFact:
    """A fact whose signature holds and whose content can be counted."""

    fact_id: UUID
    kind: str
    case_tag: str
    month: str
    unit_code: str
    codes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OpenedFacts:
    """The facts of the province as they stood at `opened_at`.

    `not_verified` counts the rows that are left out: what did not open, is signed by nobody who
    may, stands under the id of another agency's fact, or says nothing that can be counted.
    """

    facts: tuple[OpenedFact, ...]
    not_verified: int
    opened_at: datetime


def fact_id_of(agency_id: UUID, kept_id: UUID) -> UUID:
    """Under which id an agency's fact stands; `kept_id` is random and kept in its section.

    No other agency can sign a fact that has this id, whatever it knows: the first author keeps it.
    """
    return UUID(bytes=digest(pack((LABEL, agency_id, kept_id)))[:16], version=4)


def write_fact(event: SectionWritten) -> None:
    """Project a section into its fact, replacing the one it had. A handler of `SectionWritten`.

    Where the province has no statistics circle yet nothing is written.
    """
    if event.kind not in KINDS:
        return
    try:
        circle = statistics_circle()
    except NotFound:
        return
    receiver = directory.key_of(circle.id)
    keyring = keyring_of(event.actor)
    content = {
        "kind": event.kind,
        "case_tag": event.case_tag.hex(),
        "month": f"{clock.local(event.begun_at):%Y-%m}",
        "unit": _unit(event, keyring),
        "codes": shelf.form(event.kind).facts(dict(event.answers)),
    }
    raw = json.dumps(content, ensure_ascii=False, sort_keys=True).encode()
    for before in keyring.agency_ids - {keyring.agency_id}:
        _drop(fact_id_of(before, event.fact_id))
    fact_id = fact_id_of(keyring.agency_id, event.fact_id)
    _store(fact_id, receiver, _signed(keyring, event.fact_id, raw))


def _unit(event: SectionWritten, keyring: Keyring) -> str:
    """Where it happened; where that was not said, the unit of the service that was told."""
    return str(event.answers.get("unit") or agency(keyring.agency_id).unit_code)


def _signed(keyring: Keyring, kept_id: UUID, raw: bytes) -> bytes:
    seq = directory.directory_of(keyring.agency_id).head_seq
    fact_id = fact_id_of(keyring.agency_id, kept_id)
    statement = pack((fact_id, raw, keyring.agency_id, keyring.member_id, seq, kept_id))
    return pack((statement, keyring.sign_as(LABEL, statement)))


def _store(fact_id: UUID, receiver: VerifiedKey, signed: bytes) -> None:
    body = seal_fact(receiver, fact_id, signed)
    row = session().get(FactRow, fact_id) or session().get(StagedFact, fact_id)
    kept = session().get(FactBody, fact_id) or session().get(StagedFactBody, fact_id)
    if row is not None and kept is not None:
        row.circle_id, row.circle_generation = receiver.circle_id, receiver.generation
        kept.body = body
        session().flush()
        return
    session().add(
        StagedFact(id=fact_id, circle_id=receiver.circle_id, circle_generation=receiver.generation)
    )
    session().flush()
    session().add(StagedFactBody(fact_id=fact_id, body=body))
    session().flush()
    _move_when_enough()


def _drop(fact_id: UUID) -> None:
    """The fact of an agency that has ended, corrected by the one that succeeds it."""
    for header in (FactRow, StagedFact):
        session().execute(delete(header).where(header.id == fact_id))
    session().flush()


def _move_when_enough() -> None:
    """Ten or more staged facts move on together, in an order drawn by lot."""
    if session().scalar(select(func.count()).select_from(StagedFact)) < BATCH:  # type: ignore[operator] # count is never NULL
        return
    rows = [
        (row, kept.body)
        for row, kept in session().execute(
            select(StagedFact, StagedFactBody)
            .join(StagedFactBody, StagedFactBody.fact_id == StagedFact.id)
            .with_for_update()
        )
    ]
    secrets.SystemRandom().shuffle(rows)
    for row, body in rows:
        session().add(
            FactRow(id=row.id, circle_id=row.circle_id, circle_generation=row.circle_generation)
        )
        session().flush()
        session().add(FactBody(fact_id=row.id, body=body))
        session().delete(row)
        session().flush()


def open_facts(actor: Actor) -> OpenedFacts:
    """Every fact this session can open, staged ones included; what does not verify is counted.

    `KeysMissing` when the actor is in no statistics circle.
    """
    keyring = keyring_of(actor)
    circle = statistics_circle()
    if not keyring.holds(circle.id):
        raise KeysMissing
    reader, moment = _Reader(keyring), clock.now()
    found = [reader.read(fact_id, place, body) for fact_id, place, body in _bodies()]
    facts = tuple(fact for fact in found if fact is not None)
    return OpenedFacts(facts, len(found) - len(facts), moment)


def _bodies() -> Iterator[tuple[UUID, tuple[UUID, int], bytes]]:
    for header, sealed in ((FactRow, FactBody), (StagedFact, StagedFactBody)):
        rows = session().execute(
            select(header.id, header.circle_id, header.circle_generation, sealed.body)
            .join(sealed, sealed.fact_id == header.id)
            .order_by(header.id)
            .execution_options(yield_per=500)
        )
        for fact_id, circle_id, generation, body in rows:
            yield fact_id, (circle_id, generation), body


class _Reader:
    """Opens facts and checks their signatures against the agencies' verified logs."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring
        self._here = deployment.current().id
        self._owners = {c: a for own in keyring.circle_ids for a, c in keyring.line_of(own)}
        self._logs: dict[UUID, AgencyDirectory] = {}

    def read(self, fact_id: UUID, place: tuple[UUID, int], body: bytes) -> OpenedFact | None:
        try:
            secret = self._keyring.circle(*place)
            owner = self._owners[place[0]]
            signed: Any = unpack(open_fact(secret, self._here, owner, fact_id, body))
            statement: Any = unpack(signed[0])
            self._check(fact_id, signed, statement)
            return _countable(fact_id, json.loads(statement[1]))
        except (KeysMissing, Unreadable, NotVerified, LookupError, TypeError, ValueError):
            return None  # anybody can seal something to a circle: one row must not stop the rest
        except RecursionError:
            return None

    def _check(self, fact_id: UUID, signed: Any, statement: Any) -> None:
        named, _, agency_id, member_id, seq, kept_id = statement
        if not (isinstance(agency_id, UUID) and isinstance(kept_id, UUID)):
            raise NotVerified("not ids")
        if not named == fact_id == fact_id_of(agency_id, kept_id):
            raise NotVerified("a fact under another's id")
        if agency_id not in self._logs:
            self._logs[agency_id] = directory.directory_of(agency_id)
        author = self._logs[agency_id].member_at(member_id, seq)
        author.verify(LABEL, signed[0], signed[1])
        if not author.holds_keys:
            raise NotVerified("this role writes no facts")


def _countable(fact_id: UUID, content: Any) -> OpenedFact:
    """The content as a fact, if every part that counting relies on is of its kind."""
    kind, month, codes = content["kind"], content["month"], content["codes"]
    texts = (kind, month, content["case_tag"], content["unit"])
    if not (all(isinstance(text, str) for text in texts) and isinstance(codes, dict)):
        raise NotVerified("not a fact")
    if kind not in KINDS or not MONTH.fullmatch(month):
        raise NotVerified("not a kind in a month")
    if kind == "service":
        known = {option.id for option in shelf.form(kind).field("kind").options}
        wrong = codes["kind"] not in known
    else:
        wrong = not all(isinstance(form, str) for form in codes.get("forms") or ())
    if wrong:
        raise NotVerified("not codes")
    return OpenedFact(fact_id, kind, content["case_tag"], month, content["unit"], codes)
