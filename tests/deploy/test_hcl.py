# SPDX-License-Identifier: Apache-2.0
"""Terraform's files, read without Terraform: they parse, what they refer to
is there, what is there is used, and they know the mappings' words."""
import functools
import json
import os
import re

import hcl2
import pytest

from infra import ENVIRONMENTS, JOBS, ROOT, VARS, mapping_files

TERRAFORM = ROOT / "deploy/terraform"
FOLDERS = sorted({f.parent for f in (ROOT / "deploy").rglob("*.tf")})
folder_of = pytest.mark.parametrize(
    "folder", FOLDERS, ids=lambda f: str(f.relative_to(ROOT / "deploy")))


def bare(name):
    return name.strip('"')


class Module:
    """A folder of .tf files: what it declares, and its expressions."""

    def __init__(self, texts):
        self.variables, self.locals, self.outputs = {}, {}, {}
        self.resources, self.modules, self.texts = {}, {}, []
        for text in texts:
            tree = hcl2.loads(text)
            for kind, blocks in tree.items():
                for block in blocks if isinstance(blocks, list) else []:
                    self.add(kind, block)
            self.collect(tree)

    def add(self, kind, block):
        members = {bare(k): v for k, v in block.items() if not k.startswith("__")}
        if kind == "locals":
            self.locals.update(members)
        elif kind == "variable":
            self.variables.update(members)
        elif kind == "output":
            self.outputs.update(members)
        elif kind == "module":
            self.modules.update(members)
        elif kind == "resource":
            for type_, named in members.items():
                for name in named:
                    if not name.startswith("__"):
                        self.resources[type_, bare(name)] = named[name]

    def collect(self, tree):
        if isinstance(tree, dict):
            for k, v in tree.items():
                # What moved is named as it was.
                if "comments" not in k and k != "moved":
                    self.texts.append(str(k))
                    self.collect(v)
        elif isinstance(tree, list):
            for v in tree:
                self.collect(v)
        else:
            self.texts.append(str(tree))

    def refer(self, pattern):
        return {m if isinstance(m, str) else tuple(m) for t in self.texts
                for m in re.findall(r"(?<![\w.\"])" + pattern, t)}


@functools.cache
def module(folder):
    return Module([f.read_text() for f in sorted(folder.glob("*.tf"))])


def arguments(call):
    return {bare(k) for k in call} - {
        "source", "count", "for_each", "providers", "depends_on",
        "__is_block__", "__comments__", "__inline_comments__"}


def faults(folder, m):
    """What m, read as being in folder, names and is not there, and what
    is there and not named."""
    found = []
    for kind, declared in (("var", m.variables), ("local", m.locals)):
        used = m.refer(kind + r"\.(\w+)")
        found += [f"{kind}.{n} is not declared" for n in used - set(declared)]
        found += [f"{kind}.{n} is not used" for n in set(declared) - used]
    for name in m.refer(r"(google_\w+)\.(\w+)") - set(m.resources):
        found.append(f"{'.'.join(name)} is not declared")
    for name, output in m.refer(
            r"module\.(\w+)(?:\[[^\]]*\])?(?:\.(\w+))?"):
        if name not in m.modules:
            found.append(f"module.{name} is not declared")
            continue
        there = module(called(folder, m.modules[name])).outputs
        if output and output not in there:
            found.append(f"module.{name} has no output {output}")
    for name, call in m.modules.items():
        takes = module(called(folder, call)).variables
        given = arguments(call)
        found += [f"module.{name} takes no {a}" for a in given - set(takes)]
        found += [f"module.{name} is not given {v}" for v, d in takes.items()
                  if "default" not in d and v not in given]
    return found


def called(folder, call):
    target = (folder / bare(call["source"])).resolve()
    assert list(target.glob("*.tf")), f"{target} is no module"
    return target


@folder_of
def test_references(folder):
    m = module(folder)
    assert faults(folder, m) == []
    # A variable says what it is, an output too.
    for name, d in [*m.variables.items(), *m.outputs.items()]:
        assert len(bare(d.get("description", ""))) > 5, name


@pytest.mark.parametrize("old,new,fault", [
    ("var.project", "var.projekt", "var.projekt is not declared"),
    ("local.boxes", "local.box", "local.box is not declared"),
    ("google_service_account.box", "google_service_account.bx",
     "google_service_account.bx is not declared"),
    ("module.kms[0].key", "module.kms[0].lock",
     "module.kms has no output lock"),
    ("  project_number  = var.project_number\n", "",
     "module.kms is not given project_number"),
    ("locals {", "locals {\n  idle = 3\n", "local.idle is not used"),
    ('source = "./modules/kms"\n', 'source = "./modules/kms"\n  lid = 3\n',
     "module.kms takes no lid"),
])
def test_planted(old, new, fault):
    """Each kind of fault is seen."""
    texts = [f.read_text() for f in sorted(TERRAFORM.glob("*.tf"))]
    assert any(old in t for t in texts)
    assert fault in faults(TERRAFORM, Module(
        [t.replace(old, new) for t in texts]))


def test_does_not_parse():
    with pytest.raises(Exception):
        Module(['variable "x" {\n  type = string\n'])


def values(name):
    return {bare(k) for k in hcl2.loads((TERRAFORM / name).read_text())
            if not k.startswith("__")}


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_environment(name):
    """What its file, the example and the tests give is asked for; all that
    is asked for is given."""
    takes = module(TERRAFORM).variables
    given = values(f"{name}.tfvars") | values("project.tfvars.example")
    assert given | set(VARS) <= set(takes)
    assert {v for v, d in takes.items() if "default" not in d} <= given


def test_mappings():
    """Files that are named exist; what is read of a mapping is in its
    schema."""
    have = {f.name for f in mapping_files()}
    assert {f"{j['mapping']}.json" for j, _ in JOBS.values()} <= have
    named = {json.loads(f.read_text())["mapping"] for f in
             (TERRAFORM / "jobs.example").glob("*.job.json")}
    assert named and {f"{n}.json" for n in named} <= have
    schema = json.dumps(json.loads(
        (ROOT / "mappings/mapping.schema.json").read_text()))
    tf = "\n".join(t for t in module(TERRAFORM / "modules/bigtable").texts)
    words = set(re.findall(
        r"(?:\b(?:m|p\.gc|l|r|d)|\[t\])\.(\w+)|\bc\.gc\b", tf)) - {""}
    words -= {"table", "family"}        # of what is made of it
    assert {"tables", "families", "splits", "versions", "age", "union",
            "intersection"} <= words
    for word in words:
        assert f'"{word}"' in schema, word


@folder_of
def test_files(folder):
    """Paths that start at a module or an environment lead somewhere."""
    for text in module(folder).texts:
        for path in re.findall(
                r"\$\{path\.(?:module|root)\}/([\w./-]+)", text):
            # What make makes need not be there yet.
            assert "build/" in path or os.path.exists(folder / path), path
