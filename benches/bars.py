"""The bars, and the table in which every figure stands beside what it is compared with and the bar it has to reach."""
import math
import statistics

# Comparison programs, as the table names them.
CALAMINE = "calamine + one pipeline, in Rust"
OPENPYXL = "openpyxl + redis-py"
PYTHON = "python-calamine + redis-py pipeline"
FLOOR = "inflate + scan + one pipeline"

MIB = 1024 * 1024


def at_most_of_theirs(share):
    return f"≤ {share} × theirs", lambda ours, theirs: ours.median <= share * theirs.median


def times_faster(times):
    return f"≥ {times} × faster", lambda ours, theirs: theirs.median >= times * ours.median


def median_at_most(value, shown):
    return f"median ≤ {shown}", lambda ours, theirs: ours.median <= value


def p99_at_most(value, shown):
    return f"p99 ≤ {shown}", lambda ours, theirs: ours.p99 <= value


# By figure and what it is compared with; times in seconds, sizes in bytes.
BARS = {
    ("poll, 12 rows, all changed", CALAMINE): at_most_of_theirs(0.5),
    ("poll, 12 rows, all changed", OPENPYXL): times_faster(40),
    ("poll, 12 rows, all changed", PYTHON): times_faster(4),
    ("poll, 10,000 rows, all changed", CALAMINE): at_most_of_theirs(0.45),
    ("poll, 10,000 rows, all changed", OPENPYXL): times_faster(50),
    ("poll, 10,000 rows, all changed", PYTHON): times_faster(6),
    # 30 ms where the calamine program takes 163.
    ("poll, 10,000 rows, 10 % changed", CALAMINE): at_most_of_theirs(0.184),
    ("poll, 12 rows, unchanged", None): median_at_most(5e-6, "5 µs"),
    ("poll, 1,000 rows, unchanged", None): median_at_most(5e-6, "5 µs"),
    ("poll, 10,000 rows, unchanged", None): median_at_most(5e-6, "5 µs"),
    ("save → subscriber", "python-calamine, a look every 100 ms"): p99_at_most(3e-3, "3 ms"),
    ("publish → graded, 10 years", "a bare transaction as large"): p99_at_most(5e-3, "5 ms"),
    ("capture at the open, 10 years", "a bare transaction as large"): median_at_most(20e-3, "20 ms"),
    ("ledger: statistics before an open, 10 years", None): median_at_most(5e-3, "5 ms"),
    ("a grader's look at 108 rows, 10 years", None): median_at_most(1e-3, "1 ms"),
    ("a grader's look at 108 rows after a capture, 10 years", None): median_at_most(1e-3, "1 ms"),
    ("a grader's look at 108 rows read anew, 10 years", None): median_at_most(1e-3, "1 ms"),
    ("a grader's look at 100000 rows, 10 years", None): median_at_most(100e-3, "100 ms"),
    ("a grader's look at 100000 rows after a capture, 10 years", None): median_at_most(100e-3, "100 ms"),
    ("a grader's look at 100000 rows read anew, 10 years", None): median_at_most(100e-3, "100 ms"),
    ("`sessions`, the whole command, 10 years", None): median_at_most(100e-3, "100 ms"),
    ("`sessions --outcome PENDING --json`, the whole command, 10 years", None): median_at_most(100e-3, "100 ms"),
    ("`stats`, the whole command, 10 years", None): median_at_most(100e-3, "100 ms"),
    ("crash → running", "catch_unwind alone"): median_at_most(100e-6, "100 µs"),
    ("shutdown of five sleepers", "bare threads on a channel"): p99_at_most(5e-3, "5 ms"),
    ("shutdown, as the stack reports it", None): p99_at_most(5e-3, "5 ms"),
    ("SIGTERM → process gone", "a Python program that watches a folder"): p99_at_most(5e-3, "5 ms"),
    ("SIGTERM → process gone, workbook.watch = false", "a Python program that only sleeps"): p99_at_most(5e-3, "5 ms"),
    ("status --json", "true"): median_at_most(10e-3, "10 ms"),
    ("start → ready", "python that has imported redis and openpyxl"): median_at_most(100e-3, "100 ms"),
    ("CPU of 30 s idle", "five Python threads"): median_at_most(11e-3, "11 ms"),
    ("wake-ups a second beyond the polls, markets closed", "five Python threads"): median_at_most(1, "1/s"),
    ("resident after a minute of polls", "a Python program that does only this"): median_at_most(8 * MIB, "8 MiB"),
    ("size of the program, stripped", None): median_at_most(8 * MIB, "8 MiB"),
    ("clean release build", None): median_at_most(300, "5 min"),
    ("a day of 27,600 saves replayed", "json.loads of its lines"): median_at_most(3, "3 s"),
}


class Samples:
    """Measured values of one figure: seconds, bytes or counts."""

    def __init__(self, values):
        self.values = sorted(values)
        self.median = statistics.median(self.values)
        self.p99 = self.values[math.ceil(len(self.values) * 0.99) - 1]


def seconds(value):
    for factor, unit in ((1e-6, "µs"), (1e-3, "ms"), (1, "s")):
        if value < 1000 * factor:
            break
    return f"{value / factor:.3g} {unit}" if value < 100 * factor else f"{value / factor:.0f} {unit}"


def mebibytes(value):
    return f"{value / MIB:.2f} MiB"


def count(value):
    return f"{value:.3g}"


class Table:
    """Prints each figure as it comes, and remembers what was missed."""

    HEAD = "| figure | median | p99 | of | beside it | its median | its p99 | ours is | bar | |\n|---|---|---|---|---|---|---|---|---|---|"

    def __init__(self, out):
        self.out, self.missed, self.lines = out, [], []

    def begin(self):
        self.line(self.HEAD)

    def line(self, text):
        self.lines.append(text)
        print(text, file=self.out, flush=True)

    def add(self, figure, values, beside=None, theirs=None, show=seconds):
        """One figure of `values`; `theirs` are those of `beside`, measured in the same run."""
        ours, other = Samples(values), Samples(theirs) if theirs else None
        bar, reached = BARS.get((figure, beside), ("", None))
        verdict = "" if reached is None else "PASS" if reached(ours, other) else "MISS"
        cells = [figure, show(ours.median), show(ours.p99), str(len(values)), beside or ""]
        cells += [show(other.median), show(other.p99), ratio(ours.median, other.median)] if other else ["", "", ""]
        self.line(f"| {' | '.join(cells + [bar, verdict])} |")
        if verdict == "MISS":
            self.missed.append(figure)

    def law(self, figure, law, holds, detail):
        """Says whether growth follows `law`."""
        verdict = "PASS" if holds else "MISS"
        self.line(f"| {figure} | | | | | | | {detail} | {law} | {verdict} |")
        if not holds:
            self.missed.append(figure)


def ratio(ours, theirs):
    if ours <= 0 or theirs <= 0:
        return ""
    return f"{theirs / ours:.3g} × faster" if theirs >= 2 * ours else f"{ours / theirs:.2f} × theirs"
