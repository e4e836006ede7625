"""The fields of a request: each one checks its value, says the way out, and describes itself as JSON Schema.

One declaration serves both, so that what is published and what is checked cannot drift apart.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import Any

import stdnum.be.vat
import stdnum.eu.vat
import stdnum.exceptions
from marshmallow import Schema, ValidationError, fields, post_load, validate

from dpa_service.services.agreements.countries import COUNTRIES, EEA

Json = dict[str, Any]

# line ends, control characters, and the marks that turn the direction of the text after them (a name could hide words)
_CONTROL = "\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069"
_ESCAPED = r"\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069"
_BROKEN = re.compile(f"[{_CONTROL}\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_LINE_PATTERN = rf"^[^{_ESCAPED}]*[^\s{_ESCAPED}][^{_ESCAPED}]*$"
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?")


class Coded(str):
    """A message with its stable code; it survives marshmallow's own formatting."""

    __slots__ = ("code",)
    code: str

    def __new__(cls, code: str, text: str) -> Coded:
        """In: the code and the message."""
        made = super().__new__(cls, text)
        made.code = code
        return made

    def format(self, *args: Any, **kwargs: Any) -> Coded:
        """The same message filled in, with its code."""
        return Coded(self.code, super().format(*args, **kwargs))


def wrong(code: str, text: str) -> ValidationError:
    """The error of one field."""
    return ValidationError(Coded(code, text))


REQUIRED = Coded("REQUIRED", "This field is needed; give it a value.")
UNKNOWN = Coded("UNKNOWN_FIELD", "This field is not known; remove it or check its spelling.")


class Described(fields.Field[Any]):
    """A field that describes itself. A null in an optional field means that it is absent."""

    default_error_messages = {"required": REQUIRED, "null": REQUIRED}  # noqa: RUF012 - marshmallow's own convention

    def __init__(self, *, required: bool = False, about: str | None = None, **options: Any) -> None:
        super().__init__(required=required, allow_none=not required, **options)
        self.about = about

    def read(self, value: Any) -> Any:
        """The value in its normal form. Error: marshmallow's ValidationError with a coded message."""
        raise NotImplementedError

    def json(self) -> Json:
        """The JSON Schema of a value."""
        raise NotImplementedError

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        return self.read(value)

    def published(self) -> Json:
        """The JSON Schema of the field: null allowed where it is optional, with its description."""
        schema = self.json()
        if not self.required:
            schema = {"anyOf": [schema, {"type": "null"}]}
        return schema | ({"description": self.about} if self.about else {})


class Line(Described):
    """A text on one line, of any script, printed as given; spaces around it are dropped."""

    def __init__(self, most: int, **options: Any) -> None:
        super().__init__(**options)
        self.most = most

    def read(self, value: Any) -> str:
        """See ``Described.read``."""
        if not isinstance(value, str):
            raise wrong("TYPE", "A text is expected here.")
        if _BROKEN.search(value) or any(ord(sign) & 0xFFFE == 0xFFFE for sign in value):
            raise wrong(
                "CHARACTER",
                "This text holds a line break, a control character or a mark that turns the text; write it on one line without them.",
            )
        if not value.strip():
            raise wrong("BLANK", "This text is empty; write something or leave an optional field out.")
        if len(value) > self.most:
            raise wrong("LENGTH", f"This text has {len(value)} characters; at most {self.most} are allowed. Shorten it.")
        return value.strip()

    def json(self) -> Json:
        """A string without control characters that is not blank."""
        return {"type": "string", "minLength": 1, "maxLength": self.most, "pattern": _LINE_PATTERN}


class Email(Line):
    """An e-mail address."""

    def __init__(self, **options: Any) -> None:
        super().__init__(254, **options)

    def read(self, value: Any) -> str:
        """See ``Described.read``."""
        text = super().read(value)
        try:
            return str(validate.Email()(text))
        except ValidationError as trouble:
            raise wrong("EMAIL", "This is not an e-mail address; write it as name@domain.example.") from trouble

    def json(self) -> Json:
        """A string with the format email."""
        return {"type": "string", "format": "email", "maxLength": self.most}


