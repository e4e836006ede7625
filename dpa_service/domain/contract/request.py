"""A validated request for an agreement, and the facts that follow from it.

The shape is docs/request.md. Validation of form belongs to the services; here a request is already known to be complete.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from dpa_service.domain.contract.asked import Asked, read_asked
from dpa_service.domain.contract.clauses import Library, Service
from dpa_service.domain.contract.terms import Value, parse_value
from dpa_service.domain.errors import DomainError, FieldError, RequestInvalid

LISTS = ("purposes", "nature", "data_types", "special_categories", "data_subjects", "measures")
UNLIMITED = "unlimited"


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address; `country` is ISO 3166 alpha-2."""

    street: str
    postal_code: str
    city: str
    country: str


@dataclass(frozen=True, slots=True)
class Party:
    """A party as it must be printed. Exactly one of `enterprise_number` (Belgian), `vat_number` (EU), `registration` is given.

    `signatory` may be None for the house: the name is then written by hand at signing.
    """

    name: str
    legal_form: str
    address: Address
    signatory_role: str
    privacy_name: str
    privacy_email: str
    signatory: str | None = None
    privacy_phone: str | None = None
    enterprise_number: str | None = None
    vat_number: str | None = None
    registration: str | None = None
    register: str | None = None
    dpo: bool = False

    @property
    def foreign(self) -> bool:
        """Whether the seat is outside Belgium."""
        return self.address.country != "BE"


@dataclass(frozen=True, slots=True)
class MainAgreement:
    """The agreement that the services rest on; `cap` is its own liability cap: None, an amount in EUR, or "unlimited"."""

    title: str
    date: date
    reference: str | None = None
    cap: Decimal | str | None = None


@dataclass(frozen=True, slots=True)
class Transfer:
    """A transfer outside the EEA with its instrument and the date of its assessment."""

    recipient: str
    country: str
    purpose: str
    tool: str
    assessment_date: date
    data_types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class GroupStaff:
    """Another company of the group whose staff works for this client."""

    name: str
    country: str
    tasks: str


@dataclass(frozen=True, slots=True)
class SubProcessor:
    """A supplier with access to personal data, as Annex III prints it."""

    name: str
    address: str
    registration: str | None
    service: str
    data: str
    locations: tuple[str, ...]
    contact: str


@dataclass(frozen=True, slots=True)
class ChosenService:
    """A service of the catalogue with what this client's request puts in the place of the catalogue's texts."""

    service: Service
    overrides: Mapping[str, Any] = field(default_factory=dict)

    def texts(self, key: str, language: str) -> tuple[Any, ...]:
        """The list `key` (purposes, nature, …, retention) of this service for this client."""
        return tuple(self.overrides.get(key, self.service.texts[language][key]))

    def name(self, language: str) -> str:
        """The service's printed name."""
        return str(self.service.texts[language]["name"])


@dataclass(frozen=True, slots=True)
class Request:
    """Everything an agreement needs that the house does not know. `data` is the validated request as plain JSON.

    `parameters` are the values asked by themselves, `asked` the other deviations; `values` are the terms that both set together.
    """

    language: str
    effective_from: date
    client: Party | None
    main_agreement: MainAgreement | None
    services: tuple[ChosenService, ...]
    subject: str | None
    additional: Mapping[str, tuple[Any, ...]]
    sub_processors: tuple[SubProcessor, ...]
    transfers: tuple[Transfer, ...]
    group_staff: tuple[GroupStaff, ...]
    parameters: Mapping[str, Value]
    reference: str | None
    data: Mapping[str, Any] = field(repr=False)
    asked: tuple[Asked, ...] = ()

    @property
    def values(self) -> dict[str, Value]:
        """Every term that this request sets to a value of its own."""
        return {**self.parameters, **{name: value for item in self.asked for name, value in item.values.items()}}


