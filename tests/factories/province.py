"""A small province for tests: agencies, circles and members made through the real operations.

Every member has keys of their own and signs in for real; nothing here bypasses the vault.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from referral.accounts import service as accounts
from referral.accounts.founding import FIRST_HAND, countersign, init_root
from referral.accounts.sessions import actor_for
from referral.accounts.signin import sign_in
from referral.agencies import service as agencies
from referral.agencies.model import Agency, Circle
from referral.agencies.states import CirclePurpose
from referral.audit.operation import is_proven
from referral.cases import service as cases
from referral.cases.model import CaseFile
from referral.kernel import clock, db
from referral.kernel.actor import Actor
from referral.kernel.errors import SignInRequired
from referral.vault.root import RootKey

PASSPHRASE = "nắng lên đầu ngõ sáng"
ROOT_PASSPHRASE = "gốc rễ bền lâu năm tháng"
PURPOSE = {"shelter_keeper": "shelter", "night_keeper": "shelter"}
STATISTICS_ROLES = {"statistician", "approver"}


@dataclass
class House:
    """One agency with its circles by purpose and its members' user names by role."""

    agency: Agency
    administrator: str
    circles: dict[str, Circle] = field(default_factory=dict)
    users: dict[str, str] = field(default_factory=dict)

    @property
    def id(self) -> UUID:
        return self.agency.id

    def circle_id(self, purpose: str = "cases") -> UUID:
        return self.circles[purpose].id


class Province:
    """Builds houses on demand. Use inside an application context."""

    def __init__(self, *, with_factor: bool = False) -> None:
        self.root = init_root(ROOT_PASSPHRASE, is_demo=True, shift=timedelta(0))
        self.houses: dict[str, House] = {}
        self.factors: dict[str, str] = {}
        self.with_factor = with_factor
        self._tokens: dict[str, str] = {}

    def kept(self) -> dict[str, Any]:
        """What `restored` needs, in JSON values."""
        return {
            "root": self.root.signing.hex(),
            "with_factor": self.with_factor,
            "factors": self.factors,
            "tokens": self._tokens,
            "houses": {
                name: {
                    "agency": str(house.id),
                    "administrator": house.administrator,
                    "circles": {p: str(c.id) for p, c in house.circles.items()},
                    "users": house.users,
                }
                for name, house in self.houses.items()
            },
        }

    @classmethod
    def restored(cls, kept: Mapping[str, Any]) -> "Province":
        """The province that stands in a copied database; sessions in it are still open."""
        province = cls.__new__(cls)
        province.root = RootKey(bytes.fromhex(kept["root"]))
        province.with_factor = kept["with_factor"]
        province.factors = dict(kept["factors"])
        province._tokens = dict(kept["tokens"])
        province.houses = {}
        for name, found in kept["houses"].items():
            house = House(
                db.session().get_one(Agency, UUID(found["agency"])), found["administrator"]
            )
            house.users = dict(found["users"])
            house.circles = {
                purpose: db.session().get_one(Circle, UUID(circle_id))
                for purpose, circle_id in found["circles"].items()
            }
            province.houses[name] = house
        return province

    def house(self, name: str, kind: str, *roles: str, unit: str = "20050") -> House:
        """An agency of a kind with one member of each role (and an administrator)."""
        with db.unit_of_work():
            agency = agencies.create_agency(
                FIRST_HAND,
                None,
                kind=kind,
                name_vi=name,
                name_en=name,
                unit_code=unit,
                unit_valid_from=date(2021, 7, 1),
                valid_from=date(2021, 7, 1),
            )
        administrator = f"{name}.admin"
        with db.unit_of_work():
            founder, code = accounts.invite_first_administrator(
                FIRST_HAND, agency, username=administrator, display_name=f"Quản trị {name}"
            )
        self._enrol(administrator, code)
        countersign(self.root, agency.id, founder.id, kind=kind)
        house = House(agency, administrator)
        self.houses[name] = house
        purposes = {self._purpose(role) for role in roles} or {"cases"}
        for purpose in sorted(purposes):
            with db.unit_of_work():
                house.circles[purpose] = agencies.make_circle(
                    self.actor(administrator),
                    agency,
                    purpose=CirclePurpose(purpose),
                    name_vi=f"{name} {purpose}",
                    name_en=f"{name} {purpose}",
                    unit_codes=[unit] if purpose == "shelter" else [],
                )
        for role in roles:
            self.member(house, role)
        return house

    @staticmethod
    def _purpose(role: str) -> str:
        return "statistics" if role in STATISTICS_ROLES else PURPOSE.get(role, "cases")

    def member(self, house: House, role: str, username: str = "") -> str:
        """One more member; admitted to the circle of the role's purpose if it may hold keys."""
        username = username or f"{house.agency.name_vi}.{role}"
        with db.unit_of_work():
            member, code = accounts.invite_member(
                self.actor(house.administrator),
                house.agency,
                username=username,
                display_name=username,
                role=role,
            )
        self._enrol(username, code)
        with db.unit_of_work():
            accounts.confirm_member(
                self.actor(house.administrator),
                member,
                fingerprint_read=accounts.fingerprint_of(member),
            )
        house.users[role] = username
        from referral.vault.directory import KEYLESS_ROLES

        if role not in KEYLESS_ROLES:
            with db.unit_of_work():
                agencies.admit_to_circle(
                    self.actor(house.administrator),
                    house.circles[self._purpose(role)],
                    member_id=member.id,
                )
        return username

    def _enrol(self, username: str, code: str) -> None:
        with db.unit_of_work():
            _, factor = accounts.enrol(username, code, PASSPHRASE)
        self.factors[username.lower()] = factor

    def token(self, username: str) -> str:
        """A fresh session's token."""
        return sign_in(username, PASSPHRASE, self.code(username))

    def code(self, username: str) -> str:
        """The present one-time code, empty where the installation asks for none."""
        if not self.with_factor:
            return ""
        import pyotp

        return pyotp.TOTP(self.factors[username.lower()]).now()

    def actor(self, username: str) -> Actor:
        """A signed-in actor, as the next request of that person's session would make it."""
        try:
            actor = actor_for(self._tokens[username])
        except (KeyError, SignInRequired):
            actor = None
        if actor is None or not is_proven(actor):
            self._tokens[username] = self.token(username)
            actor = actor_for(self._tokens[username])
        return actor

    def worker(self, house: House, role: str) -> Actor:
        """A freshly signed-in member of a house by role."""
        return self.actor(house.users[role])


def case_of(actor: Actor, **sections: Mapping[str, Any]) -> CaseFile:
    """An open case with some sections; a believable one by default."""
    chosen = sections or {
        "identity": {"spoken_name": "Hồ Thị Mây", "age_band": "25_39", "sex": "female"},
        "safe_contact": {"reach": "set_times", "phone": "0400123456"},
        "incident": {"forms": ["physical"], "unit": "20050"},
        "needs": {"needs": ["health_care"], "children_count": 1},
    }
    with db.unit_of_work():
        return cases.open_case(actor, None, sections=chosen)


def consent_of(
    actor: Actor,
    case: CaseFile,
    *,
    kinds: list[str],
    agency_id: UUID | None = None,
    circle_id: UUID | None = None,
) -> UUID:
    """A consent for an agency or a circle, written and in force for ninety days."""
    with db.unit_of_work():
        basis = cases.record_consent(
            actor,
            case,
            kinds=kinds,
            purpose="support",
            expires_at=clock.now() + timedelta(days=90),
            answers={"given_by": "survivor", "how": ["written"]},
            agency_id=agency_id,
            circle_id=circle_id,
        )
    return basis.id
