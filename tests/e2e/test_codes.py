# SPDX-License-Identifier: Apache-2.0
"""The codes of errors are those that the manuals list."""

import re

import pytest

from conftest import ROOT

TOOLS = ("fetch", "stage", "transform", "load")
# What gives an error its code, the first text it is passed: functions with a
# parameter of that name, and those that only fill in the rest.
GIVES = re.compile(r"^(?:(?:static )?[\w *]+ )?(\w+)\([^){;]*?"
                   r"const\s+char \*code\b", re.M)
NOT = {"metrics_request", "make_label", "count_reason", "add_tag"}


def maker():
    names = {m[1] for folder in (*TOOLS, "lib")
             for path in (ROOT / folder).rglob("*.[ch]")
             for m in GIVES.finditer(path.read_text("utf-8"))} - NOT
    assert {"err_set_code", "machine_fault"} <= names
    return re.compile(r"\b(?:%s)" % "|".join(sorted(names)) +
                      r'\([^";]*?"([a-z][a-z0-9_]*)"[,)]')


MAKER = maker()


def used(folder):
    texts = [path.read_text("utf-8")
             for path in (ROOT / folder).rglob("*.c")]
    return {m[1] for text in texts for m in MAKER.finditer(text)} | \
        {m[1] for text in texts  # of lib/json/config.h
         for m in re.finditer(r'\.code = "([a-z0-9_]+)"', text)}


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
