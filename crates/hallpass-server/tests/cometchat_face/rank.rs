//! Who may act on whom: docs/cometchat.md, Groups and members, and docs/catalogues.md, Rank. All cells, with the REST key on behalf of the
//! actor and with the actor's own token.

use axum::http::Method;
use serde_json::{Value, json};

use super::client::{Comet, From, Reply, each};

/// Rows: actor and target (participant, moderator, admin, owner). Columns: kick, ban, and giving participant, moderator, admin.
/// `ok`: it happens. `same`: allowed, and the target has that scope already.
const TABLE: &str = "
    paul pia   DENIED        DENIED        NO_MODERATOR  NO_MODERATOR  NO_MODERATOR
    paul milo  DENIED        DENIED        NO_MODERATOR  NO_MODERATOR  NO_MODERATOR
    paul abe   DENIED        DENIED        NO_MODERATOR  NO_MODERATOR  NO_MODERATOR
    paul olga  DENIED        DENIED        NO_MODERATOR  NO_MODERATOR  NO_MODERATOR
    mona pia   ok            ok            same          ok            NO_ADMIN
    mona milo  NO_CLEARANCE  NO_CLEARANCE  NO_SCOPE      NO_SCOPE      NO_ADMIN
    mona abe   NO_CLEARANCE  NO_CLEARANCE  NO_SCOPE      NO_SCOPE      NO_ADMIN
    mona olga  NO_CLEARANCE  NO_CLEARANCE  NO_CLEARANCE  NO_CLEARANCE  NO_CLEARANCE
    adam pia   ok            ok            same          ok            ok
    adam milo  ok            ok            ok            same          ok
    adam abe   NO_CLEARANCE  NO_CLEARANCE  ok            ok            same
    adam olga  NO_CLEARANCE  NO_CLEARANCE  NO_CLEARANCE  NO_CLEARANCE  NO_CLEARANCE
    olga pia   ok            ok            same          ok            ok
    olga milo  ok            ok            ok            same          ok
    olga abe   ok            ok            ok            ok            same
    olga olga  SELF          SELF          SELF          SELF          SELF
";

/// What a column does, and what it gives.
const COLUMNS: [(&str, Option<&str>); 5] =
    [("kick", None), ("ban", None), ("scope", Some("participant")), ("scope", Some("moderator")), ("scope", Some("admin"))];

const PEOPLE: &[&str] = &["olga", "adam", "abe", "mona", "milo", "paul", "pia"];

fn code_of(word: &str) -> &'static str {
    match word {
        "DENIED" => "ERR_PERMISSION_DENIED",
        "NO_MODERATOR" => "ERR_GROUP_NO_MODERATOR_SCOPE",
        "NO_ADMIN" => "ERR_GROUP_NO_ADMIN_SCOPE",
        "NO_SCOPE" => "ERR_GROUP_NO_SCOPE_CLEARANCE",
        "NO_CLEARANCE" => "ERR_GROUP_NO_CLEARANCE",
        "SELF" => "ERR_GROUP_NO_SELF_ACTION",
        "same" => "ERR_SAME_SCOPE",
        other => panic!("what is {other}?"),
    }
}

async fn group(comet: &Comet, guid: &str) {
    let members = json!({"admins": ["adam", "abe"], "moderators": ["mona", "milo"], "participants": ["paul", "pia"]});
    comet.post("/groups", json!({"guid": guid, "name": guid, "type": "public", "owner": "olga", "members": members})).await.data();
}

async fn act(comet: &Comet, from: From<'_>, guid: &str, target: &str, what: (&str, Option<&str>)) -> Reply {
    let member = format!("/groups/{guid}/members/{target}");
    match what {
        ("kick", _) => comet.call(from, Method::DELETE, &member, None).await,
        ("ban", _) => comet.call(from, Method::POST, &format!("/groups/{guid}/bannedusers/{target}"), None).await,
        (_, scope) => comet.call(from, Method::PUT, &member, Some(json!({ "scope": scope }))).await,
    }
}

