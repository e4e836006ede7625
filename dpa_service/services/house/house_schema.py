"""House data under the rules of a request: processor, sub-processors, services, playbook; every wrong field named at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import stdnum.be.vat
from marshmallow import ValidationError

from dpa_service.adapters.number_checks import bic_valid, iban_valid
from dpa_service.domain.assistance.billing_parties import compact
from dpa_service.domain.contract.clause_text import Print, TextTrouble, parse_inline
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.contract.library_build import LANGUAGES
from dpa_service.domain.contract.playbook import DAYS
from dpa_service.domain.errors import RequestInvalid
from dpa_service.domain.roles import ROLES
from dpa_service.services.agreements.request_fields import (
    Block,
    Choice,
    Coded,
    Described,
    Email,
    EnterpriseNumber,
    Flag,
    IsoDate,
    Items,
    Json,
    Line,
    Part,
    VatNumber,
    wrong,
)
from dpa_service.services.agreements.request_schema import AddressBlock, PrivacyContactBlock, SubProcessorBlock, flatten

PROCESSOR, SUB_PROCESSORS, SERVICES, PLAYBOOK = "processor", "sub-processors", "services", "playbook"
KINDS = (PROCESSOR, SUB_PROCESSORS, SERVICES, PLAYBOOK)
ALL = "all"
FACTS = ("call_recording", "outbound")  # the facts that a service can set, see domain/contract/request.py
# The lists of a service, and the table of the annexes that prints each.
TABLE = {
    "purposes": "processing",
    "nature": "processing",
    "data_types": "data",
    "special_categories": "data",
    "data_subjects": "data_subjects",
    "retention": "retention",
    "measures": "measures",
}
MAY_BE_EMPTY = ("special_categories", "measures")
_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?")
# What can only be a Belgian enterprise number: written with its points, or announced as one.
_BELGIAN = re.compile(
    r"(?:\b(?:ondernemingsnummer|KBO|BCE|TVA|btw|btw-nummer)\W{0,3}(?:BE\W{0,2})?|\bBE\W{0,2})?"
    r"(?<!\d)(?P<number>[01]\d{3}[. ]?\d{3}[. ]?\d{3})(?![\d.])",
    re.IGNORECASE,
)
_POINTED = re.compile(r"[01]\d{3}\.\d{3}\.\d{3}")


class Amount(Described):
    """An amount of money above zero, kept as text with two decimals."""

    def read(self, value: Any) -> str:
        """See ``Described.read``."""
        if not isinstance(value, str) or not _AMOUNT.fullmatch(value):
            raise wrong("AMOUNT", "Give an amount in euro, such as 1250000.00.")
        if not Decimal(value):
            raise wrong("RANGE", "Give an amount above zero.")
        return format(Decimal(value).quantize(Decimal("0.01")), "f")

    def json(self) -> Json:
        """A string."""
        return {"type": "string", "pattern": rf"^{_AMOUNT.pattern}$"}


class Registration(Line):
    """Register and number as printed; where the number is a Belgian enterprise number its check digits must fit."""

    def read(self, value: Any) -> str:
        """See ``Described.read``."""
        text = super().read(value)
        for found in _BELGIAN.finditer(text):
            announced = found.start("number") > found.start()
            if (announced or _POINTED.fullmatch(found["number"])) and not stdnum.be.vat.is_valid(found["number"]):
                raise wrong("ENTERPRISE_NUMBER", f"The check digits of {found['number']} do not fit; check it with the register.")
        return text


class Identifier(Line):
    """The id of a service: what requests and clauses call it."""

    def read(self, value: Any) -> str:
        """See ``Described.read``."""
        text = super().read(value)
        if not _ID.fullmatch(text):
            raise wrong("ID", "Use lower-case letters, digits and hyphens, beginning with a letter: web-chat.")
        return text


class CatalogueText(Line):
    """A text of the catalogue: it may print the parameters that its annex knows, and nothing else."""

    def __init__(self, library: Library, key: str | None, **options: Any) -> None:
        super().__init__(500, **options)
        self.known, self.printable = library.parameters, printable(library, key)

    def read(self, value: Any) -> str:
        """See ``Described.read``."""
        text = super().read(value)
        try:
            parts = parse_inline(text, 1)
        except TextTrouble as trouble:
            raise wrong("TEXT", f"{trouble.message[:1].upper()}{trouble.message[1:]} {trouble.remedy}") from trouble
        for part in parts:
            name = part.name if isinstance(part, Print) else getattr(part, "clause", None)
            if name is not None and name not in self.printable:
                why = "this annex does not print it" if name in self.known else "there is no such parameter"
                way = f"Print one of: {', '.join(self.printable)}." if self.printable else "Write it without braces."
                raise wrong("PARAMETER", f"{{{name}}}: {why}. {way}")
            if getattr(part, "bold", False):
                raise wrong("TEXT", "A text of the catalogue has no bold; take out the asterisks.")
        return text


class Retired(Flag):
    """True, or absent: a service in use has no such field, as in the library's file."""

    def read(self, value: Any) -> Any:
        """See ``Described.read``."""
        return super().read(value) or None


