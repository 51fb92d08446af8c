"""Who is told what in the stories, on whose word, and what ends with that word."""

import pytest
from sqlalchemy import select

from referral.audit.queries import count_refused
from referral.cases.model import CaseFile, Grant, GrantBasis, Section
from referral.cases.queries import case_is_known, codes_among, visible_case
from referral.cli.demo.stories import (
    guardian,
    withdrawal,
    wrong_agency,
)
from referral.cli.demo.stories.stage import at, fixed_id
from referral.cli.demo.stories.telling import STORIES
from referral.kernel.db import session
from referral.kernel.errors import NotFound
from referral.kernel.instance import instance, release_name
from referral.referrals.queries import line_of
from referral.referrals.states import DECIDE_WITHIN
from tests.cli.stories.world import (
    LEAST,
    LONG_AGO,
    World,
    bundles,
    is_about,
    tasks_about,
)

pytestmark = [pytest.mark.heavy, pytest.mark.long]


def test_every_case_stands_under_its_fixed_id(world: World) -> None:
    cases = set(session().scalars(select(CaseFile.id)))
    planned = {
        fixed_id(story.name, what)
        for story in STORIES
        for what in ("case", "case-2")[: len(story.survivors)]
    }
    assert cases == planned
    assert len(cases) == 11
    assert str(fixed_id("wrong-agency", "case")) == "1fff69f1-eb75-576d-84c6-445e03a13c1b"


def test_every_case_reads_without_a_fault_for_each_who_knows_it(world: World) -> None:
    read = 0
    for story in STORIES:
        for slug in story.agencies:
            actor = world.worker(slug)
            for what in ("case", "case-2")[: len(story.survivors)]:
                if codes_among(actor, [fixed_id(story.name, what)]):
                    opened = world.open(actor, story.name, what)
                    assert not opened.opening.view.faults
                    assert {s.status for s in opened.sections} <= {"open", "sealed"}
                    read += 1
    assert read > 25


# 10: nothing moves until she has agreed anew; the first one ends, and both clocks are kept.


def test_the_decline_ends_the_first_and_gives_the_sender_half_the_limit(world: World) -> None:
    first = world.referral("wrong-agency", "first")
    assert (first.state, first.decline_reason) == ("declined", "wrong_agency")
    assert is_about(first.state_at, at(11, 5, 15, 40))
    assert instance.read(release_name(first.id)) is None
    assert session().get_one(Grant, first.grant_id).ended_at is not None
    (find_another,) = tasks_about("wrong-agency", "first", "find_another")
    half = first.state_at + DECIDE_WITHIN[first.urgency] / 2
    assert abs(find_another.due_at - half) < LEAST
    assert find_another.state == "done"
    assert is_unknown(world, wrong_agency.LEGAL_AID, "wrong-agency")


def test_without_her_new_word_nothing_was_sent_to_the_right_one(world: World) -> None:
    case_id = fixed_id("wrong-agency", "case")
    assert count_refused("case_file", case_id, LONG_AGO) == 1
    to_legal_aid, to_centre = world.bases("wrong-agency")
    second = world.referral("wrong-agency", "second")
    centre = world.worker(wrong_agency.CENTRE)
    assert to_centre.recipient_agency_id == centre.agency_id == second.to_agency_id
    assert to_legal_aid.recipient_agency_id != centre.agency_id
    assert at(11, 5, 16) < to_centre.recorded_at < second.sent_at


def test_the_sender_learns_that_it_is_served_and_not_what_is_written(world: World) -> None:
    station = world.worker(wrong_agency.STATION)
    second = world.referral("wrong-agency", "second")
    assert line_of(station, second).state == "in_service"
    assert is_about(second.accepted_at, at(11, 6, 10, 30))
    assert second.decide_by == second.sent_at + DECIDE_WITHIN["p2"]
    kinds = [s.kind for s in world.open(station, "wrong-agency").sections if s.status == "open"]
    assert "service" not in kinds
    assert world.answers(world.worker(wrong_agency.CENTRE), "wrong-agency", "service")


# 2: what she takes back ends at once, and nothing else does.


