"""Fetching from an address, with real servers on loopback: what is reached, what comes back, and when it is given up."""

from __future__ import annotations

import gzip
import hashlib
import io
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address, ip_network
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from pipeline.loading import reach, url
from pipeline.loading.reach import Rules
from pipeline.results import Problem
from tests.callbacks.rooms import points
from tests.pipeline.loading.servers import Server, Visit, serving

TABLE = b"a,b\n" + b"".join(b"%d,%d\n" % (i, i * i) for i in range(500))
HOME = (ip_network("127.0.0.1"), ip_network("::1"))


def rules(**names: Any) -> Rules:
    """Rules under which loopback may be reached by the names given, and nothing takes long."""
    known = {name.replace("_", "."): found for name, found in names.items()}
    return Rules(seconds=6.0, silence=3.0, permitted=HOME, resolve=lambda host: known.get(host, [host]))


def fetched(address: str, under: Rules) -> tuple[bytes, url.Fetched]:
    file = io.BytesIO()
    found = url.fetch(url.address_of(address), file, under)
    return file.getvalue(), found


def refused(address: str, under: Rules, words: str) -> str:
    file = io.BytesIO()
    with pytest.raises(Problem, match=words) as told:
        url.fetch(url.address_of(address), file, under)
    return str(told.value)


def table(visit: Visit) -> None:
    visit.answer(TABLE)


# What comes back.


def test_a_file_comes_whole_with_its_name_and_where_it_came_from() -> None:
    with serving(table) as server:
        under = rules(data_example=["127.0.0.1"])
        content, found = fetched(f"http://data.example:{server.port}/sets/iris%20set.csv?v=2#top", under)
    assert content == TABLE
    assert found.name == "iris set.csv"
    assert found.source["address"] == f"http://data.example:{server.port}/sets/iris%20set.csv?v=2"
    assert found.source["whole"] and found.source["when"].endswith("UTC")
    assert found.content == hashlib.sha256(TABLE).hexdigest()


def test_what_is_asked_names_the_host_and_gives_nothing_away() -> None:
    with serving(table) as server:
        fetched(f"http://Data.Example:{server.port}/größe/a b.csv?q=ä", rules(data_example=["127.0.0.1"]))
        asked = server.visits[0].asked.decode("ascii")
    assert asked.startswith("GET /gr%C3%B6%C3%9Fe/a%20b.csv?q=%C3%A4 HTTP/1.1\r\n")
    assert f"\r\nHost: data.example:{server.port}\r\n" in asked
    assert "\r\nAccept-Encoding: identity\r\n" in asked
    assert {line.split(":")[0] for line in asked.split("\r\n")[1:] if line} == {
        "Host", "User-Agent", "Accept", "Accept-Encoding", "Connection"
    }  # fmt: skip


def test_progress_is_told() -> None:
    told: list[tuple[float, str]] = []
    with serving(lambda visit: visit.answer(bytes(3 * 2**20))) as server:
        address = url.address_of(f"http://127.0.0.1:{server.port}/big.bin")
        url.fetch(address, io.BytesIO(), rules(), lambda fraction, note: told.append((fraction, note)))
    assert told[0] == (0.0, "Asking 127.0.0.1")
    assert told[-1] == (1.0, "Fetching big.bin · 3.0 MB of 3.0 MB")


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ('attachment; filename="my table.csv"', "my table.csv"),
        ("attachment; filename*=UTF-8''gr%C3%B6%C3%9Fe.csv", "größe.csv"),
        ('attachment; filename="grö.csv"'.encode().decode("latin-1"), "grö.csv"),
        ('attachment; filename="../../etc/passwd"', "passwd"),
        ('attachment; filename="C:\\\\data\\\\x.csv"', "x.csv"),
        ("attachment; filename*=UTF-8''a%E2%80%AEfdp.csv%0A", "a\u202efdp.csv"),
        (f'attachment; filename="{"x" * 300}.csv"', "x" * 196 + ".csv"),
        ("attachment", "download"),
        ("attachment; filename*=idna''%FF", "download"),
        ("attachment; filename*=punycode''%FF", "download"),
        ("attachment; filename*=a%00b''%FF", "download"),
        ("attachment; filename*=\0''%FF", "download"),
        (f"attachment; filename*{'1' * 5000}*=x", "download"),
        ('attachment; filename=""', "download"),
    ],
)
def test_a_name_is_what_the_server_says_cut_and_cleaned(header: str, name: str) -> None:
    with serving(lambda visit: visit.answer(TABLE, Content_Disposition=header)) as server:
        assert fetched(f"http://127.0.0.1:{server.port}/download?id=5", rules())[1].name == name


