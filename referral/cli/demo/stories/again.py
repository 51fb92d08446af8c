"""5 · Chị Lành: three times the same man. One person, one case, and a risk that rises.

Each incident stands in the section of the agency that wrote it. Waits: several incidents in one
section, closing on 30 April and opening again (D); the ban with its limits, and its breach (D, E);
the figure of those to whom it happened again (H).
"""

from datetime import date

from referral.cases.forms.definition import Answers
from referral.cli.demo.cases import FurtherIncident
from referral.cli.demo.stories.stage import Moments, Players, Told, at
from referral.cli.demo.stories.story import Story, safe, survivor

WARD_POLICE = "cong-an-phong-an"
CENTRE = "cong-tac-xa-hoi"
CLINIC = "ttyt-phong-dien"
POLICE = "cong-an-phong-dien"
KNOWN = ("identity", "needs", "safe_contact")


def _beaten(on: date, hour: int) -> FurtherIncident:
    return FurtherIncident("physical_assault", "physical", hour, 0, on, on)


CHI_LANH = survivor(
    5,
    date(1977, 12, 19),
    at(2, 3, 20, 0),
    at(2, 3, 21, 10),
    spoken_name="Lành",
    paper_name="Đặng Thị Lành",
    age_band="40_59",
    district="476",
    unit_code="19858",
    hamlet="Thôn Mẫu 4",
    gbvims_type="physical_assault",
    principal_form="physical",
    relation="spouse",
    forms=("physical", "mental"),
    acts=("a", "b"),
    account="Bị chồng tát và xô ngã sau khi uống rượu; lần đầu báo Công an.",
    reporter="survivor",
    receiver="police",
    channel="call_or_message",
    first_action="Đã đến nơi, lập biên bản, yêu cầu cam kết không tái phạm.",
    risk="low",
    further=[_beaten(date(2024, 6, 21), 20), _beaten(date(2024, 11, 9), 19)],
    safe_contact=safe(
        "set_times",
        "Không gọi buổi tối",
        phone="0400 905 005",
        call_times="Buổi sáng thứ Ba và thứ Năm",
        code_word="cây chè",
    ),
)


def tell(players: Players) -> Moments:
    """February, June, November; the follow-ups tell how the risk rose."""
    lanh = Told(players, STORY.name, CHI_LANH)
    yield at(2, 3, 21, 10)
    lanh.report(WARD_POLICE)
    yield at(2, 3, 21, 50)
    lanh.meet(WARD_POLICE, needs={"needs": ["counselling"]})
    yield at(2, 5, 8, 0)
    offer = lanh.hand_over(WARD_POLICE, CENTRE, "Đề nghị tiếp nhận hồ sơ, tư vấn và theo dõi.")
    yield at(2, 5, 9, 30)
    lanh.accept(CENTRE, offer, at(2, 5, 10))
    lanh.tick_off(CENTRE, offer)
    yield from _follow(
        lanh, date(2024, 2, 7), "low", "Chồng đã xin lỗi; tạm yên.", date(2024, 4, 30)
    )
    yield from _follow(
        lanh, date(2024, 4, 30), "low", "Không có việc mới; muốn dừng.", date(2024, 6, 28)
    )
    yield from _second(lanh)
    yield from _third(lanh)


def _follow(
    lanh: Told, on: date, risk: str, how: str, next_on: date, *, violence: str = "no"
) -> Moments:
    yield at(on.month, on.day, 9, 30)
    done = "Rà soát kế hoạch an toàn, nhắc lại tín hiệu báo nguy."
    lanh.follow_up(
        CENTRE, "phone", risk, how=how, done=done, next_on=next_on, new_violence=violence
    )


def _second(lanh: Told) -> Moments:
    """She comes to the clinic, which knows her case by her leave and writes its own section."""
    yield at(6, 21, 22, 0)
    lanh.consent(CENTRE, CLINIC, KNOWN)
    care = lanh.send(
        CENTRE, CLINIC, "care", "health_care", "p1", kinds=KNOWN, reason="Cần được khám ngay."
    )
    yield at(6, 21, 22, 10)
    lanh.accept(CLINIC, care, at(6, 21, 22, 30))
    yield at(6, 21, 22, 35)
    lanh.start(CLINIC, care)
    lanh.write(
        CLINIC,
        "incident",
        _incident("2024-06-21", "20:30", "Bị đánh vào tay và vai khi can chồng đánh con trâu."),
    )
    lanh.serve(CLINIC, "health_care", "Đã khám, băng bó; hẹn tái khám.")
    yield at(6, 28, 10, 0)
    lanh.complete(CLINIC, care)
    yield from _follow(
        lanh, date(2024, 6, 28), "medium", "Đau tay đã đỡ; lo.", date(2024, 11, 8), violence="yes"
    )
    yield from _follow(
        lanh, date(2024, 11, 8), "medium", "Chồng lại uống rượu.", date(2024, 11, 12)
    )


def _third(lanh: Told) -> Moments:
    """The ban is asked at 20:15, signed at 06:30 and broken on the day after; then a second."""
    yield at(11, 9, 19, 50)
    lanh.consent(CENTRE, POLICE, KNOWN)
    ban = lanh.send(
        CENTRE,
        POLICE,
        "ban",
        "protection",
        "p0",
        kinds=KNOWN,
        reason="Bị đe dọa giết; đề nghị cấm tiếp xúc.",
    )
    yield at(11, 9, 20, 15)
    lanh.accept(POLICE, ban, at(11, 9, 20, 30))
    yield at(11, 9, 20, 40)
    lanh.start(POLICE, ban)
    lanh.write(
        POLICE,
        "incident",
        _incident("2024-11-09", "19:00", "Bị bóp tay, dọa giết bằng dao trước mặt con."),
    )
    yield at(11, 10, 6, 30)
    lanh.serve(POLICE, "contact_ban", "Quyết định cấm tiếp xúc 72 giờ, ký lúc 6 giờ 30.")
    yield at(11, 11, 17, 40)
    lanh.serve(
        POLICE, "protection", "Người chồng đến gần trong 60 m; đã buộc rời đi, lập biên bản."
    )
    yield from _follow(
        lanh, date(2024, 11, 12), "high", "Sợ hãi, mất ngủ.", date(2024, 11, 20), violence="yes"
    )
    yield at(11, 12, 16, 30)
    lanh.serve(POLICE, "contact_ban", "Quyết định cấm tiếp xúc thứ hai, 72 giờ.")
    yield from _follow(lanh, date(2024, 11, 20), "high", "Đang ở nhà con gái.", date(2024, 11, 28))


def _incident(day: str, hour: str, account: str) -> Answers:
    return {
        "occurred_on": day,
        "occurred_time": hour,
        "unit": CHI_LANH.unit_code,
        "place_type": "own_home",
        "forms": ["physical", "mental"],
        "acts": ["a", "b"],
        "gbvims_type": "physical_assault",
        "perpetrator_relation": "spouse",
        "strangulation": "no",
        "previous": "yes",
        "account": account,
    }


STORY = Story(
    name="again",
    title=("Ba lần trong một năm", "Three times in a year"),
    line=(
        "Một hồ sơ, ba vụ việc; nguy cơ tăng dần, hai quyết định cấm tiếp xúc.",
        "One case, three incidents; the risk rises, two contact bans are signed.",
    ),
    survivors=(CHI_LANH,),
    agencies=(CENTRE, POLICE, CLINIC, WARD_POLICE),
    tell=tell,
    referrals=("ban", "care"),
)
