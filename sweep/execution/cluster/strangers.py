"""How Ray's head answers somebody who has no business there: nobody joins, and nothing is written."""

import socket
import ssl

import grpc
from ray._common.tls_utils import load_certs_from_env

from sweep.core.errors import ServiceUnavailable
from sweep.execution.cluster.inspection import ANSWER_SECONDS

NODES = "/ray.rpc.NodeInfoGcsService/GetAllNodeInfo"
REFUSALS = (grpc.StatusCode.UNAUTHENTICATED, grpc.StatusCode.PERMISSION_DENIED)
SILENCES = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED)


def refused(address: str, token: str | None) -> bool:
    """Whether the head at host:port does not tell its nodes to somebody with this token, or none.

    Where RAY_USE_TLS is set that is somebody with our certificate. Raises ServiceUnavailable when it does not answer.
    """
    shown = (("authorization", f"Bearer {token}"),) if token else ()
    with _channel(address) as channel:
        try:
            channel.unary_unary(NODES)(b"", timeout=ANSWER_SECONDS, metadata=shown)
        except grpc.RpcError as error:
            if error.code() in SILENCES:
                raise ServiceUnavailable(f"Ray's head at {address} does not answer: {error.details()}") from None
            return error.code() in REFUSALS
    return False


def encrypted(address: str) -> bool:
    """Whether what listens at host:port speaks TLS, be it only to say that it wants a certificate of its caller."""
    host, _, port = address.rpartition(":")
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # whose it is does not matter here
    context.set_alpn_protocols(["h2"])
    try:
        with (
            socket.create_connection((host.strip("[]"), int(port)), ANSWER_SECONDS) as wire,
            context.wrap_socket(wire),
        ):
            return True
    except ssl.SSLError as error:
        return "ALERT" in (error.reason or "")
    except OSError:
        return False


def _channel(address: str) -> grpc.Channel:
    options = (("grpc.enable_http_proxy", 0),)
    if not encrypted(address):
        return grpc.insecure_channel(address, options)
    try:
        chain, key, authority = load_certs_from_env()  # type: ignore[no-untyped-call]
    except (RuntimeError, OSError) as error:
        raise ServiceUnavailable(f"Ray's head at {address} wants TLS, and here is no certificate: {error}") from None
    return grpc.secure_channel(address, grpc.ssl_channel_credentials(authority, key, chain), options)
