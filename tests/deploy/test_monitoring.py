# SPDX-License-Identifier: Apache-2.0
"""Rules, alerts, log-based metrics and dashboards: that each names what there
is, fires when it must, and is what its generator writes."""
import json
import pathlib
import re
import shutil
import subprocess
import sys

import jsonschema
import pytest
import yaml

from infra import CACHE, ROOT, locked, own_venv, resources

HERE = pathlib.Path(__file__).parent
MONITORING = ROOT / "deploy/monitoring"
RUNBOOKS = ROOT / "docs/runbooks"
RULES = MONITORING / "prometheus/nf.rules.yml"
BOARDS = sorted((MONITORING / "grafana/dashboards").glob("*.json"))
USER = "logging_googleapis_com:user_"
SDK = "@grafana/grafana-foundation-sdk@11.6.0-cogv0.0.x.1769699379"
TYPESCRIPT = "typescript@5.9.3"

sys.path.insert(0, str(ROOT / "deploy/common"))
import nf_report  # noqa: E402


def promtool(*args, cwd=None):
    if not shutil.which("promtool"):
        pytest.skip("no promtool (Debian's package prometheus)")
    return subprocess.run(["promtool", *args], cwd=cwd, text=True,
                          stdin=subprocess.DEVNULL, capture_output=True)


def passed(r):
    assert r.returncode == 0, r.stdout + r.stderr


# Prometheus -----------------------------------------------------------------

def test_prometheus_rules():
    passed(promtool("check", "rules", RULES))
    passed(promtool("check", "config",
                    MONITORING / "prometheus/prometheus.yml"))
    passed(promtool("test", "rules", MONITORING / "prometheus/nf.test.yml"))


@pytest.mark.parametrize("change", [
    ("== 75", "== 65"), ("26 * 3600", "36 * 3600"), ("for: 26h", "for: 24h"),
    ("for: 29h", "for: 26h"), ("unless on (source)", "unless on (tool)"),
    ("> 0.01", ">= 0.01"), (">= 100", ">= 99"), ("for: 3h", "for: 30m"),
])
def test_prometheus_rule_tests_can_fail(tmp_path, change):
    """Each rule's test sees a change of its rule."""
    rules = RULES.read_text()
    assert change[0] in rules
    (tmp_path / RULES.name).write_text(rules.replace(*change))
    shutil.copy(MONITORING / "prometheus/nf.test.yml", tmp_path)
    assert promtool("test", "rules", "nf.test.yml", cwd=tmp_path).returncode


def test_prometheus_agrees_with_the_exit_codes(tmp_path):
    """Every exit code is a failure for the rules if it is one for nf-run."""
    def alert(code, severity, **words):
        return {"exp_labels": {"source": f"c{code}", "tool": "nf-pipeline",
                               "severity": severity},
                "exp_annotations": words}

    outcomes = {code: nf_report.verdict(code)[0] for code in range(256)}
    failed = [alert(c, "critical", runbook="docs/runbooks/nf-failed.md",
                    summary=f"nf-pipeline of c{c} ended with exit code {c}")
              for c, o in outcomes.items() if o == "failed"]
    again = [alert(c, "warning", runbook="docs/runbooks/nf-retries.md",
                   summary=f"nf-pipeline of c{c} tries again and again")
             for c, o in outcomes.items() if o == "retry"]
    assert len(failed) > 100 and len(again) > 60
    (tmp_path / "codes.yml").write_text(yaml.safe_dump({
        "rule_files": [str(RULES)], "evaluation_interval": "10m",
        "tests": [{"interval": "10m", "input_series": [
            {"series": f'nf_exit_code{{source="c{c}",tool="nf-pipeline"}}',
             "values": f"{c}x30"} for c in outcomes],
            "alert_rule_test": [
                {"eval_time": "4h", "alertname": name, "exp_alerts": alerts}
                for name, alerts in (("NfFailed", failed),
                                     ("NfRetries", again))]}]}))
    passed(promtool("test", "rules", "codes.yml", cwd=tmp_path))


