"""What follows from what happened below: every event leaves a next step with somebody.

Subscribed by `referral.app`; each runs in the transaction of what it hears.
"""

from datetime import datetime, timedelta
from uuid import UUID

from referral.accounts.events import CaseWorkEnded, MemberRemoved
from referral.agencies import queries as agencies
from referral.agencies.directory import directory_of
from referral.agencies.events import AgencyEnded
from referral.agencies.kinds import AgencyKind
from referral.cases.events import (
    AccessConfirmed,
    AccessSettled,
    BasisClaimed,
    BasisCosigned,
    CaseClosed,
    CaseMoved,
    CaseOpened,
    CaseReopened,
    CaseSucceeded,
    ConsentRecorded,
    CustodyTaken,
    GrantsEnded,
    PaperGone,
    PaperKept,
    RemainderGiven,
    SectionWritten,
)
from referral.cases.forms_in_force import shelf
from referral.cases.model import SharingBasis
from referral.cases.queries import case_is_known
from referral.cases.states import CaseState
from referral.cases.strands import case_row
from referral.cases.succession import carried_bases, received_by
from referral.followup import tasks
from referral.followup.kinds import TaskKind
from referral.kernel import clock
from referral.notices.kinds import NoticeKind
from referral.notices.service import post, readdress
from referral.referrals.events import (
    ReferralAccepted,
    ReferralCompleted,
    ReferralDeclined,
    ReferralEnded,
    ReferralSent,
    WorkerLeft,
    WorkerNamed,
)
from referral.shelters.events import HoldLapsed
from referral.vault.directory import roles_in

HAND_OVER_WITHIN = timedelta(hours=24)
FIRST_FOLLOW_UP = timedelta(days=3)
AFTER_WITHDRAWAL = timedelta(days=1)
REASSIGN_WITHIN = timedelta(hours=4)
ASSESS_WITHIN = timedelta(days=1)
SUPERVISES = frozenset({"supervisor", "commune_chair"})
RECONFIRM_WITHIN = timedelta(days=7)
HANDS_OVER = frozenset(
    {
        AgencyKind.COMMUNE_POLICE,
        AgencyKind.DISTRICT_POLICE,
        AgencyKind.PROVINCIAL_POLICE,
        AgencyKind.HEALTH_FACILITY,
    }
)
"""Those who meet a survivor first and are not the ones to look after her case."""


def _keep_following(case_id: UUID, circle_id: UUID, within: timedelta) -> None:
    """An open case always has a next follow-up: make one where there is none."""
    is_open = case_row(case_id).state == CaseState.OPEN
    if is_open and not tasks.open_tasks(case_id, TaskKind.FOLLOW_UP):
        due_at = tasks.morning_of(clock.today() + within)
        tasks.open_task(TaskKind.FOLLOW_UP, case_id, circle_id, due_at=due_at)


def ask_for_hand_over(event: CaseOpened) -> None:
    """Police or health have opened a case: it goes to a social worker within a day."""
    owner = agencies.agency(agencies.circle(event.circle_id).agency_id)
    if owner.kind in HANDS_OVER:
        tasks.open_task(
            TaskKind.HAND_OVER,
            event.case_id,
            event.circle_id,
            due_at=event.met_at + HAND_OVER_WITHIN,
        )


def settle_hand_over(event: CustodyTaken) -> None:
    """A new custodian: the hand-over is done, and the follow-up passes on with its day."""
    tasks.complete(tasks.open_tasks(event.case_id, TaskKind.HAND_OVER))
    due = tasks.open_tasks(event.case_id, TaskKind.FOLLOW_UP)
    tasks.drop(due)
    for task in due[:1]:
        tasks.open_task(TaskKind.FOLLOW_UP, event.case_id, event.circle_id, due_at=task.due_at)
    _keep_following(event.case_id, event.circle_id, FIRST_FOLLOW_UP)
    post(event.circle_id, NoticeKind.CASE_RECEIVED, "case", event.case_id)


