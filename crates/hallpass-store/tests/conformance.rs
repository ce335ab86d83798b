//! What every store must do. Each case runs against each store; a new store joins by a line at the end.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

#[path = "conformance/apps.rs"]
mod apps;
#[path = "conformance/backups.rs"]
mod backups;
#[path = "conformance/documents.rs"]
mod documents;
#[path = "conformance/listings.rs"]
mod listings;
#[path = "conformance/loading.rs"]
mod loading;
#[path = "conformance/removals.rs"]
mod removals;
#[path = "conformance/revisions.rs"]
mod revisions;
mod scene;

use std::path::{Path, PathBuf};

use hallpass_store::{MemoryStore, SqliteStore, Store};
use tempfile::TempDir;

/// A kind of store under test, with a directory of its own.
pub(crate) trait Kit: Default {
    /// An empty store.
    fn store(&self) -> Box<dyn Store>;
    /// The store that a backup holds.
    fn restored(&self, backup: &Path) -> Box<dyn Store>;
    /// A path where nothing is yet.
    fn path(&self, name: &str) -> PathBuf;
}

pub(crate) struct Memory(TempDir);
pub(crate) struct Sqlite(TempDir);

impl Default for Memory {
    fn default() -> Self {
        Self(tempfile::tempdir().unwrap())
    }
}

impl Default for Sqlite {
    fn default() -> Self {
        Self(tempfile::tempdir().unwrap())
    }
}

impl Kit for Memory {
    fn store(&self) -> Box<dyn Store> {
        Box::new(MemoryStore::new())
    }

    fn restored(&self, backup: &Path) -> Box<dyn Store> {
        Box::new(MemoryStore::from_backup(backup).unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

impl Kit for Sqlite {
    fn store(&self) -> Box<dyn Store> {
        Box::new(SqliteStore::open(&self.path("data")).unwrap())
    }

    fn restored(&self, backup: &Path) -> Box<dyn Store> {
        let directory = self.path("restored");
        std::fs::create_dir(&directory).unwrap();
        std::fs::copy(backup, directory.join("hallpass.db")).unwrap();
        Box::new(SqliteStore::open(&directory).unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }
}

macro_rules! suite {
    ($name:ident, $kit:ty) => {
        mod $name {
            suite! { @modules $kit;
                apps {
                    do_not_see_each_other,
                    are_forgotten_when_removed,
                }
                backups {
                    hold_everything_up_to_a_moment,
                    never_overwrite,
                }
                documents {
                    are_put_replaced_and_deleted,
                    are_read_in_the_order_asked,
                    are_scanned_by_prefix_and_page,
                    are_written_after_the_changes,
                    that_could_not_be_found_or_read_again_are_refused,
                }
                listings {
                    of_members_are_paged,
                    of_memberships_are_paged,
                    of_users_and_channels_are_paged,
                    of_relations_are_paged,
                }
                loading {
                    gives_back_every_kind_of_change_whole,
                    gives_the_last_value_of_each_fact,
                    gives_an_order_in_which_changes_can_be_applied,
                    keeps_grants_in_the_order_of_writing,
                    remembers_that_a_built_in_channel_type_is_gone,
                    equals_replay_of_the_log,
                }
                removals {
                    of_a_user_take_what_hangs_on_them,
                    of_a_channel_take_what_hangs_on_it,
                    of_a_member_take_their_document,
                    of_policy_items_take_their_grants,
                    of_what_is_not_there_change_nothing,
                }
                revisions {
                    grow_by_one_per_commit_of_an_app,
                    of_a_group_follow_its_order,
                    are_not_used_by_refused_commits,
                    are_listed_with_all_that_the_log_holds,
                    are_listed_in_pages,
                }
            }
        }
    };
    (@modules $kit:ty; $($module:ident { $($case:ident,)+ })+) => {
        $(
            mod $module {
                suite! { @cases $kit; $module; $($case,)+ }
            }
        )+
    };
    (@cases $kit:ty; $module:ident; $($case:ident,)+) => {
        $(
            #[test]
            fn $case() {
                crate::$module::$case(&<$kit>::default());
            }
        )+
    };
}

suite!(memory, crate::Memory);
suite!(sqlite, crate::Sqlite);
