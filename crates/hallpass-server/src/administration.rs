//! Making, re-keying and deleting apps.

use std::io::ErrorKind;
use std::sync::Arc;

use hallpass::{Catalogue, CatalogueError, Change, Profile};
use hallpass_store::{Commit, DocumentWrite, StoreError};

use crate::credentials::{Credentials, CredentialsError};
use crate::key::{KeyDigest, Secret, random_text};
use crate::limits::APP_ID_CHARS;
use crate::record::{APP_KIND, AppCredentials, AppRecord, SYSTEM_APP, VendorCredentials, VendorKeys};
use crate::seed;
use crate::service::Service;
use crate::tenant::{LoadError, Tenant};

/// Profiles that need no catalogue from the user.
pub const BUILT_IN_PROFILES: [&str; 3] = ["stream", "cometchat", "livechat"];
/// The profile that takes the user's catalogue.
pub const CUSTOM_PROFILE: &str = "custom";

/// The author that the log names for what is done with the root key.
pub const ROOT_AUTHOR: &str = "root";

/// An app that could not be made or changed. Nothing has changed then.
#[derive(Debug, thiserror::Error)]
pub enum AdministrationError {
    /// Not an id.
    #[error("'{0}' cannot be the id of an app: expected 1 to {APP_ID_CHARS} of a-z, 0-9, '-' and '_', starting with a letter or digit")]
    InvalidId(String),
    /// The id is taken.
    #[error("there is an app '{0}' already")]
    Exists(String),
    /// No such profile, or one without its catalogue.
    #[error("profile '{profile}': {problem}")]
    UnknownProfile {
        /// What was asked for.
        profile: String,
        /// What is wrong.
        problem: &'static str,
        /// The nearest profile there is.
        nearest: Option<&'static str>,
    },
    /// The catalogue contradicts itself.
    #[error("the catalogue: {0}")]
    Catalogue(#[from] CatalogueError),
    /// No such app.
    #[error("there is no app '{0}'")]
    NoSuchApp(String),
    /// The app's profile has no such key.
    #[error("an app of the profile '{profile}' has no key '{key}'; it has {has}")]
    NoSuchKey {
        /// What was asked for.
        key: String,
        /// Profile of the app.
        profile: String,
        /// The keys it has.
        has: &'static str,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The app cannot be brought up.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The credentials file cannot be written.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    /// The record cannot be written as JSON.
    #[error("the record of the app cannot be written: {0}")]
    Record(#[from] serde_json::Error),
}

impl AdministrationError {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidId(_) => "invalid_app_id",
            Self::Exists(_) => "app_exists",
            Self::UnknownProfile { .. } => "unknown_profile",
            Self::Catalogue(_) => "invalid_catalogue",
            Self::NoSuchApp(_) => "unknown_app",
            Self::NoSuchKey { .. } => "unknown_key",
            Self::Store(error) => error.code(),
            Self::Load(_) | Self::Credentials(_) | Self::Record(_) => "internal",
        }
    }

    /// The field that it is about.
    pub fn field(&self) -> &'static str {
        match self {
            Self::InvalidId(_) | Self::Exists(_) => "id",
            Self::UnknownProfile { .. } => "profile",
            Self::Catalogue(_) => "catalogue",
            Self::NoSuchKey { .. } => "key",
            _ => "app",
        }
    }

    /// The nearest known spelling.
    pub fn nearest(&self) -> Option<&str> {
        match self {
            Self::UnknownProfile { nearest, .. } => *nearest,
            _ => None,
        }
    }
}

/// An app that is to be made.
#[derive(Debug)]
pub struct NewApp {
    /// Id; see [`AdministrationError::InvalidId`]. `None`: a random one.
    pub id: Option<String>,
    /// `stream`, `cometchat`, `livechat` or `custom`.
    pub profile: String,
    /// With `custom`.
    pub catalogue: Option<Catalogue>,
}

/// An app about to be stored: its record, what to show, and its first facts.
pub(crate) struct Draft {
    pub(crate) record: AppRecord,
    pub(crate) credentials: AppCredentials,
    pub(crate) facts: Vec<Change>,
}