# Cloud Monitoring -----------------------------------------------------------

def cloud_alerts(plan):
    """Name of each alert policy -> its condition."""
    return {v["display_name"].split(":")[0]:
            v["conditions"][0]["condition_prometheus_query_language"][0]
            for v in resources(plan, "google_monitoring_alert_policy").values()}


def dashboard_queries(plan):
    (page,) = resources(plan, "google_monitoring_dashboard").values()
    tiles = json.loads(page["dashboard_json"])["mosaicLayout"]["tiles"]
    assert len(tiles) >= 10
    return {t["widget"]["title"]:
            t["widget"]["xyChart"]["dataSets"][0]["timeSeriesQuery"][
                "prometheusQuery"] for t in tiles}


def board_queries(name):
    board = json.loads(
        (MONITORING / f"grafana/dashboards/{name}.json").read_text())
    found = {}
    for panel in board["panels"]:
        for target in panel.get("targets", []):
            found[panel["title"]] = target.get("expr") or \
                target["promQLQuery"]["expr"]
    assert len(found) >= 9
    return found


def seconds(duration):
    """Cloud Monitoring's durations, "600s", as Prometheus's."""
    assert re.fullmatch(r"[0-9]+s", duration)
    return duration


def test_cloud_alerts(plans, tmp_path):
    """Each alert fires on its fault and is silent on a clean day."""
    alerts = cloud_alerts(plans["prod"])
    assert set(alerts) == {f.stem for f in RUNBOOKS.glob("nf-*.md")}
    rules = [{"alert": c["alert_rule"], "expr": c["query"],
              "for": seconds(c["duration"])} for c in alerts.values()]
    (tmp_path / "rules.yml").write_text(yaml.safe_dump(
        {"groups": [{"name": "nf", "rules": rules}]}))
    shutil.copy(HERE / "cloud.test.yml", tmp_path)
    passed(promtool("test", "rules", "cloud.test.yml", cwd=tmp_path))
    tests = yaml.safe_load((HERE / "cloud.test.yml").read_text())["tests"]
    fired = {a["alertname"] for t in tests for a in t["alert_rule_test"]
             if a.get("exp_alerts")}
    assert fired == {r["alert"] for r in rules}, "an alert that never fires"


def test_alerts_have_runbooks(plans):
    """The alert's text is its page, and both worlds use the same names."""
    for v in resources(plans["prod"], "google_monitoring_alert_policy").values():
        name = v["display_name"].split(":")[0]
        assert v["documentation"][0]["content"] == \
            (RUNBOOKS / f"{name}.md").read_text()
        assert len(v["documentation"][0]["content"].encode()) < 8192
    rules = [r for g in yaml.safe_load(RULES.read_text())["groups"]
             for r in g["rules"] if "alert" in r]
    assert len(rules) >= 5
    for r in rules:
        page = ROOT / r["annotations"]["runbook"]
        assert page.exists()
        assert page.stem.title().replace("-", "") == r["alert"]


def metrics_of(plan):
    """Name of each log-based metric -> its values."""
    return {v["name"]: v
            for v in resources(plan, "google_logging_metric").values()}


def test_metrics_exist(plans):
    """Every expression names metrics, and labels, that Terraform defines."""
    plan = plans["prod"]
    metrics = metrics_of(plan)
    queries = {
        **{n: c["query"] for n, c in cloud_alerts(plan).items()},
        **{f"page: {t}": q for t, q in dashboard_queries(plan).items()},
        **{f"grafana: {t}": q for t, q in board_queries("nf-cloud").items()},
    }
    used = set()
    for where, query in queries.items():
        for name, suffix, labels in re.findall(
                USER + r"(nf_\w+?)(_sum|_count|_bucket)?\{([^}]*)\}", query):
            assert name in metrics, where
            used.add(name)
            d = metrics[name]["metric_descriptor"][0]
            assert (d["value_type"] == "DISTRIBUTION") == bool(suffix), where
            declared = {l["key"] for l in d["labels"]}
            asked = set(re.findall(r"(\w+)=~?\"", labels))
            assert asked <= declared | {"monitored_resource"}, where
            assert 'monitored_resource="global"' in labels, where
    assert used == set(metrics), "a metric that nobody looks at"
    for slo in resources(plan, "google_monitoring_slo").values():
        ratio = slo["request_based_sli"][0]["good_total_ratio"][0]
        for f in (ratio["good_service_filter"], ratio["bad_service_filter"]):
            (name,) = re.findall(r"logging\.googleapis\.com/user/(\w+)", f)
            d = metrics[name]["metric_descriptor"][0]
            assert d["value_type"] == "INT64"
            assert set(re.findall(r"metric\.labels\.(\w+)", f)) <= \
                {l["key"] for l in d["labels"]}


