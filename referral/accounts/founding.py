"""Founding: the installation's root key, and the agencies it countersigns.

Run by whoever holds the root's file and passphrase; nobody signed in can call this.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from referral.accounts.model import Member
from referral.accounts.roles import Role
from referral.accounts.service import (
    activate_founder,
    fingerprint_of,
    forget_member,
    invite_first_administrator,
)
from referral.accounts.signin import doorkeeper
from referral.accounts.states import MEMBER, MemberState
from referral.agencies import directory
from referral.agencies.geography import unit_at
from referral.agencies.kinds import AgencyKind
from referral.agencies.locks import change_keys
from referral.agencies.model import Agency
from referral.agencies.service import create_agency, found
from referral.agencies.states import AgencyState
from referral.agencies.succession import SuccessionReport, agree, check_plan, report_of
from referral.audit import trail
from referral.audit.tombstones import Ended, bury
from referral.kernel import clock, db, deployment, states
from referral.kernel.actor import SYSTEM, Actor
from referral.kernel.errors import InvalidInput, NotFound, NotVerified, StateConflict, Unreadable
from referral.kernel.ids import new_id
from referral.kernel.instance import BACKUP_PIN, ROOT_PUBLIC, ROOT_SEALED, instance
from referral.kernel.permissions import Permission
from referral.notices.kinds import NoticeKind
from referral.notices.service import post
from referral.vault.backup import sign_pin
from referral.vault.directory import (
    countersign_succession,
    digits_of,
    found_agency,
    restart_agency,
)
from referral.vault.passphrase import check_strength
from referral.vault.root import RootKey, new_root, open_root, seal_root

FIRST_HAND = Actor(
    member_id=None,
    agency_id=None,
    role="system_administrator",
    permissions=frozenset({Permission.AGENCY_CREATE}),
)
"""Lists the operator, before the operator's own system administrator is there to list others."""


def init_root(passphrase: str, *, is_demo: bool, shift: timedelta = timedelta(0)) -> RootKey:
    """Make the deployment and its root; pins the public half, gives the sealed file to take away.

    `StateConflict` when there is one already.
    """
    check_strength(passphrase)
    if instance.read(ROOT_PUBLIC) is not None:
        raise StateConflict("rooted", "init_root")
    root = new_root()
    deployment_id = new_id()
    with db.unit_of_work():
        db.begin_write()
        deployment.create(deployment_id, is_demo=is_demo, clock_shift=shift)
        trail.open_chain(deployment_id)
        trail.record(SYSTEM, "directory.init_root", kind="deployment", object_id=deployment_id)
    gate = doorkeeper.gate
    sealed = seal_root(gate.derivation, root, deployment_id, passphrase, gate.cost)
    instance.write(ROOT_SEALED, sealed)
    instance.write(ROOT_PUBLIC, root.public.hex().encode())
    instance.write(BACKUP_PIN, sign_pin(root, deployment_id, trail.trail.server.public))
    directory.pin.configure(root.public)
    clock.clock.configure(shift=shift, zone=str(clock.clock.zone))
    return root


def open_operator(
    *, name_vi: str, name_en: str, unit_code: str, username: str, display_name: str
) -> tuple[UUID, str]:
    """List the operator of the system and invite its first administrator.

    Gives the agency's id and the one-time code. The root countersigns it as any other agency; its
    administrator then invites the system administrator, who creates all others. `StateConflict`
    when there is an operator already, `UnknownUnit` for a unit that is not in force today.
    """
    seat = unit_at(unit_code, clock.today())
    with db.unit_of_work():
        db.begin_write()
        query = select(Agency.state).where(Agency.kind == AgencyKind.OPERATOR)
        if (state := db.session().scalars(query).first()) is not None:
            raise StateConflict(state, "open_operator")
        agency = create_agency(
            FIRST_HAND,
            None,
            kind=AgencyKind.OPERATOR,
            name_vi=name_vi,
            name_en=name_en,
            unit_code=seat.code,
            unit_valid_from=seat.valid_from,
            valid_from=clock.today(),
        )
        _, code = invite_first_administrator(
            FIRST_HAND, agency, username=username, display_name=display_name
        )
        return agency.id, code


def open_root_of(sealed: bytes, deployment_id: UUID, passphrase: str) -> RootKey:
    """The root key of a deployment that need not be here; `Unreadable` for a wrong passphrase."""
    return open_root(doorkeeper.gate.derivation, sealed, deployment_id, passphrase)


def open_root_file(sealed: bytes, passphrase: str) -> RootKey:
    """The root key; `Unreadable` for a wrong passphrase, or a file of another deployment."""
    root = open_root_of(sealed, deployment.current().id, passphrase)
    if root.public != directory.pin.root_public:
        raise Unreadable
    return root


def pin_backup_key(root: RootKey) -> None:
    """Keep the root's statement of where backups are sealed to and which server writes them."""
    server = trail.trail.server.public
    instance.write(BACKUP_PIN, sign_pin(root, deployment.current().id, server))
    db.rollback()


