//! What the system tells of a thread that hangs: Linux's /proc.

use std::fs;

/// The number by which the system knows this thread; `None` where it tells none.
pub(crate) fn this_thread() -> Option<u32> {
    u32::try_from(nix::unistd::gettid().as_raw()).ok()
}

/// Where the thread of this number is: its state, what it waits for in the kernel, its system call and its kernel
/// stack, each as far as the system lets a process read of itself. A stack in the program's own code could be had only
/// by a signal to the thread, which is the host's to send and not a library's.
pub(crate) fn of(thread: Option<u32>) -> String {
    thread.map_or_else(|| "the system did not number this thread".to_owned(), told_by_proc)
}

fn told_by_proc(thread: u32) -> String {
    let read = |file: &str| fs::read_to_string(format!("/proc/self/task/{thread}/{file}"));
    let state = read("stat").ok().and_then(|stat| state(&stat));
    let wchan = read("wchan").ok().filter(|name| !matches!(name.trim(), "" | "0"));
    let call = read("syscall").ok().and_then(|line| line.split_whitespace().next().map(str::to_owned));
    let stack = match read("stack") {
        Ok(stack) if !stack.trim().is_empty() => format!("kernel stack {}", one_line(&stack)),
        Ok(_) => "no kernel stack".to_owned(),
        Err(error) => format!("kernel stack not readable ({})", error.kind()),
    };
    let told = |what: &str, value: Option<String>| match value {
        Some(value) => format!("{what} {}", value.trim()),
        None => format!("{what} not readable"),
    };
    let facts = [told("state", state), told("waits in", wchan), told("system call", call), stack];
    format!("thread {thread}: {}", facts.join(", "))
}

/// The letter after the name, which may hold anything but ends at the last parenthesis.
fn state(stat: &str) -> Option<String> {
    stat.rsplit_once(')')?.1.split_whitespace().next().map(str::to_owned)
}

/// The functions from the innermost out, without their addresses.
fn one_line(stack: &str) -> String {
    let function = |line: &str| line.split_whitespace().last().unwrap_or_default().to_owned();
    stack.lines().map(function).collect::<Vec<_>>().join(" < ")
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_state_is_found_behind_any_name() {
        assert_eq!(super::state("812 (a) b) S 1 2 3").as_deref(), Some("S"));
        assert_eq!(super::state("torn"), None);
    }

    #[test]
    fn a_kernel_stack_is_one_line() {
        let stack = "[<0>] futex_wait_queue+0x60/0x90\n[<0>] do_futex+0x1/0x2\n";
        assert_eq!(super::one_line(stack), "futex_wait_queue+0x60/0x90 < do_futex+0x1/0x2");
    }
}
