"""Police, a hospital and social services of one commune, and a case that the police opened."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from referral.agencies.kinds import AgencyKind
from referral.cases.model import CaseFile
from referral.kernel.actor import Actor
from tests.factories.province import House, Province, case_of

SECTIONS = {
    "identity": {"age_band": "25_39"},
    "incident": {"forms": ["physical"]},
    "needs": {"needs": ["health_care"]},
}


@dataclass
class Commune:
    police: House
    hospital: House
    social: House
    officer: Actor
    supervisor: Actor
    nurse: Actor
    social_worker: Actor
    case: CaseFile


@pytest.fixture
def commune(make_app: Callable[..., Any]) -> Iterator[Commune]:
    with make_app(SECOND_FACTOR="0").app_context():
        province = Province()
        police = province.house("ca", AgencyKind.COMMUNE_POLICE, "police_officer", "supervisor")
        hospital = province.house("yt", AgencyKind.HEALTH_FACILITY, "health_worker")
        social = province.house("ctxh", AgencyKind.SOCIAL_SERVICES, "social_worker")
        officer = province.worker(police, "police_officer")
        yield Commune(
            police,
            hospital,
            social,
            officer,
            province.worker(police, "supervisor"),
            province.worker(hospital, "health_worker"),
            province.worker(social, "social_worker"),
            case_of(officer, **SECTIONS),
        )
