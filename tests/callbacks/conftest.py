"""A house in a fresh folder, and no process left behind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from flask import g
from flask.testing import FlaskClient

from app import create_app
from callbacks.house import House
from callbacks.settings import Settings


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(Settings(cache_dir=tmp_path / "cache", data_dir=tmp_path / "data", threads=1))


@pytest.fixture
def client(house: House) -> Iterator[FlaskClient]:
    server = create_app(house.settings).server
    yield server.test_client()
    server.extensions["jobs"].end()


@pytest.fixture
def me(client: FlaskClient) -> str:
    with client:
        client.get("/health")
        return str(g.owner)


@pytest.fixture
def asking(house: House) -> Iterator[Any]:
    """Ask as somebody: ``asking("name")`` makes the present request theirs."""
    from flask import Flask

    with Flask("test").test_request_context():

        def ask(name: str) -> str:
            g.owner = name * 40
            return str(g.owner)

        yield ask


@pytest.fixture
def ended() -> Iterator[list[psutil.Process]]:
    """Processes put here are gone after the test, with their children."""
    started: list[psutil.Process] = []
    yield started
    for process in started:
        for member in [*_children(process), process]:
            try:
                member.kill()
            except psutil.Error:
                continue


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []
