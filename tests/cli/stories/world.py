"""What stands after the stories, as one member or the other sees it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import select

from referral.accounts.sessions import actor_for
from referral.accounts.signin import sign_in
from referral.cases.model import CaseFile, GrantBundle, SharingBasis
from referral.cases.queries import visible_case
from referral.cases.service import OpenedCase, read_case
from referral.cli.demo.accounts import DEMO_PASSPHRASE
from referral.cli.demo.agencies import OPERATOR, Cast, cast_of
from referral.cli.demo.desk import FALLBACK_ROLES, WORKING_ROLES
from referral.cli.demo.stories.stage import fixed_id
from referral.cli.demo.stories.telling import STORIES
from referral.followup.model import Task
from referral.kernel.actor import Actor
from referral.kernel.db import session, unit_of_work
from referral.referrals.model import Referral

ALSO = frozenset({"ttyt-a-luoi", "so-ldtbxh", "cuc-thong-ke"})
"""Who else the evening needs, and who reads the figures."""


@cache
def cast_of_stories() -> Cast:
    """Of the whole province those who act in a story: everybody else only takes time to enrol."""
    whole = cast_of("standard")
    known = ALSO.union(*(story.agencies for story in STORIES))
    return replace(
        whole,
        agencies=tuple(a for a in whole.agencies if a.slug in known),
        members=tuple(m for m in whole.members if m.agency_slug in known | {OPERATOR.slug}),
        areas={slug: area for slug, area in whole.areas.items() if slug in known},
        sites=tuple(s for s in whole.sites if s.managed_by in known),
    )


class World:
    """What stands after the stories, as one member or the other sees it."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self._actors: dict[str, Actor] = {}

    def member(self, username: str) -> Actor:
        if username not in self._actors:
            self._actors[username] = actor_for(sign_in(username, DEMO_PASSPHRASE, ""))
        return self._actors[username]

    def worker(self, slug: str) -> Actor:
        cast = cast_of_stories()
        found = cast.members_of(slug, *WORKING_ROLES) or cast.members_of(slug, *FALLBACK_ROLES)
        return self.member(found[0].username)

    def keeper(self, slug: str) -> Actor:
        return self.member(cast_of_stories().keeper_of(slug))

    def open(self, actor: Actor, story: str, what: str = "case") -> OpenedCase:
        with unit_of_work():
            return read_case(actor, visible_case(actor, fixed_id(story, what)))

    def answers(self, actor: Actor, story: str, kind: str) -> list[dict[str, Any]]:
        """What every section of a kind says, as far as the actor opens it, oldest first."""
        found = self.open(actor, story).sections
        return [s.answers for s in found if s.kind == kind and s.status == "open"]

    def referral(self, story: str, what: str) -> Referral:
        return session().get_one(Referral, fixed_id(story, what))

    def bases(self, story: str) -> list[SharingBasis]:
        query = select(SharingBasis).where(SharingBasis.case_id == fixed_id(story, "case"))
        return list(session().scalars(query.order_by(SharingBasis.recorded_at)))

    def case(self, case_id: UUID) -> CaseFile:
        return session().get_one(CaseFile, case_id)


LEAST = timedelta(minutes=1)
LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)


def is_about(moment: datetime | None, planned: datetime) -> bool:
    return moment is not None and planned <= moment < planned + LEAST


def tasks_about(story: str, what: str, kind: str) -> list[Task]:
    query = select(Task).where(Task.object_id == fixed_id(story, what), Task.kind == kind)
    return list(session().scalars(query.order_by(Task.due_at)))


def referrals_of(story: str) -> list:
    from referral.referrals.model import Referral

    query = select(Referral).where(Referral.case_id == fixed_id(story, "case"))
    return list(session().scalars(query))


def bundles(grant_id: object) -> list[GrantBundle]:
    return list(session().scalars(select(GrantBundle).where(GrantBundle.grant_id == grant_id)))
