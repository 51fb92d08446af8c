"""What is taken in about following up."""

from marshmallow import Schema

from referral.cases.schemas import answers, made_id


class FollowUpSchema(Schema):
    """What was found and done, and the day of the next one."""

    id = made_id()
    answers = answers("follow_up", required=True)
