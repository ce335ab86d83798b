//! One member, as answers and filters see it.

use hallpass::{Member, Timestamp};
use serde_json::{Map, Value, json};

use super::super::call::Call;
use super::super::documents::{self, MemberDocument};
use super::super::filter::Row;
use super::super::moderation::mute_channel;
use super::super::user::render::{Users, ban_of, is_banned};

/// The role of members without one.
pub(super) const DEFAULT_ROLE: &str = "channel_member";
/// The role that makes a moderator.
pub(super) const MODERATOR: &str = "channel_moderator";

/// The channel role of a member.
pub(in super::super) fn role_of(member: &Member) -> &str {
    member.roles.first().map_or(DEFAULT_ROLE, String::as_str)
}

/// A membership with what is noted about it. One that came in bulk has no document: it is as old as the app.
pub(super) struct Membership {
    pub(super) fact: Member,
    pub(super) document: MemberDocument,
    /// Banned in the shadow, here or from the app.
    pub(super) shadow_banned: bool,
}

impl Membership {
    /// Puts both together.
    pub(super) fn of(call: &Call, fact: Member, document: Option<MemberDocument>) -> Self {
        let made = documents::unknown_time(&call.tenant);
        let document = document.unwrap_or_else(|| MemberDocument { created_at: made, updated_at: made, ..MemberDocument::default() });
        Self { fact, document, shadow_banned: false }
    }

    /// As answers show it.
    pub(super) fn render(&self, call: &Call, users: &Users) -> Value {
        let Self { fact, document, shadow_banned } = self;
        let role = role_of(fact);
        let time = |at: Timestamp| call.dialect.time(at);
        let ban = ban_of(call.tenant.engine(), &fact.user, Some(&fact.channel), call.now);
        // Whoever is banned in the shadow is not to know.
        let shadow_banned = *shadow_banned && call.caller.user() != Some(&fact.user);
        let is_muted = mute_channel::muted(call, &fact.user, &fact.channel).is_some();
        let mut shown = Map::from_iter([
            ("user_id".to_owned(), json!(fact.user)),
            ("channel_role".to_owned(), json!(role)),
            ("role".to_owned(), json!(if role == MODERATOR { "moderator" } else { "member" })),
            ("is_moderator".to_owned(), json!(role == MODERATOR)),
            ("banned".to_owned(), json!(ban.is_some())),
            ("shadow_banned".to_owned(), json!(shadow_banned)),
            ("notifications_muted".to_owned(), json!(is_muted)),
            ("created_at".to_owned(), time(document.created_at)),
            ("updated_at".to_owned(), time(document.updated_at)),
            ("status".to_owned(), json!(self.status())),
        ]);
        let was_invited = fact.invited || document.invite_accepted_at.is_some() || document.invite_rejected_at.is_some();
        let optional = [
            ("user", users.get(&fact.user)),
            ("ban_expires", ban.and_then(|ban| ban.expires_at).map(time)),
            ("invited", was_invited.then_some(Value::Bool(true))),
            ("invite_accepted_at", document.invite_accepted_at.map(time)),
            ("invite_rejected_at", document.invite_rejected_at.map(time)),
            ("pinned_at", document.pinned_at.map(time)),
            ("archived_at", document.archived_at.map(time)),
        ];
        shown.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
        call.dialect.put_custom(&mut shown, Some(&document.custom));
        Value::Object(shown)
    }

    /// As filters and sorts see it.
    pub(super) fn row(&self, call: &Call, user_name: Option<&str>) -> Row {
        let Self { fact, document, .. } = self;
        let mut row = document.custom.clone();
        let more = json!({
            "id": fact.user,
            "user_id": fact.user,
            "cid": fact.channel,
            "name": user_name,
            "channel_role": role_of(fact),
            "is_moderator": role_of(fact) == MODERATOR,
            "invite": self.status(),
            "joined": !fact.invited,
            "banned": is_banned(call.tenant.engine(), &fact.user, Some(&fact.channel), call.now),
            "created_at": document.created_at,
            "updated_at": document.updated_at,
        });
        if let Value::Object(more) = more {
            row.extend(more);
        }
        // As in `user.name`, which some SDKs write.
        row.insert("user".to_owned(), json!({"id": fact.user, "name": user_name}));
        row
    }

    /// Where the invitation stands: `member` for those who were never invited.
    fn status(&self) -> &'static str {
        match (self.fact.invited, self.document.invite_accepted_at, self.document.invite_rejected_at) {
            (true, _, Some(_)) => "rejected",
            (true, _, None) => "pending",
            (false, Some(_), _) => "accepted",
            (false, None, _) => "member",
        }
    }
}