class SupplierServices(Described):
    """The services that use a supplier: "all", or a list of their ids."""

    def __init__(self, ids: Iterable[str], **options: Any) -> None:
        super().__init__(**options)
        self.ids = tuple(ids)

    def read(self, value: Any) -> str | list[str]:
        """See ``Described.read``."""
        if value == ALL:
            return ALL
        if not isinstance(value, list) or not value:
            raise wrong("SERVICES", "Choose the services that use this sub-processor, or all of them.")
        if unknown := [name for name in value if name not in self.ids]:
            raise wrong("UNKNOWN_SERVICE", f"There is no service '{str(unknown[0])[:60]}'; choose from the catalogue.")
        return list(dict.fromkeys(value))

    def json(self) -> Json:
        """The word or a list."""
        return {"anyOf": [{"const": ALL}, {"type": "array", "items": {"enum": list(self.ids)}, "minItems": 1}]}


class Days(Described):
    """A whole number of days."""

    def __init__(self, least: int, most: int, **options: Any) -> None:
        super().__init__(**options)
        self.least, self.most = least, most

    def read(self, value: Any) -> int:
        """See ``Described.read``."""
        if isinstance(value, bool) or not isinstance(value, int) or not self.least <= value <= self.most:
            raise wrong("DAYS", f"Give a whole number of days from {self.least} to {self.most}.")
        return value

    def json(self) -> Json:
        """An integer."""
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


class SignatoryBlock(Block):
    """Who signs for the house; without a name it is written by hand at signing."""

    name = Line(200)
    role = Line(200, required=True)


class Iban(Line):
    """A bank account with right check digits, kept without spaces."""

    def read(self, value: Any) -> str:
        """See ``Described.read``."""
        number = compact(super().read(value))
        if not iban_valid(number):
            raise wrong("IBAN", "The check digits of this IBAN do not fit; copy it from the bank.")
        return number


class Bic(Line):
    """The code of a bank."""

    def read(self, value: Any) -> str:
        """See ``Described.read``."""
        code = compact(super().read(value))
        if not bic_valid(code):
            raise wrong("BIC", "This is no BIC; it has 8 or 11 letters and digits, such as GKCCBEBB.")
        return code


class InvoicingBlock(Block):
    """What only invoices print; agreements never do, so it is no part of the clause library."""

    iban = Iban(42, required=True)
    bic = Bic(20)
    vat_number = VatNumber()
    email = Email()
    contact = Line(100)
    phone = Line(40)
    estimate_approval_from = Amount(about="EUR from which an estimate is always sent for approval")


class ProcessorBlock(Block):
    """The house as every document prints it (processor.yaml); `invoicing` is for invoices alone."""

    name = Line(200, required=True)
    legal_form = Line(100, required=True)
    enterprise_number = EnterpriseNumber(required=True)
    register = Line(200)
    address = Part(AddressBlock(), required=True)
    signatory = Part(SignatoryBlock(), required=True)
    privacy_contact = Part(PrivacyContactBlock(), required=True)
    dpo_email = Email(required=True)
    insured_sum = Amount(required=True)
    court_seat = Line(100, required=True)
    in_force_since = IsoDate()
    invoicing = Part(InvoicingBlock())


def printable(library: Library, key: str | None) -> tuple[str, ...]:
    """The parameters that a list of the catalogue may print: those which every clause with its table declares."""
    table = TABLE.get(str(key))
    homes = [
        clause
        for clause in library.clauses.values()
        if any(node.directive == table for text in clause.texts.values() for node in text.walk() if node.directive)
    ]
    return tuple(sorted(set.intersection(*(set(clause.parameters) for clause in homes)))) if homes and table else ()


