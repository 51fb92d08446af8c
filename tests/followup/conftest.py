"""Police, a hospital and social services of one commune, and a case that the police opened."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from referral.agencies.kinds import AgencyKind
from referral.cases import service as cases
from referral.cases.model import CaseFile
from referral.kernel import db
from referral.kernel.actor import Actor
from tests.factories.blueprint import Plan
from tests.factories.installation import Installation
from tests.factories.province import House, case_of

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


PLANS = (
    Plan("ca", AgencyKind.COMMUNE_POLICE, ("police_officer", "supervisor")),
    Plan("yt", AgencyKind.HEALTH_FACILITY, ("health_worker",)),
    Plan("ctxh", AgencyKind.SOCIAL_SERVICES, ("social_worker",)),
)


@pytest.fixture
def commune(settle: Callable[..., Installation]) -> Commune:
    province = settle(PLANS).province
    police, hospital, social = province.houses.values()
    officer = province.worker(police, "police_officer")
    return Commune(
        police,
        hospital,
        social,
        officer,
        province.worker(police, "supervisor"),
        province.worker(hospital, "health_worker"),
        province.worker(social, "social_worker"),
        case_of(officer, **SECTIONS),
    )


@pytest.fixture
def fresh(commune):
    """A case without a section that anybody could have written before."""
    with db.unit_of_work():
        return cases.open_case(commune.officer, None, sections={"identity": {"sex": "female"}})
