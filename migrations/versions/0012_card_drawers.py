"""Drawers: many cards of a circle in one envelope, for its searches."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table(
        "card_drawer",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("circle_id", sa.Uuid(), nullable=False),
        sa.Column("circle_generation", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["circle_id"], ["circle.id"], name=op.f("fk_card_drawer_circle_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_drawer")),
    )
    op.create_index(op.f("ix_card_drawer_circle_id"), "card_drawer", ["circle_id"])
    op.create_table(
        "card_drawer_body",
        sa.Column("drawer_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["drawer_id"],
            ["card_drawer.id"],
            name=op.f("fk_card_drawer_body_drawer_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("drawer_id", name=op.f("pk_card_drawer_body")),
    )
    with op.batch_alter_table("card", schema=None) as batch_op:
        batch_op.add_column(sa.Column("drawer_id", sa.Uuid(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_card_drawer_id"), "card_drawer", ["drawer_id"], ["id"], ondelete="SET NULL"
        )
        batch_op.create_index(op.f("ix_card_drawer_id"), ["drawer_id"])


def downgrade() -> None:
    with op.batch_alter_table("card", schema=None) as batch_op:
        batch_op.drop_index(op.f("ix_card_drawer_id"))
        batch_op.drop_constraint(op.f("fk_card_drawer_id"), type_="foreignkey")
        batch_op.drop_column("drawer_id")
    op.drop_table("card_drawer_body")
    op.drop_table("card_drawer")
