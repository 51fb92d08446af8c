"""The sealed detail of audit entries, and the heads that each member confirmed last."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "audit_entry_body",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"],
            ["audit_entry.id"],
            name=op.f("fk_audit_entry_body_entry_id_audit_entry"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_audit_entry_body")),
    )
    op.create_table(
        "confirmed_heads_body",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_confirmed_heads_body_member_id_member")
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_confirmed_heads_body")),
    )


def downgrade() -> None:
    op.drop_table("confirmed_heads_body")
    op.drop_table("audit_entry_body")
