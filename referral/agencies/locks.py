"""Who seals to an agency's circles and who changes their keys wait for each other.

The agency's row is the lock: shared by those who seal, held alone by who writes the directory log.
One row an agency, not one a circle: a removal changes several circles, and with a single lock taken
first it can never wait for somebody who waits for it.
"""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from referral.agencies.model import Agency
from referral.kernel.db import is_writing, read_again, read_once, session


def log_key(agency_id: UUID) -> tuple[object, ...]:
    """Under which a transaction remembers the agency's verified log."""
    return ("directory", agency_id)


def _in_hand(how: str) -> set[UUID]:
    """The agencies whose keys this transaction holds so; empty again when it ends."""
    return read_once(("keys", how), set[UUID])


def hold_keys(agency_ids: Iterable[UUID]) -> None:
    """Keep the keys of these agencies' circles as they are until the transaction ends.

    Waits for a change under way, and reads the log again after it. Nothing where nobody writes.
    """
    if not is_writing():
        return
    wanted = sorted(set(agency_ids) - _in_hand("held") - _in_hand("changed"))
    if wanted:
        rows = select(Agency.id).where(Agency.id.in_(wanted)).order_by(Agency.id)
        session().execute(rows.with_for_update(read=True)).all()
        _take(wanted, "held")


def change_keys(agency_id: UUID) -> None:
    """Wait until nobody seals to this agency's circles, and let nobody begin before the commit.

    To be called before anything else is locked but cases (`cases.strands.lock`), and by nobody who
    holds them together with others.
    """
    if agency_id not in _in_hand("changed"):
        row = select(Agency.id).where(Agency.id == agency_id)
        session().execute(row.with_for_update(key_share=True)).all()
        _take([agency_id], "changed")


def _take(agency_ids: Iterable[UUID], how: str) -> None:
    for agency_id in agency_ids:
        read_again(log_key(agency_id))
        _in_hand(how).add(agency_id)
