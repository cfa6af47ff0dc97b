# SPDX-License-Identifier: Apache-2.0
"""The budgets as a picture: bars on a logarithmic scale, in SVG."""

import math
from xml.sax.saxutils import escape

WIDTH, LABEL, ROW, TOP, RIGHT = 900, 430, 26, 56, 60
COLOURS = {"aim": "#1a7f37", "must": "#3b7dd8", "missed": "#c0392b"}


def place(value, most):
    """Where on the scale from 1 to MOST."""
    span = WIDTH - LABEL - RIGHT
    return LABEL + span * math.log10(max(value, 1)) / math.log10(most)


def bar(row, y, most):
    x = place(row["measured"], most)
    must, aim = place(row["must"], most), place(row["aim"], most)
    return (
        f'<text x="{LABEL - 8}" y="{y + 13}" text-anchor="end">'
        f'{escape(row["what"])}</text>'
        f'<rect x="{LABEL}" y="{y}" width="{x - LABEL:.1f}" height="17" '
        f'fill="{COLOURS[row["verdict"]]}"/>'
        f'<line x1="{must:.1f}" x2="{must:.1f}" y1="{y - 3}" y2="{y + 20}" '
        'stroke="#000" stroke-width="2"/>'
        f'<line x1="{aim:.1f}" x2="{aim:.1f}" y1="{y - 3}" y2="{y + 20}" '
        'stroke="#000" stroke-dasharray="3 2"/>'
        f'<text x="{max(x, aim, must) + 6:.1f}" y="{y + 13}">'
        f'{row["measured"]:.1f}x</text>\n')


def draw(rows):
    """The SVG text for the rows of a budget table that are ratios."""
    rows = [r for r in rows if r["measured"] and not r.get("less")]
    most = 10 ** math.ceil(math.log10(max(
        [r["measured"] for r in rows] + [r["aim"] for r in rows] + [10])))
    height = TOP + ROW * len(rows) + 12
    out = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" '
        f'height="{height}" viewBox="0 0 {WIDTH} {height}" '
        'font-family="sans-serif" font-size="12">\n'
        '<rect width="100%" height="100%" fill="#fff"/>\n'
        '<text x="10" y="20" font-size="15">How many times less nf-tools use'
        '</text>\n<text x="10" y="38" fill="#555">solid line: must, dashed: '
        'aim; logarithmic</text>\n']
    tick = 1
    while tick <= most:
        x = place(tick, most)
        out.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 8}" '
            f'y2="{height - 8}" stroke="#ddd"/><text x="{x:.1f}" '
            f'y="{TOP - 12}" text-anchor="middle" fill="#555">{tick}'
            '</text>\n')
        tick *= 10
    out += [bar(r, TOP + ROW * i, most) for i, r in enumerate(rows)]
    out.append("</svg>\n")
    return "".join(out)
