//! Sends spans by OTLP over HTTP, from a thread of its own. What is in a span is what
//! is in the log: ids, routes, states, and no word of an article.

use std::pin::Pin;
use std::time::Duration;

use opentelemetry::trace::TracerProvider as _;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::Layer;
use tracing_subscriber::registry::LookupSpan;

use super::exit::Failure;
use super::work::failure;

/// What one shipment may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// An answer is read to its end, but not beyond this.
const ANSWER_BYTES: u64 = 64 * 1024;

/// Spans on their way; those that wait are sent when it is dropped.
pub(super) struct Exporting(SdkTracerProvider);

impl Drop for Exporting {
    fn drop(&mut self) {
        if let Err(error) = self.0.shutdown() {
            tracing::warn!(%error, "the last spans were not sent");
        }
    }
}

/// Begins to send spans to `endpoint`.
pub(super) fn start<S>(endpoint: &str) -> Result<(Exporting, impl Layer<S>), Failure>
where
    S: tracing::Subscriber + for<'a> LookupSpan<'a>,
{
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(Sender::new())
        .with_endpoint(endpoint)
        .with_timeout(TIMEOUT)
        .build()
        .map_err(|error| {
            let hint = "correct log.otlp_endpoint";
            failure(format!("spans cannot be sent: {error}"), hint)
        })?;
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(Resource::builder().with_service_name("afterword").build())
        .build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("afterword"));
    Ok((Exporting(provider), layer))
}

/// Sends with the client that fetches models: no second one is built in.
#[derive(Debug)]
struct Sender(ureq::Agent);

impl Sender {
    fn new() -> Self {
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            .http_status_as_error(false)
            .build();
        Self(config.into())
    }

    fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let (head, body) = request.into_parts();
        let sent = self.0.run(Request::from_parts(head, body.to_vec()))?;
        let (head, mut body) = sent.into_parts();
        let answer = body.with_config().limit(ANSWER_BYTES).read_to_vec()?;
        Ok(Response::from_parts(head, answer.into()))
    }
}

impl HttpClient for Sender {
    /// Blocks: spans are sent from a thread that does nothing else.
    fn send_bytes<'life0, 'async_trait>(
        &'life0 self,
        request: Request<Bytes>,
    ) -> Pin<Box<dyn Future<Output = Result<Response<Bytes>, HttpError>> + Send + 'async_trait>>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        Box::pin(async move { self.send(request) })
    }
}
