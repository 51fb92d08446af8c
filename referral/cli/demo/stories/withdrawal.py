"""2 · Chị Sương: she takes back what she agreed to for one agency, and only that.

Waits: her answer on statistics, which stays untouched (D, H); legal aid confirms its purge (E).
"""

from datetime import date

from referral.cli.demo.stories.stage import EVERYTHING, Moments, Players, Told, at
from referral.cli.demo.stories.story import Story, safe, survivor

OFFICE = "phong-ldtbxh-huong-thuy"
UNION = "hoi-lhpn-huong-thuy"
LEGAL_AID = "tro-giup-phap-ly"
TO_LEGAL_AID = ("identity", "incident", "needs")

CHI_SUONG = survivor(
    2,
    date(1990, 1, 22),
    at(10, 13, 21, 15),
    at(10, 14, 8, 20),
    spoken_name="Sương",
    paper_name="Ngô Thị Thanh Sương",
    age_band="25_39",
    children=(4, 9),
    district="479",
    unit_code="19960",
    hamlet="Tổ 95",
    gbvims_type="psychological_abuse",
    principal_form="mental",
    relation="spouse",
    forms=("mental", "economic"),
    acts=("b", "o"),
    account="Thường xuyên bị chửi mắng, dọa đuổi khỏi nhà; tiền công bị chồng giữ.",
    reporter="survivor",
    receiver="social_work",
    channel="in_person",
    first_action="Đã tiếp riêng, hướng dẫn cách liên hệ khi có nguy hiểm.",
    risk="low",
    safe_contact=safe(
        "set_times",
        "Không gọi buổi tối, không nói tên đơn vị",
        phone="0400 902 002",
        call_times="9 giờ đến 10 giờ, các ngày làm việc",
        if_another_answers="Nói là nhắc lịch họp phụ huynh",
        code_word="áo mưa",
    ),
)


def tell(players: Players) -> Moments:
    """Two agencies know; then one of them knows no more."""
    suong = Told(players, STORY.name, CHI_SUONG)
    yield at(10, 14, 8, 20)
    suong.report(OFFICE)
    yield at(10, 14, 9, 0)
    suong.meet(OFFICE, needs={"needs": ["counselling", "legal_aid", "livelihood"]})
    yield at(10, 14, 9, 40)
    suong.consent(OFFICE, UNION, EVERYTHING)
    yield at(10, 14, 9, 50)
    union = suong.send(
        OFFICE,
        UNION,
        "union",
        "livelihood",
        "p3",
        kinds=EVERYTHING,
        reason="Mong muốn có việc làm, thu nhập riêng.",
    )
    yield at(10, 15, 8, 10)
    suong.accept(UNION, union, at(10, 17, 9))
    yield at(10, 17, 9, 20)
    suong.start(UNION, union)
    yield from _taken_back(suong)


def _taken_back(suong: Told) -> Moments:
    yield at(10, 17, 16, 0)
    suong.follow_up(
        OFFICE,
        "office",
        "low",
        how="Bình tĩnh hơn; muốn được tư vấn về tài sản chung.",
        done="Rà soát kế hoạch an toàn, trao đổi về trợ giúp pháp lý.",
        next_on=date(2024, 11, 14),
    )
    yield at(11, 14, 9, 30)
    suong.follow_up(
        OFFICE,
        "phone",
        "low",
        how="Đã học nghề được ba tuần.",
        done="Hẹn gặp cùng cán bộ Hội.",
        next_on=date(2024, 12, 5),
    )
    yield at(11, 18, 9, 15)
    basis = suong.consent(UNION, LEGAL_AID, TO_LEGAL_AID)
    yield at(11, 18, 9, 25)
    law = suong.send(
        UNION,
        LEGAL_AID,
        "legal-aid",
        "legal_aid",
        "p2",
        kinds=TO_LEGAL_AID,
        reason="Cần được tư vấn về tài sản chung của vợ chồng.",
    )
    yield at(11, 18, 14, 40)
    suong.accept(LEGAL_AID, law, at(11, 26, 9))
    yield at(11, 22, 10, 5)
    suong.withdraw(UNION, basis)


STORY = Story(
    name="withdrawal",
    title=("Rút lại sự đồng ý", "Consent taken back"),
    line=(
        "Rút lại sự đồng ý ngày 22/11: phiếu này dừng ngay, đơn vị kia vẫn hỗ trợ.",
        "Taken back on 22 November: this referral stops, the other goes on.",
    ),
    survivors=(CHI_SUONG,),
    agencies=(UNION, OFFICE, LEGAL_AID),
    tell=tell,
    referrals=("legal-aid", "union"),
)
