//! The known spelling nearest to an unknown one, for errors.

/// How alike two names must be, from 0 to 1. Below it a suggestion would puzzle more than it helps.
const ALIKE: f64 = 0.7;

/// The known name most like an unknown one, if any is alike enough.
pub(crate) fn nearest<'a>(unknown: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let alike = known.into_iter().map(|name| (strsim::normalized_damerau_levenshtein(unknown, name), name));
    alike.filter(|(alike, _)| *alike >= ALIKE).max_by(|(one, _), (other, _)| one.total_cmp(other)).map(|(_, name)| name)
}
