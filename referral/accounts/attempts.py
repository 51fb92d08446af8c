"""Counting refused sign-ins, so that guessing slows down and nobody else is shut out by it.

What is counted is an account *at an address*: a stranger who guesses from elsewhere never shuts
the member out, nor a colleague. Beyond that an address as a whole, with more patience, for one
stranger trying many accounts; an account that has signed in from there before is not held up by
it. Rows carry digests under a key outside the database, never a name or an address.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from typing import Final

from sqlalchemy import delete, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from referral.accounts.model import SignInAttempt
from referral.kernel import clock
from referral.kernel.db import session

FREE_OF_PAIR: Final = 5
FREE_OF_ADDRESS: Final = 50
FIRST_DELAY: Final = timedelta(seconds=30)
LONGEST_DELAY: Final = timedelta(minutes=15)
FORGOTTEN_AFTER: Final = timedelta(hours=1)
KNOWN_FOR: Final = timedelta(days=30)


class Blinding:
    """The key under which names and addresses become digests; set once by the root."""

    def __init__(self) -> None:
        self._key = b""

    def configure(self, key: bytes) -> None:
        """Take the installation's key, which lies outside the database."""
        self._key = key

    def digest(self, label: str, *parts: str) -> bytes:
        """HMAC-SHA256 of the parts, each with its length, so that none runs into the next."""
        message = b"".join(
            len(raw).to_bytes(4, "big") + raw
            for raw in (part.encode("utf-8", "surrogatepass") for part in (label, *parts))
        )
        return hmac.new(self._key, message, hashlib.sha256).digest()


blinding = Blinding()


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try to sign in, as its digests tell it."""

    pair: bytes
    address: bytes


def attempt(username: str, address: str) -> Attempt:
    """The try of this account from this address; one home or office counts as one of IPv6."""
    place = _network(address)
    return Attempt(blinding.digest("pair", username, place), blinding.digest("address", place))


def _network(address: str) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return f"{int(parsed) >> 64:x}/64"
    return str(parsed)


def delay_after(refusals: int, free: int) -> timedelta:
    """How long no further try counts, after so many refusals."""
    if refusals < free:
        return timedelta(0)
    doublings = min(refusals - free, 16)
    return min(FIRST_DELAY * (1 << doublings), LONGEST_DELAY)


def is_counted_out(tried: Attempt) -> bool:
    """Whether this try is refused without being looked at."""
    pair = session().get(SignInAttempt, tried.pair)
    if pair is not None and _waits(pair, FREE_OF_PAIR):
        return True
    if pair is not None and pair.opened_at is not None and pair.opened_at > _known_since():
        return False
    place = session().get(SignInAttempt, tried.address)
    return place is not None and _waits(place, FREE_OF_ADDRESS)


def _waits(row: SignInAttempt, free: int) -> bool:
    if row.refused_at is None:
        return False
    return clock.now() < row.refused_at + delay_after(row.refusals, free)


def _known_since() -> datetime:
    return clock.now() - KNOWN_FOR


def note_refusal(tried: Attempt) -> None:
    """Count one refusal for the account at this address, and for the address."""
    moment = clock.now()
    for digest in (tried.pair, tried.address):
        row = _locked(digest)
        if row.refused_at is None or moment - row.refused_at >= FORGOTTEN_AFTER:
            row.refusals = 0
        row.refusals += 1
        row.refused_at = moment
    session().flush()


def note_opening(tried: Attempt) -> None:
    """The account is known at this address from now on, and its refusals there are forgotten.

    Those of the address stay: somebody with an account of their own does not wipe them out.
    """
    row = _locked(tried.pair)
    row.refusals, row.refused_at, row.opened_at = 0, None, clock.now()
    session().flush()


def _locked(digest: bytes) -> SignInAttempt:
    """The row of a digest, made if need be, and held until the transaction ends."""
    is_sqlite = session().get_bind().dialect.name == "sqlite"
    fresh = (sqlite.insert if is_sqlite else postgresql.insert)(SignInAttempt)
    session().execute(fresh.values(digest=digest, refusals=0).on_conflict_do_nothing())
    query = select(SignInAttempt).where(SignInAttempt.digest == digest).with_for_update()
    return session().scalars(query.execution_options(populate_existing=True)).one()


def purge_forgotten(moment: datetime) -> int:
    """Delete counters that hold nobody up and addresses long not used; how many."""
    query = select(SignInAttempt.digest).where(
        or_(
            SignInAttempt.refused_at.is_(None),
            SignInAttempt.refused_at <= moment - FORGOTTEN_AFTER,
        ),
        or_(SignInAttempt.opened_at.is_(None), SignInAttempt.opened_at <= moment - KNOWN_FOR),
    )
    # A row that somebody holds is in use: it is left alone, and nobody waits for anybody.
    over = session().scalars(query.with_for_update(skip_locked=True)).all()
    session().execute(delete(SignInAttempt).where(SignInAttempt.digest.in_(over)))
    return len(over)
