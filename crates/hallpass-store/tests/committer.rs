//! The committer: order, visibility, grouping, failures, back-pressure.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod scene;

use std::future::Future;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, Weak};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;

use hallpass::{Change, Channel, ChannelId, Member, Relation, RelationKind, Revision, User};
use hallpass_store::{Commit, Committed, Committer, MAX_GROUP, MemoryStore, QUEUE_LEN, SqliteStore, Store, StoreError};
use scene::{commit, loaded, user_put, whole_log};
use serde_json::Value;

/// A memory store whose commits wait for a permit each, and which fails those that hold a commit of the app `broken`.
struct Gate {
    inner: MemoryStore,
    permits: Mutex<Receiver<()>>,
    groups: Mutex<Vec<usize>>,
}

impl Gate {
    fn new() -> (Arc<Self>, Sender<()>) {
        let (permit, permits) = mpsc::channel();
        (Arc::new(Self { inner: MemoryStore::new(), permits: Mutex::new(permits), groups: Mutex::default() }), permit)
    }

    /// Sizes of the transactions so far.
    fn groups(&self) -> Vec<usize> {
        self.groups.lock().unwrap().clone()
    }
}

macro_rules! pass_on {
    ($($name:ident($($arg:ident: $kind:ty),*) -> $answer:ty;)*) => {
        $(fn $name(&self, $($arg: $kind),*) -> Result<$answer, StoreError> { self.inner.$name($($arg),*) })*
    };
}

impl Store for Gate {
    fn commit(&self, commits: &[Commit]) -> Result<Vec<Revision>, StoreError> {
        // Once the test has dropped its end everything passes.
        let _ = self.permits.lock().unwrap().recv();
        self.groups.lock().unwrap().push(commits.len());
        if commits.iter().any(|commit| commit.app == "broken") {
            return Err(StoreError::DiskFull { path: "broken".into() });
        }
        self.inner.commit(commits)
    }

    pass_on! {
        revision(app: &str) -> Revision;
        apps() -> Vec<String>;
        load(app: &str, each: &mut dyn FnMut(Change)) -> Revision;
        changes_after(app: &str, after: Revision, limit: usize) -> Vec<Committed>;
        document(app: &str, kind: &str, id: &str) -> Option<Value>;
        documents(app: &str, kind: &str, ids: &[&str]) -> Vec<(String, Value)>;
        scan_documents(app: &str, kind: &str, prefix: &str, after: Option<&str>, limit: usize) -> Vec<(String, Value)>;
        members(app: &str, channel: &ChannelId, after: Option<&str>, limit: usize) -> Vec<Member>;
        member_count(app: &str, channel: &ChannelId) -> u64;
        memberships(app: &str, user: &str, after: Option<&ChannelId>, limit: usize) -> Vec<Member>;
        users(app: &str, after: Option<&str>, limit: usize) -> Vec<User>;
        channels(app: &str, channel_type: Option<&str>, after: Option<&ChannelId>, limit: usize) -> Vec<Channel>;
        relations(app: &str, kind: RelationKind, user: Option<&str>, after: Option<&Relation>, limit: usize) -> Vec<Relation>;
        remove_app(app: &str) -> ();
        backup(to: &std::path::Path) -> ();
    }
}

/// Wakes a thread that waits for a future.
struct Unpark(thread::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits for a future on this thread.
fn wait<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    loop {
        if let Poll::Ready(answer) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return answer;
        }
        thread::park();
    }
}

/// Polls a future once; it is expected to wait.
fn start<F: Future>(future: F) -> std::pin::Pin<Box<F>> {
    let mut future = Box::pin(future);
    assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    future
}

/// Waits until the writer has taken all that was queued into its hands.
fn until_taken(committer: &Committer) {
    while committer.waiting() > 0 {
        thread::yield_now();
    }
}

fn one(app: &str, id: usize) -> Commit {
    commit(app, [user_put(&format!("user-{id:05}"))])
}

#[test]
fn a_commit_is_durable_before_it_is_visible_and_visible_before_it_is_answered() {
    let directory = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(directory.path()).unwrap());
    let visible = Arc::new(Mutex::new(Vec::new()));
    let (seen, asked) = (Arc::clone(&visible), Arc::clone(&store));
    let committer = Committer::start(Arc::clone(&store), move |committed| {
        let durable = asked.changes_after(&committed.app, Revision(committed.revision.0 - 1), 1).unwrap();
        assert_eq!(durable, std::slice::from_ref(committed));
        seen.lock().unwrap().push(committed.clone());
    })
    .unwrap();
    for n in 1..=50 {
        let revision = wait(committer.submit(one("red", n))).unwrap();
        assert_eq!(revision, Revision(n as u64));
        assert_eq!(visible.lock().unwrap().len(), n);
    }
    assert_eq!(*visible.lock().unwrap(), whole_log(&*store, "red"));
}

