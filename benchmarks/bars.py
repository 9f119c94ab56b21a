"""A bar chart as SVG, drawn by hand: no plotting library is needed for it."""

from collections.abc import Mapping
from html import escape

COLOURS = ("#3b6ea5", "#d9822b", "#5a9e6f", "#8e5ea2")
LEFT, WIDE, BAR, GAP = 190, 400, 14, 12  # pixels


def bars(shares: Mapping[str, Mapping[str, float]]) -> str:
    """Of each row's name its measures, shares from 0 to 1, as horizontal bars."""
    parts, y = [], 24
    measures = list(next(iter(shares.values())))
    for i, measure in enumerate(measures):
        x = LEFT + i * WIDE // len(measures)
        parts.append(f'<rect x="{x}" y="4" width="10" height="10" fill="{COLOURS[i]}"/>')
        parts.append(f'<text x="{x + 14}" y="13">{escape(measure)}</text>')
    for name, row in shares.items():
        middle = y + BAR * len(row) / 2 + 4
        parts.append(f'<text x="{LEFT - 8}" y="{middle}" text-anchor="end">{escape(name)}</text>')
        for i, measure in enumerate(measures):
            width, text = WIDE * row[measure], f"{100 * row[measure]:.1f}"
            parts.append(
                f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR - 2}" '
                f'fill="{COLOURS[i]}"/>'
                f'<text x="{LEFT + width + 4:.1f}" y="{y + BAR - 3}">{text}</text>'
            )
            y += BAR
        y += GAP
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{LEFT + WIDE + 60}" height="{y}" '
        f'font-family="sans-serif" font-size="12">{"".join(parts)}</svg>\n'
    )
