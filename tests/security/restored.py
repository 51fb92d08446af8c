"""What the thread goes on with after a restore with a gap: the custodian decides."""

from referral.cases import queries
from referral.cases import service as cases
from referral.kernel import db
from tests.factories.gap import confirm_accounts, restore_with_gap
from tests.security.thread import Thread


def after_a_restore(thread: Thread) -> None:
    """Two cases that the hospital reads; then a backup of now is put in place."""
    shared = [thread.leave_open() for _ in range(2)]
    for case in shared:
        thread.consent(case, ["incident"], agency_id=thread.hospital.id)
        thread.accept(
            thread.nurse, thread.send(case, thread.hospital.circle_id(), ["incident", "needs"])
        )
    restore_with_gap()
    confirm_accounts(thread.province)
    officer = thread.province.worker(thread.police, "police_officer")
    for case, verb in zip(shared, (cases.confirm_grant, cases.end_suspended), strict=True):
        found = queries.visible_case(officer, case.id)
        (waiting,) = thread.step(cases.list_suspended, officer, found)
        db.rollback()
        found = queries.visible_case(officer, case.id)
        thread.step(verb, officer, found, grant_id=waiting.id)
