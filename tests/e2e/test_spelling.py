# SPDX-License-Identifier: Apache-2.0
"""The spelling of documents and manuals, by hunspell.

Checked is prose: no code, option, name of a file or address.  Words of the
trade that the dictionaries do not have are in tests/words.en and
tests/words.pt-BR, one a line, sorted.
"""

import re
import subprocess

import pytest

from conftest import ROOT

DICTIONARY = {"en": "en_US", "pt-BR": "pt_BR"}
DOCUMENTS = [ROOT / p for p in subprocess.run(
    ["git", "ls-files", "*.md", "man/nf-*"], cwd=ROOT, check=True,
    capture_output=True, encoding="utf-8").stdout.split()]


def language(path):
    return "pt-BR" if path.name.endswith(".pt-BR.md") else "en"


def words(lang):
    return (ROOT / f"tests/words.{lang}").read_text("utf-8").split("\n")[:-1]


def markdown(path):
    """A document, or a manual as one."""
    if path.suffix == ".md":
        return path.read_text(encoding="utf-8")
    text = re.sub(r"^\.Bd -literal(?s:.*?)^\.Ed$", "",
                  path.read_text(encoding="utf-8"), flags=re.M)
    text = subprocess.run(["mandoc", "-Tmarkdown"], input=text, check=True,
                          capture_output=True, encoding="utf-8").stdout
    # Bold are options, slanted what stands for something else.
    text = re.sub(r"\*\*.*?\*\*|(?<!\*)\*[^*\n]+\*", "", text)
    return re.sub(r"&#?\w+;|\\", "", text)


def prose(text):
    """What is written in words."""
    for code in (r"^( *)```(?s:.*?)^ *```$", r"^(    |\t).*$",
                 r"(`+)[^`](?s:.*?)\1", r"<!--(?s:.*?)-->|<[^>]*>",
                 r"(?<=\])\([^)]*\)", r"https?://\S+", r"\S*\d\S*"):
        text = re.sub(code, "", text, flags=re.M)
    return text


def unknown(text, lang):
    """The words that neither the dictionary has nor our list."""
    text = re.sub(r"['\u2019]s\b", "", text).replace("\u2019", "'")
    found = subprocess.run(
        ["hunspell", "-i", "utf-8", "-d", DICTIONARY[lang], "-l"], input=text,
        check=True, capture_output=True, encoding="utf-8").stdout.split()
    return sorted({w.strip("'") for w in found} - set(words(lang)))


@pytest.mark.parametrize("path", DOCUMENTS,
                         ids=lambda p: str(p.relative_to(ROOT)))
def test_spelling(path):
    assert unknown(prose(markdown(path)), language(path)) == []


@pytest.mark.parametrize("lang, text, bad", [
    ("en", "The recieved invoice `nffetch` [adress](no-adres.md)",
     ["adress", "recieved"]),
    ("pt-BR", "As notas fiscais e a convers\u00e3o, o processso",
     ["processso"]),
])
def test_misspelled_is_seen(lang, text, bad):
    assert unknown(prose(text), lang) == bad


@pytest.mark.parametrize("lang", DICTIONARY)
def test_words(lang):
    """The list is sorted, without words that no document has."""
    have = words(lang)
    assert have == sorted(set(have))
    text = " ".join(prose(markdown(p)) for p in DOCUMENTS
                    if language(p) == lang)
    assert set(have) <= set(re.findall(r"\w+", text))
