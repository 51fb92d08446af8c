"""Who has opened a case: for its custodian, and on paper for the person whose case it is."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from flask import render_template

from referral.accounts.queries import names
from referral.accounts.roles import label_of
from referral.agencies.queries import agency_names
from referral.cases import queries
from referral.kernel import clock, db
from referral.referrals.service import CaseOpenings
from referral.referrals.service import list_openings as list_them
from referral.web.actor import current_actor
from referral.web.audit import OPERATION_WORDS
from referral.web.cases.blueprint import bp
from referral.web.format import language
from referral.web.log_details import told_by

READS: Final = frozenset({"cases.read_case", "cases.print_case", "referrals.read_summary"})
"""What a person is told of who saw her papers; the rest is work on them."""


@dataclass(frozen=True, slots=True)
class PaperLine:
    """On one day, somebody of one role in one agency opened the papers, so many times."""

    day: date
    agency: str
    role: str
    times: int


@bp.get("/cases/<uuid:case_id>/openings")
def list_openings(case_id: UUID) -> str:
    """Who read, printed or wrote the case, or was refused, newest first."""
    told, agencies = _told(case_id)
    return render_template(
        "cases/list_openings.html",
        case=told.case,
        openings=told.openings,
        agencies=agencies,
        people=names([line.member_id for line in told.openings if line.member_id]),
        role_label=lambda role: label_of(role, language()),
        operation_words=OPERATION_WORDS,
        broken=[agencies.get(agency_id, "") for agency_id in told.not_verified],
        told=told_by([line.detail for line in told.openings]),
    )


@bp.get("/cases/<uuid:case_id>/openings/print")
def print_openings(case_id: UUID) -> str:
    """The same for her to take along: days, agencies and roles; no name, no code, no subject."""
    told, agencies = _told(case_id)
    return render_template(
        "cases/print_openings.html",
        case=told.case,
        lines=_paper(told, agencies),
        broken=[agencies.get(agency_id, "") for agency_id in told.not_verified],
        printed_at=clock.now(),
    )


def _told(case_id: UUID) -> tuple[CaseOpenings, dict[UUID, str]]:
    """What the chains tell of the case, and the names of the agencies in it."""
    actor = current_actor()
    with db.unit_of_work():
        told = list_them(actor, queries.visible_case(actor, case_id))
    ids = {line.agency_id for line in told.openings if line.agency_id} | {*told.not_verified}
    return told, agency_names(ids, language())


def _paper(told: CaseOpenings, agencies: dict[UUID, str]) -> list[PaperLine]:
    counted = Counter(
        (
            clock.local(line.at).date(),
            agencies.get(line.agency_id, ""),
            label_of(line.role, language()),
        )
        for line in told.openings
        if line.operation in READS and not line.is_refused
    )
    return [PaperLine(*key, times) for key, times in sorted(counted.items(), reverse=True)]
