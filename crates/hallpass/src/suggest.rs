//! The nearest known spelling of a name that is not known.

/// How alike two names must be, from 0 to 1. Below it a suggestion would puzzle more than it helps.
const ALIKE: f64 = 0.7;

/// The known name most like an unknown one, if any is alike enough.
pub(crate) fn nearest<'a>(unknown: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|name| (strsim::normalized_damerau_levenshtein(unknown, name), name))
        .filter(|(alike, _)| *alike >= ALIKE)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_of_the_pen_finds_its_name() {
        let known = ["add-links", "create-message", "create-reaction"];
        assert_eq!(nearest("add-link", known), Some("add-links"));
        assert_eq!(nearest("craete-message", known), Some("create-message"));
        assert_eq!(nearest("something-else-entirely", known), None);
    }
}
