"""What a secret in an address looks like, and what may be shown of an address that has one.

A secret is a password (`scheme://user:password@host`), a user's name that may be a token, or a parameter with a name
such as `sslpassword`. No other module knows this.
"""

import re
from urllib.parse import unquote_plus

NO_ADDRESS = "the database named there (not a database address; for example sqlite:///sweep.db)"
HIDDEN = "***"

_PORT = r"\d+(?:[/?#\s\"',;)\]}>]|$)"
_CARELESS = rf"[^\s/?#:\[]*:(?!{_PORT})[^@\n]*@"  # user:password@, where the password may hold blanks
_ADDRESS = re.compile(rf"(?P<scheme>[\w+.-]*:)?(?<!/)//(?P<rest>(?:{_CARELESS})?(?!/)\S*)")
_WEB_PORT = re.compile(rf"https?:[^/?#:\[]*:{_PORT}")
_LOGIN = re.compile(r"[^/?#:\[]*:.*@|[^/?#]*@")  # read as by SQLAlchemy, and to the last @
_PARAMETER = re.compile(r"(?P<name>[?&;#][^=&;?\s\"'#]+)=([^&\s]+?)(?=[\"',;)\]}>]*(?:[&\s]|$))")
_SECRET = re.compile(
    r"passw|passp|^pass$|pwd|^odbc_connect$|^dsn$|secret|token|credential|signature|^sig$|^auth|(api|access)[-_]?key",
    re.IGNORECASE,
)
_FIELD = re.compile(r"(?P<name>[\w.-]+)[\"']?\s*[:=](?=\s|$|[\"'{\[])\s*")
_OF_SERVICES = ("storage", "tracking")  # fields of the study file that hold an address, or what should be one
_HARMLESS = re.compile(r"[\"']?[\w+.-]*(:/{0,3})?[\w./~-]*(:\d{1,5}(/[\w./-]*)?)?[\"']?\s*(#[^@?=%:]*)?[}\]]?\s*")


def text(said: str) -> str:
    """The text, with the addresses in it as anybody may see them: without users, and `***` for secret parameters.

    An address ends at a blank, except within a password that has no @.
    """
    bare = _ADDRESS.sub(_without_login, _PARAMETER.sub(_hidden, said))
    return bare.replace(f"{HIDDEN}@", HIDDEN)


def source(line: str) -> str:
    """A line of a study file as anybody may see it: its addresses as in `text`, and nothing behind a secret's name.

    What should be an address of a service, and is none, is shown where no part of it can be a password.
    """
    for field in _FIELD.finditer(line):
        value = line[field.end() :]
        if value.strip() and (_is_secret(f".{field['name']}") or _may_be_secret(field["name"], value)):
            return f"{line[: field.end()]}{HIDDEN}"
    shown = text(line)
    doubtful = re.search("//(?=.*@)", shown)  # a password may hold an @ and a blank, and goes on then
    return f"{shown[: doubtful.end()]}{HIDDEN}" if doubtful else shown


def names_secret(name: str) -> bool:
    """Whether a field of this name holds a secret."""
    return _is_secret(f".{name}")


def _may_be_secret(name: str, value: str) -> bool:
    return name in _OF_SERVICES and not _HARMLESS.fullmatch(text(value))


def address(url: str) -> str:
    """A database's address as anybody may see it: with the user's name, `***` for the password, no secret parameter."""
    scheme, separator, rest = _PARAMETER.sub(_hidden, url.replace(" ", "%20")).partition("//")
    if not separator or not re.fullmatch(r"[\w+]+:", scheme):
        return NO_ADDRESS
    login, host = _apart(scheme, rest)
    if _password(login):
        login = f"{login.partition(':')[0]}:{HIDDEN}@"
    location, _, query = host.partition("?")
    shown = "&".join(part for part in query.split("&") if not part.rstrip("@").endswith(f"={HIDDEN}"))
    return f"{scheme}//{login}{location}{'?' if shown else ''}{shown}"


def holds_password(said: str) -> bool:
    """Whether an address in the text holds a password or a secret parameter; a user's name alone is none."""
    logins = (_apart(found["scheme"], found["rest"])[0] for found in _ADDRESS.finditer(said))
    return any(map(_password, logins)) or any(_is_secret(found["name"]) for found in _PARAMETER.finditer(said))


def _apart(scheme: str | None, rest: str) -> tuple[str, str]:
    """What follows `//` in an address: user and password with their @, and all behind it.

    Before a slash, digits are a port in a web address, and in a database's, where an @ follows, a password.
    """
    login = _LOGIN.match(rest)
    if login and _WEB_PORT.match(f"{scheme or ''}{rest}"):
        login = re.match(r"[^/?#]*@", rest)
    end = login.end() if login else 0
    return rest[:end], rest[end:]


def _password(login: str) -> str:
    return login.removesuffix("@").partition(":")[2]


def _without_login(found: re.Match[str]) -> str:
    return f"{found['scheme'] or ''}//{_apart(found['scheme'], found['rest'])[1]}"


def _hidden(parameter: re.Match[str]) -> str:
    """An @ is kept, by which a password that holds what looks like a parameter is still seen to be one."""
    if not _is_secret(parameter["name"]):
        return parameter[0]
    return f"{parameter['name']}={HIDDEN}{'@' if '@' in parameter[2] else ''}"


def _is_secret(name: str) -> bool:
    return bool(_SECRET.search(unquote_plus(name[1:])))
