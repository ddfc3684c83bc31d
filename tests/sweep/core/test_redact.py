"""What is shown of an address has no secret in it, and is all the rest of it."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sqlalchemy import make_url

from sweep.core import redact
from tests.paths import ROOT

SCHEMES = st.sampled_from(["postgresql+psycopg", "postgresql", "mysql", "http", "https", "ray"])
HOSTS = st.sampled_from(["db.example", "db.example:5432", "10.0.0.1", "[::1]", "[::1]:5432"])
PATHS = st.sampled_from(
    ["", "/", "/sweep", "/a/b.html", "/sweep?user=me&sslmode=require", "/x?passfile=/run/p&host=/tmp"]
)
USERS = st.sampled_from(["", "me", "me@server", "me%40corp", "glpat-x"])
# The secrets begin and end so that they can be told from all else; in between is what people put into passwords.
INSIDE = st.text(st.sampled_from("aB1/@:?#%&;,='\"-_.!$*()[]{}|\\^~ü "), max_size=8)
PASSWORDS = INSIDE.map(lambda inside: f"Zq{inside}qZ")
VALUES = INSIDE.map(lambda inside: f"Zq{re.sub('[& ]', '', inside)}qZ")
NAMES = st.sampled_from([
    "password", "sslpassword", "PASSWORD", "passwd", "passphrase", "pwd", "token", "access_token", "auth", "api_key",
    "X-Amz-Security-Token", "X-Amz-Signature", "sig", "client_secret", "p%61ssword", "AWSAccessKeyId", "dsn",
    "odbc_connect",
])  # fmt: skip
FRAMES: list[Callable[[str], str]] = [
    "{}".format,
    "storage: cannot open {}: no route".format,
    'storage: "{}"\n'.format,
    "{{a: '{}', b: x@y}}".format,
    "DSN={}\nmail: me@example.org".format,
]
frames = st.sampled_from(FRAMES)


@st.composite
def harmless(draw: st.DrawFn) -> str:
    """An address without user, password and secret parameter."""
    return f"{draw(SCHEMES)}://{draw(HOSTS)}{draw(PATHS)}"


@st.composite
def with_password(draw: st.DrawFn) -> str:
    scheme, _, rest = draw(harmless()).partition("//")
    return f"{scheme}//{draw(USERS)}:{draw(PASSWORDS)}@{rest}"


@st.composite
def with_parameter(draw: st.DrawFn) -> str:
    """The secret parameter comes first, last or in between."""
    where, _, query = draw(harmless()).partition("?")
    parts = [part for part in query.split("&") if part]
    parts.insert(draw(st.integers(0, len(parts))), f"{draw(NAMES)}={draw(VALUES)}")
    return f"{where}?{'&'.join(parts)}"


secret = with_password() | with_parameter()


@given(secret, frames)
def test_no_secret_is_left_in_a_text(address: str, frame: Callable[[str], str]) -> None:
    assume(" " not in address or address.count("@") < 2)  # no driver takes such an address
    shown = redact.text(frame(address))
    assert "Zq" not in shown
    assert "qZ" not in shown


@given(secret)
def test_no_secret_is_left_in_an_address(address: str) -> None:
    shown = redact.address(address)
    assert "Zq" not in shown
    assert "qZ" not in shown


@given(harmless(), frames)
def test_an_address_without_a_secret_stays_as_it_is(address: str, frame: Callable[[str], str]) -> None:
    assert redact.text(frame(address)) == frame(address)
    assert redact.address(address) == address
    assert not redact.holds_password(frame(address))


@pytest.mark.parametrize(
    "address", ["sqlite:///sweep.db", "sqlite:////tmp/me@home/sweep.db", "sqlite:////a@b.db", "sqlite://", "mlruns",
                "http://host:5000/x@y", "http://[::1]:5000/x@y", "s3://bucket/a:b@c", "postgresql:///sweep?host=/tmp"],
)  # fmt: skip
def test_an_at_sign_elsewhere_is_no_user(address: str) -> None:
    assert redact.text(address) == address
    assert not redact.holds_password(address)


@given(with_password() | with_parameter(), frames)
def test_a_password_is_seen(address: str, frame: Callable[[str], str]) -> None:
    assert redact.holds_password(frame(address))


@pytest.mark.parametrize("rest", ["host", "host/x?user=me", "[::1]:5432/x"])
def test_a_user_alone_is_no_password_but_may_be_a_token(rest: str) -> None:
    assert not redact.holds_password(f"postgresql://me@{rest}")
    assert redact.address(f"postgresql://me@{rest}") == f"postgresql://me@{rest}"
    assert redact.text(f"at https://glpat-x@{rest}") == f"at https://{rest}"


@given(SCHEMES, USERS, st.text(st.sampled_from("aB1%.-_"), min_size=1), HOSTS, PATHS)
def test_what_is_shown_of_a_database_is_still_its_address(
    scheme: str, user: str, password: str, host: str, path: str
) -> None:
    url = make_url(f"{scheme}://{user}:{password}@{host}{path}")
    shown = make_url(redact.address(f"{scheme}://{user}:{password}@{host}{path}"))
    assert shown == url.set(password="***")


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql+psycopg://me:secret@host/db?user=x&password=secret", "postgresql+psycopg://me:***@host/db?user=x"),
        ("postgresql+psycopg://host/db?password=secret", "postgresql+psycopg://host/db"),
        ("postgresql:/me:secret@host", redact.NO_ADDRESS),
        ("secret", redact.NO_ADDRESS),
    ],
)
def test_an_address_is_shown_without_what_is_secret(address: str, shown: str) -> None:
    assert redact.address(address) == shown


PATTERNS = re.compile(r"\[\^[^\]]*@|\[\?&|hide_password|\*\*\*")  # of a user in an address, of a parameter, of hiding


def texts(path: Path) -> Iterator[str]:
    """The literals of a module, and the names of its keyword arguments."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        if isinstance(node, ast.keyword) and node.arg:
            yield node.arg


def test_no_other_module_knows_what_a_password_looks_like() -> None:
    modules = [*ROOT.glob("sweep/**/*.py"), *ROOT.glob("workers/**/*.py")]
    assert {path.name for path in modules if any(map(PATTERNS.search, texts(path)))} == {"redact.py"}
