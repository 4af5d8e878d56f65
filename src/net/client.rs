//! One request, one connection, one answer. A name is looked up once, every
//! address that it has is held against the rules, and the connection goes to an
//! address of that list: what the name means a moment later does not matter.
//! Redirects are answers like any other. Everything is bounded in time and size.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::{HOST, HeaderMap, HeaderValue, USER_AGENT};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::resolve::Resolve;
use super::target::{Rules, Target};

/// Addresses of one name that are tried.
const MAX_ADDRESSES: usize = 3;
const AGENT: HeaderValue =
    HeaderValue::from_static(concat!("afterword/", env!("CARGO_PKG_VERSION")));

/// What one request may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// From the look-up to the end of the answer.
    pub time: Duration,
    /// Of the answer's body; the rest is not read.
    pub answer_bytes: usize,
}

/// A request to be.
#[derive(Debug)]
pub struct Outgoing {
    /// How it is asked.
    pub method: Method,
    /// Beside `host` and `user-agent`.
    pub headers: HeaderMap,
    /// What is sent.
    pub body: Vec<u8>,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, as much of it as the bounds allow.
    pub body: Vec<u8>,
    /// Whether that is all of it.
    pub is_whole: bool,
}

/// Why there is no answer. Says nothing of what an inner address answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// The name has no address.
    #[error("unknown_host: the name has no address")]
    UnknownHost,
    /// The name leads inside.
    #[error("not_public: the name leads to an address that is not public")]
    NotPublic,
    /// Nobody answers at any address.
    #[error("no_connection: nobody answers there")]
    NoConnection,
    /// No encrypted connection: the certificate, or the protocol.
    #[error("tls: no connection can be trusted: {0}")]
    Tls(String),
    /// No HTTP, or it broke off.
    #[error("no_answer: the answer broke off, or is no HTTP")]
    NoAnswer,
    /// It took too long.
    #[error("timeout: no answer in time")]
    Timeout,
}

/// Sends requests to targets that the rules allow.
pub struct Client {
    rules: Rules,
    resolver: Arc<dyn Resolve>,
    tls: TlsConnector,
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

impl Client {
    /// A client that trusts what the system trusts.
    ///
    /// # Errors
    /// When the system's certificates cannot be read.
    pub fn new(rules: Rules, resolver: Arc<dyn Resolve>) -> Result<Self, rustls::Error> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = rustls_platform_verifier::Verifier::new(provider.clone())?;
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        Ok(Self {
            rules,
            resolver,
            tls: TlsConnector::from(Arc::new(config)),
        })
    }

    /// What may be called.
    #[must_use]
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// Sends one request and reads the answer.
    ///
    /// # Errors
    /// [`SendError`] says why there is none.
    pub async fn send(
        &self,
        target: &Target,
        outgoing: Outgoing,
        bounds: Bounds,
    ) -> Result<Answer, SendError> {
        let exchange = self.exchange(target, outgoing, bounds.answer_bytes);
        let answer = timeout(bounds.time, exchange).await;
        answer.unwrap_or(Err(SendError::Timeout))
    }

    async fn exchange(
        &self,
        target: &Target,
        outgoing: Outgoing,
        answer_bytes: usize,
    ) -> Result<Answer, SendError> {
        let addresses = self.addresses(target).await?;
        let stream = self.connect(target, &addresses).await?;
        let broken = |_| SendError::NoAnswer;
        let io = TokioIo::new(stream);
        let (mut sender, connection) = http1::handshake(io).await.map_err(broken)?;
        // Ends with this request, however that ends.
        let mut driver = JoinSet::new();
        driver.spawn(connection);
        let request = request(target, outgoing).ok_or(SendError::NoAnswer)?;
        let response = sender.send_request(request).await.map_err(broken)?;
        read(response, answer_bytes).await
    }

    /// The addresses that the request may go to, looked up once. One that is not
    /// public spoils all: it is no mistake that someone makes.
    async fn addresses(&self, target: &Target) -> Result<Vec<IpAddr>, SendError> {
        let origin = target.origin();
        let found = match (origin.address(), origin.name()) {
            (Some(address), _) => vec![address],
            (None, Some(name)) => self.resolver.lookup(name).await.unwrap_or_default(),
            (None, None) => Vec::new(),
        };
        if found.is_empty() {
            return Err(SendError::UnknownHost);
        }
        let allowed = |&address: &IpAddr| target.may_go_to(address, &self.rules);
        if !found.iter().all(allowed) {
            return Err(SendError::NotPublic);
        }
        Ok(found)
    }

    async fn connect(
        &self,
        target: &Target,
        addresses: &[IpAddr],
    ) -> Result<Box<dyn Stream>, SendError> {
        let port = target.origin().port();
        for &address in addresses.iter().take(MAX_ADDRESSES) {
            let Ok(stream) = TcpStream::connect(SocketAddr::new(address, port)).await else {
                continue;
            };
            if !target.is_https() {
                return Ok(Box::new(stream));
            }
            return self.encrypt(target, stream).await;
        }
        Err(SendError::NoConnection)
    }

    async fn encrypt(
        &self,
        target: &Target,
        stream: TcpStream,
    ) -> Result<Box<dyn Stream>, SendError> {
        let host = target.origin().host();
        let host = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_owned();
        let name = ServerName::try_from(host).map_err(|error| SendError::Tls(error.to_string()))?;
        let encrypted = self.tls.connect(name, stream).await;
        let encrypted = encrypted.map_err(|error| SendError::Tls(error.to_string()))?;
        Ok(Box::new(encrypted))
    }
}

/// As HTTP/1.1 wants it. Targets hold only what can be sent.
fn request(target: &Target, outgoing: Outgoing) -> Option<Request<Full<Bytes>>> {
    let host = target.origin().authority();
    let body = Full::new(Bytes::from(outgoing.body));
    let mut request = Request::new(body);
    *request.method_mut() = outgoing.method;
    *request.uri_mut() = target.path().parse().ok()?;
    *request.headers_mut() = outgoing.headers;
    let headers = request.headers_mut();
    headers.insert(HOST, HeaderValue::try_from(host).ok()?);
    headers.insert(USER_AGENT, AGENT);
    Some(request)
}

async fn read(response: Response<Incoming>, most: usize) -> Result<Answer, SendError> {
    let (head, mut incoming) = response.into_parts();
    let (mut body, mut is_whole) = (Vec::new(), true);
    while let Some(frame) = incoming.frame().await {
        let frame = frame.map_err(|_| SendError::NoAnswer)?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        let room = most - body.len();
        body.extend_from_slice(&data[..data.len().min(room)]);
        if data.len() > room {
            is_whole = false;
            break;
        }
    }
    Ok(Answer {
        status: head.status.as_u16(),
        headers: head.headers,
        body,
        is_whole,
    })
}

#[cfg(test)]
mod tests;
