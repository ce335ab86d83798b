//! `DELETE /groups/{guid}`: the group, its members and messages.

use hallpass::{Change, Resource};
use hallpass_store::{DocumentWrite, kind};

use super::super::call::Call;
use super::super::conversation;
use super::super::documents::{self, SEPARATOR};
use super::super::envelope::Answer;
use super::super::error::CometError;
use super::super::message::store;
use super::of_path;
use crate::lock::Footprint;
use crate::permission_key;

/// `DELETE /groups/{guid}`
pub(in super::super) async fn delete(call: Call) -> Result<Answer, CometError> {
    let group = of_path(&call).await?;
    call.permit("DeleteGroup", Resource::channel(group.cid()), &group.attributes())?;
    // Everything that lies in the group goes with it, so nothing else may change meanwhile.
    let edit = call.edit(Footprint::policy()).await?;
    let group = of_path(&call).await?;
    // Asked again: ownership may have passed on while this waited.
    call.permit("DeleteGroup", Resource::channel(group.cid()), &group.attributes())?;
    let conversation = conversation::of_group(group.guid());
    let mut gone = vec![DocumentWrite::delete(kind::CHANNEL, group.cid())];
    for (doc_kind, prefix) in
        [(kind::MEMBER, format!("{}{SEPARATOR}", group.cid())), (conversation::VIEW, format!("{conversation}{SEPARATOR}"))]
    {
        let found = documents::all::<serde_json::Value>(&call.tenant, doc_kind, &prefix).await?;
        gone.extend(found.into_iter().map(|(id, _)| DocumentWrite::delete(doc_kind, id)));
    }
    gone.extend(permission_key::forget_group(group.guid()));
    gone.extend(store::purge(&call, &conversation).await?);
    call.commit(edit, vec![Change::ChannelRemoved { id: group.fact.id.clone() }], gone).await?;
    Ok(Answer::success(format!("Group with guid {} has been deleted successfully.", group.guid())))
}