def test_a_file_without_any_name_is_called_after_its_host() -> None:
    with serving(table) as server:
        assert fetched(f"http://127.0.0.1:{server.port}", rules())[1].name == "127.0.0.1"


def test_chunks_are_put_together() -> None:
    def chunked(visit: Visit) -> None:
        visit.answer(Content_Length="", Transfer_Encoding="chunked")
        for part in (TABLE[:7], TABLE[7:]):
            visit.send(b"%x;extra=1\r\n%b\r\n" % (len(part), part))
        visit.send(b"0\r\nTrailer: x\r\n\r\n")

    with serving(chunked) as server:
        content, found = fetched(f"http://127.0.0.1:{server.port}/t.csv", rules())
    assert content == TABLE and found.source["whole"]


def test_what_comes_without_a_length_is_taken_with_a_notice() -> None:
    with serving(lambda visit: visit.answer(TABLE, Content_Length="")) as server:
        content, found = fetched(f"http://127.0.0.1:{server.port}/t.csv", rules())
    assert content == TABLE and not found.source["whole"]
    known, unknown = (url.stamped(points(), {**found.source, "whole": whole}) for whole in (True, False))
    assert not known.notices and "did not say how large" in unknown.notices[0].text
    assert known.details["source"]["address"] == found.source["address"]


def test_a_server_that_keeps_the_connection_is_not_waited_for() -> None:
    def keeps(visit: Visit) -> None:
        visit.answer(TABLE)
        visit.line.recv(1)  # until the other hangs up

    with serving(keeps) as server:
        started = time.monotonic()
        assert fetched(f"http://127.0.0.1:{server.port}/t.csv", rules())[0] == TABLE
    assert time.monotonic() - started < 2.9  # less than the silence that is allowed


# What does not come whole is no table.


def answering(head: str, *parts: bytes) -> Any:
    def script(visit: Visit) -> None:
        visit.send(head.replace("\n", "\r\n").encode() + b"\r\n\r\n")
        for part in parts:
            visit.send(part)

    return script


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (answering("HTTP/1.1 200 OK\nContent-Length: 9999", TABLE), "announced 9,999 bytes and sent"),
        (answering("HTTP/1.1 200 OK\nContent-Length: 10", TABLE), "announced 10 bytes and sent"),
        (answering("HTTP/1.1 200 OK\nContent-Length: 10", TABLE[:10], b"more"), "announced 10 bytes and sent 14"),
        (answering("HTTP/1.1 200 OK\nTransfer-Encoding: chunked", b"400\r\n" + TABLE[:100]), "broke off"),
        (answering("HTTP/1.1 200 OK\nTransfer-Encoding: chunked", b"a\r\n" + TABLE[:10] + b"\r\n"), "broke off"),
        (answering("HTTP/1.1 200 OK\nTransfer-Encoding: chunked", b"never\r\n"), "broke off"),
        (answering("HTTP/1.1 200 OK\nContent-Encoding: gzip", gzip.compress(TABLE)), "packed \\(gzip\\)"),
        (answering("HTTP/1.1 200 OK\nTransfer-Encoding: gzip, chunked", gzip.compress(TABLE)), "packed \\(gzip, chunked\\)"),
        (answering("HTTP/1.1 200 OK\nTransfer-Encoding: gzip", gzip.compress(TABLE)), "packed \\(gzip\\)"),
        (answering("HTTP/1.1 302 On\nLocation: http://[x"), "is not an address"),
        (answering("HTTP/1.1 404 Not Found"), "has no such file"),
        (answering("HTTP/1.1 401 No"), "asks for a login"),
        (answering("HTTP/1.1 503 Later"), "answers 503 for now"),
        (answering("HTTP/1.1 206 Part\nContent-Length: 4", b"a,b\n"), "answers 206"),
        (answering("HTTP/1.1 302 Nowhere"), "answers 302"),
        (answering("SSH-2.0-OpenSSH_9.2"), "does not answer as a web server"),
        (answering("HTTP/1.1 200 OK\n" + "\n".join(f"X-{i}: y" for i in range(200))), "does not answer as a web server"),
        (lambda visit: None, "broke off"),
    ],
)  # fmt: skip
def test_what_is_not_the_whole_file_is_refused_in_words(script: Any, words: str) -> None:
    with serving(script) as server:
        told = refused(f"http://127.0.0.1:{server.port}/t.csv", rules(), words)
    assert told.endswith(".") and ("127.0.0.1" in told or "http://[x" in told)


