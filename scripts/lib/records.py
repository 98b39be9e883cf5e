"""What the ledger must know of the faults of a desk whose program has stopped: crashes, gaps, and what rows say of them."""

from datetime import timedelta

from lib.desk import Lost, instant

POLLER, GRADER = "ExcelPollerSupervisor", "MarketOpenGraderSupervisor"
OF_WORKERS = ("error", "panic", "hang", "spawn")
# What a note of a gap begins with; the others are of closes and minutes without a quote.
NOTES = (f"{POLLER} down", f"{GRADER} down", "no save", "process down", "suspended")


def accounted(desk, status, asked_at):
    """Raises at the first fault that is not in the ledger; `status` is the last one before the program stopped, asked for
    at that moment."""
    crashes, gaps = desk.table("SELECT * FROM crashes"), desk.table("SELECT * FROM gaps")
    restarts = {it["name"]: it["restarts"] - desk.program.restarts[it["name"]] for it in status["supervisors"]}
    # Where the listener's own thread was refused, the status said so, and nobody wrote faults down.
    is_heard = "no thread" not in (status["records"]["last_error"] or "")
    if not desk.stood_by:
        ended(gaps)
    if is_heard and not desk.program.kills:
        happened = desk.program.happened()
        # A commit that succeeded and said that it failed is done again: then records may count twice, never too little.
        fits = int.__le__ if any(edge == "ledger.commit.after" for edge, _ in happened) else int.__eq__
        every_fault_has_its_record(happened, crashes, fits)
        if any(instant(it["last_at"]) >= asked_at for it in crashes):
            fits = int.__le__  # failed since
        counters_add_up(status, restarts, crashes, fits)
        failures_lie_in_gaps(restarts, gaps)
    # How bus and workbook are is written down each minute: what a killed process had not told yet is lost with it.
    outages = [(reason, began, over) for reason, began, over, kills in desk.outages if is_heard and kills == desk.program.kills]
    every_outage_has_its_gap(outages + [("process_down", *it) for it in desk.program.downs], gaps)
    rows_say_what_they_miss(desk.table("SELECT * FROM sessions WHERE entry_price IS NOT NULL"), gaps)


def ended(gaps):
    for gap in gaps:
        if gap["ended_at"] is None:
            raise Lost(f"a gap of a stack that stopped goes on: {gap}")


def counted(crashes, **which):
    return sum(it["counted"] for it in crashes if all(it[name] == value for name, value in which.items()))


def door(edge):
    """Whose door an edge is, or nobody's."""
    kind, _, rest = edge.partition(".")
    return rest.split(".")[0] if kind in ("cycle", "build") else None


def every_fault_has_its_record(happened, crashes, fits):
    """A panic or an error at a worker's door is counted once in its record, a hang at least once."""
    for (edge, what), often in happened.items():
        worker = door(edge)
        if not worker:
            continue
        if what.startswith(("wait", "hold")):
            found, is_told = counted(crashes, supervisor=worker, kind="hang"), int.__le__
        else:
            message = f"injected at {edge}" if what == "panic" else f"injected at {edge}: {what}"
            kind = "panic" if what == "panic" else "error"
            found, is_told = counted(crashes, supervisor=worker, kind=kind, message=message), fits
        if not is_told(often, found):
            raise Lost(f"{often} times {what} at {edge}, and {found} crash records")


def counters_add_up(status, restarts, crashes, fits):
    """Each failure is one restart and one crash record, in the status as in the ledger."""
    for worker, often in restarts.items():
        failures = counted(crashes, supervisor=worker) - counted(crashes, supervisor=worker, kind="spawn")
        if not fits(often, failures):
            raise Lost(f"{worker}: {often} restarts and {failures} failures in the ledger")
    if not fits(status["records"]["crashes"], counted(crashes)):
        raise Lost(f"{status['records']['crashes']} crashes in the status and {counted(crashes)} in the ledger")


def failures_lie_in_gaps(restarts, gaps):
    """A worker that failed has gaps, which cost a cycle for each failure at least."""
    for worker, often in restarts.items():
        own = [it for it in gaps if it["supervisor"] == worker and it["reason"] in OF_WORKERS]
        lost = sum(it["cycles_lost"] or 0 for it in own)
        if lost < often:
            raise Lost(f"{worker}: {often} failures, and {len(own)} gaps that cost {lost} cycles")


def every_outage_has_its_gap(outages, gaps):
    for reason, began, over in outages:
        if not any(it["reason"] == reason and overlaps(it, began, over) for it in gaps):
            raise Lost(f"no gap {reason} from {began} to {over}")


def overlaps(gap, began, over):
    return instant(gap["started_at"]) < over and began < instant(gap["ended_at"])


def takes_prices(gap):
    return gap["reason"] in ("workbook_stale", "process_down", "suspend") or (
        gap["reason"] in OF_WORKERS and gap["supervisor"] in (POLLER, GRADER)) or (
        gap["reason"] == "bus_down" and gap["supervisor"] == "QuoteSubscriber")  # which fills the board


def rows_say_what_they_miss(rows, gaps):
    """A row that was graded over a gap says so; one that says so was there in a gap."""
    gaps = [it for it in gaps if takes_prices(it)]
    for row in rows:
        captured = instant(row["captured_at"])
        if row["target_hit_at"] and not row["data_gap"]:
            if over := next((it for it in gaps if overlaps(it, captured, instant(row["target_hit_at"]))), None):
                raise Lost(f"{row['country']} {row['future']} was graded over {over} and does not say so")
        if row["data_gap"] and row["data_gap"].startswith(NOTES) and not any(overlaps(it, captured, captured + timedelta(days=1)) for it in gaps):
            raise Lost(f"{row['country']} {row['future']} speaks of a gap that was not: {row['data_gap']}")
