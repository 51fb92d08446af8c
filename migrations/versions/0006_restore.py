"""Tombstones on their way off the host, and what a restore has put in place."""

import sqlalchemy as sa
from alembic import op

import referral.kernel.db

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    moment = referral.kernel.db.Moment(timezone=True)
    op.create_table(
        "tombstone_shipment",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_tombstone_shipment")),
    )
    op.create_table(
        "tombstone",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=True),
        sa.Column("at", moment, nullable=False),
        sa.Column("shipment", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["shipment"],
            ["tombstone_shipment.number"],
            name=op.f("fk_tombstone_shipment_tombstone_shipment"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tombstone")),
    )
    with op.batch_alter_table("tombstone", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tombstone_shipment"), ["shipment"])
    op.create_table(
        "restore_point",
        sa.Column("epoch", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("epoch", name=op.f("pk_restore_point")),
    )
    op.create_table(
        "case_restore_point",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_file.id"], name=op.f("fk_case_restore_point_case_id_case_file")
        ),
        sa.PrimaryKeyConstraint("case_id", "epoch", name=op.f("pk_case_restore_point")),
    )


def downgrade() -> None:
    op.drop_table("case_restore_point")
    op.drop_table("restore_point")
    with op.batch_alter_table("tombstone", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tombstone_shipment"))
    op.drop_table("tombstone")
    op.drop_table("tombstone_shipment")
