# SPDX-License-Identifier: Apache-2.0
"""A Bigtable that does what a script says, for tests of nf-load.

    with Double(script) as double:
        double.endpoint        "127.0.0.1:PORT"
        double.requests        what came: Request objects, in order

script(request) is called for every MutateRows attempt and yields what to do:
("entries", {index: code, ...}), ("rate", factor, seconds),
("status", code, message, trailing metadata) or nothing, which is OK.
"""

import concurrent.futures
import dataclasses
import threading
import time

import grpc
from google.cloud.bigtable_v2.types import bigtable as bt
from google.protobuf import any_pb2, duration_pb2
from google.rpc import error_details_pb2, status_pb2

MUTATE_ROWS = "/google.bigtable.v2.Bigtable/MutateRows"


@dataclasses.dataclass
class Request:
    at: float
    metadata: dict
    message: object
    attempt: int

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


class Double:
    def __init__(self, script):
        self.script = script
        self.requests = []
        self.lock = threading.Lock()

    def __enter__(self):
        self.server = grpc.server(
            concurrent.futures.ThreadPoolExecutor(16),
            options=[("grpc.max_receive_message_length", -1)])
        self.server.add_generic_rpc_handlers((self,))
        port = self.server.add_insecure_port("127.0.0.1:0")
        self.endpoint = f"127.0.0.1:{port}"
        self.server.start()
        return self

    def __exit__(self, *_):
        self.server.stop(0).wait()

    def service(self, details):
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
                                  for r in self.requests))
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
