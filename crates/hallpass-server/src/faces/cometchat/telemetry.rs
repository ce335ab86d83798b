//! `POST /user_sessions`: what an SDK reports of its browser some seconds after a login. It is answered, so that no client sees an error, and
//! not kept: permissions have no use for it.

use super::call::Call;
use super::envelope::Answer;
use super::error::CometError;

/// `POST /user_sessions`
pub(super) async fn note(_call: Call) -> Result<Answer, CometError> {
    Ok(Answer::success("The session has been noted."))
}
