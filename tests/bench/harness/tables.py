# SPDX-License-Identifier: Apache-2.0
"""Tables of Markdown, and what stands in them."""


def number(value):
    if value >= 100:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def times(value):
    return f"{number(value)}x"


def megabytes(kb):
    return f"{kb / 1024:.1f}"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |",
             "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(str(c).replace("|", "\\|") for c in row)
              + " |" for row in rows]
    return "\n".join(lines) + "\n"