impl Draft {
    pub(crate) fn new(app: NewApp, now: hallpass::Timestamp) -> Result<Self, AdministrationError> {
        let id = app.id.unwrap_or_else(|| format!("app-{}", random_text(10)));
        check_id(&id)?;
        let profile = check_profile(&app.profile, app.catalogue.as_ref())?;
        let (record, credentials) = AppRecord::generate(&id, &app.profile, app.catalogue, now);
        let facts = seed::first_facts(&profile, &record);
        Ok(Self { record, credentials, facts })
    }

    /// What makes the app durable, in one transaction: its record, and its first facts.
    pub(crate) fn commits(&self) -> Result<Vec<Commit>, AdministrationError> {
        let AppRecord { id, created_at, .. } = &self.record;
        let document = DocumentWrite::put(APP_KIND, id, serde_json::to_value(&self.record)?);
        let commit = |app: &str, changes: Vec<Change>, documents| Commit {
            app: app.to_owned(),
            author: ROOT_AUTHOR.to_owned(),
            at: *created_at,
            changes,
            documents,
        };
        let mut commits = vec![commit(SYSTEM_APP, Vec::new(), vec![document])];
        if !self.facts.is_empty() {
            commits.push(commit(id, self.facts.clone(), Vec::new()));
        }
        Ok(commits)
    }
}

fn check_id(id: &str) -> Result<(), AdministrationError> {
    let starts_well = id.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit());
    let all_well = id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_'));
    if starts_well && all_well && id.len() <= APP_ID_CHARS {
        Ok(())
    } else {
        Err(AdministrationError::InvalidId(id.chars().take(80).collect()))
    }
}

fn check_profile(name: &str, catalogue: Option<&Catalogue>) -> Result<Profile, AdministrationError> {
    let known = || BUILT_IN_PROFILES.into_iter().chain([CUSTOM_PROFILE]);
    let refusal = |problem| AdministrationError::UnknownProfile {
        profile: name.to_owned(),
        problem,
        // Where the name is right, something else is not.
        nearest: hallpass::nearest(name, known()).filter(|nearest| *nearest != name),
    };
    match (name, catalogue) {
        (CUSTOM_PROFILE, Some(catalogue)) => Ok(Profile::custom(catalogue.clone())?),
        (CUSTOM_PROFILE, None) => Err(refusal("it takes a catalogue, in the field 'catalogue'")),
        (_, Some(_)) => Err(refusal("only 'custom' takes a catalogue")),
        (_, None) => Profile::built_in(name).ok_or_else(|| refusal("no such profile; expected stream, cometchat, livechat or custom")),
    }
}

impl Service {
    /// Makes an app, and answers with its keys: the only time that they are shown.
    ///
    /// # Errors
    /// When the id is taken or not an id, the profile unknown, or the store fails.
    pub async fn create_app(&self, app: NewApp) -> Result<AppCredentials, AdministrationError> {
        let _alone = self.administration().lock().await;
        let draft = Draft::new(app, self.now())?;
        if self.tenant(&draft.record.id).is_some() {
            return Err(AdministrationError::Exists(draft.record.id));
        }
        let commits = draft.commits()?;
        let shared = Arc::clone(self.shared());
        let record = draft.record.clone();
        let tenant = blocking(move || {
            // What an unfinished deletion may have left behind is not inherited.
            shared.store.remove_app(&record.id)?;
            shared.store.commit(&commits)?;
            Ok::<_, AdministrationError>(Tenant::load(record, shared)?)
        })
        .await?;
        self.publish(|tenants| {
            tenants.insert(draft.record.id.clone(), Arc::new(tenant));
        });
        tracing::info!(app = draft.record.id, profile = draft.record.profile, "app made");
        Ok(draft.credentials)
    }

