"""What a client has made under an id of its own stays known as long as it stands."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    is_lasting = sa.Column("is_lasting", sa.Boolean(), nullable=False, server_default=sa.false())
    op.add_column("idempotency_key", is_lasting)


def downgrade() -> None:
    op.execute(sa.text("DELETE FROM idempotency_key WHERE is_lasting"))
    op.drop_column("idempotency_key", "is_lasting")
