"""The kinds of task, what they are called, and which of them a person may tick off."""

from enum import StrEnum


class TaskKind(StrEnum):
    """What somebody must do next."""

    HAND_OVER = "hand_over"
    COSIGN = "cosign"
    AWAIT_ANSWER = "await_answer"
    FIND_ANOTHER = "find_another"
    FIRST_CONTACT = "first_contact"
    FOLLOW_UP = "follow_up"

    @property
    def label_vi(self) -> str:
        """The task in Vietnamese."""
        return LABELS[self][0]

    @property
    def label_en(self) -> str:
        """The task in English."""
        return LABELS[self][1]


LABELS: dict[TaskKind, tuple[str, str]] = {
    TaskKind.HAND_OVER: (
        "Bàn giao hồ sơ cho nhân viên công tác xã hội",
        "Hand the case over to a social worker",
    ),
    TaskKind.COSIGN: ("Ký xác nhận căn cứ pháp lý", "Co-sign the legal basis"),
    TaskKind.AWAIT_ANSWER: (
        "Phiếu chuyển gửi chưa được trả lời: gọi cho đơn vị nhận",
        "The referral has no answer yet: call the receiving agency",
    ),
    TaskKind.FIND_ANOTHER: ("Tìm đơn vị khác tiếp nhận", "Find another agency"),
    TaskKind.FIRST_CONTACT: ("Liên hệ lần đầu như đã hẹn", "Make the first contact as promised"),
    TaskKind.FOLLOW_UP: ("Theo dõi sau hỗ trợ", "Follow up"),
}
"""Per kind: the task in Vietnamese and in English."""

BY_HAND = frozenset(
    {TaskKind.HAND_OVER, TaskKind.AWAIT_ANSWER, TaskKind.FIND_ANOTHER, TaskKind.FIRST_CONTACT}
)
"""Others are done only by doing them: a follow-up is recorded, a legal basis is co-signed."""
