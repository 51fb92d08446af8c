"""Moving a case to another circle of the agency, and leaving out who has a conflict of interest."""

from collections.abc import Collection
from uuid import UUID

from referral.accounts.roles import permissions_of
from referral.agencies import directory
from referral.agencies import queries as agencies
from referral.agencies.named_circles import make_named
from referral.agencies.states import CirclePurpose
from referral.audit.operation import operation
from referral.audit.tombstones import Ended, bury
from referral.cases.cards import store_card
from referral.cases.events import CaseMoved
from referral.cases.forms_in_force import checked
from referral.cases.model import CaseFile
from referral.cases.moving import Move, bundles_of, follow_move, moving_circle, sign_move
from referral.cases.opening import OPEN, Opening, open_case_view, open_sections
from referral.cases.policy import in_circle_of_case
from referral.cases.service.sections import put_section
from referral.cases.strands import lock
from referral.kernel import events
from referral.kernel.actor import Actor
from referral.kernel.db import session
from referral.kernel.errors import InvalidInput, NotFound, NotPermitted, NotVerified
from referral.kernel.permissions import Permission
from referral.referrals import policy
from referral.referrals.model import Referral
from referral.referrals.service.addressing import address_anew, under_way
from referral.vault.directory import VerifiedKey, roles_in, works_on_cases
from referral.vault.keys import keyring_of

CONFLICT = "conflict"


@operation(Permission.CASE_MOVE, in_circle_of_case)
def move_case(actor: Actor, case: CaseFile, *, circle_id: UUID | None = None) -> CaseFile:
    """Hand all that the actor's circle has in the case to another circle of the agency.

    Whoever is not in that circle loses it at the next request, the mover too. A consent for the
    agency goes along; what rests on a consent for the old circle alone ends. `InvalidInput` for a
    circle that cannot take it, or that somebody with a declared conflict of interest is in.

    A case that had left the circle before a restore moves again first, to a circle without whom it
    had left out; without `circle_id` to a named circle of the others.
    """
    _lock(actor, case)
    opening = open_case_view(actor, case, lifting=True)
    left = opening.left_circles
    if circle_id is None and not left:
        raise InvalidInput({"circle_id": [NO_CASES]})
    from_circle = left[0] if left else moving_circle(opening, circle_id)
    target = circle_id or _circle_without(actor, from_circle, left_out(opening, from_circle))
    return _move(actor, opening, from_circle, target)


@operation(Permission.CASE_MOVE, policy.is_receiver)
def pass_on_referral(
    actor: Actor, referral: Referral, *, circle_id: UUID | None = None
) -> Referral:
    """Hand a referral that nobody has accepted yet to another circle of the agency asked.

    Without a circle, one is made of everybody in the present one but the actor, who has a conflict
    of interest, or but those whom the case had left out before a restore. `NotFound` when it was
    moved or answered meanwhile.
    """
    case = session().get_one(CaseFile, referral.case_id)
    _lock(actor, case)
    session().refresh(referral)
    if referral.state != "sent" or not policy.is_receiver(actor, referral):
        raise NotFound("answered or moved meanwhile")
    opening = open_case_view(actor, case, lifting=True)
    from_circle = _asked(opening, referral)
    oneself = {actor.member_id} if actor.member_id is not None else set()
    leaving_out = opening.view.left_out.get(from_circle, oneself)
    target = circle_id or _circle_without(actor, from_circle, leaving_out)
    _move(actor, opening, from_circle, target)
    return referral


def _asked(opening: Opening, referral: Referral) -> UUID:
    """The circle that the strand says is asked: a successor's, where the row names an ended one."""
    grant = opening.view.grants.get(referral.grant_id)
    return grant.receiver_circle if grant is not None else referral.to_circle_id


@operation(Permission.CONFLICT_DECLARE, in_circle_of_case)
def declare_conflict(
    actor: Actor,
    case: CaseFile,
    *,
    member_id: UUID,
    relation: str,
    circle_id: UUID | None = None,
) -> CaseFile:
    """Leave a colleague out of a case by key: it moves to a circle that the colleague is not in.

    Declared by the colleague, or for them by a supervisor. Without `circle_id` a named circle is
    made of the others in the present one. What was read stays known; what is written from now on
    the colleague cannot open. `InvalidInput` says what to do when nobody else could look after it.
    """
    _lock(actor, case)
    opening = open_case_view(actor, case)
    if member_id != actor.member_id and "supervisor" not in roles_in(actor.role):
        raise NotPermitted("nobody else's conflict of interest")
    from_circle = moving_circle(opening, circle_id)
    if member_id not in opening.members_of(from_circle):
        raise InvalidInput(
            {"member_id": ["This colleague is not in the circle that has the case."]}
        )
    answers = checked(CONFLICT, {"member": str(member_id), "relation": relation})
    put_section(actor, opening, CONFLICT, answers, circle_id=from_circle)
    target = circle_id or _circle_without(actor, from_circle, left_out(opening, from_circle))
    return _move(actor, opening, from_circle, target)