def request_from_dict(data: Mapping[str, Any], library: Library) -> Request:
    """A typed request from validated JSON. Raises RequestInvalid for a combination of values the library refuses."""
    client, main = data.get("client"), data.get("main_agreement")
    chosen = tuple(_chosen(item, library) for item in data.get("services") or ())
    processing = data.get("processing") or {}
    own = data.get("sub_processors")
    parameters = {name: parse_value(library.parameters[name], raw) for name, raw in (data.get("parameters") or {}).items()}
    asked, mistakes = read_asked(data.get("deviations") or (), library, "agreement", data["language"], parameters)
    if mistakes:
        raise RequestInvalid(mistakes)
    request = Request(
        language=data["language"],
        effective_from=date.fromisoformat(data["effective_from"]),
        client=party(client) if client else None,
        main_agreement=_main(main) if main else None,
        services=chosen,
        subject=processing.get("subject"),
        additional={key: tuple(processing.get(key) or ()) for key in (*LISTS, "retention")},
        sub_processors=tuple(sub_processor(item) for item in (house_suppliers(library, chosen) if own is None else own)),
        transfers=tuple(
            Transfer(t["recipient"], t["country"], t["purpose"], t["tool"], date.fromisoformat(t["assessment_date"]),
                     tuple(t["data_types"]))
            for t in data.get("transfers") or ()
        ),
        group_staff=tuple(GroupStaff(g["name"], g["country"], g["tasks"]) for g in data.get("group_staff") or ()),
        parameters=parameters,
        reference=data.get("reference"),
        data=data,
        asked=asked,
    )  # fmt: skip
    if broken := broken_rules(library, request):
        raise RequestInvalid(broken)
    return request


def broken_rules(library: Library, request: Request) -> list[FieldError]:
    """Combinations of parameter values that the library refuses (parameters.yaml, rules)."""
    own = request.values
    values = {name: own.get(name, parameter.standard) for name, parameter in library.parameters.items()}
    return [
        FieldError(f"parameters.{rule.condition.tests[0].name}", "RULE", rule.messages[request.language])
        for rule in library.rules
        if rule.condition.holds(values) and not rule.then.holds(values)
    ]


def party(data: Mapping[str, Any]) -> Party:
    """A party from a request's `client` or from processor.yaml."""
    signatory, privacy = data["signatory"], data["privacy_contact"]
    address = data["address"]
    return Party(
        name=data["name"],
        legal_form=data["legal_form"],
        address=Address(address["street"], str(address["postal_code"]), address["city"], address["country"]),
        signatory=signatory.get("name"),
        signatory_role=signatory["role"],
        privacy_name=privacy["name"],
        privacy_email=privacy["email"],
        privacy_phone=privacy.get("phone"),
        enterprise_number=data.get("enterprise_number"),
        vat_number=data.get("vat_number"),
        registration=data.get("registration"),
        register=data.get("register"),
        dpo=bool(data.get("dpo")),
    )


def sub_processor(data: Mapping[str, Any]) -> SubProcessor:
    """A supplier from a request or from sub-processors.yaml."""
    return SubProcessor(
        name=data["name"],
        address=data["address"],
        registration=data.get("registration"),
        service=data["service"],
        data=data["data"],
        locations=tuple(data["locations"]),
        contact=data["contact"],
    )


def house_suppliers(library: Library, chosen: tuple[ChosenService, ...]) -> list[Mapping[str, Any]]:
    """The house's own suppliers that serve at least one of the chosen services."""
    ids = {"all", *(item.service.id for item in chosen)}
    return [supplier for supplier in library.sub_processors if ids & set(_as_list(supplier.get("services", "all")))]


def _as_list(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _chosen(item: Any, library: Library) -> ChosenService:
    overrides = dict(item) if isinstance(item, Mapping) else {"id": item}
    name = overrides.pop("id")
    if name not in library.services:
        raise DomainError("UNKNOWN_SERVICE", f"There is no service '{name}'; known: {', '.join(library.services)}.")
    return ChosenService(library.services[name], {key: value for key, value in overrides.items() if value is not None})


def _main(data: Mapping[str, Any]) -> MainAgreement:
    cap = data.get("cap")
    return MainAgreement(
        title=data["title"],
        date=date.fromisoformat(data["date"]),
        reference=data.get("reference"),
        cap=cap if cap in (None, UNLIMITED) else Decimal(str(cap)),
    )


def facts(request: Request, *, deviations: bool) -> dict[str, Any]:
    """The facts that conditions may test (docs/clause-library.md): name → bool, and `services` → list of ids."""
    set_by_services = {fact for item in request.services for fact in item.service.facts}
    special = any(item.texts("special_categories", request.language) for item in request.services)
    main = request.main_agreement
    return {
        "transfers": bool(request.transfers),
        "special_categories": special or bool(request.additional["special_categories"]),
        "call_recording": "call_recording" in set_by_services,
        "outbound": "outbound" in set_by_services,
        "group_staff": bool(request.group_staff),
        "sub_processors": bool(request.sub_processors),
        "main_cap": main is not None and main.cap is not None,
        "deviations": deviations,
        "foreign_client": request.client is not None and request.client.foreign,
        "client_dpo": request.client is not None and request.client.dpo,
        "services": [item.service.id for item in request.services],
    }


FACTS = ("transfers", "special_categories", "call_recording", "outbound", "group_staff", "sub_processors", "main_cap", "deviations",
         "foreign_client", "client_dpo")  # fmt: skip
