# SPDX-License-Identifier: Apache-2.0
"""An API of small records, for the tests of nf-fetch."""

import json

from rest import Reply


def page(records, **more):
    return Reply(body=json.dumps({**more, "data": records}).encode())


def numbers(text):
    return [json.loads(line)["id"] for line in text.splitlines()]


KEYS = [''.join(chr(97 + int(c)) for c in f"{i:04}") for i in range(1000)]


class Things:
    """Records {"id":0..n-1}, paged every way there is."""

    def __init__(self, n, size=10):
        self.all = [{"id": i} for i in range(n)]
        self.size = size

    def cut(self, start, size=None):
        return self.all[start:start + (size or self.size)]

    def __call__(self, r):
        return getattr(self, r.path.strip("/").replace("-", "_"))(r)

    def page(self, r):
        n = int(r.query["page"])
        return page(self.cut((n - 1) * self.size),
                    pages=-(-len(self.all) // self.size),
                    total=len(self.all))

    def page_404(self, r):
        n = int(r.query["page"])
        found = self.cut((n - 1) * self.size)
        return page(found) if found or n == 1 else Reply(404, b"{}")

    def offset(self, r):
        start = int(r.query["offset"])
        # A server that gives at most 7, whatever is asked for.
        size = min(int(r.query.get("limit", 7)), 7)
        return page(self.cut(start, size), total=len(self.all))

    def after(self, at):
        """Where a page begins, and the key of the next: no number in it."""
        start = KEYS.index(at) if at in KEYS else int(at or 0)
        end = start + self.size
        return start, KEYS[end] if end < len(self.all) else None

    def cursor(self, r):
        start, after = self.after(r.query.get("after"))
        return page(self.cut(start), next=after)

    def cursor_header(self, r):
        start, after = self.after(r.headers.get("x-after"))
        reply = Reply(body=json.dumps(self.cut(start)).encode())
        if after:
            reply.headers["X-Next-After"] = after
        return reply

    def cursor_body(self, r):
        q = json.loads(r.body)
        assert r.method == "POST" and q["size"] == self.size
        start, after = self.after(q["page"].get("after"))
        return page(self.cut(start), next=after)

    def next(self, r):
        start, after = self.after(r.query.get("token"))
        return page(self.cut(start),
                    next={"href": f"/next?token={after}"} if after else None)

    def next_header(self, r):
        start, after = self.after(r.query.get("token"))
        reply = Reply(body=json.dumps(self.cut(start)).encode())
        if after:
            reply.headers["X-Next"] = f"?token={after}"
        return reply

    def link(self, r):
        start, after = self.after(r.query.get("token"))
        reply = Reply(body=json.dumps(self.cut(start)).encode())
        if after:
            reply.headers["Link"] = [
                '<http://elsewhere/,x>; rel="prev"; title="a, <b>"',
                f'</x>; rel=last, <?token={after}>; rel="other NEXT"']
        return reply

    def ndjson(self, r):
        start, after = self.after(r.query.get("token"))
        body = "\r\n\n".join(json.dumps(x) for x in self.cut(start))
        reply = Reply(body=body.encode(),
                      headers={"Content-Type": "application/x-ndjson; x=1"})
        if after:
            reply.headers["Link"] = f'<?token={after}>; rel=next'
        return reply

    def cut_short(self, r):
        n = int(r.query["page"])
        return page(self.cut((n - 1) * self.size, min(
            int(r.query["size"]), self.size)))
