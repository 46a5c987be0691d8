"""Choosing ports: the default when it is free, any free one when it is taken.

Between choosing and listening pass seconds; `claim_port` keeps another Larder of this user from choosing the same
meanwhile.
"""

import fcntl
import os
import socket
import tempfile
from pathlib import Path

_claims: dict[int, int] = {}
"""Ports of this process, and the files that are locked for them until it ends."""


def claim_port(preferred: int, taken: frozenset[int] = frozenset()) -> int:
    """As `free_port`, and no other Larder of this user gets the same one while this process lives."""
    port = free_port(preferred, taken=taken)
    while not _claim(port):
        port = free_port(0, taken=taken)
    return port


def _claim(port: int) -> bool:
    if port in _claims:
        return True
    folder = Path(tempfile.gettempdir()) / f"larder-ports-{os.geteuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    file = os.open(folder / str(port), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(file)
        return False
    _claims[port] = file
    return True


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
