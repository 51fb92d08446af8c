"""What the API says about refusals; message ids, translated where the answer is written."""

from enum import StrEnum


class Title(StrEnum):
    """The title of each kind of problem (RFC 9457)."""

    BAD_REQUEST = "The request cannot be read"
    SIGN_IN_REQUIRED = "Sign-in required"
    NOT_PERMITTED = "Not permitted"
    PROOF_NEEDED = "The passphrase is needed again"
    NO_KEYS = "This session holds no key for this"
    CONSENT_MISSING = "Consent is missing"
    NOT_FOUND = "Not found"
    METHOD_NOT_ALLOWED = "This address does not take this method"
    STATE_CONFLICT = "The state has changed"
    PLACE_TAKEN = "The place has just been taken"
    MOVED_AWAY = "This case is to move on first"
    VERSION_CONFLICT = "Somebody else has written in the meantime"
    VERSION_MISSING = "The revision is not named"
    INVALID_INPUT = "Some fields cannot be taken"
    ID_TAKEN = "This id cannot be taken"
    KEY_REUSED = "The key of this request was used for another one"
    NOT_VERIFIED = "The record cannot be verified"
    BUSY = "Too many requests at once"
    NOT_READY = "The system is not ready"
    FAILED = "The request failed"


class Detail(StrEnum):
    """One sentence: what to do next."""

    BAD_REQUEST = "Send the request as the API document describes it."
    SIGN_IN_REQUIRED = "Sign in again and send the token of the session."
    NOT_PERMITTED = "Your role, or your relation to this object, does not allow it."
    PROOF_NEEDED = "Send the passphrase to /sessions/current/proof, then the request again."
    NO_KEYS = "Sign in as a member of a circle that works on this."
    CONSENT_MISSING = "Record a consent or a legal basis for what is listed as missing."
    NOT_FOUND = "There is nothing here that you may see."
    METHOD_NOT_ALLOWED = "Choose one of the methods that the API document lists."
    STATE_CONFLICT = "Read it again: the step is not possible from its present state."
    MOVED_AWAY = "It had left this circle before the restore. Move it to another circle again."
    PLACE_TAKEN = "Read the board again and choose another place."
    VERSION_CONFLICT = "Read the section again and make the change on its newest revision."
    VERSION_MISSING = "Send If-Match with the ETag of the revision that was changed."
    INVALID_INPUT = "Correct the fields that are listed and send the request again."
    ID_TAKEN = "Make a new id for a new object. Send again word for word what was sent under it."
    KEY_REUSED = "Use a new Idempotency-Key for a new request."
    NOT_VERIFIED = "Nothing of it is shown. Tell the privacy officer of the agency."
    BUSY = "Wait for the time that Retry-After names, then send the request again."
    NOT_READY = "Try again in a moment."
    FAILED = "Nothing was changed. Give the reference number when reporting this."


class FieldMessage(StrEnum):
    """Refusals of a field that the schemas of the API make themselves."""

    UNKNOWN = "There is no such field here."
    NOT_IDENTIFIER = "Enter the identifier as it was given."
    NOT_LIST = "Send a list."
    NOT_YES_NO = "Send true or false."
    NOT_TAKEN = "This value cannot be taken."
