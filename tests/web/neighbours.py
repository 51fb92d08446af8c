"""The staff of `staff.py` with a shelter and social services beside them, and a case to refer."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from referral.agencies.model import Agency, Circle
from referral.cases.model import CaseFile
from referral.kernel import clock, db
from referral.kernel.actor import Actor
from referral.referrals import service as referrals
from referral.referrals.model import Referral
from referral.shelters import service as shelters
from referral.shelters.model import Bed, Site
from tests.factories.blueprint import Plan
from tests.factories.province import House, case_of, consent_of
from tests.web.staff import PLANS as STAFF
from tests.web.staff import Place, make_place

SHELTER = "Nhà tạm lánh Hoa Sim"
SOCIAL = "Trung tâm Công tác xã hội tỉnh"
UNIT = "20050"
ROOMS = (
    {"name": "Phòng 1", "beds": ["Giường 1", "Giường 2"], "cots": ["Nôi"]},
    {"name": "Phòng 2", "beds": ["Giường 3"]},
)


@dataclass
class Neighbours:
    place: Place
    shelter: House
    social: House
    case_id: UUID
    code: str
    agencies: dict[str, UUID]
    circles: dict[tuple[str, str], UUID]

    @property
    def app(self) -> Flask:
        return self.place.app

    def keeper(self) -> FlaskClient:
        return self.place.client(self.shelter.users["shelter_keeper"])

    def actor(self, house: House, role: str) -> Actor:
        return self.place.province.worker(house, role)

    def circle(self, name: str, purpose: str = "cases") -> UUID:
        return self.circles[name, purpose]

    def agree(self, name: str, *kinds: str) -> None:
        """She agrees that these sections go to this agency."""
        with self.app.app_context():
            officer = self.actor(self.place.police, "police_officer")
            case = db.session().get_one(CaseFile, self.case_id)
            consent_of(officer, case, agency_id=self.agencies[name], kinds=list(kinds))

    def refer(self, name: str, kind: str = "service", purpose: str = "cases", **told: Any) -> UUID:
        """A referral of the case, sent as the police officer; its consent is given first."""
        self.agree(name, "needs", "safe_contact")
        with self.app.app_context():
            officer = self.actor(self.place.police, "police_officer")
            case = db.session().get_one(CaseFile, self.case_id)
            with db.unit_of_work():
                sent = referrals.send_referral(
                    officer,
                    case,
                    kind=kind,
                    circle_id=self.circle(name, purpose),
                    urgency="p1",
                    kinds=["needs", "safe_contact"],
                    summary={
                        "age_band": "25_39",
                        "sex": "female",
                        "needs": ["health_care"],
                        "children_count": 1,
                        "reason": "Cần khám trong đêm.",
                        **told,
                    },
                )
            return sent.id

    def desk(self) -> dict[str, str]:
        """User names of those who work on no case: system, figures, log."""
        with self.app.app_context():
            province = self.place.province
            operator = province.house("Đơn vị vận hành", "operator", "system_administrator")
            office = province.house("Sở chủ trì", "lead_department", "statistician")
            auditor = province.member(office, "auditor")
            second = province.member(office, "statistician", "Sở chủ trì.người thứ hai")
            coordinator = province.member(office, "coordinator")
            office.users["statistician"] = "Sở chủ trì.statistician"
            db.rollback()
        return {
            "system": operator.users["system_administrator"],
            "statistician": office.users["statistician"],
            "second": second,
            "coordinator": coordinator,
            "auditor": auditor,
        }

    def join(self, house: House, role: str) -> str:
        """One more member of a house, in a role without keys."""
        with self.app.app_context():
            db.session().add(house.agency)
            return self.place.province.member(house, role)

    def state_of(self, referral_id: UUID) -> str:
        with self.app.app_context():
            return str(db.session().get_one(Referral, referral_id).state)

    def site(self) -> UUID:
        with self.app.app_context():
            return db.session().scalars(select(Site)).one().id

    def beds(self) -> dict[str, UUID]:
        with self.app.app_context():
            return {bed.code: bed.id for bed in db.session().scalars(select(Bed))}


PLANS = (
    *STAFF,
    Plan(SHELTER, "shelter", ("shelter_keeper", "night_keeper"), unit=UNIT),
    Plan(SOCIAL, "social_services", ("social_worker",)),
)


def make_neighbours(settle_whole: Callable[..., Any], **settings: str) -> Neighbours:
    """Police, hospital, shelter with two rooms, social services; one case of the police."""
    place = make_place(settle_whole, PLANS, **settings)
    with place.app.app_context():
        shelter, social = (place.province.houses[name] for name in (SHELTER, SOCIAL))
        keeper = place.province.worker(shelter, "shelter_keeper")
        with db.unit_of_work():
            site = shelters.register_site(
                keeper,
                None,
                circle_id=shelter.circle_id("shelter"),
                site_class="public",
                kind="commune_room",
                code_name="Hoa Sim",
                unit_codes=[UNIT],
                details={"address": "Thôn Mẫu 7, sau chợ"},
                rooms=ROOMS,
                accepts=["women", "children"],
            )
        with db.unit_of_work():
            shelters.confirm_places(keeper, site)
        officer = place.province.worker(place.police, "police_officer")
        case = case_of(officer)
        case_id, code = case.id, case.code
        db.rollback()
        agencies = {row.name_vi: row.id for row in db.session().scalars(select(Agency))}
        names = {key: name for name, key in agencies.items()}
        circles = {
            (names[row.agency_id], row.purpose): row.id
            for row in db.session().scalars(select(Circle))
        }
        db.rollback()
    return Neighbours(place, shelter, social, case_id, code, agencies, circles)


def make_stay(here: Neighbours) -> tuple[UUID, UUID]:
    """A stay held at the shelter, and a second accepted request that waits for a place."""
    accepted = [here.refer(SHELTER, "shelter", "shelter") for _ in range(2)]
    today = clock.today()
    with here.app.app_context():
        keeper = here.actor(here.shelter, "shelter_keeper")
        for referral_id in accepted:
            referral = db.session().get_one(Referral, referral_id)
            with db.unit_of_work():
                referrals.accept_referral(
                    keeper,
                    referral,
                    worker_id=keeper.member_id,
                    first_contact_at=clock.now() + timedelta(hours=1),
                )
        site = db.session().scalars(select(Site)).one()
        beds = {bed.code: bed.id for bed in db.session().scalars(select(Bed))}
        with db.unit_of_work():
            stay = shelters.hold_beds(
                keeper,
                site,
                bed_ids=[beds["P1-1"], beds["P1-3"]],
                from_on=today,
                to_on=today + timedelta(days=4),
                referral_id=accepted[0],
                party={"adults": 1, "children": 1},
                case_id=here.case_id,
                case_code=here.code,
            )
        return stay.id, accepted[1]
