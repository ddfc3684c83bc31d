"""A wire to a server that can be cut, hang, answer with errors, or lose answers after the deed."""

import re
import socket
import threading
import time
from contextlib import suppress
from typing import Literal

from typing_extensions import override

Mode = Literal["pass", "refuse", "hang", "late", "error", "lose", "slow"]


class Listener:
    """Takes connections on a free port of 127.0.0.1, each in a thread of its own."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def close(self) -> None:
        self._listener.close()

    def serve(self, client: socket.socket) -> None:
        raise NotImplementedError

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:  # closed
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError):  # nobody listens any more
            self.serve(client)


class Proxy(Listener):
    """Listens on a free port of 127.0.0.1 and passes each request on, or does what `mode` says.

    refuse  hang up before a word
    hang    take the request and say nothing until the mode changes
    late    the same, but the request is passed on then, whether the client still waits or not
    error   answer with `status`
    lose    pass the request on, wait for the answer, hang up without it
    slow    answer after `delay` seconds
    only    a regular expression: requests whose first line it does not match are passed on
    times   after so many requests the mode is "pass" again
    """

    def __init__(self, port: int) -> None:
        self.mode: Mode = "pass"
        self.status, self.delay, self.only, self.times = 500, 0.5, "", 1_000_000_000
        self.seen: list[str] = []  # first lines of the requests that met with a fault
        self.passed: list[str] = []  # and of those that the server has answered
        self._upstream = ("127.0.0.1", port)
        super().__init__()

    def fail(self, mode: Mode, only: str = "", status: int = 500, times: int = 1_000_000_000) -> None:
        self.only, self.status, self.times = only, status, times
        self.seen, self.passed = [], []
        self.mode = mode

    def heal(self) -> None:
        self.mode = "pass"

    @override
    def close(self) -> None:
        self.heal()
        super().close()

    @override
    def serve(self, client: socket.socket) -> None:
        if self.mode == "refuse" and not self.only:
            self._note("a connection")
            return
        request = _read(client)
        if request:
            client.sendall(self._answer(request))

    def _answer(self, request: bytes) -> bytes:
        """What the client gets, if only an end."""
        mode, line = self.mode, request.partition(b"\r\n")[0].decode()
        if mode == "pass" or not re.search(self.only, line):
            return self._ask(request)
        self._note(line)
        if mode == "refuse":
            return b""
        if mode in ("hang", "late"):
            while self.mode == mode:
                time.sleep(0.02)
            return self._ask(request) if mode == "late" else b""
        if mode == "error":
            return f"HTTP/1.1 {self.status} No\r\nContent-Length: 2\r\nConnection: close\r\n\r\nNo".encode()
        answer = self._ask(request)
        if mode == "lose":
            return b""
        time.sleep(self.delay)
        return answer

    def _note(self, line: str) -> None:
        self.seen.append(line)
        self.times -= 1
        if self.times <= 0:
            self.heal()

    def _ask(self, request: bytes) -> bytes:
        with socket.create_connection(self._upstream) as server:
            server.sendall(request.replace(b"Connection: keep-alive", b"Connection: close", 1))
            answer = b"".join(iter(lambda: server.recv(65536), b""))
        self.passed.append(request.partition(b"\r\n")[0].decode())
        return answer


def _read(client: socket.socket) -> bytes:
    """One request with its body."""
    read = b""
    while b"\r\n\r\n" not in read:
        chunk = client.recv(65536)
        if not chunk:
            return b""
        read += chunk
    head = read.partition(b"\r\n\r\n")[0]
    length = re.search(rb"(?i)content-length: *(\d+)", head)
    missing = len(head) + 4 + (int(length[1]) if length else 0) - len(read)
    while missing > 0:
        chunk = client.recv(65536)
        if not chunk:
            return b""
        read, missing = read + chunk, missing - len(chunk)
    return read
