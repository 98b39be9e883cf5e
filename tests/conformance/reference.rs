//! Random quote paths, decided by these rules and by an independent reading of them in Python.

use super::paths::{Path, Random};
use super::spoken::rules;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};
use thor_stack::rules::entry::{Attempt, enter};
use thor_stack::rules::grading::{Sight, grade, graded_on};
use thor_stack::rules::signal::{SignalSource, signal};
use thor_stack::rules::{CaptureLimits, InstrumentRules};
use thor_stack::value::SessionRow;

const PATHS: usize = 10_000;
const SEED: u64 = 0x7407_57ac;

#[test]
#[cfg_attr(windows, ignore = "Python as a child")]
fn ten_thousand_paths_are_decided_as_the_reference_decides_them() {
    let mut random = Random::seeded(SEED);
    let paths: Vec<Path> = (0..PATHS).map(|_| Path::random(&mut random)).collect();
    let reference = decided_by_reference(&paths);
    assert_eq!(reference.len(), PATHS);
    let mut seen = BTreeMap::new();
    for (number, (path, expected)) in paths.iter().zip(reference).enumerate() {
        let ours = decided_here(path);
        assert_eq!(ours, expected, "path {number} of seed {SEED:#x}: {}", path.to_json());
        *seen.entry(kind_of(&ours)).or_insert(0) += 1;
    }
    for kind in [
        "WORKED",
        "DIDNT_WORK",
        "PENDING",
        "NEUTRAL",
        "hold",
        "no_signal",
        "no_book",
        "spread_exceeds_stop",
        "quote_unchanged",
        "late",
        "no_targets",
    ] {
        assert!(seen.get(kind).copied().unwrap_or(0) >= 100, "too few paths end in {kind}: {seen:?}");
    }
}

/// How a path ended: why it did not trade, or what became of the trade.
fn kind_of(decision: &Value) -> String {
    let reason = decision["no_entry_reason"].as_str();
    reason.or(decision["wndw"].as_str()).unwrap_or("?").to_string()
}

fn decided_here(path: &Path) -> Value {
    let mut rules = rules(graded_on(path.future));
    if let Some(targets) = path.targets {
        rules = InstrumentRules { targets, ..rules };
    }
    let mut row = captured(path, &rules);
    for (now, observation) in &path.steps {
        let sight = Sight {
            observation: observation.as_ref(),
            rules: &rules,
            window_end: path.window_end,
            may_end: true,
            max_quote_age: CaptureLimits::default().max_quote_age,
            now: *now,
        };
        if let Some(decision) = grade(&row, &sight) {
            decision.stamp(&mut row);
        }
    }
    spoken(&row)
}

fn captured(path: &Path, rules: &InstrumentRules) -> SessionRow {
    let mut row = super::spoken::row(path.future, "14:30:00", "");
    row.id.captured_at = path.captured_at;
    row.id.bhs = signal(&path.capture.quote, rules, SignalSource::Sheet);
    let entry = enter(&Attempt {
        signal: row.id.bhs,
        observation: Some(&path.capture),
        rules,
        opened_at: path.opened_at,
        now: path.captured_at,
        limits: &CaptureLimits::default(),
    });
    match entry {
        Ok(entry) => {
            row.trade.entry_price = Some(entry.price);
            row.trade.target_high = Some(entry.exits.high);
            row.trade.target_low = Some(entry.exits.low);
        }
        Err(reason) => row.trade.no_entry_reason = Some(reason),
    }
    row
}

fn spoken(row: &SessionRow) -> Value {
    let trade = &row.trade;
    json!({
        "signal": row.id.bhs,
        "entry_price": trade.entry_price,
        "target_high": trade.target_high,
        "target_low": trade.target_low,
        "no_entry_reason": trade.no_entry_reason.map(|reason| reason.as_str()),
        "wndw": row.id.wndw.as_str(),
        "target_hit_at": trade.target_hit_at.map(|at| at.as_millisecond()),
        "target_hit_price": trade.target_hit_price,
        "target_hit_type": trade.target_hit_type.map(|kind| kind.as_str()),
    })
}

fn decided_by_reference(paths: &[Path]) -> Vec<Value> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/grading.py");
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".into());
    let mut child = Command::new(&python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("running {python} (or what PYTHON names): {error}"));
    // The script reads all of its input before it writes, so neither side waits for the other.
    let lines: String = paths.iter().map(|path| format!("{}\n", path.to_json())).collect();
    let mut stdin = child.stdin.take().unwrap();
    let written = stdin.write_all(lines.as_bytes());
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && written.is_ok(), "{script} failed; its error is above");
    let lines = String::from_utf8(output.stdout).unwrap();
    lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