def test_the_referral_is_withdrawn_its_keys_gone_and_its_reminder_dropped(world: World) -> None:
    law = world.referral("withdrawal", "legal-aid")
    assert law.state == "withdrawn"
    assert is_about(law.state_at, at(11, 22, 10, 5))
    assert not bundles(law.grant_id)
    (contact,) = tasks_about("withdrawal", "legal-aid", "first_contact")
    assert contact.state == "dropped"
    assert is_unknown(world, withdrawal.LEGAL_AID, "withdrawal")


def test_what_was_shared_is_stale_until_its_holder_writes_again(world: World) -> None:
    query = select(Section).where(Section.case_id == fixed_id("withdrawal", "case"))
    stale = {section.kind for section in session().scalars(query) if section.is_stale}
    assert stale == set(withdrawal.TO_LEGAL_AID)


def test_the_other_agency_goes_on(world: World) -> None:
    union = world.referral("withdrawal", "union")
    assert union.state == "in_service"
    assert bundles(union.grant_id)
    ended = [basis.ended_at is not None for basis in world.bases("withdrawal")]
    assert ended == [False, True]
    (identity,) = world.answers(world.worker(withdrawal.UNION), "withdrawal", "identity")
    assert identity["spoken_name"] == "Sương"


# 1: who did it, or lives under him, signs nothing; two answer for what the law lets pass.


def test_an_aunt_and_the_child_agreed_and_nobody_else(world: World) -> None:
    (consent,) = world.answers(world.worker(guardian.OFFICE), "guardian", "consent")
    assert consent["given_by"] == "guardian_and_child"
    assert consent["giver_name"] == guardian.AUNT
    assert {"written", "oral_with_witness"} == set(consent["how"])
    assert {basis.form for basis in world.bases("guardian")} == {"consent", "legal"}


def test_what_the_law_let_be_shared_bears_two_signatures(world: World) -> None:
    (legal,) = [basis for basis in world.bases("guardian") if basis.form == "legal"]
    assert legal.purpose == "mandatory_report"
    assert legal.cosigned_at is not None
    assert legal.cosign_by is not None
    assert legal.recorded_at < legal.cosigned_at < legal.cosign_by
    claimed = world.worker(guardian.OFFICE)
    assert legal.recorded_by_id == claimed.member_id


def test_nothing_leads_to_her_home_and_the_commune_has_no_file(world: World) -> None:
    (contact,) = world.answers(world.worker(guardian.OFFICE), "guardian", "safe_contact")
    assert "phone" not in contact
    assert contact["reach"] == "meeting_place"
    agencies = {
        grant.receiver_agency_id
        for grant in session().scalars(
            select(Grant).where(Grant.case_id == fixed_id("guardian", "case"))
        )
    }
    acting = {world.worker(slug).agency_id for slug in guardian.STORY.agencies}
    assert agencies == acting


def test_she_was_met_within_twelve_hours(world: World) -> None:
    case = world.case(fixed_id("guardian", "case"))
    assert is_about(case.opened_at, at(9, 12, 10, 40))
    assert is_about(case.state_at, at(9, 12, 15, 5))


def test_who_was_only_asked_never_got_the_case(world: World) -> None:
    legal_aid = world.worker(wrong_agency.LEGAL_AID)
    for row in (world.referral("wrong-agency", "first"), world.referral("withdrawal", "legal-aid")):
        assert row.to_agency_id == legal_aid.agency_id
        assert not case_is_known(row.case_id, row.to_circle_id)


def test_what_a_grant_rests_on_is_still_there(world: World) -> None:
    """Each live grant by consent names a basis that has not ended."""
    ended = {b.id for story in STORIES for b in world.bases(story.name) if b.ended_at is not None}
    assert ended
    live = select(GrantBasis).join(Grant, Grant.id == GrantBasis.grant_id)
    rows = session().scalars(live.where(Grant.ended_at.is_(None))).all()
    assert rows
    assert not ended & {row.basis_id for row in rows}


def is_unknown(world: World, slug: str, story: str) -> bool:
    with pytest.raises(NotFound):
        visible_case(world.worker(slug), fixed_id(story, "case"))
    return True