def test_a_connection_that_is_reset_is_said() -> None:
    def reset(visit: Visit) -> None:
        visit.answer(TABLE, Content_Length="99999")
        visit.line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    with serving(reset) as server:
        refused(f"http://127.0.0.1:{server.port}/t.csv", rules(), "broke off|may not be whole")


@pytest.mark.parametrize("length", ["5000", ""])
def test_too_much_is_refused_before_it_is_all_here(length: str) -> None:
    sent: list[int] = []

    def endless(visit: Visit) -> None:
        visit.answer(Content_Length=length)
        for _ in range(2000):
            visit.send(bytes(2**16))
            sent.append(2**16)

    with serving(endless) as server:
        told = refused(f"http://127.0.0.1:{server.port}/t.csv", replace(rules(), bytes=4000), "largest file")
    assert "4,000 bytes" in told and sum(sent) < 2**26


def test_what_is_announced_as_too_much_is_not_waited_for() -> None:
    def later(visit: Visit) -> None:
        visit.answer(Content_Length="5000")
        time.sleep(3)

    with serving(later) as server:
        refused(f"http://127.0.0.1:{server.port}/t.csv", replace(rules(), bytes=4000, silence=0.5), "largest file")


# Slowness.


def dripping(*parts: bytes) -> Any:
    def script(visit: Visit) -> None:
        for byte in b"".join(parts):
            visit.send(bytes([byte]))
            time.sleep(0.05)

    return script


@pytest.mark.parametrize(
    "script",
    [
        dripping(b"HTTP/1.1 200 OK\r\nX: " + bytes(100)),
        dripping(b"HTTP/1.1 200 OK\r\n\r\n", TABLE),
        dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"1\r\na\r\n" * 50),
        dripping(b"HTTP/1.1 100 Continue\r\n\r\n" * 50),
    ],
    ids=["head", "body", "chunks", "promises"],
)
def test_a_server_that_sends_a_byte_now_and_then_is_given_up(script: Any) -> None:
    with serving(script) as server:
        started = time.monotonic()
        refused(f"http://127.0.0.1:{server.port}/t.csv", replace(rules(), seconds=0.7, silence=0.4), "needs more than 0.7 s")
        assert time.monotonic() - started < 2.1


@pytest.mark.parametrize("script", [lambda visit: time.sleep(3), answering("HTTP/1.1 200 OK\nContent-Length: 9", b"a,b\n1")])
def test_a_server_that_falls_silent_is_given_up(script: Any) -> None:
    def silent(visit: Visit) -> None:
        script(visit)
        time.sleep(3)

    with serving(silent) as server:
        started = time.monotonic()
        refused(f"http://127.0.0.1:{server.port}/t.csv", replace(rules(), silence=0.3), "sent nothing for 0.3 s")
        assert time.monotonic() - started < 2


def test_no_single_wait_is_longer_than_the_time_for_everything() -> None:
    with serving(lambda visit: time.sleep(3)) as server:
        started = time.monotonic()
        refused(f"http://127.0.0.1:{server.port}/t.csv", replace(rules(), seconds=0.4), "needs more than 0.4 s")
        assert time.monotonic() - started < 2


def test_a_name_that_nobody_can_look_up_is_given_up() -> None:
    def stuck(host: str) -> list[str]:
        time.sleep(5)
        return ["127.0.0.1"]

    started = time.monotonic()
    refused("http://data.example/", replace(rules(), resolve=stuck, silence=0.3), "could not be found")
    assert time.monotonic() - started < 2


def test_time_is_counted_over_all_steps_of_a_way() -> None:
    clock = iter(range(0, 1000, 2))
    with serving(lambda visit: visit.answer(b"", "302 On", Location="/again")) as server:
        under = replace(rules(), seconds=5.0, redirects=100, clock=lambda: next(clock))
        refused(f"http://127.0.0.1:{server.port}/", under, "needs more than 5 s")


