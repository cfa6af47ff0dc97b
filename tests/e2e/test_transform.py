# SPDX-License-Identifier: Apache-2.0
"""nf-transform against independent Python: numbers, sums, fiscal numbers,
time zones, threads.  NF_TORTURE=full runs the full numbers."""

import datetime
import decimal
import fractions
import itertools
import json
import random
import re
import string
import zoneinfo

import google_crc32c
import jsonschema
import pytest

from conftest import FULL, ROOT, ndjson

MAPPINGS = sorted(p for p in (ROOT / "mappings").glob("*.json")
                  if not p.name.endswith(".schema.json"))
MINUTE = datetime.timedelta(minutes=1)
KEYS = [
    "35210320695448000184550010000035891981839923",
    "13181017921427000125650010000000309887251170",
    "33150308370779000149550010001100931002410775",
    "3526050X0J92JY000196570010000006041448679011",
]


def transform(tools, mapping, records, *options):
    """The rows, and the rejects, of records given as JSON texts."""
    (tools.folder / "m.json").write_text(json.dumps(mapping))
    done = tools.run(
        "nf-transform", "-q", "-m", "m.json", "--ts", "0", "--reject", "r",
        *options, input="".join(r + "\n" for r in records), check=0)
    return ndjson(done.stdout), ndjson((tools.folder / "r").read_text())


def one_cell(value, checks=()):
    return {"nf_mapping": 1, "checks": list(checks), "rules": [
        {"table": "t", "key": "{$record}",
         "cells": {"f": {"v": value}}}]}


