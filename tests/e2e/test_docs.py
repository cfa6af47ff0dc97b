# SPDX-License-Identifier: Apache-2.0
"""The manuals say what the tools do, and every example in them works."""

import fnmatch
import json
import re
import shutil
import subprocess
from xml.etree import ElementTree

import pytest

import docs
from conftest import BUILD, ROOT

MANUALS = sorted((ROOT / "man").glob("*.[157]"))
TOOLS = ["nf-fetch", "nf-stage", "nf-transform", "nf-load"]
VERBS = {"nf-load": ["apply", "scan", "diff", "create"]}
SECTIONS = ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "INPUT", "OUTPUT",
            "ENVIRONMENT", "FILES", "EXIT STATUS", "CODES", "EXAMPLES",
            "SEE ALSO", "CAVEATS"]
DOCUMENTS = sorted([*(ROOT / "docs").glob("cookbook.md"),
                    *(ROOT / "docs/tutorials").glob("*.md")])
RUNBOOKS = sorted((ROOT / "docs/runbooks").glob("*.md"))
# What happens around the blocks of a runbook, by the number of the block: a
# mapping that refuses everything, its correction, and the proof.
STORIES = {"nf-rejects.md": {0: f"""\
cp {ROOT}/mappings/nf-wide.json {ROOT}/mappings/nfe-4.00.json .
nf-stage --emit=none gs://my-bucket/nf-20261121 < invoices.ndjson
nf-load create -m nf-wide.json bigtable://my-project/my-instance
mv nf-wide.json right.json
cp nfe-4.00.json nf-wide.json
nf-pipeline load --stage gs://my-bucket/nf-20261121 -m nf-wide.json \
    --to bigtable://my-project/my-instance --reject rejects.ndjson
""", 3: "mv right.json nf-wide.json\n", 4: """\
nf-stage cat gs://my-bucket/nf-20261121 | nf-transform -m nf-wide.json |
    nf-load diff bigtable://my-project/my-instance
"""}}


def help_of(tool, verb=None):
    path = ROOT / tool if tool == "pipeline.sh" else BUILD / tool
    return subprocess.run([path, *([verb] if verb else []), "--help"],
                          capture_output=True, encoding="utf-8",
                          check=True).stdout


def options_of(tool):
    """What --help knows: long options, and letters."""
    found = set()
    for verb in VERBS.get(tool, [None]):
        for line in help_of(tool, verb).splitlines():
            if re.match(r" {2,6}-", line):
                left = line.strip().split("  ")[0]
                found.update(re.findall(r"(?<![\w-])--?[A-Za-z][a-z-]*", left))
    return found


def page_of(tool):
    name = {"pipeline.sh": "nf-pipeline.7",
            "nf-stream": "nf-stream.5"}.get(tool, tool + ".1")
    return ROOT / "man" / name


def documented(path):
    """The options that head an entry of a list."""
    found = set()
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith(".It "):
            continue
        words = line.split()[1:]
        while words:
            word = words.pop(0)
            if word != "Fl":
                continue
            while words and re.fullmatch(r"-?[A-Za-z][a-z-]*|,", words[0]) \
                    and words[0] not in ("Fl", "Ar", "Cm", "Ns"):
                name = words.pop(0)
                if name != ",":
                    found.add("-" + name)
    return found


@pytest.mark.parametrize("tool", TOOLS + ["pipeline.sh"])
def test_every_option_is_documented_and_exists(tool):
    assert documented(page_of(tool)) == options_of(tool)


@pytest.mark.parametrize("tool", TOOLS + ["pipeline.sh"])
def test_usage_equals_synopsis(tool):
    if shutil.which("mandoc") is None:
        pytest.skip("mandoc: not installed")
    text = subprocess.run(["mandoc", "-Tascii", page_of(tool)],
                          capture_output=True, encoding="utf-8",
                          check=True).stdout
    text = re.sub(r".\x08", "", text)
    body = text.split("SYNOPSIS\n")[1].split("\nDESCRIPTION")[0]
    name = page_of(tool).stem
    lines = [" ".join(part.split()) for part in
             re.split(rf"\n(?=     {name})", "\n" + body) if part.strip()]
    # What stands before the first empty line.
    usage = re.sub(r"\n +", " ", help_of(tool).split("\n\n")[0]).splitlines()
    assert usage == lines
    for verb in VERBS.get(tool, []):
        first = help_of(tool, verb).splitlines()[0]
        assert first.replace(f"[{verb}]", verb) in \
            [u.replace(f"[{verb}]", verb) for u in usage]


