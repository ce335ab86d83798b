//! The one writer: groups the commits that wait, makes them durable in one transaction, shows them, answers them.
//!
//! One `fsync` costs as much for a hundred commits as for one. While the disk is busy with one group the next gathers in the queue, so
//! the groups grow by themselves with the load, and a lone commit waits for nobody.

use std::sync::Arc;
use std::thread::JoinHandle;

use hallpass::Revision;
use tokio::sync::{mpsc, oneshot};

use crate::commit::{Commit, Committed};
use crate::error::StoreError;
use crate::store::Store;

/// Most commits that share one transaction. More would keep the first of them waiting for little: at this size the `fsync` is
/// already a small part of the work.
pub const MAX_GROUP: usize = 256;

/// Most commits that wait; who comes then waits for room. A few groups, so that the writer never runs dry.
pub const QUEUE_LEN: usize = 1024;

type Answer = Result<Revision, StoreError>;

struct Job {
    commit: Commit,
    answer: oneshot::Sender<Answer>,
    hold: Option<Box<dyn Send>>,
}

/// Commits through one thread, in the order of submission.
///
/// A commit is durable before `on_commit` sees it, and `on_commit` has seen it before its submitter gets the answer. Dropping the
/// committer, or [`Committer::close`], finishes what waits and stops the thread.
#[derive(Debug)]
pub struct Committer {
    queue: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Committer {
    /// Starts the writer thread. `on_commit` runs on it, once per commit, in order; this is where the engine learns of the change.
    /// If it panics the committer stops for good, since what the engine knows would no longer be what the store holds. When it is dropped,
    /// at the end, the committer has let go of the store.
    ///
    /// # Errors
    /// [`StoreError::Stopped`] when the thread cannot be started.
    pub fn start(store: Arc<dyn Store>, mut on_commit: impl FnMut(&Committed) + Send + 'static) -> Result<Self, StoreError> {
        let (sender, receiver) = mpsc::channel(QUEUE_LEN);
        let thread = std::thread::Builder::new()
            .name("hallpass-writer".to_owned())
            .spawn(move || {
                write(&*store, receiver, &mut on_commit);
                drop(store);
            })
            .map_err(|_| StoreError::Stopped)?;
        Ok(Self { queue: Some(sender), thread: Some(thread) })
    }

    /// Commits, and answers once the commit is durable and visible. Waits for room in the queue first.
    ///
    /// Dropping the future after it was polled does not undo the commit.
    ///
    /// # Errors
    /// Those of [`Store::commit`], and [`StoreError::Stopped`].
    pub async fn submit(&self, commit: Commit) -> Result<Revision, StoreError> {
        self.enqueue(commit, None).await
    }

    /// Like [`submit`](Self::submit), and drops `hold` only after the commit is visible or has failed, even if the caller gives up
    /// waiting. Hand it the locks under which the commit was validated.
    ///
    /// # Errors
    /// Those of [`submit`](Self::submit).
    pub async fn submit_holding(&self, commit: Commit, hold: Box<dyn Send>) -> Result<Revision, StoreError> {
        self.enqueue(commit, Some(hold)).await
    }

    async fn enqueue(&self, commit: Commit, hold: Option<Box<dyn Send>>) -> Answer {
        let queue = self.queue.as_ref().ok_or(StoreError::Stopped)?;
        let (answer, answered) = oneshot::channel();
        queue.send(Job { commit, answer, hold }).await.map_err(|_| StoreError::Stopped)?;
        answered.await.map_err(|_| StoreError::Stopped)?
    }

    /// Like [`submit`](Self::submit), for threads outside an async runtime.
    ///
    /// # Errors
    /// Those of [`submit`](Self::submit).
    pub fn submit_blocking(&self, commit: Commit) -> Result<Revision, StoreError> {
        let queue = self.queue.as_ref().ok_or(StoreError::Stopped)?;
        let (answer, answered) = oneshot::channel();
        queue.blocking_send(Job { commit, answer, hold: None }).map_err(|_| StoreError::Stopped)?;
        answered.blocking_recv().map_err(|_| StoreError::Stopped)?
    }

    /// How many commits wait in the queue now.
    pub fn waiting(&self) -> usize {
        self.queue.as_ref().map_or(0, |queue| queue.max_capacity() - queue.capacity())
    }

    /// Finishes what waits and stops the thread.
    pub fn close(mut self) {
        self.stop();
    }

    fn stop(&mut self) {
        self.queue = None;
        // The thread itself may be the one that drops this, as the last that `on_commit` held; it ends when it has answered.
        if let Some(thread) = self.thread.take().filter(|thread| thread.thread().id() != std::thread::current().id()) {
            // A panic of the thread was reported where it happened, and every waiter got `Stopped`.
            let _ = thread.join();
        }
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        self.stop();
    }
}

fn write(store: &dyn Store, mut queue: mpsc::Receiver<Job>, on_commit: &mut impl FnMut(&Committed)) {
    let mut group = Vec::with_capacity(MAX_GROUP);
    while queue.blocking_recv_many(&mut group, MAX_GROUP) > 0 {
        write_group(store, group.drain(..), on_commit);
    }
}

fn write_group(store: &dyn Store, group: impl Iterator<Item = Job>, on_commit: &mut impl FnMut(&Committed)) {
    let (commits, waiters): (Vec<_>, Vec<_>) = group.map(|job| (job.commit, (job.answer, job.hold))).unzip();
    let results: Vec<Answer> = match store.commit(&commits) {
        Ok(revisions) => revisions.into_iter().map(Ok).collect(),
        // One bad commit must not take the others down with it, so that each gets its own transaction and its own answer.
        Err(_) if commits.len() > 1 => commits.iter().map(|commit| commit_alone(store, commit)).collect(),
        Err(error) => vec![Err(error)],
    };
    for ((commit, (answer, hold)), result) in commits.into_iter().zip(waiters).zip(results) {
        if let Ok(revision) = &result {
            on_commit(&commit.into_committed(*revision));
        }
        drop(hold);
        // A submitter who gave up waiting is not told.
        let _ = answer.send(result);
    }
}

fn commit_alone(store: &dyn Store, commit: &Commit) -> Answer {
    store.commit(std::slice::from_ref(commit))?.pop().ok_or(StoreError::Stopped)
}
