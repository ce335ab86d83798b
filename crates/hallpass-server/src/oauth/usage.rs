//! Which of its scopes a token used, and when last: what nobody used in thirty days can be taken out of the next consent.
//!
//! Every allowed question of a token notes which of the token's scopes opened it, and what would have been enough. That costs a look at the
//! explanation and at a map; the disk hears of it in batches, some seconds later or when the server stops, and of the same use once a day. A crash may forget
//! the last seconds: this is a hint for people, not an audit. The audit is the log.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hallpass::{AlternativeOutcome, Question, Timestamp, Token};
use hallpass_store::DocumentWrite;
use serde::{Deserialize, Serialize};

use super::scope::Scopes;
use super::{OauthError, PARTS, read, write};
use crate::lock::Footprint;
use crate::tenant::Tenant;

/// Kind of the documents; the id is [`key_of`] the token.
pub(crate) const KIND: &str = "scope_use";
/// How far back the question goes.
pub(crate) const DAYS: u64 = 30;
/// A day.
const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
/// How long uses wait to be written together.
const WAIT: Duration = Duration::from_secs(5);
/// Tokens whose uses wait at most; more are written at once.
const WAITING_MAX: usize = 1_000;
/// Tokens whose uses of today are remembered at most; beyond that all are forgotten, and written once more.
const REMEMBERED_MAX: usize = 10_000;
/// Tokens that are written in one commit.
const TOGETHER: usize = 200;

/// The layer that tokens hold scopes in.
const TOKEN_LAYER: &str = "token";

/// What was used: the token's scope → what would have been enough → when last.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Used(pub(crate) BTreeMap<String, BTreeMap<String, Timestamp>>);

impl Used {
    fn note(&mut self, scope: &str, enough: &str, at: Timestamp) {
        let last = self.0.entry(scope.to_owned()).or_default().entry(enough.to_owned()).or_insert(at);
        *last = (*last).max(at);
    }

    fn merge(&mut self, other: &Self) {
        for (scope, ways) in &other.0 {
            for (enough, at) in ways {
                self.note(scope, enough, *at);
            }
        }
    }

    fn last(&self, scope: &str, enough: &str) -> Option<Timestamp> {
        self.0.get(scope)?.get(enough).copied()
    }
}

/// The uses of an app's tokens that wait, and those of today.
#[derive(Debug, Default)]
pub(crate) struct Recorder {
    waiting: Mutex<HashMap<String, Used>>,
    remembered: Mutex<HashMap<String, Used>>,
}

impl Recorder {
    /// Whether this use was noted on the same day already; notes it if not.
    fn is_known(&self, token: &str, scope: &str, enough: &str, at: Timestamp) -> bool {
        let mut remembered = self.remembered.lock().unwrap_or_else(PoisonError::into_inner);
        if remembered.len() >= REMEMBERED_MAX && !remembered.contains_key(token) {
            remembered.clear();
        }
        let used = remembered.entry(token.to_owned()).or_default();
        let known = used.last(scope, enough).is_some_and(|last| last.as_ms() / DAY_MS == at.as_ms() / DAY_MS);
        if !known {
            used.note(scope, enough, at);
        }
        known
    }

    /// Lets a use wait. Whether somebody has to see to it that it is written.
    fn wait(&self, token: &str, scope: &str, enough: &str, at: Timestamp) -> bool {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let first = waiting.is_empty();
        waiting.entry(token.to_owned()).or_default().note(scope, enough, at);
        first || waiting.len() == WAITING_MAX
    }

