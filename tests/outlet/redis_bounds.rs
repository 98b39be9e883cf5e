//! A server that is absent, restarts or stalls holds nobody back for longer than the bound.

use super::desk::{Desk, TERMS, edition, outlet};
use crate::support::redis::{RedisServer, bus, eventually, free_port};
use std::time::{Duration, Instant};
use thor_stack::config::BusConfig;
use thor_stack::outlet::redis::{Reader, RedisOutlet, keys};
use thor_stack::outlet::{BusWatch, Outlet};

/// The default bounds are 1 s and 200 ms; what is allowed beyond them is the noise of a busy machine.
fn bounded(server: &RedisServer) -> BusConfig {
    let bounds = (Duration::from_millis(300), Duration::from_millis(200));
    BusConfig { connect_timeout: bounds.0, timeout: bounds.1, ..server.bus() }
}

/// The bounds are tenths of seconds; the default is 10 s.
const ENOUGH: Duration = Duration::from_secs(8);

#[test]
fn an_absent_server_fails_at_once_and_again_at_once_while_waiting() {
    let config = bus(&format!("redis://127.0.0.1:{}", free_port()));
    let watch = BusWatch::new(&config.url);
    let mut outlet = RedisOutlet::new(&config, TERMS, &watch).unwrap();
    let desk = Desk::new();
    let started = Instant::now();
    let first = desk.publish(&mut outlet, 0, &[("YM", 1)]).unwrap_err().to_string();
    for second in 1..200 {
        assert_eq!(desk.idle(&mut outlet, second).unwrap_err().to_string(), first);
    }
    assert!(started.elapsed() < ENOUGH, "{:?}", started.elapsed());
    let status = watch.get();
    assert!(!status.connected);
    assert_eq!((status.last_error.as_deref(), status.failures), (Some(first.as_str()), 200));
}

#[test]
fn after_a_restart_everything_goes_out_and_the_status_says_so() {
    let mut server = RedisServer::start();
    let desk = Desk::new();
    let config = server.bus();
    let watch = BusWatch::new(&config.url);
    let mut outlet = RedisOutlet::new(&config, TERMS, &watch).unwrap();
    desk.publish(&mut outlet, 0, &[("YM", 1), ("ES", 1), ("NQ", 1)]).unwrap();
    assert!(watch.get().connected && watch.get().last_published_at.is_some());
    server.stop();
    desk.publish(&mut outlet, 3, &[("YM", 2), ("ES", 1), ("NQ", 1)]).unwrap_err();
    assert!(!watch.get().connected && watch.get().last_error.is_some());
    server.start_again();
    eventually("published again", || desk.idle(&mut outlet, 6).is_ok_and(|sent| sent.quotes == 3));
    assert!(watch.get().connected && watch.get().last_error.is_none());
    assert_eq!(server.cli(&["HLEN", keys::LATEST_QUOTES]), "3");
    assert_eq!(desk.idle(&mut outlet, 9).unwrap().quotes, 0);
}

#[test]
fn data_that_was_thrown_away_comes_back_with_the_next_edition() {
    let server = RedisServer::start();
    let desk = Desk::new();
    let mut outlet = outlet(&server.bus());
    desk.publish(&mut outlet, 0, &[("YM", 1), ("ES", 1)]).unwrap();
    server.cli(&["FLUSHALL"]);
    server.cli(&["SCRIPT", "FLUSH"]);
    assert_eq!(desk.idle(&mut outlet, 3).unwrap().quotes, 2);
    assert_eq!(server.cli(&["HLEN", keys::LATEST_QUOTES]), "2");
}

#[test]
fn a_stalled_server_holds_an_edition_back_for_the_bound_only() {
    for over_tcp in [false, true] {
        let server = RedisServer::start();
        let desk = Desk::new();
        let mut config = bounded(&server);
        if over_tcp {
            config.url = bus(&server.tcp_url()).url;
        }
        let mut outlet = outlet(&config);
        eventually("connected", || desk.publish(&mut outlet, 0, &[("YM", 1)]).is_ok());
        server.suspend();
        let started = Instant::now();
        let names: Vec<String> = (0..10_000).map(|n| format!("S{n}")).collect();
        let rows: Vec<(&str, i64)> = names.iter().map(|name| (name.as_str(), 1)).collect();
        let update = desk.save(3, &rows);
        let error = desk.send(&mut outlet, &update).unwrap_err().to_string();
        assert!(error.contains("did not answer in time"), "{error}");
        assert!(started.elapsed() < ENOUGH, "{:?}", started.elapsed());
        // It accepts connections and never answers them: connecting anew is bounded too.
        let started = Instant::now();
        eventually("a second attempt", || {
            outlet.publish(&desk.generation, &edition(&update, false)).unwrap_err();
            started.elapsed() > Duration::from_millis(400)
        });
        let started = Instant::now();
        drop(outlet);
        assert!(started.elapsed() < ENOUGH, "giving the lock back took {:?}", started.elapsed());
        server.resume();
    }
}

