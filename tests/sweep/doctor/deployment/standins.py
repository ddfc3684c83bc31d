"""Stand-ins for services that take long to start, or that one does not find any more."""

import json
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent import futures
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.sweep.tracking_server import SETTINGS, TrackingServer

OPEN = {
    "MLFLOW_SERVER_ALLOWED_HOSTS": "*",
    "MLFLOW_SERVER_CORS_ALLOWED_ORIGINS": "*",
    "MLFLOW_SERVER_X_FRAME_OPTIONS": "NONE",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "true",
}
Answer = tuple[int, Mapping[str, str], object]  # status, headers, the content as JSON


class OpenMlflow(TrackingServer):
    """MLflow's own server, without the processes that would run its jobs: they take ten seconds and 2 GB."""

    def __init__(self, folder: Path) -> None:
        store = f"sqlite:///{folder}/mlflow.db"
        places = {"_MLFLOW_SERVER_FILE_STORE": store, "_MLFLOW_SERVER_ARTIFACT_ROOT": str(folder / "artifacts")}
        super().__init__(folder, store, settings=SETTINGS | OPEN | places)
        server = ["uvicorn", "mlflow.server.fastapi_app:app", "--host", "127.0.0.1", "--port", str(self.port)]
        self._command = [sys.executable, "-m", *server]


@contextmanager
def site(answer: Callable[[str, Mapping[str, str]], Answer | None]) -> Iterator[str]:
    """The address of a server that answers so, or hangs up: a path, and the headers by their names in lower case."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            given = answer(self.path, {name.lower(): value for name, value in self.headers.items()})
            if given is None:
                return
            status, headers, content = given
            body = json.dumps(content).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_GET  # noqa: N815  (so the library wants it)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def certificate(folder: Path) -> Path:
    """A certificate of 127.0.0.1, and beside it its key."""
    path, key = folder / "node.crt", ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a node")])
    now, address = datetime.now(UTC), x509.IPAddress(ip_address("127.0.0.1"))
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(hours=1))
    made = made.add_extension(x509.SubjectAlternativeName([address]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    path.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    path.with_suffix(".key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path


class _Anything(grpc.GenericRpcHandler):  # type: ignore[misc]  # gRPC ships no types
    def __init__(self, some_token: bool) -> None:
        self._some_token = some_token

    def service(self, _: object) -> grpc.RpcMethodHandler:
        return grpc.unary_unary_rpc_method_handler(self._answer)

    def _answer(self, _: bytes, context: grpc.ServicerContext) -> bytes:
        if self._some_token and "authorization" not in dict(context.invocation_metadata()):
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "no token")
        return b""


@contextmanager
def open_head(certificate: Path | None = None, some_token: bool = False) -> Iterator[str]:
    """The address of a head that lets anybody in.

    certificate  of its own, if it speaks TLS, and only to those who have it too
    some_token   it wants a token, and takes any
    """
    server = grpc.server(futures.ThreadPoolExecutor(2), handlers=[_Anything(some_token)])
    if certificate is None:
        port = server.add_insecure_port("127.0.0.1:0")
    else:
        chain, key = certificate.read_bytes(), certificate.with_suffix(".key").read_bytes()
        credentials = grpc.ssl_server_credentials([(key, chain)], chain, require_client_auth=True)
        port = server.add_secure_port("127.0.0.1:0", credentials)
    server.start()
    yield f"127.0.0.1:{port}"
    server.stop(None).wait()
