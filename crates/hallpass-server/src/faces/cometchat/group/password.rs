//! Passwords of groups, kept as salted digests.

use serde::{Deserialize, Serialize};

use crate::key::{KeyDigest, random_hex};

/// Hexadecimal digits of a salt.
const SALT_DIGITS: usize = 32;

/// A password, as stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in super::super) struct Password {
    salt: String,
    digest: KeyDigest,
}

impl Password {
    /// What to store of a password.
    pub(in super::super) fn of(password: &str) -> Self {
        let salt = random_hex(SALT_DIGITS);
        Self { digest: digest(&salt, password), salt }
    }

    /// Whether this is the password; takes the same time wherever it differs.
    pub(in super::super) fn matches(&self, password: &str) -> bool {
        self.digest.matches(&digest(&self.salt, password))
    }
}

fn digest(salt: &str, password: &str) -> KeyDigest {
    KeyDigest::of(&format!("{salt}:{password}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_opens_and_others_do_not() {
        let stored = Password::of("sesame");
        assert!(stored.matches("sesame"));
        assert!(!stored.matches("Sesame"));
        assert!(!serde_json::to_string(&stored).unwrap().contains("sesame"));
        assert_ne!(Password::of("sesame").salt, stored.salt);
    }
}
