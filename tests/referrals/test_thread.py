"""The hand-over through the operations, each actor with keys of their own, on both engines."""

from datetime import timedelta

import pytest

from referral.cases import queries as cases_read
from referral.cases import service as cases
from referral.cases.model import GrantBundle, GrantBundleBody
from referral.kernel import clock, db
from referral.kernel.errors import ConsentMissing, InvalidInput, NotFound, StateConflict
from referral.kernel.instance import RELEASE_FOLDER, instance
from referral.referrals import queries, service
from referral.referrals.model import ReferralPayloadBody
from tests.factories.fixtures import Thread
from tests.factories.province import case_of, consent_of

SUMMARY = {"age_band": "25_39", "needs": ["health_care"], "reason": "Cần khám ngay trong đêm."}
AGREED = ["incident", "needs"]


def send(thread: Thread, case, *, kinds=AGREED, to=None, kind="service", urgency="p1"):
    with db.unit_of_work():
        return service.send_referral(
            thread.officer,
            case,
            kind=kind,
            circle_id=(to or thread.hospital).circle_id(),
            urgency=urgency,
            kinds=kinds,
            summary=SUMMARY,
        )


def accept(actor, referral):
    mine = queries.visible_referral(actor, referral.id)
    with db.unit_of_work():
        return service.accept_referral(
            actor,
            mine,
            worker_id=actor.member_id,
            first_contact_at=clock.now() + timedelta(hours=1),
        )


def opened(actor, case) -> dict[str, str]:
    with db.unit_of_work():
        seen = cases.read_case(actor, cases_read.visible_case(actor, case.id))
    return {section.kind: section.status for section in seen.sections}


@pytest.mark.promise("only-what-she-agreed")
def test_the_receiver_opens_exactly_what_she_agreed_to(thread: Thread) -> None:
    case = case_of(thread.officer)
    consent_of(thread.officer, case, agency_id=thread.hospital.id, kinds=AGREED)
    accept(thread.nurse, send(thread, case))
    statuses = opened(thread.nurse, case)
    assert {kind for kind, status in statuses.items() if status == "open"} == set(AGREED)
    assert statuses["identity"] == "sealed"


@pytest.mark.promise("refusal-names-what-is-missing")
def test_what_consent_does_not_cover_is_refused_by_name_whoever_asks(thread: Thread) -> None:
    case = case_of(thread.officer)
    consent_of(thread.officer, case, agency_id=thread.hospital.id, kinds=["needs"])
    with pytest.raises(ConsentMissing) as refused:
        send(thread, case, kinds=["needs", "incident", "identity"])
    assert set(refused.value.missing) == {"incident", "identity"}
    with pytest.raises(ConsentMissing):
        send(thread, case, kinds=["needs"], to=thread.clinic)
    assert not queries.outbox(thread.officer).rows


@pytest.mark.promise("accepted-while-the-sender-sleeps")
def test_before_acceptance_neither_database_nor_receiver_opens_the_payload(thread: Thread) -> None:
    case = case_of(thread.officer)
    consent_of(thread.officer, case, agency_id=thread.hospital.id, kinds=AGREED)
    referral = send(thread, case)
    (line,) = queries.inbox(thread.nurse).rows
    assert line.summary["reason"] == SUMMARY["reason"]
    assert set(line.kinds) == set(AGREED)
    with pytest.raises(NotFound):
        cases_read.visible_case(thread.nurse, case.id)
    assert instance.names(RELEASE_FOLDER) == [str(referral.id)]
    db.session().rollback()
    end_of_shift(thread)
    accept(thread.nurse, referral)
    assert instance.names(RELEASE_FOLDER) == []
    assert opened(thread.nurse, case)["incident"] == "open"


def end_of_shift(thread: Thread) -> None:
    """The officer signs out: nothing of the sender's session is left."""
    from referral.accounts.sessions import end_sessions_of

    db.begin_write()
    end_sessions_of(thread.officer.member_id)
    db.commit()


def test_without_its_release_key_a_referral_goes_back_to_be_sent_again(thread: Thread) -> None:
    case = case_of(thread.officer)
    consent_of(thread.officer, case, agency_id=thread.hospital.id, kinds=AGREED)
    referral = send(thread, case)
    instance.remove(f"{RELEASE_FOLDER}/{referral.id}")
    with pytest.raises(NotFound):
        accept(thread.nurse, referral)
    assert queries.visible_referral(thread.nurse, referral.id).state == "sent"


