"""3 · Chị Duyên: high risk, and she does not come. Nobody calls home; somebody makes sure.

Waits: the state *no-show* with its attempts, and the figure of no-shows (E).
"""

from datetime import date
from uuid import UUID

from referral.cli.demo.stories.stage import Moments, Players, Told, at
from referral.cli.demo.stories.story import Story, safe, survivor

POLICE = "cong-an-quang-dien"
CENTRE = "cong-tac-xa-hoi"
CLINIC = "ttyt-quang-dien"
TO_CLINIC = ("identity", "needs", "safe_contact")

CHI_DUYEN = survivor(
    3,
    date(1997, 2, 8),
    at(10, 24, 22, 40),
    at(10, 25, 7, 30),
    spoken_name="Duyên",
    paper_name="Phan Thị Mỹ Duyên",
    age_band="25_39",
    children=(3,),
    district="477",
    unit_code="19867",
    hamlet="Tổ 92",
    gbvims_type="physical_assault",
    principal_form="physical",
    relation="spouse",
    forms=("physical", "mental"),
    acts=("a", "b", "e"),
    account="Bị chồng đánh vào đầu và lưng, dọa giết nếu báo chính quyền; bị giữ điện thoại.",
    reporter="neighbour",
    receiver="police",
    channel="call_or_message",
    first_action="Đã đến nơi, yêu cầu chấm dứt hành vi, gặp riêng người bị bạo lực.",
    risk="high",
    safe_contact=safe(
        "set_times",
        "Không gọi về nhà ngoài giờ đã hẹn; không nhắn tin",
        phone="0400 903 003",
        call_times="9 giờ đến 10 giờ, các ngày làm việc",
        if_another_answers="Nói là hỏi mua rau rồi dừng cuộc gọi",
        code_word="chợ",
        meeting_place="Trạm Y tế, giờ tiêm chủng",
    ),
)


def tell(players: Players) -> Moments:
    """An appointment missed after the storm, a welfare check, and the one that was kept."""
    duyen = Told(players, STORY.name, CHI_DUYEN)
    yield at(10, 25, 7, 30)
    duyen.report(POLICE)
    yield at(10, 25, 8, 15)
    duyen.meet(POLICE, needs={"needs": ["protection", "counselling"]})
    yield at(10, 25, 9, 0)
    offer = duyen.hand_over(POLICE, CENTRE, "Nguy cơ cao; đề nghị tiếp nhận, xây dựng kế hoạch.")
    yield at(10, 25, 10, 30)
    duyen.accept(CENTRE, offer, at(10, 25, 11))
    duyen.tick_off(CENTRE, offer)
    yield at(10, 25, 14, 0)
    duyen.consent(CENTRE, CLINIC, TO_CLINIC)
    yield at(10, 25, 14, 10)
    care = duyen.send(
        CENTRE,
        CLINIC,
        "counselling",
        "counselling",
        "p2",
        kinds=TO_CLINIC,
        reason="Nguy cơ cao; cần được tư vấn tâm lý sớm.",
    )
    yield at(10, 25, 16, 20)
    duyen.accept(CLINIC, care, at(10, 28, 14))
    yield from _missed(duyen, care)


def _missed(duyen: Told, care: UUID) -> Moments:
    yield at(10, 28, 15, 30)
    duyen.follow_up(
        CENTRE,
        "not_reached",
        "high",
        how="Không đến buổi hẹn 14 giờ, sau bão. Không gọi về nhà vì ngoài giờ an toàn.",
        done="Nguy cơ cao: kiểm tra an toàn ngay sáng mai, trong giờ đã hẹn.",
        next_on=date(2024, 10, 29),
    )
    yield at(10, 29, 9, 20)
    duyen.follow_up(
        CENTRE,
        "phone",
        "high",
        how="Trả lời đúng từ hẹn trước. Đường ngập, không đi được; muốn hẹn lại.",
        done="Hẹn lại 14 giờ ngày 31/10 với Trung tâm Y tế.",
        next_on=date(2024, 11, 4),
    )
    yield at(10, 31, 14, 10)
    duyen.start(CLINIC, care)
    duyen.serve(CLINIC, "counselling", "Đã tư vấn buổi đầu, hẹn buổi tiếp theo.")
    yield at(11, 4, 9, 30)
    duyen.follow_up(
        CENTRE,
        "phone",
        "medium",
        how="Ổn định hơn sau buổi tư vấn.",
        done="Rà soát kế hoạch an toàn.",
        next_on=date(2024, 11, 27),
    )


STORY = Story(
    name="no-show",
    title=("Không đến buổi hẹn", "An appointment missed"),
    line=(
        "Vắng buổi hẹn 28/10; kiểm tra an toàn trong giờ đã hẹn, gặp được ngày 31/10.",
        "Missed on 28 October; a check within safe hours, and met on the 31st.",
    ),
    survivors=(CHI_DUYEN,),
    agencies=(CENTRE, POLICE, CLINIC),
    tell=tell,
    referrals=("counselling",),
)
