"""A circle with many cases gets a new key, and what it has is sealed anew while others work."""

import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import insert

from referral.accounts.sessions import actor_for
from referral.agencies import directory
from referral.agencies.model import Circle
from referral.agencies.rewrapping import end_generations, key_report, rewrap_circle
from referral.agencies.service import renew_circle
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
from referral.kernel import clock, db, deployment
from referral.kernel.actor import Actor
from referral.kernel.ids import new_code, new_id
from referral.vault import case_replay
from referral.vault.boxes import seal_in_circle
from referral.vault.case_view import CaseView
from referral.vault.codec import digest
from referral.vault.grants import OpenedGrant, content_of, new_case_tag, own_basis, seal_grant
from referral.vault.keys import keyring_of
from referral.vault.primitives import Purpose
from referral.vault.sections import RevisionPlace, new_section_key, seal_revision
from referral.vault.strands import Remembered, write_entry
from referral.web.circle_keys import BREATH

BATCH = 500
Rows = dict[type[Any], list[dict[str, Any]]]
ORDER = (
    CaseFile, StrandRow, Section, SectionRevision, SectionRevisionBody, Grant, GrantBundle,
    GrantBundleBody, Card, CardBody,
)  # fmt: skip


@dataclass(frozen=True)
class Carried:
    """What it took, and what somebody else met meanwhile who opened a case again and again."""

    rows: int
    seconds: float
    longest: float
    alone: float
    beside: float
    worst: float


def fill_in_bulk(actor: Actor, count: int) -> UUID:
    """Small cases as the operations write them, signed and sealed one by one, stored in bulk."""
    circle_id = home_circle(actor)
    for start in range(0, count, BATCH):
        with db.unit_of_work():
            db.begin_write()
            rows: Rows = {table: [] for table in ORDER}
            for _ in range(min(BATCH, count - start)):
                _one_case(actor, circle_id, rows)
            for table in ORDER:
                db.session().execute(insert(table), rows[table])
    return circle_id


def _one_case(actor: Actor, circle_id: UUID, rows: Rows) -> None:
    here, keyring, at = deployment.current(), keyring_of(actor), clock.now()
    log = directory.directory_of(keyring.agency_id)
    case_id, section_id, key = new_id(), new_id(), new_section_key()
    view = CaseView(here.id, case_id, here.epoch)

    def advance(kind: str, payload: tuple[Any, ...]) -> None:
        place = view.place(keyring.agency_id)
        entry = write_entry(keyring, place, log, at=at, kind=kind, payload=payload)
        case_replay.take(view, entry, log, Remembered())
        rows[StrandRow].append({
            "id": new_id(), "case_id": case_id, "agency_id": keyring.agency_id,
            "seq": place.seq, "raw": entry.raw, "signature": entry.signature,
        })  # fmt: skip

    advance("opened", (circle_id,))
    place = RevisionPlace(here.id, case_id, section_id, "needs", 1, 1, 1, keyring.member_id)
    sealed = seal_revision(key, place, {"answers": {"needs": ["shelter"]}, "fact": str(new_id())})
    vouched = (section_id, "needs", circle_id, 1, 1, sealed.digest, sealed.commitment, 1)
    advance("section_revised", vouched)
    grant_id, tag = new_id(), new_case_tag()
    said = OpenedGrant(tag, {section_id: {1: key}})
    basis = own_basis(view, circle_id, [section_id])
    receiver = directory.key_of(circle_id)
    bundle = seal_grant(basis, grant_id=grant_id, case_tag=tag, keys=said.keys, receiver=receiver)
    content = content_of(here.id, case_id, grant_id, said)
    made = (grant_id, circle_id, keyring.agency_id, circle_id, (section_id,), "own", ())
    advance("grant_made", (*made, digest(bundle), 0, content))
    _rows_of(rows, (case_id, section_id, grant_id), keyring, circle_id, (sealed.body, bundle))


