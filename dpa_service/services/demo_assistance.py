"""The demo's assistance: two months of requests, minutes, invoices and sending for two clients, told once through the services.

Every day counts back from the day the demo was made, which the signed agreement keeps: telling it again gives the same calls,
and changes nothing, also where the first time was cut off.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from dpa_service.adapters.db.assistance import AssistanceRequest, TimeEntry
from dpa_service.adapters.db.engine import reading
from dpa_service.adapters.db.invoices import Invoice
from dpa_service.adapters.db.models import Client
from dpa_service.adapters.export_folder import ExportFolder
from dpa_service.domain.contract.clauses import Library
from dpa_service.domain.deadlines import BRUSSELS
from dpa_service.services.assistance import assistance_requests, estimates, month_locks, time_entries
from dpa_service.services.invoices import billing, credit_notes, deliveries, invoice_parties, invoice_payments, invoicing
from dpa_service.services.people.accounts import DEMO_EMAILS

SALES, LEGAL, FINANCE, DPO, ADMIN = (DEMO_EMAILS[role] for role in ("sales", "legal", "finance", "dpo", "admin"))
# Fictional, and seen to be: no Belgian bank has the code 999. The check digits are right, as invoices ask.
BANK = {"iban": "BE49 9990 0000 0171", "email": "facturatie@contactexpert.example", "contact": "Facturatie",
        "estimate_approval_from": "1000.00"}  # fmt: skip


class BelgianFolder(ExportFolder):
    """The demo's way out: a folder, as `dpa send` writes it, that knows Belgian receivers only; so one sending stands refused."""

    def can_receive(self, participant: str) -> bool:
        """Belgian enterprise numbers."""
        return participant.startswith("0208:")


@dataclass
class Story:
    """Who and when: the clients, the day the demo was made (`told`), and the moment of now, after which nothing happens."""

    session: Session
    base: Library
    told: date
    now: datetime
    name: str
    requests: dict[str, AssistanceRequest] = field(default_factory=dict)

    def day(self, ago: int) -> date:
        """A working day so many days ago: a weekend's is the Friday before, but for today."""
        found = self.told - timedelta(days=ago)
        return found - timedelta(days=max(0, found.weekday() - 4) if ago else 0)

    def at(self, ago: int, hour: int = 9) -> datetime:
        """A moment of that day, never later than now."""
        return min(datetime.combine(self.day(ago), time(hour), UTC), self.now)

    def who(self, actor: str, ago: int, hour: int = 9) -> dict[str, Any]:
        """The actor and the moment of a step."""
        return {"actor": actor, "now": self.at(ago, hour)}

    def key(self, what: str) -> str:
        """The idempotency key of a step."""
        return f"demo-{what}-{self.name}"

    # ---- steps -------------------------------------------------------------------------------------------------------

    def opened(self, name: str, client_id: str, duty: str, ago: int, actor: str, **words: Any) -> None:
        """A request; its clock started that morning unless given."""
        data = {"duty": duty, "clock_started": self.at(ago, 6).isoformat(), **words}
        self.requests[name] = assistance_requests.open_request(
            self.session, client_id, data, key=self.key(name), today=self.day(ago), **self.who(actor, ago, 7)
        )

    def forwarded(self, name: str, ago: int, to: str, proof: str) -> None:
        """Send a data subject's request on to the client, with the proof."""
        row = self.requests[name]
        if row.forwarded is None:
            data = {"sent_at": self.at(ago, 8).isoformat(), "to": to, "channel": "email", "proof": proof}
            assistance_requests.forward(self.session, row.id, data, **self.who(SALES, ago))

    def ticked(self, name: str, ago: int, actor: str, *items: str) -> None:
        """Items of the checklist that are done."""
        for item in items:
            if item not in self.requests[name].checklist:
                assistance_requests.check_item(self.session, self.requests[name].id, item, **self.who(actor, ago, 15))

    def closed(self, name: str, ago: int, reason: str) -> None:
        """How it ended."""
        if self.requests[name].state == assistance_requests.OPEN:
            assistance_requests.close(self.session, self.requests[name].id, reason=reason, **self.who(LEGAL, ago, 16))

    def worked(
        self, name: str, person: str, ago: int, minutes: int, note: str, approver: str | None = None, **more: Any
    ) -> TimeEntry:  # fmt: skip
        """Minutes written down that evening, and approved the next day when there is an approver."""
        data = {"work_date": self.day(ago).isoformat(), "minutes": minutes, "note": note, **more}
        entry = time_entries.record(
            self.session, self.requests[name].id, data, key=self.key(f"{name}-{person}-{ago}"), today=self.day(ago),
            **self.who(person, ago, 17),
        )  # fmt: skip
        if approver:
            self.approved(entry, approver, ago - 1)
        return entry

    def approved(self, entry: TimeEntry, approver: str, ago: int) -> None:
        """Approve one entry, in the evening, because a weekend may lie between."""
        left = time_entries.approve(self.session, [entry.id], **self.who(approver, ago, 18))
        assert not left, left

    def estimated(self, name: str, ago: int, minutes: int) -> Any:
        """An estimate, sent to the client where the agreement asks it."""
        return estimates.make(
            self.session, self.base, self.requests[name].id, {"minutes": minutes}, key=self.key(f"estimate-{name}"),
            today=self.day(ago), **self.who(LEGAL, ago, 10),
        )  # fmt: skip

    def drafted(self, client_id: str, ago: int, until: int) -> Invoice:
        """A draft."""
        key = self.key(f"draft-{client_id}-{until}")
        return billing.draft(self.session, client_id, until=self.day(until), key=key, **self.who(FINANCE, ago))

    def issued(self, client_id: str, ago: int, until: int) -> invoicing.Details:
        """A draft that is issued the same day."""
        draft = self.drafted(client_id, ago, until)
        key = self.key(f"issue-{draft.id}")
        return invoicing.issue(self.session, self.base, draft.id, key=key, today=self.day(ago), **self.who(FINANCE, ago, 10))

    def sent(self, ago: int, folder: Path) -> None:
        """Send what waits."""
        for _ in deliveries.run(self.session, BelgianFolder(folder), **self.who(FINANCE, ago, 11)):
            pass


