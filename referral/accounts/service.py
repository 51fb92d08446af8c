"""Operations on members: invitation, enrolment, confirmation."""

from collections.abc import Sequence
from uuid import UUID

import pyotp
from sqlalchemy import delete, select

from referral.accounts import policy
from referral.accounts.events import CaseWorkEnded, MemberRemoved
from referral.accounts.handlers import forget
from referral.accounts.invitations import new_invitation, open_invitation, spend_like_open
from referral.accounts.model import (
    Member,
    MemberBody,
    RecoveryKit,
)
from referral.accounts.queries import member_by_username, named_at
from referral.accounts.reenrolment import opens_at, record_there, state_renewal
from referral.accounts.roles import Role, roles_of
from referral.accounts.sessions import end_sessions_of
from referral.accounts.signin import doorkeeper
from referral.accounts.states import MEMBER, MemberState
from referral.agencies import directory
from referral.agencies.events import CircleRenewed
from referral.agencies.locks import change_keys
from referral.agencies.model import Agency
from referral.agencies.policy import is_own_agency
from referral.agencies.service import shut_out
from referral.agencies.states import AGENCY, AgencyState
from referral.audit import trail
from referral.audit.detail import Said, tell
from referral.audit.operation import anyone, operation
from referral.audit.tombstones import Ended, bury
from referral.kernel import clock, deployment, events, states
from referral.kernel.actor import Actor
from referral.kernel.db import begin_write, session
from referral.kernel.errors import (
    InvalidInput,
    NotPermitted,
    StateConflict,
    VersionConflict,
)
from referral.kernel.ids import new_id
from referral.kernel.permissions import Permission
from referral.notices.kinds import NoticeKind
from referral.notices.service import tell as notify
from referral.vault.directory import (
    ADMINISTRATOR,
    APART,
    KEY_ROLES,
    VerifiedMember,
    enrolment_context,
    fingerprint,
    may_hold_keys,
    roles_in,
    works_on_cases,
)
from referral.vault.keys import Keyring, MemberKeys, keyring_of
from referral.vault.passphrase import check_strength, seal_record
from referral.vault.primitives import Purpose


@operation(Permission.AGENCY_CREATE, anyone, proof=True)
def invite_first_administrator(
    actor: Actor, agency: Agency, *, username: str, display_name: str
) -> tuple[Member, str]:
    """Invite the administrator whom the root will then countersign; gives the one-time code."""
    if agency.state != AgencyState.LISTED:
        raise StateConflict(agency.state, "invite")
    member, code = _invite(actor, agency, username, display_name, Role.AGENCY_ADMINISTRATOR)
    states.advance(agency, "invite", AGENCY)
    return member, code


@operation(Permission.MEMBER_MANAGE, is_own_agency, proof=True)
def invite_member(
    actor: Actor, agency: Agency, *, username: str, display_name: str, role: str
) -> tuple[Member, str]:
    """Invite a colleague; gives the one-time code to hand over in person."""
    _check_roles(role, agency)
    if agency.state != AgencyState.LIVE:
        raise StateConflict(agency.state, "invite_member")
    tell(Said.ROLE, role)
    return _invite(actor, agency, username, display_name, role)


def _invite(
    actor: Actor, agency: Agency, username: str, display_name: str, role: str
) -> tuple[Member, str]:
    name = username.strip().lower()
    if member_by_username(name) is not None:
        raise InvalidInput({"username": ["This name is taken."]})
    member = Member(
        id=new_id(),
        agency_id=agency.id,
        username=name,
        display_name=display_name.strip(),
        role=role,
        state=MemberState.INVITED,
        state_at=clock.now(),
        exchange_public=b"",
        signing_public=b"",
    )
    session().add(member)
    session().flush()
    return member, new_invitation(actor, member)


def _check_roles(role: str, agency: Agency) -> None:
    roles = roles_in(role)
    if not roles <= set(Role):
        raise InvalidInput({"role": ["Choose from the answers listed."]})
    if not roles <= set(roles_of(directory.stated_kind(agency))):
        raise InvalidInput({"role": ["An agency of this kind has no such role."]})
    if roles & APART and roles & KEY_ROLES:
        raise InvalidInput({"role": ["Who runs or checks the system holds no keys."]})