@pytest.mark.parametrize("tool", TOOLS)
def test_sections(tool):
    found = re.findall(r"^\.Sh (.*)$", page_of(tool).read_text("utf-8"), re.M)
    assert found == [s for s in SECTIONS if s in found]
    assert set(SECTIONS) - set(found) <= {"FILES", "CAVEATS"}


@pytest.mark.parametrize("tool", TOOLS)
def test_every_variable_is_documented(tool):
    """What the option table takes from the environment is in the manual."""
    page = page_of(tool).read_text("utf-8")
    variables = page.split(".Sh ENVIRONMENT")[1].split(".Sh ")[0]
    for name in re.findall(r"\[\$(\w+)\]", help_of(tool)):
        assert name in variables


def asked_for(tool):
    """The variables that a tool asks for, by the sources it is made of: its
    own, and those of lib/ whose names the linker put into it."""
    linked = subprocess.run(["nm", BUILD / tool], capture_output=True,
                            encoding="utf-8", check=True).stdout
    own = ROOT / tool.removeprefix("nf-")
    for path in [*own.rglob("*.c"), *(ROOT / "lib").rglob("*.c")]:
        if own in path.parents or re.search(rf" [Tt] {path.stem}_", linked):
            yield from re.findall(r'getenv\("(\w+)"\)',
                                  path.read_text("utf-8"))


@pytest.mark.parametrize("tool", TOOLS)
def test_every_variable_asked_for_is_documented(tool):
    page = page_of(tool).read_text("utf-8")
    variables = page.split(".Sh ENVIRONMENT")[1].split(".Sh ")[0]
    found = set(asked_for(tool))
    assert {"NO_COLOR", "TRACEPARENT"} <= found
    said = {v for line in re.findall(r"^\.It Ev (.*)$", variables, re.M)
            for v in line.split(" , ")}
    assert found <= said


@pytest.mark.parametrize("tool", TOOLS)
def test_every_exit_code_is_documented(tool):
    """Those that any tool can end with."""
    page = page_of(tool).read_text("utf-8")
    codes = page.split(".Sh EXIT STATUS")[1].split(".Sh ")[0]
    said = {c for line in re.findall(r"^\.It (.*)$", codes, re.M)
            for c in line.split(" , ")}
    assert {"0", "64", "65", "70", "74", "75", "77", "78", "141",
            "128+n"} <= said


@pytest.mark.parametrize("path", MANUALS, ids=lambda p: p.name)
def test_examples_of_manuals(path, tmp_path, bigtable):
    blocks = docs.of_manual(path)
    assert blocks or path.name in ("nf-log.5",), "no examples"
    with docs.Sandbox(tmp_path, bigtable) as sandbox:
        sandbox.run(blocks)


def shown(path, section):
    """The objects shown in a section of a manual, by their members."""
    text = path.read_text("utf-8").split(section)[1]
    text = re.split(r"^\.S[hs] ", text, flags=re.M)[0]
    blocks = re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed$", text, re.M | re.S)
    return [json.loads(b) for b in blocks if b.startswith("{")]


def test_documents_of_a_run_are_as_shown(tmp_path):
    """run.json, receipts, manifest, ls and verify have the members that the
    manuals show, in that order."""
    def ask(*args, **kwargs):
        text = subprocess.run([BUILD / "nf-stage", *args], check=True,
                              capture_output=True, encoding="utf-8",
                              **kwargs).stdout
        return [json.loads(line) for line in text.splitlines()]

    place = tmp_path / "runs/day-1"
    uri = place.as_uri()
    ask("put", "--unsealed", "--part-records=1", "--emit=none", uri,
        input='{"n":1}\n{"n":2}\n')
    run, receipt, manifest = shown(page_of("nf-stream"), ".Ss Staged run")
    made = [json.loads(p.read_text()) for p in
            (place / "_nf/run.json", max(place.glob("_nf/0*.json")),
             place / "_nf/manifest.json")]
    assert [list(m) for m in made] == [list(run), list(receipt),
                                       list(manifest)]
    assert list(made[2]["parts"][0]) == list(manifest["parts"][0])
    listed, runs, verified = shown(page_of("nf-stage"), ".Sh OUTPUT")
    assert list(ask("ls", uri)[0]) == list(listed)
    assert list(ask("ls", place.parent.as_uri())[0]) == list(runs)
    assert list(ask("verify", uri)[0]) == list(verified)


