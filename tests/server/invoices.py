#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A small API that serves invoices in pages, for the demo and the tests.

    invoices.py [--port N] [--per-page N] FILE

serves the JSON array in FILE, each element as the text it has there, until
it is killed; the first line on stdout is the address to start from.

    GET /invoices              an array; a Link header names the next page
    GET /invoices?page=2       that page; one past the end is empty
    GET /object?page=2         {"total":N,"data":[...]}
    GET /cursor?cursor=C       the same and "next": the cursor of what follows

`per_page` in the query changes how many a page holds.  In a test, an Api is
started in the process itself, and its attributes change what it serves.
"""

import argparse
import functools
import hashlib
import http.server
import json
import re
import sys
import threading
import urllib.parse


def split(text):
    """The elements of the JSON array in text, each as its exact text."""
    decoder = json.JSONDecoder(parse_int=str, parse_float=str)
    blank = re.compile(r"[ \t\r\n]*")

    def skip(at):
        return blank.match(text, at).end()

    at = skip(0)
    if text[at:at + 1] != "[":
        raise ValueError("not a JSON array")
    at = skip(at + 1)
    found = []
    while text[at:at + 1] != "]":
        _, end = decoder.raw_decode(text, at)
        found.append(text[at:end])
        at = skip(end)
        if text[at:at + 1] == ",":
            at = skip(at + 1)
        elif text[at:at + 1] != "]":
            raise ValueError(f"byte {at}: expected , or ]")
    return found


@functools.lru_cache(maxsize=None)
def key(i):
    """The cursor of what begins with record i: a key, no place in the list."""
    return hashlib.sha256(str(i).encode()).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    body = b""  # of a POST
    disable_nagle_algorithm = True  # head and body are two writes

    def do_GET(self):
        api = self.server.api
        parts = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(parts.query))
        with api.lock:
            api.requests.append(self.path)
        if api.before and api.before(self, parts.path, query):
            return
        serve = {"/invoices": self.linked, "/object": self.wrapped,
                 "/cursor": self.by_cursor}.get(parts.path)
        if serve is None:
            self.answer(404, '{"error":"no such resource"}')
            return
        try:
            size = int(query.get("per_page", api.per_page))
            serve(api.records, query, size)
        except ValueError:
            self.answer(400, '{"error":"bad query"}')

    def do_POST(self):
        self.body = self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def linked(self, records, query, size):
        page = int(query.get("page", 1))
        links = {}
        if page * size < len(records):
            query["page"] = page + 1
            to = f"{self.server.api.base}/invoices"
            to += "?" + urllib.parse.urlencode(query)
            links["Link"] = f'<{to}>; rel="next"'
        chosen = records[(page - 1) * size:page * size]
        self.answer(200, "[" + ",\n".join(chosen) + "]", links)

    def wrapped(self, records, query, size):
        page = int(query.get("page", 1))
        chosen = records[(page - 1) * size:page * size]
        self.answer(200, '{"total":%d,"data":[%s]}'
                    % (len(records), ",".join(chosen)))

    def by_cursor(self, records, query, size):
        start = 0
        if "cursor" in query:
            start = next((i for i in range(len(records) + 1)
                          if key(i) == query["cursor"]), -1)
            if start < 0:
                raise ValueError("no such cursor")
        rest = "null"
        if start + size < len(records):
            rest = json.dumps(key(start + size))
        self.answer(200, '{"total":%d,"next":%s,"data":[%s]}'
                    % (len(records), rest,
                       ",".join(records[start:start + size])))

    def answer(self, status, text, headers=None):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        """A client that went away is its own affair."""


class Api:
    """The server in a thread.

    records   what it serves, a list of JSON texts
    before    called as before(handler, path, query) first; true means that
              it has answered
    requests  the path of each request so far
    """

    def __init__(self, records, per_page=100, port=0):
        self.records = list(records)
        self.per_page = per_page
        self.before = None
        self.requests = []
        self.lock = threading.Lock()
        self.server = Server(("127.0.0.1", port), Handler)
        self.server.api = self
        self.base = "http://127.0.0.1:%d" % self.server.server_address[1]
        self.url = self.base + "/invoices"

    def __enter__(self):
        self.thread = threading.Thread(target=self.server.serve_forever,
                                       kwargs={"poll_interval": 0.05})
        self.thread.start()
        return self

    def __exit__(self, *args):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def main():
    parser = argparse.ArgumentParser(
        description="Serve the invoices in FILE, a JSON array, in pages.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--per-page", type=int, default=2)
    parser.add_argument("file", metavar="FILE")
    args = parser.parse_args()
    with open(args.file, encoding="utf-8") as f:
        records = split(f.read())
    api = Api(records, args.per_page, args.port)
    print(api.url, flush=True)
    try:
        api.server.serve_forever()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
