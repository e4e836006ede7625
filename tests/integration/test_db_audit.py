"""The audit log: altering, deleting or reordering a line is found and named."""

import pytest
import sqlalchemy as sa

from dpa_service.adapters.db import audit
from dpa_service.adapters.db.engine import reading, writing
from dpa_service.adapters.db.models import AuditHead, AuditLog
from dpa_service.services.use_case import use_case
from tests.conftest import NOW


@pytest.fixture
def chain(session):
    """Five lines."""
    for number in range(1, 6):
        with use_case(session, actor="legal", now=NOW) as work:
            work.note("test.line", "thing", f"t{number}", number=number)
    return session


def faults(session):
    with reading(session):
        return audit.verify(session)


def change(session, statement):
    with writing(session):
        session.execute(statement.execution_options(synchronize_session=False))


def test_an_untouched_chain_is_sound(chain):
    assert faults(chain) == []


@pytest.mark.parametrize(
    ("column", "value"),
    [("actor", "somebody"), ("action", "test.other"), ("object_id", "t9"), ("details", {"number": 33}), ("hash", "f" * 64)],
)
def test_an_altered_line_is_named(chain, column, value):
    change(chain, sa.update(AuditLog).where(AuditLog.seq == 3).values({column: value}))
    assert any(fault.seq == 3 for fault in faults(chain))


def test_a_line_altered_with_its_hash_breaks_the_next(chain):
    with writing(chain):
        line = chain.get_one(AuditLog, 3)
        line.actor = "somebody"
        line.hash = audit.line_hash(line)
    assert [fault.seq for fault in faults(chain)] == [4]


def test_a_deleted_line_is_named(chain):
    change(chain, sa.delete(AuditLog).where(AuditLog.seq == 2))
    assert faults(chain)[0] == audit.AuditFault(2, "line 2 is missing")


def test_a_cut_tail_is_named(chain):
    change(chain, sa.delete(AuditLog).where(AuditLog.seq > 3))
    assert faults(chain) == [audit.AuditFault(4, "the last lines are missing: 4 to 5")]


def test_reordered_lines_are_named(chain):
    for old, new in ((2, 90), (3, 2), (90, 3)):
        change(chain, sa.update(AuditLog).where(AuditLog.seq == old).values(seq=new))
    assert {2, 3} <= {fault.seq for fault in faults(chain)}


def test_a_missing_head_is_told(chain):
    change(chain, sa.delete(AuditHead))
    assert "end of the chain" in faults(chain)[0].reason


def test_a_use_case_starts_its_own_transaction(session):
    with writing(session), pytest.raises(RuntimeError, match="its own transaction"), use_case(session, actor="a", now=NOW):
        pass