    /// Replaces a key: `server_key`, or one of the vendor's. `grace_ms`: how long an old `server_key` goes on opening the app;
    /// the vendor's keys change at once. The answer holds the new key alone, under its name.
    ///
    /// # Errors
    /// When there is no such app or key, or the store fails.
    pub async fn rotate_key(&self, app: &str, key: &str, grace_ms: u64) -> Result<(String, Secret), AdministrationError> {
        let _alone = self.administration().lock().await;
        let tenant = self.tenant(app).ok_or_else(|| AdministrationError::NoSuchApp(app.to_owned()))?;
        let mut record = (*tenant.record()).clone();
        let made = match key {
            "server_key" => record.rotate_server_key(self.now(), grace_ms),
            _ => rotate_vendor_key(&mut record, key)?,
        };
        let commit = Commit {
            app: SYSTEM_APP.to_owned(),
            author: ROOT_AUTHOR.to_owned(),
            at: self.now(),
            changes: Vec::new(),
            documents: vec![DocumentWrite::put(APP_KIND, app, serde_json::to_value(&record)?)],
        };
        self.shared().committer.submit(commit).await?;
        tenant.set_record(record);
        self.publish(|_| {});
        if let Some(path) = self.credentials_path() {
            Credentials::update(path, app, key, &made)?;
        }
        tracing::info!(app, key, "key replaced");
        Ok((key.to_owned(), made))
    }

    /// Deletes an app with everything in it. Requests in flight are finished first.
    ///
    /// # Errors
    /// When there is no such app, or the store fails.
    pub async fn delete_app(&self, app: &str) -> Result<(), AdministrationError> {
        let _alone = self.administration().lock().await;
        let tenant = self.tenant(app).ok_or_else(|| AdministrationError::NoSuchApp(app.to_owned()))?;
        tenant.close().await;
        let commit = Commit {
            app: SYSTEM_APP.to_owned(),
            author: ROOT_AUTHOR.to_owned(),
            at: self.now(),
            changes: Vec::new(),
            documents: vec![DocumentWrite::delete(APP_KIND, app)],
        };
        if let Err(error) = self.shared().committer.submit(commit).await {
            tenant.reopen();
            return Err(error.into());
        }
        self.publish(|tenants| {
            tenants.remove(app);
        });
        let (shared, id) = (Arc::clone(self.shared()), app.to_owned());
        let uploads = self.uploads().map(|directory| directory.join(&id));
        blocking(move || {
            shared.store.remove_app(&id)?;
            // Nothing finds them any more; what cannot be removed takes up room, and no more than that.
            if let Some(error) =
                uploads.and_then(|uploads| std::fs::remove_dir_all(uploads).err()).filter(|error| error.kind() != ErrorKind::NotFound)
            {
                tracing::warn!(%error, app = id, "uploads of a deleted app stay");
            }
            Ok::<_, AdministrationError>(())
        })
        .await?;
        if let Some(path) = self.credentials_path() {
            Credentials::forget(path, app)?;
        }
        tracing::info!(app, "app deleted");
        Ok(())
    }
}

fn rotate_vendor_key(record: &mut AppRecord, key: &str) -> Result<Secret, AdministrationError> {
    let fresh = VendorCredentials::generate(&record.profile);
    match (&mut record.vendor, fresh, key) {
        (VendorKeys::Stream { api_secret, .. }, VendorCredentials::Stream { api_secret: new, .. }, "api_secret") => {
            *api_secret = new.clone();
            Ok(new)
        }
        (VendorKeys::Cometchat { api_key, .. }, VendorCredentials::Cometchat { api_key: new, .. }, "api_key") => {
            *api_key = KeyDigest::of(new.expose());
            Ok(new)
        }
        (VendorKeys::Cometchat { auth_key, .. }, VendorCredentials::Cometchat { auth_key: new, .. }, "auth_key") => {
            *auth_key = KeyDigest::of(new.expose());
            Ok(new)
        }
        (VendorKeys::Livechat { client_secret, .. }, VendorCredentials::Livechat { client_secret: new, .. }, "client_secret") => {
            *client_secret = KeyDigest::of(new.expose());
            Ok(new)
        }
        (VendorKeys::Livechat { pat, organization_id, .. }, _, "pat") => {
            let new = crate::oauth::secret::generate(organization_id);
            *pat = KeyDigest::of(new.expose());
            Ok(new)
        }
        (vendor, _, _) => {
            let has = match vendor {
                VendorKeys::Stream { .. } => "server_key and api_secret",
                VendorKeys::Cometchat { .. } => "server_key, api_key and auth_key",
                VendorKeys::Livechat { .. } => "server_key, client_secret and pat",
                VendorKeys::None => "server_key",
            };
            Err(AdministrationError::NoSuchKey { key: key.chars().take(40).collect(), profile: record.profile.clone(), has })
        }
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|stopped| std::panic::resume_unwind(stopped.into_panic()))
}
