"""The history of the tables; see ``dpa_service.adapters.db.migrate``."""
