"""Which circles are named: made for a few people and a sensitive case. Earlier ones are not."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    with op.batch_alter_table("circle", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("is_named", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    with op.batch_alter_table("circle", schema=None) as batch_op:
        batch_op.alter_column("is_named", existing_type=sa.Boolean(), server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("circle", schema=None) as batch_op:
        batch_op.drop_column("is_named")
