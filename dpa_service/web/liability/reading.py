"""From a posted page to the data that the rules read, and back: Belgian amounts, percentages, rows of damage."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from werkzeug.datastructures import MultiDict

from dpa_service.services.agreements.form_data import amount
from dpa_service.services.agreements.request_fields import Json
from dpa_service.services.liability.claim_schema import QUESTIONS

Posted = MultiDict[str, str]

TEXTS = ("event_day", "reported_day", "summary", "claimant", "basis", "fault")
ITEM = ("kind", "amount", "label", "bodily")
ROWS, MOST_ROWS = 3, 100
FLAGS = ("gdpr_processor_breach", "outside_instructions", "instruction_unlawful", "not_responsible", "third_party_misuse",
         "extra_contractual")  # fmt: skip
ENDLESS = ("onbeperkt", "unlimited", "illimité")
# Terms that the page of a what-if lets change, by the calculator's names.
AMOUNTS = ("cap_fixed", "cap_other")
NUMBERS = ("fee_multiplier", "cap_gross_factor")
YES_NO = ("fee_limb", "direct_only", "gdpr_scope_gate", "require_lawful_instruction", "fines_recoverable", "website_excluded",
          "bodily_uncapped")  # fmt: skip
CHOICES: dict[str, tuple[str, ...]] = {
    "fault_gate": ("ordinary", "gross", "fraud"),
    "combine": ("min", "max"),
    "other_pool": ("separate", "sub_limit"),
    "aggregation": ("agreement", "contract_year", "per_claim"),
    "main_cap_mode": ("main_governs", "lower", "higher", "ignore"),
    "uncapped_from": ("never", "gross", "fraud"),
    "indemnity": ("customer", "mutual", "none"),
}
PARAMS = tuple(dict.fromkeys(["cap_fixed", "fee_limb", "fee_multiplier", "combine", "cap_other", "fault_gate", "uncapped_from",
                              "direct_only", *AMOUNTS, *NUMBERS, *YES_NO, *CHOICES]))  # fmt: skip
_PERCENT = re.compile(r"[0-9]{1,3}([.,][0-9]{1,2})?")


def typed(posted: Posted) -> Json:
    """Everything that was typed on a page with facts, so that it can be shown again as it was."""
    values: Json = {name: posted.get(name, "")[:600] for name in (*TEXTS, "responsibility_share")}
    values |= {name: posted.get(name) == "true" for name in FLAGS}
    values["items"] = [
        {name: posted.get(f"items[{row}].{name}", "")[:300] for name in ITEM}
        for row in range(MOST_ROWS)
        if f"items[{row}].kind" in posted or f"items[{row}].amount" in posted
    ]
    values |= {name: posted.get(name, "")[:60] for name in ("fees_paid", "main_agreement_cap")}
    values["without_earlier_payments"] = posted.get("without_earlier_payments") == "true"
    values["params"] = {name: posted.get(f"params.{name}", "")[:60] for name in PARAMS}
    return values


def shown(data: Mapping[str, Any]) -> Json:
    """A claim in its normal form as a page shows it to be changed."""
    values: Json = {name: data.get(name, "") for name in TEXTS} | {name: bool(data.get(name)) for name in FLAGS}
    share = data.get("responsibility_share")
    values["responsibility_share"] = "" if share is None else _comma((Decimal(share) * 100).normalize())
    values["items"] = [
        {"kind": item["kind"], "amount": _comma(Decimal(item["amount"])), "label": item.get("label", ""),
         "bodily": "true" if item.get("bodily") else ""}
        for item in data.get("items", ())
    ]  # fmt: skip
    values["params"] = {}
    return values


def facts(values: Mapping[str, Any]) -> Json:
    """What was typed as the rules of a claim read it: only what the basis asks for, rows without an amount left out."""
    basis = values["basis"]
    asked = QUESTIONS.get(basis, ())
    data: Json = {name: values[name].strip() for name in ("basis", "fault") if values[name].strip()}
    data |= {name: True for name in FLAGS if name in asked and values[name]}
    if "responsibility_share" in asked and values["responsibility_share"].strip():
        data["responsibility_share"] = _share(values["responsibility_share"])
    data["items"] = [_item(item) for item in values["items"] if item["amount"].strip() or item["label"].strip()]
    return data


def claim(values: Mapping[str, Any]) -> Json:
    """What was typed as ``ClaimBlock`` reads it."""
    return facts(values) | {name: values[name].strip() for name in TEXTS if values[name].strip()}


def rows_of(values: Mapping[str, Any]) -> list[int]:
    """The rows of the page that ``facts`` keeps: the index of a wrong item → the row that shows it."""
    return [row for row, item in enumerate(values["items"]) if item["amount"].strip() or item["label"].strip()]


def on_page(errors: Mapping[str, str], values: Mapping[str, Any]) -> dict[str, str]:
    """Errors by the names of the page's fields: the rows of damage as they stand there."""
    kept = rows_of(values)
    found = {}
    for name, message in errors.items():
        if match := re.match(r"items\[([0-9]+)\](.*)", name):
            row = int(match[1])
            name = f"items[{kept[row] if row < len(kept) else row}]{match[2]}"
        found["items[0].amount" if name == "items" else name] = message
    return found


def changes(values: Mapping[str, Any]) -> Json:
    """What a what-if changes, as ``WhatIfBlock`` reads it; what was left empty stays as it is."""
    data = facts(values)
    for name in FLAGS:  # a flag taken away is a change too
        data.setdefault(name, False)
    if not data["items"]:
        data.pop("items")
    for name in ("fees_paid", "main_agreement_cap"):
        if values[name].strip():
            data[name] = _amount(values[name])
    if values["without_earlier_payments"]:
        data["without_earlier_payments"] = True
    params: Json = {}
    for name, text in values["params"].items():
        text = text.strip()
        if not text:
            continue
        if name in AMOUNTS:
            params[name] = _amount(text)
        elif name in NUMBERS:
            params[name] = text.replace(",", ".")
        elif name in YES_NO:
            params[name] = {"true": True, "false": False}.get(text, text)
        else:
            params[name] = text
    return data | ({"params": params} if params else {})


def _item(item: Mapping[str, str]) -> Json:
    data: Json = {"kind": item["kind"].strip(), "amount": amount(item["amount"].strip())}
    if item["bodily"]:
        data["bodily"] = True
    if item["label"].strip():
        data["label"] = item["label"].strip()
    return data


def _amount(text: str) -> str:
    return "unlimited" if text.strip().casefold() in ENDLESS else amount(text.strip())


def _share(text: str) -> str:
    """A percentage as a part of one; anything else as it is, for the rules to refuse."""
    bare = text.replace("%", "").strip()
    if not _PERCENT.fullmatch(bare):
        return text
    return format((Decimal(bare.replace(",", ".")) / 100).normalize(), "f")


def _comma(number: Decimal) -> str:
    """ "2500,00" and "40": as a Belgian keyboard writes it."""
    return format(number, "f").replace(".", ",")