def tell(
    session: Session, base: Library, clients: Sequence[str], folder: Path, *, told: date, name: str, now: datetime
) -> Iterator[str]:  # fmt: skip
    """Tell the story of two clients, the first Belgian and with free hours, both signed at least 70 days before `told`; yield its invoices.

    In: `folder` for the exported files; `name`, what tells this story from another in the same database. Error: those of the services.
    """
    story = Story(session, base, told, now, name)
    belgian, dutch = clients
    _parties(story, belgian, dutch)
    _paid_and_overdue(story, belgian, folder)
    _credited(story, belgian)
    _abroad(story, dutch, folder)
    _waiting(story, belgian, dutch)
    yield from _invoices(session)


def _parties(story: Story, belgian: str, dutch: str) -> None:
    """What invoices print beside the agreement."""
    known, number = invoice_parties.bank_details(story.session, story.base)
    if not known:
        invoice_parties.save_bank_details(story.session, story.base, BANK, expected=number, **story.who(ADMIN, 69))
    for client, profile in (
        (belgian, {"order_number": "VOORBEELD-4500012", "email": "boekhouding@voorbeeld-energie.example"}),
        (dutch, {"reference": "EW-7 / afdeling inkoop", "email": "facturen@exempel-webshop.example"}),
    ):
        if invoice_parties.profile(story.session, client) is None:
            invoice_parties.save_profile(story.session, client, profile, **story.who(FINANCE, 69))


