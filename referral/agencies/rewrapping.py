"""Carrying what is sealed to a circle over to its newest key, a chunk at a time.

What is sealed stands in the rooms above, which know how to seal it anew; the composition root
gives their shelves to `shelves`. A row that somebody holds in this instant is passed over and
found again on the next round, so that nobody waits for this and nothing is carried over that is
being ended.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from referral.agencies import directory, policy
from referral.agencies.locks import change_keys
from referral.agencies.model import Circle, CircleWrapBody
from referral.audit.operation import operation
from referral.kernel import clock
from referral.kernel.actor import Actor
from referral.kernel.db import session
from referral.kernel.errors import InvalidInput, KeysMissing, StateConflict
from referral.kernel.permissions import Permission
from referral.vault.boxes import seal_circle_secret
from referral.vault.directory import VerifiedKey
from referral.vault.keys import CircleSecret, Keyring, keyring_of

CHUNK = 200
"""Rows of one transaction: on SQLite nobody else writes while it runs."""


@dataclass(frozen=True)
class KeysInHand:
    """What sealing anew needs: the older secrets, the newest one, and the key the log states."""

    keyring: Keyring
    newest: CircleSecret
    stated: VerifiedKey

    def older(self, generation: int) -> CircleSecret:
        """The secret of an older generation; `KeysMissing` where this session has none."""
        return self.keyring.circle(self.stated.circle_id, generation)


Reseal = Callable[[KeysInHand, Sequence[UUID]], int]


@dataclass(frozen=True)
class Shelf:
    """One table of what is sealed to circles.

    `behind` gives the keys of its rows under a generation below the one named; `reseal` seals
    some of them anew, in place, and says how many. Without `reseal` they wait for something else.
    """

    name: str
    key: Any
    behind: Callable[[UUID, int], Select[Any]]
    reseal: Reseal | None = None

    def count(self, circle_id: UUID, newest: int) -> int:
        """How many rows are under an older generation."""
        rows = self.behind(circle_id, newest).subquery()
        return session().scalar(select(func.count()).select_from(rows)) or 0

    def some(self, circle_id: UUID, newest: int, after: UUID | None, limit: int) -> Sequence[UUID]:
        """The next rows, held until the transaction ends; those in other hands left out."""
        query = self.behind(circle_id, newest).order_by(self.key).limit(limit)
        if after is not None:
            query = query.where(self.key > after)
        return session().scalars(
            query.with_for_update(skip_locked=True, of=self.key.class_)
        ).all()  # fmt: skip


class Shelves:
    """The shelves of all rooms; set once by the composition root."""

    def __init__(self) -> None:
        self.all: tuple[Shelf, ...] = ()

    def configure(self, shelves: Iterable[Shelf]) -> None:
        """Take the shelves, in the order in which they are worked through."""
        self.all = tuple(shelves)

    @property
    def carried(self) -> tuple[Shelf, ...]:
        """Those whose rows are sealed anew."""
        return tuple(shelf for shelf in self.all if shelf.reseal is not None)

    @property
    def waited_for(self) -> tuple[Shelf, ...]:
        """Those whose rows wait for something else, such as an answer."""
        return tuple(shelf for shelf in self.all if shelf.reseal is None)


shelves = Shelves()


@dataclass(frozen=True, slots=True)
class KeyReport:
    """How far a circle has come with its newest key."""

    generation: int
    oldest: int
    """The oldest generation that has not ended."""
    behind: int
    """Rows still to be sealed anew."""
    waiting: int
    """Rows that wait for an answer, and are sealed anew after it."""
    without_key: int
    """Members of the circle to whom the newest key has not been sealed."""
    awaits_key: bool
    """Nothing is sealed to the circle since a restore, until it is given another key."""

    @property
    def can_end(self) -> bool:
        """Whether an older generation stands and nothing names it any more."""
        return self.oldest < self.generation and not (self.behind or self.waiting)


@dataclass(frozen=True, slots=True)
class Round:
    """What one chunk did, and where the next one goes on; `after` is empty at the end."""

    carried: int
    passed_over: int
    after: str
    report: KeyReport


def key_report(circle: Circle) -> KeyReport:
    """How far the circle has come, by the signed log and by what stands in the tables."""
    log = directory.directory_of(circle.agency_id)
    state = log.circles[circle.id]
    return KeyReport(
        state.generation,
        log.oldest_generation(circle.id),
        sum(shelf.count(circle.id, state.generation) for shelf in shelves.carried),
        sum(shelf.count(circle.id, state.generation) for shelf in shelves.waited_for),
        len(_without_key(circle.id, state.generation, log.staying(circle.id))),
        log.awaits_key(circle.id),
    )


def _without_key(circle_id: UUID, generation: int, member_ids: Iterable[UUID]) -> list[UUID]:
    query = select(CircleWrapBody.member_id).where(
        CircleWrapBody.circle_id == circle_id, CircleWrapBody.generation == generation
    )
    held = set(session().scalars(query))
    return sorted(set(member_ids) - held)


@operation(Permission.CIRCLE_REWRAP, policy.is_in_circle)
def rewrap_circle(actor: Actor, circle: Circle, *, after: str = "", limit: int = CHUNK) -> Round:
    """Seal the next chunk of what is under an older key of the circle to its newest one.

    Call again with the `after` it gives until that is empty; stopped anywhere, begin anew. What
    does not open, or what nobody vouches for, is passed over and stays as it is.
    """
    keyring = keyring_of(actor)
    newest = directory.newest_secret(keyring, circle.id)
    keys = KeysInHand(keyring, newest, directory.key_of(circle.id))
    carried = seen = 0
    place, last = _place(after)
    for number, shelf in enumerate(shelves.carried):
        if number < place or seen >= limit:
            continue
        found = shelf.some(circle.id, newest.generation, last, limit - seen)
        last = None
        if shelf.reseal is not None and found:
            carried += shelf.reseal(keys, found)
            seen += len(found)
        after = f"{number}:{found[-1].hex}" if found else ""
    session().flush()
    return Round(carried, seen - carried, after if seen >= limit else "", key_report(circle))


def _place(after: str) -> tuple[int, UUID | None]:
    if not after:
        return 0, None
    number, _, last = after.partition(":")
    try:
        return int(number), UUID(last)
    except ValueError as error:
        raise InvalidInput({"after": ["Not a valid place. Begin again."]}) from error


@operation(Permission.MEMBER_MANAGE, policy.is_own_working_circle, proof=True)
def end_generations(actor: Actor, circle: Circle) -> KeyReport:
    """End every generation but the newest: the log says so, and its wraps are deleted.

    `StateConflict` while anything is sealed under one of them.
    """
    change_keys(circle.agency_id)
    report = key_report(circle)
    if not report.can_end:
        raise StateConflict(str(report.oldest), "end_generations")
    over = report.generation - 1
    directory.append(
        keyring_of(actor),
        circle.agency_id,
        at=clock.now(),
        kind="generations_ended",
        payload=(circle.id, over),
    )
    directory.drop_generations(circle.id, over)
    return key_report(circle)


@operation(Permission.CIRCLE_REWRAP, policy.is_in_circle)
def share_key(actor: Actor, circle: Circle) -> int:
    """Seal the circle's secret to those whom the log names in it and who have none; how many.

    Nobody is admitted by it: who enrolled anew is in the circle still, and its key is sealed to
    the keys that the log states now. `KeysMissing` where this session lacks a generation.
    """
    change_keys(circle.agency_id)
    keyring = keyring_of(actor)
    newest = directory.newest_secret(keyring, circle.id)
    log = directory.directory_of(circle.agency_id)
    waiting = _without_key(circle.id, newest.generation, log.staying(circle.id))
    for member_id in waiting:
        give_generations(keyring, circle, member_id)
    return len(waiting)


def give_generations(keyring: Keyring, circle: Circle, member_id: UUID) -> int:
    """Seal every generation in hand to a member who lacks it, older ones to read what came before.

    Part of operations that hold the agency's keys; how many it sealed. `KeysMissing` where none
    is in hand.
    """
    member = directory.directory_of(circle.agency_id).member(member_id)
    held = {wrap.generation for wrap in directory.wraps_of(circle.id, member_id)}
    generations = keyring.generations(circle.id)
    if not generations:
        raise KeysMissing
    lacking = [generation for generation in generations if generation not in held]
    for generation in lacking:
        wrap = seal_circle_secret(keyring.circle(circle.id, generation), member)
        directory.store_wrap(circle.id, generation, member_id, wrap)
    return len(lacking)
