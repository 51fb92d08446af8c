"""Two households and one room; and a whole path on which no name is known."""

import pytest
from sqlalchemy import select

from referral.audit.queries import count_refused
from referral.cases.queries import codes_among
from referral.cli.demo.stories import (
    code_only,
    full_house,
)
from referral.cli.demo.stories.stage import at, fixed_id
from referral.cli.demo.stories.telling import STORIES, survivors_of
from referral.kernel.db import session
from referral.referrals.queries import line_of
from referral.shelters.model import Bed, Claim, Room, Site, Stay
from tests.cli.stories.world import (
    World,
    cast_of_stories,
    is_about,
    referrals_of,
)

pytestmark = [pytest.mark.heavy, pytest.mark.long]
NAMES = ("spoken_name", "paper_name", "alias", "id_number", "giver_name", "witness_name")
NAMES += ("interpreter_name", "trusted_person", "host_name")


# 4: one wins by the constraint, the other is told, and is in a second house that night.


def claims_of(world: World, site: str) -> list[Claim]:
    keeper = world.keeper({"Hoa Sứ": full_house.WARD, "Bằng Lăng": full_house.UNION}[site])
    query = (
        select(Claim)
        .join(Bed, Bed.id == Claim.bed_id)
        .join(Room, Room.id == Bed.room_id)
        .join(Site, Site.id == Room.site_id)
        .where(Site.code_name == site, Site.agency_id == keeper.agency_id)
    )
    return list(session().scalars(query))


def test_one_household_alone_has_the_room_and_the_other_was_refused(world: World) -> None:
    claims = claims_of(world, "Hoa Sứ")
    stays = {claim.stay_id for claim in claims}
    assert len(stays) == len(claims) == 1
    (stay,) = [session().get_one(Stay, stay_id) for stay_id in stays]
    assert is_about(stay.state_at, at(11, 20, 8, 10))
    assert count_refused("site", stay.site_id, at(11, 16, 23, 49)) == 1
    rival, asked = (world.referral("full-house", what) for what in ("rival", "first"))
    assert (rival.state, asked.state) == ("completed", "withdrawn")


def test_the_family_of_a_boy_of_thirteen_is_in_a_house_that_takes_him(world: World) -> None:
    (needs,) = world.answers(world.worker(full_house.CENTRE), "full-house", "needs")
    assert {"sex": "male", "age": 13} in needs["children"]
    takes = {site.slug: site.takes for site in cast_of_stories().sites}
    assert "boys_over_12" not in takes[full_house.FULL]
    assert takes[full_house.NEXT] >= {"boys_over_12", "animals"}
    claims = claims_of(world, "Bằng Lăng")
    assert len(claims) == 3
    assert {claim.stay_id for claim in claims} == {claims[0].stay_id}
    assert world.referral("full-house", "second").state == "completed"


def test_the_house_that_could_not_knows_her_no_more(world: World) -> None:
    family = fixed_id("full-house", "case")
    assert not codes_among(world.keeper(full_house.WARD), [family])
    assert codes_among(world.keeper(full_house.UNION), [family])


# 9: the whole path, and no name in it anywhere.


def everything(world: World, story: str) -> list[dict]:
    """What every agency of a story opens of it, and each summary."""
    opened: list[dict] = []
    agencies = next(s.agencies for s in STORIES if s.name == story)
    for slug in agencies:
        actors = [world.worker(slug)]
        if slug == code_only.INSTITUTION:
            actors.append(world.keeper(slug))
        for actor in actors:
            if codes_among(actor, [fixed_id(story, "case")]):
                found = world.open(actor, story)
                opened += [s.answers for s in found.sections if s.status == "open"]
            opened += [
                dict(line_of(actor, row).summary)
                for row in referrals_of(story)
                if actor.agency_id in {row.from_agency_id, row.to_agency_id}
            ]
    return opened


def test_no_section_and_no_summary_holds_a_name(world: World) -> None:
    opened = everything(world, "code-only")
    assert len(opened) > 25
    assert not [name for answers in opened for name in NAMES if answers.get(name)]
    everybody = {s.spoken_name for s in survivors_of(STORIES)} - {""}
    texts = " ".join(str(answers) for answers in opened)
    assert not [name for name in everybody if f" {name} " in texts]


def test_the_same_look_finds_a_name_where_there_is_one(world: World) -> None:
    opened = everything(world, "wrong-agency")
    assert "Ngọc" in {answers.get("spoken_name") for answers in opened}


def test_she_stayed_seventy_four_nights_and_left_by_herself(world: World) -> None:
    bed = world.referral("code-only", "bed")
    assert bed.state == "completed"
    assert bed.completed_at is not None
    nights = (at(10, 21, 0).date() - at(8, 8, 0).date()).days
    assert nights == code_only.NIGHTS == 74
    assert is_about(bed.completed_at, at(10, 21, 9, 30))
    done = world.answers(world.worker(code_only.CENTRE), "code-only", "service")
    assert {"papers", "livelihood"} <= {answers["kind"] for answers in done}
