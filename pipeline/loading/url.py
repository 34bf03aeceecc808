"""A file from an http(s) address, fetched so that it is whole, bounded, and from nowhere but the public internet.

No proxies, cookies or logins of this machine are used, and nothing is unpacked on the way.
"""

from __future__ import annotations

import hashlib
import http.client
import io
import re
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from ipaddress import IPv6Address
from typing import IO, Any, cast
from urllib.parse import quote, unquote, urljoin, urlsplit

from pipeline.loading.reach import HAND, Rules, connected, patience
from pipeline.results import Dataset, Notice, Problem, silent

PORTS = {"http": 80, "https": 443}
OPEN = 1024  # ports from here on are used by servers of all kinds; below are those of mail and the like
LONGEST = 2048  # letters of an address
WHEN = "%Y-%m-%d %H:%M UTC"
UNSAID = "its server did not say how large it is, so a file cut short could not have been told. Look at the number of rows."
BLOCK = 2**18  # bytes read at once
ENDING = 1.0  # seconds in which a server that has sent everything may send more
ONWARD = (301, 302, 303, 307, 308)
REFUSED = {401: "asks for a login", 403: "does not let this page have it", 404: "has no such file", 410: "has it no more",
           429: "has been asked too often. Try later"}  # fmt: skip
PLAIN = "/%:@!$&'()*+,;=~"  # what stands in an address as it is
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
WORTHLESS = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


@dataclass(frozen=True)
class Address:
    """An address in its parts: ``host`` in ASCII, ``target`` the path with its query, quoted."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def place(self) -> str:
        """Host and, where it is not the usual one, port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def name(self) -> str:
        """What the file is called, by the path."""
        return label(unquote(urlsplit(self.target).path), self.host)

    def __str__(self) -> str:
        """The whole address, without what is looked for inside the file."""
        return f"{self.scheme}://{self.place}{self.target}"


@dataclass(frozen=True)
class Fetched:
    """What was fetched: name, SHA-256; ``source``: address, the one it led to (``onward``), when, and if it is surely whole."""

    name: str
    content: str
    source: dict[str, Any]


def label(name: str, otherwise: str = "file.csv") -> str:
    """A file's name: the last part, without control characters, at most 200 letters; what hides is shown by its code."""
    return CONTROL.sub("", re.split(r"[/\\]", name)[-1]).strip()[-200:] or otherwise


def address_of(text: str, before: str = "") -> Address:
    """The parts of an address that a person wrote, or a server at the one ``before``; raises Problem for one not gone to."""
    text = text.strip()
    if len(text) > LONGEST or WORTHLESS.search(text):
        raise Problem(f"An address has at most {LONGEST:,} letters, all of which can be seen. Copy it again.")
    try:
        parts = urlsplit(urljoin(before, text))
        host, port = _ascii((parts.hostname or "").replace("%", " ")), parts.port  # no IPv6 zones: they are of one machine
    except ValueError:  # UnicodeError too
        raise Problem(f"“{text[:40]}” is not an address. One looks like https://example.org/data.csv.") from None
    if parts.scheme not in PORTS or not host:
        raise Problem(f"An address begins with https:// or http:// and a name; “{text[:40]}” does not.")
    if "@" in parts.netloc:
        raise Problem(f"There is a user name or a password in this address, and it would be kept. {HAND}")
    port = PORTS[parts.scheme] if port is None else port
    if port not in PORTS.values() and port < OPEN:
        raise Problem(f"Port {port} is not one of the web: those are 80, 443, and all from {OPEN:,} on.")
    target = quote(parts.path or "/", safe=PLAIN) + ("?" + quote(parts.query, safe=PLAIN + "?") if parts.query else "")
    return Address(parts.scheme, host, port, target)


