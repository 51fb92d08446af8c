"""Work that needs no person and no key: the schedule, the process that runs it, and its rights."""
