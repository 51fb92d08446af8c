"""A lost passphrase: the member comes back with new keys, by somebody else's word.

Begun by another administrator of the agency, or by one of the second agency that it named
beforehand in its signed log. Whoever enrols anew reads out the digits of the new keys; only then
does the log state them. Where one person alone could have made it all up, a day passes in between.
What the old keys have signed stays valid; what was sealed to the member is sealed anew by those
who hold it.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select

from referral.accounts import policy
from referral.accounts.events import PassphraseChanged, ReenrolmentBegun
from referral.accounts.invitations import new_invitation
from referral.accounts.model import (
    ConfirmedHeadsBody,
    Invitation,
    Member,
    MemberBody,
    RecoveryKit,
)
from referral.accounts.sessions import end_sessions_of
from referral.accounts.states import MEMBER, MemberState
from referral.agencies import directory
from referral.agencies.events import CircleRenewed
from referral.agencies.locks import change_keys
from referral.agencies.model import Agency, Circle
from referral.agencies.policy import is_own_agency
from referral.agencies.rewrapping import give_generations
from referral.agencies.service import shut_out
from referral.agencies.states import AgencyState
from referral.audit import trail
from referral.audit.operation import operation
from referral.audit.tombstones import Ended, bury
from referral.kernel import clock, events, states
from referral.kernel.actor import Actor
from referral.kernel.db import session
from referral.kernel.errors import InvalidInput, NotFound, StateConflict
from referral.kernel.permissions import Permission
from referral.notices.kinds import NoticeKind
from referral.notices.service import tell
from referral.vault.keys import keyring_of


@operation(Permission.MEMBER_MANAGE, is_own_agency, proof=True)
def name_second_agency(actor: Actor, agency: Agency, *, second_id: UUID | None) -> Agency:
    """Name the agency whose administrators may help when a passphrase is lost here, or none.

    Its administrators of today are named with the keys that its own log states: who becomes one
    later is not among them until it is named again. `InvalidInput` for an agency that cannot help.
    """
    change_keys(agency.id)
    said: tuple[UUID | None, tuple[tuple[UUID, bytes], ...]] = (None, ())
    if second_id is not None:
        said = (second_id, _administrators(agency, second_id))
    if directory.directory_of(agency.id).helping is not None:
        bury(Ended.SECOND, agency.id)
    directory.append(
        keyring_of(actor), agency.id, at=clock.now(), kind="second_named", payload=said
    )
    if second_id is not None:
        for member_id, _ in said[1]:
            tell(member_id, NoticeKind.NAMED_AS_SECOND, "agency", agency.id)
    return agency


def _administrators(agency: Agency, second_id: UUID) -> tuple[tuple[UUID, bytes], ...]:
    second = session().get(Agency, second_id)
    wrong = InvalidInput({"second_id": ["Choose another agency that takes part."]})
    if second is None or second.id == agency.id or second.state != AgencyState.LIVE:
        raise wrong
    found = directory.directory_of(second.id).administrators()
    if not found:
        raise wrong
    return tuple(sorted((m.member_id, m.signing_public) for m in found))


@operation(Permission.MEMBER_MANAGE, policy.may_reenrol, proof=True)
def begin_reenrolment(
    actor: Actor, member: Member, *, compromised: bool = False
) -> tuple[Member, str]:
    """End what the lost keys opened, and give a new one-time code to hand over in person.

    With `compromised`, for a device in wrong hands, each circle of theirs gets a new key as well,
    and they are admitted again afterwards. A second time gives a new code and no shorter wait.
    `StateConflict` for oneself, and for somebody whom the log does not name.
    """
    change_keys(member.agency_id)
    session().refresh(member, with_for_update={"key_share": True})
    stated = directory.stated_member(member.agency_id, member.id)
    if member.id == actor.member_id or stated is None:
        raise StateConflict(member.state, "renew")
    states.advance(member, "renew", MEMBER)
    is_first = directory.directory_of(member.agency_id).renewal_opens_at(member.id) is None
    if is_first:
        directory.append(
            keyring_of(actor),
            member.agency_id,
            at=clock.now(),
            kind="renewal_begun",
            payload=(member.id,),
        )
    if compromised and policy.is_colleague(actor, member):
        events.publish(CircleRenewed(shut_out(actor, member.agency_id, member.id)))
        bury(Ended.CIRCLES, member.id)
    _end_old_keys(member)
    code = new_invitation(actor, member)
    _tell_others(actor, member, NoticeKind.REENROLMENT_BEGUN)
    events.publish(PassphraseChanged(member.id))
    events.publish(ReenrolmentBegun(member.id))
    if is_first:
        record_there(actor, member, "accounts.begin_reenrolment")
    return member, code


def _end_old_keys(member: Member) -> None:
    """No session, record, code, kit or wrap of the keys that are lost."""
    directory.drop_wraps(member.id)
    end_sessions_of(member.id)
    for table in (Invitation, MemberBody, RecoveryKit, ConfirmedHeadsBody):
        session().execute(delete(table).where(table.member_id == member.id))
    member.has_factor = False
    session().flush()


def record_there(actor: Actor, member: Member, operation_name: str) -> None:
    """What another agency's administrator does stands in this agency's chain as well.

    By the server's hand, since a chain takes no signature of another agency's member. Called last,
    as the member's sessions are held before any chain.
    """
    if actor.agency_id != member.agency_id:
        there = Actor(
            member_id=actor.member_id,
            agency_id=member.agency_id,
            role="",
            permissions=frozenset(),
        )
        trail.record(there, operation_name, kind="member", object_id=member.id)


def _tell_others(actor: Actor, member: Member, kind: NoticeKind) -> None:
    """Every administrator of the member's agency hears of it, but the one who does it."""
    for other in directory.directory_of(member.agency_id).administrators():
        if other.member_id not in {actor.member_id, member.id}:
            tell(other.member_id, kind, "member", member.id)


