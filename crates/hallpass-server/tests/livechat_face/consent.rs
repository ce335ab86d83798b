//! The consent page, and where it sends the browser.

use serde_json::json;

use super::desk::{APP, BACK, Desk, cookie, encode, hidden, query, sent_back};

/// What `page` shows as problem, without its marks.
fn problem(page: &str) -> &str {
    page.split_once("role=\"alert\">").unwrap().1.split('<').next().unwrap()
}

#[tokio::test]
async fn nick_reads_what_he_gives_and_gives_it() {
    let desk = Desk::new().await;
    let client = desk.client("javascript_app", &["chats--access:rw", "customers:ro"]).await;
    let pat = desk.pat("nick", &["chats--access:rw", "customers:ro"]).await;
    let query = query(&client, "chats--access:rw");

    let login = desk.get(&format!("/v2/authorize?{}", encode(&query)), "").await;
    assert_eq!(login.status, 200);
    assert!(login.text().contains("Night shift") && login.text().contains("app.example.com"));
    let cookie_header = login.header("set-cookie").unwrap();
    for attribute in ["HttpOnly", "SameSite=Strict", "Path=/v2/authorize", "Secure"] {
        assert!(cookie_header.contains(attribute), "{cookie_header}");
    }
    let policy = login.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    assert!(policy.contains("frame-ancestors 'none'") && policy.contains("form-action 'self' https://app.example.com;"), "{policy}");
    assert_eq!((login.header("cache-control"), login.header("x-frame-options")), (Some("no-store"), Some("DENY")));

    let fields = [("step", "login"), ("ticket", &hidden(login.text(), "ticket")), ("account_id", "nick"), ("secret", &pat)];
    let consent = desk.form("/v2/authorize", &fields, &[("cookie", &cookie(&login))]).await;
    assert_eq!(consent.status, 200, "{}", consent.text());
    // In words, with what it opens; nothing that was not asked for.
    assert!(consent.text().contains("<code>chats--access:rw</code>") && consent.text().contains("<code>send_event</code>"));
    assert!(!consent.text().contains("customers:ro"));
    assert!(!consent.text().contains(&pat));

    let fields = [("step", "consent"), ("ticket", &hidden(consent.text(), "ticket")), ("decision", "allow")];
    let back = desk.form("/v2/authorize", &fields, &[("cookie", &cookie(&login))]).await;
    assert_eq!(back.status, 303);
    let back = sent_back(&back);
    assert_eq!((back["state"].as_str(), back["iss"].as_str()), ("s-1", "https://pdp.example.com"));
    assert!(back["code"].starts_with("dal:"));
}

/// docs/livechat.md, The OAuth dance: administrator scopes asked of an agent give `invalid_scope`, and never a narrower token.
#[tokio::test]
async fn a_role_too_low_gives_invalid_scope_and_nothing_less() {
    let desk = Desk::new().await;
    let client = desk.client("javascript_app", &["chats--all:rw", "customers:ro"]).await;
    let pat = desk.pat("nick", &["chats--access:rw", "customers:ro"]).await;
    let page = desk.dance(&query(&client, "chats--all:rw customers:ro"), "nick", &pat, "allow").await;
    assert_eq!(page.status, 403);
    assert!(page.text().contains("Refused: it takes at least the role administrator.") && page.text().contains("What you could give"));
    let link = page.text().split_once("href=\"").unwrap().1.split('"').next().unwrap().replace("&amp;", "&");
    let back = super::desk::decode(link.split_once('?').unwrap().1);
    assert!(link.starts_with(&format!("{BACK}?")));
    assert_eq!((back["error"].as_str(), back["oauth_exception"].as_str()), ("invalid_scope", "invalid_scope"));
    assert_eq!(back["error_description"], "the role normal may not hold chats--all:rw (at least administrator)");
    assert_eq!(back.get("code"), None);
    // Ada may.
    let pat = desk.pat("ada", &["chats--all:rw", "customers:ro"]).await;
    desk.code(&query(&client, "chats--all:rw customers:ro"), "ada", &pat).await;
}

