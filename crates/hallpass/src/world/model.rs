//! What is read without locks, in every order that the memory model allows: `RUSTFLAGS="--cfg loom" cargo test -p hallpass --lib world::model`.

use loom::sync::Arc;
use loom::thread;

use super::atomic::{AtomicU64, Ordering};
use super::lines::Lines;
use super::sequence::Sequence;

const HASH: u64 = 0x1234_5678_9abc_de05;

/// A user loses one role and gets another while a check reads both words.
#[test]
fn words_that_are_written_together_are_read_together() {
    loom::model(|| {
        let world = Arc::new((Sequence::default(), AtomicU64::new(0), AtomicU64::new(0)));
        let writer = {
            let world = Arc::clone(&world);
            thread::spawn(move || {
                for revision in 1..=2 {
                    world.0.write(|| {
                        world.1.store(revision, Ordering::Release);
                        world.2.store(revision, Ordering::Release);
                    });
                }
            })
        };
        let seen = world.0.attempt(|| (world.1.load(Ordering::Acquire), world.2.load(Ordering::Acquire)));
        if let Some((first, second)) = seen {
            assert_eq!(first, second);
        }
        writer.join().unwrap();
        assert_eq!(world.0.attempt(|| world.1.load(Ordering::Acquire)), Some(2));
    });
}

/// Somebody joins while a check looks for them: they are found whole, or not at all.
#[test]
fn an_entry_is_found_whole_or_not_at_all() {
    loom::model(|| {
        let lines = Arc::new(Lines::with_room(1));
        lines.insert(HASH, 7);
        let writer = {
            let lines = Arc::clone(&lines);
            thread::spawn(move || lines.insert(HASH, 8))
        };
        assert_eq!(lines.find(HASH, |entry| entry == 7), Some(7), "who was there before is found");
        assert!(matches!(lines.find(HASH, |entry| entry == 8), None | Some(8)));
        writer.join().unwrap();
        assert_eq!(lines.find(HASH, |entry| entry == 8), Some(8));
    });
}

/// One leaves and another takes the place, with the same tag: whoever is found is the one that was asked for.
#[test]
fn a_place_that_is_used_again_confuses_nobody() {
    loom::model(|| {
        let lines = Arc::new(Lines::with_room(1));
        lines.insert(HASH, 7);
        let writer = {
            let lines = Arc::clone(&lines);
            thread::spawn(move || {
                lines.remove(HASH, |entry| entry == 7);
                lines.insert(HASH, 8);
            })
        };
        assert!(matches!(lines.find(HASH, |entry| entry == 7), None | Some(7)));
        assert_eq!(lines.find(HASH, |entry| entry == 9), None);
        writer.join().unwrap();
        assert_eq!(lines.find(HASH, |entry| entry == 7), None);
        assert_eq!(lines.find(HASH, |entry| entry == 8), Some(8));
    });
}

/// A role changes in place.
#[test]
fn an_entry_that_is_replaced_is_always_there() {
    loom::model(|| {
        let lines = Arc::new(Lines::with_room(1));
        lines.insert(HASH, 7);
        let writer = {
            let lines = Arc::clone(&lines);
            thread::spawn(move || lines.replace(HASH, |entry| entry & 7 == 7, 15))
        };
        assert!(matches!(lines.find(HASH, |entry| entry & 7 == 7), Some(7 | 15)));
        assert!(writer.join().unwrap());
        assert_eq!(lines.find(HASH, |entry| entry & 7 == 7), Some(15));
    });
}
