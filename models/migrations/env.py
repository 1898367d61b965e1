"""Alembic's environment: runs migrations over the connection that it is given."""

from alembic import context

from models.records import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
)
context.run_migrations()
