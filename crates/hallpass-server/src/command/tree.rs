//! A tree on the terminal.

use std::fmt;

/// A line with lines below it.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    text: String,
    below: Vec<Tree>,
}

impl Tree {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), below: Vec::new() }
    }

    pub(crate) fn with(mut self, below: impl IntoIterator<Item = Tree>) -> Self {
        self.below.extend(below);
        self
    }

    pub(crate) fn leaf(self, text: impl Into<String>) -> Self {
        self.with([Self::new(text)])
    }

    fn write(&self, f: &mut fmt::Formatter<'_>, indent: &str) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        let last = self.below.len().saturating_sub(1);
        for (index, below) in self.below.iter().enumerate() {
            let (branch, bar) = if index == last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            write!(f, "{indent}{branch}")?;
            below.write(f, &format!("{indent}{bar}"))?;
        }
        Ok(())
    }
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, "")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches_are_drawn() {
        let tree = Tree::new("a").with([Tree::new("b").leaf("c"), Tree::new("d").leaf("e")]);
        assert_eq!(tree.to_string(), "a\n├─ b\n│  └─ c\n└─ d\n   └─ e\n");
    }
}
