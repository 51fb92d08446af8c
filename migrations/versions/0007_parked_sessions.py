"""Sessions that a PIN opens, the moment a passphrase was last given, and printed codes.

Plain statements, no batch: SQLite would make `member_session` anew and lose the bodies under it.
"""

import sqlalchemy as sa
from alembic import op

import referral.kernel.db

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    moment = referral.kernel.db.Moment(timezone=True)
    op.add_column("member_session", sa.Column("proven_at", moment, nullable=True))
    op.add_column("member_body", sa.Column("sheet", sa.LargeBinary(), nullable=True))
    op.create_table(
        "parked_session",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.String(), nullable=True),
        sa.Column("begun_at", moment, nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.Column("parked_at", moment, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_parked_session_member_id")
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["member_session.id"],
            name=op.f("fk_parked_session_session_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parked_session")),
        sa.UniqueConstraint("session_id", name=op.f("uq_parked_session_session_id")),
    )
    op.create_index(op.f("ix_parked_session_member_id"), "parked_session", ["member_id"])
    op.create_index(op.f("ix_parked_session_expires_at"), "parked_session", ["expires_at"])
    op.create_table(
        "parked_session_body",
        sa.Column("parked_id", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["parked_id"],
            ["parked_session.id"],
            name=op.f("fk_parked_session_body_parked_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("parked_id", name=op.f("pk_parked_session_body")),
    )


def downgrade() -> None:
    """Sessions end: what a session is bound to is dropped with its column."""
    op.drop_table("parked_session_body")
    op.drop_table("parked_session")
    op.execute("DELETE FROM member_session_body")
    op.execute("DELETE FROM member_session")
    op.drop_column("member_body", "sheet")
    op.drop_column("member_session", "proven_at")