@operation(Permission.MEMBER_MANAGE, policy.is_colleague, proof=True)
def change_roles(actor: Actor, member: Member, *, role: str, expected: int | None = None) -> Member:
    """Give an active colleague other roles (`one+other`); the directory log says so.

    Their sessions end, and they are told. With roles that hold no keys they leave every circle,
    each of which gets a new key; with such as look after no case, what was given to them by name
    is the circle's again. `expected` is the version (`queries.named_at`) that was looked at:
    `VersionConflict` when somebody else was faster. `InvalidInput` when nobody else would
    administer the agency, or a circle would be left to nobody.
    """
    _check_roles(role, session().get_one(Agency, member.agency_id))
    _hold_members(actor, member)
    if expected not in {None, named_at(member)}:
        raise VersionConflict("roles")
    stated = directory.stated_member(member.agency_id, member.id)
    if member.state != MemberState.ACTIVE or stated is None:
        raise StateConflict(member.state, "change_roles")
    if roles_in(stated.role) == roles_in(role):
        raise InvalidInput({"role": ["These are the roles already."]})
    _state_roles(actor, member, role, before=stated.role)
    end_sessions_of(member.id)
    notify(member.id, NoticeKind.ROLES_CHANGED, "member", member.id)
    return member


def _hold_members(actor: Actor, member: Member) -> None:
    """Wait for who changes the agency's members in this instant; perhaps it was the actor's end."""
    change_keys(member.agency_id)
    session().refresh(member)
    log = directory.directory_of(member.agency_id)
    if actor.member_id not in {boss.member_id for boss in log.administrators()}:
        raise NotPermitted("not an administrator any more")


def _state_roles(actor: Actor, member: Member, role: str, *, before: str = "") -> None:
    """Let the log say somebody's roles, and take from them what these do not hold."""
    tell(Said.ROLE, before or None, role)
    lost = roles_in(before) - roles_in(role)
    if ADMINISTRATOR in lost:
        _leave_administration(member)
    # First the circles: who gives up their own administration signs nothing after that.
    left = () if may_hold_keys(role) else shut_out(actor, member.agency_id, member.id)
    directory.append(
        keyring_of(actor),
        member.agency_id,
        at=clock.now(),
        kind="member_added",
        payload=(member.id, role, member.exchange_public, member.signing_public),
    )
    member.role = role
    session().flush()
    if lost and before:
        bury(Ended.ROLE, member.id)
    if left:
        tell(Said.CIRCLES, *left)
        bury(Ended.CIRCLES, member.id)
        events.publish(CircleRenewed(left))
    if works_on_cases(before) and not works_on_cases(role):
        events.publish(CaseWorkEnded(member.id))


def _leave_administration(member: Member) -> None:
    """Somebody else who can sign in must be left; a recovery code is for administrators alone."""
    log = directory.directory_of(member.agency_id)
    others = {boss.member_id for boss in log.administrators()} - {member.id}
    present = select(Member.id).where(Member.id.in_(others), Member.state == MemberState.ACTIVE)
    if session().scalars(present.limit(1)).first() is None:
        raise InvalidInput({"role": ["Somebody else must administer the agency first."]})
    session().execute(delete(RecoveryKit).where(RecoveryKit.member_id == member.id))


def enrol(username: str, code: str, passphrase: str) -> tuple[Member, str]:
    """Take up an invitation: make keys, seal them under the passphrase.

    Gives the member and the secret of the second factor, to be shown once. `InvalidInput` for a
    wrong, used or expired code, or a weak passphrase; nothing is changed then.
    """
    check_strength(passphrase)
    gate = doorkeeper.gate
    member = member_by_username(username.strip().lower())
    if member is None:
        spend_like_open(code)
    if member is None or open_invitation(member.id, code) is None:
        raise InvalidInput({"code": ["This code is not right, or is no longer good."]})
    keys = MemberKeys.generate()
    here = deployment.current().id
    context = enrolment_context(here, member.id)
    record = seal_record(gate.derivation, passphrase, gate.cost, context, keys.to_bytes())
    factor = pyotp.random_base32()
    keyring = Keyring(here, member.id, member.agency_id, keys)
    begin_write()
    session().refresh(member, with_for_update=True)  # before the code, as whoever ends it does
    invitation = open_invitation(member.id, code)
    if invitation is None:
        raise InvalidInput({"code": ["This code is not right, or is no longer good."]})
    invitation.used_at = clock.now()
    sealed_factor = keyring.seal_own(Purpose.SECOND_FACTOR, ("totp", 1), factor.encode())
    session().add(MemberBody(member_id=member.id, record=record, factor=sealed_factor))
    states.advance(
        member,
        "enrol",
        MEMBER,
        exchange_public=keys.exchange_public,
        signing_public=keys.signing_public,
        has_factor=True,
    )
    nobody = Actor(member_id=member.id, agency_id=None, role="", permissions=frozenset())
    trail.record(nobody, "accounts.enrol", kind="member", object_id=member.id)
    return member, factor


def fingerprint_of(member: Member) -> str:
    """Digits to compare by phone before confirming."""
    return fingerprint(member.exchange_public, member.signing_public)


