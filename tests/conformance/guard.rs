//! The guards as a table: a host's command line and environment, and whether the stack may start there.
//!
//! Where the cases come from: `spec` the project's rules of which hosts run a stack; `defect` something the original
//! got wrong, named; `django` how Django's manager and autoreloader behave (`django.core.management`,
//! `django.utils.autoreload`); `werkzeug` how its reloader marks its child; `python` the interpreter's command line
//! (docs.python.org/3/using/cmdline.html); `ours` our own reading where none of these says.

use std::collections::BTreeMap;
use thor_stack::guard::{Decision, GuardConfig, Host, Policy, Reason, RequireRunMain, decide};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expect {
    Start,
    NotAServer,
    NoCommand,
    Parent,
    RunMainIs,
    RunMainMissing,
    Off,
}
use Expect::{NoCommand, NotAServer, Off, Parent, RunMainIs, RunMainMissing, Start};

const NONE: &str = "";
const CHILD: &str = "RUN_MAIN=true";

/// (source, command line as the host sees it, environment, decision) with the default policy.
#[rustfmt::skip]
const CASES: &[(&str, &str, &str, Expect)] = &[
    // Commands that serve nothing.
    ("spec", "manage.py migrate", NONE, NotAServer),
    ("spec", "manage.py makemigrations quotes", NONE, NotAServer),
    ("spec", "manage.py collectstatic --noinput", NONE, NotAServer),
    ("spec", "manage.py shell", NONE, NotAServer),
    ("spec", "manage.py createsuperuser", NONE, NotAServer),
    ("spec", "manage.py test", NONE, NotAServer),
    ("spec", "manage.py check --deploy", NONE, NotAServer),
    ("defect: dumpdata was not among the six words, so it started a stack", "manage.py dumpdata", NONE, NotAServer),
    ("defect: loaddata was not among the six words", "manage.py loaddata fixture.json", NONE, NotAServer),
    ("defect: an own command was not among the six words", "manage.py import_history", NONE, NotAServer),
    ("defect: showmigrations was not among the six words", "manage.py showmigrations", NONE, NotAServer),
    ("defect: a server command among another's arguments counted", "manage.py help runserver", CHILD, NotAServer),
    ("defect: a word of the arguments counted as the command", "manage.py runserver --noreload --settings test", NONE, Start),
    ("defect: a word of the arguments counted as the command", "manage.py runserver --pythonpath shell", CHILD, Start),
    ("defect: a folder of the path counted as the command", "/srv/migrate/manage.py runserver", CHILD, Start),
    ("django: an option's value that is a server command", "manage.py shell -c runserver", CHILD, NotAServer),
    ("django: the mark of the autoreloader does not make a server", "manage.py migrate", CHILD, NotAServer),
    ("django: without a command the manager prints its help", "manage.py", NONE, NoCommand),
    ("django: only options", "manage.py --version", NONE, NoCommand),
    ("ours: an option that lacks its value", "manage.py --settings", NONE, NoCommand),

    // The sub-command is the first argument that is neither an option nor an option's value.
    ("spec", "manage.py --settings app.settings migrate", NONE, NotAServer),
    ("spec", "manage.py --settings=app.settings migrate", NONE, NotAServer),
    ("spec", "manage.py --settings runserver migrate", CHILD, NotAServer),
    ("spec", "manage.py --settings migrate runserver", CHILD, Start),
    ("spec", "manage.py --pythonpath migrate runserver", CHILD, Start),
    ("spec", "manage.py --pythonpath=/srv/migrate runserver", CHILD, Start),
    ("spec", "manage.py -v 2 runserver", CHILD, Start),
    ("spec", "manage.py -v 2 migrate", NONE, NotAServer),
    ("spec", "manage.py --verbosity 3 runserver", CHILD, Start),
    ("spec", "manage.py --verbosity=3 test", NONE, NotAServer),
    ("django: -v with its value joined", "manage.py -v2 runserver", CHILD, Start),
    ("django: options without a value", "manage.py --traceback --no-color runserver", CHILD, Start),

    // The names of the manager.
    ("spec", "django-admin migrate", NONE, NotAServer),
    ("spec", "/venv/bin/django-admin runserver", CHILD, Start),
    ("django: the script of old releases", "/venv/bin/django-admin.py migrate", NONE, NotAServer),
    ("django: Windows", r"C:\venv\Scripts\django-admin.exe migrate", NONE, NotAServer),
    ("django: Windows", r"C:\app\manage.py runserver", CHILD, Start),
    ("django: run by its first line", "./manage.py migrate", NONE, NotAServer),
    ("python: sys.argv[0] of python -m django", "/venv/lib/python3.12/site-packages/django/__main__.py migrate", NONE, NotAServer),
    ("python: sys.argv[0] of python -m django", "/venv/lib/python3.12/site-packages/django/__main__.py runserver", CHILD, Start),
    ("ours: another package's main", "/venv/lib/python3.12/site-packages/gunicorn/__main__.py migrate", NONE, Start),

    // As a host in C sees it: with the interpreter and its options.
    ("spec", "python manage.py migrate", NONE, NotAServer),
    ("spec", "python -m django migrate", NONE, NotAServer),
    ("spec", "python -m django runserver", CHILD, Start),
    ("spec", "python -m django runserver", NONE, Parent),
    ("python: -X takes a value", "python -X dev manage.py migrate", NONE, NotAServer),
    ("python: -X with its value joined", "python3.12 -Xdev manage.py runserver", CHILD, Start),
    ("python: -W takes a value", "/usr/bin/python3 -W error::DeprecationWarning manage.py check", NONE, NotAServer),
    ("python: -W with its value joined", "python -Wall manage.py runserver", CHILD, Start),
    ("python: -m joined", "python3 -mdjango migrate", NONE, NotAServer),
    ("python: -m at the end of flags", "python3 -Im django migrate", NONE, NotAServer),
    ("python: flags in a row", "python3 -uB manage.py migrate", NONE, NotAServer),
    ("python: -u alone", "python3 -u manage.py runserver", CHILD, Start),
    ("python: a long option with a value", "python3 --check-hash-based-pycs always manage.py test", NONE, NotAServer),
    ("python: -X before -m", "python -X importtime -W ignore -m django test", NONE, NotAServer),
    ("python: -c runs neither file nor module", "python -c import_app manage.py migrate", NONE, Start),
    ("python: sys.argv of -c", "-c manage.py migrate", NONE, Start),
    ("python: standard input", "python - manage.py migrate", NONE, Start),
    ("python: a prompt", "python3", NONE, Start),
    ("python: sys.argv of a prompt", "", NONE, Start),
    ("python: free-threaded build", "python3.13t manage.py migrate", NONE, NotAServer),
    ("python: no window", r"C:\Python312\pythonw.exe manage.py migrate", NONE, NotAServer),
    ("python: Windows' launcher", "py -3 manage.py migrate", NONE, NotAServer),
    ("python: another implementation", "pypy3 manage.py migrate", NONE, NotAServer),
    ("python: a script whose name begins like the interpreter", "pythonista manage.py migrate", NONE, Start),
    ("python: django-admin by its interpreter", "/venv/bin/python3 /venv/bin/django-admin collectstatic", NONE, NotAServer),
    ("ours: a launcher around the manager", "python -m coverage run manage.py test", NONE, NotAServer),
    ("ours: a launcher around the manager", "/venv/bin/python /venv/bin/coverage run --branch manage.py test", NONE, NotAServer),
    ("ours: a launcher around the manager", "python -m pdb manage.py runserver --noreload", NONE, Start),
    ("ours: a launcher around the manager", "python -X frozen_modules=off -m debugpy --listen 5678 manage.py runserver", NONE, Parent),
    ("ours: a launcher around another program", "python -m cProfile serve.py", NONE, Start),

    // The autoreloader.
    ("spec", "manage.py runserver", NONE, Parent),
    ("spec", "manage.py runserver", CHILD, Start),
    ("spec", "manage.py runserver 0.0.0.0:8000", NONE, Parent),
    ("spec", "manage.py runserver --noreload", NONE, Start),
    ("spec", "manage.py runserver 8000 --noreload", NONE, Start),
    ("django: an option's unique beginning is taken", "manage.py runserver --nore", NONE, Start),
    ("django: --nothreading and --nostatic leave the autoreloader on", "manage.py runserver --nothreading --nostatic", NONE, Parent),
    ("spec", "manage.py runserver", "RUN_MAIN=false", RunMainIs),
    ("spec", "manage.py runserver --noreload", "RUN_MAIN=false", RunMainIs),
    ("django: the comparison is exact", "manage.py runserver", "RUN_MAIN=True", RunMainIs),
    ("spec: empty is set", "manage.py runserver", "RUN_MAIN=", RunMainIs),
    ("django: nested under a reloader", "manage.py runserver --noreload", CHILD, Start),
    ("spec", "manage.py runsslserver", NONE, Parent),
    ("spec", "manage.py runsslserver", CHILD, Start),
    ("spec", "manage.py runserver_plus", NONE, Parent),
    ("werkzeug: marks its child in its own variable", "manage.py runserver_plus", "WERKZEUG_RUN_MAIN=true", Start),
    ("spec", "manage.py runserver_plus --noreload", NONE, Start),
    ("werkzeug: its mark says nothing of Django's reloader", "manage.py runserver", "WERKZEUG_RUN_MAIN=true", Parent),

    // Other programs.
    ("defect: RUN_MAIN was demanded, so the stack never started under gunicorn", "/venv/bin/gunicorn app.wsgi -w 4", NONE, Start),
    ("defect: RUN_MAIN was demanded under uwsgi", "uwsgi --ini app.ini", NONE, Start),
    ("defect: RUN_MAIN was demanded under waitress", "/venv/bin/waitress-serve app.wsgi:application", NONE, Start),
    ("defect: RUN_MAIN was demanded under daphne", "/venv/bin/daphne app.asgi:application", NONE, Start),
    ("spec: as a host in C sees it", "/venv/bin/python /venv/bin/gunicorn app.wsgi", NONE, Start),
    ("spec: as a host in C sees it", "python -m gunicorn app.wsgi", NONE, Start),
    ("ours: gunicorn sets its title over its command line", "gunicorn: worker [app]", NONE, Start),
    ("defect: a word anywhere in the arguments counted", "/venv/bin/gunicorn --chdir migrate test.wsgi shell", NONE, Start),
    ("spec", "/opt/desk/trader --live", NONE, Start),
    ("spec", "/usr/sbin/apache2 -k start", NONE, Start),
    ("spec", "/venv/bin/gunicorn app.wsgi", "RUN_MAIN=false", RunMainIs),
    ("spec", "/venv/bin/gunicorn app.wsgi", CHILD, Start),

    // The user's switch.
    ("ours: set and empty says nothing", "/venv/bin/gunicorn app.wsgi", "THOR_STACK_AUTO_START=", Start),
    ("spec", "/venv/bin/gunicorn app.wsgi", "THOR_STACK_AUTO_START=0", Off),
    ("spec", "/venv/bin/gunicorn app.wsgi", "THOR_STACK_AUTO_START=false", Off),
    ("spec", "/venv/bin/gunicorn app.wsgi", "THOR_STACK_AUTO_START=no", Off),
    ("spec", "/venv/bin/gunicorn app.wsgi", "THOR_STACK_AUTO_START=off", Off),
    ("ours: letters' case and space around", "/venv/bin/gunicorn app.wsgi", "THOR_STACK_AUTO_START= OFF ", Off),
    ("spec", "/venv/bin/gunicorn app.wsgi", "THOR_STACK_AUTO_START=1", Start),
    ("ours: any other word is on", "/venv/bin/gunicorn app.wsgi", "THOR_STACK_AUTO_START=yes", Start),
    ("ours: on does not open the other guards", "manage.py migrate", "THOR_STACK_AUTO_START=1", NotAServer),
];

