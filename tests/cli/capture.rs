//! `thor-stack capture`.

use super::desk::{count, ledger};
use crate::support::program::World;
use crate::support::redis::RedisServer;
use crate::support::workbooks::{Cell, WorkbookWriter};
use jiff::tz::{Offset, TimeZone};
use jiff::{Timestamp, ToSpan};
use std::time::{Duration, SystemTime};
use thor_stack::ledger::Ledger;
use thor_stack::value::Outcome;

/// A world in which USA opened a minute ago and is open for two hours, whatever the hour is: its hours are told in the
/// zone in which it is noon now.
fn open_now() -> World {
    let world = World::new();
    let now = Timestamp::now();
    let east = 12 - TimeZone::UTC.to_datetime(now).hour();
    let there = Offset::constant(east).to_datetime(now);
    let (open, close) = (there.checked_sub(1.minute()).unwrap(), there.checked_add(2.hours()).unwrap());
    let zone = format!("Etc/GMT{:+}", -east); // these names count hours west
    world.file(
        "config.toml",
        &format!(
            "workbook.path = 'live.xlsx'\n[[calendar.override]]\nmarket = 'USA'\ndate = {}\nopen = '{} {zone}'\n\
             close = '{} {zone}'\n",
            there.date(),
            open.strftime("%H:%M"),
            close.strftime("%H:%M")
        ),
    );
    let ym: [Cell; 11] =
        [47_400, 47_410, 76, 47_500, 47_300, 10_999, 47_475, 47_476, 47_477, 2, 1].map(Cell::from);
    let names = ["Futures", "YM", "E-mini Dow"].map(Cell::from);
    WorkbookWriter::with_headers()
        .cells(names.into_iter().chain(ym).collect())
        .save(&world.path("live.xlsx"));
    world
}

fn captures(world: &World) {
    let ran = world.run(&["capture", "usa", "--config", "config.toml"]);
    ran.exits(0).prints("captured USA ").prints(" as session 1: 2 rows, ");
    let rows = ledger(world).session(1).unwrap();
    let ym = &rows[0].row;
    assert_eq!((ym.id.future.as_str(), ym.id.wndw), ("YM", Outcome::Pending));
    assert_eq!(ym.trade.entry_price, Some(47_477.into()), "the ask: {ym:?}");
    assert_eq!(ym.trade.target_high, Some(47_497.into()));
    assert_eq!(rows[1].row.id.future, "TOTAL");
}

#[test]
fn captures_from_the_workbook_once() {
    let world = open_now();
    captures(&world);
    let ran = world.run(&["capture", "USA", "--config", "config.toml"]);
    ran.exits(0).prints("is captured already, as session 1");
    assert_eq!(count(&world), 2);
    world.run(&["sessions", "--config", "config.toml"]).exits(0).prints("STRONG_BUY");
}

#[test]
#[cfg_attr(windows, ignore = "a redis-server as a child")]
fn captures_from_the_bus() {
    let world = open_now();
    let server = RedisServer::start();
    let bus = format!("bus.url={}", server.tcp_url());
    world.run(&["poll", "--once", "--config", "config.toml", "--set", &bus]).exits(0);
    std::fs::remove_file(world.path("live.xlsx")).unwrap();
    let world = world.with("THOR_STACK_BUS_URL", &server.tcp_url());
    captures(&world);
}

#[test]
fn what_keeps_it_from_capturing_is_said() {
    let world = open_now();
    let capture =
        |arguments: &[&str]| world.run(&[&["capture", "USA", "--config", "config.toml"], arguments].concat());
    capture(&["--set", "markets.USA.enable_futures_capture=false"])
        .exits(1)
        .says("enable_futures_capture is off");
    let workbook = std::fs::File::options().write(true).open(world.path("live.xlsx")).unwrap();
    workbook.set_modified(SystemTime::now() - Duration::from_secs(300)).unwrap();
    capture(&[]).exits(1).says("0 quotes are fresh, it takes 1; see `thor-stack check`");
    world.run(&["capture", "Japn"]).exits(2).says("did you mean \"Japan\"?");
    assert_eq!(count(&world), 0);
    let world = World::new();
    world
        .run(&["capture", "USA"])
        .exits(1)
        .says("no quotes: set bus.url to where a stack publishes, or workbook.path");
}