@pytest.mark.parametrize("path", MAPPINGS, ids=lambda p: p.name)
def test_ready_mappings_fit_the_schema(tools, path):
    schema = json.loads((ROOT / "mappings/mapping.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(json.loads(path.read_text()), schema)
    for option in "--check", "--dry-run", "-n":
        tools.run("nf-transform", option, "-m", path, check=0)


@pytest.mark.parametrize("items,payments", [(1, 100), (990, 1)])
def test_the_largest_invoice_of_layout_4(tools, items, payments):
    """It may have 990 det and 100 detPag."""
    samples = ROOT / "mappings/samples/nfe-4.00.ndjson"
    record = ndjson(samples.read_text())[0]
    inf = record["nfeProc"]["NFe"]["infNFe"]
    inf["det"] = [{**inf["det"][0], "@nItem": str(n + 1)}
                  for n in range(items)]
    inf["pag"]["detPag"] = inf["pag"]["detPag"][:1] * payments
    done = tools.run("nf-transform", "-q", "-m",
                     ROOT / "mappings/nfe-4.00.json", "--ts", "0",
                     input=json.dumps(record) + "\n", check=0)
    cells = ndjson(done.stdout)[0]["cells"]
    assert f"{items:03}.prod.cProd" in cells["item"]
    assert f"{payments:03}.vPag" in cells["pag"]


# What a schema cannot see: inside texts, across members, in other files.
BEYOND = re.compile(
    r"function \"|: at \"|~.* must be followed|names? one place|\{\{|\}\}|"
    r"not a reference|expected \$record|leads out of|position in a for_each|"
    r"without a fixed width|begins or ends with a space|functions come after|"
    r"time zone|join must be the first|json takes no functions|greater than \"max|"
    r"without functions|not a valid constant|"
    r"one of the names in|step between|in ascending order|no such family|"
    r"pattern|mean (true|false)|is in \"true\"|no text for|"
    r"reference to an (array|object)|expected a format|epoch, epoch_ms|"
    r"every record would get|nested|a plain|days|deep|a division needs|"
    r"another check|NUL in it|No such file|needs a member of a record|line \\d+, column|computed value is|JSON Pointer")


def test_schema_and_check_agree(tools):
    """A wrong mapping is refused by both, but for what only one can see."""
    schema = json.loads((ROOT / "mappings/mapping.schema.json").read_text())
    validator = jsonschema.Draft202012Validator(schema)
    table = ROOT / "tests/golden/transform/bad-mappings/table"
    seen = 0
    for line in table.read_text().splitlines():
        (tools.folder / "m.json").write_text(line)
        done = tools.run("nf-transform", "-q", "--check", "-m", "m.json",
                         check=None)
        assert done.returncode == 78, line
        try:
            wrong = not validator.is_valid(json.loads(line))
        except ValueError:
            continue
        seen += wrong
        assert wrong or BEYOND.search(done.stderr), (
            line, done.stderr)
    assert seen >= 80


def language_mappings():
    """Every mapping of the golden case "language" with its outcome."""
    case = ROOT / "tests/golden/transform/language"
    for line in (case / "table").read_text("utf-8").splitlines():
        if not line.startswith("#"):
            members, cells, _ = line.split("\t")
            members = "" if members == "-" else members + ","
            yield json.loads(
                '{"nf_mapping": 1, "zone": "America/Sao_Paulo", %s "rules": '
                '[{"table": "t", "key": "{$record}", "cells": {"f": %s}}]}'
                % (members, cells))


def test_schema_takes_what_check_takes(tools):
    schema = json.loads((ROOT / "mappings/mapping.schema.json").read_text())
    validator = jsonschema.Draft202012Validator(schema)
    (tools.folder / "uf.json").write_text('{"35": "SP", "33": "RJ"}')
    taken = 0
    for mapping in language_mappings():
        (tools.folder / "m.json").write_text(json.dumps(mapping))
        done = tools.run("nf-transform", "-q", "--check", "-m", "m.json",
                         check=None)
        if done.returncode == 0:
            taken += 1
            validator.validate(mapping)
        elif validator.is_valid(mapping):
            assert BEYOND.search(done.stderr), (mapping, done.stderr)
    assert taken >= 150


def random_number(rng):
    sign = rng.choice(["", "", "-"])
    whole = str(rng.randrange(10 ** rng.randrange(1, 25)))
    text = sign + whole
    if rng.random() < 0.6:
        text += "." + "".join(rng.choices(string.digits,
                                          k=rng.randrange(1, 20)))
    if rng.random() < 0.2:
        text += rng.choice("eE") + rng.choice(["", "+", "-"]) + \
            str(rng.randrange(400))
    return text


def test_numbers_keep_their_text(tools):
    rng = random.Random(1)
    left = 1_000_000 if FULL else 20_000
    while left > 0:
        n = min(left, 50_000)
        left -= n
        numbers = [random_number(rng) for _ in range(n)]
        rows, rejects = transform(
            tools, {"nf_mapping": 1, "rules": [
                {"table": "t", "key": "{$record}", "cells": {"f": {
                    "s": "/n", "d": {"from": "/n", "type": "decimal"}}}}]},
            [f'{{"n":{t}}}' for t in numbers])
        assert rejects == []
        assert [r["cells"]["f"]["s"] for r in rows] == numbers
        assert [r["cells"]["f"]["d"] for r in rows] == numbers


def test_scale_and_rounding_agree_with_decimal(tools):
    rng = random.Random(2)
    numbers = [random_number(rng).split("e")[0].split("E")[0]
               for _ in range(100_000 if FULL else 10_000)]
    with decimal.localcontext() as ctx:
        ctx.prec = 100
        for name, rounding in (("half_up", decimal.ROUND_HALF_UP),
                               ("half_even", decimal.ROUND_HALF_EVEN),
                               ("down", decimal.ROUND_DOWN)):
            scale = rng.randrange(0, 8)
            rows, _ = transform(tools, one_cell(
                {"from": "/n", "type": "decimal", "scale": scale,
                 "round": name}), [f'{{"n":"{t}"}}' for t in numbers])
            for t, row in zip(numbers, rows, strict=True):
                want = decimal.Decimal(t).quantize(
                    decimal.Decimal(1).scaleb(-scale), rounding)
                if want == 0:
                    want = abs(want)
                assert row["cells"]["f"]["v"] == f"{want:f}", t


@pytest.mark.parametrize("zeros", [1, 10, 99_999, 1_000_001])
def test_exponents_of_many_digits(tools, zeros):
    """Zeros behind the point and an exponent may take each other away."""
    point = f"0.{'0' * zeros}1e"
    exponents = [zeros + 1, zeros + 2, 9_000_000, 10 ** 9, 10 ** 30]
    numbers = [point + str(e) for e in exponents] + [
        f"{point}+000000{zeros + 3}", f"0.{'0' * zeros}e{10 ** 30}",
        f"1e-{10 ** 30}"]
    want = ["1.00", "10.00", None, None, None, "100.00", "0.00", None]
    if zeros > 999_999:  # an exponent of seven digits is not computed with
        want[0] = want[1] = want[5] = None
    rows, rejects = transform(
        tools, one_cell({"from": "/v", "type": "decimal", "scale": 2}),
        [f'{{"v":{t}}}' for t in numbers])
    assert {r["code"] for r in rejects} == {"decimal_range"}
    assert [r["line"] for r in rejects] == [
        n for n, t in enumerate(want, 1) if t is None]
    assert [r["cells"]["f"]["v"] for r in rows] == [t for t in want if t]


def test_sums_agree_with_decimal(tools):
    rng = random.Random(3)
    records, want = [], []
    with decimal.localcontext() as ctx:
        ctx.prec = 200
        for _ in range(100_000 if FULL else 10_000):
            items = [(decimal.Decimal(rng.randrange(10 ** 15)).scaleb(-4),
                      decimal.Decimal(rng.randrange(10 ** 21)).scaleb(-10))
                     for _ in range(rng.randrange(4))]
            off = decimal.Decimal(rng.randrange(10 ** 6)).scaleb(-2)
            total = sum((q * p for q, p in items),
                        decimal.Decimal(0)) - off
            error = rng.choice([0, 1, -1]) * decimal.Decimal(
                rng.randrange(10 ** 5)).scaleb(-6)
            records.append(json.dumps({
                "items": [{"q": f"{q:f}", "p": f"{p:f}"} for q, p in items],
                "off": f"{off:f}", "total": f"{total + error:f}"}))
            want.append(abs(error) <= decimal.Decimal("0.01"))
    rows, rejects = transform(tools, one_cell("/total", [{
        "equation": "sum(/items, ./q * ./p) - /off = /total",
        "within": "0.01", "code": "total"}]), records)
    refused = {r["line"] for r in rejects}
    assert {r["code"] for r in rejects} == {"total"}
    assert [n not in refused for n in range(1, len(want) + 1)] == want
    assert 0 < len(refused) < len(want)
    assert len(rows) + len(rejects) == len(records)


def random_terms(rng, names, depth):
    """An expression and the same as Python has it, over ${names}."""
    kind = rng.random()
    if depth == 0 or kind < 0.35:
        name = rng.choice(sorted(names))
        return f"/{name}", names[name]
    if kind < 0.45:
        n = f"{rng.randrange(10 ** 6)}.{rng.randrange(100):02}"
        return n, fractions.Fraction(n)
    a, x = random_terms(rng, names, depth - 1)
    b, y = random_terms(rng, names, depth - 1)
    sign = rng.choice("+-*/")
    if sign == "/" and y == 0:
        sign = "+"
    value = {"+": lambda: x + y, "-": lambda: x - y, "*": lambda: x * y,
             "/": lambda: x / y}[sign]()
    return f"({a} {sign} {b})", value


def rounded(value, scale, how):
    """${value}, a fraction, exactly rounded as decimal has it."""
    down, rest = divmod(abs(value) * 10 ** scale, 1)
    half = fractions.Fraction(1, 2)
    up = {"half_up": rest >= half, "down": False,
          "half_even": rest > half or (rest == half and down % 2 == 1)}[how]
    digits = str(int(down) + up).rjust(scale + 1, "0")
    text = digits[:-scale] + "." + digits[-scale:] if scale else digits
    return "-" + text if value < 0 and int(digits) > 0 else text


def test_computed_cells_are_exact(tools):
    rng = random.Random(9)
    left = 100_000 if FULL else 4_000
    while left > 0:
        cells, record, want = {}, {}, {}
        names = {}
        for name in "abcdef":
            text = re.split("[eE]", random_number(rng))[0][:18].rstrip(".")
            text = text if text != "-" else "1"
            record[name] = text
            names[name] = fractions.Fraction(text)
        for i in range(200):
            terms, value = random_terms(rng, names, rng.randrange(1, 4))
            scale = rng.randrange(13)
            how = rng.choice(["half_up", "half_even", "down"])
            cells[f"v{i}"] = {"compute": terms, "type": "decimal",
                              "scale": scale, "round": how}
            want[f"v{i}"] = rounded(value, scale, how)
        left -= len(cells)
        rows, rejects = transform(tools, {"nf_mapping": 1, "rules": [
            {"table": "t", "key": "{$record}", "cells": {"f": cells}}]},
            [json.dumps(record)])
        assert rejects == []
        assert rows[0]["cells"]["f"] == want


RELATIONS = {"=": lambda d, w: abs(d) <= w,
             "<=": lambda d, w: d < 0 or abs(d) <= w,
             ">=": lambda d, w: d >= 0 or abs(d) <= w}


def test_equations_hold_exactly(tools):
    """Of numbers small and large, where 64 bits end and beyond, divided or
    not: what Python's fractions say."""
    rng = random.Random(26)
    seen = {True: 0, False: 0}
    for _ in range(40 if FULL else 8):
        checks, record, want = [], {}, set()
        for name in "abcdef":
            digits = rng.choice([1, 3, 9, 17, 18, 19, 30])
            text = str(rng.randrange(10 ** digits))
            dot = rng.randrange(1, len(text) + 1)
            record[name] = rng.choice(["", "-"]) + text[:dot] + (
                "." + text[dot:] if dot < len(text) else "")
        names = {name: fractions.Fraction(v) for name, v in record.items()}
        for i in range(150):
            left, x = random_terms(rng, names, rng.randrange(4))
            right, y = random_terms(rng, names, rng.randrange(2))
            if rng.random() < 0.5:
                right, y = left, x
            within = rng.choice(["0", "0.01", "1000000", "999999999999999999"])
            relation = rng.choice(sorted(RELATIONS))
            checks.append({"equation": f"{left} {relation} {right}",
                           "within": within, "on_fail": "tag",
                           "code": f"c{i}"})
            holds = RELATIONS[relation](x - y, fractions.Fraction(within))
            seen[holds] += 1
            if not holds:
                want.add(f"c{i}")
        rows, rejects = transform(tools, one_cell("$tags", checks),
                                  [json.dumps(record)])
        assert rejects == []
        tags = rows[0]["cells"]["f"].get("v", "")
        assert set(filter(None, tags.split(","))) == want
    assert min(seen.values()) > 200


# Independent of transform/value/fiscal.c: tables of weights, int(x, 36) - style
# values, rules as the Receita writes them.

def value(c):
    return "0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ".index(c)


def cnpj_digit(text):
    weights = [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2][-len(text):]
    rest = sum(value(c) * w for c, w in zip(text, weights)) % 11
    return "0" if rest < 2 else str(11 - rest)


def with_cnpj_digits(base):
    first = cnpj_digit(base)
    return base + first + cnpj_digit(base + first)


def is_cnpj(text):
    return (len(text) == 14 and len(set(text)) > 1 and
            all(c in string.digits + string.ascii_uppercase
                for c in text[:12]) and
            all(c in string.digits for c in text[12:]) and
            with_cnpj_digits(text[:12]) == text)


def with_cpf_digits(base):
    for _ in range(2):
        rest = sum(int(c) * w for c, w in
                   zip(base, range(len(base) + 1, 1, -1))) * 10 % 11
        base += str(rest % 10)
    return base


def is_cpf(text):
    return (len(text) == 11 and text.isascii() and text.isdigit() and
            len(set(text)) > 1 and with_cpf_digits(text[:9]) == text)


def key_digit(text):
    weights = itertools.cycle(range(2, 10))
    rest = sum(value(c) * w for c, w in zip(reversed(text), weights)) % 11
    return "0" if rest in (0, 1) else str(11 - rest)


STATES = {11, 12, 13, 14, 15, 16, 17, 21, 22, 23, 24, 25, 26, 27, 28, 29, 31,
          32, 33, 35, 41, 42, 43, 50, 51, 52, 53}
MODELS = {55, 57, 58, 59, 62, 63, 64, 65, 66, 67, 75, 76, 99}
PERSONS = {55, 57, 58, 65, 67, 99}  # may be issued under a CPF


def is_key(t):
    if len(t) != 44 or any(c not in string.digits for c in t[:6] + t[18:]) or \
            any(c not in string.digits + string.ascii_uppercase
                for c in t[6:18]):
        return False
    year, model, series = int(t[2:4]), int(t[20:22]), int(t[22:25])
    sat = model == 59  # 22-30 are a device, 31-36 the number
    reserved = 920 <= series <= 969
    person = (model in PERSONS and t[6:9] == "000" and is_cpf(t[9:20]) and
              (reserved or 890 <= series <= 899 or 910 <= series <= 919))
    # SCAN had the series of persons until 2014.
    company = is_cnpj(t[6:20]) and not (
        reserved and (model == 65 or model == 55 and year > 14))
    # Layout 1.10 had no form of issue.
    form = sat or model == 55 and year <= 11 or t[34] != "0"
    return (key_digit(t[:43]) == t[43] and int(t[:2]) in STATES and
            1 <= int(t[4:6]) <= 12 and model in MODELS and
            (person or company) and form and
            int(t[31:37] if sat else t[25:34]) > 0)


def is_issuer(kind, issuer):
    if kind == "1":
        return issuer[:3] == "000" and is_cpf(issuer[3:])
    return kind == "2" and is_cnpj(issuer)


def has_letters_only_in_cnpj(t, at):
    """The national system takes CNPJs with letters since August 2026."""
    return (set(t[:at] + t[at + 12:]) <= set(string.digits) and
            set(t) <= set(string.digits + string.ascii_uppercase))


def is_nfse_key(t):
    return (len(t) == 50 and has_letters_only_in_cnpj(t, 9) and
            key_digit(t[:49]) == t[49] and int(t[:2]) in STATES and
            t[7] in "12" and is_issuer(t[8], t[9:23]) and
            1 <= int(t[38:40]) <= 12)


def is_dps_id(t):
    t = t[3:] if t[:3] == "DPS" and len(t) == 45 else t
    return (len(t) == 42 and has_letters_only_in_cnpj(t, 8) and
            int(t[:2]) in STATES and is_issuer(t[7], t[8:22]))


def accepted(tools, check, texts):
    rows, rejects = transform(
        tools, one_cell({"from": "/v", "check": check}),
        [json.dumps({"v": t}) for t in texts])
    refused = {r["line"] for r in rejects}
    assert all(r["code"] == "bad_" + check for r in rejects)
    assert len(rows) + len(rejects) == len(texts)
    return [n not in refused for n in range(1, len(texts) + 1)]


@pytest.mark.parametrize("check,oracle,valid", [
    ("access_key", is_key, KEYS),
    ("cnpj", is_cnpj, ["12ABC34501DE35"] + [k[6:20] for k in KEYS]),
    ("cpf", is_cpf, ["52998224725", "11144477735"]),
    ("nfse_key", is_nfse_key, [
        "14001591201761135000132000000000000022096100197260",
        "35503082220695448000184000000000358926074512345671"]),
    ("dps_id", is_dps_id, [
        "140015920176113500013200001000000000000006",
        "DPS355030810001114447773500900000000000000012"]),
])
def test_every_single_change_is_refused(tools, check, oracle, valid):
    assert accepted(tools, check, valid) == [True] * len(valid)
    changed = [t[:i] + c + t[i + 1:] for t in valid for i in range(len(t))
               for c in string.digits + string.ascii_uppercase + "a-:é"
               if c != t[i]]
    got = accepted(tools, check, changed)
    unseen = [t for t, ok in zip(changed, got) if ok]
    # What modulo 11 cannot see: sums whose rest is 0 and 1 give the same
    # digit, and letters that are 11 or 22 apart weigh the same.
    assert unseen == [t for t in changed if oracle(t)]
    assert len(unseen) < len(changed) / 10 or check == "dps_id"


def test_random_fiscal_numbers_agree(tools):
    rng = random.Random(4)
    n = 100_000 if FULL else 5_000
    alnum = string.digits + string.ascii_uppercase
    texts = {"cnpj": [], "cpf": [], "access_key": []}
    for _ in range(n):
        base = "".join(rng.choices(rng.choice([alnum, string.digits]), k=12))
        cnpj = with_cnpj_digits(base)
        cpf = with_cpf_digits("".join(rng.choices(string.digits, k=9)))
        series = rng.choice([rng.randrange(1000), 890, 915, 930])
        issuer = rng.choice([cnpj, "000" + cpf])
        key = "%02d%02d%02d%s%02d%03d%09d%d%08d" % (
            rng.choice(sorted(STATES) + [34]), rng.randrange(6, 36),
            rng.randrange(1, 13), issuer, rng.choice(sorted(MODELS)), series,
            rng.randrange(1, 10 ** 9), rng.randrange(0, 10),
            rng.randrange(10 ** 8))
        key += key_digit(key)
        for check, t in (("cnpj", cnpj), ("cpf", cpf), ("access_key", key)):
            if rng.random() < 0.5:
                i = rng.randrange(len(t))
                t = t[:i] + rng.choice(alnum) + t[i + 1:]
            texts[check].append(t)
    for check, oracle in (("cnpj", is_cnpj), ("cpf", is_cpf),
                          ("access_key", is_key)):
        got = accepted(tools, check, texts[check])
        assert got == [oracle(t) for t in texts[check]]
        assert 0.1 < sum(got) / n < 0.9


@pytest.mark.parametrize("zone", [
    "America/Sao_Paulo", "America/Manaus", "America/New_York",
    "Europe/Lisbon", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kolkata",
    "Pacific/Apia", "Europe/Dublin"])
def test_zones_agree_with_zoneinfo(tools, zone):
    rng = random.Random(5)
    z = zoneinfo.ZoneInfo(zone)
    first = datetime.datetime(1902, 1, 1)
    times = [first + datetime.timedelta(
        minutes=rng.randrange(60 * 24 * 365 * 170))
        for _ in range(20_000 if FULL else 3_000)]
    mapping = one_cell({"from": "/v", "type": "date", "to": "micros"})
    mapping["zone"] = zone
    rows, rejects = transform(
        tools, mapping, [f'{{"v":"{t.isoformat()}"}}' for t in times])
    assert rejects == []
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    for t, row in zip(times, rows, strict=True):
        want = (t.replace(tzinfo=z) - epoch) // datetime.timedelta(
            microseconds=1)
        assert row["cells"]["f"]["v"] == str(want), t
    # And back: what the clocks show at that instant.
    mapping["rules"][0]["cells"]["f"]["v"].update(to="iso", format="epoch_us")
    back, _ = transform(
        tools, mapping,
        [f'{{"v":{r["cells"]["f"]["v"]}}}' for r in rows])
    for t, row, shown in zip(times, rows, back, strict=True):
        instant = epoch + datetime.timedelta(
            microseconds=int(row["cells"]["f"]["v"]))
        want = instant.astimezone(z)
        got = datetime.datetime.fromisoformat(shown["cells"]["f"]["v"])
        assert got == instant, t
        # Of an offset with seconds the next minute, as RFC 3339 has none.
        assert datetime.timedelta(0) <= got.replace(
            tzinfo=None) - want.replace(tzinfo=None) < MINUTE, t


@pytest.mark.parametrize("zone,shown", [
    ("America/Sao_Paulo", "0001-01-02T00:00:28.000000-03:06"),
    ("Europe/Lisbon", "0001-01-02T00:00:45.000000-00:36"),
    ("Europe/Athens", "0001-01-02T00:00:08.000000+01:35"),
    ("Asia/Kolkata", "0001-01-02T00:00:32.000000+05:54"),
    ("America/Noronha", "0001-01-02T00:00:40.000000-02:09")])
def test_offsets_with_seconds(tools, zone, shown):
    """RFC 3339 has none: the instant is kept, and the day."""
    mapping = one_cell({"from": "/v", "type": "date"})
    mapping["zone"] = zone
    cells = mapping["rules"][0]["cells"]["f"]
    cells["utc"] = {"from": "/v", "type": "date", "to": "utc"}
    cells["day"] = {"from": "/v", "type": "date", "to": "day"}
    cells["clock"] = {"template": "{/v|date:%Y-%m-%d %H.%M.%S}"}
    rows, _ = transform(tools, mapping, ['{"v":"0001-01-02T00:00:00"}'])
    cell = rows[0]["cells"]["f"]
    assert cell["v"] == shown
    assert datetime.datetime.fromisoformat(cell["v"]) == \
        datetime.datetime.fromisoformat(cell["utc"])
    assert cell["day"] == "0001-01-02"
    assert cell["clock"] == "0001-01-02 00.00.00"


def test_threads_change_nothing(tools):
    rng = random.Random(6)
    lines = []
    for i in range(40_000 if FULL else 8_000):
        items = ",".join(
            '{"ProductName":"p%d","Value":%s,"Quantity":%d}'
            % (rng.randrange(99), rng.choice(["1.50", "9.00", '"x"', "2"]),
               rng.randrange(9)) if rng.random() < 0.99 else "{}"
            for _ in range(rng.randrange(1, 5)))
        line = ('{"NFeNumber":%d,"NFeID":%d,"ItemList":[%s]}' % (i, i, items))
        lines.append(line[:-1] if rng.random() < 0.01 else line)
    text = "\n".join(lines) + "\n"
    seen = set()
    for jobs in (1, 2, 3, 8):
        done = tools.run(
            "nf-transform", "-q", "-m", ROOT / "mappings/nf-relational.json",
            "--ts", "0", "--reject", "r", "-j", jobs, input=text, check=0)
        stop = tools.run(
            "nf-transform", "-q", "-m", ROOT / "mappings/nf-relational.json",
            "--ts", "0", "-j", jobs, input=text, check=65)
        seen.add((done.stdout, (tools.folder / "r").read_text(),
                  stop.stdout, stop.stderr))
    assert len(seen) == 1
    out, rejects, _, _ = seen.pop()
    refused = {r["line"]: r["record"] for r in ndjson(rejects)}
    assert all(lines[n - 1] == record for n, record in refused.items())
    whole = {int(r["row"]) for r in ndjson(out) if r["table"] == "invoices"}
    assert len(whole) + len(refused) == len(lines)


@pytest.mark.parametrize("jobs", [1, 2])
def test_shares_make_the_table_of_the_whole(tools, jobs):
    """$record is the place in the run, whatever share a record comes in."""
    (tools.folder / "m.json").write_text(json.dumps({
        "nf_mapping": 1, "tables": {"t": {"families": {"f": {}}}}, "rules": [
            {"table": "t", "key": "{/c}#{$record}", "cells": {"f": {
                "id": "/id", "_src": {"template": "{$source}:{$record}"}}}}]}))
    stage = f"file://{tools.folder}/run"
    tools.run("nf-stage", "--unsealed", "--part-records=3", "--emit=none",
              stage, check=0, input="".join(
                  '{"id":%d,"c":"A"}\n' % n for n in range(20)))
    part = sorted(p.name for p in (tools.folder / "run").glob("part-*"))

    def table(name, shares):
        to = f"sqlite:{name}.db"
        tools.run("nf-load", "create", "-m", "m.json", to, check=0)
        for share in shares:
            tools.sh(f"nf-stage cat --part {share} {stage} | nf-transform "
                     f"-m m.json -j {jobs} --part {share} | nf-load apply "
                     f"{to}", check=0)
        return tools.run("nf-load", "scan", "-t", "t", to, check=0).stdout

    whole = table("whole", ["1/1"])
    assert len(whole.splitlines()) == 20
    assert table("two", ["1/2", "2/2"]) == whole
    assert table("five", ["5/5", "4/5", "3/5", "2/5", "1/5"]) == whole
    assert table("named", part) == whole
    share = tools.sh(f"nf-stage cat --part 2/2 {stage} | "
                     "nf-transform -m m.json").stdout
    assert "before" not in share.splitlines()[0]  # that counts no rows
    mapping = json.loads((tools.folder / "m.json").read_text())
    mapping["checks"] = [{"from": "/id", "unique": True}]
    (tools.folder / "u.json").write_text(json.dumps(mapping))
    for n, code in (("1/1", 0), ("1/2", 78), ("2/2", 78), (part[0], 78)):
        tools.sh(f"nf-stage cat --part {n} {stage} | nf-transform -m u.json "
                 f"-j {jobs}", check=code)
    done = tools.sh(f"nf-stage cat --no-seal --part 2/2 {stage} | "
                    "nf-transform -m m.json --ts 0 --part 2/2", check=64)
    assert "$record" in done.stderr and done.stdout == ""


def sealed(records, every):
    """The records as a sealed stream with marks, which has no end."""
    yield ('{"$nf":"begin","v":1,"run":"r-1","source":"","at":0,'
           '"from":null}')
    for n, record in enumerate(records):
        yield record
        if n % every == 0:
            yield '{"$nf":"mark","cursor":{"n":%d}}' % n


def test_threads_keep_marks_between_their_rows(tools):
    records = [json.dumps({"NFeNumber": n, "NFeID": n, "ItemList": [
        {"ProductName": "p" * (n % 300), "Value": 1, "Quantity": 1}]})
        for n in range(5000)]
    outputs = set()
    for jobs in (1, 2, 8):
        done = tools.run(
            "nf-transform", "-m", ROOT / "mappings/nf-relational.json", "-j",
            jobs, input="\n".join(sealed(records, 7)) + "\n", check=75,
            env={"NF_LOG_FORMAT": "json"})
        outputs.add(done.stdout)
        last = ndjson(done.stderr)[-1]
        assert last["logging.googleapis.com/labels"]["run"] == "r-1"
        assert last["summary"]["code"] == "cut_off"
    assert len(outputs) == 1
    rows = 0
    for line in ndjson(outputs.pop()):
        if "row" in line:
            rows += line["table"] == "invoices"
        elif line["$nf"] == "mark":
            assert line["cursor"]["n"] == rows - 1
    assert rows == len(records)


@pytest.mark.parametrize("options,code", [
    (["--reject", "/dev/full"], 74),
    (["--reject", "r", "--max-rejects", "10%"], 65),
    (["--reject", "r", "--max-rejects", "50%"], 0),
])
def test_no_seal_before_the_rejects_are_safe(tools, options, code):
    records = ['{"NFeID":1}', '{"NFeID":2', '{"NFeID":3}']
    lines = list(sealed(records, 100))
    text = "".join(line + "\n" for line in lines)
    crc = google_crc32c.value("".join(r + "\n" for r in records).encode())
    text += '{"$nf":"end","records":3,"crc32c":"%08x"}\n' % crc
    done = tools.run("nf-transform", "-m",
                     ROOT / "mappings/nf-relational.json", *options,
                     input=text, check=code, env={"NF_LOG_FORMAT": "json"})
    out = ndjson(done.stdout)
    assert [line["row"][-1] for line in out if "row" in line] == ["1", "3"]
    assert ("end" in [line.get("$nf") for line in out]) == (code == 0)
    if code == 74:
        assert "/dev/full" in ndjson(done.stderr)[0]["message"]


NAMES = ["id", "numero", "cidade", "valor_liquido", "total", "paid",
         "keywords", "data", "emitida em", "a.b", "c|d", "e}f", "g/h", "",
         " x", "y ", "*", "z[*]", "NFeID", "cliente", "itens", "det", "ação"]


def random_value(rng, depth):
    kind = rng.random()
    if depth > 0 and kind < 0.15:
        return random_object(rng, depth - 1)
    if depth > 0 and kind < 0.3:
        return [random_object(rng, depth - 1)
                for _ in range(rng.randrange(3))]
    if depth > 0 and kind < 0.35:
        return [rng.randrange(9) for _ in range(rng.randrange(3))]
    return rng.choice([
        None, True, "", "x", "Nome Longo", "007", rng.randrange(10 ** 6),
        f"{rng.randrange(10 ** 6)}", 1.5, "1.234,56", "12.50",
        "2026-10-01", "2026-10-01T10:00:00", "2026-10-01T10:00:00Z",
        "01/10/2026", {}, []])


def random_object(rng, depth):
    names = rng.sample(NAMES, rng.randrange(len(NAMES) // 2))
    return {n: random_value(rng, depth) for n in names}


def varied(rng, value):
    """Another record of the same shape, more or less."""
    if isinstance(value, dict):
        return {k: varied(rng, v) for k, v in value.items()
                if rng.random() < 0.95}
    if isinstance(value, list):
        return [varied(rng, v) for v in value]
    if isinstance(value, bool) or value is None or rng.random() < 0.1:
        return rng.choice([value, None])
    if isinstance(value, int):
        return rng.randrange(10 ** 6)
    if isinstance(value, str) and value.isdigit():
        return f"{rng.randrange(10 ** 6)}"
    return value


def test_inferred_mappings_take_their_samples(tools):
    rng = random.Random(11)
    for _ in range(2_000 if FULL else 200):
        shape = random_object(rng, 3)
        records = [json.dumps(varied(rng, shape))
                   for _ in range(rng.randrange(1, 60))]
        text = "".join(r + "\n" for r in records)
        (tools.folder / "inferred.json").write_text(tools.run(
            "nf-transform", "-q", "--infer", input=text, check=0).stdout)
        done = tools.run("nf-transform", "-q", "-m", "inferred.json", "--ts",
                         "0", input=text, check=0)
        keys = [r["row"] for r in ndjson(done.stdout)
                if r["table"] == "records"]
        assert len(keys) == len(records) == len(set(keys)), text


@pytest.mark.parametrize("members,key", [
    ({"cidade": "a", "numero": 5}, "{/numero|pad:10}"),
    ({"validade": "2026", "order_number": "A-5"}, "{/order_number}"),
    ({"paid": 1, "quantidade": 2}, "{$record|pad:12}"),
    ({"cliente_id": 7, "pedidoId": 9}, "{/pedidoId|pad:10}"),
    ({"cliente": {"id": 1}, "valor": "3"}, "{$record|pad:12}"),
    ({"keywords": "x", "chNFe": "35"}, "{/chNFe}"),
    ({"doc": {"info": {"@Id": "NFe3"}}}, "{/doc/info/@Id}"),
    ({"id": "1.50", "uuid": "f0"}, "{/uuid}"),
    ({"id": "some name", "codigo": "x"}, "{/codigo}"),
])
def test_inferred_keys(tools, members, key):
    def record(n, value):
        if isinstance(value, dict):
            return {k: record(n, v) for k, v in value.items()}
        return value + n if isinstance(value, int) else f"{value}{n}"
    done = tools.run("nf-transform", "-q", "--infer", input="".join(
        json.dumps(record(n, members)) + "\n" for n in range(5)), check=0)
    assert json.loads(done.stdout)["rules"][0]["key"] == key