def opens_at(member: Member) -> datetime | None:
    """From when on the new keys may be confirmed; None for who is not enrolling anew."""
    return directory.directory_of(member.agency_id).renewal_opens_at(member.id)


def state_renewal(actor: Actor, member: Member) -> None:
    """Write the new keys of a present member into the log. Part of `confirm_member`.

    The role stays the one that the log states. Circles whose key is in hand are sealed to the new
    keys at once; of the others somebody in them does it (`agencies.share_key`).
    """
    moment = opens_at(member)
    if moment is None:
        raise StateConflict(member.state, "confirm")
    if clock.now() < moment:
        raise InvalidInput({"fingerprint": ["With one administrator, new keys wait for 24 hours."]})
    keyring = keyring_of(actor)
    log = directory.append(
        keyring,
        member.agency_id,
        at=clock.now(),
        kind="member_renewed",
        payload=(member.id, member.exchange_public, member.signing_public),
    )
    member.role = log.member(member.id).role
    for circle_id in log.circles:
        if member.id in log.staying(circle_id) and keyring.holds(circle_id):
            give_generations(keyring, session().get_one(Circle, circle_id), member.id)
    _tell_others(actor, member, NoticeKind.REENROLMENT_DONE)


def entrusted_agencies(actor: Actor) -> Sequence[Agency]:
    """Agencies that have named the actor, with the keys the actor has, to help them."""
    live = session().scalars(select(Agency).where(Agency.state == AgencyState.LIVE))
    rows = sorted(live.all(), key=lambda row: row.name_vi)
    logs = directory.directories(row.id for row in rows)
    return [row for row in rows if policy.is_named_helper(actor, logs[row.id])]


def entrusted_members(actor: Actor, agency: Agency) -> Sequence[Member]:
    """The members of an agency that has named the actor, by name."""
    query = select(Member).where(Member.agency_id == agency.id, Member.state != MemberState.REMOVED)
    rows = session().scalars(query.order_by(Member.display_name, Member.id)).all()
    return [row for row in rows if policy.may_reenrol(actor, row)]


def reenrollable_member(actor: Actor, member_id: UUID) -> Member:
    """A colleague, or a member of an agency that has named the actor; `NotFound` else."""
    row = session().get(Member, member_id)
    if row is None or not policy.may_reenrol(actor, row):
        raise NotFound("no such member")
    return row
