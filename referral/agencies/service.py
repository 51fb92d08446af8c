"""Operations on agencies and circles."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from uuid import UUID

from referral.agencies import directory, policy
from referral.agencies.events import CircleRenewed
from referral.agencies.kinds import KEEPS_FIGURES
from referral.agencies.locks import change_keys
from referral.agencies.model import Agency, Circle, CircleArea
from referral.agencies.rewrapping import give_generations
from referral.agencies.states import AGENCY, AgencyState, CirclePurpose
from referral.audit import trail
from referral.audit.detail import Said, tell
from referral.audit.operation import anyone, operation
from referral.audit.tombstones import Ended, bury
from referral.kernel import clock, events, states
from referral.kernel.actor import Actor
from referral.kernel.db import session
from referral.kernel.errors import InvalidInput
from referral.kernel.ids import new_id
from referral.kernel.permissions import Permission
from referral.vault.boxes import new_circle_secret, seal_circle_secret
from referral.vault.directory import CircleState, SignedStatement
from referral.vault.keys import Keyring, keyring_of


@operation(Permission.AGENCY_CREATE, anyone, proof=True)
def create_agency(
    actor: Actor,
    subject: None,
    *,
    kind: str,
    name_vi: str,
    name_en: str,
    unit_code: str,
    unit_valid_from: date,
    valid_from: date,
    valid_to: date | None = None,
    phone: str = "",
) -> Agency:
    """Put an agency into the directory; it takes part once the root has countersigned it."""
    row = Agency(
        id=new_id(),
        kind=kind,
        name_vi=name_vi,
        name_en=name_en,
        unit_code=unit_code,
        unit_valid_from=unit_valid_from,
        valid_from=valid_from,
        valid_to=valid_to,
        phone=phone,
        state=AgencyState.LISTED,
        state_at=clock.now(),
    )
    session().add(row)
    trail.open_chain(row.id)
    return row


def found(agency: Agency, statement: SignedStatement) -> None:
    """Take the root's countersignature: the agency is live (called from the root's own machine)."""
    directory.append_statement(agency.id, statement)
    states.advance(agency, "found", AGENCY)


@operation(Permission.MEMBER_MANAGE, policy.is_own_agency, proof=True)
def make_circle(
    actor: Actor,
    agency: Agency,
    *,
    purpose: CirclePurpose,
    name_vi: str,
    name_en: str,
    unit_codes: Sequence[str] = (),
) -> Circle:
    """Make a circle of the agency; the administrator alone is in it at first.

    `InvalidInput` for a statistics circle where the province's figures are not kept.
    """
    keeps_figures = directory.stated_kind(agency) in KEEPS_FIGURES
    if purpose == CirclePurpose.STATISTICS and not keeps_figures:
        raise InvalidInput({"purpose": ["Choose from the answers listed."]})
    keyring = keyring_of(actor)
    circle_id = new_id()
    secret = new_circle_secret(circle_id)
    log = directory.append(
        keyring,
        agency.id,
        at=clock.now(),
        kind="circle_keyed",
        payload=(circle_id, str(purpose), 1, secret.exchange_public, (keyring.member_id,)),
    )
    row = Circle(
        id=circle_id,
        agency_id=agency.id,
        purpose=purpose,
        name_vi=name_vi,
        name_en=name_en,
        generation=1,
        made_at=clock.now(),
    )
    session().add(row)
    session().add_all(
        CircleArea(id=new_id(), circle_id=circle_id, unit_code=code) for code in unit_codes
    )
    session().flush()
    wrap = seal_circle_secret(secret, log.member(keyring.member_id))
    directory.store_wrap(circle_id, 1, keyring.member_id, wrap)
    keyring.add_wrap(circle_id, 1, wrap, public=secret.exchange_public)
    return row


@operation(Permission.MEMBER_MANAGE, policy.is_own_working_circle, proof=True)
def admit_to_circle(actor: Actor, circle: Circle, *, member_id: UUID) -> None:
    """Seal the circle's secret to one more member of the agency and say so in the log.

    Older generations go with it: what was sealed to the circle before somebody left is read with
    them. Who had been taken out before a restore is so first, with a new key for those who stay.
    `NotPermitted` for a role that holds no keys.
    """
    keyring = keyring_of(actor)
    tell(Said.MEMBER, member_id)
    change_keys(circle.agency_id)
    log = directory.directory_of(circle.agency_id)
    if log.is_parted(circle.id, member_id):
        renew_circle(actor, circle)
        log = directory.directory_of(circle.agency_id)
    state = log.circles[circle.id]
    members = tuple(sorted(state.member_ids | {member_id}))
    given = give_generations(keyring, circle, member_id)
    if member_id in state.member_ids and not given:
        return  # a second press: the log says it, and all is sealed
    directory.append(
        keyring,
        circle.agency_id,
        at=clock.now(),
        kind="circle_keyed",
        payload=(circle.id, state.purpose, state.generation, state.public, members),
    )


def shut_out(actor: Actor, agency_id: UUID, member_id: UUID) -> tuple[UUID, ...]:
    """Give each circle of somebody who leaves a new secret, sealed to those who stay; which ones.

    Part of operations that end a membership, or what of it holds keys. Who stays keeps the older
    generations, to read what was sealed before. `InvalidInput` when a circle would be left to
    nobody. A named circle gets its new secret from one of those in it, at their next step with a
    case: until then nothing is sealed to it.
    """
    log = directory.directory_of(agency_id)
    left = [c for c, state in log.circles.items() if member_id in state.member_ids]
    for circle_id in left:
        state = log.circles[circle_id]
        _check_left(state, member_id)
        if state.is_named:
            bury(Ended.KEY, circle_id)
        else:
            staying = state.member_ids - {member_id}
            _renew(keyring_of(actor), agency_id, circle_id, state, staying)
    directory.drop_wraps(member_id)
    return tuple(left)


def _check_left(state: CircleState, without: UUID) -> None:
    if not state.member_ids - {without}:
        raise InvalidInput({"member": ["Admit somebody else to each circle of theirs first."]})


@operation(Permission.MEMBER_MANAGE, policy.is_own_working_circle, proof=True)
def renew_circle(actor: Actor, circle: Circle) -> Circle:
    """Give the circle a new secret: an older one may be in wrong hands, of a lost device say.

    Sealed to those whom the log names in it and who are still there; after a restart of the agency
    the new administrator takes the place of the one who is lost. What it could open gets a
    new key at its next edit; what was sealed before is carried over by `rewrap_circle`.
    """
    change_keys(circle.agency_id)
    log = directory.directory_of(circle.agency_id)
    state = log.circles[circle.id]
    keyring, staying = keyring_of(actor), log.key_holders(circle.id)
    if staying != state.member_ids:  # only a restart by the root leaves a circle so
        staying |= {keyring.member_id}
    _renew(keyring, circle.agency_id, circle.id, state, staying)
    events.publish(CircleRenewed((circle.id,)))
    return session().get_one(Circle, circle.id)


def _renew(
    keyring: Keyring,
    agency_id: UUID,
    circle_id: UUID,
    state: CircleState,
    members: AbstractSet[UUID],
) -> None:
    known = directory.directory_of(agency_id)
    # whom a restore knows to have left, or to have been taken out, gets no new key
    out = {m for m in members if known.had_left(m) or known.is_parted(circle_id, m)}
    staying = tuple(sorted(members - out))
    if not staying:
        raise InvalidInput({"member": ["Admit somebody else to each circle of theirs first."]})
    secret = new_circle_secret(circle_id, state.generation + 1)
    log = directory.append(
        keyring,
        agency_id,
        at=clock.now(),
        kind="circle_keyed",
        payload=(circle_id, state.purpose, secret.generation, secret.exchange_public, staying),
    )
    for member_id in staying:
        wrap = seal_circle_secret(secret, log.member(member_id))
        directory.store_wrap(circle_id, secret.generation, member_id, wrap)
    session().get_one(Circle, circle_id).generation = secret.generation
    bury(Ended.KEY, circle_id)
