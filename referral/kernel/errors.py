"""One root, one class a broken rule. HTTP statuses are chosen once, at the edges."""

from collections.abc import Mapping, Sequence


class CannotStart(Exception):
    """A setting or file of this installation cannot be used; the text says which, in one line.

    Nothing is served then, so that no edge has an answer for it.
    """


class ReferralError(Exception):
    """Root of everything this product refuses; `str()` never carries what a user typed.

    `is_recorded`: the access log has an entry of this refusal.
    """

    is_recorded: bool = False


class NotPermitted(ReferralError):
    """The actor's role or relation to the object does not allow the operation."""


class NotFound(ReferralError):
    """The object does not exist, or must not be known to exist by this actor."""


class SignInRequired(ReferralError):
    """Nobody is signed in, or the session has ended."""


class ProofNeeded(ReferralError):
    """The passphrase must be given again first: the session has not shown it for a while."""


class ChainClosed(SignInRequired):
    """The actor's agency has ended, perhaps in this instant: nothing more is done in its name."""


class InvalidInput(ReferralError):
    """Some fields cannot be taken; `fields` maps a field name to message ids."""

    def __init__(self, fields: Mapping[str, Sequence[str]]) -> None:
        super().__init__("invalid input")
        self.fields = {name: list(messages) for name, messages in fields.items()}


class StateConflict(ReferralError):
    """The object has moved on: the transition is not possible from its present state."""

    def __init__(self, state: str, event: str) -> None:
        super().__init__(f"{event} is not possible from {state}")
        self.state = state
        self.event = event


class IdTaken(ReferralError):
    """Something stands under the id that a client has made: whose and what is not told."""


class VersionConflict(ReferralError):
    """Somebody wrote first: the revision named is no longer the newest (HTTP 412)."""


class VersionMissing(ReferralError):
    """A write must name the revision it was made from (HTTP 428, RFC 6585)."""


class ConsentMissing(ReferralError):
    """What was to be shared is not covered by a live basis; names the section kinds."""

    def __init__(self, missing: Sequence[str]) -> None:
        super().__init__("no live basis for: " + ", ".join(missing))
        self.missing = tuple(missing)


class KeysMissing(ReferralError):
    """The actor's session holds no key that this needs (system actor, or a role without keys)."""


class Unreadable(ReferralError):
    """A ciphertext did not open. One type for every cause, so that nothing can be probed."""


class NotVerified(ReferralError):
    """A signature, digest or chain does not hold: the content must not be shown."""


class MovedAway(NotVerified):
    """The case had left this circle when a backup of before was put in place: it moves on first."""


class HalfRestored(ReferralError):
    """Database and instance folder are not of the same restore: nothing is served (HTTP 503)."""


class Busy(ReferralError):
    """Too many at once; try again after `retry_after` seconds."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("busy")
        self.retry_after = retry_after