/// The role may change while the page is open.
#[tokio::test]
async fn what_counts_is_the_role_at_the_moment_of_consent() {
    let desk = Desk::new().await;
    let client = desk.client("javascript_app", &["agents--all:rw"]).await;
    let pat = desk.pat("ada", &["agents--all:rw"]).await;
    let login = desk.get(&format!("/v2/authorize?{}", encode(&query(&client, "agents--all:rw"))), "").await;
    let browser = cookie(&login);
    let fields = [("step", "login"), ("ticket", &hidden(login.text(), "ticket")), ("account_id", "ada"), ("secret", &pat)];
    let consent = desk.form("/v2/authorize", &fields, &[("cookie", &browser)]).await;
    desk.role("ada", "normal").await;
    let fields = [("step", "consent"), ("ticket", &hidden(consent.text(), "ticket")), ("decision", "allow")];
    assert_eq!(desk.form("/v2/authorize", &fields, &[("cookie", &browser)]).await.status, 403);
}

#[tokio::test]
async fn a_token_gives_away_no_more_than_it_holds() {
    let desk = Desk::new().await;
    let client = desk.client("javascript_app", &["agents--all:rw", "chats--my:ro"]).await;
    let narrow = desk.pat("ada", &["chats--all:ro"]).await;
    let page = desk.dance(&query(&client, "agents--all:rw chats--my:ro"), "ada", &narrow, "allow").await;
    assert_eq!(page.status, 403);
    assert!(page.text().contains("the personal access token that you logged in with does not hold it"));
    desk.code(&query(&client, "chats--my:ro"), "ada", &narrow).await;
}

#[tokio::test]
async fn whoever_says_no_is_believed() {
    let desk = Desk::new().await;
    let client = desk.client("javascript_app", &["chats--access:ro"]).await;
    let pat = desk.pat("nick", &["chats--access:ro"]).await;
    let back = desk.dance(&query(&client, "chats--access:ro"), "nick", &pat, "deny").await;
    assert_eq!((back.status.as_u16(), sent_back(&back)["error"].as_str()), (303, "access_denied"));
}

/// While it is not certain where the client lives, the browser is sent nowhere.
#[tokio::test]
async fn a_wrong_address_is_told_here_and_all_else_at_the_client() {
    let desk = Desk::new().await;
    let client = desk.client("javascript_app", &["chats--access:ro"]).await;
    let with = |name: &'static str, value: &'static str| {
        let mut pairs = query(&client, "chats--access:ro");
        pairs.retain(|(known, _)| *known != name);
        if !value.is_empty() {
            pairs.push((name, value));
        }
        format!("/v2/authorize?{}", encode(&pairs))
    };
    for (name, value, code) in [
        ("client_id", "nobody", "client_id_not_found"),
        ("client_id", "", "client_id_not_found"),
        ("redirect_uri", "", "redirect_uri_not_set"),
        ("redirect_uri", "https://evil.example.com/back", "invalid_redirect_uri"),
        ("redirect_uri", "https://app.example.com/backdoor", "invalid_redirect_uri"),
        ("redirect_uri", "https://app.example.com/back/../x", "invalid_redirect_uri"),
        ("organization_id", "another", "client_id_not_found"),
    ] {
        let answer = desk.get(&with(name, value), "").await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (400, None), "{name}={value}");
        assert!(answer.text().contains(&format!("<code>{code}</code>")), "{name}={value}: {}", answer.text());
    }
    for (name, value, error) in [
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "", "invalid_request"),
        ("code_challenge", "", "invalid_request"),
        ("code_challenge", "short", "invalid_request"),
        ("code_challenge_method", "S512", "invalid_request"),
        ("scope", "chats--acess:ro", "invalid_scope"),
        ("scope", "chats--access:rw", "invalid_scope"),
    ] {
        let answer = desk.get(&with(name, value), "").await;
        assert_eq!(answer.status, 303, "{name}={value}");
        let back = sent_back(&answer);
        assert_eq!((back["error"].as_str(), back["state"].as_str()), (error, "s-1"), "{name}={value}");
    }
    let nearest = sent_back(&desk.get(&with("scope", "chats--acess:ro"), "").await);
    assert_eq!(nearest["error_description"].split("; ").last(), Some("did you mean 'chats--access:ro'?"));
    let twice = desk.get(&format!("{}&scope=x", with("scope", "chats--access:ro")), "").await;
    assert_eq!(twice.status, 400);
}

