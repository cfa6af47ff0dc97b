# SPDX-License-Identifier: Apache-2.0
"""The manuals as they are read: JSON in a rendered page is JSON.

A word that begins with a quote loses it on a line of mdoc (\\&" keeps it), so
the source does not show what the reader sees.
"""
import json
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = sorted((ROOT / "man").glob("*.[1-8]"))
TOKEN = re.compile(r'"(?:\\.|[^"\\\n])*"|\.\.\.|\b[A-Z]\b|.', re.S)

pytestmark = pytest.mark.skipif(not shutil.which("mandoc"),
                                reason="no mandoc")


def rendered(page):
    r = subprocess.run(["mandoc", "-Tutf8", "-Owidth=900", page],
                       check=True, capture_output=True, text=True)
    return re.sub(r".\x08", "", r.stdout)


def pieces(text):
    """What begins with {" or [", to the bracket that closes it or the end of
    the paragraph."""
    begin = re.compile(r'[{\[]\s*"')
    at = 0
    while m := begin.search(text, at):
        depth, at = 0, m.start()
        for token in TOKEN.finditer(text, at):
            depth += (token.group() in "{[") - (token.group() in "]}")
            if depth == 0 or text.startswith("\n\n", token.start()):
                break
        at = token.end()
        yield text[m.start():at]


def is_json(piece):
    """JSON in which ... stands for what is left out, a capital letter for a
    value; or the names of members alone."""
    if re.fullmatch(r'\{("\w+",\s*)*"\w+"\}', piece):
        return True
    # What mdoc took for quoted words of its own has a space behind it.
    if re.search(r"\w [\]}]", piece) and not re.match(r"[{\[]\s", piece):
        return False
    made = ""
    for m in TOKEN.finditer(piece):
        token = m.group()
        if token == "...":
            before = made.rstrip()
            made = (before[:-1] if before.endswith(",") else
                    made + "null" if before.endswith(":") else made)
        elif re.fullmatch("[A-Z]", token):
            made += "0"
        else:
            made += token
    try:
        json.loads(made)
    except ValueError:
        return False
    return True


def faults(text):
    """Pieces that are no JSON, and quotes inside of quotes."""
    return ([p for p in pieces(text) if not is_json(p)] +
            re.findall("\u2018[^\u2019\n]*\u2018", text))


def test_there_is_json():
    assert sum(len(list(pieces(rendered(p)))) for p in PAGES) > 40


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_json(page):
    assert faults(rendered(page)) == []


@pytest.mark.parametrize("line,bad", [
    ('.Ql {"age": "30d"}', True),
    ('.Ql {"age": \\&"30d"}', False),
    ('.Dl {"from": R, "exists": true}', True),
    ('.Dl {\\&"from": R, \\&"exists": true, ...}', False),
    ('.It Li {"all": [...]} , {"any": {...}}', False),
    ('.It Li {"in": ["55", "65"]}', True),
    ('.It Li {"in": ["55", \\&"65"]}', False),
    ('.Dl ["90/min", "5/15s"]', True),
    ('.Pq Ql 90/min , Ql 5/15s', True),
    ('.Pq Ql 90/min Ns , Ql 5/15s', True),
    ('an object {"table","row"} of {"v": 1, "run": "day-1"', True),
    ('an object {"table","row"} of {"v": 1, "run": "day-1"}', False),
])
def test_planted(tmp_path, line, bad):
    page = tmp_path / "nf-planted.1"
    page.write_text(".Dd November 30, 2026\n.Dt NF-PLANTED 1\n.Os\n.Sh NAME\n"
                    ".Nm nf-planted\n.Nd a page\n.Sh DESCRIPTION\n"
                    ".Bl -tag -width Ds\n"
                    + (line if line.startswith(".It") else ".It a\n" + line)
                    + "\n.El\n")
    assert bool(faults(rendered(page))) == bad
