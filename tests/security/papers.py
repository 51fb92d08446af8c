"""What was on paper: typed in while the paper is kept, and then the paper destroyed."""

from datetime import timedelta
from typing import TYPE_CHECKING

from referral.cases import service as cases
from referral.cases.model import CaseFile
from referral.kernel import clock
from tests.security.canaries import answers

if TYPE_CHECKING:
    from tests.security.thread import Thread


def type_in_and_destroy(thread: "Thread", case: CaseFile) -> None:
    """The way to reach her, corrected from a note of the night."""
    written = clock.now() - timedelta(hours=1)
    paper = {
        "taken_at": f"{written:%Y-%m-%dT%H:%M:%SZ}",
        "taken_by_name": thread.plant("safe_contact.paper.taken_by_name"),
        "fate": "kept",
        "kept_until": (clock.today() + timedelta(days=7)).isoformat(),
    }
    given = answers("safe_contact", thread.plant, reach="set_times", paper=[paper])
    terms = {"kind": "safe_contact", "answers": given, "expected_revision": 1}
    section = thread.step(cases.write_section, thread.officer, case, **terms)
    thread.step(
        cases.destroy_paper,
        thread.officer,
        case,
        section_id=section.id,
        destroyed_on=clock.today(),
    )
