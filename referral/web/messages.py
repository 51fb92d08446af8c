"""What the rooms below say when they refuse: message ids that only the edge translates."""

from enum import StrEnum


class Refusals(StrEnum):
    """Sentences of sign-in, enrolment, consent and drafts that stand beside a field."""

    WRONG_SIGN_IN = "Name, passphrase or code is not right."
    WRONG_CODE = "This code is not right, or is no longer good."
    SHORT = "At least 12 characters are needed."
    GUESSED = "This one is guessed too easily. Choose another."
    NAME_TAKEN = "This name is taken."
    OTHER_KIND = "The agency was entered as one of another kind."
    ONE_RECIPIENT = "Choose one recipient."
    WITHIN_A_YEAR = "Choose a day from tomorrow to one year from now."
    SAY_WHY = "Say in a sentence why this cannot wait for her consent."
    TOO_SHORT = "Write at least two letters of a name, or four of a number or code."
    NOT_A_PAGE = "Not a valid page."
    WRONG_PIN = "The PIN is not right."
    SIX_DIGITS = "Six digits are needed."
    EASY_PIN = "These digits are guessed too easily. Choose others."
    WRONG_AGAIN = "The passphrase is not right."
    NOT_ANOTHER = "This is the passphrase in use. Choose another."
    OTHER_DIGITS = "These are not the digits of the plan."
    WAIT_A_DAY = "With one administrator, new keys wait for 24 hours."
    OTHER_AGENCY = "Choose another agency that takes part."
    OTHER_PAPER = "This is the code of another paper."
    MISTYPED = "This code was mistyped. Compare it with the paper, group by group."
    WRONG_RECOVERY = "Name or recovery code is not right, or the code was used."
    NOT_READY = (
        "Only one person there could open it, without a recovery code on paper. "
        "Choose another service, or call and ask for a second person."
    )
    BEGIN_AGAIN = "Not a valid place. Begin again."


class PlaceRefusals(StrEnum):
    """Sentences about places, stays, referrals, agencies and figures that stand beside a field."""

    NO_WORKER = "Choose who will see to it."
    CONTACT_TIME = "Choose a time from now to thirty days from now."
    NO_URGENCY = "Choose how urgent it is."
    DAY_OVER = "A place cannot be held for a day that is over."
    LEAVES_FIRST = "Choose a day of leaving after the day of arrival."
    WHO_COMES = "Say how many adults and how many children."
    A_BED_EACH = "Each person needs a place to sleep."
    FROM_TODAY = "Choose a day from today on."
    LAST_AFTER_FIRST = "Choose a last day after the first, within a year."
    NO_BEDS = "Choose a place to sleep for each person."
    ONE_PLACE = "Choose places to sleep at one site."
    NOT_IN_STAY = "Choose a time within the days of the stay."
    LEFT_BEFORE = "She cannot leave before she arrived."
    NOT_YET = "Choose a time that is not in the future."
    LAST_BEFORE_FIRST = "The last day cannot stand before the first."
    KEYLESS = "Who runs or checks the system holds no keys."
    NOT_OF_KIND = "An agency of this kind has no such role."
    HEIRS = "Choose a circle of the successor for each circle, with the same purpose."
    NOT_COUNTERSIGNED = "The holder of the root key has not countersigned yet."
    NOT_THE_DAY = "Keys pass on the day itself or later. Come back then."
    NOT_PASSED = "The keys of these circles have not passed yet. A member of each does that."
    LAST_ADMINISTRATOR = "Somebody else must administer the agency first."
    SAME_ROLES = "These are the roles already."
    LAST_OF_CIRCLE = "Admit somebody else to each circle of theirs first."
    HINTED = "This cannot be taken as it stands. Look at the hint."
    NO_TAKER = "This service takes no referrals now. Choose another."
    TOO_FEW = "So few people are counted yet that no table can be shown safely."
    NOT_READ_HERE = "One of these parts has not been written yet, or does not open to you."
    NOT_WRITTEN = "One of these parts has not been written yet."
    NOT_FROZEN = "These tables are not the ones that were frozen."


class CircleRefusals(StrEnum):
    """Sentences about circles and moves between them that stand beside a field."""

    CONFIRMED = "Choose confirmed colleagues."
    KEYLESS_ROLE = "This role holds no keys and is in no circle."
    NO_CASE_WORKER = "Choose at least one colleague who works on cases."
    NOT_INSIDE = "This colleague is not in the circle that has the case."
    NOT_FOR_CASES = "Choose a circle of our agency that works on cases."
    NAMED_BY_OTHERS = (
        "A supervisor or the administrator makes this circle, or somebody who is not to be in it."
    )
    LEFT_OUT_INSIDE = "Somebody who was left out of this case is in this circle."
    NOBODY_ABLE = "Nobody in this circle works on cases."
    NOBODY_LEFT = (
        "Nobody else in this circle could look after it. Have a colleague admitted first, or hand "
        "the case over to another agency."
    )
    WAITS_FOR_KEY = (
        "Somebody in this circle has left or has new keys. One of those in it must open a case "
        "first."
    )
    THERE_ALREADY = "The case is in this circle already. Choose another."
    KEEPS_PLACES = "Who keeps a place to stay cannot pass its cases on."
    KEYS_CHANGE = "This service changes its keys just now. Call it, and send in a while."
