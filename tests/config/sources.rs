//! Which source wins, and where a value is said to come from.

use std::path::{Path, PathBuf};
use thor_stack::config::{Flag, Loaded, Problems, Sources, load};

/// What a user typed in the places from which a configuration is read.
pub(crate) struct Typed {
    sources: Sources,
    folder: tempfile::TempDir,
}

impl Typed {
    pub(crate) fn new() -> Typed {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("home");
        let sources =
            Sources { home: Some(home), current_folder: folder.path().join("here"), ..Sources::default() };
        Typed { sources, folder }
    }

    /// Text in the config file in the home folder.
    pub(crate) fn file(self, text: &str) -> Typed {
        self.bytes(text.as_bytes())
    }

    pub(crate) fn bytes(self, bytes: &[u8]) -> Typed {
        std::fs::create_dir_all(self.home()).unwrap();
        std::fs::write(self.home().join("config.toml"), bytes).unwrap();
        self
    }

    pub(crate) fn variable(mut self, name: &str, value: &str) -> Typed {
        self.sources.environment.push((name.into(), value.into()));
        self
    }

    pub(crate) fn set(mut self, text: &str) -> Typed {
        self.sources.sets.push(text.into());
        self
    }

    pub(crate) fn flag(mut self, name: &'static str, key: &'static str, value: &str) -> Typed {
        self.sources.flags.push(Flag { name, key, value: value.into() });
        self
    }

