//! The pages that people see: log in, agree, and what went wrong. Plain, without scripts; maud escapes all that is put in.

use std::sync::OnceLock;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hallpass::Catalogue;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use super::authorize::PATH;
use crate::oauth::grantable::ScopeRefusal;
use crate::oauth::table;

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:16px/1.5 system-ui,sans-serif;max-width:42rem;margin:3rem auto;padding:0 1rem}\
h1{font-size:1.4rem}h2{font-size:1.15rem}code{font-size:.95em}\
ul.scopes{list-style:none;padding:0}ul.scopes>li{border:1px solid #8886;border-radius:.5rem;padding:.7rem 1rem;margin:.6rem 0}\
ul.scopes>li.refused{border-color:#c33}ul.scopes p{margin:.2rem 0}\
details{margin-top:.3rem}summary{cursor:pointer}.muted{opacity:.75;font-size:.9rem}\
label{display:block;margin:.8rem 0 .2rem}input{font:inherit;width:100%;box-sizing:border-box;padding:.4rem}\
button,a.button{font:inherit;padding:.5rem 1.2rem;margin:1rem .6rem 0 0;border-radius:.4rem;border:1px solid #8889;\
background:none;color:inherit;text-decoration:none;display:inline-block;cursor:pointer}\
button.yes{background:#1858c9;border-color:#1858c9;color:#fff}.problem{border-left:.3rem solid #c33;padding:.3rem 1rem}";

/// The style's digest, by which the content security policy lets it through, and nothing else.
fn style_digest() -> &'static str {
    static DIGEST: OnceLock<String> = OnceLock::new();
    DIGEST.get_or_init(|| STANDARD.encode(Sha256::digest(STYLE.as_bytes())))
}

/// A page as an answer. `form_leads_to`: the origin that a form on it may end up at, by redirects.
pub(super) fn respond(status: StatusCode, page: Markup, cookie: Option<&str>, form_leads_to: Option<&str>) -> Response {
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; form-action 'self' {}; base-uri 'none'; frame-ancestors 'none'",
        style_digest(),
        form_leads_to.unwrap_or_default()
    );
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    let mut response = (status, headers, page.into_string()).into_response();
    for (name, value) in [(header::CONTENT_SECURITY_POLICY, Some(policy.as_str())), (header::SET_COOKIE, cookie)] {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn frame(title: &str, body: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " · Hallpass" }
                style { (PreEscaped(STYLE)) }
            }
            body { main { (body) } }
        }
    }
}

/// One scope in words, with what it opens.
fn in_words(catalogue: &Catalogue, scope: &str) -> Markup {
    let description = catalogue.permissions.iter().find(|spec| spec.id == scope).map_or("", |spec| spec.description.as_str());
    let opens = table::opened(catalogue, scope);
    html! {
        p { (description) }
        p.muted { code { (scope) } }
        details {
            summary.muted { "Opens " (opens.len()) @if opens.len() == 1 { " method" } @else { " methods" } }
            p.muted { @for (at, method) in opens.iter().enumerate() { @if at > 0 { ", " } code { (method) } } }
        }
    }
}

/// What a page is about.
pub(super) struct About<'a> {
    pub(super) catalogue: &'a Catalogue,
    /// Name of the client.
    pub(super) client: &'a str,
    /// Where it lives.
    pub(super) host: &'a str,
    /// What it asks for.
    pub(super) scopes: Vec<&'a str>,
}

/// Who are you?
pub(super) fn login(about: &About<'_>, ticket: &str, account: &str, problem: Option<&str>) -> Markup {
    frame(
        "Log in",
        html! {
            h1 { "Log in to let " b { (about.client) } " act for you" }
            p { "After this, you are sent back to " code { (about.host) } "." }
            @if let Some(problem) = problem { p.problem role="alert" { (problem) } }
            form method="post" action=(PATH) {
                input type="hidden" name="step" value="login";
                input type="hidden" name="ticket" value=(ticket);
                label for="account_id" { "Account id" }
                input id="account_id" name="account_id" value=(account) autocomplete="username" autocapitalize="none" required autofocus;
                label for="secret" { "Personal access token" }
                input id="secret" name="secret" type="password" autocomplete="current-password" required;
                button.yes type="submit" { "Go on" }
            }
            h2 { "What it asks for" }
            ul.scopes { @for scope in &about.scopes { li { (in_words(about.catalogue, scope)) } } }
        },
    )
}

/// Do you agree?
pub(super) fn consent(about: &About<'_>, ticket: &str, account: &str, roles: &str) -> Markup {
    frame(
        "Allow access",
        html! {
            h1 { "Allow " b { (about.client) } " to act for you?" }
            p { "You are " code { (account) } " (" (roles) "). It may then do the following, as far as you may do it yourself:" }
            ul.scopes { @for scope in &about.scopes { li { (in_words(about.catalogue, scope)) } } }
            form method="post" action=(PATH) {
                input type="hidden" name="step" value="consent";
                input type="hidden" name="ticket" value=(ticket);
                button.yes type="submit" name="decision" value="allow" { "Allow" }
                button type="submit" name="decision" value="deny" { "Deny" }
            }
            p.muted { "You are sent back to " code { (about.host) } "." }
        },
    )
}

/// Not for you: which scopes, and what each would take. Nothing is given, not even the rest.
pub(super) fn refused(about: &About<'_>, account: &str, refusal: &ScopeRefusal, back: &str) -> Markup {
    let refused = refusal.names();
    let lowest = |scope: &str| match refusal {
        ScopeRefusal::Role { scopes, .. } => match scopes.iter().find(|(name, _)| name == scope) {
            Some((_, Some(lowest))) => format!("Refused: it takes at least the role {lowest}."),
            _ => "Refused: no role may hold it.".to_owned(),
        },
        _ => "Refused: the personal access token that you logged in with does not hold it.".to_owned(),
    };
    let roles = match refusal {
        ScopeRefusal::Role { roles, .. } => format!(" ({})", roles.join(", ")),
        _ => String::new(),
    };
    frame(
        "Access refused",
        html! {
            h1 { b { (about.client) } " asks for more than you may give" }
            p { "You are " code { (account) } (roles) ". It gets nothing, not even what you could give: it would not know of the difference." }
            ul.scopes {
                @for scope in &about.scopes {
                    @if refused.contains(scope) { li.refused { p { b { (lowest(scope)) } } (in_words(about.catalogue, scope)) } }
                }
            }
            @if about.scopes.len() > refused.len() {
                h2 { "What you could give" }
                ul.scopes { @for scope in about.scopes.iter().filter(|scope| !refused.contains(scope)) { li { (in_words(about.catalogue, scope)) } } }
            }
            a.button href=(back) rel="noreferrer" { "Back to " (about.host) }
        },
    )
}

/// What went wrong, where there is no going back.
pub(super) fn problem(code: &str, text: &str) -> Markup {
    frame(
        "Not possible",
        html! {
            h1 { "This does not work" }
            p.problem role="alert" { (text) }
            p.muted { code { (code) } }
            p { "The app that sent you here has to be put right. You can close this page." }
        },
    )
}
