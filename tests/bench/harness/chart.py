# SPDX-License-Identifier: Apache-2.0
"""The chart of docs/performance.md: seconds of CPU for 100,000 invoices, on
one linear axis from 0, for each step the nf-tool and what people use."""

from html import escape

WIDTH, LEFT, RIGHT, TOP, ROW, GAP = 760, 250, 70, 64, 22, 34
OURS, OTHERS, INK, FAINT = "#1c7c54", "#9aa5b1", "#1b2430", "#565f6b"
# Step: heading, race, and what to show of it; in 1 of work, as many invoices.
STEPS = (
    ("Fetch 1,000 pages", "fetch", 100000,
     ("nf-fetch", "Python requests + json")),
    ("Stage in Cloud Storage", "stage-put-gs", 100000 / 36.866734,
     ("nf-stage", "google-cloud-storage, json + gzip 1")),
    ("Transform to rows", "transform-small", 100000 / 36.866734,
     ("nf-transform", "DuckDB, 1 thread", "Python orjson", "jq 1.6")),
    ("Load rows", "load", 1000000,
     ("nf-load", "cbt import, CSV", "Go ApplyBulk + encoding/json")),
    ("", "load-python", 1000000, ("Python data client",)),
)


def seconds(races, race, each, name):
    """CPU for 100,000 invoices, or None if the race was not run."""
    for row in races.get(race, {}).get("rows", ()):
        if row["name"] == name:
            return row["cpu_s"] / (row["work"] * each) * 100000
    return None


def bars(races):
    """(heading or None, [(name, seconds)]) for each step that was run."""
    for heading, race, each, names in STEPS:
        found = [(n, seconds(races, race, each, n)) for n in names]
        found = [(n, s) for n, s in found if s is not None]
        if found:
            yield heading, found


def draw(races):
    """The SVG text."""
    groups = list(bars(races))
    most = max((s for _, rows in groups for _, s in rows), default=1)
    step = next(s for s in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 1000)
                if most / s <= 6)
    scale = (WIDTH - LEFT - RIGHT) / most
    out, y = [], TOP
    for heading, rows in groups:
        if heading:
            y += GAP
            out.append(f'<text x="10" y="{y - 8}" fill="{INK}" '
                       f'font-weight="bold">{escape(heading)}</text>\n')
        for name, value in rows:
            colour = OURS if name.startswith("nf-") else OTHERS
            width = max(value * scale, 1)
            out.append(
                f'<text x="{LEFT - 8}" y="{y + 13}" text-anchor="end" '
                f'fill="{INK}">{escape(name)}</text>'
                f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="16" '
                f'fill="{colour}"/><text x="{LEFT + width + 6:.1f}" '
                f'y="{y + 13}" fill="{INK}">{value:.2f} s</text>\n')
            y += ROW
    ticks = []
    for i in range(int(most / step) + 1):
        x = LEFT + i * step * scale
        ticks.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" '
                     f'y2="{y}" stroke="#e3e7ec"/><text x="{x:.1f}" '
                     f'y="{y + 16}" text-anchor="middle" fill="{FAINT}">'
                     f'{i * step:g} s</text>\n')
    height = y + 28
    title = "CPU seconds for 100,000 small invoices; shorter is better"
    return "".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" '
        f'width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
        'font-family="sans-serif" font-size="13">\n'
        f"<title>{title}</title>\n"
        '<rect width="100%" height="100%" fill="#ffffff"/>\n'
        f'<text x="10" y="24" font-size="16" fill="{INK}">{title}</text>\n'
        f'<text x="10" y="46" fill="{FAINT}">One linear axis from 0. Client '
        'and system time, median of the runs; green: nf-tools.</text>\n',
        *ticks, *out, "</svg>\n"])
