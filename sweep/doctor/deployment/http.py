"""Requests to a service as a stranger, as a web page or as a launch would make them; redirections are not followed."""

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, HTTPSHandler, Request, build_opener

from sweep.core import redact
from sweep.core.errors import ServiceUnavailable
from sweep.doctor.deployment.scene import Unclear
from sweep.tracking.address import reason

SECONDS = 3.0
MOST_BYTES = 100_000
REFUSALS = (301, 302, 303, 307, 308, 400, 401, 403, 407, 421)  # a redirection leads to where one logs in


@dataclass(frozen=True)
class Answer:
    """What came back; `headers` by their names in lower case."""

    address: str
    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def let_in(self) -> bool:
        """Whether the request was carried out. Raises Unclear when it was not, for a reason that is another."""
        if self.status < 300:
            return True
        if self.status in REFUSALS:
            return False
        raise Unclear(f"{self.address} answered {self.status}")


@dataclass(frozen=True)
class Site:
    """A service's address, http or https. `own`: the headers by which it knows whoever launches from here."""

    url: str
    own: Mapping[str, str] = field(default_factory=dict)
    trusted: ssl.SSLContext | None = None

    @property
    def address(self) -> str:
        """The address without what stands before an @, and without a slash at its end."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"

    @property
    def host(self) -> str:
        """Its name or number."""
        return urlsplit(self.url).hostname or ""

    @property
    def encrypted(self) -> bool:
        """Whether it is https."""
        return urlsplit(self.url).scheme == "https"

    def ask(self, path: str, headers: Mapping[str, str] | None = None, send: object = None) -> Answer:
        """GET, or POST where there is something to send, as JSON. Raises ServiceUnavailable when nobody answers."""
        try:
            body = None if send is None else json.dumps(send).encode()
            kind = {} if send is None else {"Content-Type": "application/json"}
            request = Request(self.address + path, body, {**kind, **(headers or {})})  # noqa: S310  (http or https)
            with self._open(request) as answer:
                told = {name.lower(): value for name, value in answer.headers.items()}
                text = answer.read(MOST_BYTES).decode(errors="replace")
                return Answer(self.address, answer.status, told, text)
        except (OSError, HTTPException) as error:
            why = redact.text(str(getattr(error, "reason", "") or reason(error)))
            raise ServiceUnavailable(f"{self.address} does not answer: {why}") from None
        except ValueError:  # which would tell what it is
            raise ServiceUnavailable("its address, or what it is shown, holds what cannot be sent") from None

    def _open(self, request: Request) -> Any:
        try:
            return build_opener(_Staying, HTTPSHandler(context=self.trusted)).open(request, timeout=SECONDS)
        except HTTPError as answer:  # which says no, and is an answer too
            return answer


class _Staying(HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """A redirection is an answer."""
