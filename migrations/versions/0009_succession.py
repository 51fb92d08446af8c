"""Circle secrets sealed to successors, and the end of a chain of the access log."""

import sqlalchemy as sa
from alembic import op

import referral.kernel.db

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    moment = referral.kernel.db.Moment(timezone=True)
    op.create_table(
        "circle_succession",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("circle_id", sa.Uuid(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("heir_agency_id", sa.Uuid(), nullable=False),
        sa.Column("heir_circle_id", sa.Uuid(), nullable=False),
        sa.Column("heir_generation", sa.Integer(), nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["agency.id"], name=op.f("fk_circle_succession_agency_id")
        ),
        sa.ForeignKeyConstraint(
            ["circle_id"], ["circle.id"], name=op.f("fk_circle_succession_circle_id")
        ),
        sa.ForeignKeyConstraint(
            ["heir_agency_id"], ["agency.id"], name=op.f("fk_circle_succession_heir_agency_id")
        ),
        sa.ForeignKeyConstraint(
            ["heir_circle_id"], ["circle.id"], name=op.f("fk_circle_succession_heir_circle_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_circle_succession")),
        sa.UniqueConstraint(
            "circle_id", "generation", name=op.f("uq_circle_succession_circle_id_generation")
        ),
    )
    with op.batch_alter_table("circle_succession", schema=None) as batch_op:
        for column in ("agency_id", "heir_agency_id", "heir_circle_id"):
            batch_op.create_index(batch_op.f(f"ix_circle_succession_{column}"), [column])
    op.create_table(
        "circle_succession_body",
        sa.Column("succession_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["succession_id"],
            ["circle_succession.id"],
            name=op.f("fk_circle_succession_body_succession_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("succession_id", name=op.f("pk_circle_succession_body")),
    )
    with op.batch_alter_table("audit_chain", schema=None) as batch_op:
        batch_op.add_column(sa.Column("closes_at", sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("audit_chain", schema=None) as batch_op:
        batch_op.drop_column("closes_at")
    op.drop_table("circle_succession_body")
    op.drop_table("circle_succession")