async fn scope(comet: &Comet, guid: &str, uid: &str) -> Option<String> {
    let members = comet.get(&format!("/groups/{guid}/members")).await.data();
    members.as_array().unwrap().iter().find(|member| member["uid"] == uid)?["scope"].as_str().map(str::to_owned)
}

/// One cell, before and after.
async fn cell(comet: &Comet, from: From<'_>, guid: &str, target: &str, what: (&str, Option<&str>), expected: &str) {
    group(comet, guid).await;
    let before = scope(comet, guid, target).await;
    let reply = act(comet, from, guid, target, what).await;
    let (status, body) = (reply.0.status.as_u16(), reply.0.json());
    let after = scope(comet, guid, target).await;
    let banned = each(&comet.get(&format!("/groups/{guid}/bannedusers")).await.data(), "uid");
    if expected == "ok" {
        assert_eq!(status, 200, "{body}");
        match what {
            ("kick", _) => assert_eq!((after, banned.len()), (None, 0)),
            ("ban", _) => assert_eq!((after, banned), (None, vec![target.to_owned()])),
            (_, given) => {
                assert_eq!(after.as_deref(), given);
                assert_eq!((&body["data"]["scope"], &body["data"]["uid"]), (&json!(given), &json!(target)));
            }
        }
    } else {
        assert_eq!((&body["error"]["code"], status), (&Value::from(code_of(expected)), if expected == "same" { 409 } else { 403 }));
        assert_eq!((after, banned.len()), (before, 0), "what is refused changes nothing");
    }
}

async fn all_cells(by_token: bool) {
    let comet = Comet::with_users(PEOPLE).await;
    for (at, row) in TABLE.lines().map(str::trim).filter(|line| !line.is_empty()).enumerate() {
        let words: Vec<&str> = row.split_whitespace().collect();
        let (actor, target) = (words[0], words[1]);
        assert_eq!(words.len(), 2 + COLUMNS.len());
        let token = comet.token(actor).await;
        for (column, what) in COLUMNS.into_iter().enumerate() {
            let from = if by_token { From::Token(&token) } else { From::OnBehalf(actor) };
            cell(&comet, from, &format!("g{at}-{column}"), target, what, words[2 + column]).await;
        }
    }
}

#[tokio::test]
async fn who_may_act_on_whom_by_key_on_behalf_of_the_actor() {
    all_cells(false).await;
}

#[tokio::test]
async fn who_may_act_on_whom_by_token() {
    all_cells(true).await;
}

/// 5.4: "Unban: moderator, admin, owner."
#[tokio::test]
async fn moderators_and_above_lift_bans_and_see_them() {
    let comet = Comet::with_users(PEOPLE).await;
    for (actor, may) in [("paul", false), ("mona", true), ("adam", true), ("olga", true)] {
        let guid = format!("g-{actor}");
        group(&comet, &guid).await;
        comet.post(&format!("/groups/{guid}/bannedusers/pia"), json!({})).await.data();
        let listed = comet.call(From::OnBehalf(actor), Method::GET, &format!("/groups/{guid}/bannedusers"), None).await;
        let lifted = comet.call(From::OnBehalf(actor), Method::DELETE, &format!("/groups/{guid}/bannedusers/pia"), None).await;
        if may {
            assert_eq!(each(&listed.data(), "uid"), ["pia"]);
            assert_eq!(lifted.data()["success"], true);
            let again = comet.delete(&format!("/groups/{guid}/bannedusers/pia"), None).await;
            assert_eq!(again.code(), (400, "ERR_NOT_A_BANNED_USER".to_owned()));
        } else {
            assert_eq!(listed.code(), (403, "ERR_PERMISSION_DENIED".to_owned()));
            assert_eq!(lifted.code(), (403, "ERR_PERMISSION_DENIED".to_owned()));
        }
    }
}

/// A scope permission that narrows (`allowedScopes`) is a permission, and says so; rank keeps its own codes.
#[tokio::test]
async fn a_refusal_of_a_narrowed_permission_is_none_of_rank() {
    let comet = Comet::with_users(PEOPLE).await;
    group(&comet, "club").await;
    let set = json!({"permissions": {"kickMembers.allowedScopes": ["moderator"]}});
    comet.put("/groups/club/scopes/admin/permissions", set).await.data();
    let kick = async |target| act(&comet, From::OnBehalf("adam"), "club", target, ("kick", None)).await;
    assert_eq!(kick("pia").await.code(), (403, "ERR_PERMISSION_DENIED".to_owned()));
    assert_eq!(kick("abe").await.code(), (403, "ERR_GROUP_NO_CLEARANCE".to_owned()));
    assert_eq!(kick("milo").await.data()["success"], true);
}

