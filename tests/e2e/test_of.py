# SPDX-License-Identifier: Apache-2.0
"""tests/of: what a program ran is read from what gcc counted."""
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
import reached  # noqa: E402

MAIN = """
int near(int), far(int);
int main(int c, char **v) { (void)v; return (c > 1 ? near(c) : 0) * 0; }
"""


def test_what_ran(tmp_path, monkeypatch):
    """A module that is linked and not called is not reached."""
    folder = tmp_path / "build-cov"
    for name, text in (("main", MAIN), ("near", "int near(int n) { return n; }"),
                       ("far", "int far(int n) { return n; }")):
        (tmp_path / f"{name}.c").write_text(text)
        (folder / "lib").mkdir(parents=True, exist_ok=True)
        subprocess.run(["gcc", "--coverage", "-c", "-o",
                        folder / f"lib/{name}.o", tmp_path / f"{name}.c"],
                       check=True)
    subprocess.run(["gcc", "--coverage", "-o", folder / "p",
                    *folder.glob("lib/*.o")], check=True)
    known = tmp_path / "known"
    monkeypatch.setenv("NF_REACHED", str(known))
    for test, arguments in (("one", []), ("two words", ["x"])):
        with reached.noted(test):
            subprocess.run([folder / "p", *arguments], check=True)
    assert reached.read(known) == {
        "one": {"lib/main"}, "two words": {"lib/main", "lib/near"}}


def test_answers(tmp_path):
    (tmp_path / "tests").mkdir()
    (tmp_path / "build-cov").mkdir()
    for name in ("of", "reached.py"):
        shutil.copy(ROOT / "tests" / name, tmp_path / "tests" / name)
    for name in ("buf", "io"):
        (tmp_path / "lib/base").mkdir(parents=True, exist_ok=True)
        (tmp_path / f"lib/base/{name}.c").touch()

    def of(*arguments):
        r = subprocess.run([tmp_path / "tests/of", *arguments],
                           capture_output=True, text=True)
        return r.returncode, r.stdout, r.stderr

    assert of("lib/base/buf") == (
        78, "", "tests/of: nothing is known yet: tests/of --measure\n")
    known = tmp_path / "build-cov/reached"
    reached.write(known, "unit test_buf", {"lib/base/buf"})
    reached.write(known, "a.py::b", {"lib/base/buf", "lib/base/io"})
    assert of("lib/base/buf") == (0, "a.py::b\nunit test_buf\n", "")
    assert of("lib/base/io.c") == (0, "a.py::b\n", "")
    assert of("lib/base/pipe")[0] == 64
    assert of()[0] == 64
