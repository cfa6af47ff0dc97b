# SPDX-License-Identifier: Apache-2.0
"""The log for machines: what nf-log(5) says is what there is."""

import json
import re

import pytest

from chain import Chain
from conftest import RELATIONAL, ROOT, make_invoice, ndjson

PAGE = (ROOT / "man" / "nf-log.5").read_text()
AT = "logging.googleapis.com/"
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
PARENT = f"00-{TRACE}-{SPAN}-01"


def section(name):
    return re.search(rf"^\.Sh {name}\n(.*?)(?=^\.Sh )", PAGE,
                     re.M | re.S).group(1)


def items(name, macro="Li"):
    """The names in a section's list."""
    lines = re.findall(rf"^\.It {macro} (.*)$", section(name), re.M)
    return {w for line in lines for w in line.split(" , ")}


def sources():
    return {p.relative_to(ROOT): p.read_text()
            for folder in ("fetch", "stage", "transform", "load", "lib")
            for p in sorted((ROOT / folder).rglob("*.c"))}


def emitted():
    """{(event, severity)} in the source; a call with no literal fails."""
    found = {("summary", "INFO")}
    for path, text in sources().items():
        if path.name == "msg.c":
            text = text[text.index("msg_error("):]
        for call in re.findall(r"\bmsg_(?:log|object|trace)\((.{,90})", text,
                               re.S):
            m = re.match(r'([^,]*),\s*"([a-z_]+)"', call)
            assert m and "MSG_" in m[1], f"{path}: {call}"
            found |= {(m[2], s) for s in re.findall(r"MSG_(\w+)", m[1])}
    for part in (ROOT / "pipeline").glob("*.sh"):
        found |= {(e, s) for s, e in re.findall(
            r"\bsay ([A-Z]+) ([a-z_]+) ", part.read_text())}
    return found


def test_events_are_in_the_page():
    told = set()
    for line in items("EVENTS", "Cm"):
        event, severities = re.fullmatch(r"(\w+) Pq (.+)", line).groups()
        told |= {(event, s) for s in severities.split(" or ")}
    assert emitted() == told


def test_fields_are_in_the_page():
    """Those that the source writes, and no others."""
    msg = (ROOT / "lib/report/msg.c").read_text()
    written = set(re.findall(r'jsonw_\w+\(b, "([\w./]+)"', msg))
    keys = {"summary", "code"}
    assert all(f'"{k}"' in msg for k in keys)
    assert written | keys == items("MEMBERS") | {"tool", "run"}
    app = (ROOT / "lib/cli/summary.c").read_text()
    body = app[app.index("\nsummary_json("):app.index("\nput_part(")]
    written = set(re.findall(r'jsonw_\w+\(b, "(\w+)"', body))
    for path, text in sources().items():
        if "extra" in text:
            written |= set(re.findall(r'jsonw_\w+\([&\w>.-]*extra, "(\w+)"',
                                      text))
    written |= set(re.findall(r'jsonw_member\(summary, "(\w+)"',
                              (ROOT / "lib/stream/reject.c").read_text()))
    for call, name in ("proof_write(", "proof"), ("put_samples(", "samples"):
        if call in body:
            written.add(name)
    assert written == items("SUMMARY")


@pytest.fixture
def chain(tools, api):
    """An API that is busy now and then, and a few bad invoices."""
    records = [make_invoice(n) for n in range(60)]
    records[7] = '{"NFeNumber":1}'
    server = api(records, per_page=10)
    seen = []

    def before(handler, path, query):
        seen.append(path)
        if len(seen) % 3 == 2:
            handler.answer(503, "{}")
            return True
        return False

    server.before = before
    c = Chain(tools, server.url, f"file://{tools.folder}/run-1",
              f"sqlite:{tools.folder}/t.db", RELATIONAL)
    c.create()
    return c


def job(tools, chain, **env):
    done = tools.run(
        "pipeline.sh", "--from", chain.url, "--stage", chain.stage, "-m",
        RELATIONAL, "--to", chain.target, "--reject", "bad", "-v", "-v",
        "--fetch-arg", "--set=/timeouts/retry_base=1ms",
        env={"NF_LOG_FORMAT": "json", **env}, check=0)
    return ndjson(done.stderr), done


