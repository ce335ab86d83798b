//! Keys: made at random, shown once, kept as SHA-256 digests, compared in constant time.
//!
//! The one exception is Stream's `api_secret`, which signs tokens with HMAC and so has to be kept as it is.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq;

const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

/// `length` random characters of a base-32 alphabet without look-alikes: 5 bits each, from the operating system's generator.
pub fn random_text(length: usize) -> String {
    (0..length).map(|_| ALPHABET.get(usize::from(rand::random::<u8>() & 31)).copied().map_or('a', char::from)).collect()
}

/// `length` random characters of `0-9a-f`: 4 bits each.
pub fn random_hex(length: usize) -> String {
    (0..length).map(|_| char::from_digit(u32::from(rand::random::<u8>() & 15), 16).unwrap_or('0')).collect()
}

/// A key for the AuthZEN and native faces. The prefix lets secret scanners find one that leaked.
pub fn server_key() -> String {
    format!("hps_{}", random_text(40))
}

/// The key that manages apps.
pub fn root_key() -> String {
    format!("hpr_{}", random_text(40))
}

/// The SHA-256 of a key; what is stored instead of the key. Written in hex.
///
/// Plain SHA-256 is enough here: the keys are random and 200 bits long, so there is nothing to guess.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyDigest([u8; 32]);

impl KeyDigest {
    /// The digest of a key.
    pub fn of(key: &str) -> Self {
        Self(Sha256::digest(key.as_bytes()).into())
    }

    /// Whether both are of the same key; takes the same time wherever they differ.
    pub fn matches(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }

    /// The part that a registry may use as an index. The rest is compared with [`KeyDigest::matches`].
    pub(crate) fn index(&self) -> u64 {
        self.0.first_chunk::<8>().map_or(0, |first| u64::from_le_bytes(*first))
    }
}

impl fmt::Debug for KeyDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyDigest(…)")
    }
}

impl From<KeyDigest> for String {
    fn from(digest: KeyDigest) -> Self {
        digest.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl TryFrom<String> for KeyDigest {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        const EXPECTED: &str = "a key digest is 64 hexadecimal digits";
        if text.len() != 64 || !text.is_ascii() {
            return Err(EXPECTED);
        }
        let mut bytes = [0; 32];
        for (index, byte) in bytes.iter_mut().enumerate() {
            let digits = text.get(index * 2..index * 2 + 2).ok_or(EXPECTED)?;
            *byte = u8::from_str_radix(digits, 16).map_err(|_| EXPECTED)?;
        }
        Ok(Self(bytes))
    }
}

/// A text that is never logged: its `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself. Every call of this is a place to look at twice.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_survives_being_written() {
        let digest = KeyDigest::of("hps_x");
        let text = serde_json::to_string(&digest).unwrap();
        assert_eq!(text.len(), 66);
        assert!(serde_json::from_str::<KeyDigest>(&text).unwrap().matches(&digest));
        assert!(!KeyDigest::of("hps_y").matches(&digest));
        assert!(serde_json::from_str::<KeyDigest>("\"zz\"").is_err());
    }

    #[test]
    fn debug_shows_no_secret() {
        assert_eq!(format!("{:?} {:?}", Secret::new("s3cret"), KeyDigest::of("s3cret")), "Secret(…) KeyDigest(…)");
    }

    #[test]
    fn keys_differ_and_are_long() {
        assert_ne!(server_key(), server_key());
        assert_eq!(server_key().len(), 44);
        assert_eq!(random_hex(40).len(), 40);
    }
}