#[test]
fn a_stalled_server_holds_a_drop_back_for_the_bound_only() {
    let server = RedisServer::start();
    let desk = Desk::new();
    let mut outlet = outlet(&bounded(&server));
    eventually("published", || desk.publish(&mut outlet, 0, &[("YM", 1)]).is_ok());
    server.suspend();
    let started = Instant::now();
    drop(outlet);
    assert!(started.elapsed() < ENOUGH, "{:?}", started.elapsed());
}

/// A timed-out write may have happened: what is sent again has higher numbers.
#[test]
fn an_edition_whose_answer_was_lost_is_sent_again_under_higher_numbers() {
    let server = RedisServer::start();
    let desk = Desk::new();
    let mut outlet = outlet(&bounded(&server));
    eventually("published", || desk.publish(&mut outlet, 0, &[("YM", 1)]).is_ok());
    server.suspend();
    desk.publish(&mut outlet, 3, &[("YM", 2)]).unwrap_err();
    server.resume();
    let mut reader = Reader::connect(&server.bus()).unwrap();
    let seq = |reader: &mut Reader| reader.latest().unwrap().quotes[0].seq;
    eventually("the late write", || reader.latest().unwrap().quotes[0].last == Some(2.into()));
    let late = seq(&mut reader);
    eventually("published again", || desk.idle(&mut outlet, 6).is_ok());
    assert!(seq(&mut reader) > late);
}

/// A server that answers byte by byte, each within the timeout, is bounded as a whole.
#[test]
fn a_server_that_drips_its_answer_is_given_up_at_the_bound() {
    use std::io::{Read, Write};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut config = bus(&format!("redis://{}", listener.local_addr().unwrap()));
    config.connect_timeout = Duration::from_millis(300);
    std::thread::scope(|threads| {
        threads.spawn(|| {
            let (mut stream, _) = listener.accept().unwrap();
            assert!(stream.read(&mut [0; 64]).unwrap() > 0);
            stream.write_all(b"$1000\r\n").unwrap();
            while stream.write_all(b"x").is_ok() {
                crossbeam_channel::never::<()>().recv_timeout(Duration::from_millis(20)).unwrap_err();
            }
        });
        let started = Instant::now();
        let error = Desk::new().publish(&mut outlet(&config), 0, &[("YM", 1)]).unwrap_err();
        assert!(error.to_string().contains("did not answer in time"), "{error}");
        assert!(started.elapsed() < ENOUGH, "{:?}", started.elapsed());
    });
}

/// Regression: a stalled server on a Unix path takes connections until its queue is full, and connecting then waited
/// without a bound: quotes and shutdown with it.
#[cfg(unix)]
#[test]
fn a_unix_path_whose_queue_is_full_holds_an_edition_back_for_the_bound_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let address = socket2::SockAddr::unix(&path).unwrap();
    let socket = || socket2::Socket::new(socket2::Domain::UNIX, socket2::Type::STREAM, None).unwrap();
    let server = socket();
    server.bind(&address).unwrap();
    server.listen(0).unwrap();
    let mut waiting = Vec::new();
    loop {
        let client = socket();
        client.set_nonblocking(true).unwrap();
        match client.connect(&address) {
            Ok(()) => waiting.push(client),
            Err(_) => break, // no room
        }
    }
    let mut outlet = outlet(&bus(&format!("redis+unix://{}", path.display())));
    let (done, ended) = std::sync::mpsc::channel();
    std::thread::Builder::new()
        .name("test-edition".into())
        .spawn(move || done.send(Desk::new().publish(&mut outlet, 0, &[("YM", 1)]).unwrap_err().to_string()))
        .unwrap();
    let error = ended.recv_timeout(Duration::from_secs(20)).expect("bounded");
    assert!(error.contains("did not answer in time") || error.contains("no server there"), "{error}");
}

/// A machine that is unplugged answers nothing, not even the first packet of a connection; neither does one whose queue of
/// connections is full.
#[cfg(target_os = "linux")]
#[test]
fn a_server_whose_machine_answers_no_packet_holds_an_edition_back_for_the_bound_only() {
    let server = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    server.bind(&std::net::SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    server.listen(0).unwrap();
    let address = server.local_addr().unwrap().as_socket().unwrap();
    let mut waiting = Vec::new();
    while let Ok(client) = std::net::TcpStream::connect_timeout(&address, Duration::from_millis(300)) {
        waiting.push(client);
        assert!(waiting.len() < 10, "the queue is never full");
    }
    let mut config = bus(&format!("redis://{address}"));
    config.connect_timeout = Duration::from_millis(300);
    let started = Instant::now();
    let error = Desk::new().publish(&mut outlet(&config), 0, &[("YM", 1)]).unwrap_err();
    assert!(error.to_string().contains("did not answer in time"), "{error}");
    assert!(started.elapsed() < ENOUGH, "{:?}", started.elapsed());
}
