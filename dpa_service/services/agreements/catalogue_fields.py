"""The fields of a request whose rules come from the clause library: services of the catalogue, and parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError

from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.contract.terms import Parameter, ValueTrouble, parse_value, plain
from dpa_service.services.agreements.request_fields import Block, Coded, Described, Items, Json, Line, block_schema, wrong


class ChosenService(Described):
    """A service by its id, or an object with the id and the lists that replace the catalogue's for this client."""

    def __init__(self, library: Library, overrides: Block) -> None:
        super().__init__(required=True)
        self.ids, self.overrides = tuple(library.services), overrides

    def read(self, value: Any) -> str | Json:
        """See ``Described.read``."""
        if isinstance(value, str):
            return self._known(value)
        if not isinstance(value, Mapping):
            raise wrong("TYPE", 'Give the id of a service, or an object {"id": "…", …}.')
        errors: dict[str, Any] = {}
        name, lists = value.get("id"), {}
        try:
            name = self._known(name)
        except ValidationError as trouble:
            errors["id"] = trouble.messages
        try:
            lists = self.overrides.load({key: item for key, item in value.items() if key != "id"})
        except ValidationError as trouble:
            errors |= trouble.messages_dict
        if errors:
            raise ValidationError(errors)
        return {"id": str(name), **lists} if lists else str(name)

    def _known(self, name: Any) -> str:
        if not isinstance(name, str) or name not in self.ids:
            raise wrong("UNKNOWN_SERVICE", f"There is no such service; choose from: {', '.join(self.ids)}.")
        return name

    def json(self) -> Json:
        """The id, or an object."""
        name = {"type": "string", "enum": list(self.ids)}
        block = block_schema(self.overrides)
        block["properties"] = {"id": name, **block["properties"]}
        block["required"] = ["id"]
        return {"anyOf": [name, block]}


class ChosenServices(Items):
    """The services of a request, each at most once."""

    def read(self, value: Any) -> list[Any]:
        """See ``Described.read``."""
        chosen = super().read(value)
        ids = [item if isinstance(item, str) else item["id"] for item in chosen]
        twice = {index: [Coded("DUPLICATE", "This service is chosen already; keep it once.")]
                 for index, name in enumerate(ids) if name in ids[:index]}  # fmt: skip
        if twice:
            raise ValidationError(twice)
        return chosen

    def json(self) -> Json:
        """An array; that an id and an object name the same service is beyond JSON Schema."""
        return {**super().json(), "uniqueItems": True}


class Parameters(Described):
    """Values other than the house standard, by the id of the parameter."""

    def __init__(self, library: Library, document: str) -> None:
        super().__init__(about="Values other than the house standard; each becomes a deviation.")
        outline = library.outlines[document]
        clauses = [library.clauses[name] for name in outline.clauses if name in library.clauses]
        self.known = library.parameters
        self.printed = {name for clause in clauses for name in clause.parameters}
        if document != "agreement":
            self.printed |= set(library.parameters)  # the same request serves both families; what is not printed is left out

    def read(self, value: Any) -> Json:
        """See ``Described.read``."""
        if not isinstance(value, Mapping):
            raise wrong("TYPE", 'An object is expected here: {"parameter": value}.')
        read: Json = {}
        errors: dict[str, Any] = {}
        for name, raw in value.items():
            if name not in self.known:
                errors[name] = [Coded("UNKNOWN_PARAMETER", "There is no such parameter; the list is at /api/v1/parameters.")]
            elif name not in self.printed:
                errors[name] = [Coded("NOT_USED", "No clause of this document prints this parameter; leave it out.")]
            else:
                try:
                    read[name] = plain(parse_value(self.known[name], raw))
                except ValueTrouble as trouble:
                    errors[name] = [Coded(trouble.code, trouble.message)]
        if errors:
            raise ValidationError(errors)
        return read

    def json(self) -> Json:
        """An object with the parameters that the document prints."""
        properties = {name: parameter_schema(self.known[name]) for name in self.known if name in self.printed}
        return {"type": "object", "properties": properties, "additionalProperties": False}


def parameter_schema(parameter: Parameter) -> Json:
    """The JSON Schema of one parameter's value."""
    schema = _value_schema(parameter)
    if parameter.none is not None:
        schema = {"anyOf": [schema, {"type": "null"}]}
    label = next(iter(parameter.labels.values()), parameter.id)
    bounds = f" ({parameter.minimum} – {parameter.maximum})" if parameter.minimum is not None else ""
    return schema | {"description": f"{label}{bounds}", "default": plain(parameter.standard)}


def _value_schema(parameter: Parameter) -> Json:
    low, high = parameter.minimum, parameter.maximum
    choices = {"type": "string", "enum": list(parameter.choices)}
    match parameter.type:
        case "boolean":
            return {"type": "boolean"}
        case "choice":
            return choices
        case "choices":
            return {"type": "array", "items": choices}
        case "text":
            return Line(200, required=True).json()
        case "duration":
            return {"type": "integer"} | _bounds(low, high)
    decimals = 4 if parameter.type == "number" else 2
    amount = {"type": "string", "pattern": rf"^[0-9]{{1,12}}(\.[0-9]{{1,{decimals}}})?$"}
    return {"anyOf": [amount, {"type": "integer"} | _bounds(low, high)]}


def _bounds(low: Any, high: Any) -> Json:
    """Bounds of whole numbers; a bound with decimals is rounded inwards."""
    found: Json = {}
    if low is not None:
        found["minimum"] = int(-(-low // 1))
    if high is not None:
        found["maximum"] = int(high // 1)
    return found
