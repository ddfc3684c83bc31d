"""Requests whose answers are read within limits, for the clients of others that set none."""

from abc import ABC, abstractmethod
from typing import Any

from requests import PreparedRequest, Response
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from sweep.core.http_answers import LimitedResponse, Limits, limited


class LimitedSending(ABC):
    """To stand before requests' HTTPAdapter in a class's bases: no answer takes for ever, nor all memory."""

    @abstractmethod
    def limits(self, timeout: Any, *, is_file: bool) -> Limits:
        """What an answer may take; timeout: of one read, in seconds, as requests takes it; a file is read in pieces."""

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        """As requests.adapters.HTTPAdapter has it."""
        adapter: Any = super()
        adapter.init_poolmanager(*arguments, **named)
        manager: Any = self
        manager.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *arguments: Any, **named: Any) -> Any:
        """As requests.adapters.HTTPAdapter has it."""
        adapter: Any = super()
        manager = adapter.proxy_manager_for(*arguments, **named)
        manager.pool_classes_by_scheme = _POOLS
        return manager

    def send(
        self, request: PreparedRequest, stream: bool = False, timeout: Any = None, *arguments: Any, **named: Any
    ) -> Response:
        """As requests.adapters.HTTPAdapter has it. Raises OSError where the answer exceeds its limits."""
        request.headers["Accept-Encoding"] = "identity"  # so that bytes that come are bytes in memory
        adapter: Any = super()
        with limited(self.limits(timeout, is_file=stream)):
            response: Response = adapter.send(request, stream, timeout, *arguments, **named)
        encoding = response.headers.get("Content-Encoding", "identity")
        if encoding != "identity":
            response.close()
            raise OSError(f"the answer is in {encoding}, which was not asked for")
        return response


class _Connection(HTTPConnection):
    response_class = LimitedResponse


class _EncryptedConnection(HTTPSConnection):
    response_class = LimitedResponse


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _EncryptedPool(HTTPSConnectionPool):
    ConnectionCls = _EncryptedConnection


_POOLS = {"http": _Pool, "https": _EncryptedPool}
