//! A process that Windows' service control manager starts, asks to stop, and restarts.

// The macro of the entry makes C pointers into arguments.
#![allow(unsafe_code)]

use crossbeam_channel::Sender;
use parking_lot::Mutex;
use std::ffi::OsString;
use std::io;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use windows_service::service::{
    ServiceControl, ServiceControlAccept, ServiceExitCode, ServiceState, ServiceStatus, ServiceType,
};
use windows_service::service_control_handler::{ServiceControlHandlerResult, ServiceStatusHandle, register};
use windows_service::{Error, define_windows_service, service_dispatcher};

/// The service's name; a service of one process may have any, this is what the scripts install.
const NAME: &str = "thor-stack";

/// How long the manager waits for a start and a stop: longer than the stack's own deadline.
const PATIENCE: Duration = Duration::from_secs(15);

/// What a service does until it is ordered to stop; returns its exit code.
pub type Body = Box<dyn FnOnce() -> u32 + Send>;

/// The body on its way to the entry, which takes no arguments of ours.
static BODY: Mutex<Option<(Sender<()>, Body)>> = Mutex::new(None);

define_windows_service!(entry, serve);

/// Runs `body` as the service that this process was started as, to its end. The manager's order to stop comes by
/// `order`.
///
/// # Errors
/// The process was not started by the service control manager.
pub fn run(order: Sender<()>, body: Body) -> io::Result<()> {
    *BODY.lock() = Some((order, body));
    service_dispatcher::start(NAME, entry).map_err(system)
}

/// Whether a service manager wants to be told of readiness and signs of life: this one asks, and is told in [`run`].
#[must_use]
pub fn listens() -> bool {
    false
}

/// Refuses: nobody listens.
///
/// # Errors
/// Always.
pub fn tell(_state: &str) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

fn serve(_arguments: Vec<OsString>) {
    let Some((order, body)) = BODY.lock().take() else { return };
    if let Err(error) = report(order, body) {
        log::error!("talking to the service control manager: {error}");
    }
}

/// Tells the manager each state; Windows shows a service by what it says of itself.
fn report(order: Sender<()>, body: Body) -> Result<(), Error> {
    let shown = Arc::new(OnceLock::<ServiceStatusHandle>::new());
    let handle = Arc::clone(&shown);
    let handler = move |control| match control {
        ServiceControl::Stop | ServiceControl::Shutdown => {
            order.try_send(()).ok(); // a second order adds nothing
            handle.get().map(|handle| handle.set_service_status(status(ServiceState::StopPending, 0)));
            ServiceControlHandlerResult::NoError
        }
        ServiceControl::Interrogate => ServiceControlHandlerResult::NoError,
        _ => ServiceControlHandlerResult::NotImplemented,
    };
    let own = register(NAME, handler)?;
    let handle = shown.get_or_init(|| own);
    handle.set_service_status(status(ServiceState::Running, 0))?;
    let code = body();
    handle.set_service_status(status(ServiceState::Stopped, code))
}

fn status(state: ServiceState, code: u32) -> ServiceStatus {
    let accepted = ServiceControlAccept::STOP | ServiceControlAccept::SHUTDOWN;
    let is_running = state == ServiceState::Running;
    ServiceStatus {
        service_type: ServiceType::OWN_PROCESS,
        current_state: state,
        controls_accepted: if is_running { accepted } else { ServiceControlAccept::empty() },
        exit_code: if code == 0 { ServiceExitCode::NO_ERROR } else { ServiceExitCode::ServiceSpecific(code) },
        checkpoint: 0,
        wait_hint: if state == ServiceState::StopPending { PATIENCE } else { Duration::ZERO },
        process_id: None,
    }
}

fn system(error: Error) -> io::Error {
    match error {
        Error::Winapi(error) => error,
        error => io::Error::other(error.to_string()),
    }
}
