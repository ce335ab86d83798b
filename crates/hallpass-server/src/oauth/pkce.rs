//! Proof Key for Code Exchange (RFC 7636): only whoever asked for a code can trade it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// Length of a verifier, in characters (RFC 7636, 4.1).
const VERIFIER_CHARS: std::ops::RangeInclusive<usize> = 43..=128;

/// How a challenge was made from its verifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Transform {
    /// It is the verifier. The default, as the standard and the vendor have it.
    #[serde(rename = "plain")]
    Plain,
    /// It is the verifier's SHA-256.
    S256,
}

/// A challenge, as it came with the request for a code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Challenge {
    value: String,
    transform: Transform,
}

impl Challenge {
    /// Reads `code_challenge` and `code_challenge_method`.
    ///
    /// # Errors
    /// What is wrong, naming the field.
    pub(crate) fn read(value: &str, method: Option<&str>) -> Result<Self, &'static str> {
        let transform = match method {
            None | Some("" | "plain") => Transform::Plain,
            // The vendor's docs write it in both ways.
            Some("S256" | "s256") => Transform::S256,
            Some(_) => return Err("code_challenge_method: expected S256 or plain"),
        };
        if is_verifier(value) {
            Ok(Self { value: value.to_owned(), transform })
        } else {
            Err("code_challenge: expected 43 to 128 of A-Z, a-z, 0-9, '-', '.', '_' and '~'")
        }
    }

    /// Whether the challenge was made from this verifier.
    pub(crate) fn fits(&self, verifier: &str) -> bool {
        if !is_verifier(verifier) {
            return false;
        }
        let made = match self.transform {
            Transform::Plain => verifier.to_owned(),
            Transform::S256 => URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes())),
        };
        made.as_bytes().ct_eq(self.value.as_bytes()).into()
    }
}

fn is_verifier(text: &str) -> bool {
    VERIFIER_CHARS.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of RFC 7636, appendix B.
    #[test]
    fn only_the_verifier_fits() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        for method in ["S256", "s256"] {
            let challenge = Challenge::read("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", Some(method)).unwrap();
            assert!(challenge.fits(verifier));
            assert!(!challenge.fits("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"));
            assert!(!challenge.fits(""));
        }
        let plain = Challenge::read(verifier, None).unwrap();
        assert!(plain.fits(verifier) && !plain.fits(&verifier.replace('d', "e")));
        assert!(Challenge::read("short", None).is_err());
        assert!(Challenge::read(&"a".repeat(129), None).is_err());
        assert!(Challenge::read(verifier, Some("S512")).is_err());
    }
}