    fn take(&self) -> HashMap<String, Used> {
        std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What uses are counted by: a token that was made through a client lives for hours, so its uses count for that client and account; any
/// other counts for itself.
fn key_of(token: &Token) -> String {
    match &token.client {
        Some(client) => format!("{client}{PARTS}{}", token.user),
        None => token.id.clone(),
    }
}

/// Whether what a key stands for is still there.
fn is_there(tenant: &Tenant, key: &str) -> bool {
    match key.split_once(PARTS) {
        Some((client, account)) => tenant.engine().client(client).is_some() && tenant.engine().user(account).is_some(),
        None => tenant.engine().token(key).is_some(),
    }
}

/// Notes that a question with this token was allowed.
pub(crate) fn note(tenant: &Arc<Tenant>, token: &Token, question: &Question<'_>) {
    let engine = tenant.engine();
    let explanation = engine.explain(question);
    let Some(layer) = explanation.layers.iter().find(|layer| layer.layer == TOKEN_LAYER) else { return };
    let winner = layer.alternatives.iter().rev().find(|way| way.outcome == AlternativeOutcome::Allows);
    let scopes = Scopes::of(engine.profile().catalogue());
    let key = key_of(token);
    for enough in winner.into_iter().flat_map(|way| &way.permissions) {
        let holds = |scope: &&String| scopes.closure([scope.as_str()]).contains(enough.as_str());
        // The scope itself, if the token has it; else the first that contains it.
        let Some(scope) = token.scopes.get(enough).or_else(|| token.scopes.iter().find(holds)) else { continue };
        if tenant.usage().is_known(&key, scope, enough, question.now) {
            continue;
        }
        if tenant.usage().wait(&key, scope, enough, question.now) {
            // Whoever waits holds up neither the end of the app nor that of the server, which writes what waits then.
            let tenant = Arc::downgrade(tenant);
            if let Ok(runtime) = tokio::runtime::Handle::try_current() {
                runtime.spawn(async move {
                    tokio::time::sleep(WAIT).await;
                    let Some(tenant) = tenant.upgrade() else { return };
                    if let Err(error) = flush(&tenant).await {
                        tracing::warn!(%error, app = tenant.id(), "uses of scopes were not written");
                    }
                });
            }
        }
    }
}

/// Writes what waits.
///
/// # Errors
/// When the store fails; what waited is then forgotten until it happens again tomorrow.
pub(crate) async fn flush(tenant: &Arc<Tenant>) -> Result<(), OauthError> {
    let waiting: Vec<(String, Used)> = tenant.usage().take().into_iter().collect();
    for together in waiting.chunks(TOGETHER) {
        let footprint = together.iter().fold(Footprint::facts(), |footprint, (token, _)| footprint.entity(KIND, token.clone()));
        let edit = tenant.edit(footprint).await?;
        let mut documents = Vec::new();
        for (token, used) in together.iter().filter(|(key, _)| is_there(tenant, key)) {
            let mut stored: Used = read(tenant, KIND, token).await?.unwrap_or_default();
            stored.merge(used);
            documents.push(write(KIND, token.clone(), &stored)?);
        }
        if !documents.is_empty() {
            edit.commit("server", Vec::new(), documents).await?;
        }
    }
    Ok(())
}

/// A scope of a token, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ScopeUse {
    /// The scope.
    pub(crate) scope: String,
    /// When it last opened something, if it did.
    pub(crate) last_used: Option<Timestamp>,
    /// What would have been enough, where that is less than the scope.
    pub(crate) enough: Vec<String>,
}

/// Which of its scopes a token used in the last thirty days.
///
/// # Errors
/// When the store fails.
pub(crate) async fn of_token(tenant: &Arc<Tenant>, token: &Token) -> Result<Vec<ScopeUse>, OauthError> {
    flush(tenant).await?;
    let used: Used = read(tenant, KIND, &key_of(token)).await?.unwrap_or_default();
    let since = tenant.now().as_ms().saturating_sub(DAYS * DAY_MS);
    let each = token.scopes.iter().map(|scope| {
        let lately = used.0.get(scope).into_iter().flatten().filter(|(_, at)| at.as_ms() >= since);
        let last_used = lately.clone().map(|(_, at)| *at).max();
        let enough: Vec<String> = lately.map(|(enough, _)| enough.clone()).collect();
        ScopeUse { scope: scope.clone(), last_used, enough: if enough.contains(scope) { Vec::new() } else { enough } }
    });
    Ok(each.collect())
}

/// What removes all uses that were counted by a key.
pub(crate) fn forget(key: &str) -> DocumentWrite {
    DocumentWrite::delete(KIND, key)
}
