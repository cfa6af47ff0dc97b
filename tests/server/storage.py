# SPDX-License-Identifier: Apache-2.0
"""A strict double of Cloud Storage's JSON API, with faults on demand.

What Google documents is enforced: chunks are multiples of 256 KiB but the
last, begin where the stored bytes end or before, never after; a status query
has no body; preconditions and CRC32C decide when the object is made; bytes
sent again are ignored; a session that ended answers as its object, one that
was cancelled is gone.  Objects have generations and are read by them.

    with Storage() as s:            # s.url, s.objects, s.log
        s.fault = lambda op, n, name: ("status", 503) if n == 3 else None

op is one of multipart start chunk status get media list delete; n counts the
requests of that op from 1.  A fault is one of

    ("status", CODE)       answer CODE and do nothing
    ("refuse",)            close without reading the body
    ("middle",)            close after reading half of the body
    ("lost",)              do it, then close without an answer
    ("late", CODE)         do it, then answer CODE
    ("short", BYTES)       chunk: keep only so many bytes of it
    ("gone", CODE)         chunk, status: forget the session, answer CODE
    ("cut",)               media: close after half of the answer
    ("unsized",)           media: the same, without Content-Length before
    ("whole",)             media: all of the object, whatever the Range
    ("shifted",)           media: a range that begins a byte before that
    ("flip",)              media: change one byte
    ("stall", SECONDS)     sleep, then close
    ("range", TEXT)        chunk, status: answer 308 with this Range
"""

import base64
import hashlib
import http.server
import json
import re
import threading
import time
import traceback
import urllib.parse
import uuid

try:
    import google_crc32c

    def crc32c(data):
        return int.from_bytes(google_crc32c.Checksum(data).digest(), "big")
except ImportError:
    TABLE = []
    for i in range(256):
        for _ in range(8):
            i = i >> 1 ^ (0x82f63b78 if i & 1 else 0)
        TABLE.append(i)

    def crc32c(data):
        crc = 0xffffffff
        for byte in data:
            crc = TABLE[(crc ^ byte) & 255] ^ crc >> 8
        return crc ^ 0xffffffff

UNIT = 256 * 1024


def b64crc(data):
    return base64.b64encode(crc32c(data).to_bytes(4, "big")).decode()


class Failed(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


class Close(Exception):
    """End the connection without an answer."""


class Storage:
    def __init__(self, buckets=("bucket",), tokens=None):
        self.buckets = set(buckets)
        self.tokens = tokens       # None: anyone; else a set or function
        self.ahead = 0             # seconds that its clock is before ours
        self.fault = None
        self.lock = threading.RLock()
        self.objects = {}          # (bucket, name) -> dict
        self.sessions = {}         # id -> dict
        self.log = []              # (op, name, what was answered)
        self.count = {}
        self.bugs = []             # of the double itself
        self.generation = 1_700_000_000_000_000
        self.page = 1000

    def __enter__(self):
        double = self

        class Handler(_Handler):
            storage = double

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, request, client_address):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(
            target=self.server.serve_forever, args=(0.02,), daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
        assert not self.bugs, self.bugs[0]

    @property
    def env(self):
        return {"STORAGE_EMULATOR_HOST": self.url}

    def names(self, prefix=""):
        return sorted(n for _, n in list(self.objects)
                      if n.startswith(prefix))

    def data(self, name, bucket="bucket"):
        return self.objects[bucket, name]["data"]

    # What can be done to objects; the caller holds the lock.

    def check(self, bucket, name, query):
        """ifGenerationMatch, as at the moment an object is to be made."""
        want = query.get("ifGenerationMatch")
        if want is None:
            return
        have = self.objects.get((bucket, name), {}).get("generation", 0)
        if int(want) != have:
            raise Failed(412, "At least one of the pre-conditions you "
                         "specified did not hold.")

    def make(self, bucket, name, query, meta, data, hashes):
        if bucket not in self.buckets:
            raise Failed(404, "The specified bucket does not exist.")
        for want in (meta.get("crc32c"), hashes.get("crc32c")):
            if want is not None and want != b64crc(data):
                raise Failed(400, "Provided CRC32C does not match.")
        for want in (meta.get("md5Hash"), hashes.get("md5")):
            if want is not None and want != base64.b64encode(
                    hashlib.md5(data).digest()).decode():
                raise Failed(400, "Provided MD5 does not match.")
        self.check(bucket, name, query)
        self.generation += 1
        self.objects[bucket, name] = {
            "data": bytes(data), "generation": self.generation,
            "meta": {k: v for k, v in meta.items()
                     if k in ("contentType", "metadata", "storageClass",
                              "contentEncoding", "cacheControl")},
            "updated": time.time(), "query": query}
        return self.resource(bucket, name)

    def resource(self, bucket, name):
        o = self.objects[bucket, name]
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(o["updated"]))
        at += f".{int(o['updated'] % 1 * 1000):03d}Z"
        return {"kind": "storage#object", "bucket": bucket, "name": name,
                "id": f"{bucket}/{name}/{o['generation']}",
                "generation": str(o["generation"]), "metageneration": "1",
                "size": str(len(o["data"])), "crc32c": b64crc(o["data"]),
                "md5Hash": base64.b64encode(
                    hashlib.md5(o["data"]).digest()).decode(),
                "etag": str(o["generation"]), "timeCreated": at,
                "updated": at, "storageClass": "STANDARD", **o["meta"]}


