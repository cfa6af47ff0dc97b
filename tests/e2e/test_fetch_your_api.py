# SPDX-License-Identifier: Apache-2.0
"""nf-source(5), YOUR API SAYS: each source there, as it stands, against a
server that answers as that API is documented to."""

import json
import pathlib
import re
import urllib.parse

import jsonschema
import pytest

from rest import Reply, Rest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEXT = (ROOT / "man/nf-source.5").read_text("utf-8").split(
    ".Sh YOUR API SAYS\n")[1].split("\n.Sh ")[0]
SCHEMA = json.loads((ROOT / "mappings/source.schema.json").read_text())
SHOWN = {name.split(":")[0]: json.loads(text) for name, text in re.findall(
    r"^\.It ([^\n]*)\n\.Bd -literal\n(.*?)^\.Ed$", TEXT, re.M | re.S)}
SECRETS = {name: "canary-" + name for name in (
    "OMIE_KEY", "OMIE_SECRET", "BLING_TOKEN", "TINY_TOKEN", "QIVE_ID",
    "QIVE_KEY", "VTEX_KEY", "VTEX_TOKEN", "A1_PASSWORD")}
N = 230
RECORDS = [{"id": i, "valor": f"{i}.90"} for i in range(1, N + 1)]


def body(value, status=200, **headers):
    return Reply(status, json.dumps(value).encode(), headers={
        k.replace("_", "-"): v for k, v in headers.items()})


def by_number(r, name, first=1, size=100):
    n = int(r.query[name]) - first
    return RECORDS[n * size:n * size + size]


def adn(r):
    after = int(r.path.removeprefix("/contribuintes/DFe/"))
    lot = [{"NSU": 7 * x["id"], "ChaveAcesso": "x"} for x in RECORDS
           if 7 * x["id"] > after][:50]
    return body({"StatusProcessamento": "DOCUMENTOS_LOCALIZADOS",
                 "LoteDFe": lot}) if lot else body(
        {"StatusProcessamento": "NENHUM_DOCUMENTO_LOCALIZADO",
         "LoteDFe": []}, 404)


def omie(r):
    asked = json.loads(r.body)
    assert (asked["app_key"], asked["app_secret"]) == (
        SECRETS["OMIE_KEY"], SECRETS["OMIE_SECRET"])
    param, = asked["param"]
    n, size = param["pagina"], param["registros_por_pagina"]
    found = RECORDS[(n - 1) * size:n * size]
    if not found:
        return body({"faultcode": "SOAP-ENV:Client-5113",
                     "faultstring": "ERROR: Nao existem registros"}, 500)
    return body({"pagina": n, "total_de_paginas": 3, "registros": len(found),
                 "total_de_registros": N, "nfCadastro": found})


def bling(r):
    assert r.headers["authorization"] == "Bearer " + SECRETS["BLING_TOKEN"]
    assert r.query["limite"] == "100"
    return body({"data": by_number(r, "pagina")})


def tiny(r):
    assert r.query["token"] == SECRETS["TINY_TOKEN"]
    assert r.query["formato"] == "json"
    n = int(r.query["pagina"])
    return body({"retorno": {
        "status_processamento": "3", "status": "OK", "pagina": n,
        "numero_paginas": 3, "notas_fiscais": [
            {"nota_fiscal": x} for x in by_number(r, "pagina")]}})


def qive(r):
    assert (r.headers["x-api-id"], r.headers["x-api-key"]) == (
        SECRETS["QIVE_ID"], SECRETS["QIVE_KEY"])
    at = int(r.query.get("cursor", 0))
    found = RECORDS[at:at + 50]
    more = at + len(found)
    return body({"status": {"code": 200, "message": "Ok"}, "data": found,
                 "count": len(found), "page": {
                     "previous": "x", "next": "https://api.arquivei.com.br"
                     f"/v1/nfe/received?limit=50&cursor={more}"}})


def vtex_keys(r):
    assert (r.headers["x-vtex-api-appkey"],
            r.headers["x-vtex-api-apptoken"]) == (
        SECRETS["VTEX_KEY"], SECRETS["VTEX_TOKEN"])


