//! A model from a model hub, by HTTP. Goes on from the partial file with a
//! `Range` request; a server that ignores ranges makes it start again.

use std::io::Read;
use std::time::Duration;

use ureq::http::{Response, StatusCode, header};
use ureq::{Agent, Body};

use super::{Pull, partial::Partial, space};
use crate::models::{HubSource, Model, ModelError};

/// The hub that the catalogue's repositories are on.
pub const DEFAULT_ENDPOINT: &str = "https://huggingface.co";

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Silence after which a connection counts as dead. The download as a whole
/// may take as long as it takes.
const STALL_TIMEOUT: Duration = Duration::from_secs(60);

/// How often a connection that broke after some bytes is taken up again.
const MAX_RESUMES: usize = 5;

/// A model hub.
pub struct Hub {
    agent: Agent,
    endpoint: String,
}

impl Hub {
    /// The hub at `endpoint`, a URL; an empty one stands for
    /// [`DEFAULT_ENDPOINT`]. Proxies come from the environment.
    #[must_use]
    pub fn new(endpoint: &str) -> Self {
        let config = Agent::config_builder()
            .timeout_resolve(Some(CONNECT_TIMEOUT))
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_per_read(Some(STALL_TIMEOUT))
            .timeout_per_write(Some(STALL_TIMEOUT))
            .http_status_as_error(false)
            .user_agent(concat!("afterword/", env!("CARGO_PKG_VERSION")))
            .build();
        let endpoint = match endpoint.trim_end_matches('/') {
            "" => DEFAULT_ENDPOINT,
            endpoint => endpoint,
        };
        Self {
            agent: config.into(),
            endpoint: endpoint.to_owned(),
        }
    }

    fn url(&self, source: &HubSource) -> String {
        let HubSource {
            repository,
            revision,
            file,
        } = source;
        format!("{}/{repository}/resolve/{revision}/{file}", self.endpoint)
    }

    fn get(&self, url: &str, offset: u64) -> Result<Response<Body>, ureq::Error> {
        let mut request = self.agent.get(url);
        if offset > 0 {
            request = request.header(header::RANGE, format!("bytes={offset}-"));
        }
        request.call()
    }
}

impl Pull<'_> {
    /// Fetches the model from the hub into its place.
    pub(super) fn hub(&self, model: &Model, source: &HubSource) -> Result<(), ModelError> {
        let url = self.hub.url(source);
        self.observer.note(&format!("fetching {url}"));
        let part = self.beside(model, ".part");
        let mut partial = Partial::resume(model, self.observer, part, url.clone())?;
        space::require(self.store.directory(), partial.missing())?;
        let mut resumes = 0;
        while partial.missing() > 0 {
            let before = partial.written();
            let Err(error) = self.hub_once(&url, &mut partial) else {
                break;
            };
            let broke = matches!(error, ModelError::Source { .. }) && partial.written() > before;
            if !broke || resumes == MAX_RESUMES {
                return Err(error);
            }
            resumes += 1;
            self.observer.note(&format!("{error}; going on from there"));
        }
        partial.finish(&self.store.path(model))
    }

    /// One request: everything after what is there already.
    fn hub_once(&self, url: &str, partial: &mut Partial<'_>) -> Result<(), ModelError> {
        let offset = partial.written();
        let response = self
            .hub
            .get(url, offset)
            .map_err(|error| partial.blame(error.to_string()))?;
        match response.status() {
            StatusCode::PARTIAL_CONTENT if range_start(&response) == Some(offset) => {}
            StatusCode::OK => partial.restart()?,
            StatusCode::PARTIAL_CONTENT => {
                return Err(partial.blame(format!("it did not answer from byte {offset} on")));
            }
            status => return Err(partial.blame(format!("it answered {status}"))),
        }
        let (_, body) = response.into_parts();
        // A whole answer of the wrong length is refused before it is fetched.
        let length = body.content_length();
        if length.is_some_and(|length| length != partial.missing()) {
            return Err(partial.blame(format!(
                "it has {} bytes instead of {}",
                partial.written() + length.unwrap_or(0),
                partial.written() + partial.missing()
            )));
        }
        // One byte more than wanted shows a source that does not end.
        let limit = partial.missing() + 1;
        partial.append(body.into_reader().take(limit))
    }
}

/// The first byte of a partial answer: `Content-Range: bytes FIRST-LAST/ALL`.
fn range_start(response: &Response<Body>) -> Option<u64> {
    let range = response.headers().get(header::CONTENT_RANGE)?;
    let range = range.to_str().ok()?.trim().strip_prefix("bytes")?;
    range.trim_start().split('-').next()?.parse().ok()
}
