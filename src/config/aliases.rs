//! The environment names that the original's users know (domain.md section 2).

use super::duration::parse_seconds;
use super::kind::word_bool;

/// A variable that stands for one key.
pub(super) struct Alias {
    pub(super) variable: &'static str,
    pub(super) key: &'static str,
    pub(super) form: Form,
}

/// How the variable's text is read.
#[derive(Clone, Copy)]
pub(super) enum Form {
    /// As the key reads it.
    Plain,
    /// A number of seconds, which may be a fraction.
    Seconds,
    /// A number of minutes, which may be a fraction.
    Minutes,
    /// On, or off: 0, false, no, off.
    Switch,
    /// The opposite of a switch.
    Opposite,
}

const fn alias(variable: &'static str, key: &'static str, form: Form) -> Alias {
    Alias { variable, key, form }
}

/// Every alias but the parts of a Redis address, which make one value together.
pub(super) const ALIASES: [Alias; 12] = [
    alias("FUTURETRADING_MARKET_OPEN_CAPTURE_INTERVAL", "capture.interval", Form::Seconds),
    alias("FUTURETRADING_ENABLE_52W_MONITOR", "week52.enabled", Form::Switch),
    alias("FUTURETRADING_52W_MONITOR_INTERVAL", "week52.interval", Form::Seconds),
    alias("FUTURETRADING_52W_SUPERVISOR_INTERVAL", "week52.check_interval", Form::Seconds),
    alias("FUTURETRADING_ENABLE_PREOPEN_BACKTEST", "preopen.enabled", Form::Switch),
    alias("FUTURETRADING_PREOPEN_BACKTEST_INTERVAL", "preopen.interval", Form::Seconds),
    alias("INTRADAY_SUPERVISOR_DISABLED", "intraday.enabled", Form::Opposite),
    alias("ROLLING_VWAP_WINDOW_MINUTES", "intraday.vwap_window", Form::Minutes),
    alias("EXCEL_DATA_FILE", "workbook.path", Form::Plain),
    alias("EXCEL_SHEET_NAME", "workbook.sheet", Form::Plain),
    alias("EXCEL_LIVE_RANGE", "workbook.range", Form::Plain),
    alias("REDIS_URL", BUS, Form::Plain),
];

/// The key that `REDIS_URL` and the parts of an address set.
pub(super) const BUS: &str = "bus.url";
/// The parts of a Redis address.
pub(super) const REDIS_PARTS: [&str; 3] = ["REDIS_HOST", "REDIS_PORT", "REDIS_DB"];

impl Form {
    /// The text that the key reads.
    ///
    /// # Errors
    /// What is wrong with the variable's text.
    pub(super) fn translate(self, text: &str) -> Result<String, String> {
        let text = text.trim();
        match self {
            Form::Plain => Ok(text.to_string()),
            Form::Seconds => number(text, "seconds").map(|text| format!("{text}s")),
            Form::Minutes => number(text, "minutes").map(|text| format!("{text}m")),
            Form::Switch => switch(text).map(|on| on.to_string()),
            Form::Opposite => switch(text).map(|on| (!on).to_string()),
        }
    }
}

fn number<'a>(text: &'a str, unit: &str) -> Result<&'a str, String> {
    parse_seconds(text).map(|_| text).map_err(|_| format!("{text:?} is not a number of {unit}"))
}

fn switch(text: &str) -> Result<bool, String> {
    word_bool(text).ok_or_else(|| format!("{text:?} is neither on nor off (0, false, no, off)"))
}

/// The address that `REDIS_HOST`, `REDIS_PORT` and `REDIS_DB` make together, `None` where none of them says
/// anything, and what is wrong with those that cannot be read: each counts as absent.
pub(super) fn redis_address(
    variable: impl Fn(&'static str) -> Option<String>,
) -> (Option<String>, Vec<(&'static str, String)>) {
    let mut bad = Vec::new();
    let [host, port, db] = REDIS_PARTS.map(|name| {
        let text = variable(name)?;
        let text = text.trim();
        let good = match name {
            "REDIS_HOST" => !text.contains(['/', '@', '?', '#', ' ']),
            "REDIS_PORT" => text.parse::<u16>().is_ok_and(|port| port > 0),
            _ => text.parse::<u32>().is_ok(),
        };
        if !good {
            // Container links set REDIS_PORT=tcp://…; the text may hold a password, so it is not repeated.
            let expected = match name {
                "REDIS_HOST" => "not a host name",
                "REDIS_PORT" => "not a port number",
                _ => "not a database number",
            };
            bad.push((name, expected.to_string()));
        }
        good.then(|| text.to_string())
    });
    if host.is_none() && port.is_none() && db.is_none() {
        return (None, bad);
    }
    let host = host.map_or_else(|| "localhost".into(), bracketed);
    let (port, db) = (port.unwrap_or_else(|| "6379".into()), db.unwrap_or_else(|| "0".into()));
    (Some(format!("redis://{host}:{port}/{db}")), bad)
}

/// An IPv6 address in the brackets that a URL needs.
fn bracketed(host: String) -> String {
    if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host }
}
