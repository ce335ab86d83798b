//! `hallpass explain`: a decision with everything that was looked at.

use std::process::ExitCode;

use clap::Args;
use serde_json::Value;

use super::check::{hint, status, word};
use super::client::{AppChoice, Server};
use super::question::QuestionArguments;
use super::tree::Tree;

#[derive(Args)]
#[command(after_help = "Example:
  hallpass explain zoe CreateMessage messaging:general

Exit status: 0 allowed, 1 refused, 2 error.")]
pub(crate) struct Explain {
    #[command(flatten)]
    question: QuestionArguments,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
    // The question's arguments may be left out where a file brings them; here nothing does.
    #[arg(long, hide = true)]
    file: Option<String>,
    #[command(flatten)]
    app: AppChoice,
    #[command(flatten)]
    server: Server,
}

impl Explain {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        let client = self.server.for_app(&self.app.app)?;
        let answer = client.post(&format!("/v1/apps/{}/explain", self.app.app), &self.question.to_json()?)?;
        if self.json {
            println!("{}", serde_json::to_string_pretty(&answer)?);
        } else {
            print!("{}", render(&answer));
        }
        Ok(ExitCode::from(status(&answer)))
    }
}

fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn texts(value: &Value, key: &str) -> Vec<String> {
    items(value, key).iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn items<'v>(value: &'v Value, key: &str) -> &'v [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn is(value: &Value, key: &str) -> bool {
    value.get(key).and_then(Value::as_bool).unwrap_or(false)
}

fn render(answer: &Value) -> Tree {
    let revision = answer.get("revision").and_then(Value::as_u64).unwrap_or_default();
    let (reason, said, hint) = (text(answer, "reason"), text(answer, "text"), hint(answer));
    let head = format!("{}  {reason}: {said}{hint} (revision {revision})", word(answer));
    Tree::new(head)
        .with(answer.get("question").map(question))
        .with(standing(items(answer, "standing")))
        .with(items(answer, "layers").iter().map(layer))
        .with(remedies(items(answer, "remedies")))
}

fn question(question: &Value) -> Tree {
    let mut who = text(question, "subject").to_owned();
    for (kind, key) in [("user role", "roles"), ("channel role", "channel_roles")] {
        let roles = texts(question, key);
        if !roles.is_empty() {
            who.push_str(&format!(", {kind} {}", roles.join(", ")));
        }
    }
    let (kind, id, channel) = (text(question, "resource_type"), text(question, "resource"), text(question, "channel"));
    let mut what = if id.is_empty() || id == kind { kind.to_owned() } else { format!("{kind} {id}") };
    if !channel.is_empty() && channel != id {
        what.push_str(&format!(" in {channel}"));
    }
    let owner = text(question, "owner");
    if !owner.is_empty() {
        what.push_str(&format!(", owned by {owner}"));
    }
    Tree::new("question")
        .leaf(format!("subject   {who}"))
        .leaf(format!("action    {}", text(question, "action")))
        .leaf(format!("resource  {what}"))
}

fn standing(found: &[Value]) -> Option<Tree> {
    let lines = found.iter().map(|standing| {
        let state = match (is(standing, "refuses"), text(standing, "exemption")) {
            (true, "") => "refuses".to_owned(),
            (true, exemption) => format!("refuses (a grant of {exemption} would lift it)"),
            (false, "") => "does not stand against it".to_owned(),
            (false, exemption) => format!("lifted by a grant of {exemption}"),
        };
        Tree::new(format!("{}: {state}", text(standing, "reason")))
    });
    (!found.is_empty()).then(|| Tree::new("standing").with(lines))
}

fn layer(layer: &Value) -> Tree {
    let name = text(layer, "layer");
    if !is(layer, "applies") {
        return Tree::new(format!("layer {name}: does not apply"));
    }
    let verdict = if is(layer, "allows") { "allows".to_owned() } else { format!("refuses, {}", text(layer, "reason")) };
    let holders = texts(layer, "holders");
    let holders = if holders.is_empty() { "nobody".to_owned() } else { holders.join(", ") };
    Tree::new(format!("layer {name} at {}: {verdict}", text(layer, "level")))
        .leaf(format!("held by   {holders}"))
        .with(items(layer, "alternatives").iter().map(alternative))
}

fn alternative(alternative: &Value) -> Tree {
    let mut line = match text(alternative, "outcome") {
        "allows" => "✓ ",
        "not_held" => "· ",
        _ => "✗ ",
    }
    .to_owned();
    line.push_str(&texts(alternative, "permissions").join(" + "));
    let conditions = texts(alternative, "conditions");
    if !conditions.is_empty() {
        line.push_str(&format!(" if {}", conditions.join(" and ")));
    }
    let holder = match text(alternative, "held_by") {
        "" => String::new(),
        holder => format!(", held by {holder}"),
    };
    let failing = texts(alternative, "failing").join(" and ");
    line.push_str(&match text(alternative, "outcome") {
        "allows" => format!(": allows{holder}"),
        "not_held" => ": not held".to_owned(),
        "condition_fails" if !failing.is_empty() => format!(": {failing} does not hold{holder}"),
        "demand_fails" => format!(": what the grant itself demands does not hold{holder}"),
        _ => format!(": does not hold{holder}"),
    });
    match text(alternative, "modifier") {
        "" => {}
        modifier => line.push_str(&format!(" ({modifier} by a modifier of the channel)")),
    }
    Tree::new(line)
}

fn remedies(remedies: &[Value]) -> Option<Tree> {
    (!remedies.is_empty()).then(|| {
        Tree::new("what would allow it, the smallest change first").with(remedies.iter().map(|remedy| Tree::new(text(remedy, "text"))))
    })
}