def orders(r):
    vtex_keys(r)
    a, b = re.fullmatch(r"creationDate:\[2026-10-01T(\d\d):00:00\.000Z TO "
                        r"2026-10-01T(\d\d):59:59\.999Z\]",
                        r.query["f_creationDate"]).groups()
    assert a == b and 3 <= int(a) <= 6
    hour = int(a) - 3  # 110, 110, 10 and none
    found = RECORDS[110 * hour:110 * hour + 110]
    n = int(r.query["page"]) - 1
    assert n < 2 and r.query["per_page"] == "100"
    return body({"list": found[100 * n:100 * n + 100], "facets": [],
                 "paging": {"total": len(found), "currentPage": n + 1,
                            "pages": (len(found) + 99) // 100,
                            "perPage": 100}, "stats": {"stats": {}}})


def scroll(state):
    def answer(r):
        vtex_keys(r)
        assert r.query["_size"] == "100"
        token = r.headers.get("x-vtex-md-token")
        assert token == (None if not state else "tok+/=")
        at = state.get("at", 0)
        state["at"] = at + 100
        return body(RECORDS[at:at + 100], X_VTEX_MD_TOKEN="tok+/=",
                    REST_Content_Range=f"resources 0-100/{N}")
    return answer


def odata(r):
    skip = int(r.query.get("$skiptoken", 0))
    assert r.query["$count"] == "true"
    reply = {"@odata.context": "$metadata#Notas", "@odata.count": N,
             "value": RECORDS[skip:skip + 90]}
    if skip + 90 < N:
        reply["@odata.nextLink"] = f"Notas?$count=true&$skiptoken={skip + 90}"
    return body(reply)


def relay(r):
    asked = json.loads(r.body)
    assert asked["query"] == (
        "query($a: String) { notas(after: $a) { edges { node { id valor } } "
        "pageInfo { hasNextPage endCursor } } }")
    at = int(asked["variables"].get("a", "k0")[1:])
    found = RECORDS[at:at + 100]
    return body({"data": {"notas": {
        "edges": [{"cursor": f"k{x['id']}", "node": x} for x in found],
        "pageInfo": {"hasNextPage": at + 100 < N,
                     "endCursor": f"k{found[-1]['id']}"}}}})


def links(r):
    n = int(r.query.get("page", 1))
    base = f"<{r.path}?per_page=100&page="
    rels = [base + '1>; rel="first"', base + '3>; rel="last"']
    if n < 3:
        rels.insert(0, base + f'{n + 1}>; rel="next"')
    return body(RECORDS[100 * n - 100:100 * n], X_Total_Count=str(N),
                Link=", ".join(rels))


def spring(r):
    found = by_number(r, "page", 0)
    n = int(r.query["page"])
    assert r.query["size"] == "100" and r.query["sort"] == "id"
    return body({"content": found, "totalElements": N, "totalPages": 3,
                 "last": n == 2, "first": n == 0, "size": 100, "number": n,
                 "numberOfElements": len(found), "empty": not found})


def hal(r):
    n = int(r.query.get("page", 0))
    reply = {"_embedded": {"notas": RECORDS[20 * n:20 * n + 20]},
             "_links": {"self": {"href": "x"}}, "page": {
                 "size": 20, "totalElements": N, "totalPages": 12,
                 "number": n}}
    if n < 11:
        reply["_links"]["next"] = {
            "href": f"http://{r.headers['host']}/notas?page={n + 1}&sort=id"}
    return body(reply)


TWINS = {
    "ADN NFS-e": (lambda: adn, "empty"), "Omie": (lambda: omie, "total"),
    "Bling": (lambda: bling, "empty"), "Tiny (Olist)": (lambda: tiny, "pages"),
    "Arquivei (Qive)": (lambda: qive, "end"),
    "VTEX orders": (lambda: orders, "total"),
    "VTEX Master Data": (lambda: scroll({}), "total"),
    "OData": (lambda: odata, "total"), "GraphQL Relay": (lambda: relay, "end"),
    "Link headers": (lambda: links, "total"),
    "Spring Data": (lambda: spring, "total"),
    "Spring Data REST (HAL)": (lambda: hal, "total"),
}


def run(tools, api, name, *args):
    """The source as it is shown, at the server; without its certificate."""
    source = dict(SHOWN[name])
    origin, rest = re.match(r"(https://[^/]*)(/.*)", source["url"]).groups()
    source["url"] = api.base + rest
    if source.pop("tls", None) is not None:
        assert name == "ADN NFS-e"
    source.pop("rate", None)
    (tools.folder / "s.json").write_text(json.dumps(source))
    return tools.run("nf-fetch", "--set", "/timeouts/retry_base=1ms", "--seal", "-s",
                     "s.json", *args, env=SECRETS)