# Where it may lead.


@pytest.mark.parametrize("onward", ["new/t%C3%A4.csv?x=1", "/new/tä.csv?x=1".encode().decode("latin-1")])
@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See", "307 For now", "308 For good"])
def test_a_redirect_is_followed(status: str, onward: str) -> None:
    def script(visit: Visit) -> None:
        if visit.path == "/old":
            visit.answer(b"elsewhere", status, Location=onward)
        else:
            visit.answer(TABLE)

    with serving(script) as server:
        content, found = fetched(f"http://127.0.0.1:{server.port}/old", rules())
        assert server.visits[1].path == "/new/t%C3%A4.csv?x=1"
    assert content == TABLE
    assert (found.name, found.source["address"]) == ("tä.csv", f"http://127.0.0.1:{server.port}/old")
    assert found.source["onward"] == f"http://127.0.0.1:{server.port}/new/t%C3%A4.csv?x=1"


def test_redirects_end() -> None:
    with serving(lambda visit: visit.answer(b"", "302 On", Location="/again")) as server:
        refused(f"http://127.0.0.1:{server.port}/", rules(), "leads on and on: after 5 steps")
        assert len(server.visits) == 6


@pytest.mark.parametrize(
    "onward", ["http://127.0.0.2:{port}/t.csv", "//127.0.0.2:{port}/t.csv", "http://inside.example:{port}/t.csv", "http://[::ffff:127.0.0.2]:{port}/"]
)
def test_a_redirect_to_a_private_address_is_refused_and_nothing_is_asked_there(onward: str) -> None:
    with serving(table, "127.0.0.2") as inside, serving(
        lambda visit: visit.answer(b"", "302 On", Location=onward.format(port=inside.port))
    ) as server:  # fmt: skip
        refused(f"http://127.0.0.1:{server.port}/", rules(inside_example=["127.0.0.2"]), "not on the public internet")
        assert (len(server.visits), inside.knocks) == (1, 0)


@pytest.mark.parametrize("onward", ["file:///etc/passwd", "ftp://127.0.0.1/x", "http://me:secret@127.0.0.1/", "http://127.0.0.1:22/"])
def test_a_redirect_to_what_is_no_web_address_is_refused(onward: str) -> None:
    with serving(lambda visit: visit.answer(b"", "302 On", Location=onward)) as server:
        refused(f"http://127.0.0.1:{server.port}/", rules(), "begins with|user name|not one of the web")


def test_the_connection_goes_to_the_address_that_was_checked() -> None:
    asked: list[str] = []

    def changing(host: str) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["127.0.0.2"]

    with serving(table) as server:
        inside = Server(socket.create_server(("127.0.0.2", server.port)), table, lambda line: line)
        threading.Thread(target=inside.run, daemon=True).start()
        under = replace(rules(), resolve=changing)
        assert fetched(f"http://data.example:{server.port}/t.csv", under)[0] == TABLE
        assert (asked, inside.knocks) == (["data.example"], 0)
        refused(f"http://data.example:{server.port}/t.csv", under, "not on the public internet")  # now it points inside
        assert (len(asked), inside.knocks) == (2, 0)
        inside.listening.close()


def test_a_name_with_one_private_address_is_refused_whole() -> None:
    with serving(table) as server:
        under = rules(data_example=["127.0.0.1", "10.0.0.1"])
        refused(f"http://data.example:{server.port}/t.csv", under, "not on the public internet")
        assert server.knocks == 0


def test_of_several_addresses_the_first_that_answers_is_taken() -> None:
    with serving(table) as server:
        under = replace(rules(data_example=["127.0.0.3", "127.0.0.1"]), permitted=(ip_network("127.0.0.0/8"),))
        assert fetched(f"http://data.example:{server.port}/t.csv", under)[0] == TABLE
    refused(f"http://data.example:{server.port}/t.csv", under, "did not answer \\(connection refused\\)")


@pytest.mark.skipif(not Path("/proc/net/if_inet6").exists(), reason="there is no IPv6 here")
def test_ipv6_is_reached() -> None:
    with serving(table, "::1") as server:
        assert fetched(f"http://[::1]:{server.port}/t.csv", rules())[0] == TABLE
        assert f"Host: [::1]:{server.port}\r\n".encode() in server.visits[0].asked


