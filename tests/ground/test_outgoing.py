"""Which addresses are called: about sixty ways to write one, names that change their mind, and one POST with bounds."""

import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from config.environment import BASE_DIR, read_environment
from ground.outgoing import NoAnswer, NotCalled, Target, addresses, check_url, find, post

PUBLIC = "93.184.216.34"
REFUSED_FORMS = (
    # Not https, not a whole address.
    "http://hooks.vendor.example/", "ftp://hooks.vendor.example/", "file:///etc/passwd", "gopher://x.example/",
    "//hooks.vendor.example/", "hooks.vendor.example", "https:hooks.vendor.example", "https:///x", "https://", "",
    "https://:443/", "HTTPS:\\\\hooks.vendor.example", "javascript:alert(1)", "https://hooks.vendor.example:0/",
    "https://hooks.vendor.example:/", "https://hooks.vendor.example:99999/", "https://hooks.vendor.example:x/",
    # Letters that readers read differently.
    "https://hooks.vendor.example\\@10.0.0.1/", "https://hooks.vendor.example/\r\nHost: x", "https://a b.example/",
    "https://exa\tmple.example/", "https://hooks.vendor.example/\x00", "https://hööks.example/",
    "https://127。0。0。1/", "https://①②⑦.0.0.1/", "https://user@hooks.vendor.example/", "https://u:p@10.0.0.1/",
    "https://hooks.vendor.example/#x", "https://-bad.example/", "https://a..example/", "https://hooks.vendor.example./",
    "https://%31%32%37.0.0.1/", "https://" + "a" * 500 + ".example/",
    # Names inside a network.
    "https://localhost/", "https://LOCALHOST/", "https://intranet/", "https://metadata/",
    # IPv4, in every spelling.
    "https://127.0.0.1/", "https://127.1/", "https://2130706433/", "https://0x7f000001/", "https://0x7f.0.0.1/",
    "https://0177.0.0.1/", "https://127.0.0.01/", "https://0/", "https://0.0.0.0/", "https://10.0.0.1/",
    "https://172.16.0.1/", "https://172.31.255.255/", "https://192.168.1.1/", "https://169.254.169.254/latest",
    "https://100.64.0.1/", "https://100.100.100.200/", "https://168.63.129.16/", "https://192.0.0.192/",
    "https://192.0.2.1/", "https://198.18.0.1/", "https://198.51.100.1/", "https://203.0.113.1/", "https://224.0.0.1/",
    "https://240.0.0.1/", "https://255.255.255.255/", "https://192.88.99.1/", "https://1.2.3.4.5/", "https://1.2.3/",
    # IPv6.
    "https://[::1]/", "https://[::]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:a00:1]/",
    "https://[::127.0.0.1]/", "https://[fe80::1]/", "https://[fe80::1%25eth0]/", "https://[fc00::1]/",
    "https://[fd00:ec2::254]/", "https://[fec0::1]/", "https://[ff02::1]/", "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b:1::1]/", "https://[2002:7f00:1::]/", "https://[2001:0:7f00:1::]/", "https://[2001:db8::1]/",
    "https://[100::1]/", "https://[::1", "https://[hooks.vendor.example]/", "https://[::ffff:0:127.0.0.1]/",
)  # fmt: skip
TAKEN_FORMS = (
    "https://hooks.vendor.example", "https://hooks.vendor.example/", "https://HOOKS.vendor.example:8443/a/b?c=d",
    "https://xn--hks-8na.example/", "https://a_b.example/x", "https://93.184.216.34/", "https://127.0.0.1.example/",
    "https://[2606:2800:220:1:248:1893:25c8:1946]/", "https://10.0.0.1.nip.example/", "https://1e100.example/",
)  # fmt: skip