def _paid_and_overdue(story: Story, client: str, folder: Path) -> None:
    """A request and questions about security, invoiced and paid; an impact assessment, invoiced and overdue."""
    session = story.session
    story.opened(
        "dsr",
        client,
        "dsr",
        66,
        SALES,
        case_reference="VE-2041",
        subject="Verzoek om inzage in gespreksopnamen, bij ons toegekomen",
    )
    story.forwarded("dsr", 65, "privacy@voorbeeld-energie.example", "bericht 2041-01, gelezen door de klant")
    story.worked("dsr", SALES, 65, 50, "Verzoek herkend, geregistreerd en doorgezonden", DPO)
    story.worked("dsr", LEGAL, 63, 95, "Opnamen opgezocht in het archief en kopie bezorgd", DPO)
    story.ticked("dsr", 63, LEGAL, "received_noted", "searched", "copy_or_correction")
    story.opened("security", client, "security", 62, DPO, subject="Vragenlijst over versleuteling en toegangsrechten")
    story.worked("security", DPO, 61, 180, "Vragenlijst ingevuld en maatregelen toegelicht", LEGAL)
    story.ticked("security", 61, DPO, "measures_explained", "answered")
    story.closed("dsr", 58, "De klant bevestigde dat het antwoord gegeven is.")
    story.closed("security", 58, "Vragenlijst aanvaard door de klant.")
    first = story.issued(client, 54, 55).invoice
    story.sent(54, folder)

    story.opened("dpia", client, "dpia", 52, LEGAL, case_reference="VE-DPIA-3", subject="Effectbeoordeling van de spraakanalyse")
    estimate = story.estimated("dpia", 51, 600)
    if estimate.state == estimates.SENT:
        words = "Akkoord van de dienst privacy van de klant, bij e-mail"
        estimates.answer(session, estimate.id, approved=True, words=words, **story.who(LEGAL, 49))
    story.worked("dpia", DPO, 47, 240, "Verwerking en gegevensstromen beschreven", LEGAL)
    typed = story.worked("dpia", DPO, 45, 300, "Overleg met de klant over de bewaartermijnen", LEGAL)
    right = time_entries.correct(
        session, typed.id, {"minutes": 30}, reason="Verkeerd ingetikt: het was een half uur", key=story.key("correct"),
        today=story.day(43), **story.who(DPO, 43),
    )  # fmt: skip
    story.approved(right, LEGAL, 42)
    story.worked("dpia", LEGAL, 44, 165, "Risico's en maatregelen beschreven", DPO)
    planned = story.worked("dpia", SALES, 43, 45, "Overleg gepland")
    reason = "Plannen hoort bij de gewone dienst en niet bij de bijstand"
    time_entries.reject(session, [planned.id], reason=reason, **story.who(LEGAL, 41))
    story.ticked("dpia", 41, LEGAL, "processing_described", "access_described", "retention_and_measures", "risks_described")
    story.closed("dpia", 38, "Bijdrage bezorgd; de klant rondt de beoordeling zelf af.")
    story.issued(client, 37, 38)
    story.sent(37, folder)
    paid = {"paid_on": story.day(30).isoformat(), "amount": format(first.total, "f")}
    invoice_payments.record(session, first.id, paid, key=story.key("paid"), today=story.day(30), **story.who(FINANCE, 30))


def _credited(story: Story, client: str) -> None:
    """An audit, invoiced, and an hour of it credited."""
    story.opened(
        "audit", client, "audit", 33, DPO, case_reference="VE-AUDIT-1", subject="Vragen van de auditor over back-ups en logging"
    )
    story.worked("audit", DPO, 30, 150, "Bewijsstukken over back-ups bezorgd", LEGAL)
    story.worked("audit", LEGAL, 29, 210, "Vragen over logging beantwoord", DPO)
    given = story.worked("audit", SALES, 28, 20, "Bereikbaarheid van de auditor afgesproken", LEGAL)
    if given.waived is None:
        time_entries.waive(story.session, given.id, reason="Kort telefoongesprek, niet aangerekend", **story.who(FINANCE, 26))
    story.ticked("audit", 29, DPO, "evidence_sent", "scope_known", "contact_named")
    made = story.issued(client, 22, 23)
    reason = "een uur was dubbel geteld, zoals met de klant besproken"
    credit_notes.credit(
        story.session, made.invoice.id, {made.lines[0].id: 60}, reason=reason, key=story.key("credit"), today=story.day(12),
        **story.who(FINANCE, 12),
    )  # fmt: skip


