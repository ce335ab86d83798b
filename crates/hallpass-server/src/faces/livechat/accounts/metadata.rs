//! What clients ask before they begin: where the endpoints are (RFC 8414), and which scopes there are.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use hallpass::Profile;
use serde_json::{Value, json};

use super::authorize;
use crate::faces::livechat::method::Method;
use crate::oauth::scope::Scopes;
use crate::oauth::table;
use crate::service::Service;

/// Where the metadata is.
pub(crate) const PATH: &str = "/.well-known/oauth-authorization-server";

/// The metadata.
pub(super) async fn metadata(State(service): State<Service>) -> Response {
    let base = service.public_url();
    let profile = Profile::livechat();
    let scopes: Vec<&str> = Scopes::of(profile.catalogue()).names().collect();
    let proofs = ["client_secret_basic", "client_secret_post", "none"];
    respond(&json!({
        "issuer": base,
        "authorization_endpoint": format!("{base}{}", authorize::PATH),
        "token_endpoint": format!("{base}/v2/token"),
        "revocation_endpoint": format!("{base}/v2/revoke"),
        "introspection_endpoint": format!("{base}/v2/introspect"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:token-exchange"],
        "code_challenge_methods_supported": ["S256", "plain"],
        "token_endpoint_auth_methods_supported": proofs,
        "revocation_endpoint_auth_methods_supported": proofs,
        "introspection_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "authorization_response_iss_parameter_supported": true,
        "scopes_supported": scopes,
    }))
}

/// Which scope opens what, and where each method is served. The same for all apps, so no key is needed.
pub(super) async fn scopes() -> Response {
    let profile = Profile::livechat();
    let mut whole = table::whole(profile.catalogue());
    let served: Vec<Value> = Method::all()
        .map(|method| {
            let (first, last) = (method.versions.start(), method.versions.end());
            json!({"api": method.api.name(), "method": method.name, "since": first.number(), "until": last.number(), "asks": method.asks})
        })
        .collect();
    if let Some(object) = whole.as_object_mut() {
        object.insert("served".to_owned(), Value::Array(served));
    }
    respond(&whole)
}

fn respond(body: &Value) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}
