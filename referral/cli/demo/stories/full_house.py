"""4 · Chị Kim Anh and her sons, and a woman in hospital: one room, two who ask in the same second.

The database decides who has it. Waits: that police and hospital hold places themselves, the
waiting list, the longer hold, and the one turn-away in the count (F).
"""

from datetime import date
from uuid import UUID

from referral.cli.demo.hosts import Reserved
from referral.cli.demo.stories.stage import Moments, Players, Told, at, fixed_id, refused
from referral.cli.demo.stories.story import Story, safe, survivor
from referral.shelters.errors import BedTaken

POLICE = "cong-an-an-cuu"
HOSPITAL = "bvtw-hue"
CENTRE = "cong-tac-xa-hoi"
WARD = "ubnd-vy-da"
UNION = "hoi-lhpn-tp-hue"
FULL, NEXT = "hoa-su", "bang-lang"
TO_KEEPER = ("identity", "needs", "safe_contact")
BED = "Đêm nay không có nơi ở an toàn."

CHI_KIM_ANH = survivor(
    4,
    date(1983, 6, 3),
    at(11, 16, 22, 10),
    at(11, 16, 23, 0),
    spoken_name="Kim Anh",
    paper_name="Hoàng Thị Kim Anh",
    age_band="40_59",
    children=(6, 13),
    district="474",
    unit_code="19801",
    hamlet="Tổ 97",
    gbvims_type="physical_assault",
    principal_form="physical",
    relation="spouse",
    forms=("physical", "mental"),
    acts=("a", "c", "q"),
    account="Bị chồng đánh, đuổi ra khỏi nhà cùng hai con trai và con chó.",
    reporter="neighbour",
    receiver="police",
    channel="call_or_message",
    first_action="Đã đến nơi, đưa ba mẹ con về trụ sở; chó được gửi tạm nhà hàng xóm.",
    risk="high",
    safe_contact=safe(
        "any_time",
        "Không nói nơi ở cho người nhà chồng",
        phone="0400 904 004",
        code_word="bánh lọc",
    ),
)
CHI_VAN = survivor(
    14,
    date(1995, 9, 17),
    at(11, 16, 20, 30),
    at(11, 16, 22, 5),
    spoken_name="Vân",
    paper_name="Lương Thị Tường Vân",
    age_band="25_39",
    district="474",
    unit_code="19774",
    hamlet="Tổ 94",
    gbvims_type="physical_assault",
    principal_form="physical",
    relation="spouse",
    forms=("physical",),
    acts=("a",),
    account="Bị chồng đánh gãy ngón tay; không dám về nhà.",
    reporter="health_worker",
    receiver="health_facility",
    channel="in_person",
    first_action="Đã khám, bó nẹp; gặp riêng người bị bạo lực.",
    risk="high",
    safe_contact=safe("will_call", "Không gọi; số điện thoại do chồng đứng tên"),
)


def tell(players: Players) -> Moments:
    """Two referrals, one room, one refusal; and a second house that takes the family."""
    family = Told(players, STORY.name, CHI_KIM_ANH)
    other = Told(players, STORY.name, CHI_VAN, what="case-2")
    yield at(11, 16, 22, 5)
    other.report(HOSPITAL)
    yield at(11, 16, 22, 50)
    other.meet(HOSPITAL, needs={"needs": ["health_care", "shelter"]})
    yield at(11, 16, 23, 0)
    family.report(POLICE)
    yield at(11, 16, 23, 20)
    boys = [{"sex": "male", "age": 6}, {"sex": "male", "age": 13}]
    family.meet(POLICE, needs={"needs": ["shelter", "protection"], "children": boys})
    yield at(11, 16, 23, 32)
    agreed = family.consent(POLICE, WARD, TO_KEEPER, to_shelter=True)
    other.consent(HOSPITAL, WARD, TO_KEEPER, to_shelter=True)
    yield at(11, 16, 23, 38)
    asked = family.send(POLICE, WARD, "first", "shelter", "p0", kinds=TO_KEEPER, reason=BED)
    rival = other.send(HOSPITAL, WARD, "rival", "shelter", "p0", kinds=TO_KEEPER, reason=BED)
    yield at(11, 16, 23, 45)
    family.accept_guest(WARD, asked, at(11, 17, 0, 15))
    other.accept_guest(WARD, rival, at(11, 17, 0, 15))
    yield at(11, 16, 23, 50)
    other.hold(WARD, rival, FULL, nights=4)
    with refused(BedTaken):
        family.hold(WARD, asked, FULL, nights=4)
    yield from _another_house(family, agreed)
    yield from _this_house(other, rival)
    yield from _looked_after(family, other)


