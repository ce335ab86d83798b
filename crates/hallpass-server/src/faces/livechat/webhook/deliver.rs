//! Telling: who is to be told, a bounded queue, and deliveries that are tried again.
//!
//! The queue is memory: what waits in it when the server stops is not told. Receivers that need every occurrence read the change feed.

use std::collections::{BTreeSet, HashMap};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};
use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use ureq::Agent;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::{DefaultConnector, NextTimeout};

use super::super::agent::AgentDocument;
use super::super::keep;
use super::state::STATE;
use super::{Occurrence, WEBHOOK, WebhookDocument, catalogue, select};
use crate::tenant::Tenant;

/// Deliveries that wait for their turn. Beyond, they are dropped, with a line in the log.
const QUEUE: usize = 1_000;
/// Deliveries under way, with those that wait to be tried again.
const UNDER_WAY: usize = 1_000;
/// Of these, waiting or under way, one app may have so many: whose receivers are slow does not crowd out others.
const SHARE: usize = 250;
/// Calls at once: each holds a thread while the receiver thinks.
const AT_ONCE: usize = 16;
/// Of these, for one app.
const SHARE_AT_ONCE: usize = 4;
/// Between one attempt and the next. After the last the delivery is given up.
const PAUSES: [Duration; 4] = [Duration::from_millis(200), Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(25)];
/// How long a receiver may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// An occurrence on its way.
pub(in crate::faces::livechat) struct Told {
    pub(in crate::faces::livechat) tenant: Arc<Tenant>,
    pub(in crate::faces::livechat) organization_id: String,
    /// The client through which it was done.
    pub(in crate::faces::livechat) client: Option<String>,
    pub(in crate::faces::livechat) occurrence: Occurrence,
}

/// What tells. One for a server.
#[derive(Default)]
pub(crate) struct Webhooks {
    queue: OnceLock<mpsc::Sender<Delivery>>,
    to_private: AtomicBool,
    /// By app, of those that have deliveries.
    shares: Mutex<HashMap<String, Arc<Share>>>,
}

/// What one app may have of the queue and of the calls at once.
struct Share {
    places: Arc<Semaphore>,
    at_once: Semaphore,
}

/// A delivery's place in the share of its app: given back when it is done.
struct Place {
    share: Arc<Share>,
    _held: OwnedSemaphorePermit,
}

impl Webhooks {
    /// Allows receivers on loopback and in private networks.
    pub(crate) fn allow_private(&self) {
        self.to_private.store(true, Ordering::Relaxed);
    }

    /// Whether receivers may be on loopback and in private networks.
    pub(in crate::faces::livechat) fn reaches_private(&self) -> bool {
        self.to_private.load(Ordering::Relaxed)
    }

    /// A place in an app's share, if there is one left.
    fn place(&self, app: &str) -> Option<Place> {
        let mut shares = self.shares.lock().unwrap_or_else(PoisonError::into_inner);
        if !shares.contains_key(app) {
            // Only deliveries hold a share besides this table.
            shares.retain(|_, share| Arc::strong_count(share) > 1);
        }
        let new = || Arc::new(Share { places: Arc::new(Semaphore::new(SHARE)), at_once: Semaphore::new(SHARE_AT_ONCE) });
        let share = Arc::clone(shares.entry(app.to_owned()).or_insert_with(new));
        let held = Arc::clone(&share.places).try_acquire_owned().ok()?;
        Some(Place { share, _held: held })
    }

    /// Queues the deliveries of an occurrence. The worker starts with the first one.
    pub(in crate::faces::livechat) async fn tell(&self, told: &Told) {
        let found = match receivers(told).await {
            Ok(found) => found,
            Err(error) => return tracing::error!(%error, "webhooks cannot be read"),
        };
        for (id, webhook) in found {
            let queue = self.queue.get_or_init(|| {
                let (sender, receiver) = mpsc::channel(QUEUE);
                tokio::spawn(work(receiver));
                sender
            });
            let Some(place) = self.place(told.tenant.id()) else {
                tracing::warn!(app = told.tenant.id(), webhook = id, "a delivery is dropped: the app has too many under way");
                continue;
            };
            if let Err(error) = queue.try_send(Delivery::of(told, &id, &webhook, self.reaches_private(), place)) {
                tracing::warn!(%error, webhook = id, "a delivery is dropped: the queue of webhooks is full");
            }
        }
    }
}

async fn work(mut queue: mpsc::Receiver<Delivery>) {
    let under_way = Arc::new(Semaphore::new(UNDER_WAY));
    let at_once = Arc::new(Semaphore::new(AT_ONCE));
    while let Some(delivery) = queue.recv().await {
        let Ok(place) = Arc::clone(&under_way).acquire_owned().await else { return };
        let at_once = Arc::clone(&at_once);
        tokio::spawn(async move {
            delivery.deliver(&at_once).await;
            drop(place);
        });
    }
}

