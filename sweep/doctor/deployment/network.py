"""Classifies a host as local, in the same cluster, or external."""

import ipaddress
import socket
from collections.abc import Iterator
from typing import Literal

import psutil

from sweep.doctor.checks import Finding, note

CLUSTER_SUFFIXES = (".svc", ".cluster.local", ".cluster")  # Kubernetes' names, and the alias of docker-compose.yml


def location(host: str) -> Literal["local", "cluster", "external"]:
    """Where a host is: this machine, one with a cluster's own short name, or any other."""
    try:
        addresses = {str(info[4][0]) for info in socket.getaddrinfo(host, None)}
    except OSError:
        addresses = set()
    if addresses and all(not is_external(address) or address in _own_addresses() for address in addresses):
        return "local"
    name = host.lower().rstrip(".")
    short = "." not in name and ":" not in name
    return "cluster" if short or name.endswith(CLUSTER_SUFFIXES) else "external"


def is_external(address: str) -> bool:
    """Whether other machines can connect to what listens at this IP address: all but loopback."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return not ip.is_loopback


def unencrypted(service: str, host: str, why: str, remedy: str) -> Iterator[Finding]:
    """What to report of a service whose traffic is not encrypted, by the location of its host."""
    what = f"what is sent to {service} at {host} is not encrypted"
    where = location(host)
    if where == "external":
        yield Finding(what, why, remedy)
    elif where == "cluster":
        yield note(what, "the name is taken for one inside a cluster, whose network nobody else should be in")


def _own_addresses() -> set[str]:
    return {each.address.partition("%")[0] for known in psutil.net_if_addrs().values() for each in known}
