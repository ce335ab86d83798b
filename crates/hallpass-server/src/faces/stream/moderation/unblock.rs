//! `POST /moderation/unblock_message`: lets a message through that a block list kept back.

use super::super::call::{Answer, Call};
use super::super::error::StreamError;
use super::super::message as messages;
use super::message;
use super::report::{self, MESSAGE, REPORT};
use crate::lock::Footprint;

/// `POST /moderation/unblock_message`
pub(in super::super) async fn unblock(call: Call) -> Result<Answer, StreamError> {
    let id = call.body.required_text("target_message_id")?.to_owned();
    let report_id = report::id_of(MESSAGE, &id);
    let by = call.acting_user()?;
    let footprint = messages::touched(&call, Footprint::facts().entity(REPORT, report_id.as_str()), &id).await?;
    let edit = call.edit(footprint).await?;
    let found = messages::find_undeleted(&call, &id).await?;
    call.permit("UnblockMessage", found.resource())?;
    let mut written = Vec::new();
    if message::is_kept_back(&found.message) {
        written.extend(message::released(&call, found.message).await?);
        if let Some(mut report) = report::by_id(&call, &report_id).await? {
            report.review(&call, "unblock", by);
            written.push(report.write()?);
        }
    }
    call.commit(edit, Vec::new(), written).await?;
    Ok(Answer::new())
}