def countersign(root: RootKey, agency_id: UUID, founder_id: UUID, *, kind: str) -> None:
    """Sign the founding entry of a pending agency, for the administrator who has enrolled.

    `kind` is what the root's holder knows the agency to be; `InvalidInput` where it was entered as
    another: which roles its members may have follows from it, and the entry says it for good.
    """
    with db.unit_of_work():
        db.begin_write()
        agency = db.session().get_one(Agency, agency_id)
        if agency.kind != kind:
            raise InvalidInput({"kind": ["The agency was entered as one of another kind."]})
        founder = db.session().get_one(Member, founder_id)
        statement = found_agency(
            root.signing,
            directory.directory_of(agency.id),
            at=clock.now(),
            member_id=founder.id,
            exchange_public=founder.exchange_public,
            signing_public=founder.signing_public,
            kind=kind,
        )
        found(agency, statement)
        activate_founder(founder)
        trail.record(SYSTEM, "directory.countersign", kind="agency", object_id=agency.id)


def restart(root: RootKey, agency_id: UUID, heir_id: UUID) -> None:
    """Put an administrator who has enrolled in the place of all who are lost.

    Whoever administered before is no member any more. `StateConflict` unless the agency is live.
    """
    with db.unit_of_work():
        db.begin_write()
        change_keys(agency_id)
        agency = db.session().get_one(Agency, agency_id)
        if agency.state != AgencyState.LIVE:
            raise StateConflict(agency.state, "restart")
        heir = db.session().get_one(Member, heir_id)
        before = directory.directory_of(agency.id)
        statement = restart_agency(
            root.signing,
            before,
            at=clock.now(),
            member_id=heir.id,
            exchange_public=heir.exchange_public,
            signing_public=heir.signing_public,
        )
        lost = [member.member_id for member in before.administrators()]
        circles = {
            member_id: tuple(
                c for c, state in before.circles.items() if member_id in state.member_ids
            )
            for member_id in lost
        }
        if before.helping is not None:
            bury(Ended.SECOND, agency.id)
        directory.append_statement(agency.id, statement)
        for member_id in lost:
            member = db.session().get_one(Member, member_id)
            states.advance(member, "remove", MEMBER)
            directory.drop_wraps(member_id)
            forget_member(member, circles[member_id])
        heir.role = Role.AGENCY_ADMINISTRATOR
        activate_founder(heir)
        for circle_id in before.circles:
            post(circle_id, NoticeKind.AGENCY_RESTARTED, "agency", agency.id)
        there = replace(SYSTEM, agency_id=agency.id)
        for whose in (SYSTEM, there):  # the agency's own chain tells of it as well
            trail.record(whose, "directory.restart", kind="agency", object_id=agency.id)


def countersign_plan(root: RootKey, agency_id: UUID, digits: str) -> None:
    """Agree to how an agency ends, once its administrator has read out the digits of the plan.

    `InvalidInput` for other digits, or when a successor no longer fits; `StateConflict` where no
    plan waits.
    """
    with db.unit_of_work():
        db.begin_write()
        change_keys(agency_id)
        agency = db.session().get_one(Agency, agency_id)
        plan = check_plan(agency)
        if digits.replace(" ", "") != digits_of(plan).replace(" ", ""):
            raise InvalidInput({"digits": ["These are not the digits of the plan."]})
        log = directory.directory_of(agency.id)
        agree(agency, countersign_succession(root.signing, log, at=clock.now(), plan=plan))
        trail.record(SYSTEM, "directory.succession", kind="agency", object_id=agency.id)


def succession_of(agency_id: UUID) -> SuccessionReport:
    """How far an agency's succession has come, by its verified log; `NotFound`."""
    agency = db.session().get(Agency, agency_id)
    if agency is None:
        raise NotFound("no such agency")
    return report_of(agency)


@dataclass(frozen=True, slots=True)
class AgencyReport:
    """What the root's holder sees of an agency."""

    agency_id: UUID
    name: str
    kind: str
    state: str
    waiting: tuple[tuple[str, str], ...]
    """Name and fingerprint of those who have enrolled and wait."""
    entries: int = 0
    members: int = 0
    fault: str = ""


def waiting_founder(agency_id: UUID) -> tuple[UUID, str]:
    """The newest administrator who has enrolled, and the fingerprint to compare; `NotFound`."""
    founder = db.session().scalars(
        select(Member)
        .where(
            Member.agency_id == agency_id,
            Member.state == MemberState.ENROLLED,
            Member.role == Role.AGENCY_ADMINISTRATOR,
        )
        .order_by(Member.state_at.desc())
    ).first()  # fmt: skip
    if founder is None:
        raise NotFound("no administrator has enrolled")
    return founder.id, fingerprint_of(founder)


def agency_reports() -> Sequence[AgencyReport]:
    """Every agency that is more than listed, its log verified from the pinned root on."""
    rows = db.session().scalars(
        select(Agency).where(Agency.state != AgencyState.LISTED).order_by(Agency.name_vi)
    )
    return [_report(row) for row in rows.all()]


def _report(row: Agency) -> AgencyReport:
    enrolled = db.session().scalars(
        select(Member).where(Member.agency_id == row.id, Member.state == MemberState.ENROLLED)
    )
    waiting = tuple((m.display_name, fingerprint_of(m)) for m in enrolled)
    try:
        log = directory.directory_of(row.id)
    except NotVerified as error:
        return AgencyReport(row.id, row.name_vi, row.kind, row.state, waiting, fault=str(error))
    return AgencyReport(
        row.id,
        row.name_vi,
        log.kind or row.kind,
        row.state,
        waiting,
        log.head_seq,
        len(log.members()),
    )