#[test]
fn threads_that_commit_at_once_are_grouped_and_shown_in_the_order_of_the_log() {
    let directory = tempfile::tempdir().unwrap();
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(directory.path()).unwrap());
    let visible = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&visible);
    let committer = Committer::start(Arc::clone(&store), move |committed| seen.lock().unwrap().push(committed.clone())).unwrap();
    thread::scope(|scope| {
        for writer in 0..8 {
            let committer = &committer;
            scope.spawn(move || {
                let app = ["red", "blue"][writer % 2];
                let mut last = Revision(0);
                for n in 0..100 {
                    let revision = committer.submit_blocking(one(app, writer * 1000 + n)).unwrap();
                    assert!(revision > last);
                    last = revision;
                }
            });
        }
    });
    for app in ["red", "blue"] {
        let shown: Vec<_> = visible.lock().unwrap().iter().filter(|committed| committed.app == app).cloned().collect();
        assert_eq!(shown.len(), 400);
        assert_eq!(shown, whole_log(&*store, app));
        assert_eq!(shown.iter().map(|committed| committed.revision.0).collect::<Vec<_>>(), (1..=400).collect::<Vec<_>>());
    }
}

#[test]
fn what_waits_shares_a_transaction() {
    let (gate, permit) = Gate::new();
    let committer = Committer::start(Arc::clone(&gate) as Arc<dyn Store>, |_| ()).unwrap();
    let first = start(committer.submit(one("red", 0)));
    until_taken(&committer);
    let rest: Vec<_> = (1..=MAX_GROUP + 3).map(|n| start(committer.submit(one("red", n)))).collect();
    assert_eq!(committer.waiting(), MAX_GROUP + 3);
    (0..3).for_each(|_| permit.send(()).unwrap());
    assert_eq!(wait(first).unwrap(), Revision(1));
    let revisions: Vec<_> = rest.into_iter().map(|answer| wait(answer).unwrap().0).collect();
    assert_eq!(revisions, (2..=MAX_GROUP as u64 + 4).collect::<Vec<_>>());
    assert_eq!(gate.groups(), [1, MAX_GROUP, 3]);
}

#[test]
fn one_bad_commit_does_not_take_its_group_down() {
    let (gate, permit) = Gate::new();
    let visible = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&visible);
    let committer = Committer::start(Arc::clone(&gate) as Arc<dyn Store>, move |committed| {
        seen.lock().unwrap().push((committed.app.clone(), committed.revision.0));
    })
    .unwrap();
    let first = start(committer.submit(one("red", 0)));
    until_taken(&committer);
    let apps = ["red", "broken", "blue", "", "red"];
    let answers: Vec<_> = apps.iter().enumerate().map(|(n, app)| start(committer.submit(one(app, n + 1)))).collect();
    drop(permit);
    wait(first).unwrap();
    let answers: Vec<_> = answers.into_iter().map(|answer| wait(answer).map_err(|error| error.code())).collect();
    assert_eq!(answers, [Ok(Revision(2)), Err("disk_full"), Ok(Revision(1)), Err("refused"), Ok(Revision(3))]);
    assert_eq!(gate.groups(), [1, 5, 1, 1, 1, 1, 1]);
    let shown = [("red", 1), ("red", 2), ("blue", 1), ("red", 3)].map(|(app, revision)| (app.to_owned(), revision));
    assert_eq!(*visible.lock().unwrap(), shown);
    // It goes on.
    assert_eq!(wait(committer.submit(one("red", 9))).unwrap(), Revision(4));
}

#[test]
fn who_comes_when_the_queue_is_full_waits_for_room() {
    let (gate, permit) = Gate::new();
    let committer = Committer::start(Arc::clone(&gate) as Arc<dyn Store>, |_| ()).unwrap();
    let first = start(committer.submit(one("red", 0)));
    until_taken(&committer);
    let queued: Vec<_> = (1..=QUEUE_LEN).map(|n| start(committer.submit(one("red", n)))).collect();
    let outside = start(committer.submit(one("red", QUEUE_LEN + 1)));
    assert_eq!(committer.waiting(), QUEUE_LEN);
    drop(permit);
    wait(first).unwrap();
    for answer in queued {
        wait(answer).unwrap();
    }
    assert_eq!(wait(outside).unwrap(), Revision(QUEUE_LEN as u64 + 2));
}

