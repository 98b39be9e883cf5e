//! The status of a stack for people.

use super::super::Output;
use super::super::quote_line::short;
use super::super::table::Table;
use super::super::terminal::printable;
use jiff::Timestamp;
use serde_json::Value;
use std::time::Duration;
use thor_stack::supervise::{Clock, SystemClock};

/// Prints a status as the running stack tells it; it may be of another version, so what is absent is left out.
pub(super) fn print(status: &Value, out: &mut Output) -> anyhow::Result<()> {
    let now = SystemClock::new().now();
    let lines = [
        head(status, now),
        died(status, now),
        parent(status),
        lease(status),
        workbook(status, now),
        bus(status),
        records(status),
        events(status),
    ];
    for line in lines.iter().flatten() {
        out.line(&printable(line))?;
    }
    for alarm in status["alarms"].as_array().into_iter().flatten() {
        out.line(&printable(&alarm_line(alarm, now)))?;
    }
    out.table(&supervisors(status, now))
}

fn head(status: &Value, now: Timestamp) -> Option<String> {
    let (state, version, home) = (text(status, "state")?, text(status, "version")?, text(status, "home")?);
    let up = ago(status, "started_at", now);
    Some(format!("thor-stack {version} {state} (pid {}) for {up}, home {home}", status["pid"]))
}

fn died(status: &Value, now: Timestamp) -> Option<String> {
    let exit = status.get("last_exit").filter(|exit| !exit.is_null())?;
    let (times, reason) = (&status["respawns"], text(exit, "reason")?);
    Some(format!("respawns   {times}, the last {} ago after {reason}", ago(exit, "at", now)))
}

fn parent(status: &Value) -> Option<String> {
    (status["parent_gone"] == true).then(|| {
        "parent     GONE: nobody starts the stack again if it dies; stop and start it when it suits"
            .to_owned()
    })
}

/// Who leads, where hosts share a stack; nobody known to lead is an alarm.
fn lease(status: &Value) -> Option<String> {
    let lease = status.get("lease").filter(|lease| !lease.is_null())?;
    let leader = &status["leader"];
    let named =
        || Some(format!("{} (process {}, fence {})", text(leader, "host")?, leader["pid"], leader["fence"]));
    Some(match named() {
        Some(_) if lease["leads"] == true => format!("lease      this host leads, fence {}", lease["fence"]),
        Some(leader) => format!("lease      {leader} leads; this host stands by"),
        None => format!(
            "lease      NOBODY is known to lead, nothing is captured or published here: {}",
            text(lease, "reason").unwrap_or_default()
        ),
    })
}

fn workbook(status: &Value, now: Timestamp) -> Option<String> {
    let workbook = &status["workbook"];
    let path = text(workbook, "path")?;
    let stale = if workbook["stale"] == true { ", STALE" } else { "" };
    if workbook["last_read_at"].is_null() && workbook["saved_at"].is_null() {
        return Some(format!("workbook   {path}: not read yet{stale}"));
    }
    Some(format!(
        "workbook   {path}: saved {} ago, {} quotes, {} not loaded, {} rejected{stale}",
        ago(workbook, "saved_at", now),
        workbook["quotes"],
        workbook["not_loaded"],
        workbook["rejected"]
    ))
}

fn bus(status: &Value) -> Option<String> {
    let bus = &status["bus"];
    let (kind, url) = (text(bus, "kind")?, text(bus, "url")?);
    let error = text(bus, "last_error").map(|error| format!(": {error}")).unwrap_or_default();
    Some(match kind {
        "local" => "bus        local".to_owned(),
        _ if bus["connected"] == true => format!("bus        {url}, connected{error}"),
        _ => format!("bus        {url}, NOT connected{error}"),
    })
}

/// Only what is wrong with them.
fn records(status: &Value) -> Option<String> {
    let records = &status["records"];
    let error = text(records, "last_error")?;
    Some(format!("records    {} crashes and gaps WAIT for the ledger: {error}", records["waiting"]))
}

/// Only where some were lost.
fn events(status: &Value) -> Option<String> {
    let lost = status["lost_events"].as_u64().filter(|lost| *lost > 0)?;
    Some(format!("events     {lost} LOST: who listens to them is too slow"))
}

fn alarm_line(alarm: &Value, now: Timestamp) -> String {
    let (kind, message) =
        (text(alarm, "kind").unwrap_or_default(), text(alarm, "message").unwrap_or_default());
    let market = text(alarm, "market").map(|market| format!(" of {market}")).unwrap_or_default();
    format!("ALARM      {kind}{market} for {}: {message}", ago(alarm, "at", now))
}

fn supervisors(status: &Value, now: Timestamp) -> Table {
    let mut table = Table::new(&[
        "SUPERVISOR",
        "STATE",
        ">FOR",
        ">CYCLES",
        ">RESTARTS",
        ">LAST MS",
        ">LAST OK",
        "REASON",
    ]);
    for supervisor in status["supervisors"].as_array().into_iter().flatten() {
        table.row([
            text(supervisor, "name").unwrap_or_default().to_owned(),
            text(supervisor, "state").unwrap_or_default().to_owned(),
            ago(supervisor, "since", now),
            supervisor["cycles"].to_string(),
            supervisor["restarts"].to_string(),
            supervisor["last_cycle_ms"].as_u64().map_or("-".to_owned(), |took| took.to_string()),
            ago(supervisor, "last_ok_at", now),
            reason(supervisor),
        ]);
    }
    table
}

/// Why it is not well, what it does while it hangs, or what it cannot write.
fn reason(supervisor: &Value) -> String {
    let detail = &supervisor["detail"];
    let told = match text(supervisor, "state") {
        Some("backing_off" | "failed") => text(&supervisor["last_error"], "message"),
        Some("hung" | "stopping") => text(supervisor, "phase"),
        _ if supervisor["zombies"].as_u64().is_some_and(|zombies| zombies > 0) => {
            return format!("{} abandoned threads hang", supervisor["zombies"]);
        }
        Some("disabled") => text(detail, "reason"),
        Some("waiting") if detail["standby"] == true => Some("stands by"),
        _ if detail["failing"] == true => {
            text(detail, "last_error").or_else(|| text(&detail["last_error"], "message"))
        }
        _ => None,
    };
    told.unwrap_or_default().to_owned()
}

fn text<'a>(object: &'a Value, key: &str) -> Option<&'a str> {
    object.get(key)?.as_str()
}

/// How long ago the time of this key was; `-`: there is none.
fn ago(object: &Value, key: &str, now: Timestamp) -> String {
    let at: Option<Timestamp> = text(object, key).and_then(|at| at.parse().ok());
    at.map_or("-".to_owned(), |at| short(Duration::try_from(now.duration_since(at)).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_worker_that_goes_on_without_its_disk_says_so() {
        let running = |detail: Value| reason(&json!({ "state": "waiting", "detail": detail }));
        let full = "No space left on device (os error 28)";
        assert_eq!(running(json!({ "failing": true, "last_error": { "message": full } })), full);
        assert_eq!(
            running(json!({ "failing": true, "last_error": "ledger.db is locked" })),
            "ledger.db is locked"
        );
        assert_eq!(running(json!({ "failing": false, "last_error": { "message": full } })), "");
    }
}
