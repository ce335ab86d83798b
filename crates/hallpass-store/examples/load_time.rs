//! How long opening and loading take: `cargo run --release -p hallpass-store --example load_time -- MEMBERSHIPS [DIRECTORY]`.
//!
//! Makes a store with so many memberships in channels of thirty, unless the directory holds one already, opens it and loads it into an engine: checked
//! first, and checked beside, in turns, so that a busy machine slows both.

use std::path::{Path, PathBuf};
use std::time::Instant;

use hallpass::{App, Change, Channel, ChannelId, Member, Profile, Timestamp, User};
use hallpass_store::{Commit, SqliteStore, Store};

/// Members of each channel.
const CHANNEL_SIZE: u64 = 30;

/// Memberships of a commit.
const COMMIT_SIZE: u64 = 30_000;

/// How often.
const ROUNDS: usize = 3;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let memberships: u64 = arguments.next().ok_or("how many memberships?")?.parse()?;
    let directory = arguments.next().map_or_else(|| std::env::temp_dir().join("hallpass-load-time"), PathBuf::from);

    let store = SqliteStore::open(&directory)?;
    if store.revision("app")?.0 == 0 {
        let users = (memberships / 10).max(CHANNEL_SIZE);
        let started = Instant::now();
        make(&store, users, memberships)?;
        println!("filled with {memberships} memberships of {users} users in {:.1?}", started.elapsed());
    }
    drop(store);

    for _ in 0..ROUNDS {
        one_after_the_other(&directory)?;
        side_by_side(&directory)?;
    }
    let bytes = std::fs::metadata(directory.join("hallpass.db"))?.len();
    println!("{} MB on disk, log included", bytes >> 20);
    Ok(())
}

/// As whoever embeds the store opens it.
fn one_after_the_other(directory: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let started = Instant::now();
    let store = SqliteStore::open(directory)?;
    let checked = started.elapsed();
    let engine = App::new(Profile::stream());
    let revision = hallpass_store::fill(&engine, &store, "app")?;
    let took = started.elapsed();
    println!("checked in {checked:.2?}, then loaded to revision {revision} in {:.2?}: {took:.2?}", took - checked);
    Ok(())
}

/// As the server opens it.
fn side_by_side(directory: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let started = Instant::now();
    let store = SqliteStore::open_ahead(directory)?;
    let engine = App::new(Profile::stream());
    hallpass_store::fill(&engine, &store, "app")?;
    let loaded = started.elapsed();
    store.checked()?;
    println!("loaded in {loaded:.2?} beside the check: {:.2?}", started.elapsed());
    Ok(())
}

fn make(store: &SqliteStore, users: u64, memberships: u64) -> Result<(), Box<dyn std::error::Error>> {
    for first in (0..users).step_by(10_000) {
        let user = |n| Change::UserPut(User { id: format!("user-{n:07}"), ..User::default() });
        commit(store, (first..users.min(first + 10_000)).map(user).collect())?;
    }
    for first in (0..memberships).step_by(usize::try_from(COMMIT_SIZE)?) {
        let mut changes = Vec::new();
        for n in first..memberships.min(first + COMMIT_SIZE) {
            let channel: ChannelId = format!("messaging:{:09}", n / CHANNEL_SIZE).parse()?;
            if n % CHANNEL_SIZE == 0 {
                changes.push(Change::ChannelPut(Channel::new(channel.clone())));
            }
            // A stride that is prime to the number of users: thirty different ones in a row, all over the table.
            let user = format!("user-{:07}", (n * 1_000_003) % users);
            let roles = if n % CHANNEL_SIZE == 0 { vec!["channel_moderator".to_owned()] } else { vec!["channel_member".to_owned()] };
            changes.push(Change::MemberPut(Member { channel, user, roles, invited: false }));
        }
        commit(store, changes)?;
    }
    Ok(())
}

fn commit(store: &SqliteStore, changes: Vec<Change>) -> Result<(), Box<dyn std::error::Error>> {
    let commit = Commit { app: "app".into(), author: "import".into(), at: Timestamp::default(), changes, documents: Vec::new() };
    store.commit(&[commit])?;
    Ok(())
}