/// Says when it is dropped.
struct Lock(Arc<AtomicBool>);

impl Drop for Lock {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[test]
fn locks_are_held_until_the_commit_is_visible_even_if_the_caller_gives_up() {
    let (gate, permit) = Gate::new();
    let released = Arc::new(AtomicBool::new(false));
    let (released_when_shown, shown) = mpsc::channel();
    let seen = Arc::clone(&released);
    let committer = Committer::start(Arc::clone(&gate) as Arc<dyn Store>, move |_| {
        released_when_shown.send(seen.load(Ordering::SeqCst)).unwrap();
    })
    .unwrap();
    let gave_up = start(committer.submit_holding(one("red", 1), Box::new(Lock(Arc::clone(&released)))));
    drop(gave_up);
    until_taken(&committer);
    assert!(!released.load(Ordering::SeqCst));
    permit.send(()).unwrap();
    assert_eq!(shown.recv(), Ok(false));
    committer.close();
    assert!(released.load(Ordering::SeqCst));
    assert_eq!(loaded(&*gate, "red"), (Revision(1), vec![user_put("user-00001")]));
}

#[test]
fn locks_are_released_when_the_commit_fails() {
    let (gate, permit) = Gate::new();
    drop(permit);
    let committer = Committer::start(gate as Arc<dyn Store>, |_| ()).unwrap();
    let released = Arc::new(AtomicBool::new(false));
    let answer = wait(committer.submit_holding(one("broken", 1), Box::new(Lock(Arc::clone(&released)))));
    assert_eq!(answer.unwrap_err().code(), "disk_full");
    assert!(released.load(Ordering::SeqCst));
}

#[test]
fn closing_finishes_what_waits() {
    let (gate, permit) = Gate::new();
    let committer = Committer::start(Arc::clone(&gate) as Arc<dyn Store>, |_| ()).unwrap();
    // The answers are given up; the commits are not.
    (1..=20).for_each(|n| drop(start(committer.submit(one("red", n)))));
    drop(permit);
    committer.close();
    assert_eq!(gate.revision("red").unwrap(), Revision(20));
}

#[test]
fn after_a_panic_nothing_is_committed_any_more() {
    let (gate, permit) = Gate::new();
    let committer = Committer::start(Arc::clone(&gate) as Arc<dyn Store>, |committed| {
        assert!(committed.revision < Revision(2), "the engine is broken");
    })
    .unwrap();
    let first = start(committer.submit(one("red", 1)));
    until_taken(&committer);
    let group: Vec<_> = (2..=4).map(|n| start(committer.submit(one("red", n)))).collect();
    drop(permit);
    assert_eq!(wait(first).unwrap(), Revision(1));
    for answer in group {
        assert_eq!(wait(answer).unwrap_err().code(), "stopped");
    }
    assert_eq!(committer.submit_blocking(one("red", 5)).unwrap_err().code(), "stopped");
    assert_eq!(gate.revision("red").unwrap(), Revision(4));
}

/// Whoever is shown a commit may be the last to hold the server, and with it the committer.
#[test]
fn the_last_one_to_let_go_may_be_the_one_who_is_shown_a_commit() {
    let (gate, permit) = Gate::new();
    let last: Arc<Mutex<Option<Arc<Committer>>>> = Arc::default();
    let (tell, told) = mpsc::channel();
    let held = Arc::clone(&last);
    let committer = Committer::start(Arc::clone(&gate) as Arc<dyn Store>, move |committed| {
        tell.send(committed.revision).unwrap();
        drop(held.lock().unwrap().take());
    });
    let committer = Arc::new(committer.unwrap());
    // The answers are given up; the commits are not.
    (1..=3).for_each(|n| drop(start(committer.submit(one("red", n)))));
    *last.lock().unwrap() = Some(committer);
    drop(permit);
    assert_eq!(told.iter().collect::<Vec<_>>(), [1, 2, 3].map(Revision));
}

/// Tells how many hold the store, when it is dropped.
struct Holders(Weak<MemoryStore>, Sender<usize>);

impl Drop for Holders {
    fn drop(&mut self) {
        self.1.send(self.0.strong_count()).unwrap();
    }
}

#[test]
fn the_store_is_let_go_of_before_the_one_who_is_shown_commits() {
    let store = Arc::new(MemoryStore::new());
    let (tell, told) = mpsc::channel();
    let holders = Holders(Arc::downgrade(&store), tell);
    let committer = Committer::start(store, move |_| _ = &holders).unwrap();
    committer.submit_blocking(one("red", 1)).unwrap();
    committer.close();
    assert_eq!(told.recv(), Ok(0));
}
