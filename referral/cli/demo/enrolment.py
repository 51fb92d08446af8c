"""The demo's agencies, members, circles and sites, each made by the operation of a real one.

Every member has keys and a passphrase of their own, so that nothing here could open a case that its
member could not. Passphrases are printed: this is for a demo and nothing else.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from uuid import UUID

from pyotp import TOTP

from referral.accounts import service as accounts
from referral.accounts.founding import FIRST_HAND, countersign
from referral.accounts.queries import visible_member
from referral.accounts.recovery import confirm_kit, make_kit, may_receive
from referral.accounts.sessions import actor_for, start_session
from referral.accounts.signin import sign_in, sign_out
from referral.agencies import service as agencies
from referral.agencies.geography import unit_at
from referral.agencies.queries import agency as agency_row
from referral.agencies.queries import circle as circle_row
from referral.cli.demo.accounts import DEMO_PASSPHRASE, Account
from referral.cli.demo.agencies import ADMIN, DEMO_DAY, OPERATOR, Cast, DemoAgency, DemoMember
from referral.cli.demo.hosts import DemoRoom, DemoSite
from referral.kernel import clock, db
from referral.kernel.actor import Actor
from referral.shelters import service as shelters
from referral.vault.keys import MemberKeys, keyring_of
from referral.vault.root import RootKey

FOUNDED_ON = date(2021, 7, 1)
"""From when the demo's agencies stand in the directory: the day of the units in force in 2024."""

CODE_AGE = timedelta(seconds=25)
"""A code is good once, and for a step of thirty seconds more: one that has at least five left."""

CIRCLE_NAMES: Mapping[str, tuple[str, str]] = {
    "cases": ("Tổ tiếp nhận và xử lý hồ sơ", "Case team"),
    "statistics": ("Tổ thống kê", "Statistics team"),
}


@dataclass
class Province:
    """Who was enrolled: actors with open keys by user name, ids by slug and purpose."""

    cast: Cast
    actors: dict[str, Actor] = field(default_factory=dict)
    agency_ids: dict[str, UUID] = field(default_factory=dict)
    circle_ids: dict[tuple[str, str], UUID] = field(default_factory=dict)
    site_ids: dict[str, UUID] = field(default_factory=dict)
    accounts: list[Account] = field(default_factory=list)


def enrol_province(root: RootKey, cast: Cast, advance: Callable[[], None]) -> Province:
    """Found every agency and enrol every member; `advance` is called once a member."""
    registry = _Registry(root, cast, advance)
    registry.found(OPERATOR, FIRST_HAND)
    boss = registry.fresh_actor("may.vanhanh")
    for agency in cast.agencies:
        registry.found(agency, boss)
    with db.unit_of_work():
        for agency in cast.listed():
            _create(boss, agency)
    registry.refresh_actors()
    _register_sites(registry.province)
    registry.end_sessions()
    return registry.province


