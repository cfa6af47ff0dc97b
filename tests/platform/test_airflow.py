# SPDX-License-Identifier: Apache-2.0
"""The DAGs and NfOperator on the real Airflow 2.10 and 3."""

import json

import pytest

from airflows import VERSIONS, Airflow

WHEN = "2026-01-31T06:00:00+00:00"
PERMANENT = {1: "bug", 64: "usage", 65: "bad_data", 70: "bug",
             77: "permission", 78: "config"}
TEMPORARY = {69: "refused", 74: "io", 75: "temporary", 141: "pipe",
             143: "signal"}


@pytest.fixture(scope="module", params=VERSIONS)
def airflow(request, tmp_path_factory):
    found = Airflow(request.param,
                    tmp_path_factory.mktemp(request.param) / "home")
    yield found
    found.stop()


@pytest.fixture
def told(airflow):
    """What nf-run was told since the test began."""
    airflow.told()
    return airflow.told


def test_exit_codes(airflow, told):
    """Tries and final state of each exit code, and what nf-run is told."""
    assert airflow.run("dags", "test", "codes", WHEN) == 1
    want = {"exit0": ("success", 1), "exit99": ("skipped", 1),
            "late": ("success", 1)}
    want |= {f"exit{n}": ("failed", 1) for n in PERMANENT}
    want |= {f"exit{n}": ("failed", 3) for n in TEMPORARY}
    want |= {n: ("failed", 3) for n in ("kill9", "kill15", "child9",
                                        "python")}
    assert airflow.states("codes") == want
    assert airflow.xcom("codes", "late") == {"tool": "x"}
    attempts = {}
    for p in told():
        attempts.setdefault(p["run"], []).append(
            (p["attempt"], p["exit"], p["outcome"], p["reason"]))
    assert attempts["exit0"] == [(1, 0, "ok", "")]
    assert attempts["exit99"] == [(1, 99, "skipped", "empty")]
    for n, reason in PERMANENT.items():
        assert attempts[f"exit{n}"] == [(1, n, "failed", reason)]
    for name, n, reason in (
            *((f"exit{n}", n, r) for n, r in TEMPORARY.items()),
            ("kill9", -9, "signal"), ("kill15", -15, "signal"),
            ("child9", 137, "signal")):
        assert attempts[name] == [(1, n, "retry", reason),
                                  (2, n, "retry", reason),
                                  (3, n, "failed", reason)]
    (python,) = (v for k, v in attempts.items() if k.startswith("manual"))
    assert python == [(1, 75, "retry", "temporary"),
                      (2, 75, "retry", "temporary"),
                      (3, 75, "failed", "temporary")]
