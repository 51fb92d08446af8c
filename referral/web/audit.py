"""The access log of one's own agency, with the details that the reader's keys open."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from flask import Blueprint, render_template, request
from flask_babel import LazyString, lazy_gettext

from referral.accounts.heads import Confirmed, last_confirmed
from referral.accounts.queries import names
from referral.audit.heads import spoken
from referral.audit.queries import visible_head
from referral.audit.service import LogLine, open_log, shut_log
from referral.cases.queries import codes_among
from referral.kernel import clock, db, deployment
from referral.kernel.actor import Actor
from referral.kernel.errors import Unreadable
from referral.kernel.permissions import Permission
from referral.web.actor import require
from referral.web.frame import own_agency
from referral.web.log_details import told_by

bp = Blueprint("audit", __name__)

OPERATION_WORDS: Final[Mapping[str, LazyString]] = {
    "accounts.begin_reenrolment": lazy_gettext("Began to give a colleague new keys"),
    "accounts.confirm_kit": lazy_gettext("Confirmed a recovery code on paper"),
    "accounts.invite_new_administrator": lazy_gettext("Invited a new administrator for an agency"),
    "accounts.make_kit": lazy_gettext("Made a recovery code"),
    "accounts.name_second_agency": lazy_gettext(
        "Named the agency that may help with lost passphrases"
    ),
    "agencies.admit_to_named_circle": lazy_gettext("Admitted a colleague to a named circle"),
    "agencies.end_generations": lazy_gettext("Ended the old keys of a circle"),
    "agencies.name_circle": lazy_gettext("Made a named circle"),
    "agencies.pass_circle": lazy_gettext("Passed a circle's key to its successor"),
    "agencies.renew_circle": lazy_gettext("Gave a circle a new key"),
    "agencies.renew_named_circle": lazy_gettext("Gave a named circle a new key"),
    "agencies.rewrap_circle": lazy_gettext("Sealed what a circle has to its new key"),
    "agencies.share_key": lazy_gettext("Sealed a circle's key to colleagues"),
    "agencies.state_succession": lazy_gettext("Stated who succeeds the agency"),
    "jobs.send_letters": lazy_gettext("Sent notices by mail and phone"),
    "notices.add_channel": lazy_gettext("Gave an address for notices"),
    "notices.choose_quiet_hours": lazy_gettext("Chose the quiet hours"),
    "notices.confirm_channel": lazy_gettext("Confirmed an address for notices"),
    "notices.remove_channel": lazy_gettext("Gave up an address for notices"),
    "cases.end_agency": lazy_gettext("Ended the agency"),
    "referrals.declare_conflict": lazy_gettext("Declared a conflict of interest"),
    "referrals.move_case": lazy_gettext("Moved a case to another circle"),
    "referrals.name_worker": lazy_gettext("Named another person to see to a referral"),
    "referrals.pass_on_referral": lazy_gettext("Passed a referral on to another circle"),
    "accounts.change_passphrase": lazy_gettext("Changed the passphrase"),
    "accounts.change_roles": lazy_gettext("Gave a colleague other roles"),
    "accounts.choose_pin": lazy_gettext("Chose a PIN for the lock"),
    "accounts.confirm_member": lazy_gettext("Confirmed a colleague"),
    "accounts.confirm_heads": lazy_gettext("Took the present log as seen"),
    "accounts.end_other_sessions": lazy_gettext("Ended the other own sessions"),
    "accounts.end_own_session": lazy_gettext("Ended an own session"),
    "accounts.end_sessions_for": lazy_gettext("Ended all sessions of a colleague"),
    "accounts.enrol": lazy_gettext("Took up an invitation"),
    "accounts.find_rollback": lazy_gettext("Found the log put back"),
    "accounts.invite_first_administrator": lazy_gettext("Invited a first administrator"),
    "accounts.invite_member": lazy_gettext("Invited a colleague"),
    "accounts.make_code_sheet": lazy_gettext("Printed a sheet of codes"),
    "accounts.park": lazy_gettext("Locked the screen"),
    "accounts.prove": lazy_gettext("Gave the passphrase again"),
    "accounts.remove_member": lazy_gettext("Removed a colleague"),
    "accounts.sign_in": lazy_gettext("Signed in"),
    "accounts.sign_out": lazy_gettext("Signed out"),
    "accounts.take_up": lazy_gettext("Unlocked the screen"),
    "agencies.admit_to_circle": lazy_gettext("Admitted a colleague to a circle"),
    "agencies.create_agency": lazy_gettext("Entered an agency"),
    "agencies.make_circle": lazy_gettext("Made a circle"),
    "audit.open_log": lazy_gettext("Opened the details of the access log"),
    "backup.restore": lazy_gettext("Put a backup in place"),
    "cases.claim_legal_basis": lazy_gettext("Claimed a legal basis"),
    "cases.close_case": lazy_gettext("Closed a case"),
    "cases.read_history": lazy_gettext("Opened earlier versions of a section"),
    "cases.reopen_case": lazy_gettext("Opened a closed case again"),
    "cases.confirm_grant": lazy_gettext("Confirmed an access again"),
    "cases.cosign_basis": lazy_gettext("Co-signed a legal basis"),
    "cases.end_suspended": lazy_gettext("Ended an access that waited"),
    "cases.lapse_bases": lazy_gettext("Ended consents past their day"),
    "cases.destroy_paper": lazy_gettext("Noted that a paper is destroyed"),
    "cases.purge_drafts": lazy_gettext("Deleted old drafts, or told their writers"),
    "cases.list_cases": lazy_gettext("Listed the cases"),
    "cases.list_suspended": lazy_gettext("Looked at access to be confirmed"),
    "cases.meet_survivor": lazy_gettext("Opened a case from a report"),
    "cases.open_case": lazy_gettext("Opened a new case"),
    "cases.print_case": lazy_gettext("Printed a case"),
    "cases.read_case": lazy_gettext("Read a case"),
    "cases.record_consent": lazy_gettext("Recorded a consent"),
    "cases.report_incident": lazy_gettext("Wrote down a report"),
    "cases.search_cases": lazy_gettext("Looked for a case"),
    "cases.withdraw_consent": lazy_gettext("Recorded a withdrawal of consent"),
    "cases.write_section": lazy_gettext("Wrote a section"),
    "directory.countersign": lazy_gettext("Countersigned an agency"),
    "directory.init_root": lazy_gettext("Made the root key"),
    "edge.ask": lazy_gettext("Asked for what is not open to this account"),
    "followup.complete_task": lazy_gettext("Ticked a task off"),
    "followup.record_follow_up": lazy_gettext("Recorded a follow-up"),
    "followup.remind_due": lazy_gettext("Reminded of due tasks"),
    "jobs.export_heads": lazy_gettext("Wrote where the log stands"),
    "jobs.purge_sessions": lazy_gettext("Deleted ended sessions"),
    "jobs.ship_tombstones": lazy_gettext("Wrote what ended to a file"),
    "referrals.accept_referral": lazy_gettext("Accepted a referral"),
    "referrals.cancel_referral": lazy_gettext("Took a referral back"),
    "referrals.complete_referral": lazy_gettext("Completed a referral"),
    "referrals.decline_referral": lazy_gettext("Declined a referral"),
    "referrals.expire_referrals": lazy_gettext("Expired referrals without an answer"),
    "referrals.list_inbox": lazy_gettext("Listed what others ask"),
    "referrals.list_openings": lazy_gettext("Looked up who opened a case"),
    "referrals.read_summary": lazy_gettext("Read a referral"),
    "referrals.return_referrals": lazy_gettext("Gave referrals back to their sender"),
    "referrals.send_referral": lazy_gettext("Sent a referral"),
    "referrals.start_service": lazy_gettext("Began a service"),
    "referrals.sweep_release_keys": lazy_gettext("Removed left-over release keys"),
    "reporting.approve_edition": lazy_gettext("Approved figures"),
    "reporting.export_edition": lazy_gettext("Exported figures"),
    "reporting.freeze_edition": lazy_gettext("Froze figures"),
    "reporting.read_facts": lazy_gettext("Opened the facts"),
    "reporting.reject_edition": lazy_gettext("Refused figures"),
    "shelters.block_bed": lazy_gettext("Took a bed out of use"),
    "shelters.check_in": lazy_gettext("Noted an arrival"),
    "shelters.check_out": lazy_gettext("Noted a leaving"),
    "shelters.close_site": lazy_gettext("Closed a place"),
    "shelters.confirm_places": lazy_gettext("Confirmed places"),
    "shelters.confirm_stay": lazy_gettext("Promised a place"),
    "shelters.hold_beds": lazy_gettext("Held places"),
    "shelters.open_site": lazy_gettext("Opened a place again"),
    "shelters.read_site": lazy_gettext("Read where a place is"),
    "shelters.read_stay": lazy_gettext("Read a stay"),
    "shelters.register_site": lazy_gettext("Entered a place"),
    "shelters.release_expired_holds": lazy_gettext("Released holds that ran out"),
    "shelters.release_stay": lazy_gettext("Gave a place back"),
    "shelters.unblock_bed": lazy_gettext("Put a bed to use again"),
    "shelters.write_stay_note": lazy_gettext("Wrote into a house log"),
}
OBJECT_WORDS: Final[Mapping[str, LazyString]] = {
    "agency": lazy_gettext("agency"),
    "case_file": lazy_gettext("case"),
    "circle": lazy_gettext("circle"),
    "deployment": lazy_gettext("installation"),
    "edition": lazy_gettext("edition"),
    "member": lazy_gettext("member"),
    "referral": lazy_gettext("referral"),
    "site": lazy_gettext("place"),
    "stay": lazy_gettext("stay"),
    "task": lazy_gettext("task"),
}


@bp.get("/log")
def show_trail() -> str:
    """Who did what and when in this agency, newest first."""
    actor = require(Permission.AUDIT_READ)
    after = request.args.get("after")
    if Permission.AUDIT_OPEN in actor.permissions:
        with db.unit_of_work():
            page = open_log(actor, None, cursor=after)
    else:
        page = shut_log(actor, cursor=after)
    return render_template(
        "audit/show_trail.html",
        lines=page.rows,
        next_cursor=page.next_cursor,
        people=names([line.entry.actor_id for line in page.rows if line.entry.actor_id]),
        told=told_by([line.detail for line in page.rows]),
        codes=codes_among(actor, _cases_in(page.rows)),
        confirmed=_confirmed(actor),
        spoken=spoken,
        operation_words=OPERATION_WORDS,
        object_words=OBJECT_WORDS,
    )


def _cases_in(lines: Sequence[LogLine]) -> set[UUID]:
    entries = (line.entry for line in lines)
    return {e.object_id for e in entries if e.object_kind == "case_file" and e.object_id}


def _confirmed(actor: Actor) -> Confirmed | None:
    """Up to where the reader has seen the log; None for nowhere, or for what was tampered with."""
    try:
        return last_confirmed(actor)
    except Unreadable:
        return None


@bp.get("/log/head")
def show_head() -> str:
    """Where the own agency's chain stands now, to be printed for the shift report."""
    actor = require(Permission.AUDIT_READ)
    place = visible_head(actor)
    return render_template(
        "audit/show_head.html",
        agency=own_agency(actor),
        at=clock.now(),
        place=place,
        spoken=spoken(place[1]),
        epoch=deployment.current().epoch,
    )
