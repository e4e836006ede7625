"""The clause library for legal: browse, one clause, where it is used, coverage, parameters."""

from __future__ import annotations

from typing import Any

from flask import abort, render_template, request
from flask_babel import gettext as _

from dpa_service.domain.contract.clauses import STATUSES, Clause, Library
from dpa_service.domain.contract.library_build import FAMILIES
from dpa_service.services.library import library_pages as pages
from dpa_service.services.library import library_usage as used
from dpa_service.serving.access import allow
from dpa_service.serving.runtime import library, session
from dpa_service.web.legal import text as legal_text
from dpa_service.web.legal.shell import GROUP_WORDS, READERS, asked, blueprint, chosen, known
from dpa_service.web.legal.versions import candidate, stored_versions


@blueprint.get("/clauses")
@allow(*READERS)
def clauses() -> str:
    """The library by outline; `words` looks for words, `status` and `duty` filter."""
    current = library()
    text = asked("words")
    status, duty = chosen("status", STATUSES), chosen("duty", current.requirements)
    found = pages.search(current, text) if text else {}
    shown = {
        clause.id: clause
        for clause in current.clauses.values()
        if (not text or clause.id in found)
        and status in (None, clause.status)
        and (duty is None or any(element.rpartition(".")[0] == duty for element in clause.covers))
    }
    outlines = [(current.outlines[family], list(_sections(current, family, shown))) for family in FAMILIES]
    listed = {clause.id for _outline, sections in outlines for _title, members in sections for clause in members}
    return render_template(
        "legal/clauses.html",
        library=current,
        outlines=outlines,
        loose=[clause for clause in shown.values() if clause.id not in listed],
        shown=shown,
        found=found,
        text=text,
        status=status,
        duty=duty,
        statuses=STATUSES,
        use=used.usages(used.pinned_counts(session()), shown),
        heading=lambda name: pages.heading(current, name),
    )


def _sections(current: Library, family: str, shown: dict[str, Clause]) -> Any:
    """(title, clauses) of an outline, without the sections that the filters leave empty."""
    outline = current.outlines[family]
    sections: list[tuple[str, tuple[str, ...]]] = [(_("Recitals"), (outline.recitals,) if outline.recitals else ())]
    sections += [(part.titles["nl"], part.clauses) for part in outline.parts]
    sections += [(_("Closing"), (outline.closing,)), (_("Annexes"), outline.annexes)]
    for title, names in sections:
        if members := [shown[name] for name in names if name in shown]:
            yield title, members


@blueprint.get("/clauses/<string(maxlength=100):clause_id>")
@allow(*READERS)
def clause(clause_id: str) -> str:
    """One clause: text, ladder, notices, parameters, coverage, use, versions, references."""
    current = library()
    found = known(clause_id)
    out, into = pages.references(current, clause_id)
    return render_template(
        "legal/clause.html",
        library=current,
        clause=found,
        families=[current.outlines[family] for family in pages.families(current, clause_id)],
        when=legal_text.condition_words(current, found.when) if found.when else None,
        text=found.texts["nl"],
        blocks=legal_text.blocks(current, found.texts["nl"], found.kind),
        parameters=[current.parameters[name] for name in found.parameters],
        wording=legal_text,
        covers=[(key, pages.element_label(current, key), places) for key, places in found.covers.items()],
        refs_out=out,
        refs_in=into,
        heading=lambda name: pages.heading(current, name),
        usage=used.usage(used.pinned_counts(session()), clause_id),
        versions=stored_versions(clause_id),
    )


@blueprint.get("/clauses/<string(maxlength=100):clause_id>/agreements")
@allow(*READERS)
def clause_use(clause_id: str) -> str:
    """The agreements whose release holds a clause; `version`, `group` and `earlier` (another text than the newest) filter."""
    current = library()
    newest = candidate().library.clauses.get(clause_id)
    version, group = asked("version") or None, chosen("group", GROUP_WORDS)
    earlier = request.args.get("earlier") == "1"
    counts = used.usage(used.pinned_counts(session()), clause_id)
    if clause_id not in current.clauses and not counts.total and newest is None:
        abort(404)
    page = used.agreements_with(
        session(), clause_id, current=current.clauses.get(clause_id), library=current, version=version,
        other_than=newest.hash if earlier and newest else None, group=group, cursor=asked("cursor") or None,
    )  # fmt: skip
    held = current.clauses.get(clause_id)
    return render_template(
        "legal/clause_use.html",
        clause_id=clause_id,
        title=pages.heading(current, clause_id),
        page=page,
        usage=counts,
        version=version,
        group=group,
        earlier=earlier,
        conditional=held is not None and held.when is not None,
    )


@blueprint.get("/library/coverage")
@allow(*READERS)
def coverage() -> str:
    """Duties × clauses of each family; `family` shows one as a grid."""
    current = library()
    family = chosen("family", FAMILIES)
    rows = {name: pages.matrix(current, name) for name in FAMILIES}
    return render_template(
        "legal/coverage_grid.html" if family else "legal/coverage.html",
        library=current,
        family=family,
        matrices=rows,
        heading=lambda name: pages.heading(current, name),
        duties=list(current.requirements.values()),
    )


@blueprint.get("/library/parameters")
@allow(*READERS)
def parameters() -> str:
    """Every parameter under the clause it belongs to, with how often it is departed from."""
    current = library()
    groups: dict[str | None, list[Any]] = {}
    order = {name: index for index, name in enumerate(n for family in FAMILIES for n in current.outlines[family].clauses)}
    for parameter in current.parameters.values():
        groups.setdefault(current.home(parameter.id), []).append(parameter)
    return render_template(
        "legal/parameters.html",
        groups=sorted(groups.items(), key=lambda pair: order.get(pair[0] or "", len(order))),
        counts=used.deviation_counts(session()),
        wording=legal_text,
        heading=lambda name: pages.heading(current, name),
    )


@blueprint.get("/library/parameters/<string(maxlength=100):parameter_id>")
@allow(*READERS)
def parameter(parameter_id: str) -> str:
    """One parameter: the values agreed instead of the standard, and by whom."""
    current = library()
    found = current.parameters.get(parameter_id)
    if found is None:
        abort(404)
    return render_template(
        "legal/parameter.html",
        parameter=found,
        home=current.home(parameter_id),
        users=[clause.id for clause in current.clauses.values() if parameter_id in clause.parameters],
        values=used.values_agreed(session(), parameter_id),
        page=used.departures(session(), parameter_id, cursor=asked("cursor") or None),
        said=lambda value: legal_text.agreed_words(found, value),
        wording=legal_text,
        heading=lambda name: pages.heading(current, name),
    )
