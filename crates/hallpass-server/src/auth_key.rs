//! What CometChat's auth-only key may do besides making tokens. Its sources disagree on whether it creates users, so that an app says.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::tenant::Tenant;
use hallpass_store::{DocumentWrite, StoreError};

/// Kind and id of the document.
const DOCUMENT: (&str, &str) = ("auth_key", "settings");

/// What the auth-only key may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AuthKeySettings {
    /// It creates users, of the default role. On unless set: the vendor's SDK signs people up with it.
    pub(crate) creates_users: bool,
}

impl Default for AuthKeySettings {
    fn default() -> Self {
        Self { creates_users: true }
    }
}

impl AuthKeySettings {
    /// What holds for an app.
    pub(crate) async fn of(tenant: &Tenant) -> Result<Self, StoreError> {
        let body = tenant.document(DOCUMENT.0, DOCUMENT.1).await?;
        // What cannot be read opens nothing.
        Ok(body.map_or_else(Self::default, |body| serde_json::from_value(body).unwrap_or(Self { creates_users: false })))
    }

    /// What makes it hold.
    pub(crate) fn document(self) -> DocumentWrite {
        DocumentWrite::put(DOCUMENT.0, DOCUMENT.1, serde_json::json!({"creates_users": self.creates_users}))
    }
}
