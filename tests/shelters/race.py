"""Two processes that want the same bed in the same instant. Run by test_races."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from uuid import UUID

from sqlalchemy.exc import IntegrityError, OperationalError

from referral.accounts.sessions import actor_for
from referral.kernel import clock, db
from referral.kernel.ids import new_id
from referral.shelters import service
from referral.shelters.constraints import OVERLAP
from referral.shelters.errors import BedTaken
from referral.shelters.model import Claim
from referral.shelters.queries import visible_site
from tests.infrastructure.application import rooms

WON = "won"
PATIENCE = 60


@dataclass(frozen=True)
class Writer:
    """Somebody who writes past every check."""

    environment: Mapping[str, str]
    bed_ids: Sequence[UUID]


@dataclass(frozen=True)
class Keeper(Writer):
    """A signed-in keeper with a referral of their own."""

    token: str
    site_id: UUID
    referral_id: UUID


def hold_through_the_product(keeper: Keeper, barrier: Barrier, outcomes: Queue) -> None:
    """Hold each bed in turn, each begun together with the other process."""
    app = rooms(keeper.environment)
    with app.app_context():
        actor = actor_for(keeper.token)
        site = visible_site(actor, keeper.site_id)
        terms = {"referral_id": keeper.referral_id, "party": {"adults": 1, "children": 0}}
        tonight = {"from_on": clock.today(), "to_on": clock.today() + timedelta(days=1)}
        db.rollback()
        for bed_id in keeper.bed_ids:
            barrier.wait(PATIENCE)
            try:
                with db.unit_of_work():
                    service.hold_beds(actor, site, bed_ids=[bed_id], **terms, **tonight)
                outcomes.put((bed_id, WON))
            except BedTaken as refused:
                outcomes.put((bed_id, refused.code))
        db.db.engine.dispose()


def _is_overlap(refusal: str) -> bool:
    """Of two who check the constraint in one instant PostgreSQL calls the wait a deadlock."""
    return OVERLAP in refusal or "checking exclusion constraint" in refusal


def claim_past_the_product(writer: Writer, barrier: Barrier, outcomes: Queue) -> None:
    """The same without locks and checks: nothing but the database refuses."""
    app = rooms(writer.environment)
    with app.app_context():
        tonight = {"from_on": clock.today(), "to_on": clock.today() + timedelta(days=1)}
        for bed_id in writer.bed_ids:
            barrier.wait(PATIENCE)
            try:
                with db.unit_of_work():
                    db.begin_write()
                    db.session().add(Claim(id=new_id(), bed_id=bed_id, kind="block", **tonight))
                    db.session().flush()
                outcomes.put((bed_id, WON))
            except (IntegrityError, OperationalError) as refused:
                outcomes.put((bed_id, OVERLAP if _is_overlap(str(refused.orig)) else "else"))
        db.db.engine.dispose()
