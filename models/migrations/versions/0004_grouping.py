"""Duplicates, merges, themes, joint needs, cases, notices and thresholds."""

import uuid
from datetime import UTC, date, datetime

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

APPEND_ONLY = ("duplicate_decision", "theme_event", "case_step", "dialogue_entry")

# Law, rule, kind, authority, valid from and to, hundredths, currency, source.
THRESHOLDS = (
    (
        "LOU",
        "advertising",
        "goods_services",
        "central",
        "2026-01-01",
        "2027-12-31",
        14000000,
        "EUR",
        "EU thresholds of 2026-27",
    ),
    (
        "LOU",
        "advertising",
        "goods_services",
        "sub_central",
        "2026-01-01",
        "2027-12-31",
        21600000,
        "EUR",
        "EU thresholds of 2026-27",
    ),
    (
        "LOU",
        "advertising",
        "works",
        "any",
        "2026-01-01",
        "2027-12-31",
        540400000,
        "EUR",
        "EU thresholds of 2026-27",
    ),
    (
        "LOU",
        "advertising",
        "social_special",
        "any",
        "2026-01-01",
        "2027-12-31",
        75000000,
        "EUR",
        "EU thresholds of 2026-27",
    ),
    (
        "LOU",
        "advertising",
        "goods_services",
        "sub_central",
        "2024-01-01",
        "2025-12-31",
        238958500,
        "SEK",
        "Swedish thresholds of 2024-25",
    ),
    (
        "LOU",
        "advertising",
        "goods_services",
        "central",
        "2024-01-01",
        "2025-12-31",
        154620200,
        "SEK",
        "Swedish thresholds of 2024-25",
    ),
    (
        "LOU",
        "advertising",
        "works",
        "any",
        "2024-01-01",
        "2025-12-31",
        5988017900,
        "SEK",
        "Swedish thresholds of 2024-25",
    ),
    (
        "LOU",
        "advertising",
        "social_special",
        "any",
        "2024-01-01",
        "2025-12-31",
        810945000,
        "SEK",
        "Swedish thresholds of 2024-25",
    ),
    (
        "LOU",
        "direct_award",
        "any",
        "any",
        "2022-02-01",
        None,
        70000000,
        "SEK",
        "LOU, direct award, since 2022-02-01",
    ),
)


