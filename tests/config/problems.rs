//! Everything that is wrong, at once, with its place and no secret.

use super::sources::Typed;

#[test]
fn all_problems_of_all_sources_are_reported_together() {
    let typed = Typed::new()
        .file(
            "home = '/x'\n\
             [workbook]\n\
             intervall = '3s'\n\
             sheet = 7\n\
             range = 'N13:A1'\n\
             interval = '1ms'\n\
             [buss]\n\
             url = 'local'\n\
             [supervisors.ExcelPollerSuperviser]\n\
             enabled = true\n\
             [log]\n\
             level = 'loud'\n",
        )
        .variable("THOR_STACK_WORKBOOK_WATCH", "perhaps")
        .variable("THOR_STACK_WORKBOK_PATH", "x")
        .set("bus.refresh=fast")
        .set("workbook=3")
        .set("nonsense")
        .flag("--log", "log.level", "loud");
    assert_eq!(
        typed.problems(),
        [
            "HOME/config.toml:1: home: this file is in the home folder and cannot say where that is; use --home, \
             THOR_STACK_HOME or a file named by --config",
            "HOME/config.toml:3: workbook.intervall: unknown key; did you mean interval?",
            "HOME/config.toml:4: workbook.sheet: a number; put it in quotes",
            "HOME/config.toml:5: workbook.range: \"N13:A1\": the corners are reversed; name the upper left first, \
             then the lower right",
            "HOME/config.toml:6: workbook.interval: \"1ms\" is not within 100ms to 60m",
            "HOME/config.toml:7: buss: unknown key; did you mean bus?",
            "HOME/config.toml:9: supervisors.ExcelPollerSuperviser: no such supervisor; did you mean \
             ExcelPollerSupervisor?",
            "HOME/config.toml:12: log.level: \"loud\" is none of \"off\", \"error\", \"warn\", \"info\", \"debug\", \
             \"trace\"",
            "THOR_STACK_WORKBOK_PATH: unknown variable; did you mean THOR_STACK_WORKBOOK_PATH?",
            "THOR_STACK_WORKBOOK_WATCH: workbook.watch: \"perhaps\" is neither true nor false",
            "--set bus.refresh: \"fast\": not a duration; write a number with its unit: 250ms, 3s, 5m, 1h or 30d",
            "--set workbook: a text, but this is a section of keys",
            "--log: log.level: \"loud\" is none of \"off\", \"error\", \"warn\", \"info\", \"debug\", \"trace\"",
            "--set: no `=`; write --set KEY=VALUE",
        ]
    );
}

/// A bad value is a problem even where a better source outranks it: it would come back with the next start.
#[test]
fn a_bad_value_is_reported_where_another_source_outranks_it() {
    let typed = Typed::new().file("workbook.interval = '1x'").set("workbook.interval=3s");
    assert_eq!(typed.problems().len(), 1);
}

#[test]
fn values_that_contradict_each_other_name_the_source() {
    let typed = Typed::new().file(
        "[supervisors.ExcelPollerSupervisor.backoff]\nfirst = '2m'\n[instruments.ES]\naliases = ['YM', 'RT']",
    );
    assert_eq!(
        typed.problems(),
        [
            "HOME/config.toml:2: supervisors.ExcelPollerSupervisor.backoff.first: longer than \
             supervisors.ExcelPollerSupervisor.backoff.cap",
            "HOME/config.toml:4: instruments.ES.aliases: YM is an instrument of its own",
            "instruments.RTY.aliases: RT means ES already",
        ]
    );
}

#[test]
fn no_secret_is_in_a_problem_a_warning_or_the_effective_values() {
    const SECRET: &str = "s3cret";
    let texts = [
        format!("http://ana:{SECRET}@host"),
        format!("redis://ana:{SECRET}@host:port"),
        format!("redis://ana:{SECRET}@host/db"),
        format!("redis://ana:%ff{SECRET}@host"),
        SECRET.to_string(),
    ];
    for text in &texts {
        for typed in [
            Typed::new().file(&format!("bus.url = '{text}'")),
            Typed::new().file(&format!("bus.urll = '{text}'")),
            Typed::new().file(&format!("bus.url = ['{text}']")),
            Typed::new().file(&format!("bus.url = {text}")),
            Typed::new().file(&format!("bus = '{text}'")),
            Typed::new().file(&format!("bus.url '{text}'")),
            Typed::new().variable("THOR_STACK_BUS_URL", text),
            Typed::new().variable("THOR_STACK_BUS_URLL", text),
            Typed::new().set(&format!("bus.url={text}")),
            Typed::new().set(&format!("bus.url=['{text}']")),
            Typed::new().set(&format!("bus.urll={text}")),
            Typed::new().set(&format!("bus={text}")),
        ] {
            let problems = typed.problems().join("\n");
            assert!(!problems.contains(SECRET), "{problems}");
        }
        let warnings = Typed::new().variable("REDIS_URL", text).loaded().warnings;
        assert!(warnings.len() == 1 && !warnings[0].contains(SECRET), "{warnings:?}");
    }
    let loaded = Typed::new().set("bus.url=redis://ana:s3cret@host:1/2").loaded();
    let shown = format!("{loaded:?} {:?}", loaded.effective());
    assert!(shown.contains("redis://ana:***@host:1/2") && !shown.contains(SECRET), "{shown}");
}