class _Lines:
    """A file that knows whether a line of it was cut off."""

    def __init__(self, file):
        self.file = file
        self.ended = False

    def readline(self, *args):
        line = self.file.readline(*args)
        self.ended |= not line.endswith(b"\n")
        return line

    def __getattr__(self, name):
        return getattr(self.file, name)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    storage = None
    timeout = 60
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def date_time_string(self, timestamp=None):
        return super().date_time_string(time.time() + self.storage.ahead)

    def setup(self):
        super().setup()
        self.rfile = _Lines(self.rfile)

    def parse_request(self):
        """To http.server a cut head is a short one."""
        whole = super().parse_request()
        return whole and not self.rfile.ended

    def handle_all(self):
        parts = urllib.parse.urlsplit(self.path)
        self.query = dict(urllib.parse.parse_qsl(parts.query))
        self.route = parts.path
        self.body = b""
        op, bucket, name = self.classify()
        s = self.storage
        with s.lock:
            n = s.count[op] = s.count.get(op, 0) + 1
            fault = s.fault(op, n, name) if s.fault and op else None
        try:
            self.enter(fault)
            if not op:
                raise Failed(404, "Not Found")
            if s.tokens is not None:
                self.authorize()
            with s.lock:
                code, headers, body = getattr(self, "do_" + op)(
                    bucket, name, fault)
            if fault and fault[0] == "lost":
                raise Close
            if fault and fault[0] == "late":
                code, headers, body = fault[1], {}, b"{}"
        except Failed as e:
            code, headers = e.code, {}
            body = json.dumps({"error": {"code": e.code,
                                         "message": str(e)}}).encode()
        except (Close, ConnectionError, TimeoutError):
            s.log.append((op, name, "closed"))
            self.close_connection = True
            return
        except Exception:
            s.bugs.append(traceback.format_exc())
            raise
        s.log.append((op, name, code))
        self.answer(code, headers, body, fault if op == "media" else None)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = handle_all

    def classify(self):
        m = re.fullmatch(r"/(upload/|download/)?storage/v1/b/([^/]+)/o"
                         r"(?:/(.*))?", self.route)
        if m is None:
            return None, None, None
        kind, bucket, name = m.groups()
        name = urllib.parse.unquote(name) if name else \
            self.query.get("name", "")
        if kind == "upload/":
            if "upload_id" in self.query:
                if self.command == "DELETE":
                    return "cancel", bucket, name
                asks = re.fullmatch(r"bytes \*/(\*|\d+)", self.headers.get(
                    "Content-Range", ""))
                return "status" if asks else "chunk", bucket, name
            return {"multipart": "multipart", "resumable": "start"}.get(
                self.query.get("uploadType")), bucket, name
        if self.command == "DELETE":
            return "delete", bucket, name
        if not m.group(3):
            return "list", bucket, self.query.get("prefix", "")
        if kind == "download/" or self.query.get("alt") == "media":
            return "media", bucket, name
        return "get", bucket, name

    def enter(self, fault):
        """Read the body, as far as the fault lets us."""
        length = int(self.headers.get("Content-Length") or 0)
        kind = fault[0] if fault else None
        if kind == "refuse":
            raise Close
        if kind == "middle":
            self.rfile.read(length // 2)
            raise Close
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = []
            while (n := int(self.rfile.readline() or b"0", 16)) > 0:
                body.append(self.rfile.read(n))
                self.rfile.readline()
            self.rfile.readline()
            if self.rfile.ended:
                raise Close
            self.body = b"".join(body)
        else:
            self.body = self.rfile.read(length)
            if len(self.body) < length:
                raise Close
        if kind == "stall":
            time.sleep(fault[1])
            raise Close
        if kind == "status":
            raise Failed(fault[1], "as the test wanted it")

    def authorize(self):
        given = self.headers.get("Authorization", "")
        known = self.storage.tokens
        token = given.removeprefix("Bearer ")
        if not given.startswith("Bearer ") or not (
                known(token) if callable(known) else token in known):
            raise Failed(401, "Invalid Credentials")

    def answer(self, code, headers, body, fault):
        if fault and fault[0] == "flip" and body:
            body = bytes([body[0] ^ 1]) + body[1:]
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        if fault and fault[0] == "unsized":
            self.send_header("Connection", "close")
        else:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if fault and fault[0] in ("cut", "unsized"):
            self.wfile.write(body[:len(body) // 2])
            self.close_connection = True
            return
        self.wfile.write(body)

    def hashes(self):
        found = {}
        for value in self.headers.get_all("x-goog-hash") or []:
            for item in value.split(","):
                key, _, digest = item.strip().partition("=")
                found[key] = digest
        return found

    # The operations.

    def do_multipart(self, bucket, name, _):
        m = re.fullmatch(r'multipart/related; *boundary="?([^"]+)"?',
                         self.headers.get("Content-Type", ""), re.I)
        if m is None:
            raise Failed(400, "not multipart/related")
        mark = b"--" + m.group(1).encode()
        head, first, rest = self.body.split(mark, 2)
        end = rest.rfind(mark + b"--")
        if head.strip() or end == -1:
            raise Failed(400, "malformed multipart body")
        meta = json.loads(first.partition(b"\r\n\r\n")[2])
        part_head, _, data = rest[:end].partition(b"\r\n\r\n")
        if not data.endswith(b"\r\n"):
            raise Failed(400, "malformed multipart body")
        kind = re.search(rb"(?i)content-type: *([^\r]+)", part_head)
        if kind:
            meta.setdefault("contentType", kind.group(1).decode())
        made = self.storage.make(
            bucket, meta.get("name", name), self.query, meta, data[:-2],
            self.hashes())
        return 200, {"Content-Type": "application/json"}, \
            json.dumps(made).encode()

    def do_start(self, bucket, name, _):
        s = self.storage
        meta = json.loads(self.body or b"{}")
        if bucket not in s.buckets:
            raise Failed(404, "The specified bucket does not exist.")
        name = name or meta.get("name")
        s.check(bucket, name, self.query)
        key = uuid.uuid4().hex
        total = self.headers.get("X-Upload-Content-Length")
        s.sessions[key] = {
            "bucket": bucket, "name": name, "query": dict(self.query),
            "meta": meta, "data": bytearray(), "made": None, "gone": 0,
            "total": int(total) if total else None, "hashes": {}}
        where = f"http://{self.headers['Host']}/upload/storage/v1/b/{bucket}/o?" + \
            urllib.parse.urlencode({"uploadType": "resumable",
                                    "name": name, "upload_id": key})
        return 200, {"Location": where, "X-GUploader-UploadID": key}, b""

    def session(self, fault):
        u = self.storage.sessions.get(self.query["upload_id"])
        if u is None:
            raise Failed(404, "no such session")
        if fault and fault[0] == "gone" and u["made"] is None:
            u["gone"] = fault[1]
        if u["gone"]:
            raise Failed(u["gone"], "the session is gone")
        return u

    def finish(self, u, total):
        s = self.storage
        if u["made"] is None:
            u["hashes"].update(self.hashes())
            try:
                u["made"] = s.make(u["bucket"], u["name"], u["query"],
                                   u["meta"], bytes(u["data"]),
                                   u["hashes"])
            except Failed as e:
                u["gone"] = e.code
                raise
        return 200, {"Content-Type": "application/json"}, \
            json.dumps(u["made"]).encode()

    def so_far(self, u, fault):
        headers = {"X-HTTP-Status-Code-Override": "308"}
        if fault and fault[0] == "range":
            headers["Range"] = fault[1]
        elif u["data"]:
            headers["Range"] = f"bytes=0-{len(u['data']) - 1}"
        return 308, headers, b""

    def do_status(self, bucket, name, fault):
        u = self.session(fault)
        if self.body:
            raise Failed(400, "Client sent query request with a non-empty "
                         "body.")
        if u["made"] is not None:
            return self.finish(u, None)
        total = self.headers["Content-Range"].rpartition("/")[2]
        if total != "*" and int(total) == len(u["data"]) \
                and not (fault and fault[0] == "range"):
            return self.finish(u, int(total))
        return self.so_far(u, fault)

    def do_chunk(self, bucket, name, fault):
        u = self.session(fault)
        if u["made"] is not None:
            return self.finish(u, None)
        m = re.fullmatch(r"bytes (\d+)-(\d+)/(\*|\d+)",
                         self.headers.get("Content-Range", ""))
        if m is None:
            if "Content-Range" in self.headers:
                raise Failed(400, "bad Content-Range")
            first, last, total = 0, len(self.body) - 1, len(self.body)
        else:
            first, last = int(m.group(1)), int(m.group(2))
            total = None if m.group(3) == "*" else int(m.group(3))
        if last - first + 1 != len(self.body):
            raise Failed(400, "Content-Range and body differ in length")
        have = len(u["data"])
        if first > have:
            raise Failed(400, f"gap: {have} bytes stored, chunk at {first}")
        if total is not None and (last >= total or u["total"] not in
                                  (None, total)):
            raise Failed(400, "more than was announced")
        ends = total is not None and last == total - 1
        if not ends and len(self.body) % UNIT:
            raise Failed(400, "a chunk that is no multiple of 256 KiB")
        data = self.body[have - first:]
        if fault and fault[0] == "short":
            data, ends = data[:fault[1]], False
        u["data"] += data
        u["hashes"].update(self.hashes())
        if ends:
            return self.finish(u, total)
        return self.so_far(u, fault)

    def do_cancel(self, bucket, name, _):
        self.session(None)["gone"] = 404
        return 499, {}, b""

    def find(self, bucket, name):
        o = self.storage.objects.get((bucket, name))
        want = self.query.get("generation")
        if o is None or want and int(want) != o["generation"]:
            raise Failed(404, f"No such object: {bucket}/{name}")
        return o

    def do_get(self, bucket, name, _):
        self.find(bucket, name)
        return 200, {"Content-Type": "application/json"}, json.dumps(
            self.storage.resource(bucket, name)).encode()

    def do_media(self, bucket, name, fault):
        o = self.find(bucket, name)
        data = o["data"]
        headers = {"Content-Type": o["meta"].get(
            "contentType", "application/octet-stream"),
            "x-goog-generation": str(o["generation"]),
            "x-goog-stored-content-length": str(len(data)),
            "x-goog-hash": f"crc32c={b64crc(data)}"}
        kind = fault[0] if fault else None
        m = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if m is None or kind == "whole":
            return 200, headers, data
        first = int(m.group(1)) - (kind == "shifted")
        last = min(int(m.group(2) or len(data) - 1), len(data) - 1)
        if first >= len(data):
            raise Failed(416, "The requested range cannot be satisfied.")
        headers["Content-Range"] = f"bytes {first}-{last}/{len(data)}"
        return 206, headers, data[first:last + 1]

    def do_list(self, bucket, prefix, _):
        s = self.storage
        if bucket not in s.buckets:
            raise Failed(404, "The specified bucket does not exist.")
        mark = self.query.get("delimiter")
        after = self.query.get("pageToken", "")
        names, seen = [], set()
        for b, name in sorted(s.objects):
            if b != bucket or not name.startswith(prefix):
                continue
            cut = name.find(mark, len(prefix)) if mark else -1
            told = name if cut == -1 else name[:cut + len(mark)]
            if told in seen or told <= after:
                continue
            seen.add(told)
            names.append((told, cut != -1))
        limit = min(s.page, int(self.query.get("maxResults") or s.page))
        out = {"kind": "storage#objects"}
        if len(names) > limit:
            names = names[:limit]
            out["nextPageToken"] = names[-1][0]
        out["items"] = [s.resource(bucket, n) for n, p in names if not p]
        out["prefixes"] = [n for n, p in names if p]
        return 200, {"Content-Type": "application/json"}, \
            json.dumps(out).encode()

    def do_delete(self, bucket, name, _):
        self.find(bucket, name)
        self.storage.check(bucket, name, self.query)
        del self.storage.objects[bucket, name]
        return 204, {}, b""
