//! The id in a path. What is none, such as bytes that are no text, is answered as
//! every id that leads nowhere.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

use super::error::ApiError;

/// The two parameters of a path.
pub(super) struct Ids(pub(super) String, pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Ids {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let ids = Path::<(String, String)>::from_request_parts(parts, state).await;
        let ids = ids.map(|Path((first, second))| Self(first, second));
        ids.map_err(|_| ApiError::NotFound)
    }
}

/// The one parameter of a path.
pub(super) struct Id(pub(super) String);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let id = Path::<String>::from_request_parts(parts, state).await;
        id.map(|Path(id)| Self(id)).map_err(|_| ApiError::NotFound)
    }
}