def fetch(address: Address, file: IO[bytes], rules: Rules, report: Any = silent) -> Fetched:
    """What an address leads to, written to an open file; raises Problem, and then the file does not hold the whole of it."""
    first, until = address, rules.clock() + rules.seconds
    for _ in range(rules.redirects + 1):
        report(0.0, f"Asking {address.host}")
        with _in_words(address, rules, until):
            line = Line(_secured(address, rules, until), rules, until)
        with closing(line):
            with _in_words(address, rules, until):
                response = _answer(address, line)
            onward = response.getheader("Location") if response.status in ONWARD else None
            if onward is None:
                name, content, whole = _received(address, response, line, file, report)
                source = {"address": str(first), "when": time.strftime(WHEN, time.gmtime()), "whole": whole}
                return Fetched(name, content, source | ({} if address == first else {"onward": str(address)}))
        address = _next(address, _told(onward))
    raise Problem(f"{address.host} leads on and on: after {rules.redirects} steps there was no file. Look for a direct address.")


def _next(address: Address, onward: str) -> Address:
    """Where a server leads to; raises Problem for what is no address, and for one that anybody on the way could change."""
    found = address_of(onward, str(address))
    if address.scheme == "https" and found.scheme == "http":
        raise Problem(f"{address.host} leads from https to {found}, where anybody on the way could change the file. {HAND}")
    return found


def stamped(dataset: Dataset, source: dict[str, Any]) -> Dataset:
    """The dataset with where it was fetched from, and a notice when nobody can know whether it is whole."""
    notices = dataset.notices if source["whole"] else (*dataset.notices, Notice("source", f"{dataset.name}: {UNSAID}"))
    return replace(dataset, notices=notices, details={**dataset.details, "source": source})


class Line(io.RawIOBase):
    """What a server sends: each wait for more is bounded, and the time for all of it too."""

    def __init__(self, sock: socket.socket, rules: Rules, until: float) -> None:
        self.sock, self.rules, self.until = sock, rules, until
        self.silence = rules.silence
        self.stream = io.BufferedReader(self)

    def readable(self) -> bool:
        """That it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Number of bytes that have come; raises OSError."""
        self.sock.settimeout(min(self.silence, patience(self.rules, self.until)))
        return self.sock.recv_into(buffer)

    def makefile(self, mode: str) -> IO[bytes]:
        """What http.client asks of a connection."""
        return self.stream

    def close(self) -> None:
        """Hang up."""
        self.sock.close()
        super().close()


def _secured(address: Address, rules: Rules, until: float) -> socket.socket:
    """A connection to where an address may lead; by https to whom the certificate names; raises Problem or TimeoutError."""
    sock = connected(address.host, address.port, rules, until)
    if address.scheme == "http":
        return sock
    try:
        return rules.trust().wrap_socket(sock, server_hostname=address.host, suppress_ragged_eofs=False)
    except ssl.SSLCertVerificationError as error:
        said = f"{address.host} could not prove that it is {address.host} ({error.verify_message}): nothing was fetched."
        raise Problem(f"{said} Look at the address again.") from None
    except TimeoutError:
        raise
    except OSError:
        raise Problem(f"{address.host} offers no safe connection, so nothing was fetched. Look at the address again.") from None
    finally:
        sock.close()  # the safe one has taken it over


def _answer(address: Address, line: Line) -> http.client.HTTPResponse:
    """What the server says before the file itself."""
    asked = {"Host": address.place, "User-Agent": "Cluster-Explorer", "Accept": "*/*", "Accept-Encoding": "identity"}
    words = [f"GET {address.target} HTTP/1.1", *(f"{name}: {value}" for name, value in asked.items()), "Connection: close"]
    line.sock.settimeout(patience(line.rules, line.until))
    line.sock.sendall("\r\n".join([*words, "", ""]).encode("ascii"))
    response = http.client.HTTPResponse(cast(Any, line), method="GET")
    response.begin()
    return response