@pytest.mark.promise("withdrawal-takes-effect-at-once")
def test_withdrawal_takes_what_was_shared_from_the_next_request_on(thread: Thread) -> None:
    case = case_of(thread.officer)
    basis_id = consent_of(thread.officer, case, agency_id=thread.hospital.id, kinds=AGREED)
    referral = accept(thread.nurse, send(thread, case))
    with db.unit_of_work():
        cases.write_section(
            thread.nurse,
            cases_read.visible_case(thread.nurse, case.id),
            kind="medical",
            answers={"seen_at": "2024-11-25T15:00:00Z", "findings": "bầm tím cánh tay"},
        )
    with db.unit_of_work():
        cases.withdraw_consent(
            thread.officer, cases_read.visible_case(thread.officer, case.id), basis_id=basis_id
        )
    statuses = opened(thread.nurse, case)
    assert {k for k, status in statuses.items() if status == "open"} == {"medical"}
    assert queries.visible_referral(thread.nurse, referral.id).state == "withdrawn"


def test_withdrawal_before_acceptance_destroys_the_payload(thread: Thread) -> None:
    case = case_of(thread.officer)
    basis_id = consent_of(thread.officer, case, agency_id=thread.hospital.id, kinds=AGREED)
    referral = send(thread, case)
    with db.unit_of_work():
        cases.withdraw_consent(thread.officer, case, basis_id=basis_id)
    assert db.session().query(ReferralPayloadBody).count() == 0
    assert instance.names(RELEASE_FOLDER) == []
    with pytest.raises(StateConflict):
        accept(thread.nurse, referral)


def test_what_another_consent_covers_survives_a_withdrawal(thread: Thread) -> None:
    case = case_of(thread.officer)
    first = consent_of(thread.officer, case, agency_id=thread.hospital.id, kinds=AGREED)
    consent_of(thread.officer, case, agency_id=thread.hospital.id, kinds=["needs"])
    accept(thread.nurse, send(thread, case))
    with db.unit_of_work():
        cases.withdraw_consent(thread.officer, case, basis_id=first)
    statuses = opened(thread.nurse, case)
    assert statuses["needs"] == "open"
    assert statuses["incident"] == "sealed"


@pytest.mark.promise("care-stays-with-the-carer")
def test_the_sender_sees_that_it_was_completed_not_what_was_written(thread: Thread) -> None:
    case = case_of(thread.officer)
    consent_of(thread.officer, case, agency_id=thread.hospital.id, kinds=AGREED)
    referral = accept(thread.nurse, send(thread, case))
    hers = cases_read.visible_case(thread.nurse, case.id)
    with db.unit_of_work():
        cases.write_section(
            thread.nurse,
            hers,
            kind="service",
            answers={"kind": "health_care", "delivered_at": "2024-11-25T16:00:00Z"},
        )
    with db.unit_of_work():
        service.complete_referral(thread.nurse, referral)
    assert queries.outbox(thread.officer).rows[0].state == "completed"
    assert opened(thread.officer, case)["service"] == "sealed"


def test_declining_destroys_the_payload_and_leaves_no_way_in(thread: Thread) -> None:
    case = case_of(thread.officer)
    consent_of(thread.officer, case, agency_id=thread.hospital.id, kinds=AGREED)
    referral = send(thread, case)
    with db.unit_of_work():
        service.decline_referral(
            thread.nurse,
            queries.visible_referral(thread.nurse, referral.id),
            reason="no_capacity",
        )
    assert db.session().query(ReferralPayloadBody).count() == 0
    with pytest.raises(NotFound):
        cases_read.visible_case(thread.nurse, case.id)
    with pytest.raises(StateConflict):
        accept(thread.nurse, referral)


def test_a_section_re_keyed_while_a_referral_waits_opens_after_acceptance(thread: Thread) -> None:
    case = case_of(thread.officer)
    to_clinic = consent_of(thread.officer, case, agency_id=thread.clinic.id, kinds=AGREED)
    consent_of(thread.officer, case, agency_id=thread.hospital.id, kinds=AGREED)
    waiting = send(thread, case)
    accept(thread.other_nurse, send(thread, case, to=thread.clinic))
    with db.unit_of_work():
        cases.withdraw_consent(thread.officer, case, basis_id=to_clinic)
    with db.unit_of_work():
        cases.write_section(
            thread.officer,
            case,
            kind="incident",
            answers={"forms": ["physical", "mental"], "unit": "20050"},
            expected_revision=1,
        )
    accept(thread.nurse, waiting)
    assert opened(thread.nurse, case)["incident"] == "open"
    assert opened(thread.other_nurse, case) if visible(thread.other_nurse, case) else True


def visible(actor, case) -> bool:
    try:
        cases_read.visible_case(actor, case.id)
    except NotFound:
        return False
    return True


def test_custody_passes_holding_and_the_giver_keeps_reading_what_it_had(thread: Thread) -> None:
    case = case_of(thread.officer)
    referral = send(thread, case, kind="custody", to=thread.social, kinds=[])
    accept(thread.worker, referral)
    row = cases_read.visible_case(thread.worker, case.id)
    assert row.custodian_agency_id == thread.social.id
    with db.unit_of_work():
        seen = cases.read_case(thread.worker, row)
    holders = {s.kind: s.holder_agency for s in seen.sections}
    assert holders["identity"] == holders["safe_contact"] == holders["needs"] == thread.social.id
    assert holders["incident"] == thread.police.id
    assert seen.section("incident").status == "sealed"
    with db.unit_of_work():
        cases.write_section(
            thread.worker, row, kind="needs", answers={"needs": ["legal_aid"]}, expected_revision=1
        )
    assert opened(thread.officer, case)["identity"] == "open"
    assert not seen.opening.view.faults