@pytest.mark.parametrize(
    "host",
    [
        "2130706433", "0177.0.0.1", "0x7f.1", "0x7f000001", "127.1", "127.0.0.1", "localhost", "0", "①②⑦.⓪.⓪.①",
        "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::1]",
        "[2002:7f00:1::1]", "[2001:0:4136:e378:8000:63bf:3fff:fdd2]", "[fe80::1]", "[fec0::1]", "[fc00::1]", "[fd00:ec2::254]",
        "[ff0e::1]", "[2001:db8::1]", "[3fff::1]", "[5f00::1]", "169.254.169.254", "10.1.2.3", "172.16.0.1", "192.168.1.1",
        "100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192", "198.18.0.1", "192.0.2.1", "224.0.0.1", "240.0.0.1",
        "255.255.255.255",
    ],
)  # fmt: skip
def test_however_it_is_written_a_private_address_is_refused(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "create_connection", lambda *where: pytest.fail(f"asked {where}"))
    refused(f"http://{host}/", Rules(), "not on the public internet")


@pytest.mark.parametrize("word", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"])
def test_public_addresses_are_public(word: str) -> None:
    assert reach.public(ip_address(word))


def test_the_network_that_this_machine_stands_in_is_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    cards = [SimpleNamespace(family=socket.AF_INET, address="8.8.8.5", netmask="255.255.255.0"),
             SimpleNamespace(family=socket.AF_INET6, address="2606:4700::5%eth0", netmask="ffff:ffff:ffff:ffff::"),
             SimpleNamespace(family=psutil.AF_LINK, address="00:00:00:00:00:00", netmask=None)]  # fmt: skip
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: {"eth0": cards})
    monkeypatch.setattr(socket, "create_connection", lambda *where: pytest.fail(f"asked {where}"))
    for host in ("8.8.8.77", "[2606:4700::beef]"):
        refused(f"http://{host}/", Rules(), "this computer's own network")
    assert reach._permitted(ip_address("8.8.9.1"), Rules())


def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(table) as server, serving(table) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        monkeypatch.delenv("no_proxy", raising=False)
        assert fetched(f"http://data.example:{server.port}/t.csv", rules(data_example=["127.0.0.1"]))[0] == TABLE
        assert proxy.knocks == 0


# What is no address.


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "begins with https"),
        ("example.org/t.csv", "begins with https"),
        ("ftp://example.org/t.csv", "begins with https"),
        ("file:///etc/passwd", "begins with https"),
        ("javascript:alert(1)", "begins with https"),
        ("http:///t.csv", "begins with https"),
        ("http://:80/", "begins with https"),
        ("https://me:secret@example.org/", "user name or a password"),
        ("https://me@example.org/", "user name or a password"),
        ("http://good.example\\@evil.example/", "user name or a password"),
        ("http://good.example\\.evil.example/", "not an address"),
        ("http://exa mple.org/", "not an address"),
        ("http://example.org:99999/", "not an address"),
        ("http://example.org:x/", "not an address"),
        ("http://[::1/", "not an address"),
        ("http://[fe80::1%25eth0]/", "not an address"),
        ("http://a..b/", "not an address"),
        ("http://ex\u2100ample.org/", "not an address"),
        ("http://example.org:0/", "not one of the web"),
        ("http://example.org:25/", "not one of the web"),
        ("http://example.org/\r\nHost: inside", "can be seen"),
        ("http://example.org/\u202etxt.exe", "can be seen"),
        ("http://example.org/" + "x" * 3000, "at most 2,048 letters"),
    ],
)
def test_what_is_no_web_address_is_said(text: str, words: str) -> None:
    with pytest.raises(Problem, match=words):
        url.address_of(text)


def test_an_address_is_brought_to_one_form() -> None:
    assert str(url.address_of("  HTTPS://Bücher.Example.:443/a b?c=d e#f ")) == "https://xn--bcher-kva.example/a%20b?c=d%20e"
    assert str(url.address_of("http://example.org:8080")) == "http://example.org:8080/"