def load_processor(data: Any) -> Json:
    """The profile in its normal form. Error: ``RequestInvalid`` naming every wrong field."""
    return _loaded(ProcessorBlock(), data)


def load_playbook(data: Any, library: Library) -> Json:
    """Roles, words and days of the playbook, for exactly the seats of the library. Error: ``RequestInvalid``."""
    words = {language: Line(100, required=True) for language in LANGUAGES}
    seat = Block.from_dict({"role": Choice(*ROLES, required=True), **words})
    seats: dict[str, Any] = {code: Part(seat(), required=True) for code in library.approvers}  # type: ignore[arg-type]
    days = {name: Days(least, most, required=True) for name, (least, most) in DAYS.items()}
    fields: dict[str, Any] = {"approvers": Part(Block.from_dict(seats)(), required=True), **days}  # type: ignore[arg-type]
    return _loaded(Block.from_dict(fields)(), data)  # type: ignore[arg-type]


def load_supplier(data: Any, services: Iterable[str]) -> Json:
    """One sub-processor of the house. In: the ids of the catalogue. Error: ``RequestInvalid``."""
    return _loaded(_supplier(services), data)


def load_service(data: Any, library: Library) -> Json:
    """One service of the catalogue. Error: ``RequestInvalid``."""
    return _loaded(_service(library), data)


def load_content(kind: str, data: Any, library: Library, services: Iterable[str]) -> Json:
    """The whole content of a kind in its normal form. Error: ``RequestInvalid``."""
    if kind == PROCESSOR:
        return load_processor(data)
    if kind == PLAYBOOK:
        return load_playbook(data, library)
    if kind == SUB_PROCESSORS:
        block = Block.from_dict({"sub_processors": Items(Part(_supplier(services)), most=200, required=True)})
    else:
        block = Block.from_dict({"services": Items(Part(_service(library)), least=1, required=True)})
    valid = _loaded(block(), data)  # type: ignore[arg-type]  # from_dict keeps the class it is called on
    if kind == SERVICES and all(entry.get("retired") for entry in valid["services"]):
        raise RequestInvalid(flatten({"services": [Coded("EMPTY_LIST", "Keep at least one service.")]}))
    names = [entry["name"] for entry in valid.get("sub_processors", ())]
    names += [entry["id"] for entry in valid.get("services", ())]
    if twice := {name for name in names if names.count(name) > 1}:
        path = "sub_processors" if kind == SUB_PROCESSORS else "services"
        raise RequestInvalid(flatten({path: [Coded("TWICE", f"{', '.join(sorted(twice))} stands in the list twice.")]}))
    return valid


def _supplier(services: Iterable[str]) -> Block:
    named: dict[str, Any] = dict(SubProcessorBlock._declared_fields)
    named |= {"registration": Registration(200), "services": SupplierServices(services, required=True)}
    return Block.from_dict(named)()  # type: ignore[return-value]


def _service(library: Library) -> Block:
    lists: dict[str, Any] = {
        key: Items(CatalogueText(library, key, required=True), least=0 if key in MAY_BE_EMPTY else 1, most=50, required=True)
        for key in TABLE
        if key != "retention"
    }
    row = {name: CatalogueText(library, "retention", required=True) for name in ("data", "period")}
    retention: Any = Part(Block.from_dict(row)(), required=True)  # type: ignore[arg-type]
    words = {"name": Line(200, required=True), **lists, "retention": Items(retention, least=1, most=50, required=True)}
    named = {language: Part(Block.from_dict(dict(words))(), required=True) for language in LANGUAGES}  # type: ignore[arg-type]
    facts = Items(Choice(*FACTS, required=True), required=True)
    kept: dict[str, Any] = {"id": Identifier(60, required=True), **named, "facts": facts, "retired": Retired()}
    return Block.from_dict(kept)()  # type: ignore[return-value]


def _loaded(block: Block, data: Any) -> Json:
    if not isinstance(data, Mapping):
        data = {}
    try:
        return dict(block.load(data))
    except ValidationError as trouble:
        raise RequestInvalid(flatten(trouble.messages)) from trouble
