"""What is written of whom in the stories: risk, incidents, codes, languages."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from referral.cases.model import Section
from referral.cli.demo.stories import (
    again,
    elder,
    language,
    man,
    no_show,
)
from referral.cli.demo.stories.stage import at, fixed_id
from referral.kernel.db import session
from tests.cli.stories.world import (
    LEAST,
    World,
    is_about,
    referrals_of,
)

pytestmark = [pytest.mark.heavy, pytest.mark.long]


# 3: she did not come; somebody made sure within the safe hours, and the next one was kept.


def test_the_missed_meeting_stays_in_the_history_and_led_to_a_check(world: World) -> None:
    told = world.answers(world.worker(no_show.CENTRE), "no-show", "follow_up")
    missed, checked, kept = told
    assert (missed["met_on"], missed["meeting"]) == ("2024-10-28", "not_reached")
    assert (missed["risk_band"], missed["next_on"]) == ("high", "2024-10-29")
    assert (checked["met_on"], checked["meeting"]) == ("2024-10-29", "phone")
    assert kept["risk_band"] == "medium"


def test_nobody_called_outside_the_hours_she_named(world: World) -> None:
    (contact,) = world.answers(world.worker(no_show.CENTRE), "no-show", "safe_contact")
    assert contact["call_times"].startswith("9 giờ đến 10 giờ")
    assert contact["code_word"] == "chợ"
    sections = session().scalars(
        select(Section).where(
            Section.case_id == fixed_id("no-show", "case"), Section.kind == "follow_up"
        )
    )
    hours = sorted((s.created_at + timedelta(hours=7)).hour for s in sections)
    assert hours == [9, 9, 15]  # at 15:30 nobody was called: she had not come


def test_the_appointment_promised_was_kept_on_the_second_day(world: World) -> None:
    care = world.referral("no-show", "counselling")
    assert care.state == "in_service"
    assert is_about(care.state_at, at(10, 31, 14, 10))
    assert care.first_contact_at == at(10, 28, 14)


# 5: one person, one case, three incidents, and a risk that rises.


def incidents() -> list[Section]:
    query = select(Section).where(
        Section.case_id == fixed_id("again", "case"), Section.kind == "incident"
    )
    return list(session().scalars(query.order_by(Section.created_at)))


def test_three_incidents_stand_in_one_case_by_whoever_wrote_each(world: World) -> None:
    holders = [section.holder_agency_id for section in incidents()]
    wrote = (again.WARD_POLICE, again.CLINIC, again.POLICE)
    assert holders == [world.worker(slug).agency_id for slug in wrote]
    days = [
        world.answers(world.worker(slug), "again", "incident")[-1]["occurred_on"] for slug in wrote
    ]
    assert days == ["2024-02-03", "2024-06-21", "2024-11-09"]


def test_the_risk_rose_and_never_fell(world: World) -> None:
    told = world.answers(world.worker(again.CENTRE), "again", "follow_up")
    bands = [answers["risk_band"] for answers in told]
    order = [("low", "medium", "high").index(band) for band in bands]
    assert order == sorted(order)
    assert set(bands) == {"low", "medium", "high"}
    assert [a["met_on"] for a in told if a["new_violence"] == "yes"] == [
        "2024-06-28",
        "2024-11-12",
    ]


def test_the_second_ban_is_a_decision_of_its_own_after_the_breach(world: World) -> None:
    done = world.answers(world.worker(again.POLICE), "again", "service")
    assert [a["kind"] for a in done] == ["contact_ban", "protection", "contact_ban"]
    asked = world.referral("again", "ban").accepted_at
    signed = datetime.fromisoformat(done[0]["delivered_at"])
    assert asked is not None
    assert abs(signed - asked - timedelta(hours=10, minutes=15)) < LEAST


# 6: three codes, none of which follows from another.


def test_law_form_and_international_type_are_each_his_own_answer(world: World) -> None:
    (incident,) = world.answers(world.worker(man.CLINIC), "man", "incident")
    assert (incident["acts"], incident["forms"]) == (["a"], ["physical"])
    assert incident["gbvims_type"] == "not_gender_based"
    (identity,) = world.answers(world.worker(man.CENTRE), "man", "identity")
    assert identity["sex"] == "male"
    assert identity["age"] == 58
    assert incident["perpetrator_relation"] == "child"


# 7: asked by signs, before a witness; she stays, and help comes.


def test_every_consent_names_an_interpreter_who_is_no_kin_and_a_witness(world: World) -> None:
    consents = world.answers(world.worker(elder.UNION), "elder", "consent")
    assert len(consents) == 2
    for consent in consents:
        assert set(consent["how"]) == {"oral_with_witness", "through_interpreter"}
        assert consent["interpreter_name"] == elder.INTERPRETER
        assert consent["witness_name"] == elder.WITNESS
        assert consent["language"] == "sign_language"


def test_economic_acts_and_confinement_are_both_written(world: World) -> None:
    (incident,) = world.answers(world.worker(elder.UNION), "elder", "incident")
    assert set(incident["acts"]) == {"o", "p"}
    (identity,) = world.answers(world.worker(elder.UNION), "elder", "identity")
    assert set(identity["disability"]) == {"hearing_speech", "mobility"}


def test_she_refused_to_move_and_was_helped_all_the_same(world: World) -> None:
    for slug, service in elder.HELP.items():
        assert world.referral("elder", service).state == "completed"
        (done,) = world.answers(world.worker(slug), "elder", "service")
        assert done["kind"] == service
    kinds = {row.kind for row in referrals_of("elder")}
    assert kinds == {"service"}


# 8: asked in her own language by nobody of his; two incidents apart; under 18, not under 16.


def test_a_thumbprint_through_an_interpreter_who_is_named(world: World) -> None:
    consents = world.answers(world.worker(language.STATION), "language", "consent")
    assert consents
    for consent in consents:
        assert set(consent["how"]) == {"thumbprint", "through_interpreter"}
        assert consent["interpreter_name"] == language.INTERPRETER
        assert consent["language"] == "pa_co_ta_oi"


def test_the_marriage_and_the_blow_stand_apart(world: World) -> None:
    told = world.answers(world.worker(language.POLICE), "language", "incident")
    types = {a["gbvims_type"]: a["occurred_on"] for a in told}
    assert types == {"forced_marriage": "2022-09-18", "physical_assault": "2024-06-10"}


def test_she_is_under_eighteen_and_not_a_child_of_the_law(world: World) -> None:
    (identity,) = world.answers(world.worker(language.CENTRE), "language", "identity")
    assert identity["age_band"] == "16_17"
    assert (identity["ethnicity"], identity["ethnicity_self_named"]) == ("ta_oi", "Pa Cô")
    assert language.EM_NGHIN.is_minor
    assert not language.EM_NGHIN.is_child
    assert world.referral("language", "bed").state == "completed"
