"""Nothing that a test runs may speak to another machine.

Guards Python's sockets. What is refused is also remembered, so that code which swallows the
refusal still fails its test.
"""

import ipaddress
import socket
from collections.abc import Iterator
from typing import Any

import pytest

refused: list[str] = []


class ForbiddenConnection(ConnectionError):
    """A test tried to reach something else than this machine."""


def is_local(host: object) -> bool:
    if isinstance(host, bytes):
        host = host.decode()
    if host is None or host in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(str(host).partition("%")[0]).is_loopback
    except ValueError:
        return False


def _check(host: object) -> None:
    if not is_local(host):
        refused.append(str(host))
        raise ForbiddenConnection(f"a test tried to reach {host}")


class _GuardedSocket(socket.socket):
    """Allows Unix sockets and loopback; takes the place of socket.socket during the tests."""

    def _check_address(self, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            _check(address[0])

    def connect(self, address: Any) -> None:
        self._check_address(address)
        super().connect(address)

    def connect_ex(self, address: Any) -> int:
        self._check_address(address)
        return super().connect_ex(address)

    def sendto(self, content: Any, *arguments: Any) -> int:
        self._check_address(arguments[-1])
        return super().sendto(content, *arguments)


def _guarded_lookup(host: Any, *arguments: Any, **keywords: Any) -> Any:
    _check(host)
    return _lookup(host, *arguments, **keywords)


_lookup = socket.getaddrinfo


@pytest.fixture(scope="session", autouse=True)
def _no_network_for_the_run() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "socket", _GuardedSocket)
        patch.setattr(socket, "getaddrinfo", _guarded_lookup)
        yield


@pytest.fixture(autouse=True)
def no_network() -> Iterator[list[str]]:
    """What was refused during this test; it must be empty at its end."""
    refused.clear()
    yield refused
    attempts, refused[:] = list(refused), []
    assert not attempts, f"the test tried to reach {attempts}"