def test_queries_parse(plans, tmp_path):
    """What Cloud Monitoring and Grafana ask is PromQL."""
    queries = {**dashboard_queries(plans["prod"]),
               **board_queries("nf-cloud"), **board_queries("nf-prometheus")}
    rules = [{"record": "q", "labels": {"title": title},
              "expr": re.sub(r"\$\{?__interval\}?", "5m", q)}
             for title, q in queries.items()]
    (tmp_path / "q.yml").write_text(yaml.safe_dump(
        {"groups": [{"name": "q", "rules": rules}]}))
    passed(promtool("check", "rules", "q.yml", cwd=tmp_path))


def test_labels_are_few(plans):
    """No label has as many values as there are runs."""
    for name, m in metrics_of(plans["prod"]).items():
        declared = [l["key"] for l in m["metric_descriptor"][0]["labels"]]
        assert set(declared) <= {"tool", "source", "outcome", "reason"}, name
        assert m["label_extractors"] == {
            l: f"EXTRACT(jsonPayload.{l})" for l in declared}, name


# Filters of log-based metrics against entries as nf_report writes them --------

def summary(tool, code, **more):
    """A tool's summary, as lib/cli/app.c writes it."""
    return {"tool": tool, "run": "nfe-20260101", "exit": code, "cause":
            "self" if code else None, "records_in": 10, "records_out": 9,
            "rejected": 1, "retried": 2, "bytes_in": 100, "bytes_out": 50,
            "seconds": 0.5, "throttled_seconds": 0.1, "sealed": True, **more}


def entries():
    """Entries of attempts that end in every way, and of the watch."""
    found = []
    for code in (0, 64, 65, 69, 70, 74, 75, 77, 78, 99, 137, 141, -9, None):
        for platform in ("function", "dataproc", "airflow", "run", "shell"):
            found += nf_report.attempt(
                platform, "nfe-20260101", code, [
                    summary("nf-fetch", code or 0),
                    summary("nf-stage", 75, cause="upstream"),
                    summary("nf-transform", 0, rejects={"cnpj": 1}),
                    summary("nf-load", 0)],
                number=2, part="3/8", last=code == 74, source="nfe")
    found.append(nf_report.freshness("airflow", "nfe", 100.0, 1, 0))
    found.append(nf_report.freshness("run", "nfe", 99999.0, 3, 2))
    for e in found:
        e["logName"] = "projects/demo-project/logs/nf-run"
    return found


def matches(filter_text, entry):
    """Cloud Logging's filters, as far as ours go: AND, =, =~ with RE2, :*."""
    import re2
    for term in filter_text.split(" AND "):
        path, op, value = re.fullmatch(r'([\w.]+)(?:(=~|=)"(.*)"|:\*)',
                                       term).groups()
        found = entry
        for key in path.split("."):
            found = found.get(key) if isinstance(found, dict) else None
        if found is None:
            return False
        if op == "=" and str(found) != value:
            return False
        if op == "=~" and not re2.search(value, str(found)):
            return False
    return True


def test_entries_keep_the_schema():
    schema = json.loads(
        (ROOT / "deploy/common/nf-run.schema.json").read_text())
    check = jsonschema.Draft202012Validator(schema)
    found = entries()
    assert len(found) > 200
    for e in found:
        check.validate(e["jsonPayload"])
    bad = {**found[0]["jsonPayload"], "outcome": "late"}
    assert not check.is_valid(bad)


