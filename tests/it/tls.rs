//! TLS on a real socket, with certificates that are made for the test: what is
//! served, what is refused, and a certificate that is replaced while it is served.

use std::path::Path;
use std::sync::Arc;

use afterword::api::{AppState, Tls, TlsError, serve};
use afterword::config::{Settings, TlsFiles};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::client::Resumption;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio_rustls::TlsConnector;

use super::http::{Scripted, digest};
use super::program::{Ended, file, run};
use super::running::Service;

/// The exit code of what the command line or the configuration says wrong.
const USAGE: i32 = 2;
pub(crate) const REQUEST: &[u8] =
    b"GET /readyz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

/// Writes a new certificate for localhost and its key; returns the certificate.
pub(crate) fn certify(folder: &Path) -> (TlsFiles, String) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let files = TlsFiles {
        certificate: folder.join("certificate.pem"),
        key: folder.join("key.pem"),
    };
    std::fs::write(&files.certificate, cert.pem()).unwrap();
    std::fs::write(&files.key, signing_key.serialize_pem()).unwrap();
    (files, cert.pem())
}

/// Speaks TLS, trusting this certificate only; each handshake is a whole one.
pub(crate) fn connector(certificate: &str) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap();
    roots.add(certificate).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.resumption = Resumption::disabled();
    TlsConnector::from(Arc::new(config))
}

/// Asks over TLS, trusting this certificate only.
pub(crate) async fn ask(address: &str, certificate: &str) -> std::io::Result<String> {
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = connector(certificate).connect(name, stream).await?;
    stream.write_all(REQUEST).await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    Ok(answer)
}

#[tokio::test]
async fn a_certificate_is_replaced_while_it_is_served() {
    let folder = tempfile::tempdir().unwrap();
    let (files, first) = certify(folder.path());
    let settings = Settings::from_toml("", "test").unwrap();
    let state = Arc::new(AppState::new(&settings));
    state.speak_tls(Some(Tls::load(&files).unwrap()));
    state.start(Arc::new(Scripted::new(|| Ok(digest()))));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (stop, stopped) = oneshot::channel();
    let stopped = async {
        let _ = stopped.await;
    };
    let server = tokio::spawn(serve(listener, state.clone(), stopped));

    let answer = ask(&address, &first).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    // Who speaks in the clear, or nonsense, is not answered, and harms nobody.
    let mut plain = TcpStream::connect(&address).await.unwrap();
    plain.write_all(REQUEST).await.unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer).await;
    assert!(!String::from_utf8_lossy(&answer).contains("HTTP"));
    // One that says nothing keeps nobody waiting.
    let silent = TcpStream::connect(&address).await.unwrap();

    let (files, second) = certify(folder.path());
    assert!(ask(&address, &second).await.is_err());
    state.speak_tls(Some(Tls::load(&files).unwrap()));
    let answer = ask(&address, &second).await.unwrap();
    assert!(answer.contains("\"ready\""), "{answer}");
    assert!(ask(&address, &first).await.is_err());

    drop(silent);
    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
}

#[test]
fn files_that_are_none_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (files, _) = certify(folder.path());
    let other = tempfile::tempdir().unwrap();
    let (others, _) = certify(other.path());
    let with_key = |key: &Path| TlsFiles {
        key: key.to_owned(),
        ..files.clone()
    };
    let refused = Tls::load(&with_key(&others.key)).err().unwrap();
    assert!(matches!(refused, TlsError::Refused(_)), "{refused}");
    let refused = Tls::load(&with_key(&files.certificate)).err().unwrap();
    assert!(
        refused.to_string().contains("holds no private key"),
        "{refused}"
    );
    let refused = Tls::load(&with_key(Path::new("no/such/file")))
        .err()
        .unwrap();
    assert!(refused.to_string().contains("no/such/file"), "{refused}");
    let swapped = TlsFiles {
        certificate: files.key.clone(),
        ..files.clone()
    };
    let refused = Tls::load(&swapped).err().unwrap();
    assert!(
        refused.to_string().contains("holds no certificate"),
        "{refused}"
    );
    assert!(!refused.hint().is_empty());
}

#[tokio::test]
async fn the_program_speaks_tls_and_takes_a_new_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let (files, first) = certify(folder.path());
    let certificate = format!("server.tls_certificate={}", files.certificate.display());
    let key = format!("server.tls_key={}", files.key.display());
    let arguments = ["--set", certificate.as_str(), "--set", key.as_str()];
    let mut service = Service::start(&arguments, &[]);
    assert!(
        ask(&service.address, &first)
            .await
            .unwrap()
            .contains("\"ready\"")
    );
    // A key that does not belong to the certificate changes nothing.
    let (_, second) = certify(folder.path());
    let good = std::fs::read(&files.key).unwrap();
    std::fs::write(&files.key, "no key").unwrap();
    service.hang_up();
    let line = service.line_with("reload refused");
    assert!(line.contains("holds no private key"), "{line}");
    assert!(ask(&service.address, &first).await.is_ok());
    std::fs::write(&files.key, good).unwrap();
    service.hang_up();
    service.line_with("reloaded");
    assert!(
        ask(&service.address, &second)
            .await
            .unwrap()
            .contains("\"ready\"")
    );
    service.end();
}

/// What `afterword doctor --config` says of a configuration that names these files.
fn examined(files: &TlsFiles) -> Ended {
    let text = format!(
        "[server]\ntls_certificate = '{}'\ntls_key = '{}'\n",
        files.certificate.display(),
        files.key.display()
    );
    let (_folder, path) = file("site.toml", text.as_bytes());
    run(&["doctor", "--config", path.to_str().unwrap()], b"")
}

#[test]
fn the_doctor_reads_the_files_as_the_service_does() {
    let folder = tempfile::tempdir().unwrap();
    let (files, _) = certify(folder.path());
    let printed = examined(&files).success();
    assert!(printed.ends_with("The configuration is sound.\n"));
    let missing = TlsFiles {
        certificate: folder.path().join("missing.pem"),
        ..files.clone()
    };
    examined(&missing).refused(USAGE, "missing.pem cannot be read");
    std::fs::write(&files.certificate, "no certificate").unwrap();
    examined(&files).refused(USAGE, "holds no certificate");
    // The key of another certificate.
    let (files, _) = certify(folder.path());
    let other = tempfile::tempdir().unwrap();
    let key = certify(other.path()).0.key;
    examined(&TlsFiles { key, ..files }).refused(USAGE, "cannot be used");
}