@pytest.mark.promise("danger-to-life-has-a-way")
def test_danger_to_life_shares_now_and_ends_unless_co_signed_in_time(
    thread: Thread, time_machine_hours
) -> None:
    case = case_of(thread.officer)
    with db.unit_of_work():
        basis = cases.claim_legal_basis(
            thread.officer,
            case,
            reason="danger_to_life",
            account="Chị bất tỉnh, không thể hỏi ý kiến.",
            kinds=AGREED,
            agency_id=thread.hospital.id,
        )
    accept(thread.nurse, send(thread, case, urgency="p0"))
    assert opened(thread.nurse, case)["incident"] == "open"
    with pytest.raises(StateConflict), db.unit_of_work():
        cases.cosign_basis(elevated(thread), case, basis_id=basis.id)
    time_machine_hours(25)
    nurse = thread.province.worker(thread.hospital, "health_worker")
    assert opened(nurse, case)["incident"] == "sealed"


def elevated(thread: Thread):
    """The officer who claimed it, with a supervisor's permission: still not a second person."""
    from dataclasses import replace

    from referral.kernel.permissions import Permission

    return replace(
        thread.officer, permissions=thread.officer.permissions | {Permission.BASIS_COSIGN}
    )


@pytest.mark.promise("danger-to-life-has-a-way")
def test_a_supervisor_s_signature_keeps_it_open(thread: Thread, time_machine_hours) -> None:
    case = case_of(thread.officer)
    with db.unit_of_work():
        basis = cases.claim_legal_basis(
            thread.officer,
            case,
            reason="danger_to_life",
            account="Chị bất tỉnh, không thể hỏi ý kiến.",
            kinds=AGREED,
            agency_id=thread.hospital.id,
        )
    accept(thread.nurse, send(thread, case, urgency="p0"))
    with db.unit_of_work():
        cases.cosign_basis(
            thread.supervisor,
            cases_read.visible_case(thread.supervisor, case.id),
            basis_id=basis.id,
        )
    time_machine_hours(25)
    nurse = thread.province.worker(thread.hospital, "health_worker")
    assert opened(nurse, case)["incident"] == "open"


def test_an_expired_consent_shows_nothing_to_the_second_and_a_job_deletes_its_bundles(
    thread: Thread, time_machine_hours
) -> None:
    from referral.kernel.actor import SYSTEM

    case = case_of(thread.officer)
    consent_of(thread.officer, case, agency_id=thread.hospital.id, kinds=AGREED)
    accept(thread.nurse, send(thread, case))
    own_bundles = db.session().query(GrantBundleBody).count() - 1
    time_machine_hours(24 * 91)
    nurse = thread.province.worker(thread.hospital, "health_worker")
    assert opened(nurse, case)["incident"] == "sealed"
    with db.unit_of_work():
        assert cases.lapse_bases(SYSTEM, None) == 1
    assert db.session().query(GrantBundle).count() == own_bundles
    with db.unit_of_work():
        assert cases.lapse_bases(SYSTEM, None) == 0


def test_a_first_contact_in_the_past_changes_nothing(thread: Thread) -> None:
    case = case_of(thread.officer)
    consent_of(thread.officer, case, agency_id=thread.hospital.id, kinds=AGREED)
    referral = send(thread, case)
    mine = queries.visible_referral(thread.nurse, referral.id)
    with pytest.raises(InvalidInput), db.unit_of_work():
        service.accept_referral(
            thread.nurse,
            mine,
            worker_id=thread.nurse.member_id,
            first_contact_at=clock.now() - timedelta(hours=2),
        )
    assert queries.visible_referral(thread.nurse, referral.id).state == "sent"


def test_only_low_urgencies_expire_without_a_person(thread: Thread, time_machine_hours) -> None:
    from referral.kernel.actor import SYSTEM

    case = case_of(thread.officer)
    consent_of(thread.officer, case, agency_id=thread.hospital.id, kinds=AGREED)
    urgent = send(thread, case, urgency="p0")
    calm = send(thread, case, urgency="p3")
    time_machine_hours(24 * 30)
    with db.unit_of_work():
        assert service.expire_referrals(SYSTEM, None) == 1
    db.session().expire_all()
    officer = thread.province.worker(thread.police, "police_officer")
    states = {line.id: line.state for line in queries.outbox(officer).rows}
    assert states == {urgent.id: "sent", calm.id: "expired"}
