"""What a restore has put behind the server's key: somebody who has its circle's key was left out.

The wrap keeps it from who has keys and a copy of the database. The move that the case waits for
takes it off, inside the operation, and shows nothing.
"""

from uuid import UUID

from referral.audit.trail import trail
from referral.kernel import deployment
from referral.kernel.errors import Unreadable


def put_away(object_id: UUID, body: bytes) -> bytes:
    """The same behind the server's key; as it is where it lies there already."""
    here = deployment.current().id
    if taken_out(object_id, body) != body:
        return body
    return trail.server.put_away(here, object_id, body)


def taken_out(object_id: UUID, body: bytes) -> bytes:
    """What was put away, or the very bytes that were not."""
    try:
        return trail.server.take_out(deployment.current().id, object_id, body)
    except Unreadable:
        return body
