//! The environment names that the original's users know (domain.md section 2).

/// A variable that stands for one key, and is read as the key reads a bare text.
pub(super) struct Alias {
    pub(super) variable: &'static str,
    pub(super) key: &'static str,
}

const fn alias(variable: &'static str, key: &'static str) -> Alias {
    Alias { variable, key }
}

/// Every alias but the parts of a Redis address, which make one value together.
pub(super) const ALIASES: [Alias; 4] = [
    alias("EXCEL_DATA_FILE", "workbook.path"),
    alias("EXCEL_SHEET_NAME", "workbook.sheet"),
    alias("EXCEL_LIVE_RANGE", "workbook.range"),
    alias("REDIS_URL", BUS),
];

/// The key that `REDIS_URL` and the parts of an address set.
pub(super) const BUS: &str = "bus.url";
/// The parts of a Redis address.
pub(super) const REDIS_PARTS: [&str; 3] = ["REDIS_HOST", "REDIS_PORT", "REDIS_DB"];

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
