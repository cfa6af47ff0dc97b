# SPDX-License-Identifier: Apache-2.0
"""docs/privacy.md: its recipe removes the rows of a person and no others,
and what it says of days and readers is what is provisioned."""
import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest

from infra import ROOT

BUILD = pathlib.Path(os.environ.get("NF_BUILD", ROOT / "build")).resolve()
PAGE = (ROOT / "docs/privacy.md").read_text()
MAPPING = "nfe-4.00.json"
SAMPLE = ROOT / "mappings/samples/nfe-4.00.ndjson"


def blocks():
    found = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.M | re.S)
    assert len(found) == 3
    return found


def shell(folder, script):
    r = subprocess.run(
        ["bash", "-c", f"set -eu -o pipefail\n{script}"], cwd=folder,
        env={"PATH": f"{BUILD}:{os.environ['PATH']}", "HOME": str(folder)},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    assert r.returncode == 0, r.stderr
    return r.stdout


def numbers():
    """The CPFs of buyers in the sample."""
    found = [json.loads(line) for line in SAMPLE.read_text().splitlines()]
    dest = [(f.get("nfeProc") or {}).get("NFe", {}).get("infNFe", {}).get(
        "dest") or {} for f in found]
    return [d["CPF"] for d in dest if "CPF" in d]


@pytest.mark.parametrize("cpf, count", [
    (numbers()[0], 1), ("11144477735", 0), ("5299822472", 0),
    ("52998224725 ", 0)])
def test_recipe(tmp_path, cpf, count):
    """Rows of that number go; a number that is nobody's, or part of one,
    removes nothing."""
    shutil.copy(ROOT / "mappings" / MAPPING, tmp_path)
    shutil.copy(SAMPLE, tmp_path)
    make, find, remove = blocks()
    variables, rest = make.split("\n", 1)
    variables = re.sub(r"CPF=\S+", f"CPF='{cpf}'", variables) + "\n"
    shell(tmp_path, variables + rest)
    scan = variables + 'nf-load scan -q --keys-only "$TARGET"'
    before = set(shell(tmp_path, scan).split())
    assert shell(tmp_path, variables + find).strip() == str(count)
    assert shell(tmp_path, variables + remove).strip() == "0"
    after = set(shell(tmp_path, scan).split())
    keys = set((tmp_path / "keys").read_text().split())
    assert len(keys) == count and before - after == keys
    # Loading again brings them back, as the page says; the keys remove them.
    shell(tmp_path, variables + rest.split("\n", 1)[1])
    assert set(shell(tmp_path, scan).split()) == before
    shell(tmp_path, variables + remove)
    assert set(shell(tmp_path, scan).split()) == after


def test_days_are_those_of_prod():
    text = (ROOT / "deploy/terraform/prod.tfvars").read_text()
    retention = dict(re.findall(r"(\w+) = (\d+)", re.search(
        r"retention = \{(.*)\}", text).group(1)))
    assert f"cannot be removed for {retention['locked']} " in PAGE
    assert f"{retention['staging']} days; cannot" in PAGE
    assert retention["staging"] == retention["rejects"]
    backups = re.search(r"backup_days = (\d+)", text).group(1)
    assert f"| {backups} days |" in PAGE
    storage = (ROOT / "deploy/terraform/modules/storage/main.tf").read_text()
    kept = re.search(r"retention_duration_seconds = (\d+) \* local.day",
                     storage).group(1)
    assert f"| {kept} days more |" in PAGE
    assert "access_logs     = true" in text


def test_readers_are_those_of_the_grants():
    """Who reads a bucket, by the page and by iam.tf."""
    grants = re.findall(r'\["(\w+)", "(\w+)", "roles/storage\.object(\w+)"\]',
                        (ROOT / "deploy/terraform/iam.tf").read_text())
    for bucket in ("staging", "rejects"):
        row = re.search(rf"^\| bucket `{bucket}` \|.*$", PAGE, re.M).group()
        said = set(re.findall(r"\w+", row.split("|")[4])) - {"accounts"}
        assert said == {b for b, where, role in grants if where == bucket
                        and role in ("Viewer", "User")}, bucket


@pytest.mark.parametrize("name", ["dest", "emit"])
def test_columns_are_those_of_the_mapping(name):
    assert f"`{name}`" in PAGE
    assert f'"{name}"' in (ROOT / "mappings" / MAPPING).read_text()
