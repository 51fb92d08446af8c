"""The kinds of task, what they are called, and which of them a person may tick off."""

from referral.kernel.labels import Labelled


class TaskKind(Labelled):
    """What somebody must do next."""

    HAND_OVER = (
        "hand_over",
        "Bàn giao hồ sơ cho nhân viên công tác xã hội",
        "Hand the case over to a social worker",
    )
    COSIGN = "cosign", "Ký xác nhận căn cứ pháp lý", "Co-sign the legal basis"
    AWAIT_ANSWER = (
        "await_answer",
        "Phiếu chuyển gửi chưa được trả lời: gọi cho đơn vị nhận",
        "The referral has no answer yet: call the receiving agency",
    )
    FIND_ANOTHER = "find_another", "Tìm đơn vị khác tiếp nhận", "Find another agency"
    FIRST_CONTACT = (
        "first_contact",
        "Liên hệ lần đầu như đã hẹn",
        "Make the first contact as promised",
    )
    GIVE_ANEW = (
        "give_anew",
        "Mở hồ sơ để cấp lại quyền xem phần vẫn được đồng ý",
        "Open the case, so that what is still agreed is shared again",
    )
    SEND_AGAIN = (
        "send_again",
        "Gửi lại phiếu chuyển gửi",
        "Send the referral again",
    )
    CONFIRM_ACCESS = (
        "confirm_access",
        "Xác nhận lại quyền xem sau khi khôi phục",
        "Confirm access again after the restore",
    )
    MOVE_AGAIN = (
        "move_again",
        "Chuyển lại hồ sơ sang nhóm khác sau khi khôi phục",
        "Move the case to another circle again after the restore",
    )
    RECONFIRM = (
        "reconfirm",
        "Hỏi lại sự đồng ý ở lần gặp tới: đơn vị nhận đã được thay bằng đơn vị kế tục",
        "Ask for her consent again at the next contact: another agency has taken over",
    )
    DESTROY_PAPER = (
        "destroy_paper",
        "Hủy phiếu giấy đang cất",
        "Destroy the paper that is kept",
    )
    ASSESS_RISK = "assess_risk", "Đánh giá lại mức độ nguy cơ", "Assess the risk again"
    FOLLOW_UP = "follow_up", "Theo dõi sau hỗ trợ", "Follow up"
    REASSIGN = (
        "reassign",
        "Cần phân công lại: người được giao không còn trong nhóm phụ trách",
        "Name somebody anew: who was named is no longer in the circle",
    )


BY_HAND = frozenset(
    {
        TaskKind.HAND_OVER,
        TaskKind.AWAIT_ANSWER,
        TaskKind.FIND_ANOTHER,
        TaskKind.FIRST_CONTACT,
        TaskKind.SEND_AGAIN,
    }
)
"""Others are done only by doing them: a follow-up is recorded, a legal basis is co-signed,
what remains of an access is given anew, each access is confirmed or ended, a case is moved, and
of a paper somebody says when it was destroyed."""