# By https.


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority of our own (``ca.pem``) and what it says of data.example (``leaf.pem``, ``leaf.key``)."""
    openssl = shutil.which("openssl")
    if not openssl:
        pytest.skip("there is no openssl to make certificates with")
    folder = tmp_path_factory.mktemp("certificates")
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    authority = [openssl, "req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=Test authority"]
    extra = ["-addext", "subjectAltName=DNS:data.example", "-addext", "basicConstraints=critical,CA:FALSE"]
    leaf = [openssl, "req", "-x509", *key, "-keyout", "leaf.key", "-out", "leaf.pem", "-subj", "/CN=data.example",
            "-CA", "ca.pem", "-CAkey", "ca.key", *extra]  # fmt: skip
    for command in (authority, leaf):
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return folder


@pytest.fixture
def secure(certificates: Path) -> Iterator[Any]:
    """How a server proves to be data.example; ``named`` remembers by which name it was called."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates / "leaf.pem", certificates / "leaf.key")
    named: list[str | None] = []
    context.sni_callback = lambda line, name, _: named.append(name)

    def wrap(line: socket.socket) -> socket.socket:
        return context.wrap_socket(line, server_side=True)

    yield SimpleNamespace(wrap=wrap, named=named)


def trusting(certificates: Path, *hosts: str) -> Rules:
    names = {host.replace(".", "_"): ["127.0.0.1"] for host in hosts}
    return replace(rules(**names), trust=lambda: ssl.create_default_context(cafile=str(certificates / "ca.pem")))


def test_a_certificate_is_checked_by_name(certificates: Path, secure: Any) -> None:
    under = trusting(certificates, "data.example", "other.example")
    with serving(table, wrap=secure.wrap) as server:
        assert fetched(f"https://data.example:{server.port}/t.csv", under)[0] == TABLE
        assert secure.named == ["data.example"]
        refused(f"https://other.example:{server.port}/t.csv", under, "could not prove that it is other.example")
        refused(f"https://127.0.0.1:{server.port}/t.csv", under, "could not prove that it is 127.0.0.1")
        stranger = replace(under, trust=ssl.create_default_context)
        refused(f"https://data.example:{server.port}/t.csv", stranger, "could not prove that it is data.example")
        assert len(server.visits) == 1


def test_a_redirect_never_gives_safety_up(certificates: Path, secure: Any) -> None:
    with serving(table) as plain:
        onward = f"http://127.0.0.1:{plain.port}/t.csv"
        with serving(lambda visit: visit.answer(b"", "302 On", Location=onward), wrap=secure.wrap) as server:
            under = trusting(certificates, "data.example")
            refused(f"https://data.example:{server.port}/t.csv", under, "leads from https to http://127.0.0.1")
        assert plain.knocks == 0


def test_https_where_there_is_none_is_said(certificates: Path) -> None:
    with serving(lambda visit: visit.send(b"HTTP/1.1 400 Bad\r\n\r\n")) as server:
        words = "no safe connection|sent nothing"
        refused(f"https://data.example:{server.port}/t.csv", replace(trusting(certificates, "data.example"), silence=1.0), words)


def test_a_safe_connection_that_is_cut_is_not_taken_for_its_end(certificates: Path, secure: Any) -> None:
    def cut(visit: Visit) -> None:
        visit.answer(TABLE[:20], Content_Length="")
        visit.line.shutdown(socket.SHUT_RDWR)  # without saying goodbye

    def ended(visit: Visit) -> None:
        visit.answer(TABLE, Content_Length="")
        visit.line.unwrap()  # type: ignore[attr-defined]

    under = trusting(certificates, "data.example")
    with serving(cut, wrap=secure.wrap) as server:
        refused(f"https://data.example:{server.port}/t.csv", under, "broke off")
    with serving(ended, wrap=secure.wrap) as server:
        assert fetched(f"https://data.example:{server.port}/t.csv", under)[0] == TABLE


def test_dead_addresses_of_a_name_leave_time_for_the_living(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []

    def dead(where: tuple[str, int], seconds: float) -> socket.socket:
        waited.append(seconds)
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", dead)
    for addresses, most in ((["8.8.8.8"], 10), (["8.8.8.8", "8.8.4.4", "2606:4700::1111"], reach.EACH)):
        waited.clear()
        with pytest.raises(Problem, match="it took too long"):
            reach.connected("a.example", 80, Rules(resolve=lambda host, found=addresses: found), time.monotonic() + 100)
        assert waited == [pytest.approx(most, abs=0.5)] * len(addresses)
