"""8 · Em Nghin: wed at fifteen by custom, hit at seventeen, and asked in her own language.

The first interpreter was the husband's cousin and did not interpret; the second did, by phone.
Waits: the roster that refuses a relative, and her consent as sound (D); a hold of four hours in the
mountains (F); the cell that is suppressed with its complement (H).
"""

from datetime import date

from referral.cases.forms.definition import Answers
from referral.cli.demo.cases import FurtherIncident
from referral.cli.demo.hosts import Reserved
from referral.cli.demo.stories.stage import EVERYTHING, Moments, Players, Told, at
from referral.cli.demo.stories.story import Story, safe, survivor

STATION = "tram-y-te-hong-ha"
POLICE = "cong-an-hong-ha"
COMMUNE = "ubnd-hong-ha"
CENTRE = "cong-tac-xa-hoi"
HOUSE = "mai-vang"
INTERPRETER = "Viên Thị Hờm"
TO_KEEPER = ("identity", "needs", "safe_contact")
IN_PA_CO: Answers = {
    "how": ["thumbprint", "through_interpreter"],
    "interpreter_name": INTERPRETER,
    "limits": "Không phiên dịch qua người nhà của chồng.",
}

EM_NGHIN = survivor(
    8,
    date(2007, 3, 4),
    at(6, 10, 20, 45),
    at(6, 11, 7, 50),
    spoken_name="Kăn Nghin",
    paper_name="Pata Thị Nghin",
    age_band="16_17",
    people="pa_co",
    language="pa_co_ta_oi",
    interpreter_needed=True,
    district="481",
    unit_code="20059",
    hamlet="Thôn Mẫu 3",
    gbvims_type="forced_marriage",
    principal_form="mental",
    relation="other_kin",
    forms=("mental",),
    acts=("l", "b"),
    account="Em bị gia đình hai bên buộc về sống như vợ chồng theo tục lệ khi 15 tuổi.",
    reporter="health_worker",
    receiver="health_facility",
    channel="in_person",
    first_action="Đã khám, gặp riêng; đổi người phiên dịch vì là họ hàng của chồng.",
    risk="high",
    further=[
        FurtherIncident("physical_assault", "physical", 20, 0, date(2024, 6, 10), date(2024, 6, 11))
    ],
    safe_contact=safe(
        "meeting_place",
        "Không nói với người bên nhà chồng; không gọi điện",
        meeting_place="Trạm Y tế, giờ khám buổi sáng",
        code_word="gùi măng",
    ),
)
HIT: Answers = {
    "occurred_on": "2024-06-10",
    "occurred_time": "20:45",
    "unit": "20059",
    "place_type": "own_home",
    "forms": ["physical"],
    "acts": ["a"],
    "gbvims_type": "physical_assault",
    "perpetrator_relation": "cohabiting_partner",
    "perpetrator_sex": "male",
    "strangulation": "no",
    "account": "Em bị đánh vào mặt và lưng vì về nhà cha mẹ đẻ.",
}


def tell(players: Players) -> Moments:
    """What was done to her two years ago and what was done yesterday stand apart."""
    nghin = Told(players, STORY.name, EM_NGHIN)
    yield at(6, 11, 7, 50)
    nghin.report(STATION)
    yield at(6, 11, 8, 40)
    nghin.meet(
        STATION,
        incident={"occurred_on": "2022-09-18", "occurred_time": ""},
        needs={"needs": ["health_care", "shelter", "protection", "education"]},
    )
    yield at(6, 11, 9, 30)
    nghin.consent(STATION, POLICE, EVERYTHING, IN_PA_CO)
    asked = nghin.send(
        STATION,
        POLICE,
        "protection",
        "protection",
        "p1",
        kinds=EVERYTHING,
        reason="Người chưa thành niên, nói tiếng Pa Cô; cần bảo vệ ngay.",
    )
    yield at(6, 11, 10, 20)
    nghin.accept(POLICE, asked, at(6, 11, 11))
    yield at(6, 11, 11, 10)
    nghin.start(POLICE, asked)
    nghin.write(POLICE, "incident", HIT)
    nghin.serve(POLICE, "protection", "Đã gặp hai bên gia đình, yêu cầu chấm dứt hành vi.")
    yield from _sheltered(nghin)
    yield from _looked_after(nghin)


def _sheltered(nghin: Told) -> Moments:
    yield at(6, 11, 11, 30)
    nghin.consent(STATION, COMMUNE, TO_KEEPER, IN_PA_CO, to_shelter=True)
    bed = nghin.send(
        STATION,
        COMMUNE,
        "bed",
        "shelter",
        "p1",
        kinds=TO_KEEPER,
        reason="Cần nơi ở an toàn; đường đi mất nửa ngày.",
    )
    yield at(6, 11, 12, 0)
    nghin.accept_guest(COMMUNE, bed, at(6, 11, 17))
    nghin.hold(COMMUNE, bed, HOUSE, nights=3)
    yield at(6, 11, 13, 15)
    nghin.confirm(COMMUNE, bed)
    yield at(6, 11, 16, 40)
    nghin.arrive(COMMUNE, bed, "Đã đến nơi an toàn sau khi đi bộ và xe máy.")
    yield at(6, 14, 9, 0)
    nghin.leave(COMMUNE, bed, "kin")


def _looked_after(nghin: Told) -> Moments:
    yield at(6, 14, 9, 40)
    offer = nghin.hand_over(
        STATION, CENTRE, "Đề nghị tiếp nhận hồ sơ, hỗ trợ việc học và theo dõi."
    )
    yield at(6, 14, 11, 0)
    nghin.accept(CENTRE, offer, at(6, 14, 14))
    nghin.tick_off(CENTRE, offer)
    yield at(6, 17, 9, 0)
    nghin.follow_up(
        CENTRE,
        "visit",
        "medium",
        how="Em ở nhà cha mẹ đẻ, muốn đi học tiếp.",
        done="Làm việc với nhà trường; có người phiên dịch.",
        next_on=date(2024, 9, 6),
    )
    yield at(9, 6, 9, 0)
    nghin.follow_up(
        CENTRE,
        "visit",
        "low",
        how="Em đã vào lớp 10.",
        done="Hẹn gặp lại ở trường.",
        next_on=date(2024, 12, 6),
    )


STORY = Story(
    name="language",
    title=("Hỏi bằng tiếng Pa Cô", "Asked in Pa Cô"),
    line=(
        "Điểm chỉ qua người phiên dịch không phải họ hàng; hai vụ việc ghi riêng.",
        "A thumbprint through an interpreter who is no relative; two incidents apart.",
    ),
    survivors=(EM_NGHIN,),
    agencies=(STATION, POLICE, COMMUNE, CENTRE),
    tell=tell,
    referrals=("protection", "bed"),
    reserved=(Reserved(HOUSE, 0, date(2024, 6, 11), date(2024, 6, 14)),),
)
