"""What measures the app measures it: wrong answers are seen, old figures replaced, and what fails beside stops the rest."""

from __future__ import annotations

import asyncio
import json

import pytest

from benchmarks import client, load, reliability, soak, traffic
from benchmarks.client import Answer, Request, User
from benchmarks.load import Size
from tests import browser_path

TINY = Size(users=2, seconds=4.0, idle=2, polled=6.0, requests=80, uploads=8)


SENTENCES = [b'{"sideUpdate":{"unexpected":{}}}', b'{"problem": "No."}', b'{"props":{"className":"problem"}}']


@pytest.mark.parametrize("body", SENTENCES)
def test_a_sentence_instead_of_what_was_asked_is_a_wrong_answer(body: bytes) -> None:
    """A callback that failed answers 200 like any other."""
    assert asyncio.run(_told(body)).wrong
    assert not asyncio.run(_told(b'{"response":{"changed":{"data":{"problem": ""}}}}')).wrong


def test_what_was_answered_is_counted_and_not_kept() -> None:
    """Hours of answers would fill the memory."""

    async def asked() -> list[Answer]:
        async with await asyncio.start_server(_answering(b"x" * 100), "127.0.0.1", 0) as server:
            people = [User(server.sockets[0].getsockname()[1])]
            return await client.keep_asking(people, lambda *_: [Request("any", "/")], 0.05, 0.2)

    answers = asyncio.run(asked())
    assert len(answers) >= 4 and not any(answer.wrong or answer.body for answer in answers)


def test_what_fails_beside_the_asking_fails_the_measurement() -> None:
    """Without its runs, the rest would measure something else."""

    async def failing() -> None:
        raise RuntimeError("the runs do not begin")

    async def asking() -> list[Answer]:
        await asyncio.sleep(60)
        return []

    with pytest.raises(RuntimeError, match="do not begin"):
        asyncio.run(client.until(asking(), failing()))


def test_a_new_figure_takes_the_place_of_the_old_one(tmp_path) -> None:
    """However many faults there were in each."""
    told = []
    for faults in (2, 3):
        measured = soak.Soak.__new__(soak.Soak)
        measured.answers, measured.away, measured.held = [], [], [[]]
        measured.faults = [("until it answers", 1.0)] * faults
        reliability.write(measured.figures(5), "soak", tmp_path)
        told.append(json.loads((tmp_path / "reliability.json").read_text())["figures"])
    assert [row["what"] for row in told[0]] == [row["what"] for row in told[1]] and "(3 faults)" in told[1][0]["reached"]


@pytest.mark.timeout(300)
def test_load_and_soak_run_from_beginning_to_end(request, monkeypatch, tmp_path) -> None:
    """Everything that the hour-long ones do, once (``--full``: it takes a browser and a minute or two)."""
    if not request.config.getoption("--full"):
        pytest.skip("only with --full")
    monkeypatch.setenv("BROWSER_PATH", browser_path.find())
    figures = load.measured(TINY, 5)
    assert all(figure.kept for figure in figures if figure.target == "0"), figures
    assert any("(nice 5)" in figure.what for figure in figures), figures
    soak.main(["--minutes", "1", "--every", "8", "--out", str(tmp_path)])
    rows = json.loads((tmp_path / "reliability.json").read_text())["figures"]
    found = {row["what"].partition(": ")[2]: row for row in rows}
    assert found["errors but while restarting"]["kept"], found
    assert "until a restarted server answers" in found  # how soon is measured where nothing else runs


def _answering(body: bytes):
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with_length = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(with_length + body)
        except asyncio.IncompleteReadError:
            writer.close()

    return answer


async def _told(body: bytes) -> Answer:
    async with await asyncio.start_server(_answering(body), "127.0.0.1", 0) as server:
        user = User(server.sockets[0].getsockname()[1])
        answer = await user.ask(traffic.called("any", b""))
        user.hang_up()
        return answer