def test_lines(tools, chain):
    """Every line of a job is one object with documented fields, a tool and
    the run; and there is nothing of an invoice in it."""
    lines, done = job(tools, chain)
    fields, summary = items("MEMBERS"), items("SUMMARY")
    events = {line.split()[0] for line in items("EVENTS", "Cm")}
    for line in lines:
        assert set(line) <= fields
        assert {"severity", "time", "message", "event"} <= set(line)
        assert line["event"] in events
        labels = line[AT + "labels"]
        assert set(labels) == {"tool", "run"}
        assert labels["run"] in ("run-1", json.loads(
            done.stdout.splitlines()[-1])["rejects"].split("/")[-1])
        assert set(line.get("summary", {})) <= summary
        assert not any(k.startswith(AT + "trace") for k in line)
    assert {line[AT + "labels"]["tool"] for line in lines} >= {
        "nf-fetch", "nf-stage", "nf-transform", "nf-load"}
    assert {line["event"] for line in lines} >= {"retry", "summary"}
    for value in ("2021-05-24", "ProductName", "P0", "507"):
        assert not re.search(rf"\b{value}\b", done.stderr)


@pytest.mark.parametrize("project", [None, "my-project"])
def test_trace(tools, chain, project):
    """In the caller's trace; each stage has a span of its own."""
    env = {"GOOGLE_CLOUD_PROJECT": project} if project else {}
    lines, _ = job(tools, chain, TRACEPARENT=PARENT, **env)
    want = f"projects/{project}/traces/{TRACE}" if project else TRACE
    spans = {}
    for line in lines:
        assert line[AT + "trace"] == want
        assert line[AT + "trace_sampled"] is True
        if line["event"] == "summary":
            spans.setdefault(line[AT + "labels"]["tool"], []).append(
                line[AT + "spanId"])
    every = [s for several in spans.values() for s in several]
    assert len(every) == len(set(every)) >= 6 and SPAN not in every
    assert all(re.fullmatch("[0-9a-f]{16}", s) for s in every)
    lines, _ = job(tools, chain, TRACEPARENT=PARENT)
    (own,) = [n for n in lines if n["event"] == "resume"]
    assert own[AT + "spanId"] == SPAN


@pytest.mark.parametrize("wrong", ["", "x", PARENT + "-x", PARENT.upper(),
                                   PARENT.replace("-", "_")])
def test_no_trace(tools, wrong):
    done = tools.run("nf-stage", "mark", f"file://{tools.folder}/r",
                     env={"NF_LOG_FORMAT": "json", "TRACEPARENT": wrong})
    assert AT + "trace" not in done.stderr


def test_repeats(tools):
    """A repeated message is counted; the end reports all."""
    tables = {f"t{n}": {"families": {"f": {}}} for n in range(200)}
    (tools.folder / "m.json").write_text(json.dumps({"tables": tables}))
    done = tools.run("nf-load", "create", "-v", "-m", "m.json", "sqlite:t.db",
                     check=0, env={"NF_LOG_FORMAT": "json"})
    lines = ndjson(done.stderr)
    assert lines.pop()["event"] == "summary"
    assert {line["event"] for line in lines} == {"table_created"}
    hidden = sum(line.get("suppressed", 0) for line in lines)
    told = [line for line in lines if line["message"].endswith(": created")]
    assert hidden > 0 and len(told) + hidden == 200


SECRET = "s3cr3t-of-nobody"


def levels(tools, tool, *args, **kwargs):
    """What each of no option, -v and -vv print."""
    said = []
    for level in [], ["-v"], ["-vv"]:
        words = [str(a).replace("LEVEL", str(len(said))) for a in args]
        done = tools.run(tool, *level, *words, check=0, **kwargs)
        said.append(re.sub(r"\d+", "N", done.stderr).splitlines())
    return said


