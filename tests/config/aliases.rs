//! The environment names of the original's users: what each sets, and what a bad one does.

use super::sources::Typed;

/// Variables with their texts, the key that they set, and its value.
type Case = (&'static [(&'static str, &'static str)], &'static str, &'static str);

/// domain.md section 2: name, text → key, value as `config` shows it.
const READ: &[Case] = &[
    (&[("EXCEL_DATA_FILE", "/data/RTD_TOS.xlsm")], "workbook.path", "/data/RTD_TOS.xlsm"),
    (&[("EXCEL_SHEET_NAME", "Live 2")], "workbook.sheet", "Live 2"),
    (&[("EXCEL_LIVE_RANGE", "b2:o20")], "workbook.range", "B2:O20"),
    (&[("FUTURETRADING_MARKET_OPEN_CAPTURE_INTERVAL", "2.5")], "capture.interval", "2500ms"),
    (&[("FUTURETRADING_ENABLE_52W_MONITOR", "0")], "week52.enabled", "false"),
    (&[("FUTURETRADING_ENABLE_52W_MONITOR", "Yes")], "week52.enabled", "true"),
    (&[("FUTURETRADING_52W_MONITOR_INTERVAL", "0.25")], "week52.interval", "250ms"),
    (&[("FUTURETRADING_52W_SUPERVISOR_INTERVAL", "90")], "week52.check_interval", "90s"),
    (&[("FUTURETRADING_ENABLE_PREOPEN_BACKTEST", "off")], "preopen.enabled", "false"),
    (&[("FUTURETRADING_PREOPEN_BACKTEST_INTERVAL", "45")], "preopen.interval", "45s"),
    (&[("INTRADAY_SUPERVISOR_DISABLED", "1")], "intraday.enabled", "false"),
    (&[("INTRADAY_SUPERVISOR_DISABLED", "false")], "intraday.enabled", "true"),
    (&[("ROLLING_VWAP_WINDOW_MINUTES", "15")], "intraday.vwap_window", "15m"),
    (&[("REDIS_URL", "redis://h:1/2")], "bus.url", "redis://h:1/2"),
    (&[("REDIS_URL", "redis://h:1/2"), ("REDIS_HOST", "other")], "bus.url", "redis://h:1/2"),
    (&[("REDIS_HOST", "h")], "bus.url", "redis://h:6379/0"),
    (&[("REDIS_PORT", "6380")], "bus.url", "redis://localhost:6380/0"),
    (&[("REDIS_DB", "3")], "bus.url", "redis://localhost:6379/3"),
    (&[("REDIS_HOST", "h"), ("REDIS_PORT", "1"), ("REDIS_DB", "2")], "bus.url", "redis://h:1/2"),
    (&[("REDIS_HOST", "::1")], "bus.url", "redis://[::1]:6379/0"),
    (&[("REDIS_HOST", ""), ("EXCEL_SHEET_NAME", " ")], "bus.url", "local"),
];

#[test]
fn every_alias_sets_its_key() {
    for (variables, key, value) in READ {
        let typed = variables.iter().fold(Typed::new(), |typed, (name, text)| typed.variable(name, text));
        let loaded = typed.loaded();
        let shown = loaded.effective().into_iter().find(|one| one.key == *key).unwrap().value;
        let shown = shown.as_str().map_or(shown.to_string(), String::from);
        // An absolute path has a drive on Windows: that of the current folder.
        let path = value.starts_with('/').then(|| std::path::absolute(value).unwrap());
        let value = path.map_or(value.to_string(), |path| path.display().to_string());
        assert_eq!(shown, value, "{variables:?}");
        assert_eq!(loaded.warnings, Vec::<String>::new(), "{variables:?}");
    }
}

/// domain.md section 2: "An alias that cannot be read is a warning naming it, and the default".
#[test]
fn an_alias_that_cannot_be_read_is_a_warning_and_the_value_stays() {
    for (name, text, key, value) in [
        ("EXCEL_LIVE_RANGE", "N13:A1", "workbook.range", "A1:N13"),
        ("FUTURETRADING_52W_MONITOR_INTERVAL", "5s", "week52.interval", "1s"),
        ("FUTURETRADING_52W_MONITOR_INTERVAL", "0.1", "week52.interval", "1s"),
        ("FUTURETRADING_PREOPEN_BACKTEST_INTERVAL", "-1", "preopen.interval", "30s"),
        ("FUTURETRADING_ENABLE_52W_MONITOR", "perhaps", "week52.enabled", "true"),
        ("INTRADAY_SUPERVISOR_DISABLED", "2", "intraday.enabled", "true"),
        ("REDIS_URL", "http://host", "bus.url", "local"),
        ("REDIS_PORT", "tcp://10.0.0.1:6379", "bus.url", "local"),
        ("REDIS_PORT", "70000", "bus.url", "local"),
        ("REDIS_DB", "first", "bus.url", "local"),
        ("REDIS_HOST", "a b", "bus.url", "local"),
    ] {
        let loaded = Typed::new().variable(name, text).loaded();
        let shown = loaded.effective().into_iter().find(|one| one.key == key).unwrap().value;
        let shown = shown.as_str().map_or(shown.to_string(), String::from);
        assert_eq!(shown, value, "{name}={text}");
        assert_eq!(loaded.warnings.len(), 1, "{name}={text}: {:?}", loaded.warnings);
        assert!(loaded.warnings[0].starts_with(&format!("{name}: ")), "{:?}", loaded.warnings);
    }
}

#[test]
fn a_bad_part_of_an_address_leaves_the_others() {
    let loaded = Typed::new().variable("REDIS_HOST", "h").variable("REDIS_PORT", "x").loaded();
    assert_eq!(loaded.config.bus.url.redacted(), "redis://h:6379/0");
    assert_eq!(loaded.warnings, ["REDIS_PORT: not a port number; ignored, see bus.url"]);
}

#[test]
fn an_alias_that_is_outranked_still_leaves_no_trace() {
    let loaded =
        Typed::new().variable("REDIS_HOST", "h").variable("THOR_STACK_BUS_URL", "redis://own").loaded();
    assert_eq!(loaded.config.bus.url.redacted(), "redis://own");
    assert_eq!(loaded.origin("bus.url").to_string(), "THOR_STACK_BUS_URL");
}
