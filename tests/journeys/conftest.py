"""Consoles: in an empty folder, beside an empty catalogue, beside the shop's."""

from __future__ import annotations

import pytest

from tests.journeys.console import Console, copy_into, made_catalogue


@pytest.fixture(scope="session")
def made_empty(tmp_path_factory):
    return made_catalogue(tmp_path_factory.mktemp("empty"), declared=False)


@pytest.fixture(scope="session")
def made_shop(tmp_path_factory):
    return made_catalogue(tmp_path_factory.mktemp("shop"), declared=True)


@pytest.fixture
def bare(capsys, monkeypatch, tmp_path):
    """A console in an empty folder: there is no catalogue."""
    return Console(capsys, monkeypatch, tmp_path)


@pytest.fixture
def empty(made_empty, bare):
    """A console beside a catalogue that holds no declarations."""
    copy_into(made_empty, bare.folder)
    return bare


@pytest.fixture
def shop(made_shop, bare):
    """A console beside the shop's catalogue, with its declarations in ``catalog``."""
    copy_into(made_shop, bare.folder)
    return bare
