//! The OpenAPI document of the AuthZEN and native faces, made from the routes themselves.

use std::sync::OnceLock;

use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::OpenApiRouter;

use crate::faces::{authzen, native};
use crate::service::Service;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Hallpass",
        description = "May this subject perform this action on this resource, and why? AuthZEN 1.0 and the native face.",
        license(name = "MIT OR Apache-2.0")
    ),
    tags(
        (name = "authzen", description = "OpenID AuthZEN 1.0"),
        (name = "decisions", description = "Decisions and their explanations"),
        (name = "changes", description = "Facts, policy, and the log of what changed"),
        (name = "apps", description = "Apps and their keys"),
        (name = "tokens", description = "Tokens with scopes, and what these open (profile livechat)"),
        (name = "clients", description = "OAuth clients (profile livechat)")
    ),
    modifiers(&Keys)
)]
struct Document;

struct Keys;

impl Modify for Keys {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let components = document.components.get_or_insert_default();
        for (name, opens) in
            [("server_key", "The server_key of an app opens that app"), ("root_key", "The root_key opens all apps and manages them")]
        {
            let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(opens)).build();
            components.add_security_scheme(name, SecurityScheme::Http(scheme));
        }
    }
}

/// The document, as JSON.
pub fn json() -> &'static str {
    static JSON: OnceLock<String> = OnceLock::new();
    JSON.get_or_init(|| {
        let routes: OpenApiRouter<Service> = OpenApiRouter::with_openapi(Document::openapi());
        routes.merge(authzen::router()).merge(native::router()).into_openapi().to_pretty_json().unwrap_or_default()
    })
}
