"""Jobs that follow from others, plans that firms may see, and scenario sets."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "scenario_sets",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("tenant_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("created", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id"],
            ["tenants.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("scenario_sets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_scenario_sets_tenant_id"), ["tenant_id"], unique=False)

    # no batch here: SQLite would build the table anew, and dropping the old one would take its files along
    op.add_column("jobs", sa.Column("parent", sa.String(length=32), nullable=True))
    op.add_column("jobs", sa.Column("published", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index(op.f("ix_jobs_parent"), "jobs", ["parent"], unique=False)
