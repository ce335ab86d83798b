//! LiveChat's catalogue: its scopes, who may hold them, what contains what, and what each method asks.

use std::collections::BTreeSet;

use hallpass::Catalogue;

use super::{asked, docs_table, held, livechat, permissions};

/// The scopes of the February 2018 list with their minimum role.
const LIVECHAT_2018: [(&str, &str); 26] = [
    ("chats--all:read", "normal"),
    ("chats--my:read", "normal"),
    ("chats.conversation--all:write", "normal"),
    ("chats.conversation--my:write", "normal"),
    ("chats.meta--all:write", "administrator"),
    ("chats.meta--my:write", "normal"),
    ("multicast:write", "normal"),
    ("customers.ban:write", "normal"),
    ("customers.identity--manage", "administrator"),
    ("customers:read", "normal"),
    ("customers:write", "normal"),
    ("agents--my:write", "normal"),
    ("agents--all:write", "administrator"),
    ("auto_chat_scopes:read", "administrator"),
    ("auto_chat_scopes:write", "administrator"),
    ("properties--my:read", "administrator"),
    ("properties--my:write", "administrator"),
    ("properties--all:read", "administrator"),
    ("webhooks--my:read", "administrator"),
    ("webhooks--my:write", "administrator"),
    ("webhooks--all:read", "administrator"),
    ("webhooks--all:write", "administrator"),
    ("agents-bot--my:read", "administrator"),
    ("agents-bot--my:write", "administrator"),
    ("agents-bot--all:read", "administrator"),
    ("agents-bot--all:write", "administrator"),
];

#[test]
fn holds_the_scopes_of_2018_with_their_roles() {
    let catalogue = livechat();
    let normal = held(&catalogue, "role", ".app", "normal");
    let administrator = held(&catalogue, "role", ".app", "administrator");
    for (scope, role) in LIVECHAT_2018 {
        assert!(permissions(&catalogue).contains(scope), "{scope}");
        assert!(administrator.contains(scope), "{scope}");
        assert_eq!(normal.contains(scope), role == "normal", "{scope}");
    }
    assert_eq!(LIVECHAT_2018.iter().filter(|(_, role)| *role == "normal").count(), 10);
}

#[test]
fn roles_build_on_each_other() {
    let catalogue = livechat();
    let roles = ["normal", "administrator", "viceowner", "owner"].map(|role| held(&catalogue, "role", ".app", role));
    assert_eq!(roles.each_ref().map(BTreeSet::len), [36, 106, 106, 107]);
    assert!(roles[0].is_subset(&roles[1]));
    assert_eq!(roles[1], roles[2]);
    assert_eq!(roles[3].difference(&roles[2]).copied().collect::<Vec<_>>(), ["organization--my:rw"]);
    let nobody: Vec<&str> = permissions(&catalogue).difference(&roles[3]).copied().collect();
    assert_eq!(nobody, ["sessions--all:rw", "subscription.lc:rw", "tags--all:ro", "tags--groups:rw"]);
    assert!(!catalogue.default_grants.contains_key("token") && !catalogue.default_grants.contains_key("client"));
}

/// docs/livechat.md, Tokens: what tokens of bots carry.
#[test]
fn bots_hold_what_their_tokens_carry() {
    let catalogue = livechat();
    assert_eq!(held(&catalogue, "role", ".app", "bot"), BTreeSet::from(["agents-bot--my:rw", "chats--access:rw", "customers:rw"]));
}

#[test]
fn scopes_are_as_the_docs_list_them() {
    let catalogue = livechat();
    let holders = ["normal", "administrator", "viceowner", "owner"].map(|role| (role, held(&catalogue, "role", ".app", role)));
    let mut listed = BTreeSet::new();
    for [scope, lowest, contains, source] in docs_table("| scope | lowest role | contains | known from |") {
        let scope = scope.trim_matches('`');
        let spec = catalogue.permissions.iter().find(|spec| spec.id == scope).unwrap_or_else(|| panic!("no {scope}"));
        let expected: &[&str] = match lowest.as_str() {
            "normal" => &["normal", "administrator", "viceowner", "owner"],
            "administrator" => &["administrator", "viceowner", "owner"],
            "owner" => &["owner"],
            _ => &[],
        };
        let found: Vec<&str> = holders.iter().filter(|(_, scopes)| scopes.contains(scope)).map(|(role, _)| *role).collect();
        assert_eq!(found, expected, "{scope}");
        let inner: Vec<&str> = contains.split(", ").map(|id| id.trim_matches('`')).filter(|id| *id != "–").collect();
        assert_eq!(spec.contains, inner, "{scope}");
        assert_eq!(spec.unlisted, source == "by methods", "{scope}");
        assert_eq!(LIVECHAT_2018.iter().any(|(id, _)| *id == scope), source == "2018", "{scope}");
        listed.insert(scope.to_owned());
    }
    assert_eq!(listed.iter().map(String::as_str).collect::<BTreeSet<_>>(), permissions(&catalogue));
}

/// What a scope holds besides itself, all the way down.
fn closure<'a>(catalogue: &'a Catalogue, scope: &'a str) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut next = vec![scope];
    while let Some(id) = next.pop() {
        let spec = catalogue.permissions.iter().find(|spec| spec.id == id).unwrap_or_else(|| panic!("no {id}"));
        next.extend(spec.contains.iter().map(String::as_str).filter(|inner| found.insert(*inner)));
    }
    found
}

