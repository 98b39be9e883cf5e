//! Clients of every kind at the socket of the real program.

use super::{Life, until};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};
use thor_stack::control::MAX_REQUEST;

fn connect(life: &Life) -> UnixStream {
    let stream = UnixStream::connect(life.home().join("control.sock")).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    stream
}

/// The first line of what is answered to `request`; empty where it hangs up.
fn answer(life: &Life, request: &[u8]) -> String {
    let mut stream = connect(life);
    stream.write_all(request).ok(); // it may hang up before all was sent
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line).ok();
    line
}

#[test]
fn none_of_them_keeps_the_stack_from_answering_and_stopping() {
    let life = Life::new();
    life.run(&["start"]).exits(0);
    let mut silent = connect(&life);
    let mut half = connect(&life);
    half.write_all(b"{\"v\":1,\"request\":").unwrap();
    let began = Instant::now();
    life.run(&["status", "--json"]).exits(0);
    println!("status beside a silent client: {:?}", began.elapsed());
    for garbage in [&b"\0\xff\xfe nonsense\n"[..], b"GET / HTTP/1.1\r\n\r\n", b"[]\n", b"\n"] {
        let said = answer(&life, garbage);
        assert!(said.contains("bad_request"), "{garbage:?}: {said}");
    }
    let said = answer(&life, b"{\"v\":0,\"op\":\"status\"}\n");
    assert!(said.contains("unsupported_version") && said.contains("\"v\":1"), "an old client: {said}");
    let said = answer(&life, &vec![b'x'; MAX_REQUEST * 3]);
    assert!(said.contains("too_large") || said.is_empty(), "refused and hung up on: {said}");
    life.run(&["status"]).exits(0);
    let mut rest = String::new();
    silent.read_to_string(&mut rest).ok();
    half.read_to_string(&mut rest).ok();
    assert!(rest.contains("too_slow"), "both are hung up on: {rest}");
    let _connected = connect(&life);
    life.run(&["stop"]).exits(0).prints("stopped");
    until("it is free", || !life.run(&["status"]).stdout().contains("running (pid"));
}