@pytest.fixture
def no_connection(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Every connection that is tried, none of which is made."""
    tried: list[object] = []

    def refuse(address: object, *args: object, **kwargs: object) -> socket.socket:
        tried.append(address)
        raise OSError("no connection in this test")

    monkeypatch.setattr(socket, "create_connection", refuse)
    return tried


def test_sixty_ways_to_write_an_address_inside_are_refused(no_connection: list[object]) -> None:
    assert len(set(REFUSED_FORMS)) >= 60
    taken = []
    for url in REFUSED_FORMS:
        # Were the form taken, its name would lead to a public place.
        with suppress(NotCalled):
            taken.append((url, find(check_url(url), resolver=lambda host, port: [PUBLIC])))
    assert (taken, no_connection) == ([], [])


@pytest.mark.parametrize("url", TAKEN_FORMS)
def test_public_addresses_are_called(url: str) -> None:
    target = check_url(url)
    found = find(target, resolver=lambda host, port: [PUBLIC])
    assert found in ([PUBLIC], [target.host])


def test_what_a_url_says_is_what_is_called() -> None:
    assert check_url("https://HOOKS.vendor.example:8443/a/b?c=d") == Target(
        scheme="https", host="hooks.vendor.example", port=8443, path="/a/b?c=d"
    )
    assert check_url("https://[2606:2800:220:1::1]:8443/").shown_host == "[2606:2800:220:1::1]:8443"
    assert check_url("https://hooks.vendor.example").shown_host == "hooks.vendor.example"


@pytest.mark.parametrize(
    "answers",
    [
        ["127.0.0.1"], [PUBLIC, "10.0.0.1"], ["::1"], [PUBLIC, "::ffff:169.254.169.254"], ["fd00::1"], [],
        ["100.64.0.1"], ["0.0.0.0"], ["no address"], ["fe80::1%eth0"],
    ],
)  # fmt: skip
def test_a_name_that_leads_inside_is_refused_also_beside_a_public_address(answers: list[str]) -> None:
    with pytest.raises(NotCalled):
        find(check_url("https://hooks.vendor.example/"), resolver=lambda host, port: answers)


def test_a_name_that_leads_nowhere_is_refused() -> None:
    def nobody(host: str, port: int) -> Sequence[str]:
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(NotCalled, match="leads nowhere"):
        find(check_url("https://hooks.vendor.example/"), resolver=nobody)


def test_a_look_up_has_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "LOOK_UP_SECONDS", 0.1)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **kwargs: time.sleep(1) or [])
    begun = time.monotonic()
    with pytest.raises(NotCalled, match=r"leads nowhere: no answer within 0\.1 seconds"):
        find(check_url("https://hooks.vendor.example/"))
    assert time.monotonic() - begun < 0.9
    monkeypatch.undo()
    assert addresses.resolve("localhost", 443)


def test_a_name_that_changes_its_mind_reaches_nothing_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Public when it is looked at, the loopback afterwards: it is resolved once, and called where that led."""
    asked: list[str] = []
    went: list[object] = []

    def rebinding(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return [PUBLIC] if len(asked) == 1 else ["127.0.0.1"]

    def connect(address: object, *args: object, **kwargs: object) -> socket.socket:
        went.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(addresses, "resolve", rebinding)
    monkeypatch.setattr(socket, "create_connection", connect)
    target = check_url("https://hooks.vendor.example/")
    with pytest.raises(NoAnswer):
        post(target, find(target), body=b"{}", headers={})
    assert (asked, went) == (["hooks.vendor.example"], [(PUBLIC, 443)])
    with pytest.raises(NotCalled):
        find(target)
    assert len(went) == 1


def test_only_listed_hosts_are_called_where_there_is_a_list(settings: Any) -> None:
    settings.WEBHOOK_ALLOWED_HOSTS = ["hooks.vendor.example", ".partners.example"]
    for url in ("https://hooks.vendor.example/", "https://a.b.partners.example/"):
        check_url(url)
    for url in ("https://vendor.example/", "https://partners.example/", "https://evilpartners.example/"):
        with pytest.raises(NotCalled, match="WEBHOOK_ALLOWED_HOSTS"):
            check_url(url)


def test_the_loopback_is_opened_by_a_setting_that_production_refuses(settings: Any) -> None:
    settings.WEBHOOK_PLAIN_LOOPBACK = True
    for url in ("http://127.0.0.1:8000/", "http://localhost:8000/", "http://[::1]/", "https://localhost/"):
        assert ip_address(find(check_url(url), resolver=lambda host, port: ["127.0.0.1"])[0]).is_loopback
    for url in ("http://10.0.0.1/", "https://10.0.0.1/", "http://hooks.vendor.example/", "https://intranet/"):
        with pytest.raises(NotCalled):
            check_url(url)
    # A name is not plain only because somebody calls it localhost.
    with pytest.raises(NotCalled):
        find(check_url("http://localhost/"), resolver=lambda host, port: [PUBLIC])
    assert read_environment({})["WEBHOOK_PLAIN_LOOPBACK"] is False
    secrets = {"SECRET_KEY": "s" * 60, "ROLLCALL_KEY_SECRET": "k" * 60}
    environment = os.environ | secrets | {"ROLLCALL_MODE": "production", "WEBHOOK_PLAIN_LOOPBACK": "true"}
    command = [sys.executable, "-c", "import config.settings"]
    ended = subprocess.run(command, env=environment, cwd=BASE_DIR, capture_output=True, text=True, check=False)
    assert "WEBHOOK_PLAIN_LOOPBACK cannot be true in production" in ended.stderr


Serve = Callable[[socket.socket], None]


@contextmanager
def serving(serve: Serve) -> Iterator[int]:
    """A socket on the loopback that does this with each connection; gives its port."""
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(0.05)
    stop = threading.Event()

    def loop() -> None:
        while not stop.is_set():
            try:
                connection, _ = server.accept()
            except TimeoutError:
                continue
            with connection:
                try:
                    serve(connection)
                except OSError:
                    continue

    thread = threading.Thread(target=loop, daemon=True)
    thread.start()
    try:
        yield server.getsockname()[1]
    finally:
        stop.set()
        thread.join()
        server.close()


def plain(port: int) -> Target:
    return Target(scheme="http", host="127.0.0.1", port=port, path="/")


def request_of(connection: socket.socket) -> bytes:
    """Read a whole request: whoever closes with bytes unread takes back what was answered."""
    said = b""
    while not said.endswith(b"{}") and (more := connection.recv(4096)):
        said += more
    return said


def drip(connection: socket.socket, said: bytes) -> None:
    request_of(connection)
    for letter in said:
        connection.send(bytes([letter]))
        time.sleep(0.05)


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n" + b"x" * 9000,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 1000,
        b"HTTP/1.0 200 OK\r\n\r\n" + b"x" * 9000,
    ],
)
def test_a_receiver_that_drips_has_no_more_time_than_others(said: bytes) -> None:
    begun = time.monotonic()
    with serving(lambda connection: drip(connection, said)) as port, pytest.raises(NoAnswer, match=r"within 0\.5 sec"):
        post(plain(port), ["127.0.0.1"], body=b"{}", headers={}, seconds=0.5)
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (b"", "The connection broke"),
        (b"SSH-2.0-OpenSSH\r\n", "The connection broke"),
        (b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 200 + b"\r\n", "The connection broke"),
        (b"HTTP/1.1 200 " + b"x" * 70_000 + b"\r\n\r\n", "The connection broke"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n" + b"x" * 70_000, "more than 64 KiB"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n" + b"x" * 70_000, "more than 64 KiB"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "The connection broke"),
    ],
)
def test_what_is_no_answer_is_said_in_words(said: bytes, words: str) -> None:
    def serve(connection: socket.socket) -> None:
        request_of(connection)
        connection.sendall(said)

    with serving(serve) as port, pytest.raises(NoAnswer, match=words):
        post(plain(port), ["127.0.0.1"], body=b"{}", headers={})


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate for a name, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert, secret = folder / "cert.pem", folder / "key.pem"
    cert.write_bytes(built.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return cert, secret


def test_the_checked_address_is_called_under_the_name_that_was_written(tmp_path: Path) -> None:
    cert, secret = certificate(tmp_path, "hooks.vendor.example")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, secret)
    named: list[str | None] = []
    context.sni_callback = lambda sock, name, ctx: named.append(name)
    asked: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secure:
            asked.append(request_of(secure))
            secure.sendall(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")

    trust = ssl.create_default_context(cafile=str(cert))
    with serving(serve) as port:
        target = Target(scheme="https", host="hooks.vendor.example", port=port, path="/in?a=b")
        answer = post(target, ["127.0.0.1"], body=b"{}", headers={"webhook-id": "1"}, trust=trust)
        assert (answer.status, answer.is_good, named) == (204, True, ["hooks.vendor.example"])
        assert asked[0].startswith(b"POST /in?a=b HTTP/1.1\r\n")
        assert f"\r\nHost: hooks.vendor.example:{port}\r\n".encode() in asked[0]
        # Another name than the certificate's, and authorities of the system alone.
        other = Target(scheme="https", host="other.vendor.example", port=port, path="/")
        for wrong, trusted in ((other, trust), (target, None)):
            with pytest.raises(NoAnswer, match="The certificate is not valid"):
                post(wrong, ["127.0.0.1"], body=b"{}", headers={}, trust=trusted)
    assert len(asked) == 1
