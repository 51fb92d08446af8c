"""What a list shows can be asked for one by one, and nothing that it does not show."""

import inspect
from collections.abc import Callable, Iterable
from importlib import import_module
from pkgutil import walk_packages
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

import referral
from referral.accounts.model import Member
from referral.accounts.queries import visible_member, visible_members
from referral.accounts.sessions import actor_for
from referral.agencies.model import Agency, Circle
from referral.agencies.queries import (
    visible_agencies,
    visible_agency,
    visible_circle,
    visible_circles,
)
from referral.cases.model import CaseFile
from referral.cases.queries import visible_case, visible_cases
from referral.followup.model import Task
from referral.followup.queries import visible_task, visible_tasks
from referral.kernel import clock, db
from referral.kernel.actor import Actor
from referral.kernel.errors import NotFound
from referral.notices.model import Notice
from referral.notices.queries import visible_notice, visible_notices
from referral.referrals.model import Referral
from referral.referrals.queries import inbox, outbox, visible_referral
from referral.referrals.states import ReferralState
from referral.reporting.model import Edition
from referral.reporting.queries import visible_edition, visible_editions
from referral.shelters.model import Site, Stay
from referral.shelters.queries import visible_site, visible_sites, visible_stay, visible_stays
from tests.sweeps.conftest import Ground

Ids = set[UUID]
EVERY = tuple(str(state) for state in ReferralState)


def every_page(ask: Callable[[str | None], Any]) -> Ids:
    """The ids of a list, page by page."""
    found: Ids = set()
    cursor: str | None = None
    while True:
        page = ask(cursor)
        found |= ids(page.rows)
        cursor = page.next_cursor
        if cursor is None:
            return found


def ids(rows: Iterable[Any]) -> Ids:
    return {row.id for row in rows}


def _referrals(actor: Actor) -> Ids:
    boxes = (inbox, outbox)
    return set().union(
        *(every_page(lambda c, box=box: box(actor, cursor=c, states=EVERY)) for box in boxes)
    )


def is_work(task: Any) -> bool:
    """Waiting for an answer is nobody's work before the answer is late."""
    return task.state == "open" and (task.kind != "await_answer" or task.due_at <= clock.now())


# The single question, its list, the table, and of which rows the list tells.
PAIRS: dict[str, tuple[Callable[..., Any], Callable[[Actor], Ids], Any, Callable[[Any], bool]]] = {
    "agency": (
        visible_agency,
        lambda a: every_page(lambda c: visible_agencies(a, cursor=c)),
        Agency,
        lambda _: True,
    ),
    "case": (
        visible_case,
        lambda a: every_page(lambda c: visible_cases(a, cursor=c, size=3)),
        CaseFile,
        lambda _: True,
    ),
    "circle": (
        visible_circle,
        lambda a: ids(visible_circles(a)),
        Circle,
        lambda _: True,
    ),
    "edition": (visible_edition, lambda a: ids(visible_editions(a)), Edition, lambda _: True),
    "member": (visible_member, lambda a: ids(visible_members(a)), Member, lambda _: True),
    "notice": (visible_notice, lambda a: ids(visible_notices(a)), Notice, lambda _: True),
    "referral": (visible_referral, _referrals, Referral, lambda _: True),
    "site": (visible_site, lambda a: ids(visible_sites(a)), Site, lambda _: True),
    "stay": (
        visible_stay,
        lambda a: every_page(lambda c: visible_stays(a, cursor=c)),
        Stay,
        lambda row: row.state in {"held", "confirmed", "arrived"},
    ),
    "task": (visible_task, lambda a: ids(visible_tasks(a)), Task, is_work),
}


def single_questions() -> set[str]:
    """Every `visible_…(actor, …_id)` of the product, by its word."""
    found = set()
    for room in walk_packages(referral.__path__, "referral."):
        if ".queries" not in room.name:
            continue
        for name, thing in vars(import_module(room.name)).items():
            if name.startswith("visible_") and inspect.isfunction(thing):
                asked = list(inspect.signature(thing).parameters)
                if len(asked) == 2 and asked[1].endswith("_id"):
                    found.add(asked[1].removesuffix("_id"))
    return found


def test_every_single_question_stands_here_beside_its_list() -> None:
    assert single_questions() == set(PAIRS), "tests/sweeps/test_lists.py pairs it with its list"


def shown(one: Callable[..., Any], actor: Actor, row_id: UUID) -> bool:
    try:
        one(actor, row_id)
    except NotFound:
        return False
    return True


@pytest.mark.heavy
@pytest.mark.promise("page-and-api-obey-one-rule")
def test_list_and_single_question_agree_for_every_role(ground: Ground) -> None:
    seen = dict.fromkeys(PAIRS, 0)
    with ground.app.app_context():
        for role, token in ground.tokens.items():
            actor = actor_for(token)
            for name, (one, listed, table, is_told) in PAIRS.items():
                rows = [row for row in db.session().scalars(select(table)) if is_told(row)]
                alone = {row.id for row in rows if shown(one, actor, row.id)}
                assert listed(actor) == alone, f"{name} for {role}"
                seen[name] += len(alone)
            db.rollback()
    assert all(seen.values()), seen
