//! Whose a file is. Root makes files for a service that runs as somebody else, and that one must be able to open them.

use std::fs::{self, Metadata};
use std::io;
use std::path::Path;

/// Gives a file the owner and the group of another.
pub(super) fn give_owner(like: &Metadata, path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, chown};
        let is = fs::metadata(path)?;
        // Only root may give files away, but anybody may leave them as they are.
        let wanted = |wanted: u32, is: u32| Some(wanted).filter(|wanted| *wanted != is);
        let (user, group) = (wanted(like.uid(), is.uid()), wanted(like.gid(), is.gid()));
        if user.is_some() || group.is_some() {
            chown(path, user, group)?;
        }
    }
    Ok(())
}

/// Gives a file the owner, the group and the mode of another.
pub(super) fn give_owner_and_mode(like: &Metadata, path: &Path) -> io::Result<()> {
    give_owner(like, path)?;
    fs::set_permissions(path, like.permissions())
}
