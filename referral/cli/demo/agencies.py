"""Who takes part in the demo, and where people can stay: read from the lists beside this module.

The agencies are public offices of 2024 as anyone can look them up; the people are invented. The
small demo has fourteen agencies of two districts; `standard` has the 118 that take part, and all
of the small one among them, with the same members. The operator, who runs the server, is one more
entry that takes no part in any case.

Of the 25 units that report on the province's plan (`lists/reporting_units.csv`) four are agencies
here. The other 21 are departments, districts' committees, the Front, press and radio: no kind of
agency stands for them yet, and they come into the directory with the yearly cycle.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from importlib.resources import files
from zlib import crc32

from referral.agencies.geography import PROVINCE_CODE, unit_at, units_on
from referral.agencies.kinds import AgencyKind
from referral.cli.demo.hosts import DemoSite, ShelterArea, sites_in

DEMO_DAY = date(2024, 11, 25)
"""The day on which the demo opens."""

PRESETS = ("small", "standard")
ADMIN = "agency_administrator"

KEY_ROLES = frozenset(
    {
        "police_officer",
        "health_worker",
        "shelter_keeper",
        "night_keeper",
        "social_worker",
        "case_worker",
        "supervisor",
        "commune_chair",
        "agency_administrator",
    }
)
"""Roles to which the secret of an agency's case circle is sealed."""
STATISTICS_ROLES = frozenset({"statistician", "approver"})
"""Roles to which the secret of the statistics circle is sealed."""
SHELTER_ROLES = frozenset({"shelter_keeper", "night_keeper"})
"""Roles to which the secret of a shelter circle is sealed; its administrator holds it as well."""
OTHER_ROLES = frozenset(
    {
        "privacy_officer",
        "duty_officer",
        "unit_reporting_officer",
        "lead_department_officer",
        "coordinator",
        "auditor",
        "system_administrator",
    }
)
"""Roles that hold no keys."""


@dataclass(frozen=True, slots=True)
class DemoAgency:
    """An agency of the directory. `circles` are of `cases` and `statistics`."""

    slug: str
    kind: AgencyKind
    unit_code: str
    name_vi: str
    name_en: str
    circles: tuple[str, ...] = ()
    ends_on: date | None = None

    @property
    def phone(self) -> str:
        """A number in no allotted block, the same in every demo."""
        digits = f"{crc32(self.slug.encode()) % 1_000_000:06}"
        return f"0400 {digits[:3]} {digits[3:]}"

    @property
    def district(self) -> str | None:
        """The code of the district in which it works; None for one of the whole province."""
        unit = unit_at(self.unit_code, DEMO_DAY)
        return {"commune": unit.parent_code, "district": unit.code}.get(unit.level)


@dataclass(frozen=True, slots=True)
class DemoMember:
    """A member of an agency. The first role is the main one; some also administer the agency."""

    username: str
    full_name: str
    roles: tuple[str, ...]
    agency_slug: str

    @property
    def role(self) -> str:
        """The main role."""
        return self.roles[0]

    @property
    def administers(self) -> bool:
        """Whether this member administers the agency, whatever the main role."""
        return ADMIN in self.roles


OPERATOR = DemoAgency(
    "van-hanh",
    AgencyKind.OPERATOR,
    PROVINCE_CODE,
    "Đơn vị vận hành hệ thống",
    "Operator of the System",
)


