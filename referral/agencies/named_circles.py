"""Named circles: a few people of one agency for a sensitive case, kept by those in them.

Who makes one need not be in it. Its first key is then known to the maker's session too, and the
first of its members who works with it makes the next: what they write is sealed to that.
"""

from collections.abc import Sequence
from uuid import UUID

from referral.agencies import directory, policy
from referral.agencies.code_names import draw
from referral.agencies.locks import change_keys
from referral.agencies.model import Agency, Circle
from referral.agencies.queries import circles_of
from referral.agencies.rewrapping import give_generations
from referral.agencies.states import CirclePurpose
from referral.audit.operation import operation
from referral.audit.tombstones import Ended, bury
from referral.kernel import clock
from referral.kernel.actor import Actor
from referral.kernel.db import session
from referral.kernel.errors import InvalidInput, NotVerified
from referral.kernel.ids import new_id
from referral.kernel.permissions import Permission
from referral.vault.boxes import new_circle_secret, seal_circle_secret
from referral.vault.directory import AgencyDirectory, CircleState, VerifiedMember, works_on_cases
from referral.vault.keys import CircleSecret, Keyring, keyring_of


@operation(Permission.CIRCLE_NAME, policy.is_own_agency, proof=True)
def name_circle(actor: Actor, agency: Agency, *, member_ids: Sequence[UUID]) -> Circle:
    """Make a circle for these colleagues, under a code name; the maker only if chosen too.

    `InvalidInput` unless all of them hold keys and somebody among them works on cases.
    """
    return make_named(actor, agency, member_ids)


def make_named(actor: Actor, agency: Agency, member_ids: Sequence[UUID]) -> Circle:
    """`name_circle` for operations of the rooms above, which have asked who may."""
    keyring = keyring_of(actor)
    change_keys(agency.id)
    chosen = _chosen(directory.directory_of(agency.id), member_ids)
    secret = new_circle_secret(new_id())
    ids = tuple(member.member_id for member in chosen)
    log = directory.append(
        keyring,
        agency.id,
        at=clock.now(),
        kind="circle_named",
        payload=(secret.circle_id, secret.exchange_public, ids),
    )
    name_vi, name_en = draw({row.name_vi for row in circles_of(agency.id)})
    row = Circle(
        id=secret.circle_id,
        agency_id=agency.id,
        purpose=CirclePurpose.CASES,
        name_vi=name_vi,
        name_en=name_en,
        generation=1,
        is_named=True,
        made_at=clock.now(),
    )
    session().add(row)
    session().flush()
    _hand_out(keyring, log, secret, ids)
    return row


def _chosen(log: AgencyDirectory, member_ids: Sequence[UUID]) -> list[VerifiedMember]:
    try:
        chosen = [log.member(member_id) for member_id in sorted(set(member_ids))]
    except NotVerified as error:
        raise InvalidInput({"members": ["Choose confirmed colleagues."]}) from error
    if not all(member.holds_keys for member in chosen):
        raise InvalidInput({"members": ["This role holds no keys and is in no circle."]})
    if not any(works_on_cases(member.role) for member in chosen):
        raise InvalidInput({"members": ["Choose at least one colleague who works on cases."]})
    return chosen


def _hand_out(
    keyring: Keyring, log: AgencyDirectory, secret: CircleSecret, ids: Sequence[UUID]
) -> None:
    """Seal one generation to each of the circle; the session keeps it only if it is in it."""
    for member_id in ids:
        wrap = seal_circle_secret(secret, log.member(member_id))
        directory.store_wrap(secret.circle_id, secret.generation, member_id, wrap)
        if member_id == keyring.member_id:
            public = secret.exchange_public
            keyring.add_wrap(secret.circle_id, secret.generation, wrap, public=public)


@operation(Permission.CIRCLE_ADMIT, policy.may_admit, proof=True)
def admit_to_named_circle(actor: Actor, circle: Circle, *, member_id: UUID) -> None:
    """Take a colleague into a named circle, with every key it has had.

    Only a supervisor in it may, or one for whom it was made: the signed log holds to that too.
    """
    keyring = keyring_of(actor)
    change_keys(circle.agency_id)
    _renew_if_needed(actor, circle)
    state = directory.directory_of(circle.agency_id).circles[circle.id]
    (member,) = _admitted(directory.directory_of(circle.agency_id), member_id)
    if member_id in state.member_ids:
        return
    log = directory.append(
        keyring,
        circle.agency_id,
        at=clock.now(),
        kind="circle_admitted",
        payload=(circle.id, tuple(sorted(state.member_ids | {member_id}))),
    )
    for generation in keyring.generations(circle.id):
        wrap = seal_circle_secret(keyring.circle(circle.id, generation), log.member(member_id))
        directory.store_wrap(circle.id, generation, member.member_id, wrap)


def _admitted(log: AgencyDirectory, member_id: UUID) -> list[VerifiedMember]:
    try:
        member = log.member(member_id)
    except NotVerified as error:
        raise InvalidInput({"members": ["Choose confirmed colleagues."]}) from error
    if not member.holds_keys:
        raise InvalidInput({"members": ["This role holds no keys and is in no circle."]})
    return [member]


@operation(Permission.ACCOUNT_USE, policy.is_in_circle)
def renew_named_circle(actor: Actor, circle: Circle) -> Circle:
    """Give a named circle a key that only those who are in it know, sealed to each of them."""
    keyring = keyring_of(actor)
    change_keys(circle.agency_id)
    log = directory.directory_of(circle.agency_id)
    state = log.circles[circle.id]
    secret = new_circle_secret(circle.id, state.generation + 1)
    staying = tuple(sorted(log.staying(circle.id)))
    log = directory.append(
        keyring,
        circle.agency_id,
        at=clock.now(),
        kind="circle_renewed",
        payload=(circle.id, secret.generation, secret.exchange_public, staying),
    )
    _hand_out(keyring, log, secret, staying)
    for member_id in staying:  # who enrolled anew lacks those before as well
        give_generations(keyring, circle, member_id)
    circle.generation = secret.generation
    bury(Ended.KEY, circle.id)
    return circle


def waiting_circles(keyring: Keyring) -> list[UUID]:
    """Named circles of the session that wait for a key which nobody outside has.

    Those that an agency has passed on are as it left them: they stand in its log alone.
    """
    directory.take_new_wraps(keyring)
    log = directory.directory_of(keyring.agency_id)
    own = sorted(keyring.circle_ids & log.circles.keys())
    return [circle_id for circle_id in own if log.needs_renewal(circle_id)]


def renew_where_needed(actor: Actor) -> None:
    """Give the named circles of the session that wait for a key theirs, before it works with them.

    Whoever has locked something else already holds the agency's keys alone (`cases.strands.lock`).
    """
    keyring = keyring_of(actor)
    if not waiting_circles(keyring):
        return
    change_keys(keyring.agency_id)
    for circle_id in waiting_circles(keyring):  # another may have renewed one meanwhile
        renew_named_circle(actor, session().get_one(Circle, circle_id))


def _renew_if_needed(actor: Actor, circle: Circle) -> None:
    if directory.directory_of(circle.agency_id).needs_renewal(circle.id):
        renew_named_circle(actor, circle)


def stated(circle: Circle) -> CircleState | None:
    """What the verified log of its agency says of a circle."""
    return directory.directory_of(circle.agency_id).circles.get(circle.id)
