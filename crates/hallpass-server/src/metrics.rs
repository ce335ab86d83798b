//! What `/metrics` shows, in Prometheus' text format.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use hallpass::{Decision, Reason};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// Upper bounds of the latency buckets, in seconds: a check is answered in the first ones, a commit in the middle.
const LATENCY_S: [f64; 12] = [0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 10.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    face: &'static str,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct FaceLabels {
    face: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DecisionLabels {
    profile: String,
    allowed: String,
    reason: &'static str,
}

/// The server's counters. Clones count together.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    requests: Family<RequestLabels, Counter>,
    latency: Family<FaceLabels, Histogram, fn() -> Histogram>,
    faces: Arc<[OnceLock<FaceCounters>; FACES]>,
    decisions: Family<DecisionLabels, Counter>,
    commits: Counter,
    changes: Counter,
    apps: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new()
    }
}

impl Metrics {
    /// All at zero.
    pub fn new() -> Self {
        let mut registry = Registry::with_prefix("hallpass");
        let requests = Family::default();
        registry.register("requests", "Requests answered, by face and status", requests.clone());
        let latency = Family::new_with_constructor((|| Histogram::new(LATENCY_S)) as fn() -> Histogram);
        registry.register("request_duration_seconds", "Time from a request's head to its answer's head, by face", latency.clone());
        let decisions = Family::default();
        registry.register("decisions", "Decisions, by profile and reason", decisions.clone());
        let commits = Counter::default();
        registry.register("store_commits", "Commits that became durable", commits.clone());
        let changes = Counter::default();
        registry.register("store_changes", "Changes in the commits that became durable", changes.clone());
        let apps = Gauge::default();
        registry.register("apps", "Apps that are served", apps.clone());
        Self { registry: Arc::new(registry), requests, latency, faces: Arc::default(), decisions, commits, changes, apps }
    }

    /// Counts a request.
    pub(crate) fn request(&self, face: &'static str, status: u16, took: Duration) {
        let counter = || self.requests.get_or_create(&RequestLabels { face, status }).clone();
        let Some(known) = self.counters_of(face) else {
            counter().inc();
            self.latency.get_or_create(&FaceLabels { face }).observe(took.as_secs_f64());
            return;
        };
        match known.requests.get(usize::from(status.wrapping_sub(FIRST_STATUS))) {
            Some(known) => known.get_or_init(counter).inc(),
            None => counter().inc(),
        };
        known.latency.observe(took.as_secs_f64());
    }

    /// What is counted of a face, found without hashing its labels; `None` if there are more faces than places.
    fn counters_of(&self, face: &'static str) -> Option<&FaceCounters> {
        let counters = || FaceCounters {
            face,
            requests: std::array::from_fn(|_| OnceLock::new()),
            latency: self.latency.get_or_create(&FaceLabels { face }).clone(),
        };
        self.faces.iter().map(|place| place.get_or_init(counters)).find(|known| known.face == face)
    }

    /// Counts a commit.
    pub(crate) fn commit(&self, changes: usize) {
        self.commits.inc();
        self.changes.inc_by(u64::try_from(changes).unwrap_or_default());
    }

    /// Says how many apps there are.
    pub(crate) fn apps(&self, count: usize) {
        self.apps.set(i64::try_from(count).unwrap_or_default());
    }

    /// The counters of one profile's decisions, looked up once: a check then costs one atomic addition.
    pub(crate) fn decisions(&self, profile: &str) -> DecisionCounters {
        let counters = Reason::ALL
            .iter()
            .map(|reason| {
                [false, true].map(|allowed| {
                    let labels = DecisionLabels { profile: profile.to_owned(), allowed: allowed.to_string(), reason: reason.code() };
                    Lazy { family: self.decisions.clone(), labels, counter: OnceLock::new() }
                })
            })
            .collect();
        DecisionCounters { counters }
    }

    /// Everything, as text.
    pub fn render(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

/// Most faces that are counted without a look into the families.
const FACES: usize = 8;
/// The statuses of answers: 200 to 599.
const FIRST_STATUS: u16 = 200;
const STATUSES: usize = 400;

/// The counters of one face, looked up once: a request then costs a few atomic additions.
struct FaceCounters {
    face: &'static str,
    requests: [OnceLock<Counter>; STATUSES],
    latency: Histogram,
}

/// A counter that appears in the output once it has counted something.
struct Lazy {
    family: Family<DecisionLabels, Counter>,
    labels: DecisionLabels,
    counter: OnceLock<Counter>,
}

/// The counters of one profile's decisions, by reason and outcome.
pub(crate) struct DecisionCounters {
    counters: Vec<[Lazy; 2]>,
}

impl DecisionCounters {
    pub(crate) fn count(&self, decision: &Decision) {
        let Some([refused, allowed]) = self.counters.get(decision.reason as usize) else { return };
        let lazy = if decision.allowed { allowed } else { refused };
        lazy.counter.get_or_init(|| lazy.family.get_or_create(&lazy.labels).clone()).inc();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hallpass::Revision;

    #[test]
    fn every_reason_is_counted_under_its_own_name() {
        let metrics = Metrics::new();
        let counters = metrics.decisions("stream");
        for reason in Reason::ALL {
            counters.count(&Decision { allowed: false, reason: *reason, revision: Revision(1) });
        }
        let text = metrics.render();
        for reason in Reason::ALL {
            let line = format!("hallpass_decisions_total{{profile=\"stream\",allowed=\"false\",reason=\"{reason}\"}} 1");
            assert!(text.contains(&line), "{line} is missing in\n{text}");
        }
    }
}