#[test]
fn the_default_policy_decides_each_host() {
    assert!(CASES.len() >= 60);
    for (source, line, environment, expected) in CASES {
        let decision = decide(&host(line, environment), &Policy::default());
        assert_eq!(
            kind(&decision),
            Some(*expected),
            "{line:?} with {environment:?} ({source}): {decision:?}"
        );
    }
}

/// (policy, command line, environment, decision).
#[rustfmt::skip]
const POLICIES: &[(RequireRunMain, &str, &str, Expect)] = &[
    (RequireRunMain::Always, "manage.py runserver", CHILD, Start),
    (RequireRunMain::Always, "manage.py runserver", NONE, RunMainMissing),
    (RequireRunMain::Always, "manage.py runserver --noreload", NONE, RunMainMissing),
    (RequireRunMain::Always, "gunicorn app.wsgi", NONE, RunMainMissing),
    (RequireRunMain::Always, "gunicorn app.wsgi", CHILD, Start),
    (RequireRunMain::Always, "gunicorn app.wsgi", "RUN_MAIN=1", RunMainIs),
    (RequireRunMain::Always, "manage.py migrate", CHILD, NotAServer),
    (RequireRunMain::Never, "manage.py runserver", NONE, Start),
    (RequireRunMain::Never, "manage.py runserver", "RUN_MAIN=false", Start),
    (RequireRunMain::Never, "gunicorn app.wsgi", "RUN_MAIN=false", Start),
    (RequireRunMain::Never, "manage.py migrate", NONE, NotAServer),
    (RequireRunMain::Never, "gunicorn app.wsgi", "THOR_STACK_AUTO_START=0", Off),
];

