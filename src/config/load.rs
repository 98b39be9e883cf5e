//! From as typed to as meant: default, file, aliases, variables, flags, each outranking those before it.

use super::aliases::{self, ALIASES};
use super::apply::Applied;
use super::environment::{self, CONFIG, PREFIX};
use super::raw::{Entry, Layer, Node, Place, nested, parse};
use super::{Config, Flag, Loaded, Origin, Problem, Problems, Sources, check, file, home, set};
use crate::os;
use std::io;
use std::path::{Path, PathBuf};

/// The configuration that `sources` mean.
///
/// # Errors
/// Everything that is wrong with it, at once: unknown keys, bad values, an unreadable file.
pub fn load(sources: &Sources) -> Result<Loaded, Problems> {
    let flags = flags(sources);
    let early = home_outside_the_file(sources, &flags.0);
    let (file, unread) = read_file(sources, early.as_deref());
    let platform = home::platform_folder(|name| sources.variable(name));
    let mut applied = Applied::new(Config::at_home(platform.clone().unwrap_or_default()));
    applied.problems.extend(unread);
    if let Some(file) = &file {
        applied.warnings.extend(written_by_others(&file.path));
        applied.home_is_given = file.in_home;
        applied.layer(&file.layer);
        applied.home_is_given = false;
    }
    alias_layers(sources, &mut applied);
    own_variables(sources, &mut applied);
    for layer in &flags.0 {
        applied.layer(layer);
    }
    applied.problems.extend(flags.1);
    check::whole(&mut applied, platform.is_none());
    applied.finish(file.map(|file| file.path))
}

/// The layers of `--set` and of the flags that stand for a key, and what is wrong with those that are none.
fn flags(sources: &Sources) -> (Vec<Layer>, Vec<Problem>) {
    let layer = |entries, flag: String| Layer {
        entries,
        place: Place::One(Origin::Flag(flag)),
        folder: sources.current_folder.clone(),
    };
    let (mut layers, mut problems) = (Vec::new(), Vec::new());
    for text in &sources.sets {
        match set::parse(text) {
            Ok((key, entries)) => layers.push(layer(entries, format!("--set {key}"))),
            Err((key, message)) => {
                problems.push(Problem { origin: Origin::Flag("--set".into()), key, message });
            }
        }
    }
    let home = sources.home.iter().map(|home| Flag {
        name: "--home",
        key: "home",
        value: home.to_string_lossy().into_owned(),
    });
    for flag in home.chain(sources.flags.iter().cloned()) {
        let segments: Vec<String> = flag.key.split('.').map(String::from).collect();
        layers.push(layer(nested(&segments, Node::Bare(flag.value)), flag.name.to_string()));
    }
    (layers, problems)
}

/// The home folder as far as it is known before the file is: by flag, variable or platform.
fn home_outside_the_file(sources: &Sources, flags: &[Layer]) -> Option<PathBuf> {
    let typed = |entry: &Entry| match &entry.node {
        Node::Text(text) | Node::Bare(text) if entry.key == "home" => Some(text.clone()),
        _ => None,
    };
    let flag = flags.iter().rev().find_map(|layer| layer.entries.iter().find_map(typed));
    let own = flag.or_else(|| sources.variable("THOR_STACK_HOME")).filter(|home| !home.is_empty());
    own.map(|home| home::absolute(&sources.current_folder, Path::new(&home)))
        .or_else(|| home::platform_folder(|name| sources.variable(name)))
}

/// The config file, read.
struct File {
    path: PathBuf,
    /// Whether it was found in the home folder, where it cannot say which folder that is.
    in_home: bool,
    layer: Layer,
}

