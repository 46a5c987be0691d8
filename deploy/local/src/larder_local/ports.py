"""Choosing ports: the default when it is free, any free one when it is taken."""

import socket


def free_port(preferred: int, host: str = "127.0.0.1", taken: frozenset[int] = frozenset()) -> int:
    """`preferred` when nobody listens there and it is not in `taken`, else (or when it is 0) one the system picks."""
    if preferred and preferred not in taken and _can_bind(host, preferred):
        return preferred
    while True:
        with socket.socket() as probe:
            probe.bind((host, 0))
            port = int(probe.getsockname()[1])
        if port not in taken:
            return port


def _can_bind(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True