def _another_house(family: Told, agreed: UUID) -> Moments:
    yield at(11, 16, 23, 53)
    family.consent(POLICE, UNION, TO_KEEPER, to_shelter=True)
    yield at(11, 16, 23, 55)
    bed = family.send(POLICE, UNION, "second", "shelter", "p0", kinds=TO_KEEPER, reason=BED)
    yield at(11, 16, 23, 58)
    family.accept_guest(UNION, bed, at(11, 17, 1))
    family.hold(UNION, bed, NEXT, nights=8)
    yield at(11, 17, 0, 5)
    family.withdraw(POLICE, agreed)
    yield at(11, 17, 0, 12)
    family.confirm(UNION, bed)
    yield at(11, 17, 0, 55)
    family.arrive(UNION, bed, "Ba mẹ con đã đến, được bố trí phòng nghỉ; chó ở sân sau.")


def _this_house(other: Told, rival: UUID) -> Moments:
    yield at(11, 17, 1, 0)
    other.confirm(WARD, rival)
    yield at(11, 17, 1, 10)
    other.arrive(WARD, rival, "Đã đến nơi an toàn, được bố trí phòng nghỉ.")


def _looked_after(family: Told, other: Told) -> Moments:
    """Both cases pass to the centre in the morning; both women go on to their kin."""
    yield at(11, 17, 8, 30)
    for told, opener in ((family, POLICE), (other, HOSPITAL)):
        offer = told.hand_over(opener, CENTRE, "Đang tạm lánh; đề nghị tiếp nhận hồ sơ, theo dõi.")
        told.accept(CENTRE, offer, at(11, 17, 10))
        told.tick_off(CENTRE, offer)
    yield at(11, 20, 8, 10)
    other.leave(WARD, fixed_id(STORY.name, "rival"), "kin")
    yield at(11, 20, 10, 0)
    other.follow_up(
        CENTRE,
        "phone",
        "medium",
        how="Đang ở nhà chị ruột.",
        done="Rà soát kế hoạch.",
        next_on=date(2024, 12, 2),
    )
    yield at(11, 24, 9, 0)
    family.leave(UNION, fixed_id(STORY.name, "second"), "kin")
    yield at(11, 24, 10, 30)
    family.follow_up(
        CENTRE,
        "visit",
        "medium",
        how="Ba mẹ con về ở nhà ngoại; hai cháu đi học lại.",
        done="Rà soát kế hoạch an toàn cùng gia đình ngoại.",
        next_on=date(2024, 12, 1),
    )


STORY = Story(
    name="full-house",
    title=("Một phòng, hai người cần", "One room, two who need it"),
    line=(
        "23 giờ 50, hai nơi giữ một phòng: một nơi được, gia đình kia có chỗ khác.",
        "At 23:50 two hold one room: one has it, the other is placed elsewhere.",
    ),
    survivors=(CHI_KIM_ANH, CHI_VAN),
    agencies=(POLICE, HOSPITAL, UNION, WARD, CENTRE),
    tell=tell,
    referrals=("second", "rival", "first"),
    reserved=(
        Reserved(FULL, 0, date(2024, 11, 16), date(2024, 11, 20)),
        Reserved(NEXT, 0, date(2024, 11, 16), date(2024, 11, 24)),
    ),
)
