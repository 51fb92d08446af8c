"""10 · Chị Ngọc: one referral end to end, after the first had gone to the wrong agency.

The variant in which the receiver declines outright. Waits: the redirect that the receiver proposes
and the sender agrees to, `replaces`, and the flag on a fourth hop (E).
"""

from datetime import date

from referral.cli.demo.stories.stage import EVERYTHING, Moments, Players, Told, at, refused
from referral.cli.demo.stories.story import Story, safe, survivor
from referral.kernel.errors import ConsentMissing

STATION = "tram-y-te-lang-co"
LEGAL_AID = "tro-giup-phap-ly"
CENTRE = "cong-tac-xa-hoi"
TALK = "Cần được tư vấn tâm lý trong tuần này."

CHI_NGOC = survivor(
    10,
    date(1993, 7, 26),
    at(11, 4, 21, 30),
    at(11, 5, 8, 10),
    spoken_name="Ngọc",
    paper_name="Bùi Thị Bích Ngọc",
    age_band="25_39",
    children=(7,),
    district="482",
    unit_code="20110",
    hamlet="Tổ 91",
    gbvims_type="psychological_abuse",
    principal_form="mental",
    relation="spouse",
    forms=("mental",),
    acts=("b", "e"),
    account="Bị chồng theo dõi, kiểm tra điện thoại, cấm gặp người thân; mất ngủ kéo dài.",
    reporter="survivor",
    receiver="city_app",
    channel="call_or_message",
    first_action="Đã hẹn gặp riêng tại Trạm Y tế trong buổi sáng.",
    risk="medium",
    safe_contact=safe(
        "set_times",
        "Không nhắn tin; điện thoại có thể bị xem",
        phone="0400 910 010",
        call_times="Sau 13 giờ, khi chồng đi làm",
        if_another_answers="Nói là nhầm số",
        code_word="vườn thanh trà",
    ),
)


def tell(players: Players) -> Moments:
    """Declined for the wrong agency; nothing moves before she has agreed to the right one."""
    ngoc = Told(players, STORY.name, CHI_NGOC)
    yield at(11, 5, 8, 10)
    ngoc.report(STATION)
    yield at(11, 5, 8, 50)
    ngoc.meet(STATION, needs={"needs": ["counselling"]})
    yield at(11, 5, 9, 20)
    ngoc.consent(STATION, LEGAL_AID, EVERYTHING)
    first = ngoc.send(
        STATION, LEGAL_AID, "first", "counselling", "p2", kinds=EVERYTHING, reason=TALK
    )
    yield at(11, 5, 15, 40)
    ngoc.decline(LEGAL_AID, first, "wrong_agency")
    yield at(11, 5, 16, 0)
    with refused(ConsentMissing):
        ngoc.send(STATION, CENTRE, "second", "counselling", "p2", kinds=EVERYTHING, reason=TALK)
    yield at(11, 6, 7, 45)
    ngoc.consent(STATION, CENTRE, EVERYTHING)
    second = ngoc.send(
        STATION, CENTRE, "second", "counselling", "p2", kinds=EVERYTHING, reason=TALK
    )
    ngoc.tick_off(STATION, first)
    yield at(11, 6, 10, 30)
    ngoc.accept(CENTRE, second, at(11, 7, 14))
    yield at(11, 7, 14, 10)
    ngoc.start(CENTRE, second)
    ngoc.serve(CENTRE, "counselling", "Đã tư vấn buổi đầu, hẹn buổi tiếp theo.")
    yield from _looked_after(ngoc)


def _looked_after(ngoc: Told) -> Moments:
    yield at(11, 8, 8, 0)
    offer = ngoc.hand_over(STATION, CENTRE, "Đề nghị tiếp nhận hồ sơ và theo dõi.")
    yield at(11, 8, 9, 0)
    ngoc.accept(CENTRE, offer, at(11, 8, 14))
    ngoc.tick_off(CENTRE, offer)
    yield at(11, 11, 14, 0)
    ngoc.follow_up(
        CENTRE,
        "office",
        "medium",
        how="Ngủ được hơn; đã nói chuyện với chị ruột.",
        done="Thống nhất từ hẹn trước và giờ gọi.",
        next_on=date(2024, 11, 28),
    )


STORY = Story(
    name="wrong-agency",
    title=("Gửi nhầm đơn vị", "Sent to the wrong agency"),
    line=(
        "Đơn vị đầu từ chối; người được hỗ trợ đồng ý lại, đơn vị đúng đã nhận.",
        "The first declined; after a new consent the right agency accepted.",
    ),
    survivors=(CHI_NGOC,),
    agencies=(STATION, CENTRE, LEGAL_AID),
    tell=tell,
    referrals=("second", "first"),
)
