"""1 · Bé Na: those who should protect her may not speak for her; an aunt does, and she herself.

Waits: that the form itself refuses the mother and the stepfather as guardians, and the plan due
within five working days (D); a report to the commune that opens nothing there (D, E).
"""

from datetime import date

from referral.cases.forms.definition import Answers
from referral.cli.demo.stories.stage import WITHOUT_CONTACT, Moments, Players, Told, at
from referral.cli.demo.stories.story import Story, safe, survivor

OFFICE = "phong-ldtbxh-phu-vang"
POLICE = "cong-an-phu-vang"
CLINIC = "ttyt-phu-vang"
AUNT = "Trần Thị Ngọc Lụa"
WITNESS = "Đỗ Thị Hồng Thơ"
BY_HER_AUNT: Answers = {
    "given_by": "guardian_and_child",
    "giver_name": AUNT,
    "how": ["written", "oral_with_witness"],
    "witness_name": WITNESS,
    "limits": "Không thông tin cho mẹ và cha dượng.",
}

BE_NA = survivor(
    1,
    date(2014, 3, 11),
    at(9, 11, 19, 30),
    at(9, 12, 10, 40),
    spoken_name="Na",
    paper_name="Trần Thị Bảo Na",
    age_band="0_11",
    district="478",
    unit_code="19942",
    hamlet="Tổ 93",
    gbvims_type="physical_assault",
    principal_form="physical",
    relation="parent",
    forms=("physical", "mental"),
    acts=("a", "c"),
    account="Cháu bị cha dượng đánh bằng dây điện, bị nhốt ngoài sân đến khuya. Đây không phải lần "
    "đầu. Giáo viên chủ nhiệm thấy vết bầm trên tay cháu.",
    reporter="school_staff",
    receiver="school",
    channel="in_person",
    first_action="Đã đến trường gặp riêng cháu trong ngày; thống nhất cháu về ở với dì.",
    risk="high",
    safe_contact=safe(
        "meeting_place",
        "Không gọi, không nhắn tin và không gửi giấy mời về nhà; không báo cho cha dượng",
        meeting_place="Phòng y tế của trường, giờ ra chơi",
    ),
)


def tell(players: Players) -> Moments:
    """Reported, met, protected and counselled, on the word of an aunt and her own."""
    na = Told(players, STORY.name, BE_NA)
    yield at(9, 12, 10, 40)
    na.report(OFFICE)
    yield at(9, 12, 15, 5)
    na.meet(
        OFFICE,
        identity={"protected_group": ["no_self_care"]},
        needs={"needs": ["child_protection", "counselling", "health_care"]},
    )
    yield at(9, 12, 15, 25)
    basis = na.claim(
        OFFICE,
        POLICE,
        WITHOUT_CONTACT,
        "mandatory_report",
        "Cháu dưới 16 tuổi bị người đang nuôi dưỡng xâm hại; người giám hộ có xung đột lợi ích.",
    )
    yield at(9, 12, 16, 10)
    na.cosign(OFFICE, basis)
    yield at(9, 12, 16, 20)
    asked = na.send(
        OFFICE,
        POLICE,
        "protection",
        "protection",
        "p1",
        kinds=WITHOUT_CONTACT,
        reason="Cần bảo vệ một trẻ em; không liên hệ với người đang nuôi dưỡng.",
    )
    yield at(9, 12, 17, 0)
    na.accept(POLICE, asked, at(9, 12, 18))
    yield at(9, 12, 18, 5)
    na.start(POLICE, asked)
    yield from _counselled(na)


def _counselled(na: Told) -> Moments:
    yield at(9, 13, 8, 30)
    na.consent(
        OFFICE,
        CLINIC,
        WITHOUT_CONTACT,
        BY_HER_AUNT,
    )
    yield at(9, 13, 8, 50)
    care = na.send(
        OFFICE,
        CLINIC,
        "counselling",
        "counselling",
        "p2",
        kinds=WITHOUT_CONTACT,
        reason="Trẻ em cần được khám và tư vấn tâm lý; gặp tại trường.",
    )
    yield at(9, 13, 10, 15)
    na.accept(CLINIC, care, at(9, 14, 9))
    yield at(9, 14, 9, 10)
    na.start(CLINIC, care)
    na.serve(CLINIC, "counselling", "Đã khám, không tổn thương nặng; tư vấn buổi đầu tại trường.")
    yield from _visited(na)


def _visited(na: Told) -> Moments:
    yield at(9, 18, 14, 0)
    na.follow_up(
        OFFICE,
        "visit",
        "medium",
        how="Cháu ở với dì, đi học đều; còn sợ khi nghe tiếng xe máy.",
        done="Lập kế hoạch hỗ trợ, can thiệp; thống nhất người đón cháu ở trường.",
        next_on=date(2024, 10, 18),
        still_needed=["counselling"],
    )
    yield at(10, 18, 14, 0)
    na.follow_up(
        OFFICE,
        "visit",
        "medium",
        how="Cháu vui hơn, ngủ được.",
        done="Rà soát kế hoạch cùng dì và nhà trường.",
        next_on=date(2024, 11, 29),
    )


STORY = Story(
    name="guardian",
    title=("Ai được đồng ý thay", "Who may agree in her place"),
    line=(
        "Người nuôi dưỡng không được ký; dì đồng ý, trẻ đồng thuận; hai người ký căn cứ.",
        "Her carers may not sign; an aunt and the child agree; two sign the basis.",
    ),
    survivors=(BE_NA,),
    agencies=(OFFICE, POLICE, CLINIC),
    tell=tell,
    referrals=("counselling", "protection"),
)