def test_filters(plans):
    """Each metric counts the entries it is for, and extracts what is there."""
    all_entries = entries()
    metrics = metrics_of(plans["prod"])
    for name, m in metrics.items():
        hit = [e for e in all_entries if matches(m["filter"], e)]
        assert hit, name
        for e in hit:
            payload = e["jsonPayload"]
            for label in m["label_extractors"]:
                assert label in payload, name
            if m["value_extractor"]:
                field = re.fullmatch(r"EXTRACT\(jsonPayload\.(\w+)\)",
                                     m["value_extractor"]).group(1)
                assert isinstance(payload[field], (int, float)), name
        other = {**hit[0], "logName": "projects/demo-project/logs/stderr"}
        assert not matches(m["filter"], other), name

    def hits(name):
        return [e["jsonPayload"] for e in all_entries
                if matches(metrics[name]["filter"], e)]

    attempts = [e["jsonPayload"] for e in all_entries
                if e["jsonPayload"]["event"] == "attempt"]
    assert hits("nf_attempts") == attempts
    assert {p["tool"] for p in hits("nf_records_in")} == {
        "nf-fetch", "nf-stage", "nf-transform", "nf-load"}
    assert {p["reason"] for p in hits("nf_rejects")} == {"cnpj"}
    assert {p["event"] for p in hits("nf_freshness")} == {"freshness"}
    assert {p["age_seconds"] for p in hits("nf_age_seconds")} == {100.0, 99999.0}


def captured(name):
    """What runs of the real platform wrote; tests/platform keeps it so."""
    lines = (HERE / "entries" / f"{name}.ndjson").read_text().splitlines()
    return [{**json.loads(line), "logName": "projects/demo-project/logs/nf-run"}
            for line in lines]


CAPTURED = ("function", "dag2", "dag3", "run", "spark")


@pytest.mark.parametrize("name", CAPTURED)
def test_filters_match_real_runs(plans, name):
    schema = json.loads(
        (ROOT / "deploy/common/nf-run.schema.json").read_text())
    check = jsonschema.Draft202012Validator(schema)
    found = captured(name)
    for e in found:
        check.validate(e["jsonPayload"])
    metrics = metrics_of(plans["prod"])

    def hits(metric):
        return [e["jsonPayload"] for e in found
                if matches(metrics[metric]["filter"], e)]

    # The function fetches and stages, Spark transforms and loads.
    tools = {"function": {"nf-fetch", "nf-stage"},
             "spark": {"nf-stage", "nf-transform", "nf-load"}}.get(name, {
                 "nf-fetch", "nf-stage", "nf-transform", "nf-load"})
    attempts = [e["jsonPayload"] for e in found
                if e["jsonPayload"]["event"] == "attempt"]
    assert hits("nf_attempts") == attempts
    assert {"ok", "retry", "failed"} <= {p["outcome"] for p in attempts}
    assert {p["tool"] for p in hits("nf_records_in")} == tools
    for metric in ("nf_records_in", "nf_records_out"):
        assert sum(p[metric.removeprefix("nf_")] for p in hits(metric)) > 0
    assert bool(hits("nf_rejects")) == (name not in ("function", "run"))
    assert bool(hits("nf_freshness")) == name.startswith("dag")


def test_every_metric_is_met_by_a_real_run(plans):
    found = [e for name in CAPTURED for e in captured(name)]
    for name, m in metrics_of(plans["prod"]).items():
        assert any(matches(m["filter"], e) for e in found), name


# Grafana --------------------------------------------------------------------

def test_dashboards_are_generated(tmp_path):
    """What is committed is what the generator writes."""
    grafana = MONITORING / "grafana"
    python = own_venv("grafana", *(
        grafana / "requirements.txt").read_text().split()) / "python"
    r = subprocess.run([python, grafana / "generate.py", tmp_path],
                       capture_output=True, text=True)
    assert r.returncode == 0, r.stderr
    assert sorted(f.name for f in tmp_path.iterdir()) == [
        f.name for f in BOARDS]
    for f in BOARDS:
        assert (tmp_path / f.name).read_text() == f.read_text(), f.name


