//! TLS and a user who may do no more than the stack needs, at a real redis-server with both.

use crate::support::redis::{RedisServer, free_port};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const WORKBOOK: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/workbooks/rtd_tos_2025-11-29.xlsx");

/// An authority, and a certificate of it for `subject` (as openssl writes it: `IP:127.0.0.1`).
struct Certificates(tempfile::TempDir);

impl Certificates {
    fn of(subject: &str) -> Certificates {
        let certificates = Certificates(tempfile::tempdir().unwrap());
        std::fs::write(certificates.file("extensions"), format!("subjectAltName={subject}")).unwrap();
        let key = ["-newkey", "rsa:2048", "-nodes", "-keyout"];
        let openssl = |arguments: &[&str]| {
            let mut command = Command::new("openssl");
            let output = command
                .args(arguments)
                .current_dir(certificates.0.path())
                .output()
                .expect("openssl is installed");
            assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        };
        openssl(
            &[&["req", "-x509"][..], &key, &["ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=tests"]]
                .concat(),
        );
        openssl(&[&["req"][..], &key, &["server.key", "-out", "server.csr", "-subj", "/CN=server"]].concat());
        openssl(&[
            "x509",
            "-req",
            "-in",
            "server.csr",
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-CAcreateserial",
            "-out",
            "server.pem",
            "-days",
            "2",
            "-extfile",
            "extensions",
        ]);
        certificates
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

/// A server with TLS beside its Unix socket, and a user of the least rights; the port of TLS.
fn server(certificates: &Certificates) -> (RedisServer, u16) {
    let port = free_port();
    let file = |name: &str| certificates.file(name).display().to_string();
    let (certificate, key, authority, tls_port) =
        (file("server.pem"), file("server.key"), file("ca.pem"), port.to_string());
    let server = RedisServer::with(&[
        "--tls-port",
        &tls_port,
        "--tls-cert-file",
        &certificate,
        "--tls-key-file",
        &key,
        "--tls-ca-cert-file",
        &authority,
        "--tls-auth-clients",
        "no",
    ]);
    super::redis_failures::least_rights(&server);
    (server, port)
}

fn program(authority: &Path, url: &str, timeout: &str, arguments: &[&str]) -> Output {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_thor-stack"));
    command
        .env_clear()
        .env("SSL_CERT_FILE", authority)
        .env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.arg("--home").arg(home.path()).args([
        "--set",
        &format!("bus.url={url}"),
        "--set",
        &format!("bus.timeout={timeout}"),
    ]);
    command.args(arguments).stdin(Stdio::null()).output().unwrap()
}

fn poll(authority: &Path, url: &str) -> (bool, String) {
    poll_within("5s", authority, url)
}

fn poll_within(timeout: &str, authority: &Path, url: &str) -> (bool, String) {
    let output = program(authority, url, timeout, &["poll", "--once", "--workbook", WORKBOOK]);
    (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn a_user_of_the_least_rights_publishes_and_reads_over_tls() {
    let certificates = Certificates::of("IP:127.0.0.1");
    let (server, port) = server(&certificates);
    let url = format!("rediss://thor:s3cr3t@127.0.0.1:{port}");
    let (published, said) = poll(&certificates.file("ca.pem"), &url);
    assert!(published, "{said}");
    assert_eq!(server.cli(&["HLEN", "live_data:latest:quotes"]), "11");
    let read = program(&certificates.file("ca.pem"), &url, "5s", &["quotes", "YM", "--json"]);
    let told = String::from_utf8_lossy(&read.stdout);
    assert!(
        read.status.success() && told.contains("47551"),
        "{told} {}",
        String::from_utf8_lossy(&read.stderr)
    );
}

#[test]
fn a_server_that_nobody_vouches_for_gets_neither_quotes_nor_password() {
    let (ours, theirs) = (Certificates::of("IP:127.0.0.1"), Certificates::of("IP:127.0.0.1"));
    let (server, port) = server(&theirs);
    for url in [
        format!("rediss://thor:s3cr3t@127.0.0.1:{port}"),
        format!("rediss://thor:s3cr3t@127.0.0.1:{port}/#insecure"),
    ] {
        let (published, said) = poll(&ours.file("ca.pem"), &url);
        assert!(!published && !said.contains("s3cr3t"), "{said}");
    }
    assert_eq!(server.cli(&["HLEN", "live_data:latest:quotes"]), "0");
}

#[test]
fn a_certificate_for_another_name_is_refused() {
    let certificates = Certificates::of("DNS:elsewhere.example");
    let (server, port) = server(&certificates);
    let (published, said) =
        poll(&certificates.file("ca.pem"), &format!("rediss://thor:s3cr3t@127.0.0.1:{port}"));
    assert!(!published && !said.contains("s3cr3t"), "{said}");
    assert_eq!(server.cli(&["HLEN", "live_data:latest:quotes"]), "0");
}

/// Regression: the handshake had no bound.
#[test]
fn a_stalled_server_holds_nobody_back_over_tls() {
    let certificates = Certificates::of("IP:127.0.0.1");
    let (server, port) = server(&certificates);
    server.suspend();
    let began = std::time::Instant::now();
    let url = format!("rediss://thor:s3cr3t@127.0.0.1:{port}");
    let (published, said) = poll_within("300ms", &certificates.file("ca.pem"), &url);
    assert!(!published && said.contains("did not answer in time"), "{said}");
    assert!(began.elapsed() < std::time::Duration::from_secs(8), "{:?}", began.elapsed());
}
