//! Who may be given which scope: all 26 of 2018 and all of today's public page, by each of the four roles. What is expected comes from the
//! data of the facts.

use serde_json::{Value, json};

use super::desk::{Desk, PEOPLE};

fn facts() -> Vec<Value> {
    let facts: Value = serde_json::from_str(include_str!("../../../../corpus/facts/livechat_scopes.json")).unwrap();
    facts["scopes"].as_array().unwrap().clone()
}

/// docs/livechat.md, Scopes: a scope's role is a minimum; the Accounts product's member is everybody, its owner the owner alone; what is
/// not assigned to any role is given to nobody by name.
fn lowest_rank(fact: &Value) -> usize {
    match fact["permission"].as_str().unwrap() {
        "normal" | "member" => 0,
        "administrator" => 1,
        "owner" => 3,
        "not assigned to any role" => 4,
        other => panic!("{other}"),
    }
}

async fn compare(desk: &Desk, facts: &[&Value]) -> usize {
    let mut compared = 0;
    for fact in facts {
        let scope = fact["scope"].as_str().unwrap();
        for (rank, (account, role)) in PEOPLE.iter().enumerate() {
            let answer = desk.ask_token(account, &[scope], None).await;
            let body = answer.json();
            if rank >= lowest_rank(fact) {
                assert_eq!(answer.status, 201, "{role} {scope}: {body}");
                assert_eq!(body["scopes"], json!([scope]));
            } else {
                let who = match PEOPLE.get(lowest_rank(fact)) {
                    Some((_, lowest)) => format!("at least {lowest}"),
                    None => "no role may".to_owned(),
                };
                let text = format!("scopes: the role {role} may not hold {scope} ({who})");
                assert_eq!(answer.status, 400, "{role} {scope}: {body}");
                assert_eq!(body["error"], json!({"code": "role_too_low", "message": text, "field": "scopes", "value": scope}));
            }
            compared += 1;
        }
    }
    compared
}

/// The list of February 2018 (livechat/chat.io-docs at 453bbd8, authorization/scopes.md).
#[tokio::test]
async fn scopes_of_2018_are_given_by_the_roles_of_2018() {
    let desk = Desk::new().await;
    let facts = facts();
    let of_2018: Vec<&Value> = facts.iter().filter(|fact| fact["in_2018"] == true).collect();
    assert_eq!(compare(&desk, &of_2018).await, 26 * 4);
}

/// Today's public page, "Authorization scopes".
#[tokio::test]
async fn scopes_of_today_are_given_by_the_roles_of_today() {
    let desk = Desk::new().await;
    let facts = facts();
    let public: Vec<&Value> = facts.iter().filter(|fact| fact["on_public_page_2026"] == true).collect();
    assert_eq!(compare(&desk, &public).await, 53 * 4);
}

/// docs/livechat.md, Scopes: private scopes cannot be selected; an app may give them to a role, and then they can.
#[tokio::test]
async fn private_scopes_are_nobodys_until_the_app_says_so() {
    let desk = Desk::new().await;
    let refused = desk.ask_token("olivia", &["subscription.lc:rw"], None).await.json();
    assert_eq!(refused["error"]["message"], "scopes: the role owner may not hold subscription.lc:rw (no role may)");
    desk.change(json!({"change": "grants_put", "layer": "role", "level": ".app", "role": "normal", "grants": ["subscription.lc:rw"]}))
        .await;
    assert_eq!(desk.ask_token("nick", &["subscription.lc:rw"], None).await.status, 201);
}

/// docs/livechat.md, Scopes: unknown names are refused, not guessed; those that the vendor's own docs misspell, too.
#[tokio::test]
async fn unknown_names_are_refused_with_the_nearest_known() {
    let desk = Desk::new().await;
    let meta: Value = serde_json::from_str(include_str!("../../../../corpus/facts/livechat_scopes.json")).unwrap();
    for typo in meta["meta"]["doc_typos_not_scopes"].as_array().unwrap() {
        let answer = desk.ask_token("olivia", &[typo.as_str().unwrap()], None).await;
        assert_eq!(answer.status, 400, "{typo}");
        assert_eq!(answer.json()["error"]["code"], "unknown_scope", "{typo}");
    }
    let one = desk.ask_token("olivia", &["chats--all:ro", "agents-all:rw"], None).await;
    assert_eq!(
        one.json(),
        json!({"error": {
            "code": "unknown_scope", "message": "scopes: there is no scope 'agents-all:rw'; did you mean 'agents--all:rw'?",
            "field": "scopes", "value": "agents-all:rw", "nearest": "agents--all:rw",
        }})
    );
}