@operation(Permission.MEMBER_MANAGE, policy.may_reenrol, proof=True)
def confirm_member(
    actor: Actor, member: Member, *, fingerprint_read: str, roles: Sequence[str] = ()
) -> Member:
    """Write the enrolled colleague into the directory log, once the fingerprint was compared.

    One who enrolled anew gets new keys there, one who waits since a restore is named once more,
    also with new keys; both keep the role that the log states, but for `roles` of one who waits
    since a restore, who are named by their own agency alone.
    `InvalidInput` before the day is over that new keys wait for where there is one administrator.
    """
    change_keys(member.agency_id)
    session().refresh(member, with_for_update={"key_share": True})
    if fingerprint_read.replace(" ", "") != fingerprint_of(member).replace(" ", ""):
        raise NotPermitted("another fingerprint")
    tell(Said.ROLE, member.role)
    role = "+".join(roles)
    stated = directory.stated_member(member.agency_id, member.id)
    if stated is not None and member.state != MemberState.ENROLLED:
        raise StateConflict(member.state, "confirm")
    if stated is not None and not _is_named_so(member, stated):
        waits = _is_held(member)
        state_renewal(actor, member)
        if waits and not policy.is_colleague(actor, member):
            record_there(actor, member, "accounts.confirm_member")
            return member  # with new keys, and still nobody has said which roles hold
        if waits:
            _name(actor, member, role, stated)
    elif policy.is_colleague(actor, member):
        _name(actor, member, role, stated)
    else:
        raise NotPermitted("another agency's newcomer")
    _activate(member)
    record_there(actor, member, "accounts.confirm_member")
    return member


def waits_since_restore(member: Member) -> bool:
    """Whether a colleague is to be confirmed again, perhaps with other roles than the log's."""
    stated = directory.stated_member(member.agency_id, member.id)
    if member.state != MemberState.ENROLLED or stated is None:
        return False
    return _is_named_so(member, stated) or _is_held(member)


def _is_held(member: Member) -> bool:
    """Whether a restore keeps a present member from counting until somebody names them anew."""
    log = directory.directory_of(member.agency_id)
    return log.is_held(member.id, seq=log.head_seq, epoch=deployment.current().epoch)


def _is_named_so(member: Member, stated: VerifiedMember) -> bool:
    """Named with these very keys, and so held since a backup was put in place."""
    mine = (member.exchange_public, member.signing_public)
    return mine == (stated.exchange_public, stated.signing_public) and opens_at(member) is None


def _name(actor: Actor, member: Member, role: str, stated: VerifiedMember | None) -> None:
    """Let the log say who a colleague is, with the roles that hold now."""
    before = stated.role if stated is not None else ""
    chosen = role or before or member.role
    _check_roles(chosen, session().get_one(Agency, member.agency_id))
    _state_roles(actor, member, chosen, before=before)


@operation(Permission.AGENCY_CREATE, anyone, proof=True)
def invite_new_administrator(
    actor: Actor, agency: Agency, *, username: str, display_name: str
) -> tuple[Member, str]:
    """Invite who takes the place of administrators who are all lost, once the root has signed."""
    if agency.state != AgencyState.LIVE:
        raise StateConflict(agency.state, "invite_new_administrator")
    return _invite(actor, agency, username, display_name, Role.AGENCY_ADMINISTRATOR)


def activate_founder(member: Member) -> None:
    """The root has countersigned this first administrator (called by `directory countersign`)."""
    _activate(member)


def _activate(member: Member) -> None:
    """From here on sessions have power: those begun without a second factor end."""
    states.advance(member, "confirm", MEMBER)
    end_sessions_of(member.id)


@operation(Permission.MEMBER_MANAGE, policy.is_colleague, proof=True)
def remove_member(actor: Actor, member: Member) -> Member:
    """End somebody's membership: no sign-in, no session, no wrap, a new key for each circle.

    What those circles can open gets a new key at its next edit (`MemberRemoved`); what was read
    stays known. `StateConflict` for oneself, or when it was done already; `InvalidInput` when a
    circle would be left to nobody.
    """
    if member.id == actor.member_id:
        raise StateConflict(member.state, "remove")
    _hold_members(actor, member)
    states.advance(member, "remove", MEMBER)
    left: tuple[UUID, ...] = ()
    if directory.stated_member(member.agency_id, member.id) is not None:
        directory.append(
            keyring_of(actor),
            member.agency_id,
            at=clock.now(),
            kind="member_removed",
            payload=(member.id,),
        )
        left = shut_out(actor, member.agency_id, member.id)
        tell(Said.CIRCLES, *left)
    forget_member(member, left)
    return member


def forget_member(member: Member, circle_ids: tuple[UUID, ...]) -> None:
    """Nothing by which somebody who left could come back; the rooms above hear of it."""
    forget(member)
    bury(Ended.MEMBER, member.id)
    session().flush()
    events.publish(MemberRemoved(member.id, circle_ids))
