"""The guided tour through the stories that were told, for the first page of every role."""

from collections.abc import Sequence

from referral.cli.demo.enrolment import Province
from referral.cli.demo.stories.stage import Players, fixed_id
from referral.cli.demo.stories.story import Story
from referral.kernel.tour import Stop

FIGURES = ("so-ldtbxh", "cuc-thong-ke")
"""Who is told of the figures."""


def tour_through(province: Province, stories: Sequence[Story]) -> list[Stop]:
    """The stops, in the order of the stories; the figures of the whole year come last."""
    return [*(_stop(province, story) for story in stories), _figures(province)] if stories else []


def _stop(province: Province, story: Story) -> Stop:
    cases = ("case", "case-2")[: len(story.survivors)]
    return Stop(
        name=story.name,
        title_vi=story.title[0],
        title_en=story.title[1],
        line_vi=story.line[0],
        line_en=story.line[1],
        case_ids=tuple(str(fixed_id(story.name, what)) for what in cases),
        referral_ids=tuple(str(fixed_id(story.name, what)) for what in story.referrals),
        agency_ids=tuple(str(province.agency_ids[slug]) for slug in story.agencies),
        username=Players(province).worker_name(story.agencies[0]),
    )


def _figures(province: Province) -> Stop:
    members = province.cast.members_of(FIGURES[0], "statistician")
    second = province.cast.members_of(FIGURES[0], "approver")[0].username
    return Stop(
        name="figures",
        title_vi="Số liệu của cả năm",
        title_en="The figures of the year",
        line_vi=f"Lập bảng số liệu của năm, rồi đăng nhập {second} để duyệt. Không nhận ra ai.",
        line_en=f"Freeze the year's tables, then sign in as {second} to approve them.",
        agency_ids=tuple(str(province.agency_ids[slug]) for slug in FIGURES),
        username=members[0].username,
    )
