//! Tokens with scopes, for LiveChat's face: who may have which, how they come and go, and what became of them.
//!
//! Nick, an agent, installs an app of Ada's. The app sends his browser to the consent page, asking for `chats--access:rw`; Nick logs in,
//! reads in words what that opens, and agrees. The app trades the code it got for an access token, and from then on acts as Nick: in the
//! chats that Nick has access to, and only as far as the token, the app *and* Nick's role all allow. Had it asked for `agents--all:rw`,
//! which agents with the role normal may not hold, it would have got `invalid_scope`, and nothing less by silence.
//!
//! A token is a fact ([`hallpass::Token`]) whose id is the SHA-256 of its secret, so finding it costs no look at the disk and stores no
//! secret. What the engine need not know (when it was made, by which consent) is in documents beside it.

pub(crate) mod secret;
pub(crate) mod usage;
