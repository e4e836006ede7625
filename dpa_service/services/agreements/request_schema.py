"""A request (docs/request.md): every wrong field named at once, and the same rules published as JSON Schema."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import ValidationError, validates_schema

from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.errors import FieldError, RequestInvalid
from dpa_service.services.agreements.catalogue_fields import ChosenService, ChosenServices, Parameters
from dpa_service.services.agreements.countries import COUNTRIES, EU
from dpa_service.services.agreements.request_fields import (
    Block,
    Cap,
    Choice,
    Coded,
    Country,
    Email,
    EnterpriseNumber,
    Flag,
    IsoDate,
    Items,
    Json,
    Line,
    Part,
    VatNumber,
    block_schema,
)
from dpa_service.services.negotiation.deviation_fields import deviation_block

FAMILIES = ("agreement", "general-terms")
GENERAL = ("language", "effective_from", "reference", "parameters")
LANGUAGES = ("nl",)
SIZES = ("micro", "small", "medium", "large")
TOOLS = ("adequacy", "standard_clauses", "binding_corporate_rules", "derogation")
_ABROAD = Coded("NOT_USED", "A client in this country is identified by {used}; leave this field out.")


class AddressBlock(Block):
    """A postal address as printed."""

    street = Line(200, required=True)
    postal_code = Line(20, required=True)
    city = Line(100, required=True)
    country = Country(required=True)


class SignatoryBlock(Block):
    """Who signs, and as what."""

    name = Line(200, required=True)
    role = Line(200, required=True)


class PrivacyContactBlock(Block):
    """Whom to reach about personal data."""

    name = Line(200, required=True)
    email = Email(required=True)
    phone = Line(40)


class ClientBlock(Block):
    """The controller. Exactly one number identifies it; which one follows from the country of its seat."""

    name = Line(200, required=True)
    legal_form = Line(100, required=True)
    enterprise_number = EnterpriseNumber(about="A client in Belgium: ten digits with their check digits.")
    vat_number = VatNumber(about="A client elsewhere in the EU.")
    registration = Line(200, about="A client outside the EU: register and number as they must be printed.")
    register = Line(200)
    address = Part(AddressBlock(), required=True)
    signatory = Part(SignatoryBlock(), required=True)
    privacy_contact = Part(PrivacyContactBlock(), required=True)
    dpo = Flag()
    language = Choice("nl", "fr", "en")
    sector = Line(100)
    size = Choice(*SIZES)

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def _identified(self, data: Json, original: Any, **_: Any) -> None:
        """The number of the client's country is given, and no other."""
        country = data.get("address", {}).get("country")
        if country is None or not isinstance(original, Mapping):
            return
        used = identified_by(country)
        errors = {}
        if original.get(used) is None:
            errors[used] = [Coded("REQUIRED", f"A client in {country} is identified by its {used}; give it.")]
        for other in ("enterprise_number", "vat_number", "registration"):
            if other != used and original.get(other) is not None:
                errors[other] = [_ABROAD.format(used=used)]
        if errors:
            raise ValidationError(errors)

    @classmethod
    def rules(cls) -> Json:
        """The number that goes with the country."""
        return {"allOf": [_when_country(countries, used) for countries, used in _IDENTITY]}


_IDENTITY = (
    (["BE"], "enterprise_number"),
    (sorted(EU - {"BE"}), "vat_number"),
    (sorted(COUNTRIES - EU), "registration"),
)


def identified_by(country: str) -> str:
    """The field that identifies a client of a country."""
    return next(used for countries, used in _IDENTITY if country in countries)


def _when_country(countries: list[str], used: str) -> Json:
    others = [name for _, name in _IDENTITY if name != used]
    address = {"type": "object", "properties": {"country": {"enum": countries}}, "required": ["country"]}
    return {
        "if": {"properties": {"address": address}, "required": ["address"]},
        "then": {
            "required": [used],
            "properties": {used: {"type": "string"}, **{name: {"type": "null"} for name in others}},
        },
    }


class MainAgreementBlock(Block):
    """The agreement the services rest on."""

    title = Line(200, required=True)
    date = IsoDate(required=True)
    reference = Line(100)
    cap = Cap(about='Its own liability cap: null, an amount as text ("250000.00") or "unlimited".')


class RetentionBlock(Block):
    """One line of the retention table."""

    data = Line(500, required=True)
    period = Line(500, required=True)


def _texts() -> Items:
    return Items(Line(500, required=True))


class ProcessingBlock(Block):
    """What this client adds to what the services bring."""

    subject = Line(500, about="Replaces the standard sentence.")
    purposes = _texts()
    nature = _texts()
    data_types = _texts()
    special_categories = _texts()
    data_subjects = _texts()
    retention = Items(Part(RetentionBlock(), required=True))
    measures = _texts()


class SubProcessorBlock(Block):
    """A supplier of the house's list or of this client's own."""

    name = Line(200, required=True)
    address = Line(300, required=True)
    registration = Line(200)
    service = Line(500, required=True)
    data = Line(500, required=True)
    locations = Items(Country(required=True), least=1, most=50, required=True)
    contact = Line(254, required=True)


