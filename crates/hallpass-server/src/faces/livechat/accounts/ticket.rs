//! What the pages carry from one step to the next, sealed so that nobody else can have written it.
//!
//! The key is made anew with each start of the server: whoever was on a page then logs in once more.

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hallpass::Timestamp;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// How long a page may stay open.
const LIFETIME_MS: u64 = 10 * 60 * 1_000;

#[derive(Serialize, Deserialize)]
struct Sealed<T> {
    what: T,
    /// The cookie of the browser that it was made for.
    browser: String,
    /// Which step it is for.
    step: String,
    until: Timestamp,
}

fn key() -> &'static [u8; 32] {
    static KEY: OnceLock<[u8; 32]> = OnceLock::new();
    KEY.get_or_init(rand::random)
}

fn mac(text: &str) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key()).ok()?;
    mac.update(text.as_bytes());
    Some(mac)
}

/// Seals something for a browser and a step.
pub(super) fn seal<T: Serialize>(what: T, browser: &str, step: &str, now: Timestamp) -> Option<String> {
    let until = Timestamp::from_ms(now.as_ms().saturating_add(LIFETIME_MS));
    let sealed = Sealed { what, browser: browser.to_owned(), step: step.to_owned(), until };
    let text = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&sealed).ok()?);
    let tag = URL_SAFE_NO_PAD.encode(mac(&text)?.finalize().into_bytes());
    Some(format!("{text}.{tag}"))
}

/// Opens it again: `None` if it was not sealed here, for this browser and this step, lately.
pub(super) fn open<T: DeserializeOwned>(ticket: &str, browser: &str, step: &str, now: Timestamp) -> Option<T> {
    let (text, tag) = ticket.split_once('.')?;
    mac(text)?.verify_slice(&URL_SAFE_NO_PAD.decode(tag).ok()?).ok()?;
    let sealed: Sealed<T> = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    let is_ours = sealed.browser == browser && !browser.is_empty() && sealed.step == step && now < sealed.until;
    is_ours.then_some(sealed.what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_is_good_for_its_browser_its_step_and_ten_minutes() {
        let now = Timestamp(1_000_000);
        let ticket = seal("ana", "cookie", "login", now).unwrap();
        assert_eq!(open::<String>(&ticket, "cookie", "login", now).as_deref(), Some("ana"));
        assert_eq!(open::<String>(&ticket, "other", "login", now), None);
        assert_eq!(open::<String>(&ticket, "cookie", "consent", now), None);
        assert_eq!(open::<String>(&ticket, "cookie", "login", Timestamp(now.as_ms() + LIFETIME_MS)), None);
        assert_eq!(open::<String>(&format!("{ticket}x"), "cookie", "login", now), None);
        assert_eq!(open::<String>(&seal("ana", "", "login", now).unwrap(), "", "login", now), None);
    }
}
