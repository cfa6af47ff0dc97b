# SPDX-License-Identifier: Apache-2.0
"""The codes of errors are those that the manuals list."""

import re

import pytest

from conftest import ROOT

TOOLS = ("fetch", "stage", "transform", "load")
# What gives an error its code, and that as the first text it is passed.
MAKER = re.compile(r"\b(?:err_set_code|bad|refuse|fail|machine_fault|wrong)"
                   r'\([^";]*?"([a-z][a-z0-9_]*)"[,)]')


def used(folder):
    return {m[1] for path in (ROOT / folder).rglob("*.c")
            for m in MAKER.finditer(path.read_text("utf-8"))}


def listed(tool):
    page = (ROOT / f"man/nf-{tool}.1").read_text("utf-8")
    section = page.split(".Sh CODES\n")[1].split(".Sh ")[0]
    return {code for line in re.findall(r"^\.It Cm (.*)", section, re.M)
            for code in line.split(" , ")} - {"http_ Ns Ar STATUS"}


@pytest.mark.parametrize("tool", TOOLS)
def test_codes_of_a_tool(tool):
    assert len(used(tool)) >= 2
    assert used(tool) <= listed(tool)
    assert listed(tool) <= used(tool) | used("lib")


def test_codes_of_the_library():
    assert used("lib") <= set.union(*map(listed, TOOLS))