def _abroad(story: Story, client: str, folder: Path) -> None:
    """A client in another member state: the VAT is shifted, and the folder does not know its address."""
    story.opened("wissing", client, "dsr", 40, SALES, case_reference="EW-118", subject="Verzoek om wissing van chatgesprekken")
    story.forwarded("wissing", 39, "privacy@exempel-webshop.example", "bericht 118-01")
    story.worked("wissing", SALES, 39, 35, "Verzoek herkend en doorgezonden", DPO)
    story.worked("wissing", LEGAL, 38, 80, "Gesprekken opgezocht, gewist en bevestigd", DPO)
    story.opened(
        "alert",
        client,
        "alert",
        36,
        DPO,
        case_reference="EW-121",
        subject="Instructie om chatgesprekken langer te bewaren dan afgesproken",
    )
    story.worked("alert", DPO, 36, 40, "Instructie getoetst en waarschuwing geschreven", LEGAL)
    story.ticked("alert", 36, DPO, "instruction_named", "provision_named", "warned")
    story.issued(client, 20, 21)
    story.sent(20, folder)


def _waiting(story: Story, belgian: str, dutch: str) -> None:
    """What is still to do: a draft, work on no invoice, an estimate with the client, an incident of yesterday, a locked month."""
    session = story.session
    story.opened("exit", dutch, "exit", 14, LEGAL, subject="Teruggave van werkbestanden na het einde van een campagne")
    story.worked("exit", LEGAL, 9, 120, "Bestanden geïnventariseerd en overgedragen", DPO)
    story.worked("exit", DPO, 8, 75, "Vernietiging van de kopieën opgevolgd", LEGAL)
    story.ticked("exit", 8, LEGAL, "choice_received", "returned")
    story.opened(
        "rectify", belgian, "dsr", 10, SALES, case_reference="VE-2077", subject="Verzoek om verbetering van een contactvoorkeur"
    )
    story.forwarded("rectify", 10, "privacy@voorbeeld-energie.example", "bericht 2077-01")
    story.worked("rectify", LEGAL, 9, 65, "Contactvoorkeur nagegaan en verbeterd", DPO)
    story.drafted(dutch, 5, 6)
    story.worked("exit", LEGAL, 4, 90, "Verslag van de teruggave opgesteld", DPO)
    story.opened("assessment", dutch, "dpia", 4, LEGAL, case_reference="EW-130", subject="Effectbeoordeling van een chatbot")
    story.estimated("assessment", 3, 720)

    known = datetime.combine(story.told - timedelta(days=1), time(20, 10), BRUSSELS)
    story.opened("incident", belgian, "incident", 0, DPO, case_reference="VE-INC-2", urgent=True, clock_started=known.isoformat(),
                 subject="Exportbestand met meterstanden naar een verkeerd adres gestuurd")  # fmt: skip
    if not story.requests["incident"].facts:
        facts = {
            "nature": "Een exportbestand met meterstanden ging per e-mail naar een verkeerde ontvanger; de vertrouwelijkheid is geschonden.",
            "known_at": known.isoformat(),
            "persons": "Klanten van één leveringsgebied; het aantal wordt nog geteld.",
            "contact": "Functionaris voor gegevensbescherming, dpo@contactexpert.be",
        }
        assistance_requests.incident_facts(session, story.requests["incident"].id, facts, **story.who(DPO, 0))
    story.ticked("incident", 0, DPO, "nature", "contact")
    for name, person, minutes, note in (
        ("incident", DPO, 100, "Feiten verzameld en eerste melding voorbereid"),
        ("incident", SALES, 45, "Ontvanger gevraagd het bestand te wissen"),
        ("rectify", LEGAL, 25, "Bevestiging van de verbetering geschreven"),
    ):
        story.worked(name, person, 0, minutes, note)
    ended = (story.told.replace(day=1) - timedelta(days=1)).replace(day=1) - timedelta(days=1)
    month_locks.lock(session, f"{ended:%Y-%m}", **story.who(FINANCE, 0))


def _invoices(session: Session) -> Iterator[str]:
    with reading(session):
        query = sa.select(Invoice, Client.name).join(Client, Client.id == Invoice.client_id)
        rows = session.execute(query.where(Invoice.state != billing.DISCARDED).order_by(Invoice.created_at)).all()
        yield from [f"{row.number or row.state:<14} {name}, € {row.total or row.net}" for row, name in rows]
