//! Slash commands of a channel type. Hallpass runs none; which ones a channel has is shown to its clients.

use serde_json::{Value, json};

/// A command, as clients show it.
struct Command {
    name: &'static str,
    description: &'static str,
    args: &'static str,
    set: &'static str,
}

const FUN: &str = "fun_set";
const MODERATION: &str = "moderation_set";

const KNOWN: &[Command] = &[
    Command { name: "giphy", description: "Send an animated image that fits the text", args: "[text]", set: FUN },
    Command { name: "ban", description: "Ban a user from the channel", args: "[@username] [text]", set: MODERATION },
    Command { name: "unban", description: "Lift a user's ban", args: "[@username]", set: MODERATION },
    Command { name: "mute", description: "Mute a user", args: "[@username]", set: MODERATION },
    Command { name: "unmute", description: "Unmute a user", args: "[@username]", set: MODERATION },
];

/// Names as a request gives them, with `all` and the names of sets resolved, each once. A name of the app's own stays as it is.
pub(super) fn resolve(names: &[String]) -> Vec<String> {
    let mut resolved: Vec<String> = Vec::new();
    for name in names {
        let of_set = KNOWN.iter().filter(|command| name == "all" || command.set == name).map(|command| command.name.to_owned());
        let mut meant: Vec<String> = of_set.collect();
        if meant.is_empty() && name != "all" {
            meant.push(name.clone());
        }
        for command in meant {
            if !resolved.contains(&command) {
                resolved.push(command);
            }
        }
    }
    resolved
}

/// Names as objects.
pub(super) fn render(names: &Value) -> Value {
    let names = names.as_array().map(Vec::as_slice).unwrap_or_default();
    let object = |name: &str| match KNOWN.iter().find(|command| command.name == name) {
        Some(known) => json!({"name": known.name, "description": known.description, "args": known.args, "set": known.set}),
        None => json!({"name": name, "description": "", "args": "", "set": ""}),
    };
    names.iter().filter_map(Value::as_str).map(object).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_resolved() {
        let names = |names: &[&str]| resolve(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert_eq!(names(&["all"]), ["giphy", "ban", "unban", "mute", "unmute"]);
        assert_eq!(names(&["fun_set", "ticket", "giphy"]), ["giphy", "ticket"]);
        assert_eq!(render(&json!(["ticket"])), json!([{"name": "ticket", "description": "", "args": "", "set": ""}]));
    }
}