def test_recipe_for_records_alone():
    """It keeps every record that nf-fetch lets through, and no control
    line."""
    text = page_of("nf-stream").read_text("utf-8")
    (program,) = re.findall(r"^jq -c '(select.*)' sealed$", text, re.M)
    records = ['{"a":1,"$nf":"end"}', "{}", "[1]", "[]", '"$nf"', "3", "null"]
    lines = ['{"$nf":"begin","v":1}', *records, '{"\\u0024nf":"end"}']
    assert subprocess.run(
        ["jq", "-c", program], input="\n".join(lines), check=True,
        capture_output=True, encoding="utf-8").stdout.split() == records
    for page in ("docs/tutorials/debug.md", "docs/cookbook.md"):
        assert program[:-len('!= "$nf")')] in (ROOT / page).read_text("utf-8")


def test_examples_can_fail(tmp_path):
    """What runs the examples notices a failure, an exit code, an output."""
    page = tmp_path / "page.md"
    for text, fine in [
            ("```sh\nfalse | true\n```", False),
            ("```sh\ntrue\n```\n```sh\nfalse\necho\n```", False),
            ("<!-- exit 3 -->\n```sh\nexit_with() { return 3; }; exit_with"
             "\n```\n```sh\ntrue\n```", True),
            ("<!-- exit 3 -->\n```sh\ntrue\n```", False),
            ("```sh\necho a\n```\n\n```text\na\n```", True),
            ("```sh\necho a\n```\n\n```text\nb\n```", False),
            ("<!-- not run: no -->\n```sh\nfalse\n```", True)]:
        page.write_text(text + "\n")
        folder = tmp_path / str(abs(hash(text)))
        folder.mkdir()
        with docs.Sandbox(folder) as sandbox:
            if fine:
                sandbox.run(docs.of_markdown(page))
            else:
                with pytest.raises(AssertionError):
                    sandbox.run(docs.of_markdown(page))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.name)
def test_documents(path, tmp_path, bigtable):
    blocks = docs.of_markdown(path)
    assert any(b.skip is None for b in blocks)
    with docs.Sandbox(tmp_path, bigtable) as sandbox:
        sandbox.run(blocks)


@pytest.mark.parametrize("path", RUNBOOKS, ids=lambda p: p.name)
def test_runbooks(path, tmp_path, bigtable):
    """What a runbook tells to run without Google Cloud can be run so."""
    blocks = docs.of_markdown(path)
    story = STORIES.get(path.name, {})
    assert any(b.skip is None for b in blocks) == bool(story)
    for i in sorted(story, reverse=True):
        blocks.insert(i, docs.Block(f"story {i}", story[i], cloud=True))
    with docs.Sandbox(tmp_path, bigtable) as sandbox:
        sandbox.run(blocks)


def test_both_readmes_have_the_same_commands():
    english, portuguese = (
        [b.text for b in docs.of_markdown(ROOT / name)]
        for name in ("README.md", "README.pt-BR.md"))
    assert english == portuguese != []


def test_dependabot_watches_all_that_is_pinned():
    files = subprocess.run(
        ["git", "ls-files", "*requirements.txt", "*go.mod", "*versions.tf"],
        cwd=ROOT, check=True,
        capture_output=True, encoding="utf-8").stdout.split()
    watched = re.findall(r"^ +(?:- |directory: )(/.*)$", (
        ROOT / ".github/dependabot.yml").read_text("utf-8"), re.M)
    folders = {"/" + f.rpartition("/")[0] for f in files}
    assert len(folders) > 10
    assert not [f for f in folders
                if not any(fnmatch.fnmatch(f, w) for w in watched)]
    assert not [w for w in watched if w != "/"
                and not any(fnmatch.fnmatch(f, w) for f in folders)]


