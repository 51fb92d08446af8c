import socket
import threading

import pytest

from tests.infrastructure.network import ForbiddenConnection, is_local

ELSEWHERE = "192.0.2.1"  # RFC 5737: an address that belongs to nobody


def _connect() -> None:
    with socket.socket() as speaker:
        speaker.connect((ELSEWHERE, 80))


def _connect_ex() -> None:
    with socket.socket() as speaker:
        speaker.connect_ex((ELSEWHERE, 80))


def _create_connection() -> None:
    socket.create_connection((ELSEWHERE, 80), timeout=1).close()


def _send_datagram() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as speaker:
        speaker.sendto(b"x", (ELSEWHERE, 53))


def _look_up() -> None:
    socket.getaddrinfo("elsewhere.example", 80)


@pytest.mark.parametrize(
    "speak", [_connect, _connect_ex, _create_connection, _send_datagram, _look_up]
)
def test_another_machine_is_refused_and_the_attempt_remembered(speak, no_network):
    with pytest.raises(ForbiddenConnection):
        speak()
    assert no_network
    no_network.clear()


def test_an_attempt_in_a_thread_is_remembered_though_its_error_is_lost(no_network):
    def swallow() -> None:
        try:
            _connect()
        except OSError:
            return

    thread = threading.Thread(target=swallow)
    thread.start()
    thread.join()
    assert no_network == [ELSEWHERE]
    no_network.clear()


def test_this_machine_is_reached_by_loopback_and_unix_socket(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=5).close()
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as speaker:
        server.bind(path)
        server.listen()
        speaker.connect(path)


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.9", True),
        ("::1", True),
        ("localhost", True),
        (None, True),
        ("0.0.0.0", False),
        ("10.0.0.1", False),
        ("localhost.example", False),
    ],
)
def test_only_loopback_counts_as_this_machine(host, local):
    assert is_local(host) is local
