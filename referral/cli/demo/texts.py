"""What officials would write, in Vietnamese; no name, no place, no service is a real one's.

A line that fits only some says for whom: the words before the bar must all be true of her.
"""

from referral.cli.demo.cases import SyntheticCase

WIVES = frozenset({"spouse", "cohabiting_partner", "former_spouse", "parent_in_law"})

ACCOUNTS = {
    "rape": ("|Bị ép quan hệ tình dục trái ý muốn. Còn hoảng sợ, đề nghị làm việc với cán bộ nữ.",),
    "sexual_assault": (
        "|Bị sờ soạng, khống chế khi đang ở một mình; đã kêu cứu và thoát ra được.",
    ),
    "physical_assault": (
        "adult|Bị đánh vào mặt và tay sau khi cãi nhau; người gây ra đã uống rượu.",
        "mother|Bị tát, xô ngã vào tường; đồ đạc trong nhà bị đập. Con nhỏ chứng kiến.",
        "|Bị đá vào chân, bị đe dọa nếu báo chính quyền. Hàng xóm sang can ngăn.",
    ),
    "forced_marriage": (
        "|Bị ép kết hôn theo tục lệ khi chưa đủ tuổi; em không đồng ý và muốn đi học tiếp.",
    ),
    "denial_of_resources": (
        "mother|Bị giữ toàn bộ tiền công và giấy tờ; không được tự mua thuốc, thức ăn cho con.",
        "elder|Tiền trợ cấp hằng tháng bị người nhà giữ, phải xin từng khoản nhỏ.",
        "|Bị giữ giấy tờ và tiền, không được tự quyết việc chi tiêu của mình.",
    ),
    "psychological_abuse": (
        "wife|Thường xuyên bị chửi mắng, dọa đuổi khỏi nhà, bị cấm gặp người thân.",
        "adult|Bị theo dõi, kiểm tra điện thoại, đe dọa nhiều lần; mất ngủ, lo lắng kéo dài.",
        "|Thường xuyên bị chửi mắng, xúc phạm trước mặt người khác; sợ hãi, ít nói.",
    ),
    "not_gender_based": ("|Mâu thuẫn trong gia đình về việc chăm sóc; bị bỏ mặc nhiều ngày.",),
}
FIRST_ACTIONS = (
    "Đã đến nơi, yêu cầu chấm dứt hành vi, bảo đảm an toàn trước mắt cho người bị bạo lực.",
    "Đã gặp riêng người bị bạo lực, hướng dẫn cách liên hệ khi có nguy hiểm.",
    "Đã đưa người bị bạo lực đến nơi an toàn, báo Chủ tịch Ủy ban nhân dân cấp xã.",
    "Đã ghi nhận tin báo, hẹn gặp người bị bạo lực tại nơi an toàn trong ngày.",
)
CALL_TIMES = (
    "Chỉ gọi từ 8 giờ đến 10 giờ các ngày làm việc",
    "Sau 13 giờ, khi người có hành vi bạo lực đi làm",
    "Buổi sáng thứ Ba và thứ Năm",
    "Không gọi; nhắn qua người đáng tin cậy",
)
DO_NOT = (
    "|Không gọi buổi tối, không để lại lời nhắn",
    "|Không đến nhà, không gửi giấy mời về nhà",
    "|Không nhắn tin; điện thoại có thể bị người khác xem",
    "wife|Không nói với người bên nhà chồng",
)
IF_ANOTHER_ANSWERS = (
    "Nói là hỏi về lịch họp thôn rồi dừng cuộc gọi",
    "Nói là nhầm số",
    "Nói là nhắc lịch tiêm phòng cho cháu",
    "Nói là hỏi mua rau",
)
CODE_WORDS = ("chợ", "áo mưa", "cây chè", "bánh lọc", "vườn thanh trà", "cơm hến", "gùi lúa")
MEETING_PLACES = (
    "|Trạm Y tế, giờ khám buổi sáng",
    "adult|Nhà sinh hoạt cộng đồng, khi họp thôn, tổ",
    "mother|Cổng trường của con, lúc tan học",
    "child|Phòng y tế của trường, giờ ra chơi",
    "|Nhà người chị họ ở thôn bên",
)
OUTCOMES = {
    "protection": "Đã lập kế hoạch an toàn và thống nhất tín hiệu báo nguy.",
    "shelter": "Đã bố trí chỗ ở an toàn và bữa ăn.",
    "counselling": "Đã tư vấn buổi đầu, tinh thần ổn định hơn, hẹn buổi tiếp theo.",
    "health_care": "Đã khám, xử trí vết thương và hẹn tái khám.",
    "legal_aid": "Đã tư vấn quyền yêu cầu cấm tiếp xúc và hướng dẫn hồ sơ.",
    "essential_needs": "Đã hỗ trợ lương thực, quần áo và tiền mặt ban đầu.",
    "livelihood": "Đã giới thiệu lớp học nghề và việc làm tại địa phương.",
    "child_protection": "Đã đánh giá ban đầu, phối hợp nhà trường để cháu đi học an toàn.",
}
REASONS = {
    "protection": "Cần đánh giá nguy cơ và lập kế hoạch an toàn.",
    "shelter": "Cần nơi ở an toàn trong những ngày tới.",
    "counselling": "Cần được tư vấn tâm lý.",
    "health_care": "Cần khám và điều trị sau khi bị bạo lực.",
    "legal_aid": "Cần được tư vấn về quyền lợi và thủ tục.",
    "livelihood": "Mong muốn có việc làm, thu nhập riêng.",
}
FOLLOW_UPS = (
    "|Đã ổn định hơn, ngủ được; không có bạo lực mới.",
    "|Còn lo lắng khi ở nhà một mình.",
    "mother|Đã đi làm trở lại, các con đi học đều.",
    "child|Đã đi học lại, giáo viên chủ nhiệm quan tâm hằng ngày.",
    "wife|Người có hành vi đã xin lỗi, nhưng vẫn còn uống rượu.",
    "elder|Ăn uống tốt hơn, có hàng xóm qua lại mỗi ngày.",
)
DONE = (
    "|Rà soát kế hoạch an toàn.",
    "|Động viên, hẹn gặp lại, đề nghị tổ trưởng, trưởng thôn lưu ý.",
    "|Nhắc lại tín hiệu báo nguy và cách liên hệ.",
    "adult|Trao đổi về nhu cầu hỗ trợ tiếp theo và các đơn vị có thể giúp.",
)
CLOSURES = {
    "goals_met": "Các mục tiêu trong kế hoạch hỗ trợ đã đạt; biết cách liên hệ khi cần.",
    "survivor_asked": "Người được hỗ trợ đề nghị dừng; đã hướng dẫn cách quay lại bất cứ lúc nào.",
    "no_contact": "Không liên hệ được sau các lần thử an toàn trong hơn 30 ngày.",
    "moved": "Hồ sơ đã bàn giao cho đơn vị nơi ở mới.",
    "other": "Không thuộc phạm vi hỗ trợ; đã hướng dẫn đến cơ quan phù hợp.",
}


def fitting(lines: tuple[str, ...], case: SyntheticCase) -> list[str]:
    """The lines that may be written about her, without their conditions. Never empty."""
    true_of_her = {
        name
        for name, holds in (
            ("adult", not case.is_minor),
            ("child", case.is_minor),
            ("elder", case.age_band == "60_over"),
            ("mother", bool(case.children)),
            ("wife", case.sex == "female" and case.relation in WIVES),
        )
        if holds
    }
    split = [line.split("|", 1) for line in lines]
    return [text for condition, text in split if set(condition.split()) <= true_of_her]
