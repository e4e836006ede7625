"""Drafts, invoices, credit notes, payments, sending and accounting."""
