"""One POST to an address that was checked: to it and no other, with a bound on time and on what is read."""

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from ground.outgoing.addresses import Target

SECONDS = 10.0
MOST_BYTES = 64 * 1024
# What breaks between the connection and the last byte of an answer.
_BROKEN = (OSError, http.client.HTTPException, ValueError)


class NoAnswer(Exception):
    """Nothing was answered that could be read; the message says in words what happened."""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a receiver said: the status, and the body as far as it is read."""

    status: int
    body: bytes
    milliseconds: int

    @property
    def is_good(self) -> bool:
        """Whether the receiver has taken it; a redirect is not followed, so it took nothing."""
        return 200 <= self.status < 300


def post(
    target: Target,
    addresses: Sequence[str],
    *,
    body: bytes,
    headers: Mapping[str, str],
    seconds: float = SECONDS,
    trust: ssl.SSLContext | None = None,
) -> Answer:
    """Send bytes to the first of the addresses that takes a connection. Raises NoAnswer.

    `addresses` come from `find`; the certificate is checked for the name in the URL. `trust` is another set of
    authorities than the system's, for tests.
    """
    begun = time.monotonic()
    connection = _Bound(target, addresses, deadline=begun + seconds, trust=trust)
    watch = threading.Timer(seconds, connection.cut)
    watch.daemon = True
    watch.start()
    try:
        connection.request("POST", target.path, body=body, headers={**headers, "Host": target.shown_host})
        response = connection.getresponse()
        said = response.read(MOST_BYTES + 1)
    except _BROKEN as error:
        if connection.is_cut or isinstance(error, TimeoutError):
            raise NoAnswer(f"No whole answer within {seconds:g} seconds.") from error
        raise NoAnswer(_words(error)) from error
    finally:
        watch.cancel()
        connection.close()
    if connection.is_cut:
        raise NoAnswer(f"No whole answer within {seconds:g} seconds.")
    if len(said) > MOST_BYTES:
        raise NoAnswer(f"The answer has more than {MOST_BYTES // 1024} KiB; answer with a status and a few words.")
    return Answer(status=response.status, body=said, milliseconds=int((time.monotonic() - begun) * 1000))


class _Bound(http.client.HTTPConnection):
    """A connection to checked addresses. The class of the standard library would resolve the name once more."""

    def __init__(
        self, target: Target, addresses: Sequence[str], *, deadline: float, trust: ssl.SSLContext | None
    ) -> None:
        super().__init__(target.host, target.port, timeout=max(0.001, deadline - time.monotonic()))
        self.is_cut = False
        # `sock` is let go of as soon as an answer begins; the answer goes on over this.
        self._open: socket.socket | None = None
        self._target, self._addresses, self._deadline = target, list(addresses), deadline
        self._trust = (trust or ssl.create_default_context()) if target.scheme == "https" else None

    def connect(self) -> None:
        """Connect to one of the addresses, and prove that it is the name's."""
        self.sock = self._open = self._reached()
        if self._trust is not None:
            wrapped = self._trust.wrap_socket(
                self.sock, server_hostname=self._target.host, do_handshake_on_connect=False
            )
            # Known before the handshake, which may be as slow as anything else.
            self.sock = self._open = wrapped
            wrapped.do_handshake()

    def cut(self) -> None:
        """End it, whatever it waits for: a receiver that sends a byte now and then has no more time than others."""
        self.is_cut = True
        if self._open is not None:
            with suppress(OSError):
                self._open.shutdown(socket.SHUT_RDWR)

    def _reached(self) -> socket.socket:
        failed: OSError = TimeoutError("no time was left")
        for address in self._addresses:
            left = self._deadline - time.monotonic()
            if left <= 0 or self.is_cut:
                break
            try:
                return socket.create_connection((address, self._target.port), timeout=left)
            except OSError as error:
                failed = error
        raise failed


def _words(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"The certificate is not valid: {error.verify_message}"
    if isinstance(error, ConnectionRefusedError):
        return "Nobody takes connections there."
    return f"The connection broke: {type(error).__name__} {error}".strip()[:300]