#[test]
fn run_main_is_demanded_as_configured() {
    for (require_run_main, line, environment, expected) in POLICIES {
        let policy = policy(GuardConfig { require_run_main: *require_run_main, ..GuardConfig::default() });
        let decision = decide(&host(line, environment), &policy);
        assert_eq!(kind(&decision), Some(*expected), "{require_run_main:?}: {line:?} with {environment:?}");
    }
}

#[test]
fn a_configured_server_command_starts_and_needs_no_reloader() {
    let policy = policy(GuardConfig { server_commands: vec!["qcluster".into()], ..GuardConfig::default() });
    assert_eq!(decide(&host("manage.py qcluster", NONE), &policy), Decision::Start);
    assert_eq!(kind(&decide(&host("manage.py qcluster", NONE), &Policy::default())), Some(NotAServer));
    assert_eq!(kind(&decide(&host("manage.py qcluster", "RUN_MAIN=0"), &policy)), Some(RunMainIs));
    assert_eq!(decide(&host("manage.py runserver", CHILD), &policy), Decision::Start, "the defaults stay");
}

#[test]
fn the_environment_overrides_the_configured_switch() {
    let off = policy(GuardConfig { auto_start: false, ..GuardConfig::default() });
    let gunicorn = "gunicorn app.wsgi";
    assert_eq!(decide(&host(gunicorn, NONE), &off), Decision::Skip(Reason::NotWanted));
    assert_eq!(decide(&host(gunicorn, "THOR_STACK_AUTO_START=1"), &off), Decision::Start);
}

