"""Putting what was recognised in a returned file into a draft's request, in the place of what contradicts it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dpa_service.domain.contract.asked import ADDED, FALLBACK, UNTRACKED, VALUE, ladder_of, rung_of
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.contract.terms import plain
from dpa_service.services.negotiation.deviations import key_of
from dpa_service.services.negotiation.negotiation import put

Json = dict[str, Any]


def merged(request: Json, entries: Sequence[Mapping[str, Any]], library: Library) -> tuple[Json, list[str]]:
    """The request with the entries, and the keys of the deviations that they become.

    Another entry that sets one of the same terms otherwise goes; what else it set stays, as values. Values that are asked already stay as
    they are asked. A new article gets the next free number.
    """
    keys = []
    for each in entries:
        entry = dict(each)
        if entry["class"] == ADDED:
            taken = {other.get("id") for other in request.get("deviations") or ()}
            entry["id"] = next(name for name in (f"added-{number}" for number in range(1, 1000)) if name not in taken)
        key = key_of(entry)
        if not entry.get("text") and (known := _there(request, _sets(entry, library), library)):
            keys.append(known)
            continue
        _make_room(request, entry, key, library)
        put(request, entry)
        keys.append(key)
    return request, keys


def _there(request: Json, values: Json, library: Library) -> str | None:
    """The key of the first entry that asks one of these values, where all of them are asked already."""
    asked = {name: (f"value:{name}", value) for name, value in (request.get("parameters") or {}).items()}
    for other in request.get("deviations") or ():
        asked |= {name: (key_of(other), value) for name, value in _sets(other, library).items()}
    if not values or any(name not in asked or asked[name][1] != value for name, value in values.items()):
        return None
    return next(asked[name][0] for name in values)


def _make_room(request: Json, entry: Mapping[str, Any], key: str, library: Library) -> None:
    names = set(_sets(entry, library))
    if entry["class"] != VALUE:
        request["parameters"] = {name: value for name, value in (request.get("parameters") or {}).items() if name not in names}
    stays = []
    for other in request.get("deviations") or ():
        held = _sets(other, library)
        same_words = entry.get("text") and other.get("text") and other.get("clause") == entry.get("clause")
        if key_of(other) == key or not (names & set(held) or same_words):
            stays.append(other)
            continue
        rest = {name: value for name, value in held.items() if name not in names}
        if other["class"] == UNTRACKED and other.get("text") and not same_words:
            stays.append(
                {**{name: value for name, value in other.items() if name != "values"}, **({"values": rest} if rest else {})}
            )
        elif other["class"] == UNTRACKED and rest and not same_words:
            stays.append({**other, "values": rest})
        elif other["class"] == FALLBACK or same_words:
            request["parameters"] = {**request["parameters"], **rest} if request.get("parameters") else dict(rest)
    request["deviations"] = stays


def _sets(entry: Mapping[str, Any], library: Library) -> Json:
    """The terms that an entry sets, as JSON."""
    if entry["class"] == VALUE:
        return {entry["parameter"]: entry.get("value")}
    if entry["class"] == FALLBACK:
        found = ladder_of(library, entry.get("row"))
        rung = rung_of(found[1], entry.get("rung")) if found else None
        own = {name: plain(value) for name, value in rung.sets.items()} if rung else {}
        return {**own, **(entry.get("values") or {})}
    return dict(entry.get("values") or {})