def ask_to_reconfirm(event: AgencyEnded) -> None:
    """What she agreed to for an agency that has ended goes on by law: ask her at the next contact.

    The successor asks, where it may know of the case; else whoever looks after it.
    """
    for basis in carried_bases(event.agency_id, event.successors):
        for circle_id in _who_asks(basis, event):
            tasks.open_task(
                TaskKind.RECONFIRM,
                basis.case_id,
                circle_id,
                due_at=_next_contact(basis.case_id),
                object_id=basis.id,
            )


def _who_asks(basis: SharingBasis, event: AgencyEnded) -> set[UUID]:
    custodian = case_row(basis.case_id).custodian_circle_id
    heirs = {c: heir.circle_id for c, heir in event.successors.items()}
    given = received_by(basis.case_id, heirs)
    return {heirs[c] for c in given} or {heirs.get(custodian, custodian)}


def _next_contact(case_id: UUID) -> datetime:
    """When somebody meets her next, as far as a task says; within a week in any case."""
    latest = tasks.morning_of(clock.today() + RECONFIRM_WITHIN)
    due = tasks.open_tasks(case_id, TaskKind.FOLLOW_UP, TaskKind.FIRST_CONTACT)
    return min([latest, *(task.due_at for task in due if task.due_at > clock.now())])


def settle_reconfirmed(event: ConsentRecorded) -> None:
    """She has agreed anew, for the one that took over: nobody need ask any more."""
    for task in tasks.open_tasks(event.case_id, TaskKind.RECONFIRM):
        owner = agencies.circle(task.circle_id).agency_id
        if event.circle_id == task.circle_id or event.agency_id == owner:
            tasks.complete([task])


def pass_tasks(event: CaseSucceeded) -> None:
    """What circles of an ended agency had to do in the case is their successors'."""
    for task in tasks.open_tasks(event.case_id):
        task.circle_id = event.heirs.get(task.circle_id, task.circle_id)


def ask_for_cosignature(event: BasisClaimed) -> None:
    """A legal basis was claimed: a supervisor of the same circle must co-sign in time."""
    tasks.open_task(
        TaskKind.COSIGN,
        event.case_id,
        event.circle_id,
        due_at=event.cosign_by,
        object_id=event.basis_id,
    )
    post(event.circle_id, NoticeKind.COSIGN_WANTED, "case", event.case_id)


def settle_cosignature(event: BasisCosigned) -> None:
    """The supervisor has co-signed."""
    tasks.complete(tasks.open_tasks(event.case_id, TaskKind.COSIGN, object_id=event.basis_id))


def note_grants_ended(event: GrantsEnded) -> None:
    """A basis is over: nobody co-signs it any more. When access lapsed, the custodian is told.

    Whoever gave what another basis still covers opens the case, which gives it anew.
    """
    over = (TaskKind.COSIGN, TaskKind.RECONFIRM)
    tasks.drop(tasks.open_tasks(event.case_id, *over, object_id=event.basis_id))
    case = case_row(event.case_id)
    if event.reason == "lapsed" and event.grant_ids and case.state == CaseState.OPEN:
        for circle_id in event.givers:
            tasks.open_task(TaskKind.GIVE_ANEW, case.id, circle_id, due_at=clock.now())
        for circle_id in sorted({case.custodian_circle_id, *event.givers}):
            post(circle_id, NoticeKind.SHARING_LAPSED, "case", case.id)


def settle_remainder(event: RemainderGiven) -> None:
    """What another basis still covers has been given anew."""
    given = tasks.open_tasks(event.case_id, TaskKind.GIVE_ANEW, circle_id=event.circle_id)
    tasks.complete(given)


def ask_to_give_anew(event: AccessConfirmed) -> None:
    """The custodian has confirmed an access: the circle that gave it seals it anew."""
    tasks.open_task(TaskKind.GIVE_ANEW, event.case_id, event.giver_circle_id, due_at=clock.now())


def settle_confirmations(event: AccessSettled) -> None:
    """Every access that waited since a restore has been confirmed or ended."""
    tasks.complete(tasks.open_tasks(event.case_id, TaskKind.CONFIRM_ACCESS))


