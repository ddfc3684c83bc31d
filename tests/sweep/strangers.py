"""Servers that answer, but not as whoever is expected at their address."""

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from typing_extensions import override

from tests.sweep.proxy import Listener

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
Answer = Callable[[socket.socket], None]


def dripping(begun: bytes, drop: bytes) -> Answer:
    """An answer that goes on with a drop at a time, each long before a read's timeout, until nobody listens."""

    def answer(client: socket.socket) -> None:
        client.sendall(begun)
        for _ in range(200):
            client.sendall(drop)
            time.sleep(0.2)

    return answer


def endless(client: socket.socket) -> None:
    client.sendall(HEAD + b"\r\n")
    for _ in range(10_000):
        client.sendall(b" " * 65536)


def saying(body: bytes, more: bytes = b"") -> Answer:
    return lambda client: client.sendall(HEAD + more + b"Content-Length: %d\r\n\r\n" % len(body) + body)


class Stranger(Listener):
    """Answers everything alike."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        super().__init__()

    @override
    def serve(self, client: socket.socket) -> None:
        client.recv(65536)
        self._answer(client)


@contextmanager
def strangers() -> Iterator[Callable[[Answer], str]]:
    """Starts one that answers so, and returns its address; all of them end with the block."""
    started: list[Stranger] = []

    def start(answer: Answer) -> str:
        started.append(Stranger(answer))
        return started[-1].address

    try:
        yield start
    finally:
        for each in started:
            each.close()