/// The webhooks that are to be told.
async fn receivers(told: &Told) -> Result<Vec<(String, WebhookDocument)>, String> {
    let broken = |fault: super::super::fault::Fault| fault.message;
    let all: Vec<(String, WebhookDocument)> = keep::all_of(&told.tenant, WEBHOOK, String::new()).await.map_err(broken)?;
    let mut found = Vec::new();
    let mut bots: Option<Vec<(String, String)>> = None;
    for (id, webhook) in all.into_iter().filter(|(_, webhook)| webhook.action == told.occurrence.action) {
        let enabled = match webhook.webhook_type.as_deref() {
            Some("license") => {
                let state = told.tenant.document(STATE, webhook.owner_client_id.clone()).await.map_err(|error| error.to_string())?;
                state == Some(Value::Bool(true))
            }
            _ => true,
        };
        if !enabled {
            continue;
        }
        if bots.is_none() {
            let agents: Vec<(String, AgentDocument)> =
                keep::all_of(&told.tenant, hallpass_store::kind::USER, String::new()).await.map_err(broken)?;
            bots = Some(agents.into_iter().filter_map(|(id, agent)| Some((id, agent.bot?.owner_client_id))).collect());
        }
        let own = bots.iter().flatten().filter(|(_, owner)| *owner == webhook.owner_client_id);
        let own: BTreeSet<String> = own.map(|(id, _)| id.clone()).collect();
        if select::is_meant(&webhook, &told.occurrence, told.client.as_deref(), &own) {
            found.push((id, webhook));
        }
    }
    Ok(found)
}

/// One webhook, told of one occurrence.
pub(in crate::faces::livechat) struct Delivery {
    webhook: String,
    url: String,
    /// The same for all attempts, so that a receiver can tell them from another occurrence.
    id: String,
    body: String,
    signature: String,
    to_private: bool,
    /// A delivery that waits for its next attempt does not keep an app, or a server that stops.
    tenant: Weak<Tenant>,
    place: Place,
}

impl Delivery {
    fn of(told: &Told, id: &str, webhook: &WebhookDocument, to_private: bool, place: Place) -> Self {
        let occurrence = &told.occurrence;
        let body = if webhook.is_of_2018() {
            let action = catalogue::find(&webhook.action, false).and_then(|kind| kind.earlier).unwrap_or(occurrence.action);
            json!({
                "webhook_id": id, "secret_key": webhook.secret_key, "action": action, "data": occurrence.payload,
                "additional_data": occurrence.additional_data(&webhook.additional_data),
            })
        } else {
            json!({
                "webhook_id": id, "secret_key": webhook.secret_key, "action": occurrence.action,
                "organization_id": told.organization_id, "payload": occurrence.payload,
                "additional_data": occurrence.additional_data(&webhook.additional_data),
            })
        };
        let body = body.to_string();
        let signature = signature(&webhook.secret_key, &body);
        let delivery = uuid::Uuid::new_v4().to_string();
        let tenant = Arc::downgrade(&told.tenant);
        Self { webhook: id.to_owned(), url: webhook.url.clone(), id: delivery, body, signature, to_private, tenant, place }
    }

    async fn deliver(&self, at_once: &Semaphore) {
        for pause in PAUSES.map(Some).into_iter().chain([None]) {
            match self.attempt(at_once).await {
                Ok(status) if (200..300).contains(&status) => return,
                // Gone for good: the receiver says so itself.
                Ok(410) => break,
                Ok(status) => tracing::debug!(webhook = self.webhook, status, "a webhook did not take a delivery"),
                Err(error) => tracing::debug!(webhook = self.webhook, error, "a webhook was not reached"),
            }
            let Some(pause) = pause else { break };
            tokio::time::sleep(pause).await;
            // Whoever was unregistered meanwhile is not told any more.
            let Some(tenant) = self.tenant.upgrade() else { return };
            if !matches!(tenant.document(WEBHOOK, self.webhook.clone()).await, Ok(Some(_))) {
                return;
            }
        }
        tracing::warn!(webhook = self.webhook, delivery = self.id, "a delivery was given up");
    }

    async fn attempt(&self, at_once: &Semaphore) -> Result<u16, String> {
        let _own_turn = self.place.share.at_once.acquire().await.map_err(|error| error.to_string())?;
        let _turn = at_once.acquire().await.map_err(|error| error.to_string())?;
        let agent = agent(self.to_private);
        let request = agent
            .post(&self.url)
            .header("content-type", "application/json")
            .header("user-agent", concat!("hallpass/", env!("CARGO_PKG_VERSION")))
            .header("x-hallpass-delivery", &self.id)
            .header("x-hallpass-signature", &self.signature);
        let body = self.body.clone();
        let sent = tokio::task::spawn_blocking(move || request.send(body)).await.map_err(|error| error.to_string())?;
        sent.map(|answer| answer.status().as_u16()).map_err(|error| error.to_string())
    }
}

