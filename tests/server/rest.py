# SPDX-License-Identifier: Apache-2.0
"""A strict HTTP server on a socket, for answers that no server should give.

A test gives a function from a request to a Reply; every request is kept.
"""

import dataclasses
import gzip
import socket
import struct
import threading
import urllib.parse


@dataclasses.dataclass
class Request:
    method: str
    target: str
    headers: dict  # names in lower case
    body: bytes

    def __post_init__(self):
        parts = urllib.parse.urlsplit(self.target)
        self.path = parts.path
        self.query = dict(urllib.parse.parse_qsl(parts.query,
                                                 keep_blank_values=True))


@dataclasses.dataclass
class Reply:
    """What to answer.

    fault   None, or what to do wrong:
            "none"        close without an answer
            "reset"       reset without an answer
            "reset-head"  reset within the header
            "reset-body"  reset within the body
            "cut"         close within the body
            "cut-chunk"   close within a chunk
            "cut-plain"   close within a body of no announced length
            "stall"       stop within the body until the client goes
            "mute"        say nothing until the client goes
            "drip"        a byte every 0.1 s
            "long"        announce a byte more than there is
            "endless"     spaces without end
    """
    status: int = 200
    body: bytes = b"[]"
    headers: dict = dataclasses.field(default_factory=dict)
    fault: str = None

    def head(self, length):
        headers = {"Content-Type": "application/json", **self.headers}
        if length is not None:
            headers.setdefault("Content-Length", str(length))
        lines = [f"HTTP/1.1 {self.status} X"]
        for name, value in headers.items():
            for one in value if isinstance(value, list) else [value]:
                lines.append(f"{name}: {one}")
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"


def gzipped(data, **headers):
    return Reply(200, gzip.compress(data, 9),
                 {"Content-Encoding": "gzip", **headers})


class Rest:
    def __init__(self, answer, tls=None):
        """answer: from a Request to a Reply; tls: an ssl.SSLContext."""
        self.answer = answer
        self.tls = tls
        self.requests = []
        self.lock = threading.Lock()
        self.gone = threading.Event()
        self.threads = []
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.base = "%s://127.0.0.1:%d" % (
            "https" if tls else "http", self.socket.getsockname()[1])

    def __enter__(self):
        self._spawn(self._accept)
        return self

    def __exit__(self, *args):
        self.gone.set()
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        for thread in list(self.threads):
            thread.join(10)

    def _spawn(self, target, *args):
        thread = threading.Thread(target=target, args=args, daemon=True)
        self.threads.append(thread)
        thread.start()

    def _accept(self):
        while True:
            try:
                conn, _ = self.socket.accept()
            except OSError:
                return
            self._spawn(self._serve, conn)

    def _serve(self, conn):
        conn.settimeout(0.2)
        try:
            if self.tls:
                conn.settimeout(5)
                conn = self.tls.wrap_socket(conn, server_side=True)
                conn.settimeout(0.2)
            with conn:
                while self._one(conn):
                    pass
        except OSError:
            pass

    def _fill(self, conn, data, until):
        """Read more into data until until(data) or the end."""
        while not until(data):
            try:
                more = conn.recv(65536)
            except socket.timeout:
                if self.gone.is_set():
                    return False
                continue
            if not more:
                return False
            data += more
        return True

    def _one(self, conn):
        data = bytearray()
        if not self._fill(conn, data, lambda d: b"\r\n\r\n" in d):
            return False
        head, rest = bytes(data).split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        method, target, _ = lines[0].split(" ")
        headers = {}
        for line in lines[1:]:
            name, value = line.split(":", 1)
            headers[name.lower()] = value.strip()
        body = bytearray(rest)
        want = int(headers.get("content-length", 0))
        if not self._fill(conn, body, lambda b: len(b) >= want):
            return False
        request = Request(method, target, headers, bytes(body))
        with self.lock:
            self.requests.append(request)
            reply = self.answer(request)
        return self._say(conn, reply)

    def _reset(self, conn):
        conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                        struct.pack("ii", 1, 0))
        return False

    def _until_gone(self, conn):
        self._fill(conn, bytearray(), lambda d: False)
        return False

    def _say(self, conn, r):
        half = r.body[:len(r.body) // 2]
        if r.fault is None:
            conn.sendall(r.head(len(r.body)) + r.body)
            return True
        if r.fault == "none":
            return False
        if r.fault == "reset":
            return self._reset(conn)
        if r.fault == "mute":
            return self._until_gone(conn)
        if r.fault == "reset-head":
            conn.sendall(r.head(len(r.body))[:20])
            return self._reset(conn)
        if r.fault in ("reset-body", "cut", "stall"):
            conn.sendall(r.head(len(r.body)) + half)
            if r.fault == "stall":
                return self._until_gone(conn)
            return self._reset(conn) if r.fault == "reset-body" else False
        if r.fault == "cut-chunk":
            r.headers["Transfer-Encoding"] = "chunked"
            conn.sendall(r.head(None) + b"%x\r\n" % len(r.body) + half)
            return False
        if r.fault == "cut-plain":
            conn.sendall(r.head(None) + half)
            return False
        if r.fault == "long":
            conn.sendall(r.head(len(r.body) + 1) + r.body)
            return False
        if r.fault == "drip":
            data = r.head(len(r.body)) + r.body
            for i in range(len(data)):
                conn.sendall(data[i:i + 1])
                if self.gone.wait(0.1):
                    break
            return False
        if r.fault == "endless":
            conn.sendall(r.head(None) + b"[")
            while not self.gone.is_set():
                conn.sendall(b" " * 65536)
            return False
        raise ValueError(r.fault)