@pytest.fixture(scope="session")
def typescript():
    """Folder with Grafana's types and tsc."""
    if not shutil.which("npm"):
        pytest.skip("no npm")
    folder = CACHE / "grafana-types"
    stamp = folder / ".installed"
    with locked("grafana-types"):
        if not stamp.exists() or stamp.read_text() != SDK + TYPESCRIPT:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "package.json").write_text('{"private": true}\n')
            r = subprocess.run(
                ["npm", "install", "--silent", "--no-audit", "--no-fund",
                 SDK, TYPESCRIPT], cwd=folder, stdin=subprocess.DEVNULL,
                capture_output=True, text=True)
            if r.returncode != 0:
                pytest.skip(f"cannot install {SDK}: {r.stderr[-300:]}")
            stamp.write_text(SDK + TYPESCRIPT)
    return folder


def test_dashboards_have_grafanas_types(typescript, tmp_path):
    """tsc takes the dashboards, and refuses them with one name misspelt."""
    (tmp_path / "node_modules").symlink_to(typescript / "node_modules")
    shutil.copy(HERE / "dashboard.ts", tmp_path)
    (tmp_path / "tsconfig.json").write_text(json.dumps({
        "compilerOptions": {
            "strict": True, "noEmit": True, "module": "node16",
            "moduleResolution": "node16", "skipLibCheck": True,
            "types": []},
        "include": ["*.ts"]}))
    wrong = {"nf-cloud": ('"promQLQuery"', '"promQlQuery"'),
             "nf-prometheus": ('"legendFormat"', '"legend"')}
    kinds = {"nf-cloud": "ForCloud", "nf-prometheus": "ForPrometheus"}
    assert set(kinds) == {f.stem for f in BOARDS}
    for f in BOARDS:
        text = f.read_text()
        assert wrong[f.stem][0] in text
        kind = kinds[f.stem]
        (tmp_path / f"{f.stem}.ts").write_text(
            f'import type {{ {kind} }} from "./dashboard.js";\n'
            f"export const right: {kind} = {text};\n"
            f"export const wrong: {kind} = {text.replace(*wrong[f.stem])};\n")
    r = subprocess.run(
        [typescript / "node_modules/.bin/tsc", "-p", tmp_path],
        stdin=subprocess.DEVNULL, capture_output=True, text=True)
    told = re.findall(r"^(?:\S*/)?([\w-]+)\.ts\((\d+),", r.stdout, re.M)
    assert told, r.stdout
    for f in BOARDS:
        lines = f.read_text().count("\n")
        where = [int(n) for stem, n in told if stem == f.stem]
        assert where and min(where) > lines + 1, r.stdout[:2000]
    assert {stem for stem, _ in told} == {f.stem for f in BOARDS}, r.stdout


def test_provisioning():
    folder = MONITORING / "grafana/provisioning"
    sources = yaml.safe_load((folder / "datasources/nf.yml").read_text())
    kinds = {d["type"] for d in sources["datasources"]}
    wanted = {v["query"] for f in BOARDS
              for v in json.loads(f.read_text())["templating"]["list"]
              if v["type"] == "datasource"}
    assert kinds == wanted == {"prometheus", "stackdriver"}
    boards = yaml.safe_load((folder / "dashboards/nf.yml").read_text())
    assert boards["providers"][0]["type"] == "file"


def test_each_entry_is_one_of_its_own():
    """Cloud Logging shows one of those with one insertId and time; a second
    attempt to write them is the same entries."""
    stage = {"tool": "nf-stage", "exit": 0, "cause": None}
    ids = [[e["insertId"] for e in nf_report.attempt(
        "airflow", "r", 0, [stage, {"tool": "nf-load", "exit": 0}, stage])]
           for _ in range(2)]
    assert len(set(ids[0])) == 4 and ids[0] == ids[1]
