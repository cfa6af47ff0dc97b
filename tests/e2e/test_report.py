# SPDX-License-Identifier: Apache-2.0
"""pipeline.sh report: one page about a run, from what is stored beside it."""

import html.parser
import json
import re
import shutil
import subprocess
import time

import pytest

from chain import Chain
from conftest import RELATIONAL, make_invoice

VOID = {"meta", "link", "rect"}


class Page(html.parser.HTMLParser):
    """Every tag is closed; the text of cells, and what is referred to."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.links, self.rows = [], [], [], []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [v for k, v in attrs if k in ("href", "src", "action")]
        assert not any(k.startswith("on") for k, _ in attrs)
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data
        if {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data

    def row(self, begins):
        (found,) = [r for r in self.rows if r and r[0].startswith(begins)]
        return found


@pytest.fixture
def chain(tools, api):
    """A run of 1,000 invoices, 30 of them bad."""
    records = [make_invoice(n) for n in range(1000)]
    for n in range(0, 1000, 50):
        records[n] = '{"NFeNumber":%d}' % n
    for n in range(1, 1000, 100):
        records[n] = records[n].replace('"Discount":', '"Discount":"x","D":')
    c = Chain(tools, api(records, per_page=100).url,
              f"file://{tools.folder}/run-1", f"sqlite:{tools.folder}/t.db",
              RELATIONAL)
    c.create()
    return c


def page_of(tools, *args, env=None):
    done = tools.run("pipeline.sh", "report", *args, check=0,
                     env=env or {})
    return done.stdout, Page(done.stdout)


def test_page(tools, chain):
    chain.run(check=65)
    chain.run("--reject", "bad.ndjson", check=0)
    text, page = page_of(tools, "-m", RELATIONAL, chain.stage)
    assert not {"script", "iframe", "img", "object"} & set(page.tags)
    assert page.links == ["data:,"] and "@import" not in text
    assert set(re.findall(r"https?://[^ <,]*", text)) == {chain.url}
    assert text.count("<svg") == text.count("aria-hidden='true'") > 8
    assert page.row("fetch")[1:5] == ["0 done", "–", "1,000", "0"]
    assert page.row("put")[1:4] == ["0 done", "1,000", "–"]
    assert page.row("transform")[1:5] == ["0 done", "1,000", "2,910", "30"]
    assert page.row("load")[1:4] == ["0 done", "2,910", "2,910"]
    summary = json.loads(tools.run(
        "nf-stage", "notes", "-q", chain.stage).stdout.splitlines()[-1])
    reasons = summary["stages"]["transform"]["rejects"]
    assert sum(reasons.values()) == 30
    found = [r for r in page.rows if r[0] in reasons]
    assert {r[0]: int(r[2]) for r in found} == reasons
    assert all(r[1].startswith("/") and r[3] for r in found)
    assert "Timeline of the last job" in text
    assert set(summary["starts"]) == set(summary["stages"])
    assert summary["took"] > max(summary["starts"].values()) > 0
    jobs = [r for r in page.rows if r[1:2] == ["run"]]
    assert [r[2] for r in jobs] == ["0 done", "65 bad data"]
    assert jobs[1][4].startswith("transform: line 2: ")
    manifest = json.loads(tools.run(
        "nf-stage", "put", "-q", "--emit=manifest", chain.stage).stdout)
    assert manifest["raw_crc32c"] in text and manifest["source"] in text
    assert manifest["parts"][0]["part"] in text
    assert "970 rows, " in page.text and "1,940 rows, " in page.text


NOTHING = re.compile(r"(?<![\d.,])0 (ms|s|B)\b|(?<![\d.,])0(\.0)?/s")


def test_failed(tools, chain):
    """The page says what to do, and no number means nothing."""
    chain.run(check=65)
    text, page = page_of(tools, chain.stage)
    assert "The last job failed in transform" in page.text
    assert "What to do: fix the mapping" in page.text
    assert "everything is fetched and committed" in page.text
    assert not NOTHING.search(page.text)


def test_advice_is_about_what_failed(tools, api):
    """Not the mapping, if the API sent something else; and the echo of the
    other stage does not look like a cause."""
    chain = Chain(tools, api([make_invoice(1)]).url,
                  f"file://{tools.folder}/run-1",
                  f"sqlite:{tools.folder}/t.db", RELATIONAL)
    chain.create()
    chain.run("--fetch-arg=--records", "--fetch-arg=/nope", check=65)
    text, page = page_of(tools, chain.stage)
    assert "compare what the API sends" in page.text
    assert "mapping or add" not in page.text
    assert page.row("put")[1] == "75, by another stage"


def test_keys_are_in_order(tools, chain):
    chain.run("--reject", "bad.ndjson", check=0)
    text, page = page_of(tools, "-m", RELATIONAL, chain.stage)
    for part in text.split("Row keys:")[1].split("<h3>")[1:]:
        keys = re.findall(r"<div class='row'><p><code>(.*?)</code>",
                          part.split("</div></div>")[0])
        assert keys == sorted(keys)
    assert not NOTHING.search(page.text)


def test_throughput_over_time(tools, api):
    """From samples that the stages take; what takes less than two seconds has
    no chart."""
    server = api([make_invoice(n) for n in range(1200)], per_page=100)
    late = Chain(tools, server.url, f"file://{tools.folder}/late",
                 f"sqlite:{tools.folder}/t.db", RELATIONAL)
    late.create()
    server.before = lambda *args: time.sleep(0.3) or False
    done = late.run("--fetch-arg=--prefetch", "--fetch-arg=1", check=0)
    stages = json.loads(done.stdout.splitlines()[-1])["stages"]
    for name in "fetch", "put":
        samples = stages[name]["samples"]
        assert samples["seconds"] == 1 and 2 <= len(samples["records"]) <= 60
        assert samples["records"] == sorted(samples["records"])
        assert samples["records"][-1] <= 1200
    text, page = page_of(tools, late.stage)
    chart = text.split("Throughput over time")[1].split("</div>")[0]
    assert {"fetch", "put"} <= set(re.findall("<b>(.*?)</b>", chart))
    assert chart.count("<rect") >= 4
    assert not NOTHING.search(page.text)
    server.before = lambda *args: False
    quick = Chain(tools, server.url, f"file://{tools.folder}/quick",
                  f"sqlite:{tools.folder}/u.db", RELATIONAL)
    quick.create()
    quick.run(check=0)
    if all(len(s.get("samples", {}).get("records", [])) < 2 for s in json.loads(
            tools.run("nf-stage", "notes", "-q", quick.stage).stdout
            .splitlines()[-1])["stages"].values()):
        assert "Throughput over time" not in page_of(tools, quick.stage)[0]


def test_query_of_the_address_is_left_out(tools, api):
    """It may name somebody."""
    chain = Chain(tools, api([make_invoice(1)]).url + "?cpf=12345678909",
                  f"file://{tools.folder}/run-1", f"sqlite:{tools.folder}/t.db",
                  RELATIONAL)
    chain.create()
    chain.run(check=0)
    text, _ = page_of(tools, chain.stage)
    assert "/invoices" in text and "cpf" not in text


def test_notes_of_others(tools, chain):
    """No note breaks the page, or gets into it as more than text."""
    chain.run("--reject", "bad.ndjson", check=0)
    good = tools.run("nf-stage", "notes", "-q", chain.stage).stdout
    for note in ({"at": "<script>alert(1)</script>", "exit": 75},
                 {"stages": ["x"]}, {"tool": "nf-pipeline", "stages": 1},
                 *({**json.loads(good), "stages": {"fetch": {"samples": s}}}
                   for s in ([1], {"records": [1, 2]}, {"seconds": 0, "records":
                             [1, 2]}, {"seconds": 1, "records": ["<b>", 2]})),
                 {**json.loads(good), "at": "<b>now</b>"}):
        tools.run("nf-stage", "note", chain.stage, input=json.dumps(note),
                  check=0)
    text, page = page_of(tools, chain.stage)
    assert "script" not in page.tags and "<b>now" not in text
    assert page.row("load")[1] == "0 done"
    assert len([r for r in page.rows if r[1:2] == ["run"]]) == 2


def test_any_storage(tools, api, storage, sample):
    """The notes are where the run is."""
    chain = Chain(tools, api(sample).url, f"{storage.uri}/runs/r1",
                  f"sqlite:{tools.folder}/t.db", RELATIONAL, storage.env)
    chain.create()
    chain.run(check=0)
    names = storage.names("runs/r1/_nf/note-")
    assert len(names) == 1 and names[0].endswith(".json")
    _, page = page_of(tools, chain.stage, env=storage.env)
    assert page.row("load")[1] == "0 done"


def test_skipped(tools, api):
    """What no rule wants is there to see, in the page of shares as well."""
    mapping = json.loads(RELATIONAL.read_text())
    mapping["unmatched"] = "skip"
    for rule in mapping["rules"]:
        rule["when"] = {"from": "/NFeNumber", "pattern": ".*7"}
    path = tools.folder / "m.json"
    path.write_text(json.dumps(mapping))
    numbers = [json.loads(make_invoice(n))["NFeNumber"] for n in range(40)]
    want = sum(str(n)[-1] != "7" for n in numbers)
    chain = Chain(tools, api([make_invoice(n) for n in range(40)]).url,
                  f"file://{tools.folder}/run", f"sqlite:{tools.folder}/t.db",
                  path)
    chain.create()
    done = chain.run(check=0)
    assert done.summary["stages"]["transform"]["skipped"] == want > 20
    text, page = page_of(tools, chain.stage)
    tile = f"<span>skipped</span><b>{want}</b>"
    assert tile in text
    for share in ("1/2", "2/2"):
        tools.run("pipeline.sh", "load", "--stage", chain.stage, "-m", path,
                  "--to", chain.target, "--part", share, check=0)
    assert tile in page_of(tools, chain.stage)[0]
    chain.mapping = RELATIONAL
    chain.run(check=0)
    assert "<span>skipped</span>" not in page_of(tools, chain.stage)[0]


def test_shares(tools, api):
    """Shares of a load are one stage; the last word on each counts."""
    url = api([make_invoice(n) for n in range(100)], per_page=10).url
    stage, target = f"file://{tools.folder}/run", f"sqlite:{tools.folder}/t"
    tools.run("nf-load", "create", "-m", RELATIONAL, target, check=0)
    tools.run("pipeline.sh", "fetch", "--from", url, "--stage", stage,
              "--stage-arg", "--part-records=10", check=0)
    for share in ("1/3", "2/3", "1/3"):
        tools.run("pipeline.sh", "load", "--stage", stage, "-m", RELATIONAL,
                  "--to", target, "--part", share, check=0)
    _, page = page_of(tools, stage)
    row = page.row("load")
    assert row[0].endswith("2 of 3 shares")
    notes = [json.loads(n) for n in tools.run(
        "nf-stage", "notes", stage, check=0).stdout.splitlines()]
    want = sum(n["stages"]["load"]["records_out"] for n in notes[1:3])
    assert row[3] == str(want)


def test_what_is_not_there(tools):
    done = tools.run("pipeline.sh", "report", f"file://{tools.folder}/none",
                     check=78)
    assert (done.stdout, "/none/: no staged run" in done.stderr) == ("", True)
    run = f"file://{tools.folder}/run"
    tools.run("nf-stage", "note", run, input="{}\n", check=0)
    _, page = page_of(tools, run)
    assert "nothing is stored yet" in page.text
    tools.run("nf-stage", "put", "--unsealed", "--emit=none", run,
              input="1\n", check=0)
    for args, code in ((["ftp://x/y"], 64), ([], 64), (["--no-such"], 64),
                       ([run, run], 64), (["-m", "none.json", run], 78)):
        done = tools.run("pipeline.sh", "report", *args, "--summary", "s",
                         check=code)
        assert done.stdout == "" and done.stderr != ""
    last = json.loads((tools.folder / "s").read_text())
    assert (last["verb"], last["exit"]) == ("report", 78)


def test_nothing_escapes(tools, chain):
    """What people name is text."""
    evil = "<img src=x onerror=alert(1)>'\"&"
    chain.run("--reject", "bad", "--run", evil, check=0)
    text, page = page_of(tools, chain.stage)
    assert "<img" not in text and "img" not in page.tags
    assert evil in page.text


NOTES = [(b"[1]", 65), (b"", 65), (b"{}\n{}", 65), (b'{"a":1,"a":2}', 65),
         (b'{"a":"' + b"x" * 300000 + b'"}', 78), (b"{}\n", 0), (b"{ }", 0)]


@pytest.mark.parametrize("note, code", NOTES, ids=range(len(NOTES)))
def test_notes(tools, note, code):
    uri = f"file://{tools.folder}/run"
    done = subprocess.run([tools.path("nf-stage"), "note", uri], input=note,
                          env=tools.env, capture_output=True)
    assert done.returncode == code, done.stderr
    said = tools.run("nf-stage", "notes", uri, check=code and 78).stdout
    assert said == ("" if code else note.decode().strip() + "\n")


# A job ----------------------------------------------------------------------

def ledger(tools, every="1d", since="2026-01-01", **window):
    """A job with a window of each look; its file."""
    tools.folder.joinpath("staged").mkdir(exist_ok=True)
    path = tools.folder / "job.json"
    target = f"sqlite:{tools.folder}/t.db"
    path.write_text(json.dumps({
        "nf_job": 1, "name": "nfe", "source": "s.json", "target": target,
        "window": {"every": every, "since": since, **window},
        "stage": f"file://{tools.folder}/staged", "mapping": "m.json",
        "late_after": "20d"}))

    def commit(name, text="{}\n", **note):
        uri = f"file://{tools.folder}/staged/nfe/{name}"
        tools.run("nf-stage", "--unsealed", "--emit=none", uri, input=text,
                  check=0)
        if note:
            tools.run("nf-stage", "note", uri, check=0, input=json.dumps(
                {"tool": "nf-pipeline", "exit": 0, "stages": {},
                 "mapping_hash": "f" * 16, "target": target, **note}))
        return uri
    return path, commit


def looks(text):
    """What a reader sees: the text for each square of the calendar."""
    return re.findall(r"<span class='hide'>([^<]*)</span>", text)


def test_page_of_a_job(tools):
    path, commit = ledger(tools)
    commit("2026-01-02", state="loaded")
    commit("2026-01-03", "")
    commit("2026-01-04", state="loaded",
           stages={"transform": {"rejected": 2}})
    uri = commit("2026-01-05", state="loaded")
    commit("2026-01-05.r2", "{}\n{}\n", state="loaded")
    commit("2026-02-01", "{}\n" * 1234, state="loaded")
    tools.run("nf-stage", "note", uri + ".r2", check=0, input=json.dumps(
        {"tool": "nf-pipeline", "state": "audited",
         "target": f"sqlite:{tools.folder}/t.db"}))
    commit("2026-01-30")
    begun = f"file://{tools.folder}/staged/nfe/2026-01-31"
    tools.run("nf-stage", "--emit=none", begun, check=75, input=json.dumps(
        {"$nf": "begin", "v": 1, "run": "x", "at": 1, "source": "0" * 64,
         "from": None}, separators=(",", ":")) + "\n{}\n")
    now = ["--now", "2026-02-02T12:00:00Z"]
    text, page = page_of(tools, path, *now)
    assert not {"script", "iframe", "img", "object", "a"} & set(page.tags)
    assert page.links == ["data:,"] and "@import" not in text
    assert re.findall(r"https?://", text) == []
    seen = {s.split(":")[0]: s.split(": ")[1] for s in looks(text)}
    assert len(seen) == 32
    assert seen["2026-01-01"] == "late, due"
    assert seen["2026-01-02"] == "loaded, 1 record"
    assert seen["2026-01-03"] == "empty, 0 records"
    assert seen["2026-01-04"] == "rejected, 1 record, 2 rejected"
    assert seen["2026-01-05"] == "audited, 2 records, revision 2"
    assert seen["2026-01-29"] == "missing, due"
    assert seen["2026-01-30"] == "not loaded, 1 record, due"
    assert seen["2026-01-31"] == "begun, due"
    assert seen["2026-02-01"] == "loaded, 1,234 records"
    assert "at most 1,234" in page.text and "8 windows late" in page.text
    rows = [r for r in page.rows if r[1:2] == ["late"]]
    assert [r[0] for r in rows][:2] == ["2026-01-01", "2026-01-06"]
    # With the pages of the runs beside it.
    tools.run("pipeline.sh", "report", path, "--pages", "pages", *now, check=0)
    text = (tools.folder / "pages/index.html").read_text("utf-8")
    links = re.findall(r"<a href='([^']+)'", text)
    assert "2026-01-05.r2.html" in links and len(set(links)) == 7
    for link in set(links):
        assert (tools.folder / "pages" / link).read_text("utf-8") \
            .startswith("<!DOCTYPE html>")


@pytest.mark.parametrize("every,since,now,first,count", [
    ("1h", "2026-01-01", "2026-01-03T00:00:00Z",
     "01: 24 windows, 24 due; 2026-01-01T0000: missing, due", 2),
    ("1w", "2026-01-05", "2026-02-02T00:00:00Z",
     "2026-01-05: late, due", 4),
    ("1mo", "2025-11", "2026-02-01T00:00:00Z", "2026-01: missing, due", 3),
    ("cursor", "0", "2026-02-01T00:00:00Z", "000001: missing, due", 1)])
def test_calendars_of_other_windows(tools, every, since, now, first, count):
    path, _ = ledger(tools, every, since)
    text, _ = page_of(tools, path, "--now", now)
    assert looks(text)[0] == first and len(looks(text)) == count


# In a browser ---------------------------------------------------------------

FRAME = """<!DOCTYPE html><meta name="color-scheme" content="light dark">
<iframe id="f" src="{page}" width="{width}" height="900"></iframe>
<script>onload = () => {{
  const d = document.getElementById("f").contentDocument;
  const seen = [...d.querySelectorAll("td, th, dd, p, b, code, h1")]
    .filter((x) => x.offsetParent && x.getBoundingClientRect().right >
      d.documentElement.clientWidth + 0.5).map((x) => x.textContent);
  document.body.textContent = "JSON" + JSON.stringify({{
    over: seen, width: d.documentElement.scrollWidth,
    page: getComputedStyle(d.body).backgroundColor,
    text: getComputedStyle(d.body).color}}) + "END";
}};</script>"""


def browse(folder, page, width, dark):
    """What a browser makes of the page: its facts, what it complained of."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if shutil.which(name):
            break
    else:
        pytest.skip("no chromium (Debian's package chromium)")
    frame = folder / f"frame-{width}-{dark}.html"
    frame.write_text(FRAME.format(page=page.as_uri(), width=width))
    done = subprocess.run(
        [name, "--headless", "--no-sandbox", "--disable-gpu",
         "--disable-dev-shm-usage", f"--user-data-dir={folder / 'profile'}",
         "--allow-file-access-from-files", "--enable-logging=stderr",
         f"--blink-settings=preferredColorScheme={0 if dark else 1}",
         "--virtual-time-budget=10000", "--dump-dom", frame.as_uri()],
        stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=240)
    found = re.search(r"JSON(\{.*\})END", done.stdout)
    assert found, done.stderr
    said = [s for s in done.stderr.splitlines() if ":CONSOLE" in s]
    return json.loads(found.group(1)), said


