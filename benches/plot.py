"""Log-log plots as plain SVG."""
import math

import bars

WIDTH, HEIGHT, MARGIN, COLUMNS = 300, 190, 44, 3


def panels(curves):
    """One panel for each curve, with its law as a dashed line."""
    lines = math.ceil(len(curves) / COLUMNS)
    size = f'width="{COLUMNS * WIDTH}" height="{lines * HEIGHT}"'
    inside = "".join(
        f'<g transform="translate({place % COLUMNS * WIDTH},{place // COLUMNS * HEIGHT})">{panel(curve)}</g>'
        for place, curve in enumerate(curves)
    )
    style = "text{font:10px sans-serif;fill:#333}.a{stroke:#bbb}.m{fill:none;stroke:#06c;stroke-width:1.5}.l{stroke:#999;stroke-dasharray:4 3}"
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size}><style>{style}</style><rect {size} fill="#fff"/>{inside}</svg>\n'


def panel(curve):
    sizes, times = zip(*curve.points)
    x_of = scale([max(size, 0.5) for size in sizes], MARGIN, WIDTH - 12)
    y_of = scale([min(times) / 1.5, max(times) * 1.5], HEIGHT - 30, 26)
    at = lambda size, value: (x_of(max(size, 0.5)), y_of(value))
    points = [at(*point) for point in curve.points]
    base, first = next(point for point in curve.points if point[0] >= curve.asserted_from)
    due = first * (sizes[-1] / base if curve.law == "linear" else 1)
    (x0, y0), (x1, y1) = at(base, first), at(sizes[-1], due)
    marks = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="#06c"/>' for x, y in points)
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    ticks = "".join(text(x_of(max(size, 0.5)), HEIGHT - 16, f"{size:,}", "middle") for size in sizes)
    ends = text(MARGIN - 4, y_of(min(times)), bars.seconds(min(times)), "end") + text(MARGIN - 4, y_of(max(times)), bars.seconds(max(times)), "end")
    return (
        f'<line class="a" x1="{MARGIN}" y1="{HEIGHT - 30}" x2="{WIDTH - 12}" y2="{HEIGHT - 30}"/>'
        f'<line class="a" x1="{MARGIN}" y1="26" x2="{MARGIN}" y2="{HEIGHT - 30}"/>'
        f'<line class="l" x1="{x0:.1f}" y1="{y0:.1f}" x2="{x1:.1f}" y2="{y1:.1f}"/><polyline class="m" points="{path}"/>{marks}{ticks}{ends}'
        + text(WIDTH / 2, 14, f"{curve.name} ({curve.law})", "middle")
        + text(WIDTH / 2, HEIGHT - 4, curve.unit, "middle")
    )


def scale(values, low, high):
    """Logarithms of `values`' range onto `low` to `high`."""
    least, most = math.log(min(values)), math.log(max(values))
    return lambda value: low + (high - low) * ((math.log(value) - least) / (most - least) if most > least else 0.5)


def text(x, y, words, anchor):
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{words}</text>'
