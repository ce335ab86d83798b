//! `GET /groups/{guid}`

use hallpass::Resource;

use super::super::call::Call;
use super::super::envelope::Answer;
use super::super::error::CometError;
use super::{find_known, render};

/// `GET /groups/{guid}`
pub(in super::super) async fn get(call: Call) -> Result<Answer, CometError> {
    let group = find_known(&call, call.path("guid")?).await?;
    call.permit("GetGroupDetails", Resource::channel(group.cid()), &group.attributes())?;
    Ok(Answer::of(render::one(&call, &group).await?))
}
