//! `GET /messages/{id}`

use super::super::call::Call;
use super::super::envelope::Answer;
use super::super::error::CometError;
use super::{of_path, permit, render};

/// `GET /messages/{id}`
pub(in super::super) async fn get(call: Call) -> Result<Answer, CometError> {
    let message = of_path(&call).await?;
    permit(&call, "GetMessageDetails", &message)?;
    Ok(Answer::of(render::one(&call, &message).await?))
}
