"""Search over clients and agreements: by name, number or reference, and by effective term ("cap above 2500")."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, load_only

from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.models import Agreement, Client
from dpa_service.adapters.db.negotiation import DeviationValue
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.contract.terms import Parameter, parse_value, print_value
from dpa_service.domain.lifecycle import DISCARDED, WITHDRAWN
from dpa_service.domain.term_query import UNLIMITED, TermQuery, understand
from dpa_service.services.library import library as releases
from dpa_service.services.paging import Page, page_of, search_form

LIMIT = 20
ENDLESS = "onbeperkt"  # how the library prints a figure without limit
_REFERENCE = re.compile(r"\s*(dpa|av)[\s\-/]*(20\d\d)[\s\-/]*0*(\d{1,6})\s*", re.IGNORECASE)
_NUMBER = re.compile(r"[A-Za-z]{0,2}[\d\s.\-/]{8,}")
_COLUMNS = (
    Agreement.id, Agreement.client_id, Agreement.family, Agreement.state, Agreement.reference, Agreement.title,
    Agreement.effective_from, Agreement.effective_until, Agreement.created_at, Agreement.updated_at, Agreement.library_hash,
    Agreement.created_by,
)  # fmt: skip
NAMED, NUMBER, REFERENCE, TERM = "text", "number", "reference", "term"


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found, and how the question was understood.

    `kind` is text, number, reference or term; `asked` the number, reference or words looked for; for a term `query` and `parameter`
    say what was asked, and `values` what each agreement found says, as it is printed.
    """

    kind: str
    asked: str
    clients: Sequence[Client] = ()
    agreements: Sequence[Agreement] = ()
    next: str | None = None
    query: TermQuery | None = None
    parameter: Parameter | None = None
    values: dict[str, str] = field(default_factory=dict)


def search(session: Session, library: Library, text: str, *, plain: bool = False, cursor: str | None = None) -> Answer:
    """Look for `text`; with `plain` for its words only, whatever they could mean. Error: ``RequestInvalid`` for a wrong cursor."""
    text = " ".join(text.split())
    if plain:
        return _found(session, NAMED, text, search_form(text).split(), cursor)
    if found := _REFERENCE.fullmatch(text):
        reference = f"{found[1].upper()}-{found[2]}-{int(found[3]):04d}"
        page = _page(session, sa.select(Agreement).where(Agreement.reference == reference), cursor)
        return Answer(REFERENCE, reference, agreements=page.items, next=page.next)
    if query := understand(text, library.parameters):
        return _by_term(session, library, query, cursor)
    if _NUMBER.fullmatch(text) and len(digits := re.sub(r"\D", "", text)) >= 6:
        return _found(session, NUMBER, digits, [digits], cursor)
    return _found(session, NAMED, text, search_form(text).split(), cursor)


def light(query: sa.Select[Any]) -> sa.Select[Any]:
    """Agreements as lists show them, without their requests."""
    return query.options(load_only(*_COLUMNS))


def _found(session: Session, kind: str, asked: str, words: list[str], cursor: str | None) -> Answer:
    """Clients with all words, and agreements with all words or of those clients."""
    if not words:
        return Answer(kind, asked)
    with reading(session):
        of_client = [Client.search.contains(word, autoescape=True) for word in words]
        clients = session.scalars(
            sa.select(Client)
            .where(*of_client)
            .options(load_only(Client.id, Client.name, Client.identity, Client.created_at))
            .order_by(Client.name, Client.id)
            .limit(LIMIT)
        ).all()
    named = sa.and_(*[Agreement.search.contains(word, autoescape=True) for word in words])
    theirs = Agreement.client_id.in_([client.id for client in clients])
    page = _page(session, sa.select(Agreement).where(sa.or_(named, theirs) if clients else named), cursor)
    return Answer(kind, asked, clients, page.items, page.next)


def _by_term(session: Session, library: Library, query: TermQuery, cursor: str | None) -> Answer:
    parameter = library.parameters[query.parameter]
    mine = sa.and_(DeviationValue.agreement_id == Agreement.id, DeviationValue.parameter == query.parameter)
    # The order in which a database evaluates conditions is its own: without CASE it might read other terms' values as numbers.
    number = sa.case((DeviationValue.parameter == query.parameter, sa.cast(sa.func.replace(_raw(), '"', ""), sa.Numeric(18, 4))))
    departs = sa.exists().where(mine)
    statement = sa.select(Agreement).where(
        Agreement.family == "agreement",
        Agreement.state.not_in((DISCARDED, WITHDRAWN)),
        sa.or_(
            sa.exists().where(mine, _condition(query, number, parameter)),
            sa.and_(~departs, Agreement.library_hash.in_(_standards(session, library, query))),
        ),
    )
    page = _page(session, statement, cursor)
    values = _values(session, library, query.parameter, page.items)
    return Answer(TERM, query.parameter, (), page.items, page.next, query, parameter, values)


def _raw() -> Any:
    return sa.type_coerce(DeviationValue.new_value, sa.Text())


def _condition(query: TermQuery, number: Any, parameter: Parameter) -> Any:
    absent = sa.or_(_raw().is_(None), _raw() == "null")
    if query.operator == UNLIMITED:
        return absent
    value = query.value or Decimal(0)
    compared = {">": number > value, "<": number < value, ">=": number >= value, "<=": number <= value}.get(
        query.operator, number == value
    )
    endless = parameter.none == ENDLESS and query.operator in (">", ">=")
    return sa.or_(absent, sa.and_(~absent, compared)) if endless else sa.and_(~absent, compared)


def _standards(session: Session, library: Library, query: TermQuery) -> list[str]:
    """The releases of the library whose standard answers the question."""
    with reading(session):
        hashes = session.scalars(sa.select(Agreement.library_hash).distinct()).all()
        standards = {name: _release(session, library, name).parameters.get(query.parameter) for name in hashes}
    return [
        name
        for name, parameter in standards.items()
        if parameter is not None and query.holds(parameter.standard, none_is_endless=parameter.none == ENDLESS)
    ]


def _values(session: Session, library: Library, name: str, rows: Sequence[Agreement]) -> dict[str, str]:
    """What each agreement says, as it is printed."""
    with reading(session):
        changed = {
            row.agreement_id: row.new_value
            for row in session.scalars(
                sa.select(DeviationValue).where(
                    DeviationValue.agreement_id.in_([row.id for row in rows]),
                    DeviationValue.parameter == name,
                )
            )
        }
        found = {}
        for row in rows:
            parameter = _release(session, library, row.library_hash).parameters[name]
            value = parse_value(parameter, changed[row.id]) if row.id in changed else parameter.standard
            found[row.id] = print_value(parameter, value, "nl", short=True)
    return found


def _release(session: Session, library: Library, name: str) -> Library:
    return library if name == library.hash else releases.pinned(session, name)


def _page(session: Session, query: sa.Select[Any], cursor: str | None) -> Page[Agreement]:
    with reading(session):
        return page_of(session, light(query), Agreement, cursor, LIMIT)
