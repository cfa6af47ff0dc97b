#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The API of the demo and of the documents: demo_api.py SAMPLES

serves the invoices of SAMPLES/invoices.json, eight a page, in the ways that
APIs have, until it is killed; the first line on stdout is its address.

    GET  /sample         the three invoices of nf-sample.json, two a page
    GET  /invoices       an array; a Link header names the next page
    GET  /object         {"total":N,"data":[...]}, by page number
    GET  /cursor         the same, by cursor
    GET  /offset         {"count":N,"items":[...]}, by offset and limit
    GET  /next           the next page's address is in the body
    GET  /invoices/ID    what the list does not have
    GET  /notas?de=DAY   one day at a time
    POST /search         {"year":N,"page":N}
    GET  /busy           its errors have status 200
    GET  /private        OAuth2, with a token from /token
"""

import base64
import json
import pathlib
import re
import sys

import invoices

PER_PAGE = 8


def by_day(handler, records, query):
    """As many tax offices answer: for one day at a time."""
    day = query.get("de", "")[-2:]
    found = [records[int(day) % len(records)]] if day.isdigit() else []
    handler.answer(200, '{"paginas":1,"notas":[%s]}' % ",".join(found))


def detail(handler, records, query):
    """What a list of invoices does not say."""
    handler.answer(200, '{"status":"authorized"}')


def token(handler, records, query):
    """OAuth2, client credentials by Basic."""
    who = "Basic " + base64.b64encode(b"an-id:a-secret").decode()
    good = (b"grant_type=client_credentials" in handler.body
            and handler.headers["Authorization"] == who)
    handler.answer(200 if good else 401, '{"access_token":"a-short-lived-one",'
                   '"token_type":"Bearer","expires_in":300}')


def private(handler, records, query):
    good = handler.headers["Authorization"] == "Bearer a-short-lived-one"
    handler.answer(200 if good else 401, "[%s]" % ",".join(records))


def searched(handler, records, query):
    """Asked by POST, as {"year":N,"page":N}."""
    asked = json.loads(handler.body)
    at = (asked["page"] - 1) * PER_PAGE if asked["year"] == 2021 \
        else len(records)
    handler.answer(200, '{"found":[%s]}'
                   % ",".join(records[at:at + PER_PAGE]))


def by_offset(handler, records, query):
    at, size = int(query["offset"]), int(query["limit"])
    handler.answer(200, '{"count":%d,"items":[%s]}'
                   % (len(records), ",".join(records[at:at + size])))


def by_next(handler, records, query):
    """The address of the next page is in the body."""
    page = int(query.get("page", 1))
    more = '"/next?page=%d"' % (page + 1) \
        if page * PER_PAGE < len(records) else "null"
    handler.answer(200, '{"data":[%s],"links":{"next":%s}}' % (
        ",".join(records[(page - 1) * PER_PAGE:page * PER_PAGE]), more))


def busy(handler, records, query):
    """Its errors have the status 200."""
    if handler.server.api.requests.count("/busy") % 3:
        handler.answer(200, '{"error":{"code":"BUSY"}}')
    else:
        handler.answer(200, '{"data":[%s]}' % ",".join(records))


ANSWERS = [(r"/notas", by_day), (r"/invoices/\d+", detail),
           (r"/token", token), (r"/private", private),
           (r"/search", searched), (r"/offset", by_offset),
           (r"/next", by_next), (r"/busy", busy)]


def answer(handler, path, query):
    api = handler.server.api
    for pattern, do in ANSWERS:
        if re.fullmatch(pattern, path):
            do(handler, api.records, query)
            return True
    if path == "/sample":
        page = int(query.get("page", 1))
        link = {"Link": f'<{api.base}/sample?page={page + 1}>; rel="next"'} \
            if page * 2 < len(api.sample) else {}
        handler.answer(200, "[%s]" % ",\n".join(
            api.sample[page * 2 - 2:page * 2]), link)
        return True
    return False


def main():
    samples = pathlib.Path(sys.argv[1])
    api = invoices.Api(
        invoices.split((samples / "invoices.json").read_text("utf-8")),
        PER_PAGE)
    api.sample = invoices.split(
        (samples / "nf-sample.json").read_text("utf-8"))
    api.before = answer
    print(api.base, flush=True)
    try:
        api.server.serve_forever()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
