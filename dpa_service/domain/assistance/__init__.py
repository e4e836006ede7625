"""Assistance by the hour: duties, tariffs, minutes, invoices."""