/// A form on a foreign page has neither the ticket nor the cookie; one that is kept for too long has gone stale.
#[tokio::test]
async fn the_forms_are_good_for_the_browser_that_got_them() {
    let desk = Desk::new().await;
    let client = desk.client("javascript_app", &["chats--access:ro"]).await;
    let pat = desk.pat("nick", &["chats--access:ro"]).await;
    let path = format!("/v2/authorize?{}", encode(&query(&client, "chats--access:ro")));
    let (login, other) = (desk.get(&path, "").await, desk.get(&path, "").await);
    let ticket = hidden(login.text(), "ticket");
    let post = |ticket: String, cookie: String| {
        let (desk, pat) = (&desk, &pat);
        async move {
            let fields = [("step", "login"), ("ticket", ticket.as_str()), ("account_id", "nick"), ("secret", pat.as_str())];
            desk.form("/v2/authorize", &fields, &[("cookie", &cookie)]).await
        }
    };
    for (ticket, cookie) in [(ticket.clone(), String::new()), (ticket.clone(), cookie(&other)), (format!("{ticket}x"), cookie(&login))] {
        let answer = post(ticket, cookie).await;
        assert_eq!(answer.status, 403);
        assert!(answer.text().contains("invalid_ticket"));
    }
    // A ticket of one step is none for the next.
    let fields = [("step", "consent"), ("ticket", ticket.as_str()), ("decision", "allow")];
    assert_eq!(desk.form("/v2/authorize", &fields, &[("cookie", &cookie(&login))]).await.status, 403);
    assert_eq!(post(ticket.clone(), cookie(&login)).await.status, 200);
    desk.after_ms(10 * 60 * 1_000);
    assert_eq!(post(ticket, cookie(&login)).await.status, 403);
}

#[tokio::test]
async fn a_wrong_login_says_no_more_than_that() {
    let desk = Desk::new().await;
    let client = desk.client("javascript_app", &["chats--access:ro"]).await;
    let id = client["client_id"].as_str().unwrap();
    let pat = desk.pat("nick", &["chats--access:ro"]).await;
    let of_client = desk.ask_token("nick", &["chats--access:ro"], Some(id)).await.json()["pat"].as_str().unwrap().to_owned();
    let text = "There is no such account, or the token is not one of its personal access tokens.";
    for (account, secret) in [("ada", pat.as_str()), ("nobody", &pat), ("nick", "dal:wrong"), ("nick", ""), ("nick", &of_client)] {
        let answer = desk.dance(&query(&client, "chats--access:ro"), account, secret, "allow").await;
        assert_eq!((answer.status.as_u16(), problem(answer.text())), (401, text), "{account}");
    }
}

/// Whatever is put into a page is text there, and nothing else.
#[tokio::test]
async fn pages_escape_all_that_is_put_in() {
    let desk = Desk::new().await;
    let body =
        json!({"name": "<script>alert(1)</script>", "type": "javascript_app", "redirect_uris": [BACK], "scopes": ["chats--access:ro"]});
    let client = desk.server.post(&format!("/v1/apps/{APP}/clients"), desk.key(), &body).await.json();
    let login = desk.get(&format!("/v2/authorize?{}", encode(&query(&client, "chats--access:ro"))), "").await;
    assert!(login.text().contains("&lt;script&gt;alert(1)&lt;/script&gt;") && !login.text().contains("<script"));
    let fields = [("step", "login"), ("ticket", &hidden(login.text(), "ticket")), ("account_id", "\"><img src=x>"), ("secret", "x")];
    let again = desk.form("/v2/authorize", &fields, &[("cookie", &cookie(&login))]).await;
    assert_eq!(again.status, 401);
    assert!(!again.text().contains("<img"));
    let mut pairs = query(&client, "chats--access:ro");
    pairs.retain(|(name, _)| *name != "state");
    pairs.push(("state", "a&code=stolen#x\r\nLocation: https://evil.example.com"));
    let pat = desk.pat("nick", &["chats--access:ro"]).await;
    let back = sent_back(&desk.dance(&pairs, "nick", &pat, "deny").await);
    assert_eq!((back["state"].as_str(), back.get("code")), ("a&code=stolen#x\r\nLocation: https://evil.example.com", None));
}