def upgrade() -> None:
    op.create_table(
        "merge",
        sa.Column("organisation_id", sa.String(length=36), nullable=True),
        sa.Column("member_id", sa.String(length=36), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.String(length=36), nullable=True),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_merge_member_id_member")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_merge_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["undone_by"], ["member.id"], name=op.f("fk_merge_undone_by_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merge")),
    )
    op.create_index(op.f("ix_merge_organisation_id"), "merge", ["organisation_id"], unique=False)
    op.create_table(
        "notice_choice",
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=True),
        sa.Column("is_mailed", sa.Boolean(), nullable=False),
        sa.Column("feed_digest", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_notice_choice_member_id_member")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_notice_choice_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_notice_choice")),
        sa.UniqueConstraint("feed_digest", name=op.f("uq_notice_choice_feed_digest")),
    )
    op.create_index(
        op.f("ix_notice_choice_organisation_id"), "notice_choice", ["organisation_id"], unique=False
    )
    op.create_table(
        "threshold",
        sa.Column("law", sa.String(length=20), nullable=False),
        sa.Column("rule", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("authority", sa.String(length=20), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=True),
        sa.Column("member_id", sa.String(length=36), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.String(length=36), nullable=True),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_threshold_member_id_member")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_threshold_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["withdrawn_by"], ["member.id"], name=op.f("fk_threshold_withdrawn_by_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_threshold")),
    )
    op.create_index(op.f("ix_threshold_organisation_id"), "threshold", ["organisation_id"], unique=False)
    op.create_table(
        "duplicate_pair",
        sa.Column("left_id", sa.String(length=36), nullable=False),
        sa.Column("right_id", sa.String(length=36), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=True),
        sa.Column("cosine", sa.Float(), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("encoder_digest", sa.String(length=64), nullable=False),
        sa.Column("group_id", sa.String(length=36), nullable=True),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["left_id"], ["entry.id"], name=op.f("fk_duplicate_pair_left_id_entry")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_duplicate_pair_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(["right_id"], ["entry.id"], name=op.f("fk_duplicate_pair_right_id_entry")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duplicate_pair")),
        sa.UniqueConstraint("left_id", "right_id", name=op.f("uq_duplicate_pair_left_id_right_id")),
    )
    op.create_index(op.f("ix_duplicate_pair_group_id"), "duplicate_pair", ["group_id"], unique=False)
    op.create_index(
        op.f("ix_duplicate_pair_organisation_id"), "duplicate_pair", ["organisation_id"], unique=False
    )
    op.create_index(op.f("ix_duplicate_pair_right_id"), "duplicate_pair", ["right_id"], unique=False)
    op.create_index(
        "ix_duplicate_pair_state_probability_id",
        "duplicate_pair",
        ["state", "probability", "id"],
        unique=False,
    )
    op.create_table(
        "entry_split",
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.Column("was_status", sa.String(length=32), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=True),
        sa.Column("member_id", sa.String(length=36), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.String(length=36), nullable=True),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_entry_split_entry_id_entry")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_entry_split_member_id_member")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_entry_split_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["undone_by"], ["member.id"], name=op.f("fk_entry_split_undone_by_member")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry_split")),
    )
    op.create_index(op.f("ix_entry_split_entry_id"), "entry_split", ["entry_id"], unique=False)
    op.create_index(op.f("ix_entry_split_organisation_id"), "entry_split", ["organisation_id"], unique=False)
    op.create_table(
        "face_choice",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.Column("merge_id", sa.String(length=36), nullable=True),
        sa.Column("organisation_id", sa.String(length=36), nullable=True),
        sa.Column("member_id", sa.String(length=36), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_face_choice_entry_id_entry")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_face_choice_member_id_member")),
        sa.ForeignKeyConstraint(["merge_id"], ["merge.id"], name=op.f("fk_face_choice_merge_id_merge")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_face_choice_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_face_choice")),
        sa.UniqueConstraint("number", name=op.f("uq_face_choice_number")),
    )
    op.create_index(op.f("ix_face_choice_entry_id"), "face_choice", ["entry_id"], unique=False)
    op.create_index(op.f("ix_face_choice_merge_id"), "face_choice", ["merge_id"], unique=False)
    op.create_index(op.f("ix_face_choice_organisation_id"), "face_choice", ["organisation_id"], unique=False)
    op.create_table(
        "merge_group",
        sa.Column("face_id", sa.String(length=36), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=True),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["face_id"], ["entry.id"], name=op.f("fk_merge_group_face_id_entry")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_merge_group_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merge_group")),
    )
    op.create_index(op.f("ix_merge_group_face_id"), "merge_group", ["face_id"], unique=False)
    op.create_index(op.f("ix_merge_group_organisation_id"), "merge_group", ["organisation_id"], unique=False)
    op.create_table(
        "merge_member",
        sa.Column("merge_id", sa.String(length=36), nullable=False),
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_merge_member_entry_id_entry")),
        sa.ForeignKeyConstraint(["merge_id"], ["merge.id"], name=op.f("fk_merge_member_merge_id_merge")),
        sa.PrimaryKeyConstraint("merge_id", "entry_id", name=op.f("pk_merge_member")),
    )
    op.create_index(op.f("ix_merge_member_entry_id"), "merge_member", ["entry_id"], unique=False)
    op.create_table(
        "notice",
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=True),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("entry_id", sa.String(length=36), nullable=True),
        sa.Column("thing_id", sa.String(length=36), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_notice_entry_id_entry")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_notice_member_id_member")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_notice_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("member_id", "key", name=op.f("uq_notice_member_id_key")),
    )
    op.create_index(op.f("ix_notice_entry_id"), "notice", ["entry_id"], unique=False)
    op.create_index(
        "ix_notice_member_id_created_at_id", "notice", ["member_id", "created_at", "id"], unique=False
    )
    op.create_index(op.f("ix_notice_organisation_id"), "notice", ["organisation_id"], unique=False)
    op.create_table(
        "support",
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.Column("member_id", sa.String(length=36), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_support_entry_id_entry")),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_support_member_id_member")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_support_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_support")),
        sa.UniqueConstraint("entry_id", "member_id", name=op.f("uq_support_entry_id_member_id")),
    )
    op.create_index(op.f("ix_support_member_id"), "support", ["member_id"], unique=False)
    op.create_index(op.f("ix_support_organisation_id"), "support", ["organisation_id"], unique=False)
    op.create_table(
        "theme",
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.String(length=36), nullable=True),
        sa.Column("name_sv", sa.String(length=300), nullable=False),
        sa.Column("name_en", sa.String(length=300), nullable=False),
        sa.Column("terms_sv", sa.JSON(), nullable=False),
        sa.Column("terms_en", sa.JSON(), nullable=False),
        sa.Column("example_id", sa.String(length=36), nullable=True),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("merged_into_id", sa.String(length=36), nullable=True),
        sa.Column("is_named", sa.Boolean(), nullable=False),
        sa.Column("is_kept", sa.Boolean(), nullable=False),
        sa.Column("has_taken_in", sa.Boolean(), nullable=False),
        sa.Column("n_members", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=True),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["example_id"], ["entry.id"], name=op.f("fk_theme_example_id_entry")),
        sa.ForeignKeyConstraint(["merged_into_id"], ["theme.id"], name=op.f("fk_theme_merged_into_id_theme")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_theme_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["parent_id"], ["theme.id"], name=op.f("fk_theme_parent_id_theme")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_theme")),
    )
    op.create_index(op.f("ix_theme_organisation_id"), "theme", ["organisation_id"], unique=False)
    op.create_index(op.f("ix_theme_parent_id"), "theme", ["parent_id"], unique=False)
    op.create_index("ix_theme_state_n_members_id", "theme", ["state", "n_members", "id"], unique=False)
    op.create_table(
        "duplicate_decision",
        sa.Column("pair_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("merge_id", sa.String(length=36), nullable=True),
        sa.Column("organisation_id", sa.String(length=36), nullable=True),
        sa.Column("member_id", sa.String(length=36), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["merge_id"], ["merge.id"], name=op.f("fk_duplicate_decision_merge_id_merge")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_duplicate_decision_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_duplicate_decision_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["pair_id"], ["duplicate_pair.id"], name=op.f("fk_duplicate_decision_pair_id_duplicate_pair")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duplicate_decision")),
        sa.UniqueConstraint("pair_id", "number", name=op.f("uq_duplicate_decision_pair_id_number")),
    )
    op.create_index(
        op.f("ix_duplicate_decision_member_id"), "duplicate_decision", ["member_id"], unique=False
    )
    op.create_index(
        op.f("ix_duplicate_decision_organisation_id"), "duplicate_decision", ["organisation_id"], unique=False
    )
    op.create_table(
        "joint_need",
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("cohesion", sa.Float(), nullable=False),
        sa.Column("reach", sa.String(length=20), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("sums", sa.JSON(), nullable=False),
        sa.Column("theme_id", sa.String(length=36), nullable=True),
        sa.Column("organisation_id", sa.String(length=36), nullable=True),
        sa.Column("member_id", sa.String(length=36), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_joint_need_member_id_member")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_joint_need_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["theme_id"], ["theme.id"], name=op.f("fk_joint_need_theme_id_theme")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_joint_need")),
    )
    op.create_index(op.f("ix_joint_need_organisation_id"), "joint_need", ["organisation_id"], unique=False)
    op.create_index("ix_joint_need_state_score_id", "joint_need", ["state", "score", "id"], unique=False)
    op.create_table(
        "merged_entry",
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.Column("group_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_merged_entry_entry_id_entry")),
        sa.ForeignKeyConstraint(
            ["group_id"], ["merge_group.id"], name=op.f("fk_merged_entry_group_id_merge_group")
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_merged_entry")),
    )
    op.create_index(op.f("ix_merged_entry_group_id"), "merged_entry", ["group_id"], unique=False)
    op.create_table(
        "split_part",
        sa.Column("split_id", sa.String(length=36), nullable=False),
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_split_part_entry_id_entry")),
        sa.ForeignKeyConstraint(
            ["split_id"], ["entry_split.id"], name=op.f("fk_split_part_split_id_entry_split")
        ),
        sa.PrimaryKeyConstraint("split_id", "entry_id", name=op.f("pk_split_part")),
    )
    op.create_index(op.f("ix_split_part_entry_id"), "split_part", ["entry_id"], unique=False)
    op.create_table(
        "theme_event",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("theme_id", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("detail", sa.JSON(), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=True),
        sa.Column("member_id", sa.String(length=36), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_theme_event_member_id_member")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_theme_event_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["theme_id"], ["theme.id"], name=op.f("fk_theme_event_theme_id_theme")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_theme_event")),
    )
    op.create_index(op.f("ix_theme_event_created_at"), "theme_event", ["created_at"], unique=False)
    op.create_index(op.f("ix_theme_event_organisation_id"), "theme_event", ["organisation_id"], unique=False)
    op.create_index(op.f("ix_theme_event_theme_id"), "theme_event", ["theme_id"], unique=False)
    op.create_table(
        "theme_member",
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.Column("theme_id", sa.String(length=36), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("is_pinned", sa.Boolean(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_theme_member_entry_id_entry")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_theme_member_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(["theme_id"], ["theme.id"], name=op.f("fk_theme_member_theme_id_theme")),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_theme_member")),
    )
    op.create_index(
        op.f("ix_theme_member_organisation_id"), "theme_member", ["organisation_id"], unique=False
    )
    op.create_index(op.f("ix_theme_member_theme_id"), "theme_member", ["theme_id"], unique=False)
    op.create_table(
        "duplicate_reason",
        sa.Column("decision_id", sa.String(length=36), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id"],
            ["duplicate_decision.id"],
            name=op.f("fk_duplicate_reason_decision_id_duplicate_decision"),
        ),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_duplicate_reason")),
    )
    op.create_table(
        "joint_need_member",
        sa.Column("joint_need_id", sa.String(length=36), nullable=False),
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("sacrifices", sa.JSON(), nullable=False),
        sa.Column("own_wish", sa.JSON(), nullable=False),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dropped_by", sa.String(length=36), nullable=True),
        sa.ForeignKeyConstraint(
            ["dropped_by"], ["member.id"], name=op.f("fk_joint_need_member_dropped_by_member")
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_joint_need_member_entry_id_entry")),
        sa.ForeignKeyConstraint(
            ["joint_need_id"], ["joint_need.id"], name=op.f("fk_joint_need_member_joint_need_id_joint_need")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_joint_need_member_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("joint_need_id", "entry_id", name=op.f("pk_joint_need_member")),
    )
    op.create_index(op.f("ix_joint_need_member_entry_id"), "joint_need_member", ["entry_id"], unique=False)
    op.create_index(
        op.f("ix_joint_need_member_organisation_id"), "joint_need_member", ["organisation_id"], unique=False
    )
    op.create_table(
        "joint_need_offering",
        sa.Column("joint_need_id", sa.String(length=36), nullable=False),
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("need_ids", sa.JSON(), nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("reaches_all", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["entry.id"], name=op.f("fk_joint_need_offering_entry_id_entry")
        ),
        sa.ForeignKeyConstraint(
            ["joint_need_id"], ["joint_need.id"], name=op.f("fk_joint_need_offering_joint_need_id_joint_need")
        ),
        sa.PrimaryKeyConstraint("joint_need_id", "entry_id", name=op.f("pk_joint_need_offering")),
    )
    op.create_index(
        op.f("ix_joint_need_offering_entry_id"), "joint_need_offering", ["entry_id"], unique=False
    )
    op.create_table(
        "procurement_case",
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=True),
        sa.Column("owner_id", sa.String(length=36), nullable=True),
        sa.Column("joint_need_id", sa.String(length=36), nullable=True),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("stop_reason", sa.Text(), nullable=False),
        sa.Column("next_step", sa.Text(), nullable=False),
        sa.Column("next_step_on", sa.Date(), nullable=True),
        sa.Column("law", sa.String(length=20), nullable=False),
        sa.Column("contract_kind", sa.String(length=20), nullable=False),
        sa.Column("authority", sa.String(length=20), nullable=False),
        sa.Column("procedure", sa.String(length=40), nullable=True),
        sa.Column("assessments", sa.JSON(), nullable=False),
        sa.Column("confirmed_by", sa.String(length=36), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["confirmed_by"], ["member.id"], name=op.f("fk_procurement_case_confirmed_by_member")
        ),
        sa.ForeignKeyConstraint(
            ["joint_need_id"], ["joint_need.id"], name=op.f("fk_procurement_case_joint_need_id_joint_need")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_procurement_case_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["member.id"], name=op.f("fk_procurement_case_owner_id_member")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_procurement_case")),
    )
    op.create_index(
        "ix_procurement_case_created_at_id", "procurement_case", ["created_at", "id"], unique=False
    )
    op.create_index(
        op.f("ix_procurement_case_joint_need_id"), "procurement_case", ["joint_need_id"], unique=False
    )
    op.create_index(
        op.f("ix_procurement_case_organisation_id"), "procurement_case", ["organisation_id"], unique=False
    )
    op.create_index(op.f("ix_procurement_case_owner_id"), "procurement_case", ["owner_id"], unique=False)
    op.create_table(
        "case_need",
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["procurement_case.id"], name=op.f("fk_case_need_case_id_procurement_case")
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_case_need_entry_id_entry")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_case_need_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("case_id", "entry_id", name=op.f("pk_case_need")),
    )
    op.create_index(op.f("ix_case_need_entry_id"), "case_need", ["entry_id"], unique=False)
    op.create_index(op.f("ix_case_need_organisation_id"), "case_need", ["organisation_id"], unique=False)
    op.create_table(
        "case_offering",
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("entry_id", sa.String(length=36), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["procurement_case.id"], name=op.f("fk_case_offering_case_id_procurement_case")
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_case_offering_entry_id_entry")),
        sa.PrimaryKeyConstraint("case_id", "entry_id", name=op.f("pk_case_offering")),
    )
    op.create_index(op.f("ix_case_offering_entry_id"), "case_offering", ["entry_id"], unique=False)
    op.create_table(
        "case_organisation",
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=False),
        sa.Column("mandate", sa.Text(), nullable=False),
        sa.Column("expected_volume", sa.Text(), nullable=False),
        sa.Column("expected_value", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["procurement_case.id"], name=op.f("fk_case_organisation_case_id_procurement_case")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_case_organisation_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("case_id", "organisation_id", name=op.f("pk_case_organisation")),
    )
    op.create_index(
        op.f("ix_case_organisation_organisation_id"), "case_organisation", ["organisation_id"], unique=False
    )
    op.create_table(
        "case_step",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False
        ),
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("organisation_id", sa.String(length=36), nullable=True),
        sa.Column("member_id", sa.String(length=36), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["procurement_case.id"], name=op.f("fk_case_step_case_id_procurement_case")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["member.id"], name=op.f("fk_case_step_member_id_member")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_case_step_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_step")),
    )
    op.create_index(op.f("ix_case_step_case_id"), "case_step", ["case_id"], unique=False)
    op.create_index(op.f("ix_case_step_organisation_id"), "case_step", ["organisation_id"], unique=False)
    op.create_table(
        "dialogue_entry",
        sa.Column("case_id", sa.String(length=36), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("participants", sa.JSON(), nullable=False),
        sa.Column("disclosed", sa.Text(), nullable=False),
        sa.Column("is_disclosed_to_all", sa.Boolean(), nullable=False),
        sa.Column("corrects_id", sa.String(length=36), nullable=True),
        sa.Column("organisation_id", sa.String(length=36), nullable=True),
        sa.Column("member_id", sa.String(length=36), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["procurement_case.id"], name=op.f("fk_dialogue_entry_case_id_procurement_case")
        ),
        sa.ForeignKeyConstraint(
            ["corrects_id"], ["dialogue_entry.id"], name=op.f("fk_dialogue_entry_corrects_id_dialogue_entry")
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_dialogue_entry_member_id_member")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_dialogue_entry_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dialogue_entry")),
        sa.UniqueConstraint("case_id", "number", name=op.f("uq_dialogue_entry_case_id_number")),
    )
    op.create_index(
        op.f("ix_dialogue_entry_organisation_id"), "dialogue_entry", ["organisation_id"], unique=False
    )
    op.bulk_insert(_threshold_table(), [_threshold_row(*row) for row in THRESHOLDS])
    for table, action in _refused():
        _add_trigger(table, action)


def downgrade() -> None:
    for table, action in _refused():
        _drop_trigger(table, action)
    op.drop_index(op.f("ix_dialogue_entry_organisation_id"), table_name="dialogue_entry")
    op.drop_table("dialogue_entry")
    op.drop_index(op.f("ix_case_step_organisation_id"), table_name="case_step")
    op.drop_index(op.f("ix_case_step_case_id"), table_name="case_step")
    op.drop_table("case_step")
    op.drop_index(op.f("ix_case_organisation_organisation_id"), table_name="case_organisation")
    op.drop_table("case_organisation")
    op.drop_index(op.f("ix_case_offering_entry_id"), table_name="case_offering")
    op.drop_table("case_offering")
    op.drop_index(op.f("ix_case_need_organisation_id"), table_name="case_need")
    op.drop_index(op.f("ix_case_need_entry_id"), table_name="case_need")
    op.drop_table("case_need")
    op.drop_index(op.f("ix_procurement_case_owner_id"), table_name="procurement_case")
    op.drop_index(op.f("ix_procurement_case_organisation_id"), table_name="procurement_case")
    op.drop_index(op.f("ix_procurement_case_joint_need_id"), table_name="procurement_case")
    op.drop_index("ix_procurement_case_created_at_id", table_name="procurement_case")
    op.drop_table("procurement_case")
    op.drop_index(op.f("ix_joint_need_offering_entry_id"), table_name="joint_need_offering")
    op.drop_table("joint_need_offering")
    op.drop_index(op.f("ix_joint_need_member_organisation_id"), table_name="joint_need_member")
    op.drop_index(op.f("ix_joint_need_member_entry_id"), table_name="joint_need_member")
    op.drop_table("joint_need_member")
    op.drop_table("duplicate_reason")
    op.drop_index(op.f("ix_theme_member_theme_id"), table_name="theme_member")
    op.drop_index(op.f("ix_theme_member_organisation_id"), table_name="theme_member")
    op.drop_table("theme_member")
    op.drop_index(op.f("ix_theme_event_theme_id"), table_name="theme_event")
    op.drop_index(op.f("ix_theme_event_organisation_id"), table_name="theme_event")
    op.drop_index(op.f("ix_theme_event_created_at"), table_name="theme_event")
    op.drop_table("theme_event")
    op.drop_index(op.f("ix_split_part_entry_id"), table_name="split_part")
    op.drop_table("split_part")
    op.drop_index(op.f("ix_merged_entry_group_id"), table_name="merged_entry")
    op.drop_table("merged_entry")
    op.drop_index("ix_joint_need_state_score_id", table_name="joint_need")
    op.drop_index(op.f("ix_joint_need_organisation_id"), table_name="joint_need")
    op.drop_table("joint_need")
    op.drop_index(op.f("ix_duplicate_decision_organisation_id"), table_name="duplicate_decision")
    op.drop_index(op.f("ix_duplicate_decision_member_id"), table_name="duplicate_decision")
    op.drop_table("duplicate_decision")
    op.drop_index("ix_theme_state_n_members_id", table_name="theme")
    op.drop_index(op.f("ix_theme_parent_id"), table_name="theme")
    op.drop_index(op.f("ix_theme_organisation_id"), table_name="theme")
    op.drop_table("theme")
    op.drop_index(op.f("ix_support_organisation_id"), table_name="support")
    op.drop_index(op.f("ix_support_member_id"), table_name="support")
    op.drop_table("support")
    op.drop_index(op.f("ix_notice_organisation_id"), table_name="notice")
    op.drop_index("ix_notice_member_id_created_at_id", table_name="notice")
    op.drop_index(op.f("ix_notice_entry_id"), table_name="notice")
    op.drop_table("notice")
    op.drop_index(op.f("ix_merge_member_entry_id"), table_name="merge_member")
    op.drop_table("merge_member")
    op.drop_index(op.f("ix_merge_group_organisation_id"), table_name="merge_group")
    op.drop_index(op.f("ix_merge_group_face_id"), table_name="merge_group")
    op.drop_table("merge_group")
    op.drop_index(op.f("ix_face_choice_organisation_id"), table_name="face_choice")
    op.drop_index(op.f("ix_face_choice_merge_id"), table_name="face_choice")
    op.drop_index(op.f("ix_face_choice_entry_id"), table_name="face_choice")
    op.drop_table("face_choice")
    op.drop_index(op.f("ix_entry_split_organisation_id"), table_name="entry_split")
    op.drop_index(op.f("ix_entry_split_entry_id"), table_name="entry_split")
    op.drop_table("entry_split")
    op.drop_index("ix_duplicate_pair_state_probability_id", table_name="duplicate_pair")
    op.drop_index(op.f("ix_duplicate_pair_right_id"), table_name="duplicate_pair")
    op.drop_index(op.f("ix_duplicate_pair_organisation_id"), table_name="duplicate_pair")
    op.drop_index(op.f("ix_duplicate_pair_group_id"), table_name="duplicate_pair")
    op.drop_table("duplicate_pair")
    op.drop_index(op.f("ix_threshold_organisation_id"), table_name="threshold")
    op.drop_table("threshold")
    op.drop_index(op.f("ix_notice_choice_organisation_id"), table_name="notice_choice")
    op.drop_table("notice_choice")
    op.drop_index(op.f("ix_merge_organisation_id"), table_name="merge")
    op.drop_table("merge")


def _threshold_table() -> sa.TableClause:
    texts = ("id", "law", "rule", "kind", "authority", "currency", "source")
    return sa.table(
        "threshold",
        *(sa.column(name, sa.String) for name in texts),
        sa.column("valid_from", sa.Date),
        sa.column("valid_to", sa.Date),
        sa.column("amount", sa.BigInteger),
        sa.column("created_at", sa.DateTime(timezone=True)),
    )


def _threshold_row(law, rule, kind, authority, valid_from, valid_to, amount, currency, source):
    return {
        "id": str(uuid.uuid4()),
        "law": law,
        "rule": rule,
        "kind": kind,
        "authority": authority,
        "valid_from": date.fromisoformat(valid_from),
        "valid_to": date.fromisoformat(valid_to) if valid_to else None,
        "amount": amount,
        "currency": currency,
        "source": source,
        "created_at": datetime.now(UTC),
    }


def _refused() -> list[tuple[str, str]]:
    return [(table, action) for table in APPEND_ONLY for action in ("update", "delete")]


def _add_trigger(table: str, action: str) -> None:
    name = f"{table}_refuses_{action}"
    if op.get_bind().dialect.name == "postgresql":
        # The function is there since the first migration.
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {action.upper()} ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        return
    op.execute(
        f"CREATE TRIGGER {name} BEFORE {action.upper()} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )


def _drop_trigger(table: str, action: str) -> None:
    on_table = f" ON {table}" if op.get_bind().dialect.name == "postgresql" else ""
    op.execute(f"DROP TRIGGER {table}_refuses_{action}{on_table}")