/// `sha256=` and the HMAC of the body with the webhook's secret.
fn signature(secret: &str, body: &str) -> String {
    // HMAC takes keys of any length, so there is always one.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else { return String::new() };
    mac.update(body.as_bytes());
    let digest: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={digest}")
}

/// Follows no redirect and uses no proxy: both would lead to other addresses than the one that was looked at.
fn agent(to_private: bool) -> Agent {
    let config = Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .max_redirects(0)
        .max_redirects_will_error(false)
        .proxy(None)
        .http_status_as_error(false)
        .build();
    Agent::with_parts(config, DefaultConnector::default(), Addresses { to_private })
}

/// Looks names up, and leaves out addresses that may not be called: a public name can point anywhere.
#[derive(Debug)]
struct Addresses {
    to_private: bool,
}

impl Resolver for Addresses {
    fn resolve(&self, uri: &Uri, config: &ureq::config::Config, timeout: NextTimeout) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = DefaultResolver::default().resolve(uri, config, timeout)?;
        if self.to_private {
            return Ok(found);
        }
        let mut open = self.empty();
        for address in found.iter().filter(|address| !is_private(address.ip())) {
            open.push(*address);
        }
        if open.is_empty() { Err(ureq::Error::HostNotFound) } else { Ok(open) }
    }
}

/// Whether the host of a URL is, on its face, one that may not be called.
pub(super) fn is_private_host(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<IpAddr>() {
        Ok(address) => is_private(address),
        Err(_) => bare.eq_ignore_ascii_case("localhost") || bare.to_ascii_lowercase().ends_with(".localhost"),
    }
}

/// Loopback, private networks, link-local, and what is no address of a host at all.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [first, second, third, _] = v4.octets();
            // "This network" (RFC 1122), shared (RFC 6598), protocol assignments (RFC 6890), benchmarks (RFC 2544), reserved (RFC 1112).
            let special = first == 0
                || first == 100 && (64..128).contains(&second)
                || (first, second, third) == (192, 0, 0)
                || first == 198 && (18..20).contains(&second)
                || first >= 240;
            special || v4.is_loopback() || v4.is_private() || v4.is_link_local() || v4.is_multicast()
        }
        IpAddr::V6(v6) => match embedded(v6) {
            Some(v4) if v6 != Ipv6Addr::LOCALHOST && v6 != Ipv6Addr::UNSPECIFIED => is_private(IpAddr::V4(v4)),
            _ => {
                let is_site_local = v6.segments().first().is_some_and(|first| first & 0xffc0 == 0xfec0);
                let is_local = v6.is_unique_local() || v6.is_unicast_link_local() || is_site_local;
                is_local || v6.is_loopback() || v6.is_unspecified() || v6.is_multicast()
            }
        },
    }
}

/// The IPv4 address that packets to this one are sent on to: mapped and compatible ones, NAT64 (RFC 6052) and 6to4 (RFC 3056).
fn embedded(v6: Ipv6Addr) -> Option<Ipv4Addr> {
    let of = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match v6.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => Some(of(high, low)),
        _ => v6.to_ipv4(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_known_in_every_spelling() {
        for host in [
            "127.0.0.1",
            "localhost",
            "api.localhost",
            "10.1.2.3",
            "192.168.0.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "[::1]",
            "[fd00::1]",
            "[::ffff:127.0.0.1]",
            "[fe80::1]",
            "0.1.2.3",
            "192.0.0.8",
            "198.18.0.1",
            "198.19.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "224.0.0.1",
            "[64:ff9b::10.0.0.1]",
            "[64:ff9b::a9fe:a9fe]",
            "[2002:7f00:1::1]",
            "[fec0::1]",
            "[feff::1]",
            "[::]",
        ] {
            assert!(is_private_host(host), "{host}");
        }
        for host in [
            "example.com",
            "8.8.8.8",
            "[2606:4700::1111]",
            "100.128.0.1",
            "198.20.0.1",
            "192.0.2.1",
            "[64:ff9b::808:808]",
            "[2002:808:808::1]",
        ] {
            assert!(!is_private_host(host), "{host}");
        }
    }

    #[test]
    fn an_app_has_a_share_of_the_queue_and_no_more() {
        let webhooks = Webhooks::default();
        let mut busy: Vec<Place> = std::iter::from_fn(|| webhooks.place("busy")).take(SHARE + 1).collect();
        assert_eq!(busy.len(), SHARE);
        assert!(webhooks.place("calm").is_some());
        busy.pop();
        assert!(webhooks.place("busy").is_some());
        drop(busy);
        drop(webhooks.place("calm again"));
        assert_eq!(webhooks.shares.lock().unwrap().len(), 1, "shares that nothing is left of go");
    }

    /// HMAC-SHA256 of "what do ya want for nothing?" with the key "Jefe": RFC 4231, test case 2.
    #[test]
    fn the_signature_is_hmac_sha256() {
        let expected = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(signature("Jefe", "what do ya want for nothing?"), expected);
    }
}
