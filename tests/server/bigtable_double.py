# SPDX-License-Identifier: Apache-2.0
"""A Bigtable that does what a script says, for tests of nf-load.

    with Double(script) as double:
        double.endpoint        "127.0.0.1:PORT"
        double.requests        what came: Request objects, in order

script(request) is called for every MutateRows attempt and yields what to do:
("entries", {index: code, ...}), ("rate", factor, seconds),
("status", code, message, trailing metadata) or nothing, which is OK.

As a program, bigtable_double.py PORT LOG, it writes the key of every row to
LOG, a line each, and acknowledges them once that is on disk.
"""

import concurrent.futures
import dataclasses
import os
import sys
import threading
import time

import grpc
from google.cloud.bigtable_admin_v2.types import \
    bigtable_table_admin as admin
from google.cloud.bigtable_v2.types import bigtable as bt
from google.protobuf import any_pb2, duration_pb2
from google.rpc import error_details_pb2, status_pb2

ADMIN = "/google.bigtable.admin.v2.BigtableTableAdmin/"
MUTATE_ROWS = "/google.bigtable.v2.Bigtable/MutateRows"
READ_ROWS = "/google.bigtable.v2.Bigtable/ReadRows"


@dataclasses.dataclass
class Request:
    at: float
    metadata: dict
    message: object
    attempt: int
    peer: str

    @property
    def rows(self):
        return [e.row_key.decode() for e in self.message.entries]


def retry_info(seconds):
    """Trailing metadata with a google.rpc.RetryInfo."""
    info = error_details_pb2.RetryInfo(
        retry_delay=duration_pb2.Duration(nanos=int(seconds * 1e9)))
    detail = any_pb2.Any()
    detail.Pack(info)
    return ("grpc-status-details-bin",
            status_pb2.Status(code=14, details=[detail]).SerializeToString())


def answer_or_abort(answer, context):
    if answer is None:
        answer = grpc.StatusCode.NOT_FOUND
    if isinstance(answer, grpc.StatusCode):
        context.abort(answer, "scripted")
    return answer


class Double:
    """tls: (key, certificate) in PEM, as bytes; without it plain text.
    read: function of a ReadRowsRequest to its answers, as messages.
    admin: {method: function of the request, as a message, to the answer, a
    grpc.StatusCode, or None for NOT_FOUND}."""

    def __init__(self, script, tls=None, admin=None, read=None):
        self.script = script
        self.read = read
        self.tls = tls
        self.admin = admin or {}
        self.requests = []
        self.lock = threading.Lock()

    def __enter__(self):
        return self.start()

    def start(self, port=0):
        self.server = grpc.server(
            concurrent.futures.ThreadPoolExecutor(16),
            options=[("grpc.max_receive_message_length", -1)])
        self.server.add_generic_rpc_handlers((self,))
        if self.tls is None:
            port = self.server.add_insecure_port(f"127.0.0.1:{port}")
        else:
            port = self.server.add_secure_port(
                f"127.0.0.1:{port}", grpc.ssl_server_credentials([self.tls]))
        self.endpoint = f"127.0.0.1:{port}"
        self.server.start()
        return self

    def __exit__(self, *_):
        self.server.stop(0).wait()

    def service(self, details):
        method = details.method.removeprefix(ADMIN)
        if method in self.admin:
            return grpc.unary_unary_rpc_method_handler(
                lambda message, context: answer_or_abort(
                    self.admin[method](message), context),
                request_deserializer=getattr(
                    admin, method + "Request").pb().FromString,
                response_serializer=lambda m: m.SerializeToString())
        if details.method == READ_ROWS and self.read is not None:
            return grpc.unary_stream_rpc_method_handler(
                lambda message, context: iter(self.read(message)),
                request_deserializer=bt.ReadRowsRequest.pb().FromString,
                response_serializer=lambda m: m.SerializeToString())
        if details.method != MUTATE_ROWS:
            return None
        return grpc.unary_stream_rpc_method_handler(
            self.mutate_rows,
            request_deserializer=bt.MutateRowsRequest.pb().FromString,
            response_serializer=lambda m: m.SerializeToString())

    def mutate_rows(self, message, context):
        with self.lock:
            first = message.entries[0].row_key
            request = Request(time.monotonic(),
                              dict(context.invocation_metadata()), message,
                              sum(first in [e.row_key for e in
                                            r.message.entries]
                                  for r in self.requests),
                              context.peer())
            self.requests.append(request)
        for what, *args in self.script(request):
            if what == "entries":
                answer = bt.MutateRowsResponse.pb()()
                for index, code in args[0]:
                    entry = answer.entries.add()
                    entry.index = index
                    entry.status.code = code
                    if code:
                        entry.status.message = "scripted"
                yield answer
            elif what == "rate":
                answer = bt.MutateRowsResponse.pb()()
                answer.rate_limit_info.factor = args[0]
                answer.rate_limit_info.period.seconds = args[1]
                yield answer
            elif what == "status":
                code, text, trailing = args
                context.set_trailing_metadata(trailing)
                context.set_code(next(c for c in grpc.StatusCode
                                      if c.value[0] == code))
                context.set_details(text)
                return
            elif what == "sleep":
                time.sleep(args[0])


def accept(request):
    """A script that acknowledges every row."""
    yield "entries", [(i, 0) for i in range(len(request.rows))]


def log_to(path):
    """A script that acknowledges what is in the log, for good."""
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)

    def script(request):
        # A server that is killed leaves no half of a line: one write.
        os.write(log, b"".join(e.row_key + b"\n"
                               for e in request.message.entries))
        os.fsync(log)
        yield from accept(request)
    return script


if __name__ == "__main__":
    Double(log_to(sys.argv[2])).start(int(sys.argv[1]))
    threading.Event().wait()
