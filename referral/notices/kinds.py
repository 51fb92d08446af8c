"""What a notice can say, and by what it goes out.

Each text stands alone: no name, service, agency or word of violence.
"""

from referral.kernel.labels import Labelled


class NoticeKind(Labelled):
    """Why somebody is told."""

    REFERRAL_RECEIVED = (
        "referral_received",
        "Có phiếu mới cần trả lời",
        "A new request needs an answer",
    )
    REFERRAL_ACCEPTED = "referral_accepted", "Phiếu đã được nhận", "A request was accepted"
    REFERRAL_DECLINED = (
        "referral_declined",
        "Phiếu không được nhận, cần tìm nơi khác",
        "A request was declined; another place is needed",
    )
    REFERRAL_COMPLETED = "referral_completed", "Phiếu đã hoàn thành", "A request was completed"
    REFERRAL_ENDED = "referral_ended", "Phiếu không còn hiệu lực", "A request is no longer open"
    COSIGN_WANTED = (
        "cosign_wanted",
        "Có việc cần cán bộ giám sát ký",
        "Something needs a co-signature",
    )
    SHARING_LAPSED = (
        "sharing_lapsed",
        "Một quyền xem đã hết hạn, cần xem lại",
        "An access has lapsed; look at it again",
    )
    CASE_RECEIVED = "case_received", "Đã tiếp nhận một hồ sơ mới", "A new case has been taken over"
    CASE_MOVED = (
        "case_moved",
        "Một hồ sơ đã được chuyển sang nhóm của mình",
        "A case has been moved to this circle",
    )
    REASSIGN_WANTED = (
        "reassign_wanted",
        "Có việc cần phân công lại",
        "Something needs another person to see to it",
    )
    TASK_GIVEN = "task_given", "Được giao một việc", "Something was given to you to see to"
    ACCESS_WAITS = (
        "access_waits",
        "Có quyền xem cần xác nhận lại",
        "An access waits to be confirmed again",
    )
    MOVE_WAITS = (
        "move_waits",
        "Có nội dung cần chuyển lại sang nhóm khác trước khi mở",
        "Something must go to another circle again before it opens",
    )
    TASK_DUE = "task_due", "Có việc đến hạn", "A task is due"
    DRAFT_ENDS = (
        "draft_ends",
        "Có bản nháp sắp bị xóa: hãy viết tiếp hoặc bỏ",
        "A draft will soon be deleted: go on with it, or drop it",
    )
    LOG_DIFFERS = (
        "log_differs",
        "Cần đối chiếu nhật ký của đơn vị",
        "The agency's log must be compared",
    )
    HOLD_LAPSED = "hold_lapsed", "Một lượt giữ chỗ đã hết hạn", "A hold has lapsed"
    NAMED_AS_SECOND = (
        "named_as_second",
        "Một đơn vị nhờ quý đơn vị giúp khi cán bộ của họ mất mật khẩu",
        "An agency counts on you when a passphrase is lost there",
    )
    REENROLMENT_BEGUN = (
        "reenrolment_begun",
        "Một đồng nghiệp đang được cấp lại khóa: cần xác minh nếu không rõ lý do",
        "A colleague is being given new keys: ask, if you do not know why",
    )
    REENROLMENT_DONE = (
        "reenrolment_done",
        "Một đồng nghiệp đã có khóa mới",
        "A colleague has new keys",
    )
    ROLES_CHANGED = (
        "roles_changed",
        "Vai trò của mình trong đơn vị đã thay đổi: hãy hỏi quản trị đơn vị nếu chưa rõ",
        "Your roles in the agency have changed: ask its administrator, if you do not know why",
    )
    KIT_USED = (
        "kit_used",
        "Một quản trị viên đã dùng mã khôi phục: cần xác minh nếu không rõ lý do",
        "An administrator has used a recovery code: ask, if you do not know why",
    )
    AGENCY_RESTARTED = (
        "agency_restarted",
        "Đơn vị có quản trị viên mới do khóa gốc ký",
        "The agency has a new administrator, signed by the root",
    )


class Medium(Labelled):
    """By what a member is told outside the system."""

    EMAIL = "email", "Thư điện tử", "E-mail"
    PHONE = "phone", "Điện thoại", "Phone"


class Outcome(Labelled):
    """Why a letter was not sent, or not yet; nothing of what a server said, which may quote it."""

    READ = "read", "đã xem trong hệ thống", "seen in the system"
    OVER = "over", "việc đã xong hoặc không còn", "what it was about is over"
    NOT_THEIRS = "not_theirs", "không còn gửi cho người này", "not for this member any more"
    TOLD = "told", "đã báo cùng lúc với thông báo khác", "told with another"
    NOT_CONFIGURED = "not_configured", "chưa cài đặt kênh gửi", "nothing is set up to send by"
    UNREACHABLE = "unreachable", "không kết nối được máy chủ gửi", "the server cannot be reached"
    SIGN_IN = "sign_in", "máy chủ gửi không nhận tài khoản", "the server refuses the account"
    REFUSED = "refused", "máy chủ gửi không nhận", "the server refuses it"
    WRONG_ADDRESS = "wrong_address", "địa chỉ không nhận được", "the address takes nothing"
    DEMO_NUMBER = "demo_number", "số minh họa, không gửi", "a number of the demo, never sent to"
    CUT_OFF = "cut_off", "đứt kết nối, có thể đã tới", "cut off, it may have arrived"
    UNREADABLE = "unreadable", "cần nhập lại địa chỉ", "the address must be given again"
