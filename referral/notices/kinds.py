"""What a notice can say. Each text stands alone: no name, service, agency or word of violence."""

from enum import StrEnum


class NoticeKind(StrEnum):
    """Why somebody is told."""

    REFERRAL_RECEIVED = "referral_received"
    REFERRAL_ACCEPTED = "referral_accepted"
    REFERRAL_DECLINED = "referral_declined"
    REFERRAL_COMPLETED = "referral_completed"
    REFERRAL_ENDED = "referral_ended"
    COSIGN_WANTED = "cosign_wanted"
    SHARING_LAPSED = "sharing_lapsed"
    CASE_RECEIVED = "case_received"
    TASK_DUE = "task_due"
    HOLD_LAPSED = "hold_lapsed"

    @property
    def label_vi(self) -> str:
        """The notice in Vietnamese."""
        return LABELS[self][0]

    @property
    def label_en(self) -> str:
        """The notice in English."""
        return LABELS[self][1]


LABELS: dict[NoticeKind, tuple[str, str]] = {
    NoticeKind.REFERRAL_RECEIVED: ("Có phiếu mới cần trả lời", "A new request needs an answer"),
    NoticeKind.REFERRAL_ACCEPTED: ("Phiếu đã được nhận", "A request was accepted"),
    NoticeKind.REFERRAL_DECLINED: (
        "Phiếu không được nhận, cần tìm nơi khác",
        "A request was declined; another place is needed",
    ),
    NoticeKind.REFERRAL_COMPLETED: ("Phiếu đã hoàn thành", "A request was completed"),
    NoticeKind.REFERRAL_ENDED: ("Phiếu không còn hiệu lực", "A request is no longer open"),
    NoticeKind.COSIGN_WANTED: ("Có việc cần cán bộ giám sát ký", "Something needs a co-signature"),
    NoticeKind.SHARING_LAPSED: (
        "Một quyền xem đã hết hạn, cần xem lại",
        "An access has lapsed; look at it again",
    ),
    NoticeKind.CASE_RECEIVED: ("Đã tiếp nhận một hồ sơ mới", "A new case has been taken over"),
    NoticeKind.TASK_DUE: ("Có việc đến hạn", "A task is due"),
    NoticeKind.HOLD_LAPSED: ("Một lượt giữ chỗ đã hết hạn", "A hold has lapsed"),
}
"""Per kind: the notice in Vietnamese and in English."""
