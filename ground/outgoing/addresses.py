"""Which URL may be called: its form, the name in it, and every address that the name leads to."""

import ipaddress
import re
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], Sequence[str]]

LONGEST_URL = 500
LOOK_UP_SECONDS = 5.0
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
# A last label that is a number makes the whole an IPv4 address for some readers: 0x7f.1, 127.1, 2130706433.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
# What `is_global` of some Python versions lets through: shared space, protocol assignments, relays, benchmarks, what
# holds an IPv4 address inside, and the one public address under which a cloud serves its machines' secrets.
_CLOSED = tuple(
    ipaddress.ip_network(text)
    for text in (
        *("0.0.0.0/8", "100.64.0.0/10", "168.63.129.16/32", "192.0.0.0/24", "192.88.99.0/24", "198.18.0.0/15"),
        *("224.0.0.0/4", "240.0.0.0/4"),
        *("::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "3fff::/20", "5f00::/16"),
        *("fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8"),
    )
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class NotCalled(ValueError):
    """This address is not called; the sentence says why and what to write instead."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """A URL taken apart. `host` is a name or an address without brackets; `path` has the query with it."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def shown_host(self) -> str:
        """The value of the header Host."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == {"https": 443, "http": 80}[self.scheme] else f"{name}:{self.port}"


def check_url(url: str) -> Target:
    """Return what a URL names, if its form may be called at all; nothing is resolved. Raises NotCalled."""
    if len(url) > LONGEST_URL:
        raise NotCalled(f"The address is longer than {LONGEST_URL} characters.")
    if not url.isascii() or any(letter <= " " or letter in '\\\x7f"<>^`{|}' for letter in url):
        raise NotCalled("Write the address in ASCII letters without blanks, a foreign name in its xn-- form.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise NotCalled("This is no address. Write one such as https://hooks.vendor.example/rollcall.") from error
    host = (parts.hostname or "").lower()
    if parts.scheme not in ("https", "http") or not host or not url.lower().startswith(f"{parts.scheme}://"):
        raise NotCalled("Write an address that begins with https://, such as https://hooks.vendor.example/rollcall.")
    if "@" in parts.netloc or "#" in url:
        raise NotCalled("Leave out user names, passwords and # in the address.")
    if port == 0 or parts.netloc.endswith(":"):
        raise NotCalled("The port of the address is none.")
    literal = _literal(host, bracketed=parts.netloc.startswith("["))
    if literal is not None:
        _refuse_closed(literal, host)
    elif not _NAME.fullmatch(host) or len(host) > 253 or _NUMBER.fullmatch(host.rpartition(".")[2]):
        raise NotCalled(f"{host} is no name of a machine. Write one such as hooks.vendor.example.")
    elif "." not in host and not (host == "localhost" and settings.WEBHOOK_PLAIN_LOOPBACK):
        raise NotCalled(f"{host} is a name inside a network. Write the whole name, such as {host}.vendor.example.")
    if parts.scheme == "http" and not _may_be_plain(host, literal):
        raise NotCalled("Only https is called: over http anybody on the way could read what is sent.")
    _refuse_unlisted(host)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(scheme=parts.scheme, host=host, port=port or (443 if parts.scheme == "https" else 80), path=path)


def resolve(host: str, port: int) -> Sequence[str]:
    """Return the addresses of a name as the system knows them, each once. Raises OSError, after five seconds too."""
    found: list[str] = []
    failed: list[OSError] = []

    def look_up() -> None:
        try:
            entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            failed.append(error)
        else:
            found.extend(dict.fromkeys(str(entry[4][0]) for entry in entries))

    # The system's look-up has no bound of its own that could be set.
    thread = threading.Thread(target=look_up, daemon=True)
    thread.start()
    thread.join(LOOK_UP_SECONDS)
    if failed:
        raise failed[0]
    if not found:
        raise TimeoutError(f"no answer within {LOOK_UP_SECONDS:g} seconds")
    return found


def find(target: Target, *, resolver: Resolver | None = None) -> list[str]:
    """Return the addresses to which a connection may be made, after one look-up; all of a name's are checked.

    One closed address refuses the name: a name that leads to both sides is a trap. Raises NotCalled.
    """
    literal = _literal(target.host, bracketed=":" in target.host)
    if literal is not None:
        found: Sequence[str] = [str(literal)]
    else:
        try:
            found = (resolver or resolve)(target.host, target.port)
        except (OSError, UnicodeError) as error:
            raise NotCalled(f"The name {target.host} leads nowhere: {error}") from error
    if not found:
        raise NotCalled(f"The name {target.host} leads nowhere.")
    for text in found:
        try:
            address = ipaddress.ip_address(text)
        except ValueError as error:
            raise NotCalled(f"{target.host} leads to {text}, which is no address.") from error
        _refuse_closed(address, target.host)
        if target.scheme == "http" and not address.is_loopback:
            raise NotCalled("Only https is called: over http anybody on the way could read what is sent.")
    return list(found)


def is_open(address: Address) -> bool:
    """Return whether an address lies in the public internet, whatever is packed into it."""
    inside = _packed(address)
    if inside is not None:
        return is_open(inside)
    if any(address in network for network in _CLOSED if network.version == address.version):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _packed(address: Address) -> Address | None:
    """Return the IPv4 address that an IPv6 address carries: mapped, 6to4, NAT64."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour


def _refuse_closed(address: Address, host: str) -> None:
    plain = _packed(address) or address
    if settings.WEBHOOK_PLAIN_LOOPBACK and plain.is_loopback:
        return
    if getattr(address, "scope_id", None) or not is_open(address):
        where = host if str(address) == host else f"{host} ({address})"
        raise NotCalled(f"{where} lies in a private or reserved network, and nothing is sent there.")


def _literal(host: str, *, bracketed: bool) -> Address | None:
    try:
        return ipaddress.IPv6Address(host) if bracketed else ipaddress.IPv4Address(host)
    except ValueError as error:
        if bracketed:
            raise NotCalled(f"[{host}] is no address of a machine.") from error
        return None


def _may_be_plain(host: str, literal: Address | None) -> bool:
    return bool(settings.WEBHOOK_PLAIN_LOOPBACK and (host == "localhost" or (literal and literal.is_loopback)))


def _refuse_unlisted(host: str) -> None:
    """Refuse what the list of allowed hosts does not name; ".vendor.example" names all below it."""
    listed = [name.lower() for name in settings.WEBHOOK_ALLOWED_HOSTS]
    if listed and not any(host == name or (name.startswith(".") and host.endswith(name)) for name in listed):
        raise NotCalled(f"{host} is not one of the hosts that WEBHOOK_ALLOWED_HOSTS names.")