def _lock(actor: Actor, case: CaseFile) -> None:
    """The case and the agency's keys: a move may make a circle, and takes what colleagues do."""
    lock(case, keyring_of(actor), changing=True)


def left_out(opening: Opening, from_circle: UUID) -> set[UUID]:
    """The colleagues whose conflict of interest with this case stands declared.

    And those in the circle whom it had left out before a restore, whatever for.
    """
    ids = [s.section_id for s in opening.sections_of([CONFLICT])]
    found = open_sections(opening, ids) if ids else []
    declared = {UUID(s.answers["member"]) for s in found if s.status == OPEN}
    return declared | opening.view.left_out.get(from_circle, frozenset())


def _circle_without(actor: Actor, from_circle: UUID, leaving_out: Collection[UUID]) -> UUID:
    """A named circle of the others who read cases; `InvalidInput` when none could do the work."""
    agency_id = keyring_of(actor).agency_id
    log = directory.directory_of(agency_id)
    others = [
        member
        for member in (log.member(m) for m in log.staying(from_circle) - set(leaving_out))
        if Permission.CASE_READ in permissions_of(member.role)
    ]
    if not any(works_on_cases(member.role) for member in others):
        raise InvalidInput({"circle_id": [NOBODY_LEFT]})
    if actor.member_id not in leaving_out and Permission.CIRCLE_NAME not in actor.permissions:
        raise InvalidInput({"circle_id": [NAMED_BY_OTHERS]})
    chosen = [member.member_id for member in others]
    return make_named(actor, agencies.agency(agency_id), chosen).id


NO_CASES = "Choose a circle of our agency that works on cases."
NAMED_BY_OTHERS = (
    "A supervisor or the administrator makes this circle, or somebody who is not to be in it."
)
WAITS_FOR_KEY = (
    "Somebody in this circle has left or has new keys. One of those in it must open a case first."
)
NOBODY_LEFT = (
    "Nobody else in this circle could look after it. Have a colleague admitted first, or hand the "
    "case over to another agency."
)


def _target(opening: Opening, from_circle: UUID, circle_id: UUID) -> VerifiedKey:
    """The key of the circle that takes the case; `InvalidInput` when it cannot."""
    log = directory.directory_of(opening.keyring.agency_id)
    state = log.circles.get(circle_id)
    if state is None or state.purpose != CirclePurpose.CASES:
        raise InvalidInput({"circle_id": [NO_CASES]})
    if left_out(opening, from_circle) & state.member_ids:
        raise InvalidInput(
            {"circle_id": ["Somebody who was left out of this case is in this circle."]}
        )
    able = [m for m in log.staying(circle_id) if works_on_cases(log.member(m).role)]
    if not able:
        raise InvalidInput({"circle_id": ["Nobody in this circle works on cases."]})
    try:
        return log.handed_key(circle_id)
    except NotVerified as error:
        raise InvalidInput({"circle_id": [WAITS_FOR_KEY]}) from error


def _move(actor: Actor, opening: Opening, from_circle: UUID, circle_id: UUID) -> CaseFile:
    if circle_id == from_circle:
        raise InvalidInput({"circle_id": ["The case is in this circle already. Choose another."]})
    if agencies.circle(from_circle).purpose != CirclePurpose.CASES:
        raise InvalidInput({"circle_id": ["Who keeps a place to stay cannot pass its cases on."]})
    move = Move(opening, from_circle, _target(opening, from_circle, circle_id))
    left = sorted(opening.members_of(from_circle) - move.member_ids)
    bundles, found = bundles_of(move), under_way(move)
    ended = sign_move(move, bundles | found.waiting, found.summaries)
    for member_id in left:
        bury(Ended.LEFT_OUT, member_id, case_id=opening.case.id)
    follow_move(move, bundles, ended)
    address_anew(move, found, ended)
    if move.to_circle in opening.circle_ids:
        store_card(opening, move.to_circle, open_sections(opening))
    events.publish(
        CaseMoved(
            actor,
            opening.case.id,
            opening.keyring.agency_id,
            move.from_circle,
            move.to_circle,
            move.member_ids,
            tuple(row.id for row in found.rows),
        )
    )
    return opening.case
