"""Those who hand a case to one another, and one case that has been through their hands."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from referral.cases import queries
from referral.cases import service as cases
from referral.cases.model import CaseFile, Section
from referral.cases.opening import OpenedSection
from referral.kernel import clock, db
from referral.kernel.actor import Actor
from referral.referrals import queries as referral_queries
from referral.referrals import service as referrals
from tests.factories.blueprint import Plan
from tests.factories.installation import Installation
from tests.factories.province import House, Province, case_of, consent_of

AGREED = ["incident", "needs"]
MEDICAL = {"seen_at": "2024-11-25T15:00:00Z", "findings": "bầm tím cánh tay"}

PLANS = (
    Plan(
        "congan",
        "commune_police",
        ("police_officer", "supervisor"),
        more=(("police_officer", "congan.second"),),
    ),
    Plan("yte", "health_facility", ("health_worker",)),
    Plan("tram", "health_facility", ("health_worker",)),
    Plan("ctxh", "commune_committee", ("social_worker", "commune_chair")),
)


@dataclass
class District:
    """Police with a supervisor, two hospitals, social work."""

    home: Installation
    province: Province
    police: House
    hospital: House
    clinic: House
    social: House

    @classmethod
    def of(cls, home: Installation) -> "District":
        houses = home.province.houses
        return cls(
            home,
            home.province,
            houses["congan"],
            houses["yte"],
            houses["tram"],
            houses["ctxh"],
        )

    @property
    def officer(self) -> Actor:
        return self.province.worker(self.police, "police_officer")

    @property
    def second(self) -> Actor:
        """A colleague of the officer in the same circle."""
        return self.province.actor("congan.second")

    @property
    def supervisor(self) -> Actor:
        return self.province.worker(self.police, "supervisor")

    @property
    def nurse(self) -> Actor:
        return self.province.worker(self.hospital, "health_worker")

    @property
    def other_nurse(self) -> Actor:
        return self.province.worker(self.clinic, "health_worker")

    @property
    def worker(self) -> Actor:
        return self.province.worker(self.social, "social_worker")

    def send(self, case: CaseFile, to: House, kinds: Sequence[str], kind: str = "service") -> UUID:
        with db.unit_of_work():
            return referrals.send_referral(
                self.officer,
                queries.visible_case(self.officer, case.id),
                kind=kind,
                circle_id=to.circle_id(),
                urgency="p1",
                kinds=kinds,
                summary={"age_band": "25_39", "reason": "Cần khám trong ngày."},
            ).id

    def accept(self, actor: Actor, referral_id: UUID) -> None:
        assert actor.member_id is not None
        with db.unit_of_work():
            referrals.accept_referral(
                actor,
                referral_queries.visible_referral(actor, referral_id),
                worker_id=actor.member_id,
                first_contact_at=clock.now() + timedelta(hours=1),
            )

    def share(self, case: CaseFile, to: House, actor: Actor, kinds: Sequence[str]) -> UUID:
        """She agrees, it is sent and accepted; gives the consent."""
        basis_id = consent_of(self.officer, case, agency_id=to.id, kinds=list(kinds))
        self.accept(actor, self.send(case, to, kinds))
        return basis_id


def read(actor: Actor, case_id: UUID) -> list[OpenedSection]:
    """The case as the actor's next request shows it."""
    db.rollback()
    with db.unit_of_work():
        return cases.read_case(actor, queries.visible_case(actor, case_id)).sections


def statuses(actor: Actor, case_id: UUID) -> dict[str, str]:
    return {section.kind: section.status for section in read(actor, case_id)}


def write(
    actor: Actor, case_id: UUID, kind: str, answers: dict[str, Any], revision: int = 0
) -> Section:
    with db.unit_of_work():
        return cases.write_section(
            actor,
            queries.visible_case(actor, case_id),
            kind=kind,
            answers=answers,
            expected_revision=revision,
        )


@dataclass
class Written:
    """A case that went from the police to a hospital and back, and what it truly says."""

    case_id: UUID
    ids: dict[str, UUID]
    truth: dict[UUID, dict[str, Any]] = field(repr=False)
    basis_id: UUID


def travelled(district: District) -> Written:
    """Four sections, one of them revised; shared with a hospital, which adds its own."""
    case = case_of(district.officer)
    basis_id = district.share(case, district.hospital, district.nurse, AGREED)
    write(district.officer, case.id, "needs", {"needs": ["shelter"]}, revision=1)
    write(district.nurse, case.id, "medical", MEDICAL)
    truth: dict[UUID, dict[str, Any]] = {}
    for actor in (district.officer, district.nurse):
        truth |= {s.section_id: s.answers for s in read(actor, case.id) if s.status == "open"}
    ids = {s.kind: s.section_id for s in read(district.officer, case.id)}
    assert set(ids) >= {"identity", "safe_contact", "incident", "needs", "consent", "medical"}
    assert set(truth) == set(ids.values())
    db.rollback()
    return Written(case.id, ids, truth, basis_id)
