"""The catalogue at rest: documents, journal and a projection people can query. SQLAlchemy and Alembic only here."""
