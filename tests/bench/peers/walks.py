# SPDX-License-Identifier: Apache-2.0
"""How walks over odd APIs end: nf-fetch, dlt and Airbyte's low-code CDK.

    walks.py [NF-FETCH]

Prints the table of README.md.  It needs the tools built (make) and a Python
environment of its own, which tests/bench/setup does not make:

    pip install dlt==1.31.0 airbyte-cdk==7.39.1

Each API has 25 records, 10 a page, and one habit.  A cell is what the caller
is left with: "25", if these are all records and the end is a success; "10,
success", if others are missing; "refused (78)", with nf-fetch's exit status;
"error after 10"; or "endless", after 60 requests.  What the peers print goes
to the file $WALKS_LOG, if it is set.
"""

import dataclasses
import importlib.metadata
import json
import logging
import multiprocessing
import os
import subprocess
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../..")
sys.path.insert(0, os.path.join(ROOT, "tests/server"))

from rest import Reply, Rest  # noqa: E402

RECORDS = [{"id": i, "valor": f"{i}.90"} for i in range(1, 26)]
REQUESTS = 60
SECONDS = 60


def pages(request, name="page"):
    n = int(request.query.get(name) or 1)
    return RECORDS[n * 10 - 10:n * 10], n


def reply(records, headers=None, status=200, **members):
    body = json.dumps({**members, "records": records}).encode()
    return Reply(status, body, headers or {})


def unknown_next(request):
    records, n = pages(request)
    return reply(records, paginacao={"proxima": n + 1 if n < 3 else None})


def total(request):
    return reply(pages(request)[0], total=25)


def page_count(request):
    return reply(pages(request)[0], {"X-Total-Pages": "3"})


def link(request, last=3):
    records, n = pages(request)
    headers = {"X-Total-Count": "25"} if last < 3 else {}
    if n < last:
        headers["Link"] = f'</r?page={n + 1}>; rel="next"'
    return reply(records, headers)


def lost_link(request):
    return link(request, last=2)


def cursor(request):
    records, n = pages(request, "cursor")
    return reply(records, has_more=n < 3, next_cursor=n + 1 if n < 3 else None)


def same_cursor(request):
    records, n = pages(request, "cursor")
    return reply(records, next_cursor=2)


def empty_page(request):
    n = int(request.query.get("cursor") or 1)
    starts = {1: 0, 3: 10, 4: 20}
    records = RECORDS[starts[n]:starts[n] + 10] if n in starts else []
    return reply(records, next_cursor=n + 1 if n < 4 else None)


def first_again(request):
    return reply(pages(request, "pagina")[0])


def short_page(request):
    n = int(request.query.get("page") or 1)
    at = [0, 8, 18, 25, 25]
    return reply(RECORDS[at[min(n, 4) - 1]:at[min(n, 4)]])


def plain_pages(request):
    return reply(pages(request)[0])


def no_content(request):
    records, n = pages(request)
    return reply(records) if records else Reply(204, b"")


# The same question in the words of each: its arguments, its paginator.
def by_page(name):
    return Way(["-p", "page", "--page-param", name, "--set",
                "/paginate/size_param=limit", "--set", "/paginate/size=10"],
               {"params": {"limit": 10}, "paginator": {
                   "type": "page_number", "base_page": 1, "page_param": name,
                   "total_path": None}},
               {**paginator({"type": "PageIncrement", "start_from_page": 1,
                             "page_size": 10}, name),
                "page_size_option": parameter("limit")})


def by_cursor(place):
    return Way(["-p", "cursor", "--next", "/" + place, "--cursor-param",
                "cursor"],
               {"paginator": {"type": "cursor", "cursor_path": place,
                              "cursor_param": "cursor"}},
               paginator({"type": "CursorPagination", "cursor_value":
                          "{{ response.get('%s') }}" % place}, "cursor"))


def paginator(strategy, name):
    return {"type": "DefaultPaginator", "pagination_strategy": strategy,
            "page_token_option": parameter(name)}


def parameter(name):
    return {"type": "RequestOption", "field_name": name,
            "inject_into": "request_parameter"}


@dataclasses.dataclass
class Way:
    nf_fetch: list  # arguments
    dlt: dict  # members of the endpoint
    airbyte: dict  # the paginator


DEFAULT = Way([], {}, {"type": "NoPagination"})
LINK = Way(["-p", "link"], {"paginator": "header_link"}, {
    "type": "DefaultPaginator", "page_token_option": {"type": "RequestPath"},
    "pagination_strategy": {
        "type": "CursorPagination", "cursor_value":
        "{{ headers.get('link', {}).get('next', {}).get('url', '') }}"}})

# What README.md calls it, the APIs with it and how each is asked.
WALKS = [
    ("next page in a member of an unknown name; defaults",
     [(unknown_next, DEFAULT)]),
    ("total of 25 beside 10 records; defaults", [(total, DEFAULT)]),
    ("number of pages in a header; defaults", [(page_count, DEFAULT)]),
    ("`Link` with `rel=next`; defaults", [(link, DEFAULT)]),
    ("link missing on the second page, a header says 25",
     [(lost_link, LINK)]),
    ("next pointer misspelled in the source",
     [(cursor, by_cursor("nextCursor"))]),
    ("page parameter misspelled: page 1 again and again",
     [(first_again, by_page("page"))]),
    ("cursor that repeats", [(same_cursor, by_cursor("next_cursor"))]),
    ("empty page that names a next", [(empty_page, by_cursor("next_cursor"))]),
    ("short page before the last", [(short_page, by_page("page"))]),
    ("204 after the last page", [(no_content, by_page("page"))]),
    ("ends as expected: no next link, no next cursor, an empty page",
     [(link, LINK), (cursor, by_cursor("next_cursor")),
      (plain_pages, by_page("page"))]),
]


