# SPDX-License-Identifier: Apache-2.0
"""docs/privacy.md: its recipes remove the rows of a person and no others, in
a database and in Bigtable, and the variants of mappings name nobody."""

import hashlib
import hmac
import json
import re
import shutil
import subprocess

import pytest

from conftest import ROOT, leaves, ndjson

PAGE = (ROOT / "docs/privacy.md").read_text()
MAPPINGS = ROOT / "mappings"
SAMPLE = MAPPINGS / "samples/nfe-4.00.ndjson"
KINDS = ("nfe-4.00", "nfse-nacional", "portal-transparencia")
SECRET = "of-chance"
FULL = ROOT / "tests/golden/transform/full-documents"


def blocks():
    found = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.M | re.S)
    assert len(found) == 6
    return found


@pytest.fixture(params=["sqlite", "bigtable"])
def shell(request, tools):
    """Runs a block of the page; where it says sqlite:, the target."""
    for name in (SAMPLE, *(MAPPINGS / f"nfe-4.00{p}.json"
                           for p in ("", "-private"))):
        shutil.copy(name, tools.folder)
    env = dict(tools.env)
    target = None
    if request.param == "bigtable":
        bigtable = request.getfixturevalue("bigtable")
        env |= bigtable.env
        target = bigtable.uri

    def run(*script):
        text = "".join(script)
        if target:
            text = re.sub(r"sqlite:\w+\.db", target, text)
        done = subprocess.run(
            ["bash", "-c", f"set -eu -o pipefail\n{text}"], cwd=tools.folder,
            env=env, stdin=subprocess.DEVNULL, capture_output=True,
            text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout
    run.folder = tools.folder
    return run


def numbers():
    """The CPFs of buyers in the sample."""
    found = ndjson(SAMPLE.read_text())
    dest = [(f.get("nfeProc") or {}).get("NFe", {}).get("infNFe", {}).get(
        "dest") or {} for f in found]
    return [d["CPF"] for d in dest if "CPF" in d]


WHO = pytest.mark.parametrize("cpf, count", [
    (numbers()[0], 1), ("11144477735", 0), ("5299822472", 0),
    ("52998224725 ", 0)])


@WHO
def test_recipe(shell, cpf, count):
    """Rows of that number go; a number that is nobody's, or part of one,
    removes nothing."""
    make, find, remove, again, _, _ = blocks()
    variables, rest = make.split("\n", 1)
    variables = re.sub(r"CPF=\S+", f"CPF='{cpf}'", variables) + "\n"
    shell(variables, rest)
    scan = variables + 'nf-load scan -q --keys-only "$TARGET"'
    before = set(shell(scan).split())
    assert shell(variables, find).strip() == str(count)
    assert shell(variables, remove).strip() == "0"
    after = set(shell(scan).split())
    keys = set((shell.folder / "keys").read_text().split())
    assert len(keys) == count and before - after == keys
    # Loading again brings them back, as the page says, and not with the list.
    load = rest.split("\n", 1)[1]
    shell(variables, load)
    assert set(shell(scan).split()) == before
    shell(variables, remove)
    assert shell(variables, again).strip() == "0"
    assert set(shell(scan).split()) == after


@WHO
def test_recipe_of_codes(shell, cpf, count):
    """The same where only the code of a number is in the table."""
    remove = blocks()[2]
    make, find = blocks()[4:]
    make = re.sub(r"CPF=\S+", f"CPF='{cpf}'", make)
    shell(make)
    variables = "".join(make.splitlines(True)[:2])
    scan = variables + 'nf-load scan -q --keys-only "$TARGET"'
    before = set(shell(scan).split())
    assert shell(variables, find).strip() == str(count)
    assert shell(variables, remove).strip() == "0"
    keys = set((shell.folder / "keys").read_text().split())
    assert len(keys) == count and len(before) == 3
    assert before - set(shell(scan).split()) == keys


def rows(tools, kind, text, env=None):
    done = tools.run(
        "nf-transform", "-q", "-m", MAPPINGS / f"{kind}-private.json",
        "--ts", "0", "--source", "run-1", input=text, check=0,
        env=env or {"NF_SECRET_PSEUDONYM": SECRET})
    return done.stdout


@pytest.mark.parametrize("kind", KINDS)
def test_it_reads_and_checks_what_the_other_does(kind):
    """A variant refuses what the mapping refuses, and shares no table."""
    one, other = (json.loads((MAPPINGS / f"{kind}{p}.json").read_text())
                  for p in ("", "-private"))
    for member in ("zone", "xml", "root", "absent", "checks"):
        assert one.get(member) == other.get(member), member
    assert not set(one["tables"]) & set(other["tables"])
    assert [r.get("when") for r in one["rules"]] == [
        r.get("when") for r in other["rules"]]
    assert all(r["table"] in other["tables"] for r in other["rules"])


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_of_the_samples_names_anybody(tools, kind):
    text = (MAPPINGS / f"samples/{kind}.ndjson").read_text()
    out = rows(tools, kind, text)
    assert len(ndjson(out)) == len(ndjson(text))
    personal = re.compile(r"/(@?Id|CNPJ|CPF|xNome|xLgr|xBairro|CEP|infCpl|"
                          r"nProt|chNFe|IE|xDescServ|nomeFornecedor|"
                          r"cnpjFornecedor|chaveNotaFiscal)$")
    found = {str(v).strip() for record in ndjson(text)
             for p, v in leaves(record) if personal.search(p)}
    assert len(found) > 3
    for value in found | {re.sub(r"\W", "", v) for v in found}:
        assert value not in out


# What may come through of each document, by the end of its path.
HARMLESS = {
    "nfe-4.00": re.compile(
        r"/ide/(cUF|cMunFG|mod|serie|tpNF|tpEmis|tpAmb|idDest|finNFe|indFinal"
        r"|indPres|dhEmi)|/infProt/cStat|/transp/modFrete"
        r"|/emit/(enderEmit/(UF|cMun)|CNAE|CRT)"
        r"|/dest/(enderDest/(UF|cMun|cPais)|indIEDest)"
        r"|/det/\*/prod/(cProd|cEAN|xProd|NCM|CFOP|uCom|qCom|vUnCom|vProd"
        r"|vDesc|vFrete|vOutro|indTot)|/det/\*/imposto/.*|/ICMSTot/\w+"
        r"|/detPag/\*/(tPag|vPag)"),
    "nfse-nacional": re.compile(
        r"/(cStat|ambGer|cLocIncid|dhProc|dhEmi|dCompet|tpAmb)"
        r"|/emit/enderNac/(UF|cMun)|/toma/end/endNac/cMun"
        r"|/serv/(locPrest/cLocPrestacao|cServ/(cTribNac|cNBS))"
        r"|/infNFSe/valores/.*|/valores/(vServPrest|vDescCondIncond|trib)/.*"),
}


@pytest.mark.parametrize("kind", HARMLESS)
def test_of_a_whole_document_only_what_is_harmless(tools, kind):
    """Every text of a document with all elements is another one; those that
    are in a row are where nobody is named."""
    count = 0

    def marked(value, path=""):
        nonlocal count
        if isinstance(value, dict):
            return {k: marked(v, f"{path}/{k}") for k, v in value.items()}
        if isinstance(value, list):
            return [marked(v, f"{path}/*") for v in value]
        if value != "1" or path.endswith("/@nItem"):
            return value
        count += 1
        return f"7{count:05}.25"

    documents = [marked(d) for d in ndjson(
        (FULL / f"{kind}.ndjson").read_text())]
    out = rows(tools, kind, "".join(json.dumps(d) + "\n" for d in documents))
    cells = {v for r in ndjson(out) for f in r["cells"].values()
             for v in f.values()}
    through = {p for d in documents for p, v in leaves(d)
               if re.fullmatch(r"7\d{5}\.25", str(v)) and v in cells}
    assert count > 100 and len(through) > 10
    assert [p for p in through
            if not re.search(f"({HARMLESS[kind].pattern})$", p)] == []


def test_codes_are_hmacs_and_join(tools):
    """As others compute them; one person has one code in all tables."""
    def code(text, secret=SECRET):
        return hmac.new(secret.encode(), text.encode(),
                        hashlib.sha256).hexdigest()

    found = {kind: ndjson(rows(tools, kind, (
        MAPPINGS / f"samples/{kind}.ndjson").read_text())) for kind in KINDS}
    issuer = code("20695448000184")
    assert {found["nfe-4.00"][0]["cells"]["emit"]["id"],
            found["nfse-nacional"][0]["cells"]["emit"]["id"],
            found["portal-transparencia"][0]["cells"]["nf"]["supplier_id"]
            } == {issuer}
    person = code(numbers()[0])
    assert found["nfe-4.00"][2]["cells"]["dest"] | {} == {
        **found["nfe-4.00"][2]["cells"]["dest"], "id": person,
        "masked": "*********25"}
    assert found["nfse-nacional"][0]["cells"]["toma"]["id"] == person
    for kind in KINDS:
        for row in found[kind]:
            assert re.fullmatch("[0-9a-f]{64}#[0-9a-f]{64}", row["row"])
    text = SAMPLE.read_text()
    assert rows(tools, "nfe-4.00", text, {"NF_SECRET_PSEUDONYM": "other"}
                ).count(issuer) == 0
