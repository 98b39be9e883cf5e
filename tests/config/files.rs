//! The config file as people and their editors leave it.

use super::sources::Typed;

#[test]
fn a_mark_at_the_start_and_windows_line_ends_are_read() {
    let typed = Typed::new().bytes(b"\xef\xbb\xbf[workbook]\r\nsheet = 'Live'\r\nwatch = false\r\n");
    let config = typed.loaded().config;
    assert_eq!((config.workbook.sheet.as_str(), config.workbook.watch), ("Live", false));
    let typed = Typed::new().bytes(b"\xef\xbb\xbf[workbook]\r\n\r\nsheet = 7\r\n");
    assert_eq!(typed.problems(), ["HOME/config.toml:3: workbook.sheet: a number; put it in quotes"]);
}

#[test]
fn what_is_no_config_file_says_so() {
    for (bytes, message) in [
        (b"a = 1\nb = '\xe9'".as_slice(), "line 2 is not UTF-8; save the file as UTF-8"),
        (b"\xff\xfea\0".as_slice(), "UTF-16 text; save it as UTF-8"),
        (&[b'#'; (1 << 20) + 1], "larger than 1 MiB, so not a config file"),
    ] {
        let expected = format!("reading config file HOME/config.toml: {message}");
        assert_eq!(Typed::new().bytes(bytes).problems(), [expected]);
    }
}

#[test]
fn every_syntax_error_has_its_line() {
    let problems = Typed::new().file("[workbook]\nsheet = \nrange = 'A1:B2'\nwatch = yes\n").problems();
    let lines: Vec<&str> = problems.iter().map(|problem| problem.split(": ").next().unwrap()).collect();
    assert_eq!(lines, ["HOME/config.toml:2", "HOME/config.toml:4"], "{problems:#?}");
}

#[test]
fn a_key_twice_is_a_problem() {
    let problems = Typed::new().file("[workbook]\nsheet = 'a'\nsheet = 'b'\n").problems();
    assert!(problems[0].starts_with("HOME/config.toml:3: duplicate key"), "{problems:?}");
}

#[test]
fn a_file_that_was_named_must_be_there() {
    let typed = Typed::new().change(|sources, _| sources.config = Some("absent.toml".into()));
    let problems = typed.problems();
    assert!(problems[0].starts_with("--config: reading config file TOP/here/absent.toml: "), "{problems:?}");
    Typed::new().variable("THOR_STACK_CONFIG", "").loaded(); // set and empty names none
    let typed = Typed::new().variable("THOR_STACK_CONFIG", "absent.toml");
    assert!(typed.problems()[0].starts_with("THOR_STACK_CONFIG: reading config file "));
    let typed = Typed::new().change(|sources, top| sources.config = Some(top.to_path_buf()));
    assert_eq!(typed.problems(), ["--config: reading config file TOP: it is a folder"]);
}

/// Reading fails for other reasons than absence: nothing starts on defaults that the user did not mean.
#[test]
fn a_file_in_the_home_folder_that_cannot_be_read_is_a_problem() {
    let typed =
        Typed::new().change(|sources, _| sources.read = |_| Err(std::io::ErrorKind::PermissionDenied.into()));
    assert_eq!(typed.problems(), ["reading config file HOME/config.toml: permission denied"]);
}
