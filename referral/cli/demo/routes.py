"""Which agency writes a case down, which one takes it over, and whom it asks for what.

The nearest that takes part does: in the commune, else in the district, else in the province.
"""

from collections.abc import Sequence

from referral.cli.demo.agencies import Cast
from referral.cli.demo.cases import SyntheticCase
from referral.cli.demo.draw import exact

CENTRE = "cong-tac-xa-hoi"
"""The provincial social work centre."""
CENTRAL_HOSPITAL = "bvtw-hue"
AROUND_THE_CITY = frozenset({"474", "477", "478", "479", "480"})
HILLS = "481"
FACILITIES = {"central": 14, "district": 16, "station": 8}
"""Health facilities that first received a report, per 240 survivors."""


def assign(cast: Cast, case: SyntheticCase) -> None:
    """Say who opens the case, who writes it down and who takes it over."""
    case.opened_by = _opening_agency(cast, case)
    case.opener = case.opened_by
    if case.opened_by.startswith("ubnd-"):
        # A committee passes what it hears on to the commune's police.
        case.opener = cast.agency_at("commune_police", case.unit_code).slug
    case.centre = _centre_of(cast, case)


def share_out_health(cast: Cast, cases: Sequence[SyntheticCase]) -> None:
    """Reports to health: so many to stations, to the central hospital, to district centres."""
    reports = [case for case in cases if case.receiver == "health_facility"]
    wanted = exact(FACILITIES, len(reports))
    far = sorted(reports, key=lambda case: case.district in AROUND_THE_CITY)
    at_station = [c for c in far if _found(cast, "health_facility", c.unit_code)]
    stations = {case.number for case in at_station[: wanted["station"]]}
    rest = [case for case in reports if case.number not in stations]
    rest.sort(key=lambda case: (case.district != "474", case.district not in AROUND_THE_CITY))
    for index, case in enumerate(rest):
        in_district = cast.agency_at("health_facility", case.district).slug
        case.opened_by = CENTRAL_HOSPITAL if index < wanted["central"] else in_district
        case.opener = case.opened_by


def _opening_agency(cast: Cast, case: SyntheticCase) -> str:
    """The agency that writes the case down: whoever received it, or who that one tells."""
    here, district = case.unit_code, case.district
    police = _found(cast, "district_police", district) or CENTRE
    division = _found(cast, "social_services", district) or CENTRE
    committee = _found(cast, "commune_committee", here) or division
    station = _found(cast, "health_facility", here)
    return {
        "police": _found(cast, "commune_police", here) or police,
        "health_facility": station or _found(cast, "health_facility", district) or CENTRAL_HOSPITAL,
        "village_head": committee,
        "commune_committee": committee,
        "trusted_address": committee,
        "mass_organisation": _found(cast, "womens_union", district) or "hoi-lhpn",
        "border_guard": police,
        "school": division,
        "hotline": "tong-dai",
        "legal_aid": "tro-giup-phap-ly",
    }.get(case.receiver, CENTRE)


def _centre_of(cast: Cast, case: SyntheticCase) -> str:
    """The district's division for what is not urgent; the provincial centre for all else."""
    division = _found(cast, "social_services", case.district)
    is_urgent = case.risk == "high" or case.is_child
    return CENTRE if division is None or is_urgent or case.district == "474" else division


def receiver_of(cast: Cast, service: str, case: SyntheticCase) -> str:
    """Whom a case is referred to for a service."""
    match service:
        case "shelter":
            return _shelter(cast, case)
        case "health_care":
            return _health(cast, case)
        case "protection":
            return _police(cast, case)
        case "livelihood":
            return _found(cast, "womens_union", case.district) or "hoi-lhpn"
        case "legal_aid":
            return "tro-giup-phap-ly"
    return CENTRE


def _shelter(cast: Cast, case: SyntheticCase) -> str:
    """Who keeps the houses nearby; with a stay it is whoever keeps that house."""
    if case.district == HILLS:
        return "ubnd-hong-ha"
    union = _found(cast, "womens_union", case.district)
    return union if union and union in cast.areas else "bao-tro-xa-hoi"


def _health(cast: Cast, case: SyntheticCase) -> str:
    in_district = _found(cast, "health_facility", case.district)
    is_grave = case.strangled or case.gbvims_type in {"rape", "sexual_assault"}
    if in_district is None or (is_grave and case.district in AROUND_THE_CITY):
        return CENTRAL_HOSPITAL
    return in_district


def _police(cast: Cast, case: SyntheticCase) -> str:
    if cast.preset == "small":
        return "cong-an-a-luoi" if case.district == HILLS else "cong-an-vy-da"
    nearest = _found(cast, "commune_police", case.unit_code)
    return nearest or cast.agency_at("district_police", case.district).slug


def _found(cast: Cast, kind: str, unit_code: str) -> str | None:
    try:
        return cast.agency_at(kind, unit_code).slug
    except KeyError:
        return None
