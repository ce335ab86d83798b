//! The quick way through a well-formed text: one look at each byte, no error to report.
//!
//! It reads exactly what the strict reader reads, or gives up, and then the strict reader looks again and says what is wrong and where.
//! So it may give up whenever something is unusual, and must never accept what the other would refuse.

use std::borrow::Cow;

use serde_json::Number;

use super::node::{Node, Object};
use crate::limits::JSON_DEPTH;

/// Up to so many keys are compared one by one; larger objects are left to the strict reader, which keeps a set.
const FEW_KEYS: usize = 16;

/// A bit over the values that objects of a question have: subject, action and resource have two or three.
const USUAL_KEYS: usize = 4;

/// The value that the whole text is.
pub(super) fn read(text: &str) -> Option<Node<'_>> {
    let mut reader = Reader { text, at: 0 };
    let node = reader.value(JSON_DEPTH)?;
    reader.spaces();
    (reader.at == text.len()).then_some(node)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn spaces(&mut self) {
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.byte() {
            self.at += 1;
        }
    }

    /// The next byte that is no space; it is passed.
    fn next(&mut self) -> Option<u8> {
        self.spaces();
        let byte = self.byte()?;
        self.at += 1;
        Some(byte)
    }

    fn word(&mut self, rest: &str, node: Node<'a>) -> Option<Node<'a>> {
        let is_there = self.text.as_bytes().get(self.at..)?.starts_with(rest.as_bytes());
        self.at += rest.len();
        is_there.then_some(node)
    }

    fn value(&mut self, depth_left: usize) -> Option<Node<'a>> {
        match self.next()? {
            b'"' => self.string().map(Node::Text),
            b'{' => self.object(depth_left.checked_sub(1)?),
            b'[' => self.list(depth_left.checked_sub(1)?),
            b't' => self.word("rue", Node::Truth(true)),
            b'f' => self.word("alse", Node::Truth(false)),
            b'n' => self.word("ull", Node::Null),
            digit @ b'1'..=b'9' => self.number(digit),
            _ => None,
        }
    }

    /// A whole number without a sign, which is what a question has; others are for the strict reader.
    fn number(&mut self, first: u8) -> Option<Node<'a>> {
        let mut number = u64::from(first - b'0');
        while let Some(digit @ b'0'..=b'9') = self.byte() {
            number = number.checked_mul(10)?.checked_add(u64::from(digit - b'0'))?;
            self.at += 1;
        }
        let is_whole = !matches!(self.byte(), Some(b'.' | b'e' | b'E'));
        is_whole.then(|| Node::Number(Number::from(number)))
    }

    /// A string without escapes; its opening quote is passed.
    fn string(&mut self) -> Option<Cow<'a, str>> {
        let rest = self.text.get(self.at..)?;
        let length = rest.bytes().position(|byte| byte == b'"' || byte == b'\\' || byte < b' ')?;
        self.at += length + 1;
        // What ended the search is an ASCII byte, so both sides of it are whole characters.
        (rest.as_bytes().get(length) == Some(&b'"')).then(|| rest.get(..length).map(Cow::Borrowed))?
    }

    fn object(&mut self, depth_left: usize) -> Option<Node<'a>> {
        let mut object = Object::with_capacity(USUAL_KEYS);
        match self.next()? {
            b'}' => return Some(Node::Object(object)),
            b'"' => {}
            _ => return None,
        }
        loop {
            let key = self.string()?;
            if self.next()? != b':' || object.len() == FEW_KEYS || object.get(&key).is_some() {
                return None;
            }
            let value = self.value(depth_left)?;
            object.push(key, value);
            match self.next()? {
                b'}' => return Some(Node::Object(object)),
                b',' if self.next()? == b'"' => {}
                _ => return None,
            }
        }
    }

    fn list(&mut self, depth_left: usize) -> Option<Node<'a>> {
        let mut items = Vec::new();
        self.spaces();
        if self.byte()? == b']' {
            self.at += 1;
            return Some(Node::List(items));
        }
        loop {
            items.push(self.value(depth_left)?);
            match self.next()? {
                b']' => return Some(Node::List(items)),
                b',' => {}
                _ => return None,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::rngs::StdRng;
    use rand::{RngExt as _, SeedableRng as _};

    use super::*;

    #[test]
    fn reads_a_question_and_leaves_the_unusual_to_the_other() {
        let question = r#"{"subject":{"type":"user","id":"bén"},"action":{"name":"read"}, "resource" : {"type":"channel","id":"m:g",
            "properties":{"hypothetical":true,"owner":null,"access":["0",1,[]],"size":12}},"context":{}}"#;
        assert_eq!(read(question).unwrap().to_value(), crate::json::parse(question.as_bytes()).unwrap());
        for unusual in [r#""a\n""#, "-1", "0", "1.5", "1e3", "18446744073709551616", r#"{"a":1,"a":2}"#] {
            assert_eq!(read(unusual), None, "{unusual}");
        }
    }

    #[test]
    fn never_reads_anything_but_what_the_strict_reader_reads() {
        const LETTERS: &[u8] = b"{}[]\",:\\ \n01-.e9truefalsn\x00";
        let whole =
            r#"{"subject":{"type":"user","id":"ben","properties":{"roles":["a","b"],"age":10,"x":null}},"t":true,"f":false,"é":[]}"#;
        let mut read_both = 0;
        for seed in 0..40_000 {
            let mut random = StdRng::seed_from_u64(seed);
            let mut bytes = if seed % 2 == 0 { whole.as_bytes().to_vec() } else { Vec::new() };
            for _ in 0..random.random_range(0..6) {
                let at = random.random_range(0..=bytes.len());
                match random.random_range(0..4) {
                    0 => bytes.truncate(at),
                    1 if at < bytes.len() => drop(bytes.remove(at)),
                    _ => bytes.insert(at, LETTERS[random.random_range(0..LETTERS.len())]),
                }
            }
            let Ok(text) = std::str::from_utf8(&bytes) else { continue };
            if let Some(node) = read(text) {
                assert_eq!(crate::json::parse(&bytes), Ok(node.to_value()), "{text}");
                read_both += 1;
            }
        }
        assert!(read_both > 1_000, "{read_both}");
        let deep = |levels| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
        assert!(read(&deep(JSON_DEPTH)).is_some() && read(&deep(JSON_DEPTH + 1)).is_none());
        assert!(crate::json::parse(deep(JSON_DEPTH).as_bytes()).is_ok() && crate::json::parse(deep(JSON_DEPTH + 1).as_bytes()).is_err());
    }
}
