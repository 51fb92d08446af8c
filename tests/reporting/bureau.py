"""Those who write facts, those who count them, and those who may only read what was approved."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from referral.accounts import service as accounts
from referral.accounts.model import Member
from referral.agencies.model import Agency
from referral.cases import queries
from referral.cases import service as cases
from referral.kernel import clock, db
from referral.kernel.actor import Actor
from referral.kernel.ids import new_id
from referral.referrals import queries as referral_queries
from referral.referrals import service as referrals
from tests.factories.blueprint import Plan
from tests.factories.installation import Installation
from tests.factories.province import PASSPHRASE, House, Province, case_of, consent_of

PLANS = (
    Plan(
        "thongke",
        "lead_department",
        ("statistician", "approver", "coordinator"),
        more=(("statistician", "thongke.second"),),
    ),
    Plan("congan", "commune_police", ("police_officer", "privacy_officer")),
    Plan("yte", "health_facility", ("health_worker",)),
    Plan("vanhanh", "operator", ("system_administrator",)),
    Plan("chutri", "lead_department", ("lead_department_officer",)),
)


@dataclass
class Bureau:
    """Police and a hospital, the statistics circle with two statisticians, and an operator."""

    home: Installation
    province: Province
    police: House
    hospital: House
    office: House
    stranger: House
    lead: House

    @classmethod
    def of(cls, home: Installation) -> "Bureau":
        houses = home.province.houses
        return cls(
            home,
            home.province,
            houses["congan"],
            houses["yte"],
            houses["thongke"],
            houses["vanhanh"],
            houses["chutri"],
        )

    @property
    def officer(self) -> Actor:
        return self.province.worker(self.police, "police_officer")

    @property
    def nurse(self) -> Actor:
        return self.province.worker(self.hospital, "health_worker")

    @property
    def statistician(self) -> Actor:
        return self.province.actor("thongke.statistician")

    @property
    def second(self) -> Actor:
        return self.province.actor("thongke.second")

    @property
    def approver(self) -> Actor:
        return self.province.worker(self.office, "approver")

    @property
    def coordinator(self) -> Actor:
        return self.province.worker(self.office, "coordinator")

    def approver_outside_the_circle(self, house: House) -> Actor:
        """An approver whom nobody has admitted to the statistics circle."""
        administrator, name = self.province.actor(house.administrator), new_id().hex
        with db.unit_of_work():
            member, code = accounts.invite_member(
                administrator,
                db.session().get_one(Agency, house.id),
                username=name,
                display_name=name,
                role="approver",
            )
        with db.unit_of_work():
            accounts.enrol(name, code, PASSPHRASE)
        with db.unit_of_work():
            member = db.session().get_one(Member, member.id)
            accounts.confirm_member(
                administrator, member, fingerprint_read=accounts.fingerprint_of(member)
            )
        return self.province.actor(name)

    @property
    def boss(self) -> Actor:
        """Who runs the system."""
        return self.province.worker(self.stranger, "system_administrator")

    def incident(self, **answers: Any) -> UUID:
        """A case whose one section is an incident."""
        given = {"forms": ["physical"], "unit": "20050", **answers}
        return case_of(self.officer, incident=given).id

    def treated(self, case_id: UUID) -> None:
        """The hospital is sent the case and writes down what it did."""
        case = queries.visible_case(self.officer, case_id)
        consent_of(self.officer, case, agency_id=self.hospital.id, kinds=["incident"])
        with db.unit_of_work():
            sent = referrals.send_referral(
                self.officer,
                queries.visible_case(self.officer, case_id),
                kind="service",
                circle_id=self.hospital.circle_id(),
                urgency="p1",
                kinds=["incident"],
                summary={"reason": "Cần khám."},
            )
        nurse = self.nurse
        assert nurse.member_id is not None
        with db.unit_of_work():
            referrals.accept_referral(
                nurse,
                referral_queries.visible_referral(nurse, sent.id),
                worker_id=nurse.member_id,
                first_contact_at=clock.now() + timedelta(hours=1),
            )
        given = {"kind": "health_care", "delivered_at": "2024-11-25T16:00:00Z"}
        write(nurse, case_id, "service", given)


def write(
    actor: Actor, case_id: UUID, kind: str, answers: Mapping[str, Any], revision: int = 0
) -> None:
    with db.unit_of_work():
        cases.write_section(
            actor,
            queries.visible_case(actor, case_id),
            kind=kind,
            answers=answers,
            expected_revision=revision,
        )
