//! Brings an engine up from a store: the store reads ahead while the engine applies.

use std::sync::mpsc;

use hallpass::{App, Change, Revision};

use crate::error::StoreError;
use crate::store::Store;

/// Changes that are applied at a time: enough that publishing a new world each time costs nothing, few enough to stay in the
/// processor's caches on their way from one thread to the other.
const PART: usize = 4_096;

/// Parts that are read ahead. More would only take memory: whichever of the two is slower sets the pace.
const AHEAD: usize = 4;

/// Applies the state of an app to an engine that holds nothing yet, and answers with the revision that it then has.
///
/// Nobody asks the engine before this is done: until the last part its revision is 0.
///
/// # Errors
/// Those of [`Store::load`]; what the engine holds then is of no use.
pub fn fill(engine: &App, store: &dyn Store, app: &str) -> Result<Revision, StoreError> {
    let (full, parts) = mpsc::sync_channel::<Vec<Change>>(AHEAD);
    let (used, empties) = mpsc::channel::<Vec<Change>>();
    let revision = std::thread::scope(|scope| {
        let read = move || {
            store.load_parts(app, PART, &mut |part| {
                // Nobody takes it only if the engine panicked, and then this ends soon.
                let _ = full.send(part);
                empties.try_recv().unwrap_or_default()
            })
        };
        let reader = std::thread::Builder::new()
            .name("hallpass-load".to_owned())
            .spawn_scoped(scope, read)
            .map_err(StoreError::directory("start a thread for", std::path::Path::new(app)))?;
        for part in parts {
            engine.apply_committed(Revision(0), &part);
            // Its texts are written over in the thread that made them, which spares both threads the allocator.
            let _ = used.send(part);
        }
        reader.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    })?;
    engine.apply_committed(revision, &[]);
    Ok(revision)
}