def brightness(color):
    return sum(map(int, re.findall(r"\d+", color)[:3]))


def check_looks(folder, page):
    for width in (360, 1100):
        for dark in (False, True):
            found, said = browse(folder, page, width, dark)
            assert said == []
            assert found["over"] == [] and found["width"] <= width
            assert (brightness(found["page"]) <
                    brightness(found["text"])) == dark


def test_browser(tools, chain, tmp_path):
    """No complaint on the console; nothing is cut off on a phone; dark where
    dark is wanted."""
    chain.run(check=65)
    chain.run("--reject", "bad.ndjson", check=0)
    text, _ = page_of(tools, "-m", RELATIONAL, chain.stage)
    page = tmp_path / "page.html"
    page.write_text(text)
    check_looks(tmp_path, page)
    job, commit = ledger(tools)
    for n in range(1, 29):
        commit(f"2026-01-{n:02}", "{}\n" * n, state="loaded")
    page.write_text(page_of(tools, job, "--now", "2026-04-01T00:00:00Z")[0])
    check_looks(tmp_path, page)
    page.write_text(text.replace("<main>", "<main><p style='width:500px'>x"
                                 "<script>nothing()</script>"))
    found, said = browse(tmp_path, page, 360, False)
    assert said and found["over"] and found["width"] > 360
