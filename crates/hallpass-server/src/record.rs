//! What the server keeps about an app besides its facts: a document of kind `app` in the reserved app `_system`.

use hallpass::{Catalogue, CatalogueError, Profile, Timestamp};
use serde::{Deserialize, Serialize};

use crate::key::{KeyDigest, Secret, random_hex, random_text, server_key};

/// The app that holds the server's own documents. No user can name it: ids of apps start with a letter or digit.
pub const SYSTEM_APP: &str = "_system";
/// Kind of the documents that say which apps there are.
pub const APP_KIND: &str = "app";

/// An app, as stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AppRecord {
    /// Id.
    pub id: String,
    /// Name of the profile.
    pub profile: String,
    /// The catalogue, where the profile is one's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catalogue: Option<Box<Catalogue>>,
    /// When the app was made.
    pub created_at: Timestamp,
    /// Keys of the AuthZEN and native faces; more than one while an old key runs out.
    pub server_keys: Vec<ServerKey>,
    /// Keys of the vendor's face.
    pub vendor: VendorKeys,
}

/// A server key, as stored.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct ServerKey {
    /// Its digest.
    pub digest: KeyDigest,
    /// When it was made.
    pub created_at: Timestamp,
    /// From this time on it opens nothing; absent is for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}

impl ServerKey {
    /// Whether the key opens its app at this time.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }
}

/// The keys of a vendor's face, as stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "face", rename_all = "snake_case")]
pub enum VendorKeys {
    /// Stream's.
    Stream {
        /// Public; names the app.
        api_key: String,
        /// Signs tokens (HS256), so it is kept as it is.
        api_secret: Secret,
    },
    /// CometChat's.
    Cometchat {
        /// Full access.
        api_key: KeyDigest,
        /// Makes user tokens only.
        auth_key: KeyDigest,
    },
    /// LiveChat's.
    Livechat {
        /// Public; names the OAuth client.
        client_id: String,
        /// Proves that it is the client who asks.
        client_secret: KeyDigest,
        /// Public; names the organization.
        organization_id: String,
        /// The owner's account.
        account_id: String,
        /// The personal access token of the owner, and the id of its token fact.
        pat: KeyDigest,
        /// Id of the token fact that the personal access token stands for.
        pat_id: String,
    },
    /// A profile of one's own has no vendor's face.
    None,
}

/// An app's keys in the clear: shown once, when they are made. The shape of one entry of `credentials.json`.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct AppCredentials {
    /// Id of the app.
    pub id: String,
    /// Name of its profile.
    pub profile: String,
    /// Opens the AuthZEN and native faces of this app.
    #[schema(value_type = String)]
    pub server_key: Secret,
    /// The keys of the vendor's face, if it has one.
    #[serde(flatten)]
    pub vendor: VendorCredentials,
}

/// The keys of a vendor's face in the clear.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(untagged)]
pub enum VendorCredentials {
    /// Stream's.
    Stream {
        /// Public; names the app.
        api_key: String,
        /// Signs tokens.
        #[schema(value_type = String)]
        api_secret: Secret,
    },
    /// CometChat's.
    Cometchat {
        /// Full access.
        #[schema(value_type = String)]
        api_key: Secret,
        /// Makes user tokens only.
        #[schema(value_type = String)]
        auth_key: Secret,
    },
    /// LiveChat's.
    Livechat {
        /// Public; names the OAuth client.
        client_id: String,
        /// Proves that it is the client who asks.
        #[schema(value_type = String)]
        client_secret: Secret,
        /// Public; names the organization.
        organization_id: String,
        /// The owner's account.
        account_id: String,
        /// Personal access token of the owner.
        #[schema(value_type = String)]
        pat: Secret,
    },
    /// None.
    None {},
}

/// Length of Stream's `api_secret`: 64 characters. Some of Stream's SDKs refuse HMAC keys under 32 bytes.
const STREAM_SECRET_CHARS: usize = 64;

impl VendorCredentials {
    /// New keys for the face that serves `profile`.
    pub(crate) fn generate(profile: &str) -> Self {
        match profile {
            "stream" => Self::Stream { api_key: random_text(12), api_secret: Secret::new(random_text(STREAM_SECRET_CHARS)) },
            "cometchat" => Self::Cometchat { api_key: Secret::new(random_hex(40)), auth_key: Secret::new(random_hex(40)) },
            "livechat" => {
                let organization_id = uuid::Uuid::new_v4().to_string();
                Self::Livechat {
                    client_id: random_hex(32),
                    client_secret: Secret::new(random_hex(32)),
                    account_id: uuid::Uuid::new_v4().to_string(),
                    pat: crate::oauth::secret::generate(&organization_id),
                    organization_id,
                }
            }
            _ => Self::None {},
        }
    }

    fn record(&self) -> VendorKeys {
        match self {
            Self::Stream { api_key, api_secret } => VendorKeys::Stream { api_key: api_key.clone(), api_secret: api_secret.clone() },
            Self::Cometchat { api_key, auth_key } => {
                VendorKeys::Cometchat { api_key: KeyDigest::of(api_key.expose()), auth_key: KeyDigest::of(auth_key.expose()) }
            }
            Self::Livechat { client_id, client_secret, organization_id, account_id, pat } => VendorKeys::Livechat {
                client_id: client_id.clone(),
                client_secret: KeyDigest::of(client_secret.expose()),
                organization_id: organization_id.clone(),
                account_id: account_id.clone(),
                pat: KeyDigest::of(pat.expose()),
                pat_id: format!("pat-{}", random_hex(12)),
            },
            Self::None {} => VendorKeys::None,
        }
    }
}

impl AppRecord {
    /// A new app with new keys: what to store, and what to show.
    pub fn generate(id: &str, profile: &str, catalogue: Option<Catalogue>, now: Timestamp) -> (Self, AppCredentials) {
        let vendor = VendorCredentials::generate(profile);
        let credentials = AppCredentials { id: id.to_owned(), profile: profile.to_owned(), server_key: Secret::new(server_key()), vendor };
        let record = Self {
            id: id.to_owned(),
            profile: profile.to_owned(),
            catalogue: catalogue.map(Box::new),
            created_at: now,
            server_keys: vec![ServerKey { digest: KeyDigest::of(credentials.server_key.expose()), created_at: now, expires_at: None }],
            vendor: credentials.vendor.record(),
        };
        (record, credentials)
    }

    /// The app's permission system; `None` if it is built in and this version does not know it.
    ///
    /// # Errors
    /// When the stored catalogue is not a valid one any more.
    pub fn profile(&self) -> Result<Option<Profile>, CatalogueError> {
        match &self.catalogue {
            Some(catalogue) => Profile::custom((**catalogue).clone()).map(Some),
            None => Ok(Profile::built_in(&self.profile)),
        }
    }

    /// Gives the app a new server key. The old ones open it for another `grace_ms` milliseconds.
    pub fn rotate_server_key(&mut self, now: Timestamp, grace_ms: u64) -> Secret {
        let key = Secret::new(server_key());
        let end = Timestamp::from_ms(now.as_ms().saturating_add(grace_ms));
        self.server_keys.retain(|old| old.is_valid(now));
        for old in &mut self.server_keys {
            old.expires_at = Some(old.expires_at.map_or(end, |earlier| earlier.min(end)));
        }
        self.server_keys.retain(|old| old.is_valid(now));
        self.server_keys.push(ServerKey { digest: KeyDigest::of(key.expose()), created_at: now, expires_at: None });
        key
    }
}