class Choice(Described):
    """One of a few words."""

    def __init__(self, *options_: str, **options: Any) -> None:
        super().__init__(**options)
        self.options = options_

    def read(self, value: Any) -> str:
        """See ``Described.read``."""
        if not isinstance(value, str) or value not in self.options:
            raise wrong("CHOICE", f"Give one of: {', '.join(self.options)}.")
        return value

    def json(self) -> Json:
        """An enumeration."""
        return {"type": "string", "enum": list(self.options)}


class Flag(Described):
    """True or false, and nothing that looks like it."""

    def read(self, value: Any) -> bool:
        """See ``Described.read``."""
        if not isinstance(value, bool):
            raise wrong("TYPE", "Give true or false, without quotes.")
        return value

    def json(self) -> Json:
        """A boolean."""
        return {"type": "boolean"}


class IsoDate(Described):
    """A calendar date as YYYY-MM-DD; kept as text."""

    first, last = date(1990, 1, 1), date(2099, 12, 31)

    def read(self, value: Any) -> str:
        """See ``Described.read``."""
        if not isinstance(value, str) or not _DATE.fullmatch(value):
            raise wrong("DATE", "Give a date as YYYY-MM-DD, such as 2026-12-01.")
        try:
            day = date.fromisoformat(value)
        except ValueError as trouble:
            raise wrong("DATE", f"{value} is not a day of the calendar; give a date as YYYY-MM-DD.") from trouble
        if not self.first <= day <= self.last:
            raise wrong("RANGE", f"Give a date from {self.first} to {self.last}.")
        return value

    def json(self) -> Json:
        """A string with the format date."""
        return {"type": "string", "format": "date", "pattern": r"^(199[0-9]|20[0-9]{2})-[0-9]{2}-[0-9]{2}$"}


class Cap(Described):
    """The main agreement's own cap: an amount as text, or "unlimited". Never a JSON number: 0.1 has no exact float."""

    def read(self, value: Any) -> str:
        """See ``Described.read``."""
        if value == "unlimited":
            return "unlimited"
        if not isinstance(value, str) or not _AMOUNT.fullmatch(value):
            raise wrong("AMOUNT", 'Give null, "unlimited", or an amount as text with a point, such as "250000.00".')
        return format(Decimal(value).quantize(Decimal("0.01")), "f")

    def json(self) -> Json:
        """A string: the word or an amount."""
        return {"type": "string", "pattern": rf"^(unlimited|{_AMOUNT.pattern})$"}


class Country(Described):
    """A country by its ISO 3166 code; `outside_eea` refuses those where a transfer is none."""

    def __init__(self, *, outside_eea: bool = False, **options: Any) -> None:
        super().__init__(**options)
        self.allowed = sorted(COUNTRIES - EEA if outside_eea else COUNTRIES)

    def read(self, value: Any) -> str:
        """See ``Described.read``."""
        if not isinstance(value, str) or value not in COUNTRIES:
            raise wrong("COUNTRY", "Give the two capital letters of a country (ISO 3166), such as BE.")
        if value not in self.allowed:
            raise wrong("INSIDE_EEA", "This country is in the EEA: leave the entry out, it is not a transfer to a third country.")
        return value

    def json(self) -> Json:
        """An enumeration of codes."""
        return {"type": "string", "enum": self.allowed}


