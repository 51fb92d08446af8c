"""What is measured, one declaration each. Another measure is one entry more of `MEASURES`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from bench import columns
from bench.installation import SIX_SECTIONS, Installation, soon
from referral.accounts.sessions import actor_for
from referral.accounts.signin import sign_in
from referral.agencies.queries import agency
from referral.cases import queries, service
from referral.cases.drawers import WORTH_FILING
from referral.followup.queries import visible_tasks
from referral.kernel import clock, db
from referral.referrals import queries as referral_queries
from referral.referrals import service as referrals
from referral.shelters.queries import places_near
from tests.factories.province import PASSPHRASE

PAGE = 50
SUMMARY = {"age_band": "25_39", "reason": "cần khám ngay", "needs": ["health_care"]}
FEW, MANY = 1_000, 5_000
"""Cases of the circle: those that most is measured with, and those of a busy commune."""


@dataclass(frozen=True)
class Measure:
    """One operation, as a request does it: from the session's token to the commit.

    `cases` says with how many in the circle; None at the end, when the circle has all of them.
    With `over` the figure is how many times as long it takes as the measure of that name.
    """

    id: str
    about: str
    run: Callable[[Installation, Any], object]
    prepare: Callable[[Installation], Any] = lambda _place: None
    cases: int | None = FEW
    over: str = ""
    aim_ms: float | None = None
    aim_share: float | None = None
    aim_ratio: float | None = None
    part_of_runs: float = 1.0


def _create(place: Installation, _given: None) -> None:
    actor = actor_for(place.officer_token)
    with db.unit_of_work():
        service.open_case(actor, None, sections=SIX_SECTIONS)


def open_by_id(place: Installation, case_id: UUID) -> None:
    """Open a case of six sections as one request does."""
    actor = actor_for(place.officer_token)
    with db.unit_of_work():
        opened = service.read_case(actor, queries.visible_case(actor, case_id))
    assert sum(section.status == "open" for section in opened.sections) >= len(SIX_SECTIONS)


def _list(place: Installation, _given: None) -> None:
    actor = actor_for(place.officer_token)
    with db.unit_of_work():
        page = service.list_cases(actor, None, size=PAGE)
    assert len(page.rows) == PAGE
    assert all(line.card for line in page.rows)


def _lines(place: Installation, _given: None) -> None:
    page = queries.visible_cases(place.officer, size=PAGE)
    assert all(line.card for line in page.rows)
    db.rollback()


def _columns(_place: Installation, _given: None) -> None:
    lines = columns.newest(PAGE)
    assert len(lines) == PAGE
    assert all(line["age_band"] for line in lines)


def _search(place: Installation, _given: None) -> None:
    actor = actor_for(place.officer_token)
    with db.unit_of_work():
        found = service.search_cases(actor, None, words="thi huong")
    assert found.rows


def _until_filed(place: Installation) -> None:
    """Search until the cards lie in drawers, as after the first days of an installation."""
    loose = WORTH_FILING
    while loose >= WORTH_FILING:
        with db.unit_of_work():
            loose = service.search_cases(place.officer, None, words="thi huong").loose


def _today(place: Installation, _given: None) -> None:
    """What the first page of an officer asks of the rooms below."""
    actor = actor_for(place.officer_token)
    assert actor.agency_id is not None
    with db.unit_of_work():
        referrals.list_inbox(actor, None)
    visible_tasks(actor)
    drafts = queries.visible_drafts(actor)
    queries.lines_of(actor, [UUID(draft.place.partition(":")[2]) for draft in drafts])
    referral_queries.outbox(actor, states=("sent", "accepted", "scheduled", "in_service"))
    places_near(actor, unit_code=agency(actor.agency_id).unit_code, on=clock.today())
    db.rollback()


def _hand_over(place: Installation, case_id: UUID) -> None:
    actor = actor_for(place.officer_token)
    with db.unit_of_work():
        sent = referrals.send_referral(
            actor,
            queries.visible_case(actor, case_id),
            kind="service",
            circle_id=place.hospital_circle,
            urgency="p1",
            kinds=["incident", "needs", "safe_contact"],
            summary=SUMMARY,
        )
    nurse = actor_for(place.nurse_token)
    assert nurse.member_id is not None
    with db.unit_of_work():
        row = referral_queries.visible_referral(nurse, sent.id)
        referrals.accept_referral(nurse, row, worker_id=nurse.member_id, first_contact_at=soon())


MEASURES: Sequence[Measure] = (
    Measure(
        "sign_in",
        "sign in",
        lambda place, _given: sign_in(place.officer_name, PASSPHRASE, ""),
        part_of_runs=0.25,
    ),
    Measure("create_case", "create a case of six sections", _create, aim_ms=60),
    Measure(
        "open_case",
        "open a case of six sections",
        open_by_id,
        lambda place: place.big_case,
        aim_ms=25,
        aim_share=0.15,
    ),
    Measure("list_50", "list 50 cases", _list, aim_ms=40),
    Measure("hand_over", "hand over: send and accept", _hand_over, Installation.make_big_case),
    Measure("today", "what waits today, for an officer", _today),
    Measure("columns", "(50 lines of encrypted columns)", _columns),
    Measure(
        "list_vs_encrypted_columns",
        "50 cards, to encrypted columns",
        _lines,
        over="columns",
        aim_ratio=1.0,
    ),
    Measure("search_5000", "search 5,000 cases", _search, _until_filed, cases=MANY, aim_ms=80),
    Measure("search_all", "search all cases", _search, _until_filed, cases=None, aim_ms=300),
    Measure(
        "list_growth",
        "list 50 of all, to 50 of 1,000",
        _list,
        cases=None,
        over="list_50",
        aim_ratio=1.3,
    ),
)
IDS = tuple(measure.id for measure in MEASURES if measure.id != "columns")
"""What a file of figures holds: `columns` only stands below a ratio."""
