"""The schedule: every job in one table. Each is an operation that the system actor performs."""

from collections.abc import Callable
from dataclasses import dataclass

from referral.cases.service import lapse_bases, purge_drafts
from referral.followup.service import remind_due
from referral.jobs.heads import export_heads
from referral.jobs.letters import send_letters
from referral.jobs.purging import purge_sessions
from referral.jobs.shipping import ship_tombstones
from referral.kernel.actor import Actor
from referral.kernel.errors import NotFound
from referral.referrals.service import expire_referrals, return_referrals, sweep_release_keys
from referral.shelters.service import release_expired_holds

MINUTE = 60
HOUR = 60 * MINUTE


@dataclass(frozen=True, slots=True)
class Job:
    """One job: how often it runs (seconds) and the operation, which gives how much it did."""

    id: str
    every: int
    operation: Callable[[Actor, None], int]
    vi: str
    en: str
    is_slow: bool = False
    """It waits for other machines, and so has a thread of its own: no other job waits for it."""


SCHEDULE = (
    Job(
        "remind_due",
        MINUTE,
        remind_due,
        "Nhắc các việc đã đến hạn",
        "Remind of tasks that have fallen due",
    ),
    Job(
        "lapse_bases",
        MINUTE,
        lapse_bases,
        "Chấm dứt quyền xem khi sự đồng ý hết hạn hoặc căn cứ pháp lý chưa được ký đúng hạn",
        "End access whose consent has run out, or whose legal basis was not co-signed in time",
    ),
    Job(
        "expire_referrals",
        5 * MINUTE,
        expire_referrals,
        "Đóng phiếu chuyển gửi thường quá hạn mà không có trả lời",
        "Expire routine referrals that nobody has answered",
    ),
    Job(
        "release_expired_holds",
        MINUTE,
        release_expired_holds,
        "Nhả các chỗ đã giữ nhưng quá giờ xác nhận",
        "Release places that were held and not confirmed in time",
    ),
    Job(
        "purge_sessions",
        5 * MINUTE,
        purge_sessions,
        "Xóa các phiên đăng nhập đã kết thúc",
        "Delete sessions that have ended",
    ),
    Job(
        "purge_drafts",
        HOUR,
        purge_drafts,
        "Xóa các bản nháp đã lâu không viết tiếp, sau khi đã báo trước cho người viết một tuần",
        "Delete drafts that nobody has touched for long, a week after telling their writers",
    ),
    Job(
        "return_referrals",
        HOUR,
        return_referrals,
        "Trả lại nơi gửi các phiếu chuyển gửi bị mất khóa mở, để gửi lại",
        "Give referrals whose key is missing back to their sender, to be sent again",
    ),
    Job(
        "sweep_release_keys",
        HOUR,
        sweep_release_keys,
        "Xóa khóa mở phiếu không còn dùng",
        "Delete release keys that nothing waits for",
    ),
    Job(
        "send_letters",
        MINUTE,
        send_letters,
        "Gửi thông báo qua thư điện tử và điện thoại, không kèm nội dung",
        "Send notices by mail and phone, without content",
        is_slow=True,
    ),
    Job(
        "ship_tombstones",
        MINUTE,
        ship_tombstones,
        "Ghi ra tệp những quyền xem, sự đồng ý và tài khoản đã chấm dứt",
        "Write what has ended to a file that leaves the host",
    ),
    Job(
        "export_heads",
        HOUR,
        export_heads,
        "Ghi mốc nhật ký truy cập trong ngày ra tệp",
        "Write where the access log stands, once a day",
    ),
)


def job_named(job_id: str) -> Job:
    """One job of the schedule; `NotFound`."""
    for job in SCHEDULE:
        if job.id == job_id:
            return job
    raise NotFound("no such job")