/// The config file, if there is one, and what is wrong with its text as such.
fn read_file(sources: &Sources, home: Option<&Path>) -> (Option<File>, Vec<Problem>) {
    let named = sources.config.clone().map(|path| (path, Origin::Flag("--config".into()))).or_else(|| {
        let path = sources.variable(CONFIG).filter(|path| !path.is_empty())?;
        Some((path.into(), Origin::Environment(CONFIG.into())))
    });
    let in_home = named.is_none();
    let (path, origin) = match (named, home) {
        (Some((path, origin)), _) => (home::absolute(&sources.current_folder, &path), origin),
        (None, Some(home)) => (home.join("config.toml"), Origin::Default),
        (None, None) => return (None, Vec::new()),
    };
    let bytes = match (sources.read)(&path) {
        Err(error) if in_home && is_absent(&error) => return (None, Vec::new()),
        read => read.map_err(|error| error.to_string()),
    };
    match bytes.and_then(file::decode) {
        Ok(text) => {
            let (layer, problems) = file_layer(&path, text);
            (Some(File { path, in_home, layer }), problems)
        }
        Err(error) => {
            let message = format!("reading config file {}: {error}", path.display());
            (None, vec![Problem { origin, key: String::new(), message }])
        }
    }
}

/// It names the files that are written and the command that is run with the user's rights.
fn written_by_others(path: &Path) -> Option<String> {
    let others_may = std::fs::metadata(path).is_ok_and(|found| os::file::others_may_write(&found));
    others_may.then(|| {
        let shown = path.display();
        format!(
            "config file {shown} may be written by others, who could run commands as you; chmod go-w {shown}"
        )
    })
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn file_layer(path: &Path, text: String) -> (Layer, Vec<Problem>) {
    let (entries, errors) = parse(&text);
    let place = Place::File(path.to_path_buf(), text);
    let problem = |(at, message)| Problem { origin: place.origin(at), key: String::new(), message };
    let problems: Vec<Problem> = errors.into_iter().map(problem).collect();
    // A damaged line may have moved the lines after it into another section: what they say is not judged.
    let entries = if problems.is_empty() { entries } else { Vec::new() };
    let folder = path.parent().map(Path::to_path_buf).unwrap_or_default();
    (Layer { entries, place, folder }, problems)
}

/// The names that the original's users know. What cannot be read is a warning, and the value stays.
fn alias_layers(sources: &Sources, applied: &mut Applied) {
    let variable = |name: &str| sources.variable(name).filter(|text| !text.trim().is_empty());
    let folder = sources.current_folder.as_path();
    let (address, bad) = aliases::redis_address(variable);
    let has_url = variable("REDIS_URL").is_some();
    if let Some(address) = address.filter(|_| !has_url) {
        let named = aliases::REDIS_PARTS.into_iter().filter(|name| variable(name).is_some());
        let names = named.collect::<Vec<_>>().join(", ");
        applied.alias(aliases::BUS, &names, Ok(address), folder);
    }
    for (name, reason) in bad.into_iter().filter(|_| !has_url) {
        applied.alias(aliases::BUS, name, Err(reason), folder);
    }
    for alias in &ALIASES {
        if let Some(text) = variable(alias.variable) {
            applied.alias(alias.key, alias.variable, alias.form.translate(&text), folder);
        }
    }
}

/// Our own variables: a bad one is an error.
fn own_variables(sources: &Sources, applied: &mut Applied) {
    let mut own: Vec<_> = sources.environment.iter().filter(|(name, _)| name.starts_with(PREFIX)).collect();
    own.sort();
    for (name, text) in own {
        let origin = Origin::Environment(name.clone());
        let problem = |message| Problem { origin: origin.clone(), key: String::new(), message };
        match environment::key_of(name, &applied.config) {
            Err(message) => applied.problems.push(problem(message)),
            Ok(Some(_)) if text.contains('\u{fffd}') => applied.problems.push(problem("not UTF-8".into())),
            Ok(None) => {}
            Ok(Some(segments)) => applied.layer(&Layer {
                entries: nested(&segments, Node::Bare(text.clone())),
                place: Place::One(origin),
                folder: sources.current_folder.clone(),
            }),
        }
    }
}
