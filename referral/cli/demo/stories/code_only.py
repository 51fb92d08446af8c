"""9 · Chị M.: she gives no name, and needs none, from the border to the day she leaves.

Waits: papers and training as plans (D); the warnings before her stay ends (F); the identity tag
that she refused, and one of four who came back (H).
"""

from datetime import date
from uuid import UUID

from referral.cases.forms.definition import Answers
from referral.cli.demo.hosts import Reserved
from referral.cli.demo.stories.stage import WITHOUT_CONTACT, Moments, Players, Told, at, fixed_id
from referral.cli.demo.stories.story import Story, safe, survivor

POLICE = "cong-an-nam-dong"
CLINIC = "ttyt-nam-dong"
CENTRE = "cong-tac-xa-hoi"
INSTITUTION = "bao-tro-xa-hoi"
HOUSE, ROOM = "sen-trang", 4
TO_KEEPER = ("needs", "safe_contact")
NIGHTS = 74

CHI_M = survivor(
    9,
    date(2002, 5, 20),
    at(6, 8, 12, 0),
    at(8, 8, 9, 10),
    age_band="18_24",
    people="co_tu",
    district="483",
    unit_code="20182",
    hamlet="",
    gbvims_type="rape",
    principal_form=None,
    relation="broker",
    forms=("sexual", "mental"),
    account="Bị lừa bán sang nước ngoài để ép làm vợ; được Đồn Biên phòng bàn giao.",
    reporter="other_agency",
    receiver="border_guard",
    channel="in_person",
    first_action="Đã tiếp nhận, đưa đi khám; không hỏi tên.",
    risk="medium",
    safe_contact=safe("meeting_place", "Không báo về xã; không hỏi tên", code_word="hạt dổi"),
)
WITHOUT_NAME: Answers = {"how": ["thumbprint"]}


def tell(players: Players) -> Moments:
    """The whole path by a code alone."""
    m = Told(players, STORY.name, CHI_M)
    yield at(8, 8, 9, 10)
    m.report(POLICE)
    yield at(8, 8, 9, 40)
    m.meet(
        POLICE,
        identity={"birth_year": "", "residence_unit": ""},
        needs={"needs": ["health_care", "shelter", "papers", "livelihood"]},
    )
    yield at(8, 8, 10, 0)
    m.consent(POLICE, CLINIC, WITHOUT_CONTACT, WITHOUT_NAME)
    care = m.send(
        POLICE,
        CLINIC,
        "health",
        "health_care",
        "p1",
        kinds=WITHOUT_CONTACT,
        reason="Cần được khám; hồ sơ chỉ có mã, không hỏi tên.",
    )
    yield at(8, 8, 10, 40)
    m.accept(CLINIC, care, at(8, 8, 11))
    yield at(8, 8, 11, 20)
    m.start(CLINIC, care)
    m.serve(CLINIC, "health_care", "Đã khám toàn diện, xét nghiệm; hẹn tái khám.")
    yield at(8, 8, 14, 0)
    offer = m.hand_over(POLICE, CENTRE, "Đề nghị tiếp nhận hồ sơ; chỉ có mã.")
    yield at(8, 8, 15, 0)
    m.accept(CENTRE, offer, at(8, 8, 16))
    m.tick_off(CENTRE, offer)
    yield from _stay(m)


def _stay(m: Told) -> Moments:
    """Seventy-four nights; she leaves when she is ready, and nobody puts her out."""
    yield at(8, 8, 15, 30)
    m.consent(CENTRE, INSTITUTION, TO_KEEPER, WITHOUT_NAME, to_shelter=True)
    bed = m.send(
        CENTRE,
        INSTITUTION,
        "bed",
        "shelter",
        "p1",
        kinds=TO_KEEPER,
        reason="Cần nơi ở dài ngày; hồ sơ chỉ có mã.",
    )
    yield at(8, 8, 16, 10)
    m.accept_guest(INSTITUTION, bed, at(8, 8, 19))
    m.hold(INSTITUTION, bed, HOUSE, nights=NIGHTS, room=ROOM)
    yield at(8, 8, 16, 25)
    m.confirm(INSTITUTION, bed)
    yield at(8, 8, 18, 50)
    m.arrive(INSTITUTION, bed, "Đã đến, được bố trí phòng riêng.")
    yield at(8, 15, 9, 0)
    m.complete(CLINIC, fixed_id(STORY.name, "health"))
    for month, risk, how, next_on in (
        (8, "medium", "Ngủ được; muốn làm lại giấy tờ.", date(2024, 9, 20)),
        (9, "low", "Đã có giấy tờ, đang học may.", date(2024, 10, 20)),
    ):
        yield at(month, 20, 14, 0)
        m.follow_up(
            CENTRE, "office", risk, how=how, done="Rà soát kế hoạch cùng cơ sở.", next_on=next_on
        )
    yield from _leaves(m, bed)


def _leaves(m: Told, bed: UUID) -> Moments:
    yield at(10, 20, 14, 0)
    m.serve(CENTRE, "papers", "Đã được cấp lại giấy tờ tùy thân.")
    m.serve(CENTRE, "livelihood", "Đã xong lớp may, có việc làm.")
    m.follow_up(
        CENTRE,
        "office",
        "low",
        how="Sẵn sàng thuê nhà ở riêng.",
        done="Hẹn gặp lại.",
        next_on=date(2024, 12, 3),
    )
    yield at(10, 21, 9, 30)
    m.leave(INSTITUTION, bed, "rented")


STORY = Story(
    name="code-only",
    title=("Chỉ có mã, không có tên", "A code, and no name"),
    line=(
        "Khám, 74 đêm tạm lánh, giấy tờ, việc làm: không đơn vị nào biết tên.",
        "A doctor, 74 nights of shelter, papers, work: no agency knows a name.",
    ),
    survivors=(CHI_M,),
    agencies=(CENTRE, POLICE, CLINIC, INSTITUTION),
    tell=tell,
    referrals=("bed", "health"),
    reserved=(Reserved(HOUSE, ROOM, date(2024, 8, 8), date(2024, 10, 21)),),
)
