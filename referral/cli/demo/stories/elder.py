"""7 · Mệ Gái: deaf, in a wheelchair, and she stays at home. Help comes to her.

Waits: the interpreter from the roster, and family refused as interpreters (D); step-free "unknown",
which is no match (F).
"""

from datetime import date
from uuid import UUID

from referral.cases.forms.definition import Answers
from referral.cli.demo.stories.stage import EVERYTHING, Moments, Players, Told, at
from referral.cli.demo.stories.story import Story, safe, survivor

UNION = "hoi-lhpn-tp-hue"
CENTRE = "cong-tac-xa-hoi"
LEGAL_AID = "tro-giup-phap-ly"
INTERPRETER = "Cao Thị Minh Ái"
WITNESS = "Mai Thị Quỳnh Giao"
HELP = {CENTRE: "counselling", LEGAL_AID: "legal_aid"}
BY_SIGNS: Answers = {
    "how": ["oral_with_witness", "through_interpreter"],
    "interpreter_name": INTERPRETER,
    "witness_name": WITNESS,
}

ME_GAI = survivor(
    7,
    date(1945, 1, 30),
    at(7, 1, 9, 0),
    at(7, 18, 14, 15),
    spoken_name="Gái",
    paper_name="Tôn Nữ Thị Gái",
    age_band="60_over",
    district="474",
    unit_code="19804",
    hamlet="Tổ 98",
    disability="hearing_speech",
    protected_group="no_self_care",
    language="sign_language",
    interpreter_needed=True,
    gbvims_type="denial_of_resources",
    principal_form="economic",
    relation="child",
    forms=("economic", "mental"),
    acts=("o", "p"),
    account="Con dâu giữ tiền trợ cấp, khóa cổng; không ra khỏi nhà được hai tuần.",
    reporter="union_member",
    receiver="mass_organisation",
    channel="in_person",
    first_action="Đã đến thăm cùng tổ trưởng, mở cổng, gặp riêng có người phiên dịch ký hiệu.",
    risk="medium",
    safe_contact=safe(
        "trusted_person",
        "Không gọi điện; không giao giấy tờ cho con dâu",
        meeting_place="Tại nhà, sáng thứ Tư, khi con dâu đi chợ",
    ),
)


def tell(players: Players) -> Moments:
    """She was asked by signs, before a witness; counselling and legal aid come to her house."""
    gai = Told(players, STORY.name, ME_GAI)
    yield at(7, 18, 14, 15)
    gai.report(UNION)
    yield at(7, 18, 15, 0)
    gai.meet(
        UNION,
        identity={"disability": ["hearing_speech", "mobility"]},
        needs={"needs": ["counselling", "legal_aid"]},
        safe_contact={"trusted_person": "Tổ trưởng tổ dân phố"},
    )
    home = {CENTRE: "Không muốn rời nhà; đề nghị tư vấn tại nhà.", LEGAL_AID: "Gặp tại nhà."}
    asked: dict[str, UUID] = {}
    yield at(7, 19, 9, 0)
    for to, service in HELP.items():
        gai.consent(UNION, to, EVERYTHING, BY_SIGNS)
        asked[to] = gai.send(UNION, to, service, service, "p2", kinds=EVERYTHING, reason=home[to])
    yield at(7, 19, 15, 0)
    for to, referral_id in asked.items():
        gai.accept(to, referral_id, at(7, 24, 9))
    yield at(7, 24, 9, 30)
    for to, referral_id in asked.items():
        gai.start(to, referral_id)
        gai.serve(to, HELP[to], "Đã gặp và tư vấn tại nhà, có người phiên dịch ký hiệu.")
    yield at(8, 7, 10, 0)
    for to, referral_id in asked.items():
        gai.complete(to, referral_id)
    yield from _visited(gai)


def _visited(gai: Told) -> Moments:
    yield at(8, 21, 9, 0)
    gai.follow_up(
        UNION,
        "visit",
        "low",
        how="Tự nhận tiền trợ cấp; cổng không khóa nữa.",
        done="Hẹn thăm mỗi tháng.",
        next_on=date(2024, 11, 13),
    )
    yield at(11, 13, 9, 0)
    gai.follow_up(
        UNION,
        "visit",
        "low",
        how="Khỏe, hàng xóm qua lại mỗi ngày.",
        done="Nhắc lại tín hiệu báo nguy.",
        next_on=date(2024, 12, 11),
    )


STORY = Story(
    name="elder",
    title=("Hỗ trợ tại nhà, có phiên dịch", "Help at home, by signs"),
    line=(
        "Đồng ý qua người phiên dịch ký hiệu; tư vấn, trợ giúp pháp lý đến tận nhà.",
        "Asked by signs; counselling and legal aid come to the house.",
    ),
    survivors=(ME_GAI,),
    agencies=(UNION, CENTRE, LEGAL_AID),
    tell=tell,
    referrals=("counselling", "legal_aid"),
)
