//! What cannot be done to an article: the part of the table that is about it.

use axum::http::StatusCode;

use crate::jobs::DeskError;
use crate::life::LifeError;

use super::ApiError;

impl From<DeskError> for ApiError {
    fn from(error: DeskError) -> Self {
        match error {
            DeskError::NoSuchArticle => Self::NoSuchArticle,
            DeskError::Revision(revision) => Self::RevisionMismatch { revision },
            DeskError::Contended => Self::Contended,
            DeskError::Life(error) => error.into(),
            DeskError::Store(error) => error.into(),
        }
    }
}

/// The status of a refusal.
pub(super) fn status(error: &LifeError) -> StatusCode {
    match error {
        LifeError::NoSuchItem => StatusCode::NOT_FOUND,
        LifeError::Field { .. } => StatusCode::BAD_REQUEST,
        LifeError::TooLong { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        LifeError::TextDropped => StatusCode::GONE,
        LifeError::Locked
        | LifeError::Edited
        | LifeError::ItemExists(_)
        | LifeError::StaleItems(_)
        | LifeError::NoItems => StatusCode::CONFLICT,
        LifeError::TooManyItems { .. } | LifeError::NotAnswered(_) | LifeError::NothingElse => {
            StatusCode::UNPROCESSABLE_ENTITY
        }
    }
}