def test_map_of_the_tree_is_whole():
    """CONTRIBUTING names every folder, and each of those of the tests."""
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True,
                           capture_output=True, encoding="utf-8").stdout
    folders = set(re.findall(r"^(tests/[^/\n]+|[^/\n]+)/", files, re.M))
    folders -= {".ci", "tests"}
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    text = text.split("## Map")[1].split("## Style")[0]
    assert [f for f in sorted(folders) if f"`{f}" not in text] == []


def every_option(tool):
    """Long options of all verbs of a tool, by --help."""
    command = [ROOT / tool if tool == "pipeline.sh" else BUILD / tool]
    verbs = set(re.findall(rf"^(?:{tool}) \[?([a-z]+)\]? ", help_of(tool),
                           re.M))
    text = help_of(tool) + "".join(subprocess.run(
        [*command, v, "--help"], capture_output=True, encoding="utf-8").stdout
        for v in sorted(verbs) if tool != "pipeline.sh")
    return set(re.findall(r"--[a-z][a-z-]*", text))


def shown_commands(text):
    """(tool, options) of each command of ours that a page shows."""
    code = re.findall(r"^```(?:sh)?\n(.*?)^```$", text, re.M | re.S)
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)
    code += re.findall(r"`([^`\n]+)`", prose)
    for piece in code:
        piece = re.sub(r"\\\n", " ", piece)
        for command in re.split(r"[|;&\n()]|\\\|", piece):
            if (found := re.match(
                    r"\s*(?:\S*=\S* )*(?:\./|build/|nf/bin/)?"
                    r"(nf-fetch|nf-stage|nf-transform|nf-load|nf-pipeline"
                    r"|pipeline\.sh)\s(.*)", command)):
                yield found[1].replace("nf-pipeline", "pipeline.sh"), \
                    re.findall(r"(?<=\s)--[a-z][a-z-]*", " " + found[2]
                               .split(" -- ")[0])


def test_every_option_that_a_page_shows_exists():
    known = {t: every_option(t) for t in (*TOOLS, "pipeline.sh")}
    seen, wrong = 0, []
    for page in PAGES:
        if page.name == "CHANGELOG.md":
            continue
        for tool, options in shown_commands(page.read_text("utf-8")):
            seen += len(options)
            wrong += [f"{page.relative_to(ROOT)}: {tool} {o}"
                      for o in options if o not in known[tool]]
    assert seen > 100 and wrong == []


def anchors_of(path):
    """The anchors that GitHub gives a document's headings."""
    found = set()
    for title in re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.M):
        title = re.sub(r"[^\w\- ]", "", title.lower())
        found.add(title.replace(" ", "-"))
    return found


def links_of(path):
    """Places in the tree that a document links to, fenced text aside."""
    text = re.sub(r"^```.*?^```$", "", path.read_text("utf-8"),
                  flags=re.M | re.S)
    found = re.findall(r"\]\(([^)\s]+)\)", text)
    return [f for f in found if not re.match(r"https?://|mailto:", f)]


def broken(path):
    """Links that lead nowhere."""
    for link in links_of(path):
        place, _, anchor = link.partition("#")
        target = (path.parent / place) if place else path
        if not target.exists():
            yield link
        elif anchor and anchor not in anchors_of(target):
            yield link


PAGES = sorted(p for p in ROOT.rglob("*.md")
               if not p.relative_to(ROOT).parts[0].startswith("build"))


def test_links():
    assert len(PAGES) > 15
    assert sum(len(links_of(p)) for p in PAGES) > 60
    bad = {str(p.relative_to(ROOT)): found for p in PAGES
           if (found := list(broken(p)))}
    assert not bad


