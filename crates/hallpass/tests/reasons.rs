//! The page of reason codes says what the code says, all of it.

use hallpass::Reason;

const PAGE: &str = include_str!("../../../docs/reasons.md");

#[test]
fn the_page_lists_every_reason_with_its_sentence() {
    let rows: Vec<(&str, &str)> = PAGE
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` | "))
        .filter_map(|(code, rest)| Some((code, rest.split(" | ").next()?)))
        .collect();
    let reasons: Vec<(&str, &str)> = Reason::ALL.iter().map(|reason| (reason.code(), reason.text())).collect();
    assert_eq!(rows, reasons);
}

#[test]
fn a_code_leads_back_to_its_reason() {
    for reason in Reason::ALL {
        assert_eq!(Reason::from_code(reason.code()), Some(*reason));
    }
    assert_eq!(Reason::from_code("because"), None);
}
