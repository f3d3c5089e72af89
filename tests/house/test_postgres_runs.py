"""The tests that say PostgreSQL do mean PostgreSQL."""

from __future__ import annotations

from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool


def test_a_database_of_a_real_server_answers(postgres_url):
    engine = create_engine(postgres_url, poolclass=NullPool)
    with engine.connect() as connection:
        assert connection.scalar(text("select version()")).startswith("PostgreSQL ")
        assert connection.scalar(text("show listen_addresses")) == "127.0.0.1"


def test_each_test_gets_an_empty_database(postgres_url):
    engine = create_engine(postgres_url, poolclass=NullPool)
    with engine.begin() as connection:
        assert connection.scalar(text("select count(*) from pg_stat_user_tables")) == 0
        connection.execute(text("create table left_behind (id int)"))
