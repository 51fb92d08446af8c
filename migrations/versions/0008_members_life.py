"""Recovery kits of administrators; notices to one member about what is no circle's."""

import sqlalchemy as sa
from alembic import op

import referral.kernel.db

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "recovery_kit",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("made_at", referral.kernel.db.Moment(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_recovery_kit_member_id")
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_recovery_kit")),
    )
    op.create_table(
        "recovery_kit_body",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["recovery_kit.member_id"],
            name=op.f("fk_recovery_kit_body_member_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_recovery_kit_body")),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.alter_column("circle_id", existing_type=sa.Uuid(), nullable=True)


def downgrade() -> None:
    op.execute("DELETE FROM notice WHERE circle_id IS NULL")
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.alter_column("circle_id", existing_type=sa.Uuid(), nullable=False)
    op.drop_table("recovery_kit_body")
    op.drop_table("recovery_kit")
