"""The database: engine, models, migrations, numbers without gaps, audit log, outbox. SQLite and PostgreSQL alike."""
