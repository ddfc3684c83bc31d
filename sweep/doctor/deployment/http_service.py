"""Sends HTTP requests to a service, as a launch, a web page or an unauthenticated caller would send them."""

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPHandler, HTTPRedirectHandler, HTTPSHandler, Request, build_opener

from sweep.core import redact
from sweep.core.errors import ServiceUnavailable
from sweep.core.http_answers import LimitedResponse, Limits, limited
from sweep.doctor.deployment.checks import Inconclusive
from sweep.tracking.server import reason

TIMEOUT_SECONDS = 3.0
READS = 2  # an answer may take as long as so many of its reads
MAX_BYTES = 100_000
MAX_WITH_HEAD = 2 * MAX_BYTES
REFUSALS = (301, 302, 303, 307, 308, 400, 401, 403, 407, 421)  # a redirection leads to a login page


@dataclass(frozen=True)
class Answer:
    """A service's answer. `headers`: values by names in lower case."""

    address: str
    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def accepted(self) -> bool:
        """Whether the request was carried out. Raises Inconclusive when it failed for another reason than access."""
        if self.status < 300:
            return True
        if self.status in REFUSALS:
            return False
        raise Inconclusive(f"{self.address} answered {self.status}")


@dataclass(frozen=True)
class HttpService:
    """A service at an http or https address.

    login         the headers with which a launch from here logs in
    certificates  those of the service that a launch accepts
    """

    url: str
    login: Mapping[str, str] = field(default_factory=dict)
    certificates: ssl.SSLContext | None = None

    @property
    def address(self) -> str:
        """The URL without user and password, and without a slash at its end."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"

    @property
    def host(self) -> str:
        """The host's name or IP address."""
        return urlsplit(self.url).hostname or ""

    @property
    def encrypted(self) -> bool:
        """Whether the service is reached by https."""
        return urlsplit(self.url).scheme == "https"

    def request(self, path: str, headers: Mapping[str, str] | None = None, content: object = None) -> Answer:
        """The answer to a GET, or to a POST of the content as JSON. Redirections are not followed.

        Raises ServiceUnavailable when the service does not answer.
        """
        try:
            with self._open(self._request(path, headers or {}, content)) as answer:
                names = {name.lower(): value for name, value in answer.headers.items()}
                text = answer.read(MAX_BYTES).decode(errors="replace")
                return Answer(self.address, answer.status, names, text)
        except (OSError, HTTPException) as error:
            why = redact.text(str(getattr(error, "reason", "") or reason(error)))
            raise ServiceUnavailable(f"{self.address} does not answer: {why}") from None
        except ValueError:  # its message may hold a password
            raise ServiceUnavailable("its address or its login has characters that cannot be sent") from None

    def _request(self, path: str, headers: Mapping[str, str], content: object) -> Request:
        url = self.address + path
        if content is None:
            return Request(url, headers=dict(headers))  # noqa: S310  (http or https)
        body = json.dumps(content).encode()
        return Request(url, body, {"Content-Type": "application/json", **headers})  # noqa: S310  (http or https)

    def _open(self, request: Request) -> Any:
        opener = build_opener(_NoRedirection, _Http, _Https(self.certificates))
        try:
            with limited(Limits(READS * TIMEOUT_SECONDS, MAX_WITH_HEAD)):
                return opener.open(request, timeout=TIMEOUT_SECONDS)
        except HTTPError as refusal:  # an answer, too
            return refusal


class _Connection(HTTPConnection):
    response_class = LimitedResponse


class _EncryptedConnection(HTTPSConnection):
    response_class = LimitedResponse


class _Http(HTTPHandler):
    def http_open(self, request: Request) -> Any:
        return self.do_open(_Connection, request)


class _Https(HTTPSHandler):
    def __init__(self, certificates: ssl.SSLContext | None) -> None:
        super().__init__(context=certificates)
        self._certificates = certificates or ssl.create_default_context()

    def https_open(self, request: Request) -> Any:
        return self.do_open(_EncryptedConnection, request, context=self._certificates)


class _NoRedirection(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Take a redirection for an answer."""
