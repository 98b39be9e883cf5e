//! What values mean to the rest of the program.

use super::sources::Typed;
use thor_stack::config::{BusUrl, Config, RequireRunMain};
use thor_stack::value::Symbol;

#[test]
fn instruments_are_one_table_with_the_users_aliases() {
    let typed = Typed::new().file(
        "[instruments.ES]\naliases = ['mes']\n[instruments.'6e']\naliases = ['EURUSD']\n[instruments.DX]\naliases = []\n",
    );
    let instruments = typed.loaded().config.instruments();
    let canonical = |symbol: &str| instruments.canonical(&Symbol::new(symbol).unwrap()).map(String::from);
    assert_eq!(canonical("/MES").as_deref(), Some("ES"));
    assert_eq!(canonical("EURUSD").as_deref(), Some("6E"));
    assert_eq!(canonical("RT").as_deref(), Some("RTY"), "the others keep theirs");
    assert_eq!(canonical("$DXY"), None, "a list replaces the default");
    assert_eq!(instruments.futures().last(), Some("6E"), "new ones come last");
}

#[test]
fn an_alias_is_no_instrument_of_its_own() {
    let problems = Typed::new().file("[instruments.'$DXY']\naliases = []").problems();
    assert_eq!(problems, ["instruments.DX.aliases: $DXY is an instrument of its own"]);
}

#[test]
fn an_embedder_needs_no_file() {
    let config = Config { bus: Default::default(), ..Config::at_home("/srv/stack".into()) };
    assert_eq!(config.bus.url, BusUrl::Local);
    assert_eq!(config.instruments().futures().count(), 11);
    assert!(Config::default().home.ends_with("thor-stack"));
}

#[test]
fn addresses_of_the_bus_are_checked_when_they_are_typed() {
    for (typed, good) in [
        ("local", true),
        ("redis://127.0.0.1", true),
        ("redis://:pass@host:6379/2", true),
        ("redis+unix:///run/redis.sock?db=1", cfg!(unix)),
        ("rediss://host", cfg!(feature = "tls")),
        ("Local", false),
        ("", false),
        ("127.0.0.1:6379", false),
        ("redis://", false),
        ("redis://host:99999", false),
        ("redis://host/second", false),
        ("unix:///run/redis.sock", false),
        ("http://host", false),
    ] {
        assert_eq!(BusUrl::parse(typed).is_ok(), good, "{typed}");
    }
}

#[test]
fn the_guard_is_set_by_file_and_variable() {
    let typed = Typed::new()
        .file("[guard]\nauto_start = false\nserver_commands = ['qcluster']\n")
        .variable("THOR_STACK_GUARD_REQUIRE_RUN_MAIN", "never")
        .variable("THOR_STACK_AUTO_START", "0"); // the guard's own word: no key of the config
    let guard = typed.loaded().config.guard;
    assert!(!guard.auto_start);
    assert_eq!(guard.server_commands, ["qcluster"]);
    assert_eq!(guard.require_run_main, RequireRunMain::Never);
    let words = Typed::new().variable("THOR_STACK_GUARD_SERVER_COMMANDS", "qcluster, daphne");
    assert_eq!(words.loaded().config.guard.server_commands, ["qcluster", "daphne"]);
    for bad in ["[guard]\nserver_commands = ['two words']\n", "[guard]\nrequire_run_main = 'maybe'\n"] {
        assert_eq!(Typed::new().file(bad).problems().len(), 1, "{bad}");
    }
}
