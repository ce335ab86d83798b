//! The methods that are served: what is not in one of these tables is not served, and a handler that asks for an action which its row
//! does not name fails.

mod agent;
mod configuration;
mod earlier;

use super::method::Method;

/// All tables.
pub(super) static TABLES: &[&[Method]] = &[agent::METHODS, configuration::METHODS, earlier::METHODS];

#[cfg(test)]
mod tests {
    use hallpass::Profile;

    use super::*;

    #[test]
    fn every_action_that_is_asked_for_is_in_the_catalogue() {
        let profile = Profile::livechat();
        for method in Method::all() {
            for action in method.asks {
                assert!(profile.catalogue().actions.iter().any(|spec| spec.name == *action), "{}: {action}", method.name);
            }
        }
    }

    #[test]
    fn no_method_is_there_twice() {
        let all: Vec<_> = Method::all().collect();
        for (at, method) in all.iter().enumerate() {
            let twins = all.iter().skip(at + 1).filter(|other| other.api == method.api && other.name == method.name);
            for twin in twins {
                assert!(
                    !method.versions.contains(twin.versions.start()) && !twin.versions.contains(method.versions.start()),
                    "{}",
                    method.name
                );
            }
        }
    }
}
