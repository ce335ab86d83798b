//! Members: added, removed, invited, given roles.

use axum::http::Method;
use serde_json::{Value, json};

use super::client::{BOTH, Dialect, From, Stream, error};

const GENERAL: &str = "/channels/messaging/general";

async fn general(dialect: Dialect) -> Stream {
    let stream = Stream::with_users(dialect, &["ana", "ben", "cleo"]).await;
    stream.channel("messaging", "general", "ana", &["ana"]).await;
    stream
}

fn roles(answer: &Value) -> Vec<(&str, &str)> {
    let members = answer["members"].as_array().unwrap();
    members.iter().map(|member| (member["user_id"].as_str().unwrap(), member["channel_role"].as_str().unwrap())).collect()
}

#[tokio::test]
async fn a_member_is_added_given_roles_and_removed() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        let added = stream.post(GENERAL, json!({"add_members": [{"user_id": "ben"}], "message": null})).await.created();
        // Those that the request was about come first.
        assert_eq!(roles(&added), [("ben", "channel_member"), ("ana", "channel_member")]);
        assert_eq!(added["channel"]["member_count"], 2);
        let mut expected = json!({
            "user_id": "ben", "channel_role": "channel_member", "role": "member", "is_moderator": false, "banned": false, "shadow_banned": false,
            "notifications_muted": false, "created_at": stream.noon(), "updated_at": stream.noon(), "status": "member",
            "user": added["members"][0]["user"],
        });
        if dialect == Dialect::Prefixed {
            expected["custom"] = json!({});
        }
        assert_eq!(added["members"][0], expected);

        let assigned =
            stream.post(GENERAL, json!({"assign_roles": [{"user_id": "ben", "channel_role": "channel_moderator"}]})).await.created();
        assert_eq!(assigned["members"][0]["is_moderator"], true);
        assert_eq!(stream.may_in("ben", "UpdateChannelFrozen", "messaging:general").await, "granted");
        stream.post(GENERAL, json!({"demote_moderators": ["ben"]})).await.created();
        assert_eq!(stream.may_in("ben", "UpdateChannelFrozen", "messaging:general").await, "no_grant");
        // Moderators who were no members become some.
        let promoted = stream.post(GENERAL, json!({"add_moderators": ["cleo"]})).await.created();
        assert_eq!(roles(&promoted)[0], ("cleo", "channel_moderator"));
        // Adding a member again changes nothing but what is said.
        stream.post(GENERAL, json!({"add_members": ["cleo"]})).await.created();
        assert_eq!(stream.may_in("cleo", "UpdateChannelFrozen", "messaging:general").await, "granted");

        stream.post(GENERAL, json!({"remove_members": ["ben", "nobody"]})).await.created();
        assert_eq!(stream.may_in("ben", "ReadChannel", "messaging:general").await, "condition_failed");
    }
}

#[tokio::test]
async fn roles_and_members_that_are_not_there_are_named() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        let refused = async |body: Value| stream.post(GENERAL, body).await.error();
        assert_eq!(
            refused(json!({"assign_roles": [{"user_id": "ben", "channel_role": "channel_moderator"}]})).await,
            error(400, 4, "UpdateChannel", "user 'ben' is not a member of channel 'messaging:general'")
        );
        assert_eq!(
            refused(json!({"assign_roles": [{"user_id": "ana"}]})).await,
            error(400, 4, "UpdateChannel", "assign_roles[0].channel_role: is required")
        );
        let (_, code, message) = refused(json!({"add_members": [{"user_id": "ben", "channel_role": "admin"}]})).await;
        assert_eq!(code, 4);
        assert!(message.contains("role 'admin' is a user-level role and cannot be used as a channel-level role"), "{message}");
        let (_, code, message) = refused(json!({"add_members": [{"user_id": "ben", "channel_role": "chanel_moderator"}]})).await;
        assert_eq!(code, 4);
        assert!(message.contains("did you mean 'channel_moderator'?"), "{message}");
        assert_eq!(
            refused(json!({"add_members": ["nobody"]})).await,
            error(400, 4, "UpdateChannel", "these users are named and do not exist: [nobody]; create them first")
        );
        assert_eq!(refused(json!({"add_members": [7]})).await.1, 4);
        assert_eq!(refused(json!({"add_members": (0..101).map(|at| format!("u{at}")).collect::<Vec<_>>()})).await.1, 4);
        assert_eq!(refused(json!({"accept_invite": true, "user_id": "ana"})).await.1, 4);
        assert_eq!(roles(&stream.post(GENERAL, json!({})).await.created()), [("ana", "channel_member")]);
    }
}