#[test]
fn force_skips_every_guard_but_the_second_start() {
    let force = Policy { force: true, config: GuardConfig { auto_start: false, ..GuardConfig::default() } };
    for (_, line, environment, _) in CASES {
        let mut host = host(line, environment);
        assert_eq!(decide(&host, &force), Decision::Start, "{line:?}");
        host.started_in = Some(host.pid);
        assert_eq!(
            decide(&host, &force),
            Decision::Skip(Reason::AlreadyStarted { pid: host.pid }),
            "{line:?}"
        );
    }
}

#[test]
fn a_fork_is_a_new_process_in_which_nothing_was_started() {
    let mut child = host("gunicorn app.wsgi", NONE);
    child.started_in = Some(child.pid - 1);
    assert_eq!(decide(&child, &Policy::default()), Decision::Start);
}

#[test]
fn a_reason_is_one_line_that_names_the_thing() {
    let line = |line, environment| match decide(&host(line, environment), &Policy::default()) {
        Decision::Skip(reason) => reason.to_string(),
        Decision::Start => panic!("{line} starts"),
    };
    assert_eq!(
        line("manage.py migrate", NONE),
        "not starting: \"migrate\" serves nothing; guard.server_commands can add it"
    );
    assert_eq!(
        line("manage.py runserver", NONE),
        "not starting: this is the autoreloader's parent; the stack starts in the process that runserver serves from"
    );
    assert_eq!(line("gunicorn", "THOR_STACK_AUTO_START=No"), "not starting: THOR_STACK_AUTO_START is \"No\"");
}

#[test]
fn this_process_is_no_manager_of_django() {
    let host = Host::current(None);
    assert_eq!(host.pid, std::process::id());
    assert!(!host.program.is_empty());
}

fn policy(config: GuardConfig) -> Policy {
    Policy { config, force: false }
}

fn host(line: &str, environment: &str) -> Host {
    let mut words = line.split_whitespace().map(str::to_owned);
    let variables = environment.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
    Host {
        program: words.next().unwrap_or_default(),
        arguments: words.collect(),
        environment: BTreeMap::from_iter(variables),
        pid: 4711,
        started_in: None,
    }
}

fn kind(decision: &Decision) -> Option<Expect> {
    Some(match decision {
        Decision::Start => Start,
        Decision::Skip(Reason::NotAServerCommand { .. }) => NotAServer,
        Decision::Skip(Reason::NoCommand) => NoCommand,
        Decision::Skip(Reason::ReloaderParent { .. }) => Parent,
        Decision::Skip(Reason::RunMainIs { .. }) => RunMainIs,
        Decision::Skip(Reason::RunMainMissing) => RunMainMissing,
        Decision::Skip(Reason::SwitchedOff { .. } | Reason::NotWanted) => Off,
        Decision::Skip(_) => return None,
    })
}
