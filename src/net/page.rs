//! A page fetched by its address: from hosts that the operator named, by the rules of
//! `target`, so many redirects on, each held against the same rules. Text only, whole
//! or not at all.

use std::fmt;
use std::str::FromStr;

use hyper::Method;
use hyper::header::{ACCEPT, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION};
use url::Url;

use super::client::{Answer, Bounds, Client, Outgoing, SendError};
use super::target::{Target, TargetError};

/// Answers that lead elsewhere, one after another.
const MAX_REDIRECTS: usize = 5;
const WANTED: HeaderValue =
    HeaderValue::from_static("text/html, application/xhtml+xml, text/markdown, text/plain");

/// Hosts that may be asked: `example.org` for one, `*.example.org` for all under it,
/// `*` for all that are public.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// Whatever the rules allow.
    Any,
    /// This name.
    One(String),
    /// Names under this one; not the name itself.
    Under(String),
}

/// What was written is no host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no host: write example.org, *.example.org or *")]
pub struct NoHost;

/// A page, as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Where it was found, after redirects.
    pub url: String,
    /// `text/html`, `text/markdown` or `text/plain`.
    pub media_type: &'static str,
    /// The charset that its headers name.
    pub charset: Option<String>,
    /// What was sent.
    pub bytes: Vec<u8>,
}

/// Why there is no page.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// A host that nobody named.
    #[error("{0} is not among the hosts of fetch.hosts")]
    NotNamed(String),
    /// A URL that breaks a rule.
    #[error("the address {0}")]
    Target(#[from] TargetError),
    /// No answer.
    #[error("{0}")]
    Send(#[from] SendError),
    /// An answer that is no page.
    #[error("the answer there has the status {0}")]
    Status(u16),
    /// Redirects without end, or to nowhere.
    #[error("the address leads on and on, or nowhere")]
    Redirects,
    /// Something else than text.
    #[error("what is there is neither HTML, Markdown nor plain text")]
    NotText,
    /// More than may be read.
    #[error("what is there has more bytes than limits.max_input_bytes allows")]
    TooLarge,
}

/// Fetches pages.
pub struct Pages {
    client: Client,
    hosts: Vec<Host>,
    bounds: Bounds,
}

impl Pages {
    /// Fetches from `hosts` what the client's rules allow.
    #[must_use]
    pub fn new(client: Client, hosts: Vec<Host>, bounds: Bounds) -> Self {
        Self {
            client,
            hosts,
            bounds,
        }
    }

    /// Whose pages may be fetched, as the operator wrote it.
    #[must_use]
    pub fn hosts(&self) -> Vec<String> {
        let hosts = self.hosts.iter().map(ToString::to_string);
        let origins = self.client.rules().origins.iter().map(ToString::to_string);
        hosts.chain(origins).collect()
    }

    /// Fetches one page.
    ///
    /// # Errors
    /// [`PageError`] says why there is none.
    pub async fn fetch(&self, url: &str) -> Result<Page, PageError> {
        let fetched = self.follow(url.trim().to_owned());
        let fetched = tokio::time::timeout(self.bounds.time, fetched).await;
        fetched.unwrap_or(Err(PageError::Send(SendError::Timeout)))
    }

    async fn follow(&self, mut url: String) -> Result<Page, PageError> {
        for _ in 0..=MAX_REDIRECTS {
            let target = self.target(&url)?;
            let answer = self.client.send(&target, get(), self.bounds).await?;
            match answer.status {
                200 => return page(url, answer),
                301 | 302 | 303 | 307 | 308 => url = next(&url, &answer.headers)?,
                status => return Err(PageError::Status(status)),
            }
        }
        Err(PageError::Redirects)
    }

    /// An origin that the operator named for this is a host that was named.
    fn target(&self, url: &str) -> Result<Target, PageError> {
        let rules = self.client.rules();
        let target = Target::parse(url, rules)?;
        let host = target.origin().host();
        let is_named = self.hosts.iter().any(|it| it.is(&host));
        if is_named || rules.origins.contains(target.origin()) {
            return Ok(target);
        }
        Err(PageError::NotNamed(host))
    }
}

impl Host {
    /// Whether a host is meant by it.
    #[must_use]
    pub fn is(&self, host: &str) -> bool {
        let host = host.trim_end_matches('.');
        match self {
            Self::Any => true,
            Self::One(name) => host.eq_ignore_ascii_case(name),
            Self::Under(name) => {
                let host = host.to_ascii_lowercase();
                let rest = host.strip_suffix(name.as_str());
                rest.is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
            }
        }
    }
}

impl FromStr for Host {
    type Err = NoHost;

    fn from_str(text: &str) -> Result<Self, NoHost> {
        if text == "*" {
            return Ok(Self::Any);
        }
        let name = text.strip_prefix("*.").unwrap_or(text);
        let odd = |c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '.');
        if name.is_empty() || name.contains(odd) || name.starts_with('.') || name.ends_with('.') {
            return Err(NoHost);
        }
        let lower = name.to_ascii_lowercase();
        Ok(match text.starts_with("*.") {
            true => Self::Under(lower),
            false => Self::One(lower),
        })
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("*"),
            Self::One(name) => f.write_str(name),
            Self::Under(name) => write!(f, "*.{name}"),
        }
    }
}

fn get() -> Outgoing {
    Outgoing {
        method: Method::GET,
        headers: HeaderMap::from_iter([(ACCEPT, WANTED)]),
        body: Vec::new(),
    }
}

/// Where an answer leads. What it says is held against the rules like any other.
fn next(url: &str, headers: &HeaderMap) -> Result<String, PageError> {
    let location = headers.get(LOCATION).and_then(|it| it.to_str().ok());
    let base = Url::parse(url).map_err(|_| PageError::Redirects)?;
    let joined = location.and_then(|it| base.join(it).ok());
    joined.map(String::from).ok_or(PageError::Redirects)
}

fn page(url: String, answer: Answer) -> Result<Page, PageError> {
    if !answer.is_whole {
        return Err(PageError::TooLarge);
    }
    let header = |name| answer.headers.get(name).and_then(|it| it.to_str().ok());
    // None was asked for.
    if header(CONTENT_ENCODING).is_some_and(|it| !it.eq_ignore_ascii_case("identity")) {
        return Err(PageError::NotText);
    }
    let mut parts = header(CONTENT_TYPE).unwrap_or_default().split(';');
    let essence = parts.next().unwrap_or_default().trim();
    let media_type = media_type(essence).ok_or(PageError::NotText)?;
    let charset = parts.find_map(|it| {
        let (name, value) = it.split_once('=')?;
        let is_charset = name.trim().eq_ignore_ascii_case("charset");
        is_charset.then(|| value.trim().trim_matches('"').to_owned())
    });
    Ok(Page {
        url,
        media_type,
        charset,
        bytes: answer.body,
    })
}

fn media_type(essence: &str) -> Option<&'static str> {
    match essence.to_ascii_lowercase().as_str() {
        "text/html" | "application/xhtml+xml" => Some("text/html"),
        "text/markdown" => Some("text/markdown"),
        "text/plain" => Some("text/plain"),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
