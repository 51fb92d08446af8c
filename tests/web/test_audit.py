"""The access log on the page."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from referral.audit.operation import OPERATIONS
from referral.audit.trail import RESTORED
from referral.kernel.errors import ReferralError
from referral.kernel.permissions import Permission
from referral.web.audit import OPERATION_WORDS
from referral.web.log_details import CODE_WORDS, PERMISSION_WORDS, REFUSAL_WORDS
from tests.sweeps.test_glossary import words_of_states
from tests.web.neighbours import Neighbours, make_neighbours
from tests.web.staff import HOSPITAL, text_of

# What a referral asks for, and how a letter stands: neither is the state that a detail names.
NOT_IN_DETAILS = {"custody", "failed", "pending", "sending", "service"}


@pytest.fixture
def engine_name() -> str:
    return "sqlite"


@pytest.fixture
def here(settle_whole: Callable[..., Any]) -> Neighbours:
    return make_neighbours(settle_whole)


def test_every_audited_operation_has_words() -> None:
    audited = {name for name, declared in OPERATIONS.items() if declared.audited}

    assert "cases.read_case" in audited
    assert sorted(audited - OPERATION_WORDS.keys()) == []
    assert RESTORED in OPERATION_WORDS


def test_every_state_that_a_detail_may_name_has_words() -> None:
    states = words_of_states() - NOT_IN_DETAILS

    assert {"held", "arrived", "dropped"} <= states
    assert sorted(states - CODE_WORDS.keys()) == []


def refusals(kind: type[ReferralError] = ReferralError) -> set[str]:
    """How a detail calls each error that refuses."""
    found = {re.sub(r"(?<=[a-z])(?=[A-Z])", "_", kind.__name__).lower()}
    return found.union(*map(refusals, kind.__subclasses__()))


def test_every_cause_of_a_refusal_has_words() -> None:
    codes = refusals(ReferralError) - {"referral_error"} | {d.rule for d in OPERATIONS.values()}

    assert {"is_receiver", "state_conflict"} <= codes
    assert sorted(codes - CODE_WORDS.keys() - REFUSAL_WORDS.keys()) == []
    assert sorted(set(Permission) - PERMISSION_WORDS.keys()) == []


def test_a_refusal_is_told_in_the_language_of_the_page(here: Neighbours) -> None:
    supervisor = here.place.client(here.place.police.users["supervisor"])
    assert here.place.officer().get(f"/cases/{here.case_id}/close").status_code == 403

    page = text_of(supervisor.get("/log"))

    assert "quyền kết thúc hồ sơ" in page
    assert "case:close" not in page


@pytest.mark.promise("unseen-case-does-not-exist")
def test_a_case_is_called_by_its_code_only_to_whom_it_is_open(here: Neighbours) -> None:
    here.place.officer().get(f"/cases/{here.case_id}")
    supervisor = here.place.client(here.place.police.users["supervisor"])
    officer = here.place.client(here.join(here.place.police, "privacy_officer"))

    seen, unseen = text_of(supervisor.get("/log")), text_of(officer.get("/log"))

    assert here.code in seen
    assert str(here.case_id)[:8] not in seen
    assert here.code not in unseen
    assert str(here.case_id)[:8] in unseen


@pytest.mark.promise("every-opening-is-on-record")
def test_the_log_shows_the_own_agency_only(here: Neighbours) -> None:
    here.refer(HOSPITAL)
    officer = here.place.client(here.join(here.place.police, "privacy_officer"))

    page = text_of(officer.get("/log"))

    assert "Gửi phiếu chuyển gửi" in page
    assert here.place.police.users["police_officer"] in page
    assert here.place.hospital.users["health_worker"] not in page
    assert "Hồ Thị Mây" not in page


def test_the_log_is_not_for_everybody(here: Neighbours) -> None:
    assert here.place.officer().get("/log").status_code == 403
