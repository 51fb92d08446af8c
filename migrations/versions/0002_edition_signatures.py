"""What those who freeze and decide an edition have signed; editions from before have neither."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    with op.batch_alter_table("edition", schema=None) as batch_op:
        batch_op.add_column(sa.Column("freeze_statement", sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column("decision_statement", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("edition", schema=None) as batch_op:
        batch_op.drop_column("decision_statement")
        batch_op.drop_column("freeze_statement")