def test_broken_links_are_seen(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# A title\n[a](#a-title) [b](#other) [c](no.md)\n")
    assert list(broken(page)) == ["#other", "no.md"]


@pytest.mark.parametrize("source", sorted((ROOT / "docs").rglob("*.dot")),
                         ids=lambda p: p.stem)
def test_diagrams(source):
    """The pictures are of their sources: another graphviz may move what it
    draws, but not change what is written."""
    drawn = subprocess.run(["dot", "-Tsvg", source], check=True,
                           capture_output=True).stdout
    committed = source.with_suffix(".svg").read_bytes()
    assert labels(committed) == labels(drawn) != []


@pytest.mark.parametrize("page, language", [
    ("architecture.md", ""), ("arquitetura.pt-BR.md", ".pt-BR")])
def test_each_language_has_its_diagrams(page, language):
    shown = {f for f in links_of(ROOT / "docs" / page) if "diagrams/" in f}
    assert shown == {f"diagrams/{name}{language}.svg" for name in
                     ("chain", "cloud", "formats", "resume", "row")}


def luminance(colour):
    """WCAG's relative luminance of #rrggbb."""
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    parts = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4
             for c in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


@pytest.mark.parametrize("path", sorted((ROOT / "docs").rglob("*.svg")),
                         ids=lambda p: p.name)
def test_pictures_can_be_read(path):
    """On a phone, on a dark page, and by a screen reader."""
    text = path.read_text("utf-8")
    root = ElementTree.fromstring(text)
    width = root.get("width")
    assert float(width.removesuffix("pt")) * \
        (4 / 3 if width.endswith("pt") else 1) < 900
    assert root.get("role") == "img"
    titles = [e.text for e in root.iter("{http://www.w3.org/2000/svg}title")]
    assert len(titles[0].split()) > 2
    ground = re.search(r'<(?:polygon|rect)[^>]*fill="(white|#\w{6})"', text)[1]
    ground = luminance(ground.replace("white", "#ffffff"))
    inks = {c for c in re.findall(
        r'<t(?:ext|span)[^>]*fill="(#\w{6})"', text)}
    for ink in inks:
        light = sorted((luminance(ink), ground))
        assert (light[1] + 0.05) / (light[0] + 0.05) >= 4.5, ink


def test_every_picture_is_shown():
    """A page shows each."""
    shown = {(p.parent / f).resolve() for p in PAGES for f in links_of(p)}
    assert [p.name for f in ("*.svg", "*.png")
            for p in (ROOT / "docs").rglob(f) if p.resolve() not in shown] \
        == []


def labels(svg):
    """The texts of a drawing."""
    return sorted(t.text for t in ElementTree.fromstring(svg).iter(
        "{http://www.w3.org/2000/svg}text"))


@pytest.mark.parametrize("tool", [*TOOLS, "pipeline.sh"])
def test_help(tool):
    """What it is for, an example that has no unknown option, and where to
    read more; of a verb what is its own; "help" is as good as "--help"."""
    name = tool.replace("pipeline.sh", "nf-pipeline")
    whole = help_of(tool)
    names = [None, *re.findall(rf"^{name} \[?((?!options)[a-z]+)\]?(?= |$)",
                               whole, re.M)]
    assert len(names) > (1 if tool in ("nf-stage", "nf-load") else 0)
    path = ROOT / tool if tool == "pipeline.sh" else BUILD / tool
    for verb in dict.fromkeys(names):
        text = whole if tool == "pipeline.sh" else help_of(tool, verb)
        said = subprocess.run([path, "help", *([verb] if verb else [])],
                              capture_output=True, encoding="utf-8",
                              check=True).stdout
        assert said == text
        synopsis, about = text.split("\n\n")[:2]
        if tool == "nf-load" and not verb:
            about = text.split("\n\n")[2]
        assert re.fullmatch(r"[A-Z][^\n]+\.", about.split("\n")[0]), about
        assert all(verb in line for line in synopsis.split("\n")
                   if verb and tool != "pipeline.sh")
        example = re.search(r"\nExample:\n  (.+)\nSee (\S+)\(\d\): man \2\n$",
                            text)
        assert example and name in example[1]
        used = set(re.findall(rf"{name}\S*(?:(?! \| ).)*?(--[a-z-]+)",
                              example[1]))
        assert used <= set(re.findall(r"--[a-z-]+", text.split(
            "\nExample:")[0])), used
        assert max(map(len, text.split("\n"))) < 80


def test_side_by_side():
    """What is shown there is what tests/bench/peers/configs.py runs."""
    text = (ROOT / "docs/side-by-side.md").read_text("utf-8")
    shown = re.findall(r"^```(?:json|python|yaml)\n(.*?)^```", text,
                       re.M | re.S)
    kept = {path.read_text("utf-8").removeprefix(
                "# SPDX-License-Identifier: Apache-2.0\n") for path in
            (ROOT / "tests/bench/peers/configs").iterdir()}
    assert len(shown) == 9 and set(shown) == kept