#[test]
fn wider_scopes_contain_narrower_ones() {
    let catalogue = livechat();
    let holds = |scope: &'static str| closure(&catalogue, scope);
    assert_eq!(
        holds("chats--all:rw"),
        BTreeSet::from(["chats--all:ro", "chats--access:rw", "chats--access:ro", "chats--my:rw", "chats--my:ro"])
    );
    assert!(holds("chats.conversation--access:rw").contains("chats--my:ro"));
    assert!(!holds("chats.conversation--access:rw").contains("chats--my:rw"));
    assert!(!holds("chats--all:rw").contains("chats.conversation--my:rw"));
    assert!(holds("groups--all:rw").contains("groups--my:ro"));
    assert!(holds("tags--all:rw").contains("tags--groups:rw"));
    assert_eq!(holds("accounts--all:rc"), BTreeSet::from(["accounts--all:ro", "accounts--my:ro"]));
    assert!(holds("customers:rw").contains("customers:ro"));
    assert!(holds("customers:rw").is_disjoint(&BTreeSet::from(["customers.ban:rw", "customers:own"])));
    // Those of 2018: only the reach, and nothing from write to read.
    assert_eq!(holds("chats--all:read"), BTreeSet::from(["chats--my:read"]));
    assert_eq!(holds("chats.conversation--all:write"), BTreeSet::from(["chats.conversation--my:write"]));
    for (scope, _) in LIVECHAT_2018.iter().filter(|(scope, _)| scope.ends_with(":write")) {
        assert!(closure(&catalogue, scope).iter().all(|inner| inner.ends_with(":write")), "{scope}");
    }
    for delete_only in ["agents-bot--all:write", "webhooks--all:write"] {
        assert_eq!(closure(&catalogue, delete_only), BTreeSet::new(), "{delete_only}");
    }
}

#[test]
fn writing_all_bots_or_webhooks_means_removing() {
    let catalogue = livechat();
    let taking = |scope: &str| -> Vec<&str> {
        let ways = |action: &&hallpass::ActionSpec| action.any_of.iter().any(|way| way.all.iter().any(|id| id == scope));
        catalogue.actions.iter().filter(ways).map(|action| action.name.as_str()).collect()
    };
    assert_eq!(taking("agents-bot--all:write"), ["delete_bot"]);
    assert_eq!(taking("webhooks--all:write"), ["unregister_webhook"]);
    assert_eq!(taking("webhooks--all:rw"), ["unregister_webhook"]);
    assert_eq!(taking("agents-bot--all:rw"), ["set_bot_routing_status", "set_ai_agent_routing_status", "update_bot", "delete_bot"]);
}

#[test]
fn reach_decides_the_condition() {
    let catalogue = livechat();
    let exceptions = [
        "start_chat",
        "start_chat_with_users",
        "add_user_to_chat",
        "remove_user_from_chat",
        "set_ai_agent_routing_status",
        "create_invitation",
    ];
    for action in catalogue.actions.iter().filter(|action| !exceptions.contains(&action.name.as_str())) {
        for (ids, when) in asked(&catalogue, &action.name) {
            for id in ids {
                let (resource, reach) =
                    id.split_once("--").map_or((id, ""), |(resource, rest)| (resource, rest.split(':').next().unwrap_or("")));
                let expected: &[&str] = match (reach, resource.split('.').next().unwrap_or("")) {
                    ("my", "chats") => &["[member]"],
                    ("my", "organization") => &["[]"],
                    ("my", "agents" | "accounts" | "sessions") => &["[owner]"],
                    ("my" | "groups", "groups" | "tags" | "canned_responses") => &["[same_team]"],
                    ("my", _) => &["[own_namespace]"],
                    ("access", _) => &["[access]", "[member]"],
                    _ => &["[]"],
                };
                assert!(expected.contains(&when.as_str()), "{}: {id} when {when}", action.name);
            }
        }
    }
}

#[test]
fn ways_that_stand_alone() {
    let catalogue = livechat();
    let pairs = vec![
        (vec!["agents--my:rw", "accounts--my:rw"], "[owner]".to_owned()),
        (vec!["agents--all:rw", "accounts--all:rw"], "[]".to_owned()),
        (vec!["agents--all:write"], "[]".to_owned()),
    ];
    assert_eq!(asked(&catalogue, "delete_agent"), pairs);
    assert_eq!(asked(&catalogue, "list_routing_statuses"), [(vec!["agents--all:ro", "agents-bot--all:ro"], "[]".to_owned())]);
    let free: Vec<&str> = catalogue.actions.iter().filter(|action| action.any_of.is_empty()).map(|action| action.name.as_str()).collect();
    assert_eq!(
        free,
        [
            "unfollow_chat",
            "upload_file",
            "unfollow_customer",
            "list_agents_for_transfer",
            "get_license_info",
            "login",
            "logout",
            "update_session",
            "change_push_notifications",
            "request_agent_unsuspension",
            "issue_bot_token",
            "list_webhook_names",
            "list_channels",
            "get_product_source",
            "get_license_id",
            "get_organization_id",
        ]
    );
}