/// docs/livechat.md, The OAuth dance: private clients skip consent, unless they ask for it; codes are handed out three times in thirty
/// seconds at most.
#[tokio::test]
async fn private_clients_skip_consent_and_nobody_goes_in_circles() {
    let desk = Desk::new().await;
    let body = json!({
        "name": "Own", "type": "javascript_app", "visibility": "private", "redirect_uris": [BACK], "scopes": ["chats--access:ro"],
    });
    let client = desk.server.post(&format!("/v1/apps/{APP}/clients"), desk.key(), &body).await.json();
    let pat = desk.pat("nick", &["chats--access:ro"]).await;
    // `deny` is never asked: the login page leads straight back.
    let skipped = desk.dance(&query(&client, "chats--access:ro"), "nick", &pat, "deny").await;
    assert!(sent_back(&skipped).contains_key("code"));
    let mut asked = query(&client, "chats--access:ro");
    asked.push(("prompt", "consent"));
    assert_eq!(sent_back(&desk.dance(&asked, "nick", &pat, "deny").await)["error"], "access_denied");

    for _ in 0..2 {
        desk.code(&query(&client, "chats--access:ro"), "nick", &pat).await;
    }
    let fourth = desk.dance(&query(&client, "chats--access:ro"), "nick", &pat, "allow").await;
    assert_eq!(fourth.status, 429);
    assert!(fourth.text().contains("too_many_redirects"));
    desk.after_ms(30_000);
    desk.code(&query(&client, "chats--access:ro"), "nick", &pat).await;
}

/// A login is worth what its token is worth when the person agrees: revoked, or its account suspended, it gives nothing away.
#[tokio::test]
async fn a_login_ends_with_its_token() {
    let desk = Desk::new().await;
    let client = desk.client("javascript_app", &["chats--access:ro"]).await;
    let agree = async |meanwhile: &str| {
        let made = desk.ask_token("nick", &["chats--access:ro"], None).await.json();
        let login = desk.get(&format!("/v2/authorize?{}", encode(&query(&client, "chats--access:ro"))), "").await;
        let pat = made["pat"].as_str().unwrap();
        let fields = [("step", "login"), ("ticket", &hidden(login.text(), "ticket")), ("account_id", "nick"), ("secret", pat)];
        let consent = desk.form("/v2/authorize", &fields, &[("cookie", &cookie(&login))]).await;
        match meanwhile {
            "revoked" => {
                let path = format!("/v1/apps/{APP}/tokens/{}", made["token_id"].as_str().unwrap());
                assert_eq!(desk.server.delete(&path, desk.key()).await.status, 200);
            }
            "suspended" => desk.change(json!({"change": "user_put", "id": "nick", "roles": ["normal"], "deactivated": true})).await,
            _ => {}
        }
        let fields = [("step", "consent"), ("ticket", &hidden(consent.text(), "ticket")), ("decision", "allow")];
        desk.form("/v2/authorize", &fields, &[("cookie", &cookie(&login))]).await
    };
    assert!(sent_back(&agree("nothing").await).contains_key("code"));
    for meanwhile in ["revoked", "suspended"] {
        let answer = agree(meanwhile).await;
        assert_eq!(answer.status, 403, "{meanwhile}");
        assert!(answer.text().contains("login_ended"), "{meanwhile}: {}", answer.text());
    }
}
