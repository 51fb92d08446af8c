"""A commune police, a shelter with a day and a night keeper, and a stranger's shelter elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select

from referral.agencies.kinds import AgencyKind
from referral.kernel import clock, db
from referral.kernel.actor import Actor
from referral.referrals import service as referrals
from referral.referrals.model import Referral
from referral.shelters import service
from referral.shelters.model import Bed, Room, Site, Stay
from tests.factories.blueprint import Plan
from tests.factories.province import House, Province, case_of, consent_of

UNIT = "20050"
TWO_ROOMS = (
    {"name": "Phòng Cúc", "beds": ["Giường cửa sổ", "Giường trong"], "cots": ["Nôi"]},
    {"name": "Phòng Lan", "beds": ["Giường một"]},
)
ADDRESS = "Thôn Mẫu 7, sau chợ"
MOTHER_AND_CHILD = {"adults": 1, "children": 1}
ALONE = {"adults": 1, "children": 0}


@dataclass
class Refuge:
    province: Province
    police: House
    house: House
    officer: Actor
    keeper: Actor
    night_keeper: Actor
    site: Site

    def beds(self, *codes: str, site: Site | None = None) -> list[UUID]:
        return beds_of(site or self.site, *codes)

    def hold(self, *codes: str, **also: object) -> Stay:
        """Beds of the site by code, for one woman and one night from today unless told."""
        today = clock.today()
        terms = {
            "bed_ids": self.beds(*codes),
            "from_on": today,
            "to_on": today + timedelta(days=1),
            "party": {"adults": len(codes), "children": 0},
        } | also
        if "referral_id" not in terms:
            terms["referral_id"] = self.asked().id
        with db.unit_of_work():
            return service.hold_beds(self.keeper, self.site, **terms)

    def asked(self) -> Referral:
        """A woman without a name whom the police sent and whom the shelter has accepted."""
        case = case_of(self.officer, needs={"needs": ["shelter"], "children_count": 1})
        consent_of(self.officer, case, agency_id=self.house.id, kinds=["needs"])
        with db.unit_of_work():
            sent = referrals.send_referral(
                self.officer,
                case,
                kind="shelter",
                circle_id=self.house.circle_id("shelter"),
                urgency="p1",
                kinds=["needs"],
                summary={"needs": ["shelter"], "reason": "Cần chỗ ở đêm nay"},
            )
        with db.unit_of_work():
            return referrals.accept_referral(
                self.keeper,
                sent,
                worker_id=self.keeper.member_id,
                first_contact_at=clock.now(),
            )

    def stay(self, *codes: str, nights: int = 1, **also: object) -> Stay:
        """Somebody who has arrived just now."""
        stay = self.hold(*codes, to_on=clock.today() + timedelta(days=nights), **also)
        with db.unit_of_work():
            return service.check_in(self.keeper, stay, at=clock.now(), answers={})


PLANS = (
    Plan("ca", AgencyKind.COMMUNE_POLICE, ("police_officer",), unit=UNIT),
    Plan("nha", AgencyKind.SHELTER, ("shelter_keeper", "night_keeper"), unit=UNIT),
)


def in_province(province: Province) -> Refuge:
    """With a site of two rooms, where the houses of `PLANS` stand and the context is open."""
    police, house = province.houses["ca"], province.houses["nha"]
    keeper = province.worker(house, "shelter_keeper")
    return Refuge(
        province,
        police,
        house,
        province.worker(police, "police_officer"),
        keeper,
        province.worker(house, "night_keeper"),
        register(keeper, house),
    )


def register(
    keeper: Actor,
    house: House,
    *,
    code_name: str = "Hoa Sứ",
    site_class: str = "public",
    kind: str = "institution",
    rooms: Sequence[dict[str, object]] = TWO_ROOMS,
    units: Sequence[str] = (UNIT,),
) -> Site:
    with db.unit_of_work():
        return service.register_site(
            keeper,
            None,
            circle_id=house.circle_id("shelter"),
            site_class=site_class,
            kind=kind,
            code_name=code_name,
            unit_codes=units,
            details={"host_name": "Hồ Thị Bướm", "address": ADDRESS, "phone": "0400111222"},
            rooms=rooms,
            accepts=["women", "children"],
        )


def beds_of(site: Site, *codes: str) -> list[UUID]:
    query = select(Bed.code, Bed.id).join(Room).where(Room.site_id == site.id)
    by_code = dict(iter(db.session().execute(query)))
    return [by_code[code] for code in codes] or [by_code[code] for code in sorted(by_code)]


def in_days(count: int) -> date:
    return clock.today() + timedelta(days=count)
