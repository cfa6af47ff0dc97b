# SPDX-License-Identifier: Apache-2.0
"""What people want to know first, in both languages: the beginning of
docs/performance.md, and docs/desempenho.pt-BR.md."""

from .tables import number, table, times

# The steps of a job, in both languages; the race, and what it is compared
# with (the beginning of its name).
STEPS = (
    ("Fetch pages of an API", "Buscar p\u00e1ginas de uma API", "fetch",
     "Python requests"),
    ("Stage them, compressed", "Guardar no staging, comprimido", "stage",
     "Python json.loads"),
    ("Transform, small invoices", "Transformar, notas pequenas",
     "transform-small", "jq 1"),
    ("", "", "transform-small", "jaq"),
    ("", "", "transform-small", "Python orjson"),
    ("Transform, whole NF-e", "Transformar, NF-e inteiras", "transform-full",
     "jq 1"),
    ("", "", "transform-full", "Python orjson"),
    ("Load into Bigtable", "Carregar no Bigtable", "load", "Go ApplyBulk"),
    ("", "", "load-python", "Python data client"),
    ("Transform and load", "Transformar e carregar", "spark", "Spark"),
)
READY = ("nf-flat", "nf-wide", "nf-relational", "nfe-4.00")

ENGLISH = {
    "head": "How many times more than nf-tools others need for the same work:",
    "columns": ("step", "with", "CPU", "wall time", "memory"),
    "speed": "One core transforms {}.", "with": "{} MB/s with {}",
    "chain": "A million small invoices from the API into Bigtable need {} s "
             "of CPU, all four tools together, and {} MB of memory, which do "
             "not grow with the input.",
}
PORTUGUESE = {
    "head": "Quantas vezes mais recursos que o nf-tools as alternativas usam "
            "para o mesmo trabalho:",
    "columns": ("etapa", "com", "CPU", "tempo total", "mem\u00f3ria"),
    "speed": "Um n\u00facleo transforma {}.", "with": "{} MB/s com {}",
    "chain": "Levar um milh\u00e3o de notas pequenas da API ao Bigtable usa {} s "
             "de CPU, somadas as quatro ferramentas, e {} MB de mem\u00f3ria, "
             "qualquer que seja o tamanho da entrada.",
}
PAGE = """# Desempenho

Compara o tempo de CPU e a mem\u00f3ria das quatro ferramentas com os das \
alternativas. P\u00e1gina gerada por `make bench`; n\u00e3o a edite. Todas as \
compara\u00e7\u00f5es, a mem\u00f3ria com at\u00e9 10 GB de entrada e os limites est\u00e3o em [performance.md](performance.md) (em ingl\u00eas).
{short}
![Segundos de CPU para 100.000 notas pequenas](performance.svg)

## Como foi medido

- M\u00e1quina: {machine[cpus]} x {machine[cpu]}, {machine[memory_gb]} GB, \
{machine[system]}; {machine[when]}.
- Os programas de cada compara\u00e7\u00e3o s\u00e3o executados alternadamente; cada \
n\u00famero \u00e9 a mediana de {machine[repeats]} execu\u00e7\u00f5es. CPU \u00e9 o tempo de usu\u00e1rio e de sistema do cliente, sem o \
dos servidores.
- Antes da medi\u00e7\u00e3o, a sa\u00edda de cada programa \u00e9 comparada com a do \
nf-tools.
- Outros processos na m\u00e1quina afetam sobretudo o tempo total; compare as \
raz\u00f5es de CPU.
"""


def local(text, words):
    return text.replace(".", ",") if words is PORTUGUESE else text


def compared(races, words):
    for english, portuguese, race, peer in STEPS:
        for row in races.get(race, {}).get("rows", [])[1:]:
            if row["name"].startswith(peer):
                yield (portuguese if words is PORTUGUESE else english,
                       row["name"], *(local(times(row[figure]), words)
                                      for figure in ("cpu_ratio", "wall_ratio",
                                                     "rss_ratio")))
                break


def speeds(races, words):
    for name in READY:
        rows = races.get(f"transform-{name}", {}).get("rows")
        if rows:
            last = rows[-1] if "today" in rows[-1]["name"] else rows[0]
            yield words["with"].format(number(1 / last["cpu_per_unit"]), name)


def paragraphs(results, words):
    yield words["head"]
    yield table(words["columns"], compared(results["races"], words)).rstrip()
    found = list(speeds(results["races"], words))
    if found:
        yield words["speed"].format(", ".join(found))
    for run in results["chain"][:1] if results["chain"] else ():
        yield words["chain"].format(
            f"{1e6 * run['cpu_s'] / run['invoices']:.0f}",
            f"{sum(t['rss_kb'] for t in run['tools']) / 1024:.0f}")


def short(results):
    return "\n## In short\n\n" + "\n\n".join(
        paragraphs(results, ENGLISH)) + "\n"


def page(results):
    return PAGE.format(machine=results["machine"], short="\n" + "\n\n".join(
        paragraphs(results, PORTUGUESE)) + "\n")
