"""The staircase of an assessment as something to draw: for each step its bar, what fell away, and why, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _

from dpa_service.domain.contract.terms import STANDARD
from dpa_service.domain.liability.claim import UNLIMITED, ZERO
from dpa_service.services.liability.claim_result import WHAT_IF
from dpa_service.web.liability.words import REASONS, STEPS
from dpa_service.web.shell import as_money

WIDE = 1000  # a bar of the whole claim, in the units of the drawing
_HEADS = ("DIRECT_", "INDIRECT_", "FINE_")
Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Term:
    """A term that shaped a step: its printed name and value, and the deviation it comes from (None: the house standard)."""

    label: str
    value: str
    deviation: str | None
    about: str | None
    tried: bool


@dataclass(frozen=True, slots=True)
class Because:
    """One reason of a step: the sentence, the rule of the house terms, the article of this agreement, and the terms that departed.
    `statutory`: no term of the agreement decides it."""

    code: str
    text: str
    amount: str | None
    rule: str
    article: str | None
    departed: tuple[Term, ...]
    statutory: bool


@dataclass(frozen=True, slots=True)
class Stair:
    """A step. In units of the drawing: `filled` is the bar, `gone` what is taken off it since the step before (drawn from the end of
    the bar), `mark` where the cap lies, `beyond` whether it lies outside the drawing. `quiet`: what to say where no reason stands."""

    kind: str
    title: str
    amount: str
    filled: int
    gone: int
    mark: int | None
    beyond: bool
    because: tuple[Because, ...]
    quiet: str

    @property
    def articles(self) -> list[str]:
        """The articles of this agreement behind the step, each once."""
        return list(dict.fromkeys(line.article for line in self.because if line.article))

    @property
    def rules(self) -> list[str]:
        """The rules behind the step, each once."""
        return list(dict.fromkeys(part for line in self.because for part in line.rule.split(", ")))

    @property
    def deviations(self) -> list[tuple[str, str | None]]:
        """The deviations behind the step with what each is about, each once."""
        return list(dict.fromkeys((t.deviation, t.about) for line in self.because for t in line.departed if t.deviation))

    @property
    def tried(self) -> bool:
        """Whether a term of a what-if shaped it."""
        return any(term.tried for line in self.because for term in line.departed)

    @property
    def standard(self) -> bool:
        """Whether the terms behind the step are the house standard alone."""
        return bool(self.because) and not any(line.departed or line.statutory for line in self.because)

    @property
    def statutory(self) -> bool:
        """Whether the law alone decides it."""
        return bool(self.because) and all(line.statutory for line in self.because)


def stairs(answer: Json) -> list[Stair]:
    """The steps of an answer (claim_result.answer), the widest bar being what was claimed."""
    amounts = {step["step"]: step["amount"] for step in answer["stairs"]}
    claimed = _number(amounts.get("claimed")) or ZERO
    cap, paid = amounts.get("cap"), _number(amounts.get("paid")) or ZERO
    drawn: list[Stair] = []
    before = claimed
    for step in answer["stairs"]:
        name, amount = step["step"], step["amount"]
        filled, gone, mark, beyond = ZERO, ZERO, None, False
        if name in ("claimed", "admitted", "payable", "recoverable"):
            filled = _number(amount) or ZERO
            gone = max(ZERO, before - filled) if name in ("admitted", "payable") else ZERO
            before = filled if name in ("claimed", "admitted") else before
        elif name == "cap" and cap is not None:
            limit = _number(cap)
            filled, beyond = (claimed, limit is not None) if limit is None or limit > claimed else (limit, False)
            mark = None if limit is None or beyond else _units(filled, claimed)
        elif name == "paid" and (limit := _number(cap)) is not None:
            left = max(ZERO, limit - paid)
            filled, gone = min(left, claimed), max(ZERO, min(limit, claimed) - min(left, claimed))
            mark = _units(limit, claimed) if limit <= claimed else None
        drawn.append(
            Stair(
                title=str(STEPS[name]),
                amount=_shown(name, amount),
                kind=name,
                filled=_units(filled, claimed),
                gone=_units(gone, claimed),
                mark=mark,
                beyond=beyond,
                because=tuple(_because(line, answer) for line in step["lines"]),
                quiet="" if step["lines"] else _quiet(name, amounts),
            )
        )
    return drawn


def _quiet(name: str, amounts: Mapping[str, str | None]) -> str:
    """What a step without a reason says."""
    if name == "claimed":
        return str(_("All heads of damage together."))
    if name == "cap":
        endless = amounts["cap"] == UNLIMITED
        return str(_("No cap holds towards a data subject.") if endless else _("No cap was reached: the claim stops before."))
    if name == "paid":
        capped = _number(amounts.get("cap")) is not None
        return str(_("Nothing was paid from this cap before.") if capped else _("There is no cap that payments could lower."))
    if name == "payable" and "admitted" not in amounts:
        return str(_("Nothing goes to the client: this is about what the client bears."))
    if name == "payable" and not _number(amounts["payable"]):
        return str(_("A step above stops the claim."))
    return str(_("Nothing lowers it."))


def sentence(answer: Json) -> str:
    """The result in one sentence, for those who do not look at the drawing."""
    result, payable = answer["result"], as_money(answer["result"]["payable"])
    if _number(result["recoverable"]):
        return str(_("%(payable)s is payable, %(back)s can be recovered from the client.", payable=payable,
                     back=as_money(result["recoverable"])))  # fmt: skip
    claimed = as_money(answer["stairs"][0]["amount"])
    return str(_("Of the %(claimed)s claimed, %(payable)s is payable.", claimed=claimed, payable=payable))


def _because(line: Json, answer: Json) -> Because:
    known = (answer.get("agreement") or {}).get("deviations", {})
    departed = tuple(
        Term(shape["label"], shape["value"], None if shape["source"] == WHAT_IF else shape["source"], known.get(shape["source"]),
             shape["source"] == WHAT_IF)
        for shape in line["shaped_by"]
        if shape["source"] != STANDARD
    )  # fmt: skip
    amount = as_money(line["in"]) if line["code"].startswith(_HEADS) and line["in"] else None
    text = str(REASONS.get(line["code"], line["text"]))
    return Because(line["code"], text, amount, line["rule"], line.get("article"), departed, not line["shaped_by"])


def _shown(name: str, amount: str | None) -> str:
    if amount is None:
        return "–"
    if amount == UNLIMITED:
        return str(_("no limit"))
    return ("− " if name == "paid" and _number(amount) else "") + as_money(amount)


def _number(amount: str | None) -> Decimal | None:
    """The amount; None where there is none or no limit."""
    return None if amount in (None, UNLIMITED) else Decimal(str(amount))


def _units(amount: Decimal, whole: Decimal) -> int:
    """An amount in units of the drawing; whatever is not nothing is seen."""
    if whole <= 0 or amount <= 0:
        return 0
    return max(4, min(WIDE, int(amount * WIDE / whole)))