def await_answer(event: ReferralSent) -> None:
    """Tell the circle that is asked; if it stays silent, the sender hears of it when it is late."""
    tasks.open_task(
        TaskKind.AWAIT_ANSWER,
        event.case_id,
        event.from_circle_id,
        due_at=event.decide_by,
        object_id=event.referral_id,
    )
    post(event.to_circle_id, NoticeKind.REFERRAL_RECEIVED, "referral", event.referral_id)


def promise_first_contact(event: ReferralAccepted) -> None:
    """The worker named has promised a first contact; the sender is told that it is accepted."""
    waiting = tasks.open_tasks(event.case_id, TaskKind.AWAIT_ANSWER, object_id=event.referral_id)
    tasks.complete(waiting)
    for task in waiting:
        post(task.circle_id, NoticeKind.REFERRAL_ACCEPTED, "referral", event.referral_id)
    tasks.open_task(
        TaskKind.FIRST_CONTACT,
        event.case_id,
        event.to_circle_id,
        due_at=event.first_contact_at,
        object_id=event.referral_id,
        member_id=event.worker_id,
    )


def find_another(event: ReferralDeclined) -> None:
    """The circle asked cannot: the sender must find another in time."""
    waiting = tasks.open_tasks(event.case_id, TaskKind.AWAIT_ANSWER, object_id=event.referral_id)
    tasks.complete(waiting)
    tasks.open_task(
        TaskKind.FIND_ANOTHER,
        event.case_id,
        event.from_circle_id,
        due_at=event.decide_by,
        object_id=event.referral_id,
    )
    post(event.from_circle_id, NoticeKind.REFERRAL_DECLINED, "referral", event.referral_id)


def settle_first_contact(event: ReferralCompleted) -> None:
    """What was promised is done: nobody need make a first contact; the sender is told."""
    tasks.complete(tasks.open_tasks(event.case_id, object_id=event.referral_id))
    post(event.from_circle_id, NoticeKind.REFERRAL_COMPLETED, "referral", event.referral_id)


def settle_ended(event: ReferralEnded) -> None:
    """It ended otherwise: who was asked stops, and who asked has a next step.

    Expired: find another, now. Returned after a restore: send it again, now. Withdrawn: speak with
    her, the next day at the latest. Cancelled: the sender did so and knows.
    """
    tasks.drop(tasks.open_tasks(event.case_id, object_id=event.referral_id))
    post(event.to_circle_id, NoticeKind.REFERRAL_ENDED, "referral", event.referral_id)
    if event.state == "expired":
        tasks.open_task(
            TaskKind.FIND_ANOTHER,
            event.case_id,
            event.from_circle_id,
            due_at=clock.now(),
            object_id=event.referral_id,
        )
        post(event.from_circle_id, NoticeKind.REFERRAL_ENDED, "referral", event.referral_id)
    if event.state == "returned":
        tasks.open_task(
            TaskKind.SEND_AGAIN,
            event.case_id,
            event.from_circle_id,
            due_at=clock.now(),
            object_id=event.referral_id,
        )
        post(event.from_circle_id, NoticeKind.REFERRAL_ENDED, "referral", event.referral_id)
    if event.state == "withdrawn":
        case = case_row(event.case_id)
        _keep_following(case.id, case.custodian_circle_id, AFTER_WITHDRAWAL)


def follow_the_case(event: CaseMoved) -> None:
    """Tasks and notices go where the case goes; nobody who is not in its circle keeps one.

    Where a restore had asked for the move, it is done.
    """
    asked = tasks.open_tasks(event.case_id, TaskKind.MOVE_AGAIN, circle_id=event.from_circle_id)
    tasks.complete(asked)
    tasks.hand_over(event.case_id, event.from_circle_id, event.to_circle_id, event.member_ids)
    readdress(
        event.from_circle_id,
        event.to_circle_id,
        (event.case_id, *event.referral_ids),
        event.member_ids,
    )
    if case_is_known(event.case_id, event.to_circle_id):
        post(event.to_circle_id, NoticeKind.CASE_MOVED, "case", event.case_id)
    else:
        for referral_id in event.referral_ids:
            post(event.to_circle_id, NoticeKind.CASE_MOVED, "referral", referral_id)


