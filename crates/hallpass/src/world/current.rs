//! The root: replaced whole, and read all the time.
//!
//! A swap with reference counts costs a reader two locked instructions, which would be a third of a check. So each thread keeps the
//! roots that it last read and looks only whether there is a newer one: a load and a comparison. The price: a thread that asks nothing
//! any more keeps at most [`KEPT`] old roots alive until it asks again.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::ArcSwap;

use super::Root;

/// Roots that a thread keeps; two apps whose numbers differ by a multiple of it take turns.
const KEPT: usize = 8;

/// Roots with their versions.
type Seen = [Option<(u64, Arc<Root>)>; KEPT];

thread_local! {
    static SEEN: RefCell<Seen> = const { RefCell::new([const { None }; KEPT]) };
}

/// Never given twice, so that no root is taken for another app's.
static NEXT_VERSION: AtomicU64 = AtomicU64::new(1);

/// The root that readers see.
#[derive(Debug)]
pub(super) struct Current {
    place: usize,
    version: AtomicU64,
    root: ArcSwap<Root>,
}

impl Current {
    pub(super) fn new(root: Root) -> Self {
        let version = NEXT_VERSION.fetch_add(1, Ordering::Relaxed);
        Self { place: version as usize % KEPT, version: AtomicU64::new(version), root: ArcSwap::from_pointee(root) }
    }

    /// Reads the root, where this thread has seen it before. What is read counts only inside a read section of the world's sequence: the
    /// root may be one that was just replaced.
    #[inline(always)]
    pub(super) fn with_seen<T>(&self, read: impl FnOnce(&Root) -> T) -> Option<T> {
        let version = self.version.load(Ordering::Acquire);
        let seen = SEEN.try_with(|seen| {
            let seen = seen.try_borrow().ok()?;
            let (of, root) = seen.get(self.place)?.as_ref()?;
            (*of == version).then(|| read(root))
        });
        // A thread at its end keeps nothing any more.
        seen.ok().flatten()
    }

    /// Reads the root, as [`Self::with_seen`] does.
    pub(super) fn with<T>(&self, mut read: impl FnMut(&Root) -> T) -> T {
        self.with_seen(&mut read).unwrap_or_else(|| read(&self.note()))
    }

    #[cold]
    fn note(&self) -> Arc<Root> {
        let version = self.version.load(Ordering::Acquire);
        let root = self.root.load_full();
        let _at_its_end = SEEN.try_with(|seen| {
            // While a read within a read holds what is seen, nothing is noted.
            if let Ok(mut seen) = seen.try_borrow_mut()
                && let Some(place) = seen.get_mut(self.place)
            {
                *place = Some((version, Arc::clone(&root)));
            }
        });
        root
    }

    /// For the writer.
    pub(super) fn load(&self) -> Arc<Root> {
        self.root.load_full()
    }

    /// Whether this is the root that readers see.
    pub(super) fn is(&self, root: &Arc<Root>) -> bool {
        Arc::ptr_eq(&self.root.load(), root)
    }

    /// For the writer, inside its write section. The version moves last: whoever sees it sees the root.
    pub(super) fn store(&self, root: Arc<Root>) {
        self.root.store(root);
        self.version.store(NEXT_VERSION.fetch_add(1, Ordering::Relaxed), Ordering::Release);
    }
}
