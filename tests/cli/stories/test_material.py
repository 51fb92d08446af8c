"""What the stories are made of: within the quotas, believable, nobody real, and named by no one."""

from collections import Counter
from datetime import date
from uuid import UUID

import pytest

from referral.cli.demo import believable, shares
from referral.cli.demo.agencies import cast_of
from referral.cli.demo.cases import YEAR_FROM, YEAR_TO
from referral.cli.demo.hosts import Reserved
from referral.cli.demo.loader import script_for
from referral.cli.demo.people import PLANNED_SAME, PLANNED_TONES, is_denied
from referral.cli.demo.stories import code_only
from referral.cli.demo.stories.stage import fixed_id
from referral.cli.demo.stories.telling import STORIES, stories_of, survivors_of
from referral.cli.demo.survivors import generate
from referral.kernel.folding import folded

WHOLE = cast_of("standard")
SURVIVORS = survivors_of(STORIES)


def slugs(preset):
    return [agency.slug for agency in cast_of(preset).agencies]


def test_ten_stories_of_eleven_survivors_can_be_told_in_the_whole_province():
    assert len(STORIES) == 10
    assert stories_of(slugs("standard")) == STORIES
    assert len({survivor.number for survivor in SURVIVORS}) == len(SURVIVORS) == 11
    assert {survivor.district for survivor in SURVIVORS} == set(shares.DISTRICTS)


def test_the_small_demo_tells_only_what_its_agencies_can():
    assert [story.name for story in stories_of(slugs("small"))] == ["language"]


@pytest.mark.parametrize(
    ("quota", "cell"),
    [
        (shares.SEX_AND_AGE, lambda c: (c.sex, c.age_band)),
        (
            {(d, p): n for d, row in shares.DISTRICTS.items() for p, n in row.items()},
            lambda c: (c.district, c.people),
        ),
        (shares.MONTHS, lambda c: c.reported_on.month),
        (shares.INCIDENTS, lambda c: (c.gbvims_type, c.principal_form)),
        ({**shares.FAMILY, **shares.OUTSIDE}, lambda c: c.relation),
        (shares.RECEIVERS, lambda c: c.receiver),
        (shares.REPORTERS, lambda c: c.reporter),
        (shares.CHANNELS, lambda c: c.channel),
        (shares.LANGUAGE, lambda c: c.language),
        (shares.DISABILITY, lambda c: c.disability),
        (shares.RISKS, lambda c: c.risk),
        (shares.STATISTICS, lambda c: c.statistics),
    ],
)
def test_the_quotas_have_room_for_the_stories(quota, cell):
    assert Counter(map(cell, SURVIVORS)) <= Counter(quota)


def test_every_survivor_is_believable_and_of_the_age_and_year_told():
    for survivor in SURVIVORS:
        # 9 was handed over to the district where she was born, which has no border.
        assert believable.faults(survivor) == (survivor is code_only.CHI_M)
        low, high = shares.AGES[survivor.age_band]
        assert low <= survivor.age <= high
        assert YEAR_FROM <= survivor.reported_on <= YEAR_TO
        assert survivor.occurred_at < survivor.reported_at
        assert bool(survivor.acts) == survivor.is_family


def test_nobody_else_in_the_demo_carries_a_name_of_the_stories():
    names = [folded(survivor.paper_name) for survivor in SURVIVORS if survivor.paper_name]
    others = {folded(member.full_name) for member in WHOLE.members}
    others |= {folded(site.host_name) for site in WHOLE.sites if site.host_name}
    others |= {folded(name) for name in (*PLANNED_SAME, *PLANNED_TONES)}
    assert len(names) == len(set(names)) == 10
    assert not others & set(names)
    assert not [name for name in names if is_denied(name)]


def test_what_the_tour_says_names_nobody_and_fits_a_line():
    aliases = {survivor.spoken_name for survivor in SURVIVORS if survivor.spoken_name}
    assert "Ngọc" in aliases
    for story in STORIES:
        for title, line in zip(story.title, story.line, strict=True):
            assert len(title) <= 30
            assert len(line) <= 80
            words = f"{title} {line}"
            assert not [alias for alias in aliases if alias in words]
            assert "bạo lực" not in words
            assert "violence" not in words


def test_a_room_that_a_story_needs_is_let_to_nobody_else():
    reserved = [room for story in STORIES for room in story.reserved]
    assert {room.site for room in reserved} <= {site.slug for site in WHOLE.sites}
    whole_year = Reserved("sen-trang", 0, date(2024, 1, 1), date(2024, 12, 31))
    everything = generate(2024, 240, WHOLE, [*reserved, whole_year])
    assert not [stay for stay in stays(everything) if (stay.site, stay.room) == ("sen-trang", 0)]
    for room in reserved:
        there = [s for s in stays(everything) if (s.site, s.room) == (room.site, room.room)]
        for stay in there:
            left = stay.left_on or date.max
            assert left < room.first or stay.arrived_at.date() > room.last
    assert [stay for stay in stays(generate(2024, 240, WHOLE)) if stay.site == "sen-trang"]


def stays(cases):
    return [stay for case in cases for stay in case.stays]


def test_the_stories_take_the_places_of_those_most_like_their_survivors():
    """The year has as many survivors and incidents as without; a district one more or less."""
    found = script_for("standard", 2024, 240, is_told=True).year
    everybody = found + SURVIVORS
    assert len(everybody) == 240
    assert sum(1 + len(case.further) for case in everybody) == 264
    there = Counter(case.district for case in everybody)
    for district, people in shares.DISTRICTS.items():
        assert abs(there[district] - sum(people.values())) <= 1
    assert Counter(case.sex for case in everybody) == Counter(
        case.sex for case in generate(2024, 240, WHOLE)
    )


def test_nobody_in_the_year_is_called_as_somebody_in_the_stories():
    found = script_for("standard", 2024, 240, is_told=True).year
    names = {folded(case.paper_name) for case in found}
    played = {folded(survivor.paper_name) for survivor in SURVIVORS if survivor.paper_name}
    assert not names & played


def test_ids_follow_from_the_name_of_the_story_alone():
    assert fixed_id("man", "case") == UUID("b0127d46-7726-5d31-9156-0078ad73fa03")
    named = {fixed_id(story.name, what) for story in STORIES for what in ("case", "case-2")}
    assert len(named) == 20
