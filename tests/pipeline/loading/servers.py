"""Servers on loopback that do exactly what a test says, well or badly."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Wrap = Callable[[socket.socket], socket.socket]
Script = Callable[["Visit"], None]


class Visit:
    """One connection to a server: what it was asked, and what it is to answer."""

    def __init__(self, line: socket.socket) -> None:
        self.line = line
        self.asked = b""
        while b"\r\n\r\n" not in self.asked and (block := line.recv(4096)):
            self.asked += block

    @property
    def path(self) -> str:
        return self.asked.split(b" ")[1].decode()

    def send(self, content: bytes) -> None:
        self.line.sendall(content)

    def answer(self, body: bytes = b"", status: str = "200 OK", **headers: str) -> None:
        """A whole answer, its length told unless a header says otherwise."""
        told = {"Content-Length": str(len(body))} | {name.replace("_", "-"): value for name, value in headers.items()}
        head = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in told.items() if value)]
        self.send("\r\n".join([*head, "", ""]).encode("latin-1") + body)


class Server:
    """A server that runs a script for every visit, and remembers the visits."""

    def __init__(self, listening: socket.socket, script: Script, wrap: Wrap) -> None:
        self.listening, self.script, self.wrap = listening, script, wrap
        self.port: int = listening.getsockname()[1]
        self.visits: list[Visit] = []
        self.knocks = 0  # connections, whatever came of them

    def run(self) -> None:
        while True:
            try:
                line, _ = self.listening.accept()
            except OSError:
                return
            self.knocks += 1
            threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        with suppress(OSError), self.wrap(line) as safe:
            self.visits.append(Visit(safe))
            self.script(self.visits[-1])


@contextmanager
def serving(script: Script, host: str = "127.0.0.1", wrap: Wrap = lambda line: line) -> Iterator[Server]:
    """A server for the length of a block; ``wrap`` secures its connections."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as listening:
        server = Server(listening, script, wrap)
        threading.Thread(target=server.run, daemon=True).start()
        yield server
        listening.shutdown(socket.SHUT_RDWR)