    pub(crate) fn change(mut self, change: impl FnOnce(&mut Sources, &Path)) -> Typed {
        change(&mut self.sources, self.folder.path());
        self
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    pub(crate) fn load(&self) -> Result<Loaded, Problems> {
        load(&self.sources)
    }

    #[track_caller]
    pub(crate) fn loaded(&self) -> Loaded {
        self.load().unwrap_or_else(|problems| panic!("{problems}"))
    }

    /// `text` with the folders' names shortened to `HOME` and `TOP`, and `/` between the parts of a path.
    pub(crate) fn shortened(&self, text: &str) -> String {
        let text = text.replace(&self.home().display().to_string(), "HOME");
        let text = text.replace(&self.folder.path().display().to_string(), "TOP");
        text.replace(std::path::MAIN_SEPARATOR, "/")
    }

    /// The problems, one a line, [`Typed::shortened`].
    #[track_caller]
    pub(crate) fn problems(&self) -> Vec<String> {
        let problems = self.load().expect_err("a bad configuration was taken").to_string();
        let problems = self.shortened(&problems);
        problems.lines().map(String::from).collect()
    }
}

/// interfaces.md: flag, environment, file, default; aliases below our own variables.
#[test]
fn the_precedence_matrix() {
    let sheet = |file: bool, alias: bool, own: bool, set: bool, flag: bool| {
        let mut typed = Typed::new();
        if file {
            typed = typed.file("[workbook]\nsheet = 'file'\n");
        }
        if alias {
            typed = typed.variable("EXCEL_SHEET_NAME", "alias");
        }
        if own {
            typed = typed.variable("THOR_STACK_WORKBOOK_SHEET", "own");
        }
        if set {
            typed = typed.set("workbook.sheet=set");
        }
        if flag {
            typed = typed.flag("--sheet", "workbook.sheet", "flag");
        }
        let loaded = typed.loaded();
        let origin = typed.shortened(&loaded.origin("workbook.sheet").to_string());
        (loaded.config.workbook.sheet, origin)
    };
    for case in 0..32_u8 {
        let on = |bit: u8| case & (1 << bit) != 0;
        let expected = match case {
            16.. => ("flag", "--sheet"),
            8.. => ("set", "--set workbook.sheet"),
            4.. => ("own", "THOR_STACK_WORKBOOK_SHEET"),
            2.. => ("alias", "EXCEL_SHEET_NAME"),
            1 => ("file", "HOME/config.toml:2"),
            0 => ("LiveData", "default"),
        };
        let (value, origin) = sheet(on(0), on(1), on(2), on(3), on(4));
        assert_eq!((value.as_str(), origin.as_str()), expected, "{case:05b}");
    }
}

#[test]
fn nothing_typed_means_the_defaults_of_the_interface() {
    let loaded = Typed::new().loaded();
    let shown: Vec<String> = loaded
        .effective()
        .iter()
        .filter(|one| ["workbook", "bus", "log"].contains(&one.key.split('.').next().unwrap()))
        .map(|one| format!("{} = {}", one.key, one.value))
        .collect();
    assert_eq!(
        shown,
        [
            "workbook.path = null",
            "workbook.sheet = \"LiveData\"",
            "workbook.range = \"A1:N13\"",
            "workbook.interval = \"3s\"",
            "workbook.watch = true",
            "workbook.stat_interval = \"off\"",
            "workbook.stale_after = \"60s\"",
            "bus.url = \"local\"",
            "bus.stream = false",
            "bus.publish = \"changes\"",
            "bus.refresh = \"60s\"",
            "bus.connect_timeout = \"1s\"",
            "bus.timeout = \"200ms\"",
            "log.level = \"info\"",
            "log.file = null",
            "log.rotate = \"10MiB x 5\"",
        ]
    );
    assert_eq!(loaded.file, None);
    assert_eq!(loaded.warnings, Vec::<String>::new());
}

/// domain.md section 1: restarts after 3 s (poller, grader) and 5 s (capture).
#[test]
fn each_supervisor_has_the_delay_of_the_domain() {
    let config = Typed::new().loaded().config;
    let first = |name| config.supervisor(name).backoff.first.as_secs();
    assert_eq!(first("ExcelPollerSupervisor"), 3);
    assert_eq!(first("MarketOpenGraderSupervisor"), 3);
    assert_eq!(first("MarketOpenCaptureSupervisor"), 5);
    assert_eq!(config.supervisors.len(), thor_stack::config::SUPERVISORS.len());
}

/// A table in one source and a key of it in another: the keys stand side by side.
#[test]
fn tables_merge_key_by_key() {
    let typed = Typed::new()
        .file("[supervisors.ExcelPollerSupervisor]\nbackoff = { first = '1s', cap = '20s' }\nlimit = '5 in 10m'\n")
        .variable("THOR_STACK_SUPERVISORS_EXCELPOLLERSUPERVISOR_BACKOFF_CAP", "30s")
        .set("supervisors.ExcelPollerSupervisor={enabled=false, backoff={reset_after='2m'}}");
    let poller = typed.loaded().config.supervisor("ExcelPollerSupervisor");
    let seconds = |duration: std::time::Duration| duration.as_secs();
    let backoff = poller.backoff;
    assert_eq!([backoff.first, backoff.cap, backoff.reset_after].map(seconds), [1, 30, 120]);
    assert_eq!(poller.limit.map(|limit| (limit.failures, limit.window.as_secs())), Some((5, 600)));
    assert!(!poller.enabled);
}

#[test]
fn relative_paths_start_where_they_were_typed() {
    let top = |typed: &Typed| typed.home().parent().unwrap().to_path_buf();
    let typed = Typed::new().file("workbook.path = 'live.xlsx'\nlog.file = '../logs/a.log'");
    let config = typed.loaded().config;
    assert_eq!(config.workbook.path, Some(typed.home().join("live.xlsx")));
    assert_eq!(config.log.file, Some(typed.home().join("../logs/a.log")));
    for typed in [
        Typed::new().variable("THOR_STACK_WORKBOOK_PATH", "./live.xlsx"),
        Typed::new().variable("EXCEL_DATA_FILE", "live.xlsx"),
        Typed::new().set("workbook.path=live.xlsx"),
        Typed::new().flag("--workbook", "workbook.path", "live.xlsx"),
    ] {
        assert_eq!(typed.loaded().config.workbook.path, Some(top(&typed).join("here/live.xlsx")));
    }
}

/// interfaces.md: `--config`, else `THOR_STACK_CONFIG`, else `config.toml` in the home folder.
#[test]
fn the_file_is_the_one_named_first() {
    let typed = |by_flag: bool, by_variable: bool| {
        Typed::new().file("workbook.sheet = 'home'").change(|sources, top| {
            std::fs::write(top.join("flag.toml"), "workbook.sheet = 'flag'").unwrap();
            std::fs::write(top.join("variable.toml"), "workbook.sheet = 'variable'").unwrap();
            sources.config = by_flag.then(|| "../flag.toml".into());
            if by_variable {
                sources.environment.push(("THOR_STACK_CONFIG".into(), "../variable.toml".into()));
            }
            std::fs::create_dir(top.join("here")).unwrap();
        })
    };
    for (flag, variable, sheet) in
        [(true, true, "flag"), (true, false, "flag"), (false, true, "variable"), (false, false, "home")]
    {
        assert_eq!(typed(flag, variable).loaded().config.workbook.sheet, sheet);
    }
}

#[test]
fn the_home_is_named_by_flag_variable_or_a_file_outside_it() {
    let typed = |file: &str| {
        Typed::new().change(|sources, top| {
            sources.home = None;
            std::fs::write(top.join("named.toml"), file).unwrap();
            sources.config = Some(top.join("named.toml"));
            for name in ["HOME", "LOCALAPPDATA"] {
                sources.environment.push((name.into(), top.join("user").display().to_string()));
            }
        })
    };
    let home = |typed: &Typed| {
        let home = typed.loaded().config.home;
        home.strip_prefix(typed.home().parent().unwrap()).unwrap().to_path_buf()
    };
    assert!(home(&typed("")).starts_with("user") && home(&typed("")).ends_with("thor-stack"));
    assert_eq!(home(&typed("home = 'file'")), Path::new("file"));
    assert_eq!(home(&typed("home = 'file'").variable("THOR_STACK_HOME", "own")), Path::new("here/own"));
    assert_eq!(home(&typed("home = 'file'").set("home='set'")), Path::new("here/set"));
    let flagged =
        typed("home = 'file'").set("home=set").change(|sources, _| sources.home = Some("flag".into()));
    assert_eq!(home(&flagged), Path::new("here/flag"));
}

#[test]
fn a_home_that_nobody_names_is_a_problem() {
    let typed = Typed::new().change(|sources, _| sources.home = None);
    assert_eq!(
        typed.problems(),
        ["home: no home folder is known here; name one by --home or THOR_STACK_HOME"]
    );
}
