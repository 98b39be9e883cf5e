"""How figures grow with their size, and whether as the law says: constant, or in proportion."""
import bars
import contest
import plot

# How much more than its law a figure may grow over its sizes: caches end, noise stays.
SLACK = 3


def measure(context):
    curves = [*rows(context), *history(context), subscribers(context), pending(context)]
    for curve in curves:
        curve.judge(context.table)
    for curve in curves:
        curve.tell(context.table)
    picture = context.results / "growth.svg"
    picture.write_text(plot.panels(curves))
    context.table.line(f"\ngrowth as a picture: {picture}")


class Curve:
    """A figure over sizes. `law` is "constant" or "linear", asserted from `asserted_from` on."""

    def __init__(self, name, unit, law, asserted_from, points):
        self.name, self.unit, self.law, self.asserted_from = name, unit, law, asserted_from
        self.points = [(size, bars.Samples(values).median) for size, values in points]

    def judge(self, table):
        (small, first), (large, last) = [point for point in self.points if point[0] >= self.asserted_from][:: self.stride()]
        allowed = SLACK * (large / small if self.law == "linear" else 1)
        grown = last / first
        detail = f"{large / small:.3g} × the {self.unit}, {grown:.3g} × the time"
        table.law(f"growth: {self.name}", f"{self.law}: ≤ {allowed:.3g} ×", grown <= allowed, detail)

    def stride(self):
        count = sum(size >= self.asserted_from for size, _ in self.points)
        return max(1, count - 1)

    def tell(self, table):
        sizes = " | ".join(f"{size:,}" for size, _ in self.points)
        times = " | ".join(bars.seconds(median) for _, median in self.points)
        table.line(f"\n| {self.name}, by {self.unit} | {sizes} |\n|---|{'---|' * len(self.points)}\n| median | {times} |")


def rows(context):
    sizes = context.few([10, 100, 1_000, 10_000, 100_000], [10, 100, 1_000, 10_000])
    everything, nothing = [], []
    for size in sizes:
        rounds = max(3, min(30, 30_000 // size))
        polls = contest.compete(context, size, 1, rounds, {name: 0 for name in (bars.CALAMINE, bars.FLOOR, bars.PYTHON, bars.OPENPYXL)})
        everything.append((size, polls["thor-stack"]))
        nothing.append((size, polls["unchanged"]))
    yield Curve("poll, all changed", "rows", "linear", 1_000, everything)
    yield Curve("poll, unchanged", "rows", "constant", 10, nothing)


def history(context):
    years = context.few([0, 1, 2, 5, 10, 20], [0, 1, 10])
    points = {}
    for year in years:
        measured = context.rust("capture", year, 40) | context.rust("grading", year, 40) | context.rust("statements", year, 40)
        for name, values in measured.items():
            points.setdefault(name.replace(f", {year} years", ""), []).append((year, values))
    for name in ("capture", "publish -> graded", "rows that wait", "statistics before an open", "stats of a market", "sessions: a market's month"):
        # A year is the first that has all there is to find.
        yield Curve(name.replace("->", "→"), "years of history", "constant", 1, points[name])


def subscribers(context):
    points = [(size, one(context.rust("board", size, 300))) for size in (0, 1, 10, 100, 1_000)]
    return Curve("a save on the board", "subscribers", "linear", 10, points)


def pending(context):
    sizes = context.few([0, 12, 120, 1_200, 12_000, 100_000], [0, 12, 120, 1_200, 12_000])
    points = [(size, one(context.rust("pending", size, 60 if size < 10_000 else 10))) for size in sizes]
    return Curve("a grader's look", "pending rows", "linear", 1_200, points)


def one(measured):
    [values] = measured.values()
    return values