class _Registry:
    """Enrols one agency after the other, and keeps the sessions that are open meanwhile."""

    def __init__(self, root: RootKey, cast: Cast, advance: Callable[[], None]) -> None:
        self.root = root
        self.cast = cast
        self.advance = advance
        self.province = Province(cast)
        self._tokens: dict[str, str] = {}

    def found(self, agency: DemoAgency, boss: Actor) -> None:
        """Create, invite, enrol and countersign; then its circles and its other members."""
        members = self.cast.members_of(agency.slug)
        first = next(member for member in members if member.administers)
        with db.unit_of_work():
            agency_id = _create(boss, agency)
        self.province.agency_ids[agency.slug] = agency_id
        with db.unit_of_work():
            founder, code = accounts.invite_first_administrator(
                boss, agency_row(agency_id), username=first.username, display_name=first.full_name
            )
        self._enrol(first, agency, code)
        countersign(self.root, agency_id, founder.id, kind=agency.kind)
        self._enter(self.province.accounts[-1])
        administrator = self._with_circles(agency, first)
        for member in members:
            if member is not first:
                self._join(member, agency, administrator)
        self._write_down_where_alone(agency, administrator)
        if roles_of(first) != ADMIN:
            self._take_further_roles(first, administrator)

    def _take_further_roles(self, first: DemoMember, administrator: Actor) -> None:
        """A founder is invited as administrator alone; other roles end the session, as they must.

        The next is begun with the keys at hand: a second code would not be good yet.
        """
        keys = MemberKeys.from_bytes(keyring_of(administrator).member_secret())
        assert administrator.member_id is not None
        with db.unit_of_work():
            founder = visible_member(administrator, administrator.member_id)
            accounts.change_roles(administrator, founder, role=roles_of(first))
            self._tokens[first.username] = start_session(founder, keys, is_proven=True)

    def _with_circles(self, agency: DemoAgency, first: DemoMember) -> Actor:
        """The administrator, who has made the agency's circles and is in them."""
        administrator = self.fresh_actor(first.username)
        for purpose in self.cast.circles_of(agency):
            vi, en = self._circle_name(agency, purpose)
            with db.unit_of_work():
                circle = agencies.make_circle(
                    administrator,
                    agency_row(self.province.agency_ids[agency.slug]),
                    purpose=purpose,  # type: ignore[arg-type]  # the word; edges know no states
                    name_vi=vi,
                    name_en=en,
                    unit_codes=self.cast.area_units(agency.slug) if purpose == "shelter" else [],
                )
            self.province.circle_ids[agency.slug, purpose] = circle.id
        return administrator

    def _circle_name(self, agency: DemoAgency, purpose: str) -> tuple[str, str]:
        if purpose == "shelter":
            area = self.cast.areas[agency.slug]
            return area.name_vi, area.name_en
        return CIRCLE_NAMES[purpose]

    def _join(self, member: DemoMember, agency: DemoAgency, administrator: Actor) -> None:
        """Invite, enrol, confirm and admit one more member."""
        with db.unit_of_work():
            row, code = accounts.invite_member(
                administrator,
                agency_row(self.province.agency_ids[agency.slug]),
                username=member.username,
                display_name=member.full_name,
                role=roles_of(member),
            )
        self._enrol(member, agency, code)
        with db.unit_of_work():
            row = visible_member(administrator, row.id)
            accounts.confirm_member(
                administrator, row, fingerprint_read=accounts.fingerprint_of(row)
            )
        self._enter(self.province.accounts[-1])
        for purpose in self.cast.circles_of(agency):
            if member in self.cast.key_holders(agency, purpose):
                circle = circle_row(self.province.circle_ids[agency.slug, purpose])
                with db.unit_of_work():
                    agencies.admit_to_circle(administrator, circle, member_id=row.id)

    def _write_down_where_alone(self, agency: DemoAgency, administrator: Actor) -> None:
        """A recovery code where one person alone holds a key: else nothing can be sent there."""
        own = self.province.agency_ids[agency.slug]
        circles = [self.province.circle_ids[agency.slug, p] for p in self.cast.circles_of(agency)]
        if administrator.member_id is None or all(may_receive(c, own) for c in circles):
            return
        member = visible_member(administrator, administrator.member_id)
        with db.unit_of_work():
            code = make_kit(administrator, member)
            confirm_kit(administrator, member, code=code)

    def _enrol(self, member: DemoMember, agency: DemoAgency, code: str) -> None:
        """Take up the invitation."""
        with db.unit_of_work():
            _, factor = accounts.enrol(member.username, code, DEMO_PASSPHRASE)
        self.province.accounts.append(
            Account(
                username=member.username,
                full_name=member.full_name,
                role=roles_of(member),
                agency=agency.name_vi,
                passphrase=DEMO_PASSPHRASE,
                totp_secret=factor,
            )
        )
        self.advance()

    def _enter(self, account: Account) -> None:
        """Sign in, once confirmed, by a code that leaves the next to whoever tries the demo."""
        code = TOTP(account.totp_secret).at(clock.clock.unshifted() - CODE_AGE)
        self._tokens[account.username] = sign_in(account.username, account.passphrase, code)

    def fresh_actor(self, username: str) -> Actor:
        """The member with the roles and circles of this moment, at work in this process.

        Without its session: a slow machine may take longer than a passphrase counts.
        """
        return replace(actor_for(self._tokens[username]), session_id=None)

    def refresh_actors(self) -> None:
        """Take every member as they stand now that all circles are made."""
        for username in self._tokens:
            self.province.actors[username] = actor_for(self._tokens[username])

    def end_sessions(self) -> None:
        """Sign everybody out; the actors keep their keys until the load is over."""
        for actor in self.province.actors.values():
            sign_out(actor)


def roles_of(member: DemoMember) -> str:
    """The roles as the directory writes them."""
    return "+".join(member.roles)


def _create(boss: Actor, agency: DemoAgency) -> UUID:
    return agencies.create_agency(
        boss,
        None,
        kind=agency.kind,
        name_vi=agency.name_vi,
        name_en=agency.name_en,
        unit_code=agency.unit_code,
        unit_valid_from=unit_at(agency.unit_code, DEMO_DAY).valid_from,
        valid_from=FOUNDED_ON,
        valid_to=agency.ends_on,
        phone=agency.phone,
    ).id


def _register_sites(province: Province) -> None:
    cast = province.cast
    for number, site in enumerate(cast.sites, 1):
        with db.unit_of_work():
            row = shelters.register_site(
                province.actors[cast.keeper_of(site.managed_by)],
                None,
                circle_id=province.circle_ids[site.managed_by, "shelter"],
                site_class=cast.areas[site.managed_by].site_class,
                kind=site.kind,
                code_name=site.code_name,
                unit_codes=cast.area_units(site.managed_by),
                details=_details(site, number),
                rooms=[_room(room, _place_word(site.kind)) for room in site.rooms],
                accepts=site.accepts,
            )
        province.site_ids[site.slug] = row.id


def _details(site: DemoSite, number: int) -> dict[str, str]:
    """Hamlets, telephones and decisions that exist nowhere."""
    unit = unit_at(site.unit_code, DEMO_DAY)
    details = {
        "address": f"Thôn Mẫu {number % 9 + 1}, {unit.name_vi}",
        "phone": f"0400 900 {number:03d}",
        "decision_number": f"DEMO-{number:02d}/QĐ-UBND",
        "decision_on": "2024-01-02",
        "hours": "Cả ngày và đêm" if site.open_at_night else "Từ 6 giờ đến 21 giờ",
    }
    return {**details, "host_name": site.host_name} if site.host_name else details


def _place_word(kind: str) -> str:
    """A household has places; only a shelter of the commune or an institution has beds."""
    return "Chỗ" if kind == "host_home" else "Giường"


def _room(room: DemoRoom, word: str) -> dict[str, object]:
    beds = [f"{word} {n}" for n in range(1, room.beds + 1)]
    return {"name": room.name, "beds": beds, "cots": [f"Nôi {n + 1}" for n in range(room.cots)]}
