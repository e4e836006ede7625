"""How alembic runs here: on the connection, and in the transaction, that ``migrate`` hands over."""

from alembic import context

from dpa_service.adapters.db.registry import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
    transactional_ddl=True,
)
context.run_migrations()
