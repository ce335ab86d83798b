//! Secrets of tokens and codes: what they look like, and what is kept of them.
//!
//! `dal:` + 16 characters that name the organization + 40 random ones. The prefix is the vendor's, whose clients route by it; the mark lets
//! a server with many apps find the right one without looking at each; the rest is 200 bits that nobody guesses.

use hallpass::Token;

use crate::key::{KeyDigest, Secret, random_text};
use crate::record::VendorKeys;
use crate::tenant::Tenant;

/// The region that tokens say they are of. There is one.
pub(crate) const REGION: &str = "dal";

/// Length of the mark, in characters: 64 bits of the organization's id.
pub(crate) const MARK_CHARS: usize = 16;
/// Length of the random part, in characters of 5 bits.
const RANDOM_CHARS: usize = 40;

/// The mark of an organization.
pub(crate) fn mark_of(organization_id: &str) -> String {
    organization_id.chars().filter(char::is_ascii_alphanumeric).take(MARK_CHARS).collect()
}

/// The mark that a token carries.
pub(crate) fn mark_in(token: &str) -> Option<&str> {
    token.strip_prefix(REGION)?.strip_prefix(':')?.get(..MARK_CHARS)
}

/// A new secret for an organization.
pub(crate) fn generate(organization_id: &str) -> Secret {
    Secret::new(format!("{REGION}:{}{}", mark_of(organization_id), random_text(RANDOM_CHARS)))
}

/// The id of the token fact, or of the document, that a secret stands for: its digest.
pub(crate) fn id_of(secret: &str) -> String {
    String::from(KeyDigest::of(secret))
}

/// The token that a secret opens, expired or not.
///
/// The id is looked up in a hash table. That is not a comparison in constant time, and need not be: what is compared are digests, and who
/// learns where two digests differ cannot make a secret that fits. The owner's first token, whose id is not its digest, is compared in
/// constant time.
pub(crate) fn find(tenant: &Tenant, secret: &str) -> Option<Token> {
    find_by_digest(tenant, KeyDigest::of(secret))
}

/// The token whose secret has this digest ([`id_of`]): the same for whoever has kept no more of a secret.
pub(crate) fn find_by_digest(tenant: &Tenant, digest: KeyDigest) -> Option<Token> {
    if let VendorKeys::Livechat { pat, pat_id, .. } = &tenant.record().vendor
        && pat.matches(&digest)
    {
        return tenant.engine().token(pat_id);
    }
    tenant.engine().token(&String::from(digest)).filter(|token| KeyDigest::try_from(token.id.clone()).is_ok_and(|id| id.matches(&digest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_names_its_organization_and_nothing_else() {
        let mark = mark_of("390e44e6-f1e6-0368c-z6ddb-74g14508c2ex");
        assert_eq!(mark, "390e44e6f1e60368");
        assert_eq!(mark_in(&format!("dal:{mark}abcdef")), Some(mark.as_str()));
        for foreign in ["", "dal:", "dal:short", "fra:390e44e6f1e60368xyz", "Bearer x"] {
            assert_eq!(mark_in(foreign), None, "{foreign}");
        }
        assert_ne!(id_of("dal:x"), id_of("dal:y"));
    }
}
