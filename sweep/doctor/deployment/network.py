"""Which way goes what is sent to a host: over this machine alone, inside a cluster, or past others."""

import ipaddress
import socket
from collections.abc import Iterator
from typing import Literal

import psutil

from sweep.doctor.case import Finding, news

INSIDE = (".svc", ".cluster.local", ".cluster")  # Kubernetes' names, and the alias of docker-compose.yml


def way_to(host: str) -> Literal["here", "cluster", "elsewhere"]:
    """Where a host is that answers: this machine, one called by a cluster's own short name, or any other."""
    try:
        addresses = {str(info[4][0]) for info in socket.getaddrinfo(host, None)}
    except OSError:
        addresses = set()
    if addresses and all(not beyond(address) or address in _own_addresses() for address in addresses):
        return "here"
    name = host.lower().rstrip(".")
    short = "." not in name and ":" not in name
    return "cluster" if short or name.endswith(INSIDE) else "elsewhere"


def beyond(address: str) -> bool:
    """Whether what listens there can be reached from other machines."""
    number = ipaddress.ip_address(address.partition("%")[0])
    number = getattr(number, "ipv4_mapped", None) or number
    return not number.is_loopback


def unencrypted(what: str, host: str, why: str, remedy: str) -> Iterator[Finding]:
    """What is to be said of a service whose traffic is not encrypted."""
    way = way_to(host)
    if way == "elsewhere":
        yield Finding(f"what is sent to {what} at {host} is not encrypted", why, remedy)
    elif way == "cluster":
        what = f"what is sent to {what} at {host} is not encrypted"
        yield news(what, "the name is taken for one inside a cluster, whose network nobody else should be in")


def _own_addresses() -> set[str]:
    return {each.address.partition("%")[0] for known in psutil.net_if_addrs().values() for each in known}
