"""A station, a hospital and the operator of one installation, and how people join them."""

from dataclasses import dataclass, field
from itertools import count
from uuid import UUID

from referral.accounts import service
from referral.accounts.model import Member
from referral.agencies import directory
from referral.agencies.model import Agency
from referral.kernel import clock, db
from referral.kernel.actor import Actor
from referral.vault.keys import keyring_of
from tests.factories.blueprint import Plan
from tests.factories.installation import Installation
from tests.factories.province import PASSPHRASE, House, Province

PLANS = (
    Plan("congan", "commune_police", ("police_officer",)),
    Plan("yte", "health_facility"),
)


@dataclass
class Station:
    """Who stands in it, and newcomers on demand."""

    home: Installation
    province: Province
    police: House
    hospital: House
    _numbers: "count[int]" = field(default_factory=count)

    @classmethod
    def of(cls, home: Installation) -> "Station":
        houses = home.province.houses
        return cls(home, home.province, houses["congan"], houses["yte"])

    @property
    def administrator(self) -> Actor:
        return self.province.actor(self.police.administrator)

    @property
    def officer(self) -> Actor:
        return self.province.worker(self.police, "police_officer")

    @property
    def stranger(self) -> Actor:
        """Who administers the other agency."""
        return self.province.actor(self.hospital.administrator)

    def agency(self) -> Agency:
        return db.session().get_one(Agency, self.police.id)

    def member(self, member_id: UUID) -> Member:
        db.rollback()
        return db.session().get_one(Member, member_id)

    def invited(self, role: str = "police_officer") -> tuple[Member, str]:
        """A colleague with a one-time code."""
        with db.unit_of_work():
            return service.invite_member(
                self.administrator,
                self.agency(),
                username=f"new.{next(self._numbers)}",
                display_name="Người mới",
                role=role,
            )

    def enrolled(self, role: str = "police_officer") -> Member:
        """A colleague with keys, whom nobody has confirmed."""
        member, code = self.invited(role)
        with db.unit_of_work():
            _, factor = service.enrol(member.username, code, PASSPHRASE)
        self.province.factors[member.username] = factor
        return member

    def written(self, role: str) -> Member:
        """A colleague whom the administrator writes into the log in any role, unasked."""
        member = self.confirmed()
        keys = (member.exchange_public, member.signing_public)
        with db.unit_of_work():
            db.begin_write()
            directory.append(
                keyring_of(self.administrator),
                self.police.id,
                at=clock.now(),
                kind="member_added",
                payload=(member.id, role, *keys),
            )
        return member

    def confirmed(self, role: str = "police_officer") -> Member:
        """A colleague in the directory log, in no circle."""
        member = self.enrolled(role)
        with db.unit_of_work():
            return service.confirm_member(
                self.administrator, member, fingerprint_read=service.fingerprint_of(member)
            )
