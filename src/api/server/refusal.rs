//! Why the service ended a connection before its client was done. There is no answer
//! that could be counted where no request was read, so that these are counted instead.

use std::error::Error as _;
use std::io;

/// Why a connection was turned away, or closed early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// As many were open as may be.
    TooMany,
    /// Its client does not speak TLS as it should, or left before it was agreed on.
    HandshakeFailed,
    /// Its client took too long over the handshake.
    HandshakeTimeout,
    /// Others came, and its handshake was the oldest.
    HandshakeDisplaced,
    /// The service is stopping, and its handshake had not ended.
    Stopping,
    /// A head with too many bytes or headers.
    HeadTooLarge,
    /// A head that is no HTTP.
    HeadMalformed,
    /// The first head took too long.
    HeadTimeout,
    /// Its client did not read its answer.
    AnswerUnread,
}

impl Refusal {
    /// Its name in the figures.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::TooMany => "too_many_connections",
            Self::HandshakeFailed => "tls_failed",
            Self::HandshakeTimeout => "tls_timeout",
            Self::HandshakeDisplaced => "tls_displaced",
            Self::Stopping => "stopping",
            Self::HeadTooLarge => "head_too_large",
            Self::HeadMalformed => "head_malformed",
            Self::HeadTimeout => "head_timeout",
            Self::AnswerUnread => "answer_unread",
        }
    }

    /// What an error says of the service's part in it; `None` where the client left, or
    /// where it had `asked` before and its connection was only kept open for more.
    pub(super) fn of(error: &hyper::Error, asked: bool) -> Option<Self> {
        if error.is_parse_too_large() {
            return Some(Self::HeadTooLarge);
        }
        if error.is_parse() {
            return Some(Self::HeadMalformed);
        }
        if error.is_timeout() {
            return (!asked).then_some(Self::HeadTimeout);
        }
        let source = error.source().and_then(|it| it.downcast_ref::<io::Error>());
        let is_unread = source.is_some_and(|it| it.kind() == io::ErrorKind::TimedOut);
        is_unread.then_some(Self::AnswerUnread)
    }
}
