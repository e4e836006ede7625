"""The page of the processor profile does not lose what invoices print of the house."""

from __future__ import annotations

from dpa_service.services.invoices import invoice_parties
from dpa_service.serving.runtime import runtime, session
from tests.conftest import NOW
from tests.support.invoices import SELLER
from tests.web.test_admin import PROFILE


def test_saving_the_profile_keeps_the_bank_details(app, as_role):
    with app.app_context():
        given = {"iban": f"{SELLER.iban[:4]} {SELLER.iban[4:]}"}
        invoice_parties.save_bank_details(session(), runtime().library, given, expected=0, actor="admin", now=NOW)
    assert as_role("admin").post("/admin/processor", data={**PROFILE, "court_seat": "Gent", "version": "1"}).status_code == 303
    with app.app_context():
        details, version = invoice_parties.bank_details(session(), runtime().library)
    assert (details, version) == ({"iban": SELLER.iban}, 2)