def _received(
    address: Address, response: http.client.HTTPResponse, line: Line, file: IO[bytes], report: Any
) -> tuple[str, str, bool]:
    """Name, SHA-256 and whether the file is known to be whole; it is counted against what was announced and is allowed."""
    name, announced, most = _name(address, response), response.length, line.rules.bytes
    _check(address, response, name)
    count, content, blocks = 0, hashlib.sha256(), _blocks(response, line, announced)
    while True:
        if max(count, announced or 0) > most:
            raise Problem(f"{name} has more than {_size(most)}, the largest file that is taken here. Take fewer rows. {HAND}")
        with _in_words(address, line.rules, line.until):
            block = next(blocks, b"")
        if not block:
            break
        count += len(block)
        content.update(block)
        file.write(block)
        report(count / announced if announced else 0.0, f"Fetching {name} · {_so_far(count, announced)}")
    if announced is not None and count != announced:
        raise Problem(f"{address.host} announced {announced:,} bytes and sent {count:,}, so {name} may not be whole. Try again.")
    return name, content.hexdigest(), announced is not None or bool(response.chunked)


def _check(address: Address, response: http.client.HTTPResponse, name: str) -> None:
    """Refuse an answer that is not the file as it is; raises Problem."""
    if response.status != http.client.OK:
        reason = REFUSED.get(response.status, f"answers {response.status}" + (" for now" if response.status >= 500 else ""))
        raise Problem(f"{address.host} {reason}: {address}. {HAND}")
    packed = response.getheader("Content-Encoding", "identity").strip().lower()
    sent = response.getheader("Transfer-Encoding", "chunked").strip().lower()
    packed = packed if sent in ("", "identity", "chunked") else sent
    if packed not in ("", "identity"):
        raise Problem(f"{address.host} sends {name} packed ({label(packed)[:20]}) though it was asked not to. {HAND}")


def _blocks(response: http.client.HTTPResponse, line: Line, announced: int | None) -> Iterator[bytes]:
    """The file in parts, to the end of the connection: who sends more than was announced is not believed."""
    left = announced
    while True:
        try:
            block = response.read1(BLOCK) if response.chunked else line.stream.read1(BLOCK)
        except OSError:
            if left != 0:
                raise
            return  # everything is here, and the server keeps the connection, or breaks it
        if not block:
            return
        yield block
        if left is not None:
            left -= len(block)
            line.silence = line.rules.silence if left else min(ENDING, line.rules.silence)


@contextmanager
def _in_words(address: Address, rules: Rules, until: float) -> Iterator[None]:
    """What goes wrong between two machines, as a Problem."""
    host = address.host
    try:
        yield
    except TimeoutError:
        if rules.clock() < until:
            raise Problem(f"{host} sent nothing for {rules.silence:g} s. Try again later. {HAND}") from None
        raise Problem(f"{host} needs more than {rules.seconds:g} s, which is too slow to be waited for. {HAND}") from None
    except (OSError, http.client.IncompleteRead):
        raise Problem(f"{host} broke off before the file was whole, so nothing was opened. Try again.") from None
    except http.client.HTTPException:
        raise Problem(f"{host} does not answer as a web server does. Look at the address again.") from None


def _name(address: Address, response: http.client.HTTPResponse) -> str:
    """What the server calls the file, else what its address does; words to be shown, never a path."""
    given = ""
    with suppress(ValueError, LookupError):  # of the many ways in which a name can be spelt, some are broken
        given = _told(response.headers.get_filename() or "")
    return label(given, address.name)


def _told(header: str) -> str:
    """A header's words: many servers send UTF-8 where the standard has Latin-1."""
    with suppress(UnicodeError):
        return header.encode("latin-1").decode("utf-8")
    return header


def _ascii(host: str) -> str:
    """A host's name as it is looked up; raises ValueError for what is none."""
    if ":" in host:
        return str(IPv6Address(host))
    plain = host.encode("idna").decode().lower().removesuffix(".")
    if not re.fullmatch(r"[\w-]+(\.[\w-]+)*|", plain, re.ASCII):
        raise ValueError(host)
    return plain


def _so_far(count: int, announced: int | None) -> str:
    return f"{_size(count)} of {_size(announced)}" if announced else _size(count)


def _size(count: int) -> str:
    return f"{count / 2**20:,.1f} MB" if count >= 10**5 else f"{count:,} bytes"