@pytest.mark.parametrize("what", [
    "fetch", "fetch with a key", "fetch with a token", "transform", "put",
    "cat", "verify", "put to gs", "cat from gs", "verify gs",
    "apply", "apply to Bigtable", "scan from Bigtable", "diff with Bigtable",
    "create in Bigtable", "ls of Bigtable", "job"])
def test_each_level_prints_more(what, tools, api, storage, bigtable):
    """A line for each request, part or batch; headers, what is opened, and
    the kind of credentials; and never a secret."""
    records = "".join(make_invoice(n) + "\n" for n in range(3))
    run = f"file://{tools.folder}/run"
    if what.startswith("fetch"):
        server = api([make_invoice(n) for n in range(3)], per_page=2)
        more = {"fetch": [], "fetch with a key":
                ["--set", '/auth={"type":"api_key","query":"key",'
                 '"key":"env:NF_SECRET"}'],
                "fetch with a token": ["--bearer", "env:NF_SECRET"]}[what]
        said = levels(tools, "nf-fetch", *more, server.url,
                      env={"NF_SECRET": SECRET})
        each, all_ = "HTTP N", "< content-type: "
    elif what == "transform":
        said = levels(tools, "nf-transform", "-m", "nf-wide", "--ts", "now",
                      input=records)
        each, all_ = "N rules", "N rows, N bytes"
    elif what == "put":
        said = levels(tools, "nf-stage", "put", "--unsealed", "--emit=none",
                      run + "LEVEL", input=records)
        each, all_ = "part N: N records", "created"
    elif what in ("cat", "verify"):
        tools.run("nf-stage", "put", "--unsealed", "--emit=none", run,
                  input=records, check=0)
        said = levels(tools, "nf-stage", what, run)
        each, all_ = "part N: N records", ".gz: read"
    elif what.endswith("gs"):
        place = f"{storage.uri}/levels-"
        said = levels(tools, "nf-stage", "put", "--unsealed", "--emit=none",
                      place + "LEVEL", input=records, env=storage.env)
        if not what.startswith("put"):
            said = levels(tools, "nf-stage", what.split()[0], place + "0",
                          env=storage.env)
        each, all_ = "HTTP N", "> Accept-Encoding: identity"
    elif what == "job":
        said = levels(
            tools, "pipeline.sh", "--from",
            api([make_invoice(1)]).url, "--stage", run + "LEVEL", "-m",
            "nf-wide", "--create", "--to", f"sqlite:{tools.folder}/t.db",
            env={"NF_LOG_FORMAT": "text"})
        each, all_ = "part N: N record", "opened with SQLite"
    else:
        verb = what.split()[0]
        target, env = (f"sqlite:{tools.folder}/t.db", {}) \
            if what == verb else (bigtable.uri, bigtable.env)
        tools.run("nf-load", "create", "-m", "nf-wide", target, check=0,
                  env=env)
        rows = tools.run("nf-transform", "-m", "nf-wide", "--ts", "0",
                         input=records, check=0).stdout
        if verb != "apply":
            tools.run("nf-load", "-q", target, input=rows, env=env, check=0)
        said = levels(tools, "nf-load", verb,
                      *(["-m", "nf-wide"] if verb == "create" else []),
                      target, input=rows if verb in ("apply", "diff") else None,
                      env=env)
        if what == verb:
            each, all_ = "rows committed", "opened with SQLite"
        else:
            each, all_ = {
                "apply": ("N rows: OK", "N mutations"),
                "scan": ("ReadRows: OK", "N ranges"),
                "diff": ("ReadRows: OK", "N ranges"),
                "create": ("GetTable: OK", "N received"),
                "ls": ("ListTables: OK", "N received")}[verb]
    assert len(said[0]) < len(said[1]) < len(said[2]), said
    assert not any(each in line for line in said[0])
    assert any(each in line for line in said[1])
    assert not any(all_ in line for line in said[1])
    assert any(all_ in line for line in said[2]), said[2]
    assert SECRET not in str(said)
    if what.startswith("fetch with"):
        assert any("***" in line for line in said[2])
        assert any("credentials of kind" in line for line in said[2])
