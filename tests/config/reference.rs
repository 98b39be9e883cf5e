//! What README says about the config is what is read.

use super::sources::Typed;
use thor_stack::config::{reference, sample};

/// README's table, between its markers, is the rendered one.
#[test]
fn readme_shows_every_key() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    let (_, after) = readme.split_once("<!-- config -->").expect("README has a config block");
    let (block, _) = after.split_once("<!-- /config -->").expect("README closes its config block");
    let expected = reference();
    assert!(
        block.replace("\r\n", "\n").trim() == expected.trim(),
        "README's config table should be:\n{expected}"
    );
}

#[test]
fn every_key_has_a_row_that_fits_a_table() {
    let reference = reference();
    for row in reference.lines() {
        assert_eq!(row.matches('|').count(), 6, "{row}");
    }
    for part in ["`workbook.interval`", "`\"3s\"`", "THOR_STACK_BUS_URL`, `REDIS_URL`, `REDIS_HOST`"] {
        assert!(reference.contains(part), "{part}:\n{reference}");
    }
}

/// The sample is a good config as it stands, and with every comment mark before a key taken away.
#[test]
fn the_sample_says_the_defaults() {
    let defaults = Typed::new().loaded();
    let bare: String = sample()
        .lines()
        .map(|line| {
            match line.strip_prefix("# ").filter(|line| line.contains(" = ") && !line.contains(": ")) {
                Some(key) if !key.ends_with("\"\"") && !key.starts_with("home") => format!("{key}\n"),
                _ => format!("{line}\n"),
            }
        })
        .collect();
    for text in [sample(), bare] {
        assert_eq!(Typed::new().file(&text).loaded().config.workbook, defaults.config.workbook, "{text}");
        let loaded = Typed::new().file(&text).loaded().config;
        assert_eq!((loaded.bus, loaded.log), (defaults.config.bus.clone(), defaults.config.log.clone()));
        assert_eq!(loaded.supervisors, defaults.config.supervisors);
        assert_eq!(loaded.instruments, defaults.config.instruments);
    }
}