class TransferBlock(Block):
    """A transfer outside the EEA, its instrument and the date of its assessment."""

    recipient = Line(200, required=True)
    country = Country(required=True, outside_eea=True)
    purpose = Line(500, required=True)
    tool = Choice(*TOOLS, required=True)
    assessment_date = IsoDate(required=True)
    data_types = Items(Line(500, required=True), least=1, required=True)


class GroupStaffBlock(Block):
    """Another company of the group whose staff works for this client."""

    name = Line(200, required=True)
    country = Country(required=True)
    tasks = Line(500, required=True)


class _RequestBlock(Block):
    """What every family of documents needs."""

    language = Choice(*LANGUAGES, required=True)
    effective_from = IsoDate(required=True)


def _block(library: Library, document: str, *, reference: bool) -> Block:
    """The schema of one family with one library: its services and parameters are part of the rules.

    General terms take the request of an agreement too, and use what concerns them: there is no counterparty.
    """
    needed = document == "agreement"
    parts: dict[str, Any] = {
        "client": Part(ClientBlock(), required=needed),
        "main_agreement": Part(MainAgreementBlock(), required=needed),
        "services": ChosenServices(ChosenService(library, _overrides()), least=1 if needed else 0, most=50, required=needed),
        "processing": Part(ProcessingBlock()),
        "sub_processors": Items(Part(SubProcessorBlock(), required=True), most=200, about="Null: the house list."),
        "transfers": Items(Part(TransferBlock(), required=True)),
        "group_staff": Items(Part(GroupStaffBlock(), required=True)),
        "parameters": Parameters(library, document),
        "deviations": Items(
            Part(deviation_block(library), required=True), about="Departures that are more than a value: a rung, own wording …"
        ),
    }
    if reference:
        parts["reference"] = Line(40, about="Given at issue.")
    return _RequestBlock.from_dict(parts)()  # type: ignore[return-value]  # from_dict keeps the class it is called on


def _overrides() -> Block:
    """The lists of a service that a request may replace. What Annex I must state cannot be replaced by nothing."""
    lists = {name: copy.deepcopy(field) for name, field in ProcessingBlock._declared_fields.items() if name != "subject"}
    for name, field in lists.items():
        if isinstance(field, Items) and name not in ("special_categories", "measures"):
            field.least = 1
    return Block.from_dict(lists)()  # type: ignore[return-value]


def load_request(data: Any, library: Library, document: str = "agreement", *, reference: bool = True) -> Json:
    """The request as plain JSON in its normal form: numbers as printed, amounts with two decimals, absent fields left out.

    `reference` false refuses the field of that name, for callers whose number is given at issue.
    Error: ``RequestInvalid`` naming every wrong field. Source: docs/request.md.
    """
    if document not in FAMILIES:
        raise RequestInvalid([FieldError("document", "CHOICE", f"Give one of: {', '.join(FAMILIES)}.")])
    block = _block(library, document, reference=reference)
    try:
        valid = block.load(data)
        return dict(valid) if document == "agreement" else {name: valid[name] for name in GENERAL if name in valid}
    except ValidationError as trouble:
        errors = list(flatten(trouble.messages))
    if not reference and isinstance(data, Mapping) and "reference" in data:
        errors = [_given_at_issue() if error.field == "reference" else error for error in errors]
    raise RequestInvalid(errors)


def load_client(data: Any) -> Json:
    """A client of its own, under the rules it has inside a request. Error: ``RequestInvalid``."""
    try:
        return dict(ClientBlock().load(data))
    except ValidationError as trouble:
        raise RequestInvalid(flatten(trouble.messages)) from trouble


def request_json_schema(library: Library, document: str = "agreement", *, reference: bool = True) -> Json:
    """The JSON Schema (draft 2020-12) of a request. It says all that JSON Schema can; check digits are beyond it."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Request for an agreement" if document == "agreement" else "Request for general terms",
        **block_schema(_block(library, document, reference=reference)),
    }


def client_json_schema() -> Json:
    """The JSON Schema of a client of its own."""
    return block_schema(ClientBlock())


def flatten(messages: Any, path: str = "") -> Iterator[FieldError]:
    """Marshmallow's nested messages as one error a field, with paths such as ``transfers[0].country``."""
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            if key == "_schema":
                yield from flatten(inner, path)
            elif isinstance(key, int):
                yield from flatten(inner, f"{path}[{key}]")
            else:
                yield from flatten(inner, f"{path}.{_shown(key)}" if path else _shown(key))
        return
    for message in messages if isinstance(messages, list) else [messages]:
        yield FieldError(path, getattr(message, "code", "INVALID"), str(message))


def _shown(key: Any) -> str:
    """A key as an error may repeat it: short, and without characters that break a line."""
    text = str(key)[:80]
    return text if text.isprintable() else ascii(text)[1:-1]


def _given_at_issue() -> FieldError:
    return FieldError("reference", "GIVEN_AT_ISSUE", "The reference is given when the agreement is issued; leave it out.")
