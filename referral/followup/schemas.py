"""What is taken in about following up."""

from marshmallow import Schema

from referral.cases.schemas import answers


class FollowUpSchema(Schema):
    """What was found and done, and the day of the next one."""

    answers = answers("follow_up", required=True)
