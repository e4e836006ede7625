"""Releases of the clause library: an agreement keeps its own; published text is frozen."""

import pytest
import sqlalchemy as sa

from dpa_service.adapters.db.engine import reading, writing
from dpa_service.adapters.db.models import Agreement, ClauseVersion, Client, LibraryRelease
from dpa_service.domain.errors import LibraryProblem
from dpa_service.services.agreements import agreements, issuing
from dpa_service.services.errors import Damaged, NotFound
from dpa_service.services.library import library as releases
from tests.conftest import NOW, TODAY
from tests.support.changed_library import CLAUSE, new_text, with_status

pytestmark = pytest.mark.usefixtures("plain_documents")


def heading(snapshot):
    return next(a["heading"] for part in snapshot["parts"] for a in part["articles"] if a["clause"] == CLAUSE)


def draft(session, library, example):
    return agreements.create_draft(session, library, example(), actor="sales", now=NOW).agreement


def test_sync_stores_release_and_versions_once(session, library):
    assert releases.sync(session, library, now=NOW) is True
    assert releases.sync(session, library, now=NOW) is False
    with reading(session):
        assert session.scalars(sa.select(LibraryRelease.hash)).all() == [library.hash]
        assert session.scalar(sa.select(sa.func.count()).select_from(ClauseVersion)) == len(library.clauses)
        assert releases.pinned(session, library.hash).raw == library.raw


def test_agreements_stay_as_they_were_after_a_new_version(session, library, example):
    made, issued = draft(session, library, example), draft(session, library, example)
    issuing.issue(session, issued.id, actor="sales", now=NOW, today=TODAY)
    before = [agreements.preview(session, row.id) for row in (made, issued)]
    bytes_before = issuing.document(session, issued.id, "docx").content

    newer = new_text(library)
    assert releases.sync(session, newer, now=NOW) is True
    assert [agreements.preview(session, row.id) for row in (made, issued)] == before
    assert issuing.document(session, issued.id, "docx").content == bytes_before
    assert [row.version for row in releases.versions(session, CLAUSE)] == ["9.0.0", library.clauses[CLAUSE].version]

    # a change of the draft keeps its release; only when asked does it take the new one
    kept = agreements.update_draft(session, made.id, example(), expected_version=1, actor="sales", now=NOW)
    assert kept.agreement.library_hash == library.hash
    renewed = agreements.update_draft(session, made.id, example(), expected_version=2, renew=newer, actor="sales", now=NOW)
    assert renewed.agreement.library_hash == newer.hash
    assert heading(agreements.preview(session, made.id)).endswith("(gewijzigd)")
    after = issuing.issue(session, made.id, actor="sales", now=NOW, today=TODAY)
    assert heading(agreements.preview(session, after.agreement.id)).endswith("(gewijzigd)")


def test_published_text_never_changes_under_its_version(session, library, example):
    releases.sync(session, library, now=NOW)
    with pytest.raises(LibraryProblem, match=f"{CLAUSE}.*changed after it was published"):
        releases.sync(session, new_text(library, version=None), now=NOW)
    with pytest.raises(LibraryProblem):
        draft(session, new_text(library, version=None), example)
    with reading(session):
        assert session.scalars(sa.select(LibraryRelease.hash)).all() == [library.hash]
        assert session.scalars(sa.select(Agreement.id)).all() == []
        assert session.scalars(sa.select(Client.id)).all() == []


def test_a_draft_clause_may_change_until_it_is_published(session, library):
    first = with_status(library, "draft")
    releases.sync(session, first, now=NOW)
    releases.sync(session, new_text(first, version=None), now=NOW)
    published = new_text(library, version=None)
    releases.sync(session, published, now=NOW)
    row = releases.version(session, CLAUSE, library.clauses[CLAUSE].version)
    assert (row.status, row.hash) == ("published", published.clauses[CLAUSE].hash)


def test_a_published_version_does_not_become_a_draft_again(session, library):
    releases.sync(session, library, now=NOW)
    with pytest.raises(LibraryProblem, match="is a draft again"):
        releases.sync(session, with_status(library, "draft"), now=NOW)


def test_a_damaged_release_is_not_used(session, library, example):
    made = draft(session, library, example)
    with writing(session):
        stored = session.get_one(LibraryRelease, library.hash)
        stored.content = stored.content.replace("Inbreuk", "Inbreak")
    with pytest.raises(Damaged):
        agreements.preview(session, made.id)


def test_unknown_versions_are_not_found(session, library):
    with pytest.raises(NotFound):
        releases.version(session, CLAUSE, "1.2.3")
    with pytest.raises(NotFound), reading(session):
        releases.pinned(session, "0" * 64)
