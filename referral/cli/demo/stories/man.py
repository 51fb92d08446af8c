"""6 · Chú Quý: a man, beaten by his grown son. Three codes, none of which follows from another.

Waits: the search for a place that says *man* and finds four (F); the son's education by another
worker (D); his column in a public edition (H).
"""

from datetime import date
from uuid import UUID

from referral.cli.demo.stories.stage import EVERYTHING, Moments, Players, Told, at
from referral.cli.demo.stories.story import Story, safe, survivor

CLINIC = "ttyt-huong-tra"
POLICE = "cong-an-tu-ha"
CENTRE = "cong-tac-xa-hoi"

CHU_QUY = survivor(
    6,
    date(1966, 2, 2),
    at(5, 12, 18, 20),
    at(5, 12, 19, 40),
    spoken_name="Quý",
    paper_name="Châu Văn Quý",
    sex="male",
    age_band="40_59",
    district="480",
    unit_code="19996",
    hamlet="Tổ 96",
    gbvims_type="not_gender_based",
    principal_form="physical",
    relation="child",
    forms=("physical",),
    acts=("a",),
    account="Bị con trai đã thành niên đánh sau khi uống rượu; vết thương ở trán.",
    reporter="survivor",
    receiver="health_facility",
    channel="in_person",
    first_action="Đã khâu vết thương, gặp riêng.",
    risk="medium",
    safe_contact=safe(
        "any_time", "Không nói chuyện qua con trai", phone="0400 906 006", code_word="gùi lúa"
    ),
)


def tell(players: Players) -> Moments:
    """Treated, protected, looked after; he sleeps at home."""
    quy = Told(players, STORY.name, CHU_QUY)
    yield at(5, 12, 19, 40)
    quy.report(CLINIC)
    yield at(5, 12, 20, 10)
    quy.meet(
        CLINIC,
        incident={"perpetrator_sex": "male", "previous": "yes"},
        needs={"needs": ["health_care", "protection", "counselling"]},
    )
    quy.serve(CLINIC, "health_care", "Đã khâu vết thương, tiêm phòng uốn ván.")
    yield at(5, 12, 20, 30)
    quy.consent(CLINIC, POLICE, EVERYTHING)
    asked = quy.send(
        CLINIC,
        POLICE,
        "protection",
        "protection",
        "p1",
        kinds=EVERYTHING,
        reason="Người bị bạo lực là nam giới; cần buộc chấm dứt hành vi.",
    )
    yield at(5, 12, 21, 15)
    quy.accept(POLICE, asked, at(5, 12, 21, 40))
    yield at(5, 12, 21, 45)
    quy.start(POLICE, asked)
    quy.serve(POLICE, "protection", "Đã đến nhà, yêu cầu chấm dứt hành vi, lập biên bản.")
    yield from _looked_after(quy, asked)


def _looked_after(quy: Told, asked: UUID) -> Moments:
    yield at(5, 13, 8, 0)
    offer = quy.hand_over(CLINIC, CENTRE, "Đề nghị tiếp nhận hồ sơ, tư vấn và theo dõi.")
    yield at(5, 13, 9, 40)
    quy.accept(CENTRE, offer, at(5, 13, 10))
    quy.tick_off(CENTRE, offer)
    yield at(5, 14, 9, 0)
    quy.complete(POLICE, asked)
    yield at(5, 16, 9, 0)
    quy.follow_up(
        CENTRE,
        "visit",
        "medium",
        how="Vết thương khô; không muốn rời nhà.",
        done="Thống nhất tín hiệu báo nguy với hàng xóm.",
        next_on=date(2024, 10, 10),
    )
    yield at(10, 10, 9, 0)
    quy.follow_up(
        CENTRE,
        "visit",
        "low",
        how="Con trai đã bỏ rượu ba tháng.",
        done="Rà soát kế hoạch an toàn.",
        next_on=date(2024, 12, 10),
    )


STORY = Story(
    name="man",
    title=("Người được hỗ trợ là nam", "A man is supported"),
    line=(
        "Ba cách phân loại độc lập với nhau; khám, bảo vệ, theo dõi tại nhà.",
        "Three classifications, none derived; treated, protected, followed up at home.",
    ),
    survivors=(CHU_QUY,),
    agencies=(CENTRE, CLINIC, POLICE),
    tell=tell,
    referrals=("protection",),
)
