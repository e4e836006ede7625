"""The migrations on both databases: head equals the models; up, down, up with data; twice at once."""

from concurrent.futures import ThreadPoolExecutor

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from dpa_service.adapters.db.engine import make_engine, make_sessions, reading
from dpa_service.adapters.db.migrate import current, downgrade, upgrade
from dpa_service.adapters.db.models import AgreementIssue
from dpa_service.adapters.db.registry import Base
from dpa_service.services.agreements import agreements, issuing
from tests.conftest import NOW, TODAY

HEAD = "0010"


def test_head_equals_the_models(database_url):
    engine = make_engine(database_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []
        inspector = sa.inspect(connection)
        for table in Base.metadata.sorted_tables:
            named = {constraint.name for constraint in table.constraints if constraint.name}
            found = {inspector.get_pk_constraint(table.name)["name"]}
            found |= {unique["name"] for unique in inspector.get_unique_constraints(table.name)}
            found |= {key["name"] for key in inspector.get_foreign_keys(table.name)}
            assert found == {str(name) for name in named}, table.name
    engine.dispose()


def test_up_down_and_up_again(empty_url):
    assert current(empty_url) is None
    upgrade(empty_url)
    upgrade(empty_url)
    assert current(empty_url) == HEAD
    downgrade(empty_url, "base")
    engine = make_engine(empty_url)
    with engine.connect() as connection:
        assert set(sa.inspect(connection).get_table_names()) <= {"alembic_version"}
    engine.dispose()
    upgrade(empty_url)
    assert current(empty_url) == HEAD


def test_migrations_keep_data(database_url, library, example, plain_documents):
    """An issued agreement survives every migration from the first revision to head, and an upgrade that has nothing to do."""
    engine = make_engine(database_url)
    with make_sessions(engine)() as session:
        made = agreements.create_draft(session, library, example(), actor="t", now=NOW)
        issuing.issue(session, made.agreement.id, actor="t", now=NOW, today=TODAY)
    upgrade(database_url)
    with make_sessions(engine)() as session:
        kept = session.scalars(sa.select(AgreementIssue)).one()
        assert kept.reference == "DPA-2026-0001"
    engine.dispose()
    downgrade(database_url, "base")
    upgrade(database_url)
    engine = make_engine(database_url)
    with make_sessions(engine)() as session:
        with reading(session):
            assert session.scalar(sa.select(sa.func.count()).select_from(AgreementIssue)) == 0
        again = agreements.create_draft(session, library, example(), actor="t", now=NOW)
        assert issuing.issue(session, again.agreement.id, actor="t", now=NOW, today=TODAY).agreement.reference == "DPA-2026-0001"
    engine.dispose()


def test_two_processes_that_migrate_at_once_do_not_meet(empty_url):
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(upgrade, empty_url) for _ in range(4)]:
            done.result()
    assert current(empty_url) == HEAD