/// 5.5, 1 and 2: moderators do not update the group, admins do not delete it; the owner, whom SBAC does not bind, does both.
#[tokio::test]
async fn contradictions_of_the_sources_are_decided_by_the_defaults_of_sbac() {
    let comet = Comet::with_users(PEOPLE).await;
    group(&comet, "club").await;
    let edit = async |actor| comet.call(From::OnBehalf(actor), Method::PUT, "/groups/club", Some(json!({"name": actor}))).await;
    let delete = async |actor| comet.call(From::OnBehalf(actor), Method::DELETE, "/groups/club", None).await;
    for actor in ["paul", "mona"] {
        assert_eq!(edit(actor).await.code(), (403, "ERR_PERMISSION_DENIED".to_owned()));
    }
    assert_eq!(edit("adam").await.data()["name"], "adam");
    for scope in ["admin", "moderator", "participant"] {
        comet.put(&format!("/groups/club/scopes/{scope}/permissions"), json!({"permissions": {"editGroup": "deny"}})).await.data();
    }
    assert_eq!(edit("adam").await.code(), (403, "ERR_PERMISSION_DENIED".to_owned()));
    assert_eq!(edit("olga").await.data()["name"], "olga");
    for actor in ["paul", "mona", "adam"] {
        assert_eq!(delete(actor).await.code(), (403, "ERR_PERMISSION_DENIED".to_owned()));
    }
    assert_eq!(delete("olga").await.data()["success"], true);
    assert_eq!(comet.get("/groups/club").await.code(), (404, "ERR_GUID_NOT_FOUND".to_owned()));
}

/// 5.3: the owner passes on before leaving, and stays an admin whoever asks.
#[tokio::test]
async fn the_owner_stays_an_admin_and_leaves_after_passing_on() {
    let comet = Comet::with_users(PEOPLE).await;
    group(&comet, "club").await;
    for what in [("kick", None), ("ban", None), ("scope", Some("participant"))] {
        assert_eq!(act(&comet, From::App, "club", "olga", what).await.code(), (403, "ERR_GROUP_NO_CLEARANCE".to_owned()));
    }
    let token = comet.token("olga").await;
    let leave = async || comet.call(From::Token(&token), Method::DELETE, "/groups/club/members", None).await;
    let pass_to = async |actor, owner: &str| {
        comet.call(From::OnBehalf(actor), Method::PATCH, "/groups/club/owner", Some(json!({ "owner": owner }))).await
    };
    assert_eq!(leave().await.code(), (403, "ERR_OWNER_EXIT_FORBIDDEN".to_owned()));
    assert_eq!(pass_to("adam", "adam").await.code(), (403, "ERR_GROUP_NO_CLEARANCE".to_owned()));
    assert_eq!(pass_to("olga", "olga").await.code(), (403, "ERR_GROUP_NO_SELF_ACTION".to_owned()));
    comet.delete("/groups/club/members/milo", None).await.data();
    assert_eq!(pass_to("olga", "milo").await.code(), (403, "ERR_NOT_A_MEMBER".to_owned()));
    assert_eq!(pass_to("olga", "pia").await.data()["success"], true);
    assert_eq!(comet.get("/groups/club").await.data()["owner"], "pia");
    assert_eq!(scope(&comet, "club", "pia").await.as_deref(), Some("admin"));
    assert_eq!(scope(&comet, "club", "olga").await.as_deref(), Some("admin"));
    assert_eq!(leave().await.data()["success"], true);
    // Added again, whoever was the owner is what they are added as; whoever is the owner is an admin.
    comet.post("/groups/club/members", json!({"participants": ["olga"]})).await.data();
    assert_eq!(scope(&comet, "club", "olga").await.as_deref(), Some("participant"));
}
