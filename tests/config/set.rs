//! `--set KEY=VALUE`, as interfaces.md has it.

use super::sources::Typed;

/// What is typed → the key and the value as `config` shows it.
const TABLE: &[(&str, &str, &str)] = &[
    ("workbook.interval=5s", "workbook.interval", "\"5s\""),
    ("workbook.interval='5s'", "workbook.interval", "\"5s\""),
    ("workbook . interval = \"0.5s\"", "workbook.interval", "\"500ms\""),
    ("\"workbook\".'interval'=5s", "workbook.interval", "\"5s\""),
    ("workbook={interval='5s', sheet='a=b'}", "workbook.interval", "\"5s\""),
    ("workbook.sheet=2025", "workbook.sheet", "\"2025\""),
    ("workbook.sheet=a=b", "workbook.sheet", "\"a=b\""),
    ("workbook.sheet='true'", "workbook.sheet", "\"true\""),
    ("workbook.sheet=true", "workbook.sheet", "\"true\""),
    ("workbook.sheet=2025-01-01", "workbook.sheet", "\"2025-01-01\""),
    #[cfg(unix)]
    ("workbook.path=/a b/[c].xlsx", "workbook.path", "\"/a b/[c].xlsx\""),
    #[cfg(windows)]
    (r"workbook.path=V:\a b\[c].xlsx", "workbook.path", r#""V:\\a b\\[c].xlsx""#),
    ("workbook.watch=false", "workbook.watch", "false"),
    ("workbook.watch=no", "workbook.watch", "false"),
    ("workbook.stat_interval=off", "workbook.stat_interval", "\"off\""),
    ("workbook.range=A1:AB30", "workbook.range", "\"A1:AB30\""),
    ("bus.url=redis://h:1/2?protocol=resp3", "bus.url", "\"redis://h:1/2?protocol=resp3\""),
    ("bus.publish=all", "bus.publish", "\"all\""),
    ("instruments.ES.aliases=['MES', '/es1']", "instruments.ES.aliases", "[\"MES\",\"ES1\"]"),
    ("instruments.es.aliases=MES, es1", "instruments.ES.aliases", "[\"MES\",\"ES1\"]"),
    ("instruments.\"6E\".aliases=[]", "instruments.6E.aliases", "[]"),
    ("instruments.\"A.B=C\".aliases=X", "instruments.\"A.B=C\".aliases", "[\"X\"]"),
    ("supervisors.Week52Supervisor.deadline=off", "supervisors.Week52Supervisor.deadline", "\"off\""),
    ("log.rotate=64KiB x 2", "log.rotate", "\"64KiB x 2\""),
];

#[test]
fn sets_what_was_typed() {
    for (typed, key, value) in TABLE {
        let loaded = Typed::new().set(typed).loaded();
        let effective = loaded.effective();
        let one = effective.iter().find(|one| one.key == *key).unwrap_or_else(|| panic!("no {key}"));
        assert_eq!(one.value.to_string(), *value, "--set {typed}");
        assert_eq!(one.origin.kind(), "flag", "--set {typed}");
    }
}

#[test]
fn the_last_wins() {
    let typed = Typed::new().set("workbook.sheet=a").set("workbook={sheet='b'}").set("workbook.watch=false");
    let config = typed.loaded().config;
    assert_eq!((config.workbook.sheet.as_str(), config.workbook.watch), ("b", false));
}
