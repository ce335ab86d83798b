//! The nearest known spelling of a name that is not known.

/// How alike two names must be, from 0 to 1. Below it a suggestion would puzzle more than it helps.
const ALIKE: f64 = 0.7;

/// The known name most like an unknown one, if any is alike enough: for errors.
///
/// ```
/// assert_eq!(hallpass::nearest("CreateMesage", ["CreateMessage", "ReadChannel"]), Some("CreateMessage"));
/// assert_eq!(hallpass::nearest("MakeCoffee", ["CreateMessage", "ReadChannel"]), None);
/// ```
pub fn nearest<'a>(unknown: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let chars = unknown.chars().count();
    known
        .into_iter()
        .filter(|name| may_be_alike(chars, name.chars().count()))
        .map(|name| (strsim::normalized_damerau_levenshtein(unknown, name), name))
        .filter(|(alike, _)| *alike >= ALIKE)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, name)| name)
}

/// Whether names of these lengths can be alike at all. Comparing takes as long as one length times the other, and the unknown one is
/// whatever a caller sends.
fn may_be_alike(one: usize, other: usize) -> bool {
    one.min(other) as f64 >= ALIKE * one.max(other) as f64
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

    #[test]
    fn ten_letters_are_alike_with_three_more_or_less_and_not_with_four() {
        assert_eq!(nearest("abcdefghij", ["abcdefg"]), Some("abcdefg"));
        assert_eq!(nearest("abcdefghij", ["abcdef"]), None);
        assert_eq!(nearest("abcdefg", ["abcdefghij"]), Some("abcdefghij"));
    }
}