def walk_dlt(base, way):
    from dlt.sources.rest_api import rest_api_source

    os.environ["RUNTIME__LOG_LEVEL"] = "CRITICAL"
    source = rest_api_source({
        "client": {"base_url": base},
        "resources": [{"name": "r", "endpoint": {
            "path": "r", "data_selector": "records", **way}}]})
    for record in source.resources["r"]:
        yield record["id"]


def read_airbyte(retriever, config):
    """The records of a stream with this retriever."""
    from airbyte_cdk.models import (
        AirbyteStream, ConfiguredAirbyteCatalog, ConfiguredAirbyteStream,
        DestinationSyncMode, SyncMode, Type)
    from airbyte_cdk.sources.declarative.concurrent_declarative_source import (
        ConcurrentDeclarativeSource)

    schema = {"type": "object", "properties": {}}
    manifest = {
        "version": "6.0.0", "type": "DeclarativeSource",
        "check": {"type": "CheckStream", "stream_names": ["r"]},
        "spec": {"type": "Spec", "connection_specification": schema},
        "streams": [{
            "type": "DeclarativeStream", "name": "r", "primary_key": [],
            "schema_loader": {"type": "InlineSchemaLoader", "schema": schema},
            "retriever": retriever}]}
    catalog = ConfiguredAirbyteCatalog(streams=[ConfiguredAirbyteStream(
        stream=AirbyteStream(name="r", json_schema=schema,
                             supported_sync_modes=[SyncMode.full_refresh]),
        sync_mode=SyncMode.full_refresh,
        destination_sync_mode=DestinationSyncMode.append)])
    source = ConcurrentDeclarativeSource(
        catalog=catalog, config=config, state=[], source_config=manifest)
    for message in source.read(logging.getLogger("walks"), config, catalog,
                               []):
        if message.type == Type.RECORD:
            yield message.record.data


def walk_airbyte(base, way):
    for record in read_airbyte({
            "type": "SimpleRetriever", "paginator": way,
            "requester": {"type": "HttpRequester", "url_base": base,
                          "path": "/r", "http_method": "GET"},
            "record_selector": {
                "type": "RecordSelector", "extractor": {
                    "type": "DpathExtractor",
                    "field_path": ["records"]}}}, {}):
        yield record["id"]


def child(walk, base, way, pipe):
    log = os.open(os.environ.get("WALKS_LOG", os.devnull),
                  os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    try:
        for record in walk(base, way):
            pipe.send(record)
        pipe.send("success")
    except Exception as e:
        logging.error("%s: %s", type(e).__name__, e)
        pipe.send("error")
    os._exit(0)


def run_peer(walk, api, way):
    """Walk in a process of its own: an endless one must be ended."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=child, daemon=True,
                              args=(walk, api.base, way, theirs))
    process.start()
    theirs.close()
    ids = []
    end = "endless"
    while len(api.requests) < REQUESTS and ours.poll(SECONDS):
        try:
            got = ours.recv()
        except EOFError:
            end = "error"
            break
        if isinstance(got, str):
            end = got
            break
        ids.append(got)
    process.kill()
    process.join()
    return ids, end


def run_nf_fetch(tool, api, way):
    try:
        done = subprocess.run([tool, "--records", "/records", *way,
                               api.base + "/r"], timeout=SECONDS,
                              capture_output=True, check=False)
    except subprocess.TimeoutExpired:
        return [], "endless"
    ids = [json.loads(line)["id"] for line in done.stdout.splitlines()]
    return ids, "success" if done.returncode == 0 else \
        f"refused ({done.returncode})"


def cell(ids, end):
    if end == "success":
        whole = sorted(ids) == [record["id"] for record in RECORDS]
        return "25" if whole else f"{len(ids)}, success"
    return f"error after {len(ids)}" if end == "error" else end


def main():
    tool = sys.argv[1] if len(sys.argv) > 1 else \
        os.path.join(ROOT, "build/nf-fetch")
    print("| habit of the API | nf-fetch | dlt %s | Airbyte CDK %s |" % (
        importlib.metadata.version("dlt"),
        importlib.metadata.version("airbyte-cdk")))
    print("|---|---|---|---|")
    for habit, apis in WALKS:
        cells = []
        for run in (lambda api, way: run_nf_fetch(tool, api, way.nf_fetch),
                    lambda api, way: run_peer(walk_dlt, api, way.dlt),
                    lambda api, way: run_peer(walk_airbyte, api, way.airbyte)):
            ends = set()
            for answer, way in apis:
                with Rest(answer) as api:
                    ends.add(cell(*run(api, way)))
            cells.append(" or ".join(sorted(ends)))
        print("| %s | %s |" % (habit, " | ".join(cells)), flush=True)


if __name__ == "__main__":
    main()
