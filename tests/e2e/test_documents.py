# SPDX-License-Identifier: Apache-2.0
"""NF-e and NFS-e through their ready mappings, however they were made JSON."""

import json

import pytest

from conftest import ROOT, leaves, ndjson

CASE = ROOT / "tests/golden/transform/full-documents"
KINDS = ("nfe-4.00", "nfse-nacional")


def documents(kind):
    return ndjson((CASE / f"{kind}.ndjson").read_text())


def rows(tools, kind, records):
    done = tools.run(
        "nf-transform", "-q", "-m", ROOT / f"mappings/{kind}.json", "--ts",
        "0", input="".join(json.dumps(r) + "\n" for r in records), check=0)
    return ndjson(done.stdout)


def numbered(value, count):
    """${value} with another text in each leaf that is "1"."""
    if isinstance(value, dict):
        return {k: v if k == "@nItem" else numbered(v, count)
                for k, v in value.items()}
    if isinstance(value, list):
        return [numbered(v, count) for v in value]
    if value != "1":
        return value
    count.append(1)
    return f"{len(count)}.10"


@pytest.mark.parametrize("kind", KINDS)
def test_every_text_becomes_a_cell(tools, kind):
    for document in documents(kind):
        document = numbered(document, [])
        cells = {v for r in rows(tools, kind, [document])
                 for f in r["cells"].values() for v in f.values()}
        lost = {p for p, v in leaves(document)
                if v not in cells and "/Signature/" not in p and
                p.rsplit("/", 1)[1] not in ("@xmlns", "@Id", "@nItem")}
        assert lost <= {f"/{a}/@versao" for a in (
            "nfeProc", "NFSe", "DPS", "nfeProc/protNFe",
            "NFSe/infNFSe/DPS")}


def elements(value, attributes, text, name=lambda n: n, wrap=lambda v: v):
    """A document of xmltodict as other converters write it."""
    if isinstance(value, list):
        return [elements(v, attributes, text, name) for v in value]
    if not isinstance(value, dict):
        return wrap(text(value))
    out, found = {}, {}
    for key, inner in value.items():
        if key.startswith("@"):
            found[key[1:]] = inner
        else:
            made = elements(inner, attributes, text, name)
            out[name(key)] = made if isinstance(made, list) else wrap(made)
    return attributes(found, out)


def in_member(member):
    return lambda found, out: {**({member: found} if found else {}), **out}


def prefixed(prefix):
    return lambda found, out: {**{prefix + k: v for k, v in found.items()},
                               **out}


CONVENTIONS = {
    "xml2js": (in_member("$"), lambda t: t, lambda n: n, lambda v: [v]),
    "xml2js, no arrays": (in_member("$"), lambda t: t),
    "xml-js": (in_member("_attributes"), lambda t: {"_text": t}),
    "PHP": (in_member("@attributes"), lambda t: t),
    "fast-xml-parser": (prefixed("@_"), lambda t: t),
    "mxj": (prefixed("-"), lambda t: t),
    "namespaces": (prefixed("@"), lambda t: t, lambda n: "ns2:" + n),
    "BadgerFish": (prefixed("@"), lambda t: {"$": t}),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("convention", CONVENTIONS)
def test_conventions_give_the_same_rows(tools, kind, convention):
    given = documents(kind)
    made = [elements(d, *CONVENTIONS[convention]) for d in given]
    assert made != given
    assert rows(tools, kind, made) == rows(tools, kind, given)


def single(value):
    """Lists of two with only their first, as an element that came once."""
    if isinstance(value, dict):
        return {k: single(v) for k, v in value.items()}
    return single(value[0]) if isinstance(value, list) else value


@pytest.mark.parametrize("kind", KINDS)
def test_lists_keep_one_name(tools, kind):
    for document in documents(kind):
        many, one = rows(tools, kind, [document, single(document)])
        names = {(f, q) for f, cells in many["cells"].items() for q in cells}
        found = {(f, q) for f, cells in one["cells"].items() for q in cells}
        assert found <= names


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_unread(tools, kind):
    mapping = json.loads((ROOT / f"mappings/{kind}.json").read_text())
    mapping["unread"] = "reject"
    (tools.folder / "m.json").write_text(json.dumps(mapping))
    given = documents(kind)
    extra = json.loads(json.dumps(given[0]))
    next(iter(extra.values()))["novo"] = {"vNovo": "1"}
    done = tools.run(
        "nf-transform", "-q", "-m", "m.json", "--ts", "0", "--reject", "r",
        input="".join(json.dumps(r) + "\n" for r in [*given, extra]), check=0)
    assert len(ndjson(done.stdout)) == len(given)
    refused, = ndjson((tools.folder / "r").read_text())
    assert refused["code"] == "unread"
    assert refused["pointer"].endswith("/novo")
