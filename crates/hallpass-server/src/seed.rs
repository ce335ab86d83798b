//! The first facts of an app: what its keys stand for, and, in a demo app, a few people to ask about.

use std::collections::BTreeSet;

use hallpass::{Change, Channel, ChannelId, Client, Member, Profile, Token, User};

use crate::record::{AppRecord, VendorKeys};

/// Facts without which an app's own keys would stand for nobody. LiveChat: the owner's account, the OAuth client with every scope, and
/// the owner's personal access token with every scope; the secrets themselves are no facts.
pub(crate) fn first_facts(profile: &Profile, record: &AppRecord) -> Vec<Change> {
    let VendorKeys::Livechat { client_id, account_id, pat_id, .. } = &record.vendor else { return Vec::new() };
    let scopes: BTreeSet<String> = profile
        .catalogue()
        .permissions
        .iter()
        .filter(|permission| permission.layers.is_empty() || permission.layers.iter().any(|layer| layer == "token"))
        .map(|permission| permission.id.clone())
        .collect();
    vec![
        Change::UserPut(user(account_id, &["owner"])),
        Change::ClientPut(Client { id: client_id.clone(), scopes: scopes.clone() }),
        Change::TokenPut(Token { id: pat_id.clone(), user: account_id.clone(), client: None, scopes, expires_at: None }),
    ]
}

/// The people of a demo app. Ana made the room and Ben and Mia are in it, Mia to keep order; Zoe is not.
pub(crate) fn demo_facts(profile: &str) -> Vec<Change> {
    let (room, keeps_order) = match profile {
        "stream" => ("messaging:general", Some("channel_moderator")),
        "cometchat" => ("group:general", Some("moderator")),
        "livechat" => ("chat:welcome", None),
        _ => return Vec::new(),
    };
    // A literal of the form type:id; without it there would just be no room.
    let Ok(room) = room.parse::<ChannelId>() else { return Vec::new() };
    let member = |user: &str, role: Option<&str>| {
        let roles = role.map(str::to_owned).into_iter().collect();
        Change::MemberPut(Member { channel: room.clone(), user: user.to_owned(), roles, invited: false })
    };
    let people = ["ana", "ben", "mia", "zoe"].map(|id| Change::UserPut(user(id, &[])));
    let channel = Channel { owner: Some("ana".to_owned()), ..Channel::new(room.clone()) };
    let members = [member("ana", None), member("ben", None), member("mia", keeps_order)];
    people.into_iter().chain([Change::ChannelPut(channel)]).chain(members).collect()
}

fn user(id: &str, roles: &[&str]) -> User {
    User { id: id.to_owned(), roles: roles.iter().map(|role| (*role).to_owned()).collect(), ..User::default() }
}
