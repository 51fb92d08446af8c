"""Which circles are named: made for a few people and a sensitive case. Earlier ones are not.

Without a batch: it would drop and make anew a table that nearly all others refer to.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    named = sa.Column("is_named", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("circle", named)


def downgrade() -> None:
    op.drop_column("circle", "is_named")