class EnterpriseNumber(Described):
    """A Belgian enterprise number, kept as it is printed: 0123.456.749."""

    def read(self, value: Any) -> str:
        """See ``Described.read``."""
        try:
            if not isinstance(value, str) or not value.isascii() or len(value) > 30:
                raise stdnum.exceptions.InvalidFormat()
            digits = stdnum.be.vat.validate(value)
        except stdnum.exceptions.InvalidChecksum as trouble:
            raise wrong("ENTERPRISE_NUMBER", "The check digits do not fit; check the number with the register.") from trouble
        except stdnum.exceptions.ValidationError as trouble:
            raise wrong("ENTERPRISE_NUMBER", "Give the ten digits of an enterprise number, such as 0999.900.150.") from trouble
        return f"{digits[:4]}.{digits[4:7]}.{digits[7:]}"

    def json(self) -> Json:
        """A string; the check digits are beyond JSON Schema."""
        return {"type": "string", "maxLength": 30, "examples": ["0999.900.150"]}


class VatNumber(Described):
    """A VAT number of an EU country, kept without spaces: NL004495445B01."""

    def read(self, value: Any) -> str:
        """See ``Described.read``."""
        try:
            if not isinstance(value, str) or not value.isascii() or len(value) > 30:
                raise stdnum.exceptions.InvalidFormat()
            return str(stdnum.eu.vat.validate(value))
        except (stdnum.exceptions.ValidationError, ValueError) as trouble:
            raise wrong(
                "VAT_NUMBER", "This is not a VAT number of an EU country; give it with its letters, such as NL004495445B01."
            ) from trouble

    def json(self) -> Json:
        """A string; the check digits are beyond JSON Schema."""
        return {"type": "string", "maxLength": 30, "examples": ["NL004495445B01"]}


class Items(Described):
    """A list of one kind of field."""

    def __init__(self, inner: Described, *, least: int = 0, most: int = 100, **options: Any) -> None:
        super().__init__(**options)
        self.inner, self.least, self.most = inner, least, most

    def _bind_to_schema(self, field_name: str, parent: Any) -> None:
        super()._bind_to_schema(field_name, parent)
        self.inner._bind_to_schema(field_name, self)

    def read(self, value: Any) -> list[Any]:
        """See ``Described.read``."""
        if not isinstance(value, list):
            raise wrong("TYPE", "A list is expected here: [ … ].")
        if len(value) < self.least:
            raise wrong("EMPTY_LIST", "Give at least one.")
        if len(value) > self.most:
            raise wrong("TOO_MANY", f"This list has {len(value)} entries; at most {self.most} are allowed.")
        read, errors = [], {}
        for index, item in enumerate(value):
            try:
                read.append(self.inner.deserialize(item))
            except ValidationError as trouble:
                errors[index] = trouble.messages
        if errors:
            raise ValidationError(errors)
        return read

    def json(self) -> Json:
        """An array."""
        return {"type": "array", "items": self.inner.published(), "minItems": self.least, "maxItems": self.most}


class Block(Schema):
    """An object of a request: unknown keys are refused, absent ones stay out of the result."""

    error_messages = {"unknown": UNKNOWN, "type": Coded("TYPE", "An object is expected here: { … }.")}  # noqa: RUF012

    @post_load
    def _drop_absent(self, data: Json, **_: Any) -> Json:
        return {key: value for key, value in data.items() if value is not None}

    @classmethod
    def rules(cls) -> Json:
        """What JSON Schema must say beyond the fields."""
        return {}


class Part(Described):
    """An object inside a request."""

    def __init__(self, block: Block, **options: Any) -> None:
        super().__init__(**options)
        self.block = block

    def read(self, value: Any) -> Any:
        """See ``Described.read``."""
        return self.block.load(value)

    def json(self) -> Json:
        """An object."""
        return block_schema(self.block)


def block_schema(block: Block) -> Json:
    """The JSON Schema of an object of a request."""
    named = {name: field for name, field in block.fields.items() if isinstance(field, Described)}
    return {
        "type": "object",
        "properties": {name: field.published() for name, field in named.items()},
        "required": [name for name, field in named.items() if field.required],
        "additionalProperties": False,
        **block.rules(),
    }
