"""Which machines may be asked: a name is looked up once, every address found is checked, and one of those is connected to.

Whoever names an address must not make this machine ask where only this machine can reach: itself, its neighbours, the
services of a cloud. So nobody looks the name up again after the check, neither the system nor a proxy.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_interface, ip_network
from typing import Any

import psutil

from pipeline.results import Problem

Machine = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

UNICAST = IPv6Network("2000::/3")  # all of IPv6 that is given to anybody to be reached at
NAT64 = IPv6Network("64:ff9b::/96")  # an IPv4 address in the last 32 bits
NEVER = tuple(ip_network(word) for word in (
    "100.64.0.0/10", "192.0.0.0/24", "192.88.99.0/24",  # a provider's own, special purposes, relays
    "168.63.129.16",  # what answers a cloud's machines, at an address that looks public
    "2001::/23", "3fff::/20",  # tunnels and special purposes, examples
))  # fmt: skip
EACH = 5.0  # seconds for each of several addresses
HAND = "Save the file on your computer and choose it."


def looked_up(host: str) -> list[str]:
    """The addresses that the system knows for a name; raises OSError."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]


@dataclass(frozen=True)
class Rules:
    """What a fetch may reach, and what it may cost.

    ``bytes`` is the largest file; ``seconds`` the time for everything, ``silence`` that in which something must come;
    ``redirects`` how often it may lead on; ``permitted`` networks that are reached though they are not public; ``trust``
    makes what certificates are checked with.
    """

    bytes: int = 512 * 2**20
    seconds: float = 300.0
    silence: float = 10.0
    redirects: int = 5
    permitted: tuple[Network, ...] = ()
    resolve: Callable[[str], list[str]] = looked_up
    clock: Callable[[], float] = time.monotonic
    trust: Callable[[], ssl.SSLContext] = ssl.create_default_context


def public(machine: Machine) -> bool:
    """Whether an address belongs to the public internet, and so does the one that may be hidden in it."""
    inner = _inner(machine)
    if inner:
        return public(inner)
    special = machine.is_multicast or machine.is_reserved or any(machine in network for network in NEVER)
    return machine.is_global and not special and (machine.version == 4 or machine in UNICAST)


def connected(host: str, port: int, rules: Rules, until: float) -> socket.socket:
    """A connection to one of the addresses that a name has, all of which may be reached; raises Problem."""
    machines = _machines(host, rules, until)
    if not all(_permitted(machine, rules) for machine in machines):
        where = "is not on the public internet, or stands in this computer's own network"
        raise Problem(f"{host} {where}: nothing is fetched from there. {HAND}")
    reason, most = "it has no address", EACH if len(machines) > 1 else rules.silence  # one of several may be dead
    for machine in machines:
        try:
            return socket.create_connection((str(machine), port), min(most, patience(rules, until)))
        except OSError as error:
            reason = "it took too long" if isinstance(error, TimeoutError) else (error.strerror or "no connection").lower()
    raise Problem(f"{host} did not answer ({reason}). Look at the address again, or try later.")


def patience(rules: Rules, until: float) -> float:
    """Seconds that may be waited now; raises TimeoutError when there are none left."""
    left = until - rules.clock()
    if left <= 0:
        raise TimeoutError
    return min(rules.silence, left)


def _machines(host: str, rules: Rules, until: float) -> list[Machine]:
    """All addresses of a name, each once; raises Problem. The system itself would wait for minutes."""
    found: list[str] = []

    def ask() -> None:
        try:
            found.extend(rules.resolve(host))
        except (OSError, UnicodeError):
            return

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(patience(rules, until))
    if not found:
        raise Problem(f"{host} could not be found: the address may be mistyped, or this computer is not on the internet.")
    return [ip_address(word) for word in dict.fromkeys(found)]


def _permitted(machine: Machine, rules: Rules) -> bool:
    if any(machine in network for network in rules.permitted):
        return True
    return public(machine) and not any(machine in network for network in _own())


def _own() -> list[Network]:
    """The networks that this machine stands in: public addresses there may be behind the same wall as it."""
    families = (socket.AF_INET, socket.AF_INET6)
    cards: list[Any] = [card for found in psutil.net_if_addrs().values() for card in found if card.family in families]
    networks = (ip_interface(f"{card.address.split('%')[0]}/{_ones(card.netmask)}").network for card in cards if card.netmask)
    return [network for network in networks if network.prefixlen]


def _ones(mask: str) -> int:
    """The number of ones in a mask such as 255.255.255.0."""
    return int(ip_address(mask)).bit_count()


def _inner(machine: Machine) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for, as routers and gateways read it."""
    if isinstance(machine, IPv4Address):
        return None
    return machine.ipv4_mapped or machine.sixtofour or (IPv4Address(int(machine) & 0xFFFFFFFF) if machine in NAT64 else None)
