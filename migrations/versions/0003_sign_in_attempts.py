"""Counters of refused sign-ins, by digests of account and address."""

import sqlalchemy as sa
from alembic import op

import referral.kernel.db

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    moment = referral.kernel.db.Moment(timezone=True)
    op.create_table(
        "sign_in_attempt",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("refusals", sa.Integer(), nullable=False),
        sa.Column("refused_at", moment, nullable=True),
        sa.Column("opened_at", moment, nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_sign_in_attempt")),
    )
    with op.batch_alter_table("sign_in_attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_attempt_refused_at"), ["refused_at"])
        batch_op.create_index(batch_op.f("ix_sign_in_attempt_opened_at"), ["opened_at"])


def downgrade() -> None:
    op.drop_table("sign_in_attempt")
