"""Small charts as inline SVG. Every function gives an empty text when there is nothing to show."""

from collections.abc import Callable, Sequence
from html import escape

WIDTH, HEIGHT, MARGIN = 720, 220, 40
_INNER_WIDTH, _INNER_HEIGHT = WIDTH - 2 * MARGIN, HEIGHT - 2 * MARGIN


def steps(points: Sequence[tuple[int, int]], shown: Callable[[int], str], unit: str) -> str:
    """A value that changes in steps over x, which counts `unit`; `shown` makes text of a value."""
    if not points:
        return ""
    values = [0, *(value for _, value in points)]
    low, high = min(values), max(values)
    first, last = points[0][0], points[-1][0]

    def x(at: int) -> float:
        return MARGIN + _INNER_WIDTH * (at - first) / max(1, last - first)

    def y(value: int) -> float:
        return HEIGHT - MARGIN - _INNER_HEIGHT * (value - low) / max(1, high - low)

    path, before = [f"M{x(first):.1f} {y(0):.1f}"], 0
    for at, value in points:
        path.append(f"L{x(at):.1f} {y(before):.1f}L{x(at):.1f} {y(value):.1f}")
        before = value
    return _svg(
        f'<path class="grid" d="M{MARGIN} {y(0):.1f}H{WIDTH - MARGIN}"/><path class="line" d="{"".join(path)}"/>'
        + _text(MARGIN, MARGIN - 8, shown(high))
        + _text(MARGIN, HEIGHT - 12, f"{unit} {first}")
        + _text(WIDTH - MARGIN, HEIGHT - 12, f"{unit} {last}", anchor="end")
    )


def columns(bins: Sequence[tuple[float, int]], unit: str, counted: str) -> str:
    """A histogram: where each bin begins, and how many fell into it."""
    if not bins:
        return ""
    most, width = max(count for _, count in bins), _INNER_WIDTH / len(bins)
    drawn = [
        f'<rect class="mark" x="{MARGIN + width * n:.1f}" width="{width - 2:.1f}" '
        f'y="{HEIGHT - MARGIN - _INNER_HEIGHT * count / most:.1f}" height="{_INNER_HEIGHT * count / most:.1f}">'
        f"<title>from {begin:g} {escape(unit)}: {count} {escape(counted)}</title></rect>"
        for n, (begin, count) in enumerate(bins)
        if count
    ]
    return _svg(
        f'<path class="grid" d="M{MARGIN} {HEIGHT - MARGIN}H{WIDTH - MARGIN}"/>{"".join(drawn)}'
        + _text(MARGIN, HEIGHT - 12, f"{bins[0][0]:,.6g} {unit}")
        + _text(WIDTH - MARGIN, HEIGHT - 12, f"{bins[-1][0]:,.6g} {unit}", anchor="end")
        + _text(MARGIN, MARGIN - 8, f"{most} {counted}")
    )


def bars(counts: Sequence[tuple[str, int]], counted: str, *, name_width: int = 120) -> str:
    """One bar a name, which has so much room; a longer one is cut, and whole where one points at it."""
    if not counts:
        return ""
    most, height, room = max(count for _, count in counts), 24, WIDTH - name_width - 100
    drawn = [
        f'<rect class="mark" x="{name_width}" y="{height * n + 4}" width="{room * count / most:.1f}" height="16">'
        f"<title>{escape(name)}: {count} {escape(counted)}</title></rect>"
        + _text(name_width - 8, height * n + 16, _cut(name, name_width), anchor="end")
        + _text(name_width + 8 + room * count / most, height * n + 16, str(count))
        for n, (name, count) in enumerate(counts)
    ]
    return _svg("".join(drawn), height=height * len(counts) + 8)


def _cut(name: str, width: int) -> str:
    """As much of the name as fits: a character takes six units or so."""
    most = width // 6
    return name if len(name) <= most else f"{name[: most - 1]}…"


def _svg(inside: str, *, height: int = HEIGHT) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {height}" role="img" xmlns="http://www.w3.org/2000/svg">{inside}</svg>'


def _text(x: float, y: float, text: str, *, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