#[tokio::test]
async fn an_invitation_holds_nothing_until_accepted() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        let invited = stream.post(GENERAL, json!({"invites": [{"user_id": "ben"}, {"user_id": "cleo"}]})).await.created();
        assert_eq!((&invited["members"][0]["invited"], &invited["members"][0]["status"]), (&json!(true), &json!("pending")));
        assert_eq!(stream.may_in("ben", "ReadChannel", "messaging:general").await, "condition_failed");

        let accepted = stream.call(From::User("ben"), Method::POST, GENERAL, Some(json!({"accept_invite": true}))).await.created();
        assert_eq!(accepted["members"][0]["invite_accepted_at"], stream.noon());
        assert_eq!(stream.may_in("ben", "ReadChannel", "messaging:general").await, "granted");
        let rejected = stream.post(GENERAL, json!({"reject_invite": true, "user_id": "cleo"})).await.created();
        assert_eq!(
            (&rejected["members"][0]["invite_rejected_at"], &rejected["members"][0]["status"]),
            (&stream.noon(), &json!("rejected"))
        );
        assert_eq!(stream.may_in("cleo", "ReadChannel", "messaging:general").await, "condition_failed");
        // An accepted invitation is no invitation any more.
        assert_eq!(
            stream.call(From::User("ben"), Method::POST, GENERAL, Some(json!({"accept_invite": true}))).await.error(),
            error(400, 4, "UpdateChannel", "user 'ben' has no open invitation to channel 'messaging:general'")
        );
        assert_eq!(stream.post(GENERAL, json!({"accept_invite": true})).await.error().1, 4);
    }
}

#[tokio::test]
async fn a_member_notes_things_about_their_own_membership() {
    for dialect in BOTH {
        let stream = general(dialect).await;
        stream.post(GENERAL, json!({"add_members": ["ben"]})).await.created();
        let own = format!("{GENERAL}/member");
        let set = Some(json!({"set": {"pinned": true, "color": "red"}}));
        let noted = stream.call(From::User("ben"), Method::PATCH, &own, set.clone()).await.ok()["channel_member"].clone();
        assert_eq!(noted["pinned_at"], stream.noon());
        let custom = if dialect == Dialect::Flat { &noted["color"] } else { &noted["custom"]["color"] };
        assert_eq!(custom, "red");
        let unset = json!({"set": {"pinned": false}, "unset": ["color"]});
        let unset = stream.patch(&format!("{own}/ben"), unset).await.ok()["channel_member"].clone();
        assert_eq!((unset.get("pinned_at"), unset.get("color")), (None, None));

        // Somebody else's is for who may change members; its role is for the back end.
        let others = format!("{own}?user_id=ben");
        stream.call(From::User("ana"), Method::PATCH, &others, set.clone()).await.ok();
        assert_eq!(stream.call(From::User("cleo"), Method::PATCH, &others, set).await.error().1, 17);
        let role = json!({"set": {"channel_role": "channel_moderator"}});
        assert_eq!(
            stream.call(From::User("ben"), Method::PATCH, &own, Some(role.clone())).await.error(),
            error(403, 17, "UpdateMemberPartial", "changing channel roles is only allowed with server-side authentication")
        );
        assert_eq!(stream.patch(&others, role).await.ok()["channel_member"]["is_moderator"], true);
        assert_eq!(stream.patch(&format!("{own}/cleo"), json!({})).await.error().1, 16);
        assert_eq!(stream.patch(&own, json!({})).await.error().1, 4);
        assert_eq!(stream.patch(&others, json!({"set": {"banned": true}})).await.error().1, 4);
    }
}
