# SPDX-License-Identifier: Apache-2.0
"""docs/privacy.md: what it says of days and readers is what is provisioned.
Its recipes are run in tests/e2e/test_privacy_page.py."""
import re

import pytest

from infra import ROOT

PAGE = (ROOT / "docs/privacy.md").read_text()


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
    assert f'"{name}"' in (ROOT / "mappings/nfe-4.00.json").read_text()
