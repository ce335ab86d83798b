//! Chats and threads by when they began, newest and oldest first: documents whose ids sort so.

use hallpass::Timestamp;
use hallpass_store::DocumentWrite;
use serde_json::Value;

use super::super::call::Call;
use super::super::fault::Fault;
use super::super::keep;

/// An order of things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::faces::livechat) struct Order {
    newest: &'static str,
    oldest: &'static str,
}

/// Chats by their last thread.
pub(in crate::faces::livechat) const CHATS: Order = Order { newest: "chat_newest", oldest: "chat_oldest" };
/// Threads.
pub(in crate::faces::livechat) const THREADS: Order = Order { newest: "thread_newest", oldest: "thread_oldest" };
/// Customers.
pub(in crate::faces::livechat) const CUSTOMERS: Order = Order { newest: "customer_newest", oldest: "customer_oldest" };

/// Keys read at a time.
const CHUNK: usize = 200;

impl Order {
    /// Puts something at its time.
    pub(in crate::faces::livechat) fn put(self, at: Timestamp, id: &str) -> [DocumentWrite; 2] {
        let [newest, oldest] = keys(at, id);
        [DocumentWrite::put(self.newest, newest, Value::Bool(true)), DocumentWrite::put(self.oldest, oldest, Value::Bool(true))]
    }

    /// Takes something away from its time.
    pub(in crate::faces::livechat) fn delete(self, at: Timestamp, id: &str) -> [DocumentWrite; 2] {
        let [newest, oldest] = keys(at, id);
        [DocumentWrite::delete(self.newest, newest), DocumentWrite::delete(self.oldest, oldest)]
    }

    /// The next places after `after`, with the ids of what is there.
    ///
    /// # Errors
    /// When the store fails.
    pub(in crate::faces::livechat) async fn after(
        self,
        call: &Call,
        newest_first: bool,
        after: Option<String>,
    ) -> Result<Vec<(String, String)>, Fault> {
        let kind = if newest_first { self.newest } else { self.oldest };
        let read = move |store: &dyn hallpass_store::Store, app: &str| store.scan_documents(app, kind, "", after.as_deref(), CHUNK);
        let found = call.tenant.read(read).await.map_err(Fault::internal)?;
        let id = |key: &str| key.split_once(keep::SEPARATOR).map(|(_, id)| id.to_owned()).unwrap_or_default();
        Ok(found.into_iter().map(|(key, _)| (key.clone(), id(&key))).collect())
    }
}

fn keys(at: Timestamp, id: &str) -> [String; 2] {
    let oldest = at.as_ms();
    let newest = u64::MAX - oldest;
    [newest, oldest].map(|time| keep::composed(&[&format!("{time:020}"), id]))
}
