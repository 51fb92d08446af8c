"""Every table of the thread: members, directory, cases, referrals, shelters, figures, audit."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# Two claims on one bed in one night are refused by the database itself.
NO_OVERLAP_POSTGRESQL = (
    """CREATE EXTENSION IF NOT EXISTS btree_gist""",
    """ALTER TABLE claim ADD CONSTRAINT claim_no_overlap EXCLUDE USING gist
    (bed_id WITH =, daterange(from_on, to_on) WITH &&) WHERE (released_at IS NULL)""",
)
NO_OVERLAP_SQLITE = (
    """CREATE TRIGGER claim_no_overlap_insert BEFORE INSERT ON claim WHEN NEW.released_at IS NULL AND EXISTS (
        SELECT 1 FROM claim AS other
        WHERE other.bed_id = NEW.bed_id AND other.id <> NEW.id AND other.released_at IS NULL
        AND other.from_on < NEW.to_on AND other.to_on > NEW.from_on
    )
    BEGIN SELECT RAISE(ABORT, 'claim_no_overlap'); END""",
    """CREATE TRIGGER claim_no_overlap_update BEFORE UPDATE ON claim WHEN NEW.released_at IS NULL AND EXISTS (
        SELECT 1 FROM claim AS other
        WHERE other.bed_id = NEW.bed_id AND other.id <> NEW.id AND other.released_at IS NULL
        AND other.from_on < NEW.to_on AND other.to_on > NEW.from_on
    )
    BEGIN SELECT RAISE(ABORT, 'claim_no_overlap'); END""",
)


def upgrade() -> None:
    op.create_table(
        "agency",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name_vi", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("unit_code", sa.String(), nullable=False),
        sa.Column("unit_valid_from", sa.Date(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("phone", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("state_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agency")),
    )
    with op.batch_alter_table("agency", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_agency_state"), ["state"], unique=False)

    op.create_table(
        "audit_chain",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_chain")),
    )
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("chain_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("object_kind", sa.String(), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        sa.UniqueConstraint("chain_id", "seq", name=op.f("uq_audit_entry_chain_id_seq")),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_entry_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_entry_chain_id"), ["chain_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_entry_object_id"), ["object_id"], unique=False)

    op.create_table(
        "deployment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("clock_shift", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deployment")),
    )
    op.create_table(
        "job_lease",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_job_lease")),
    )
    op.create_table(
        "job_run",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("last_started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_run")),
    )
    op.create_table(
        "circle",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("name_vi", sa.String(), nullable=False),
        sa.Column("name_en", sa.String(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_circle_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_circle")),
    )
    with op.batch_alter_table("circle", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_circle_agency_id"), ["agency_id"], unique=False)

    op.create_table(
        "directory_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["agency.id"], name=op.f("fk_directory_entry_agency_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_directory_entry")),
        sa.UniqueConstraint("agency_id", "seq", name=op.f("uq_directory_entry_agency_id_seq")),
    )
    with op.batch_alter_table("directory_entry", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_directory_entry_agency_id"), ["agency_id"], unique=False
        )

    op.create_table(
        "member",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("username", sa.String(), nullable=False),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("state_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("exchange_public", sa.LargeBinary(), nullable=False),
        sa.Column("signing_public", sa.LargeBinary(), nullable=False),
        sa.Column("has_factor", sa.Boolean(), nullable=False),
        sa.Column("factor_step", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_member_agency_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member")),
        sa.UniqueConstraint("username", name=op.f("uq_member_username")),
    )
    with op.batch_alter_table("member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_member_agency_id"), ["agency_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_member_state"), ["state"], unique=False)

    op.create_table(
        "case_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("state_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("custodian_agency_id", sa.Uuid(), nullable=False),
        sa.Column("custodian_circle_id", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["custodian_agency_id"], ["agency.id"], name=op.f("fk_case_file_custodian_agency_id")
        ),
        sa.ForeignKeyConstraint(
            ["custodian_circle_id"], ["circle.id"], name=op.f("fk_case_file_custodian_circle_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_file")),
        sa.UniqueConstraint("code", name=op.f("uq_case_file_code")),
    )
    with op.batch_alter_table("case_file", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_case_file_custodian_agency_id"), ["custodian_agency_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_case_file_custodian_circle_id"), ["custodian_circle_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_case_file_opened_at"), ["opened_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_case_file_state"), ["state"], unique=False)

    op.create_table(
        "circle_area",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("circle_id", sa.Uuid(), nullable=False),
        sa.Column("unit_code", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["circle_id"], ["circle.id"], name=op.f("fk_circle_area_circle_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_circle_area")),
        sa.UniqueConstraint(
            "circle_id", "unit_code", name=op.f("uq_circle_area_circle_id_unit_code")
        ),
    )
    with op.batch_alter_table("circle_area", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_circle_area_circle_id"), ["circle_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_circle_area_unit_code"), ["unit_code"], unique=False)

    op.create_table(
        "circle_wrap_body",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("circle_id", sa.Uuid(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["circle_id"], ["circle.id"], name=op.f("fk_circle_wrap_body_circle_id")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_circle_wrap_body_member_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_circle_wrap_body")),
        sa.UniqueConstraint(
            "circle_id",
            "generation",
            "member_id",
            name=op.f("uq_circle_wrap_body_circle_id_generation_member_id"),
        ),
    )
    with op.batch_alter_table("circle_wrap_body", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_circle_wrap_body_member_id"), ["member_id"], unique=False
        )

    op.create_table(
        "draft",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_draft_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
        sa.UniqueConstraint("member_id", "place", name=op.f("uq_draft_member_id_place")),
    )
    with op.batch_alter_table("draft", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_draft_member_id"), ["member_id"], unique=False)

    op.create_table(
        "edition",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("state_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cut_off_on", sa.Date(), nullable=False),
        sa.Column("frozen", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.Uuid(), nullable=False),
        sa.Column("approved_by_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["approved_by_id"], ["member.id"], name=op.f("fk_edition_approved_by_id")
        ),
        sa.ForeignKeyConstraint(["made_by_id"], ["member.id"], name=op.f("fk_edition_made_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edition")),
        sa.UniqueConstraint("year", "number", name=op.f("uq_edition_year_number")),
    )
    with op.batch_alter_table("edition", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_edition_state"), ["state"], unique=False)

    op.create_table(
        "fact",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("circle_id", sa.Uuid(), nullable=False),
        sa.Column("circle_generation", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["circle_id"], ["circle.id"], name=op.f("fk_fact_circle_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact")),
    )
    op.create_table(
        "idempotency_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("route", sa.String(), nullable=False),
        sa.Column("key_digest", sa.LargeBinary(), nullable=False),
        sa.Column("request_digest", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("object_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_idempotency_key_member_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency_key")),
        sa.UniqueConstraint(
            "member_id",
            "route",
            "key_digest",
            name=op.f("uq_idempotency_key_member_id_route_key_digest"),
        ),
    )
    with op.batch_alter_table("idempotency_key", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_idempotency_key_created_at"), ["created_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_idempotency_key_member_id"), ["member_id"], unique=False
        )

    op.create_table(
        "invitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("code_digest", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_invitation_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitation")),
    )
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_invitation_member_id"), ["member_id"], unique=False)

    op.create_table(
        "member_body",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("factor", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_member_body_member_id")
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_member_body")),
    )
    op.create_table(
        "member_session",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_member_session_member_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_session")),
    )
    with op.batch_alter_table("member_session", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_member_session_expires_at"), ["expires_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_member_session_member_id"), ["member_id"], unique=False
        )

    op.create_table(
        "notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("circle_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("object_kind", sa.String(), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["circle_id"], ["circle.id"], name=op.f("fk_notice_circle_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_notice_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notice_circle_id"), ["circle_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_notice_created_at"), ["created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_notice_member_id"), ["member_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_notice_object_id"), ["object_id"], unique=False)

    op.create_table(
        "site",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("circle_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("site_class", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("code_name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("state_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_by_id", sa.Uuid(), nullable=True),
        sa.Column("circle_generation", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agency_id"], ["agency.id"], name=op.f("fk_site_agency_id")),
        sa.ForeignKeyConstraint(["circle_id"], ["circle.id"], name=op.f("fk_site_circle_id")),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"], ["member.id"], name=op.f("fk_site_confirmed_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site")),
    )
    with op.batch_alter_table("site", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_site_agency_id"), ["agency_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_site_circle_id"), ["circle_id"], unique=False)

    op.create_table(
        "staged_fact",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("circle_id", sa.Uuid(), nullable=False),
        sa.Column("circle_generation", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["circle_id"], ["circle.id"], name=op.f("fk_staged_fact_circle_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staged_fact")),
    )
    op.create_table(
        "card",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("circle_id", sa.Uuid(), nullable=False),
        sa.Column("circle_generation", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_card_case_id")),
        sa.ForeignKeyConstraint(["circle_id"], ["circle.id"], name=op.f("fk_card_circle_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card")),
        sa.UniqueConstraint("case_id", "circle_id", name=op.f("uq_card_case_id_circle_id")),
    )
    with op.batch_alter_table("card", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_card_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_card_circle_id"), ["circle_id"], unique=False)

    op.create_table(
        "case_grant",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("giver_circle_id", sa.Uuid(), nullable=False),
        sa.Column("receiver_agency_id", sa.Uuid(), nullable=False),
        sa.Column("receiver_circle_id", sa.Uuid(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("is_pending", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_case_grant_case_id")),
        sa.ForeignKeyConstraint(
            ["giver_circle_id"], ["circle.id"], name=op.f("fk_case_grant_giver_circle_id")
        ),
        sa.ForeignKeyConstraint(
            ["receiver_agency_id"], ["agency.id"], name=op.f("fk_case_grant_receiver_agency_id")
        ),
        sa.ForeignKeyConstraint(
            ["receiver_circle_id"], ["circle.id"], name=op.f("fk_case_grant_receiver_circle_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_grant")),
    )
    with op.batch_alter_table("case_grant", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_case_grant_case_id"), ["case_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_case_grant_receiver_circle_id"), ["receiver_circle_id"], unique=False
        )

    op.create_table(
        "draft_body",
        sa.Column("draft_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["draft.id"], name=op.f("fk_draft_body_draft_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("draft_id", name=op.f("pk_draft_body")),
    )
    op.create_table(
        "fact_body",
        sa.Column("fact_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["fact_id"], ["fact.id"], name=op.f("fk_fact_body_fact_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("fact_id", name=op.f("pk_fact_body")),
    )
    op.create_table(
        "member_session_body",
        sa.Column("session_id", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["member_session.id"],
            name=op.f("fk_member_session_body_session_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("session_id", name=op.f("pk_member_session_body")),
    )
    op.create_table(
        "room",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_room_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room")),
        sa.UniqueConstraint("site_id", "code", name=op.f("uq_room_site_id_code")),
    )
    with op.batch_alter_table("room", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_room_site_id"), ["site_id"], unique=False)

    op.create_table(
        "section",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("holder_agency_id", sa.Uuid(), nullable=False),
        sa.Column("holder_circle_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("is_stale", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_section_case_id")),
        sa.ForeignKeyConstraint(
            ["holder_agency_id"], ["agency.id"], name=op.f("fk_section_holder_agency_id")
        ),
        sa.ForeignKeyConstraint(
            ["holder_circle_id"], ["circle.id"], name=op.f("fk_section_holder_circle_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_section")),
    )
    with op.batch_alter_table("section", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_section_case_id"), ["case_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_section_holder_circle_id"), ["holder_circle_id"], unique=False
        )

    op.create_table(
        "site_body",
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_site_body_site_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("site_id", name=op.f("pk_site_body")),
    )
    op.create_table(
        "site_unit",
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("unit_code", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site_id"], ["site.id"], name=op.f("fk_site_unit_site_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("site_id", "unit_code", name=op.f("pk_site_unit")),
    )
    with op.batch_alter_table("site_unit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_site_unit_unit_code"), ["unit_code"], unique=False)

    op.create_table(
        "staged_fact_body",
        sa.Column("fact_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["fact_id"],
            ["staged_fact.id"],
            name=op.f("fk_staged_fact_body_fact_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("fact_id", name=op.f("pk_staged_fact_body")),
    )
    op.create_table(
        "stay",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("site_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("state_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("circle_generation", sa.Integer(), nullable=False),
        sa.CheckConstraint("from_on <= to_on", name=op.f("ck_stay_not_before_it_began")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_stay_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stay")),
    )
    with op.batch_alter_table("stay", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stay_site_id"), ["site_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_stay_state"), ["state"], unique=False)

    op.create_table(
        "strand_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("agency_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["agency_id"], ["agency.id"], name=op.f("fk_strand_entry_agency_id")
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_file.id"], name=op.f("fk_strand_entry_case_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_strand_entry")),
        sa.UniqueConstraint(
            "case_id", "agency_id", "seq", name=op.f("uq_strand_entry_case_id_agency_id_seq")
        ),
    )
    with op.batch_alter_table("strand_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_strand_entry_case_id"), ["case_id"], unique=False)

    op.create_table(
        "task",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("circle_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("state_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_task_case_id")),
        sa.ForeignKeyConstraint(["circle_id"], ["circle.id"], name=op.f("fk_task_circle_id")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_task_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
    )
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_task_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_task_circle_id"), ["circle_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_task_due_at"), ["due_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_task_object_id"), ["object_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_task_state"), ["state"], unique=False)

    op.create_table(
        "bed",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("room_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("is_cot", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_bed_room_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bed")),
        sa.UniqueConstraint("room_id", "code", name=op.f("uq_bed_room_id_code")),
    )
    with op.batch_alter_table("bed", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_bed_room_id"), ["room_id"], unique=False)

    op.create_table(
        "card_body",
        sa.Column("card_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["card_id"], ["card.id"], name=op.f("fk_card_body_card_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("card_id", name=op.f("pk_card_body")),
    )
    op.create_table(
        "grant_bundle",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("circle_generation", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["grant_id"], ["case_grant.id"], name=op.f("fk_grant_bundle_grant_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grant_bundle")),
    )
    with op.batch_alter_table("grant_bundle", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_grant_bundle_grant_id"), ["grant_id"], unique=False)

    op.create_table(
        "referral",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("from_agency_id", sa.Uuid(), nullable=False),
        sa.Column("from_circle_id", sa.Uuid(), nullable=False),
        sa.Column("to_agency_id", sa.Uuid(), nullable=False),
        sa.Column("to_circle_id", sa.Uuid(), nullable=False),
        sa.Column("to_circle_generation", sa.Integer(), nullable=False),
        sa.Column("urgency", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("state_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_by_id", sa.Uuid(), nullable=False),
        sa.Column("decide_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decline_reason", sa.String(), nullable=True),
        sa.Column("worker_id", sa.Uuid(), nullable=True),
        sa.Column("first_contact_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_referral_case_id")),
        sa.ForeignKeyConstraint(
            ["from_agency_id"], ["agency.id"], name=op.f("fk_referral_from_agency_id")
        ),
        sa.ForeignKeyConstraint(
            ["from_circle_id"], ["circle.id"], name=op.f("fk_referral_from_circle_id")
        ),
        sa.ForeignKeyConstraint(["grant_id"], ["case_grant.id"], name=op.f("fk_referral_grant_id")),
        sa.ForeignKeyConstraint(["sent_by_id"], ["member.id"], name=op.f("fk_referral_sent_by_id")),
        sa.ForeignKeyConstraint(
            ["to_agency_id"], ["agency.id"], name=op.f("fk_referral_to_agency_id")
        ),
        sa.ForeignKeyConstraint(
            ["to_circle_id"], ["circle.id"], name=op.f("fk_referral_to_circle_id")
        ),
        sa.ForeignKeyConstraint(["worker_id"], ["member.id"], name=op.f("fk_referral_worker_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral")),
    )
    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_referral_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_referral_decide_by"), ["decide_by"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_referral_from_circle_id"), ["from_circle_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_referral_grant_id"), ["grant_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_referral_sent_at"), ["sent_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_referral_state"), ["state"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_referral_to_circle_id"), ["to_circle_id"], unique=False
        )

    op.create_table(
        "section_revision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("section_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("form_version", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["section_id"], ["section.id"], name=op.f("fk_section_revision_section_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_section_revision")),
        sa.UniqueConstraint(
            "section_id", "revision", name=op.f("uq_section_revision_section_id_revision")
        ),
    )
    with op.batch_alter_table("section_revision", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_section_revision_section_id"), ["section_id"], unique=False
        )

    op.create_table(
        "sharing_basis",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("recorded_by_agency_id", sa.Uuid(), nullable=False),
        sa.Column("recorded_by_id", sa.Uuid(), nullable=False),
        sa.Column("recipient_agency_id", sa.Uuid(), nullable=True),
        sa.Column("recipient_circle_id", sa.Uuid(), nullable=True),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("receipt_section_id", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cosign_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cosigned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_file.id"], name=op.f("fk_sharing_basis_case_id")
        ),
        sa.ForeignKeyConstraint(
            ["receipt_section_id"], ["section.id"], name=op.f("fk_sharing_basis_receipt_section_id")
        ),
        sa.ForeignKeyConstraint(
            ["recipient_agency_id"],
            ["agency.id"],
            name=op.f("fk_sharing_basis_recipient_agency_id"),
        ),
        sa.ForeignKeyConstraint(
            ["recipient_circle_id"],
            ["circle.id"],
            name=op.f("fk_sharing_basis_recipient_circle_id"),
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_agency_id"],
            ["agency.id"],
            name=op.f("fk_sharing_basis_recorded_by_agency_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sharing_basis")),
    )
    with op.batch_alter_table("sharing_basis", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sharing_basis_case_id"), ["case_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sharing_basis_cosign_by"), ["cosign_by"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_sharing_basis_expires_at"), ["expires_at"], unique=False
        )

    op.create_table(
        "stay_body",
        sa.Column("stay_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["stay_id"], ["stay.id"], name=op.f("fk_stay_body_stay_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("stay_id", name=op.f("pk_stay_body")),
    )
    op.create_table(
        "stay_note",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("stay_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("form_version", sa.Integer(), nullable=False),
        sa.Column("circle_generation", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["member.id"], name=op.f("fk_stay_note_author_id")),
        sa.ForeignKeyConstraint(["stay_id"], ["stay.id"], name=op.f("fk_stay_note_stay_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stay_note")),
    )
    with op.batch_alter_table("stay_note", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stay_note_stay_id"), ["stay_id"], unique=False)

    op.create_table(
        "claim",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bed_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("to_on", sa.Date(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stay_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(kind = 'block') = (stay_id IS NULL)", name=op.f("ck_claim_only_blocks_have_no_stay")
        ),
        sa.CheckConstraint(
            "(kind = 'hold') = (expires_at IS NOT NULL)", name=op.f("ck_claim_only_holds_expire")
        ),
        sa.CheckConstraint("from_on < to_on", name=op.f("ck_claim_at_least_a_night")),
        sa.ForeignKeyConstraint(["bed_id"], ["bed.id"], name=op.f("fk_claim_bed_id")),
        sa.ForeignKeyConstraint(["stay_id"], ["stay.id"], name=op.f("fk_claim_stay_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim")),
    )
    with op.batch_alter_table("claim", schema=None) as batch_op:
        batch_op.create_index("ix_claim_bed_id_to_on", ["bed_id", "to_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_claim_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_claim_stay_id"), ["stay_id"], unique=False)

    op.create_table(
        "grant_basis",
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("basis_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["basis_id"], ["sharing_basis.id"], name=op.f("fk_grant_basis_basis_id")
        ),
        sa.ForeignKeyConstraint(
            ["grant_id"], ["case_grant.id"], name=op.f("fk_grant_basis_grant_id")
        ),
        sa.PrimaryKeyConstraint("grant_id", "basis_id", name=op.f("pk_grant_basis")),
    )
    op.create_table(
        "grant_bundle_body",
        sa.Column("bundle_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bundle_id"],
            ["grant_bundle.id"],
            name=op.f("fk_grant_bundle_body_bundle_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("bundle_id", name=op.f("pk_grant_bundle_body")),
    )
    op.create_table(
        "referral_payload",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("circle_generation", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["referral_id"],
            ["referral.id"],
            name=op.f("fk_referral_payload_referral_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral_payload")),
    )
    with op.batch_alter_table("referral_payload", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_referral_payload_referral_id"), ["referral_id"], unique=False
        )

    op.create_table(
        "referral_summary",
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["referral_id"],
            ["referral.id"],
            name=op.f("fk_referral_summary_referral_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("referral_id", name=op.f("pk_referral_summary")),
    )
    op.create_table(
        "section_revision_body",
        sa.Column("revision_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["revision_id"],
            ["section_revision.id"],
            name=op.f("fk_section_revision_body_revision_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("revision_id", name=op.f("pk_section_revision_body")),
    )
    op.create_table(
        "stay_note_body",
        sa.Column("note_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["note_id"],
            ["stay_note.id"],
            name=op.f("fk_stay_note_body_note_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("note_id", name=op.f("pk_stay_note_body")),
    )
    op.create_table(
        "referral_payload_body",
        sa.Column("payload_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["payload_id"],
            ["referral_payload.id"],
            name=op.f("fk_referral_payload_body_payload_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("payload_id", name=op.f("pk_referral_payload_body")),
    )
    op.create_table(
        "referral_summary_body",
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["referral_id"],
            ["referral_summary.referral_id"],
            name=op.f("fk_referral_summary_body_referral_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("referral_id", name=op.f("pk_referral_summary_body")),
    )
    postgresql = op.get_bind().dialect.name == "postgresql"
    for statement in NO_OVERLAP_POSTGRESQL if postgresql else NO_OVERLAP_SQLITE:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("referral_summary_body")
    op.drop_table("referral_payload_body")
    op.drop_table("stay_note_body")
    op.drop_table("section_revision_body")
    op.drop_table("referral_summary")
    with op.batch_alter_table("referral_payload", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_referral_payload_referral_id"))

    op.drop_table("referral_payload")
    op.drop_table("grant_bundle_body")
    op.drop_table("grant_basis")
    with op.batch_alter_table("claim", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_claim_stay_id"))
        batch_op.drop_index(batch_op.f("ix_claim_expires_at"))
        batch_op.drop_index("ix_claim_bed_id_to_on")

    op.drop_table("claim")
    with op.batch_alter_table("stay_note", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stay_note_stay_id"))

    op.drop_table("stay_note")
    op.drop_table("stay_body")
    with op.batch_alter_table("sharing_basis", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sharing_basis_expires_at"))
        batch_op.drop_index(batch_op.f("ix_sharing_basis_cosign_by"))
        batch_op.drop_index(batch_op.f("ix_sharing_basis_case_id"))

    op.drop_table("sharing_basis")
    with op.batch_alter_table("section_revision", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_section_revision_section_id"))

    op.drop_table("section_revision")
    with op.batch_alter_table("referral", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_referral_to_circle_id"))
        batch_op.drop_index(batch_op.f("ix_referral_state"))
        batch_op.drop_index(batch_op.f("ix_referral_sent_at"))
        batch_op.drop_index(batch_op.f("ix_referral_grant_id"))
        batch_op.drop_index(batch_op.f("ix_referral_from_circle_id"))
        batch_op.drop_index(batch_op.f("ix_referral_decide_by"))
        batch_op.drop_index(batch_op.f("ix_referral_case_id"))

    op.drop_table("referral")
    with op.batch_alter_table("grant_bundle", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_grant_bundle_grant_id"))

    op.drop_table("grant_bundle")
    op.drop_table("card_body")
    with op.batch_alter_table("bed", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_bed_room_id"))

    op.drop_table("bed")
    with op.batch_alter_table("task", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_task_state"))
        batch_op.drop_index(batch_op.f("ix_task_object_id"))
        batch_op.drop_index(batch_op.f("ix_task_due_at"))
        batch_op.drop_index(batch_op.f("ix_task_circle_id"))
        batch_op.drop_index(batch_op.f("ix_task_case_id"))

    op.drop_table("task")
    with op.batch_alter_table("strand_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_strand_entry_case_id"))

    op.drop_table("strand_entry")
    with op.batch_alter_table("stay", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stay_state"))
        batch_op.drop_index(batch_op.f("ix_stay_site_id"))

    op.drop_table("stay")
    op.drop_table("staged_fact_body")
    with op.batch_alter_table("site_unit", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_site_unit_unit_code"))

    op.drop_table("site_unit")
    op.drop_table("site_body")
    with op.batch_alter_table("section", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_section_holder_circle_id"))
        batch_op.drop_index(batch_op.f("ix_section_case_id"))

    op.drop_table("section")
    with op.batch_alter_table("room", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_room_site_id"))

    op.drop_table("room")
    op.drop_table("member_session_body")
    op.drop_table("fact_body")
    op.drop_table("draft_body")
    with op.batch_alter_table("case_grant", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_grant_receiver_circle_id"))
        batch_op.drop_index(batch_op.f("ix_case_grant_case_id"))

    op.drop_table("case_grant")
    with op.batch_alter_table("card", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_card_circle_id"))
        batch_op.drop_index(batch_op.f("ix_card_case_id"))

    op.drop_table("card")
    op.drop_table("staged_fact")
    with op.batch_alter_table("site", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_site_circle_id"))
        batch_op.drop_index(batch_op.f("ix_site_agency_id"))

    op.drop_table("site")
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_notice_object_id"))
        batch_op.drop_index(batch_op.f("ix_notice_member_id"))
        batch_op.drop_index(batch_op.f("ix_notice_created_at"))
        batch_op.drop_index(batch_op.f("ix_notice_circle_id"))

    op.drop_table("notice")
    with op.batch_alter_table("member_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_member_session_member_id"))
        batch_op.drop_index(batch_op.f("ix_member_session_expires_at"))

    op.drop_table("member_session")
    op.drop_table("member_body")
    with op.batch_alter_table("invitation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_invitation_member_id"))

    op.drop_table("invitation")
    with op.batch_alter_table("idempotency_key", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_idempotency_key_member_id"))
        batch_op.drop_index(batch_op.f("ix_idempotency_key_created_at"))

    op.drop_table("idempotency_key")
    op.drop_table("fact")
    with op.batch_alter_table("edition", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_edition_state"))

    op.drop_table("edition")
    with op.batch_alter_table("draft", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_draft_member_id"))

    op.drop_table("draft")
    with op.batch_alter_table("circle_wrap_body", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_circle_wrap_body_member_id"))

    op.drop_table("circle_wrap_body")
    with op.batch_alter_table("circle_area", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_circle_area_unit_code"))
        batch_op.drop_index(batch_op.f("ix_circle_area_circle_id"))

    op.drop_table("circle_area")
    with op.batch_alter_table("case_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_case_file_state"))
        batch_op.drop_index(batch_op.f("ix_case_file_opened_at"))
        batch_op.drop_index(batch_op.f("ix_case_file_custodian_circle_id"))
        batch_op.drop_index(batch_op.f("ix_case_file_custodian_agency_id"))

    op.drop_table("case_file")
    with op.batch_alter_table("member", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_member_state"))
        batch_op.drop_index(batch_op.f("ix_member_agency_id"))

    op.drop_table("member")
    with op.batch_alter_table("directory_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_directory_entry_agency_id"))

    op.drop_table("directory_entry")
    with op.batch_alter_table("circle", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_circle_agency_id"))

    op.drop_table("circle")
    op.drop_table("job_run")
    op.drop_table("job_lease")
    op.drop_table("deployment")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_entry_object_id"))
        batch_op.drop_index(batch_op.f("ix_audit_entry_chain_id"))
        batch_op.drop_index(batch_op.f("ix_audit_entry_at"))

    op.drop_table("audit_entry")
    op.drop_table("audit_chain")
    with op.batch_alter_table("agency", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_agency_state"))

    op.drop_table("agency")
