"""Ports of this machine for programs of a subject's own."""

import random
import socket

from verdict import skip


def free_port():
    """One that nobody has, below the range of outgoing connections."""
    for port in random.sample(range(20000, 32000), 100):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return port
            except OSError:
                continue
    return skip("no free port")
