"""Life of a task."""

from enum import StrEnum


class TaskState(StrEnum):
    """Open until it is done, or dropped because it no longer makes sense."""

    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


TASK = {
    (TaskState.OPEN, "complete"): TaskState.DONE,
    (TaskState.OPEN, "drop"): TaskState.DROPPED,
}
