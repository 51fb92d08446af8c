"""What she agreed to is written down whole, or not at all."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from referral.accounts.roles import ROLES
from referral.agencies import directory
from referral.cases import queries
from referral.cases import service as cases
from referral.cases.model import Section, SharingBasis, StrandRow
from referral.cases.strands import case_view
from referral.kernel import clock, db
from referral.kernel.actor import Actor
from referral.kernel.errors import InvalidInput, NotFound, NotPermitted, StateConflict
from referral.kernel.ids import new_id
from referral.kernel.permissions import Permission
from referral.vault import strands
from referral.vault.keys import keyring_of
from tests.cases.district import District, read, statuses
from tests.factories.installation import hours_pass
from tests.factories.province import House, case_of, consent_of

GIVEN = {"given_by": "survivor", "how": ["written"]}


def later(**delta: float) -> datetime:
    return clock.now() + timedelta(**delta)


def counts() -> tuple[int, ...]:
    db.rollback()
    tables = (SharingBasis, Section, StrandRow)
    return tuple(db.session().scalar(select(func.count()).select_from(t)) or 0 for t in tables)


def record(district: District, case: Any, **terms: Any) -> SharingBasis:
    asked = {
        "kinds": ["needs"],
        "purpose": "support",
        "expires_at": later(days=30),
        "answers": GIVEN,
        "agency_id": district.hospital.id,
        **terms,
    }
    with db.unit_of_work():
        return cases.record_consent(
            district.officer, queries.visible_case(district.officer, case.id), **asked
        )


@pytest.mark.parametrize(
    ("field", "terms"),
    [
        ("recipient", {"agency_id": None}),
        ("recipient", {"circle_id": new_id()}),
        ("kinds", {"kinds": []}),
        ("kinds", {"kinds": ["needs", "no_such_section"]}),
        ("purpose", {"purpose": "curiosity"}),
        ("expires_at", {"expires_at": "past"}),
        ("expires_at", {"expires_at": "now"}),
        ("expires_at", {"expires_at": "too far"}),
        ("given_by", {"answers": {"how": ["written"]}}),
        ("how", {"answers": {"given_by": "survivor", "how": ["by_pigeon"]}}),
        ("witness_name", {"answers": {"given_by": "survivor", "how": ["oral_with_witness"]}}),
        (
            "interpreter_name",
            {"answers": {"given_by": "survivor", "how": ["through_interpreter"]}},
        ),
    ],
)
def test_a_consent_that_cannot_be_taken_names_why_and_changes_nothing(
    district: District, field: str, terms: dict[str, Any]
) -> None:
    case = case_of(district.officer)
    days = {"past": later(days=-1), "now": later(), "too far": later(days=366)}
    if "expires_at" in terms:
        terms = {"expires_at": days[terms["expires_at"]]}
    before = counts()
    with pytest.raises(InvalidInput) as refused:
        record(district, case, **terms)
    assert set(refused.value.fields) == {field}
    assert all(messages for messages in refused.value.fields.values())
    assert counts() == before


def test_everything_that_is_wrong_is_named_at_once(district: District) -> None:
    case = case_of(district.officer)
    with pytest.raises(InvalidInput) as refused:
        record(district, case, agency_id=None, kinds=[], purpose="", expires_at=later(days=-1))
    assert set(refused.value.fields) == {"recipient", "kinds", "purpose", "expires_at"}


@pytest.mark.promise("only-what-she-agreed")
def test_what_was_agreed_to_stands_in_the_signed_strand(district: District) -> None:
    case = case_of(district.officer)
    basis = record(district, case, kinds=["needs", "incident", "needs"])
    told = case_view(case.id).bases[basis.id]
    assert told.kinds == {"needs", "incident"}
    assert told.recipient_agency == district.hospital.id
    assert told.expires_at == basis.expires_at
    assert told.author_id == district.officer.member_id
    (receipt,) = [s for s in read(district.officer, case.id) if s.kind == "consent"]
    assert receipt.answers == GIVEN
    assert basis.receipt_section_id == receipt.section_id


@pytest.mark.promise("only-what-she-agreed")
def test_a_basis_that_the_database_widens_carries_no_more(district: District) -> None:
    from referral.kernel.errors import ConsentMissing

    case = case_of(district.officer)
    basis = record(district, case)
    db.rollback()
    db.begin_write()
    row = db.session().get_one(SharingBasis, basis.id)
    row.kinds, row.expires_at = ["needs", "identity"], later(days=300)
    db.commit()
    with pytest.raises(ConsentMissing) as refused:
        district.send(case, district.hospital, ["needs", "identity"])
    assert refused.value.missing == ("identity",)
    hours_pass(24 * 31)
    with pytest.raises(ConsentMissing) as refused:
        district.send(case, district.hospital, ["needs"])
    assert refused.value.missing == ("needs",)


def test_a_consent_is_withdrawn_once_and_by_its_own_case(district: District) -> None:
    case, other = case_of(district.officer), case_of(district.officer)
    basis_id = consent_of(district.officer, case, agency_id=district.hospital.id, kinds=["needs"])
    for stray, wanted in ((other, basis_id), (case, new_id())):
        with pytest.raises(NotFound), db.unit_of_work():
            cases.withdraw_consent(district.officer, stray, basis_id=wanted)
    with db.unit_of_work():
        cases.withdraw_consent(district.officer, case, basis_id=basis_id)
    with pytest.raises(StateConflict), db.unit_of_work():
        cases.withdraw_consent(district.officer, case, basis_id=basis_id)
    assert case_view(case.id).bases[basis_id].ended_at is not None


@pytest.mark.parametrize(
    ("field", "reason", "account"),
    [
        ("reason", "because", "Chị bất tỉnh, không thể hỏi ý kiến."),
        ("account", "danger_to_life", "   gấp    "),
    ],
)
def test_a_legal_basis_says_which_law_and_why(
    district: District, field: str, reason: str, account: str
) -> None:
    case = case_of(district.officer)
    before = counts()
    with pytest.raises(InvalidInput) as refused, db.unit_of_work():
        cases.claim_legal_basis(
            district.officer,
            case,
            reason=reason,
            account=account,
            kinds=["needs"],
            agency_id=district.hospital.id,
        )
    assert set(refused.value.fields) == {field}
    assert counts() == before


def test_nobody_claims_a_legal_basis_for_what_they_cannot_read(district: District) -> None:
    """Else the word of who knows nothing of it would let another agency give it."""
    incident = {"forms": ["physical"], "unit": "20050"}
    case = case_of(district.officer, incident=incident, needs={"needs": ["health_care"]})
    district.share(case, district.hospital, district.nurse, ["needs"])
    before = counts()
    for kinds in (["incident"], ["needs", "incident"], ["medical"]):
        with pytest.raises(InvalidInput) as refused, db.unit_of_work():
            claimed(district, case, district.nurse, kinds, district.clinic)
        assert set(refused.value.fields) == {"kinds"}
    assert counts() == before
    with db.unit_of_work():
        claimed(district, case, district.nurse, ["needs"], district.clinic)


@pytest.mark.promise("danger-to-life-has-a-way")
def test_a_legal_basis_is_co_signed_once_in_time_and_by_a_supervisor(district: District) -> None:
    case = case_of(district.officer)
    both = []
    for _ in range(2):
        with db.unit_of_work():
            both.append(claimed(district, case).id)
    first, second = both
    with pytest.raises(NotPermitted), db.unit_of_work():
        cases.cosign_basis(district.second, case, basis_id=first)
    with db.unit_of_work():
        cases.cosign_basis(district.supervisor, case, basis_id=first)
    with pytest.raises(StateConflict), db.unit_of_work():
        cases.cosign_basis(district.supervisor, case, basis_id=first)
    hours_pass(24)
    view = case_view(case.id)
    assert view.bases[first].is_live(clock.now())
    assert not view.bases[second].is_live(clock.now())
    supervisor = district.supervisor
    with pytest.raises(StateConflict), db.unit_of_work():
        cases.cosign_basis(supervisor, case, basis_id=second)


@pytest.mark.promise("danger-to-life-has-a-way")
def test_a_colleague_s_own_signature_under_a_legal_basis_is_not_believed(
    district: District,
) -> None:
    """He signs with his own key what his role may not, and writes the row himself."""
    case = case_of(district.officer)
    with db.unit_of_work():
        basis_id = claimed(district, case).id
    district.accept(district.nurse, district.send(case, district.hospital, ["needs"]))
    assert statuses(district.nurse, case.id)["needs"] == "open"
    ring, view = keyring_of(district.second), case_view(case.id)
    log = directory.directory_of(ring.agency_id)
    place = view.place(ring.agency_id)
    entry = strands.write_entry(
        ring, place, log, at=clock.now(), kind="basis_cosigned", payload=(basis_id,)
    )
    db.rollback()
    with db.unit_of_work():
        db.begin_write()
        signed = {"raw": entry.raw, "signature": entry.signature}
        where = {"case_id": case.id, "agency_id": ring.agency_id, "seq": place.seq}
        db.session().add(StrandRow(id=new_id(), **where, **signed))
    db.rollback()
    after = case_view(case.id)
    assert "co-signs nothing" in after.faults[ring.agency_id]
    assert after.bases[basis_id].cosigned_at is None
    hours_pass(24)
    assert not case_view(case.id).bases[basis_id].is_live(clock.now())
    assert statuses(district.nurse, case.id).get("needs") != "open"


def claimed(
    district: District,
    case: Any,
    by: Actor | None = None,
    kinds: Sequence[str] = ("needs",),
    to: House | None = None,
) -> SharingBasis:
    actor = by or district.officer
    return cases.claim_legal_basis(
        actor,
        queries.visible_case(actor, case.id),
        reason="danger_to_life",
        account="Chị bất tỉnh, không thể hỏi ý kiến.",
        kinds=kinds,
        agency_id=(to or district.hospital).id,
    )


def test_the_roles_that_co_sign_are_those_whose_signature_counts() -> None:
    may_sign = {role for role, granted in ROLES.items() if Permission.BASIS_COSIGN in granted}
    assert may_sign == strands.COSIGN_ROLES


def test_a_consent_needs_no_co_signature(district: District) -> None:
    case = case_of(district.officer)
    basis = record(district, case)
    with pytest.raises(StateConflict), db.unit_of_work():
        cases.cosign_basis(district.supervisor, case, basis_id=basis.id)