@dataclass(frozen=True)
class Cast:
    """Everybody and every place of one demo. `agencies` take part, without the operator."""

    preset: str
    agencies: tuple[DemoAgency, ...]
    members: tuple[DemoMember, ...]
    areas: Mapping[str, ShelterArea]
    sites: tuple[DemoSite, ...]

    @cached_property
    def _by_slug(self) -> Mapping[str, DemoAgency]:
        return {agency.slug: agency for agency in (*self.agencies, OPERATOR)}

    @cached_property
    def _by_place(self) -> Mapping[tuple[str, str], DemoAgency]:
        return {(str(a.kind), a.unit_code): a for a in reversed(self.agencies)}

    @cached_property
    def _members(self) -> Mapping[str, tuple[DemoMember, ...]]:
        grouped: dict[str, list[DemoMember]] = {}
        for member in self.members:
            grouped.setdefault(member.agency_slug, []).append(member)
        return {slug: tuple(own) for slug, own in grouped.items()}

    def agency(self, slug: str) -> DemoAgency:
        """The agency that takes part, or the operator, with this slug. Raises KeyError."""
        return self._by_slug[slug]

    def agency_at(self, kind: str, unit_code: str) -> DemoAgency:
        """Who of this kind takes part in exactly this unit; the first in the list. KeyError."""
        return self._by_place[str(kind), unit_code]

    def members_of(self, slug: str, *roles: str) -> tuple[DemoMember, ...]:
        """The members of the agency, of any of the roles if some are named."""
        own = self._members.get(slug, ())
        return tuple(m for m in own if not roles or set(roles) & set(m.roles))

    def key_holders(self, agency: DemoAgency, circle: str) -> tuple[DemoMember, ...]:
        """The members to whom the secret of the circle is sealed: of cases, statistics, shelter."""
        holding = {"statistics": STATISTICS_ROLES, "shelter": SHELTER_ROLES}
        return self.members_of(agency.slug, *holding.get(circle, KEY_ROLES))

    def keeper_of(self, slug: str) -> str:
        """The user name of the shelter keeper of an agency."""
        return self.members_of(slug, "shelter_keeper")[0].username

    def circles_of(self, agency: DemoAgency) -> tuple[str, ...]:
        """What its circles are for."""
        return (*agency.circles, "shelter") if agency.slug in self.areas else agency.circles

    def area_units(self, slug: str) -> list[str]:
        """The communes from which the shelter circle of an agency takes people in."""
        districts = self.areas[slug].districts
        return [u.code for u in units_on(DEMO_DAY, "commune") if u.parent_code in districts]

    def live_communes(self, district: str) -> tuple[str, ...]:
        """The communes of the district whose police take part."""
        police = (a for a in self.agencies if a.kind is AgencyKind.COMMUNE_POLICE)
        return tuple(a.unit_code for a in police if a.district == district)

    def listed(self) -> Iterator[DemoAgency]:
        """Who stands in the directory as "chưa tham gia": the police of every other commune.

        In the whole province also the hospitals and border posts that do not take part.
        """
        live = {a.unit_code for a in self.agencies if a.kind is AgencyKind.COMMUNE_POLICE}
        for unit in units_on(DEMO_DAY, "commune"):
            if unit.code not in live:
                yield DemoAgency(
                    slug=f"cong-an-{unit.code}",
                    kind=AgencyKind.COMMUNE_POLICE,
                    unit_code=unit.code,
                    name_vi=f"Công an {unit.kind} {unit.bare_name}",
                    name_en=f"{unit.name_en} Police",
                )
        if self.preset != "small":
            yield from map(_agency, _rows("listed"))


@lru_cache(maxsize=len(PRESETS))
def cast_of(preset: str) -> Cast:
    """Everybody and every place of the preset."""
    areas = {
        row["agency"]: ShelterArea(
            row["name_vi"], row["name_en"], frozenset(row["districts"].split()), row["site_class"]
        )
        for row in _rows("areas")
        if row["preset"] == preset
    }
    return Cast(
        preset=preset,
        agencies=tuple(map(_agency, _of(preset, _rows("agencies")))),
        members=tuple(map(_member, _of(preset, _rows("members")))),
        areas=areas,
        sites=sites_in(_rows(f"sites_{preset}")),
    )


def reporting_units() -> tuple[tuple[int, str, str], ...]:
    """The units that report on the plan: number, name, slug of the agency here or empty.

    The first consolidates what the other 24 submit.
    """
    return tuple(
        (int(row["number"]), row["name_vi"], row["agency"]) for row in _rows("reporting_units")
    )


def _rows(name: str) -> Iterator[dict[str, str]]:
    text = (files(__package__) / "lists" / f"{name}.csv").read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines())


def _of(preset: str, rows: Iterable[dict[str, str]]) -> Iterator[dict[str, str]]:
    """Who is in the small demo is in the whole province as well."""
    return (row for row in rows if row["preset"] in {"small", preset})


def _agency(row: Mapping[str, str]) -> DemoAgency:
    return DemoAgency(
        slug=row["slug"],
        kind=AgencyKind(row["kind"]),
        unit_code=row["unit_code"],
        name_vi=row["name_vi"],
        name_en=row["name_en"],
        circles=tuple(row.get("circles", "").split()),
        ends_on=date.fromisoformat(row["ends_on"]) if row.get("ends_on") else None,
    )


def _member(row: Mapping[str, str]) -> DemoMember:
    roles = tuple(row["roles"].split("+"))
    return DemoMember(row["username"], row["full_name"], roles, row["agency"])
