# SPDX-License-Identifier: Apache-2.0
"""A TCP proxy that treats connections badly, in an order a seed decides.

    with Proxy(port, seed=7) as p:    # p.port; to 127.0.0.1:port
        ...
        p.done                        # Counter of what was done

Each connection lives its own life: after some bytes, about a mean of them,
one of

    reset     it is reset, in the middle of what is being sent
    end       it is closed, as if the other side had ended
    stall     nothing passes for a while, then all goes on
    slow      the next bytes pass one piece at a time

and again after as many more.  Connection n of a seed always fares alike, by
the bytes it carries.
"""

import collections
import random
import select
import socket
import struct
import threading
import time

KINDS = {"reset": 3, "end": 2, "stall": 2, "slow": 2}
PIECE = 2048


class Proxy:
    def __init__(self, port, seed, mean=1 << 20, stall=0.5, kinds=None):
        self.to = ("127.0.0.1", port)
        self.seed = seed
        self.mean = mean          # bytes between two events
        self.stall = stall        # seconds, at most
        self.kinds = kinds or KINDS
        self.done = collections.Counter()
        self.lock = threading.Lock()
        self.stopped = threading.Event()

    def __enter__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.threads = [threading.Thread(target=self.serve)]
        self.threads[0].start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        for thread in self.threads:
            thread.join()
        self.listener.close()

    def serve(self):
        number = 0
        self.listener.settimeout(0.1)
        while not self.stopped.is_set():
            try:
                client, _ = self.listener.accept()
            except TimeoutError:
                self.threads[1:] = [t for t in self.threads[1:]
                                    if t.is_alive()]
                continue
            thread = threading.Thread(target=self.relay,
                                      args=(number, client))
            thread.start()
            self.threads.append(thread)
            number += 1

    def relay(self, number, client):
        life = Life(self, random.Random(f"{self.seed}/{number}"))
        try:
            with client, socket.create_connection(self.to) as server:
                other = {client: server, server: client}
                open_ = set(other)
                while open_ and not self.stopped.is_set():
                    for s in select.select(open_, [], [], 0.1)[0]:
                        data = s.recv(65536)
                        if data:
                            life.pass_on(data, other[s])
                        else:
                            other[s].shutdown(socket.SHUT_WR)
                            open_.discard(s)
        except Ended as e:
            if str(e) == "reset":
                reset(client)
        except OSError:
            reset(client)

    def count(self, kind):
        with self.lock:
            self.done[kind] += 1


class Ended(Exception):
    """This connection is over."""


def reset(s):
    """Closed so that the other side sees ECONNRESET."""
    try:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                     struct.pack("ii", 1, 0))
    except OSError:
        pass
    s.close()


class Life:
    """What happens to one connection."""

    def __init__(self, proxy, rng):
        self.proxy, self.rng = proxy, rng
        self.slow = 0
        self.next()

    def next(self):
        self.left = int(self.rng.expovariate(1 / self.proxy.mean)) + 1
        self.kind = self.rng.choices(list(self.proxy.kinds),
                                     self.proxy.kinds.values())[0]

    def pass_on(self, data, to):
        while data:
            part = data[:min(self.left, PIECE if self.slow else len(data))]
            to.sendall(part)
            data = data[len(part):]
            self.left -= len(part)
            if self.slow:
                self.slow -= 1
                time.sleep(0.005)
            if self.left == 0:
                self.happen()

    def happen(self):
        self.proxy.count(self.kind)
        if self.kind in ("reset", "end"):
            raise Ended(self.kind)
        if self.kind == "stall":
            time.sleep(self.rng.uniform(0, self.proxy.stall))
        else:
            self.slow = self.rng.randrange(10, 100)
        self.next()