def give_back_to_circle(event: MemberRemoved | CaseWorkEnded) -> None:
    """What was given by name to somebody who left, or works on no case, is the circle's again.

    A notice goes to whoever supervises there.
    """
    for task in tasks.open_tasks_of(event.member_id):
        task.member_id = None
        _ask_for_another(task.circle_id, "case", task.case_id)


def ask_for_another_worker(event: WorkerLeft) -> None:
    """A referral has nobody who sees to it: its circle names somebody, today."""
    tasks.open_task(
        TaskKind.REASSIGN,
        event.case_id,
        event.circle_id,
        due_at=clock.now() + REASSIGN_WITHIN,
        object_id=event.referral_id,
    )
    _ask_for_another(event.circle_id, "referral", event.referral_id)


def _ask_for_another(circle_id: UUID, object_kind: str, object_id: UUID) -> None:
    """Tell the supervisors in the circle; where it has none, the whole circle."""
    log = directory_of(agencies.circle(circle_id).agency_id)
    named = log.circles[circle_id].member_ids
    heads = [m for m in log.members() if m.member_id in named and roles_in(m.role) & SUPERVISES]
    for head in heads:
        post(circle_id, NoticeKind.REASSIGN_WANTED, object_kind, object_id, head.member_id)
    if not heads:
        post(circle_id, NoticeKind.REASSIGN_WANTED, object_kind, object_id)


def settle_reassignment(event: WorkerNamed) -> None:
    """Somebody sees to it again, and has the first contact to make if it is still to be made."""
    about = {"object_id": event.referral_id}
    tasks.complete(tasks.open_tasks(event.case_id, TaskKind.REASSIGN, **about))
    for task in tasks.open_tasks(event.case_id, TaskKind.FIRST_CONTACT, **about):
        task.member_id = event.worker_id
    post(
        event.circle_id,
        NoticeKind.TASK_GIVEN,
        "referral",
        event.referral_id,
        event.worker_id,
    )


def drop_all(event: CaseClosed) -> None:
    """A closed case asks for nothing more, but that papers of it which are kept be destroyed."""
    rows = tasks.open_tasks(event.case_id)
    tasks.drop(row for row in rows if row.kind != TaskKind.DESTROY_PAPER)


def begin_again(event: CaseReopened) -> None:
    """A case that is open again has a next contact, and its risk is assessed anew."""
    due_at = tasks.morning_of(event.next_on)
    tasks.open_task(TaskKind.FOLLOW_UP, event.case_id, event.circle_id, due_at=due_at)
    tasks.open_task(
        TaskKind.ASSESS_RISK, event.case_id, event.circle_id, due_at=clock.now() + ASSESS_WITHIN
    )


def settle_assessment(event: SectionWritten) -> None:
    """The risk has been assessed by a form that is scored."""
    if shelf.form(event.kind).risk is not None:
        tasks.complete(tasks.open_tasks(event.case_id, TaskKind.ASSESS_RISK))


def ask_to_destroy(event: PaperKept) -> None:
    """Whoever typed in a paper that is kept destroys it on the day that was named."""
    about = {"circle_id": event.circle_id, "object_id": event.section_id}
    due_at = tasks.morning_of(event.until)
    row = tasks.open_task(
        TaskKind.DESTROY_PAPER, event.case_id, due_at=due_at, member_id=event.member_id, **about
    )
    row.due_at = due_at


def settle_paper(event: PaperGone) -> None:
    """The paper is destroyed."""
    about = {"circle_id": event.circle_id, "object_id": event.section_id}
    tasks.complete(tasks.open_tasks(event.case_id, TaskKind.DESTROY_PAPER, **about))


def note_hold_lapsed(event: HoldLapsed) -> None:
    """A hold ran out before it was confirmed: the keepers decide anew."""
    post(event.circle_id, NoticeKind.HOLD_LAPSED, "stay", event.stay_id)