def ids(done):
    lines = (json.loads(x) for x in done.stdout.splitlines())
    return [r["NSU"] // 7 if "NSU" in r else r["id"]
            for r in lines if "$nf" not in r]


def test_all_are_tried():
    assert set(SHOWN) == set(TWINS)


@pytest.mark.parametrize("name", SHOWN)
def test_as_it_stands(tools, name):
    """It is valid as it is shown, and all records come, with a proof."""
    (tools.folder / "shown.json").write_text(json.dumps(SHOWN[name]))
    tools.run("nf-fetch", "--check", "-s", "shown.json", check=0)
    jsonschema.validate(SHOWN[name], SCHEMA)
    make, proof = TWINS[name]
    with Rest(make()) as api:
        done = run(tools, api, name)
    assert done.returncode == 0, done.stderr
    assert ids(done) == list(range(1, N + 1))
    end = json.loads(done.stdout.splitlines()[-1])
    assert end["proof"]["by"] == proof, end
    assert "canary" not in done.stdout + done.stderr


@pytest.mark.parametrize("name", SHOWN)
def test_through_faults(tools, name):
    """Each request fails once: all the same, or, where nothing may be asked
    twice, 75 and no end."""
    make, _ = TWINS[name]
    whole, seen = make(), set()

    def flaky(r):
        key = (r.target, r.body)
        if key not in seen:
            seen.add(key)
            return Reply(503) if len(seen) % 2 else Reply(fault="reset")
        return whole(r)
    with Rest(flaky) as api:
        done = run(tools, api, name)
    if name == "VTEX Master Data":
        assert done.returncode == 75 and '"end"' not in done.stdout
    else:
        assert done.returncode == 0, done.stderr
        assert ids(done) == list(range(1, N + 1))
    assert "canary" not in done.stdout + done.stderr


@pytest.mark.parametrize("name", SHOWN)
def test_from_its_marks(tools, name):
    """Going on at each mark, if there are any, gives the rest."""
    def plain(text):
        return re.sub(r"127\.0\.0\.1:\d+", "host", text)

    make, _ = TWINS[name]
    with Rest(make()) as api:
        lines = run(tools, api, name).stdout.splitlines()
    marks = [i for i, x in enumerate(lines) if '"mark"' in x]
    assert bool(marks) == (name in (
        "ADN NFS-e", "Arquivei (Qive)", "VTEX orders")), marks
    for i in marks[::-2]:
        with Rest(make()) as api:
            cursor = json.loads(lines[i])["cursor"]
            if "text" in cursor:
                cursor["text"] = re.sub(r"^http://[^/]*", api.base,
                                        cursor["text"])
            done = run(tools, api, name, "--resume", json.dumps(cursor))
        assert done.returncode == 0, done.stderr
        # 404 to a cursor may mean that it is not known: from the start.
        again = "starting over" in done.stderr
        assert again == (name == "ADN NFS-e" and i == marks[-1])
        assert [plain(x) for x in done.stdout.splitlines()[1:-1]] == [
            plain(x) for x in lines[1 if again else i + 1:-1]]


@pytest.mark.parametrize("answer,code", [
    (body({"StatusProcessamento": "NENHUM_DOCUMENTO_LOCALIZADO",
           "LoteDFe": []}, 404), 0),
    (body({"StatusProcessamento": "REJEICAO"}, 404), 69),
    (Reply(404, b"<html>"), 69)])
def test_adn_has_nothing_new(tools, answer, code):
    """That is no error at the first NSU either; any other 404 is one."""
    with Rest(lambda r: answer) as api:
        done = run(tools, api, "ADN NFS-e")
    assert done.returncode == code and ids(done) == []


@pytest.mark.parametrize("answer,code,says", [
    ({"status": "Erro", "codigo_erro": 20}, 0, ""),
    ({"status": "Erro", "codigo_erro": "20"}, 0, ""),
    ({"status": "Erro", "codigo_erro": 2, "erros": [
        {"erro": "token invalido"}]}, 69, "token invalido"),
    ({"status": "Erro", "codigo_erro": 6}, 75, "rule")])
def test_errors_of_tiny(tools, answer, code, says):
    """Nothing found is an empty list; any other error is one."""
    with Rest(lambda r: body({"retorno": answer})) as api:
        done = run(tools, api, "Tiny (Olist)", "--tries", "2")
    assert done.returncode == code and ids(done) == []
    assert says in done.stderr
    assert urllib.parse.quote("canary") not in done.stderr
