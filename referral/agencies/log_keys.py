"""Whose keys open the details of an agency's access log."""

from uuid import UUID

from referral.agencies.directory import directory_of
from referral.agencies.states import CirclePurpose
from referral.kernel.errors import NotFound, NotVerified
from referral.vault.directory import AgencyDirectory, VerifiedKey


def log_key(agency_id: UUID, circle_id: UUID | None) -> VerifiedKey | None:
    """The key that a detail is sealed to: of the circle named, else of the agency's first.

    The signed log says which circles there are, never a row. None where the agency has none yet,
    or where a circle's key is held by somebody who left.
    """
    try:
        log = directory_of(agency_id)
    except (NotFound, NotVerified):
        return None
    named = [circle_id] if circle_id is not None else _by_rank(log)
    for candidate in named:
        try:
            return log.circle_key(candidate)
        except NotVerified:
            continue
    return None


def _by_rank(log: AgencyDirectory) -> list[UUID]:
    """The circle where the agency works on cases, as the first made; then any other.

    Never a named one: it stands for a sensitive case, which its own entries alone may lead to.
    """
    made = log.circles.items()  # in the order in which they were made
    circles = [(c, state) for c, state in made if not state.is_named]
    on_cases = [c for c, state in circles if state.purpose == CirclePurpose.CASES]
    return on_cases + [c for c, _ in circles if c not in on_cases]