def _rows_of(
    rows: Rows, ids: tuple[UUID, UUID, UUID], keyring: Any, circle_id: UUID, sealed: Any
) -> None:
    (case_id, section_id, grant_id), at = ids, clock.now()
    revision_id, bundle_id, card_id = new_id(), new_id(), new_id()
    secret, whose = keyring.circle(circle_id), {"id": case_id}
    card = seal_in_circle(secret, Purpose.CARD, keyring.deployment, case_id, b"{}")
    rows[CaseFile].append(whose | {
        "code": f"{new_code()}{new_code()}", "state": "open", "state_at": at, "opened_at": at,
        "custodian_agency_id": keyring.agency_id, "custodian_circle_id": circle_id,
        "updated_at": at,
    })  # fmt: skip
    rows[Section].append({
        "id": section_id, "case_id": case_id, "kind": "needs", "revision": 1, "generation": 1,
        "holder_agency_id": keyring.agency_id, "holder_circle_id": circle_id, "is_stale": False,
        "created_at": at,
    })  # fmt: skip
    rows[SectionRevision].append({
        "id": revision_id, "section_id": section_id, "revision": 1, "generation": 1,
        "form_version": 1, "author_id": keyring.member_id, "written_at": at,
    })  # fmt: skip
    rows[SectionRevisionBody].append({"revision_id": revision_id, "body": sealed[0]})
    rows[Grant].append({
        "id": grant_id, "case_id": case_id, "giver_circle_id": circle_id, "form": "own",
        "receiver_agency_id": keyring.agency_id, "receiver_circle_id": circle_id,
        "is_pending": False, "made_at": at,
    })  # fmt: skip
    generation = {"circle_generation": secret.generation}
    rows[GrantBundle].append({"id": bundle_id, "grant_id": grant_id, "made_at": at} | generation)
    rows[GrantBundleBody].append({"bundle_id": bundle_id, "body": sealed[1]})
    rows[Card].append({"id": card_id, "case_id": case_id, "circle_id": circle_id} | generation)
    rows[CardBody].append({"card_id": card_id, "body": card})


def carry(boss_token: str, circle_id: UUID, use: Callable[[], None]) -> Carried:
    """Renew the circle, then every round to the end while `use` goes on beside it."""
    alone = _times(use, threading.Event(), 20)
    with db.unit_of_work():
        renew_circle(actor_for(boss_token), db.session().get_one(Circle, circle_id))
    stop, beside, app = threading.Event(), list[float](), current_app._get_current_object()  # type: ignore[attr-defined] # Flask's own way to the application # noqa: SLF001

    def work() -> None:
        with app.app_context():
            beside.extend(_times(use, stop, None))
            db.db.session.remove()

    worker = threading.Thread(target=work)
    worker.start()
    started = time.perf_counter()
    try:
        rounds, carried = _rounds(boss_token, circle_id)
    finally:
        stop.set()
        worker.join()
    seconds = time.perf_counter() - started
    with db.unit_of_work():
        circle = db.session().get_one(Circle, circle_id)
        assert key_report(circle).behind == 0
        end_generations(actor_for(boss_token), circle)
    return Carried(
        carried, seconds, max(rounds), statistics.median(alone), statistics.median(beside),
        max(beside),
    )  # fmt: skip


def _rounds(token: str, circle_id: UUID) -> tuple[list[float], int]:
    times, carried, after = [], 0, ""
    while True:
        time.sleep(BREATH if times else 0)
        started = time.perf_counter()
        with db.unit_of_work():
            circle = db.session().get_one(Circle, circle_id)
            done = rewrap_circle(actor_for(token), circle, after=after)
        times.append(time.perf_counter() - started)
        carried, after = carried + done.carried, done.after
        if not after and not done.report.behind:
            return times, carried


def _times(use: Callable[[], None], stop: threading.Event, runs: int | None) -> list[float]:
    times: list[float] = []
    while not times or (not stop.is_set() and (runs is None or len(times) < runs)):
        started = time.perf_counter()
        use()
        times.append(time.perf_counter() - started)
    return times
