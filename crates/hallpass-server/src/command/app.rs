//! `hallpass app`: make, list, re-key and delete apps.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use comfy_table::Table;
use comfy_table::presets::NOTHING;
use serde_json::{Value, json};

use super::client::Server;

#[derive(Args)]
pub(crate) struct App {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Make an app, and show its keys: the only time that they are shown
    Create(Create),
    /// List the apps
    List(List),
    /// Show the keys that credentials.json has of an app, or make a new one
    Keys(Keys),
    /// Delete an app with everything in it
    Delete(Delete),
}

#[derive(Args)]
struct Create {
    /// Id of the app
    id: String,
    /// Its permission system: stream, cometchat, livechat, or custom with --catalogue
    #[arg(long, default_value = "stream")]
    profile: String,
    /// A catalogue of your own (JSON)
    #[arg(long, value_name = "FILE")]
    catalogue: Option<PathBuf>,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: Server,
}

#[derive(Args)]
struct List {
    /// Answer in JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: Server,
}

#[derive(Args)]
struct Keys {
    /// Id of the app
    id: String,
    /// Make a new key in place of this one: server_key, api_secret, …
    #[arg(long, value_name = "KEY")]
    rotate: Option<String>,
    /// How long the old server_key goes on opening the app, in seconds
    #[arg(long, default_value_t = 0, requires = "rotate", value_name = "SECONDS")]
    grace: u64,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: Server,
}

#[derive(Args)]
struct Delete {
    /// Id of the app
    id: String,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: Server,
}

impl App {
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        match self.action {
            Action::Create(create) => create.run()?,
            Action::List(list) => list.run()?,
            Action::Keys(keys) => keys.run()?,
            Action::Delete(delete) => delete.run()?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Create {
    fn run(self) -> anyhow::Result<()> {
        let mut body = json!({"id": self.id, "profile": self.profile});
        if let Some(path) = &self.catalogue {
            let text = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
            let catalogue: Value = serde_json::from_slice(&text).with_context(|| format!("{} is not JSON", path.display()))?;
            body = json!({"id": self.id, "profile": "custom", "catalogue": catalogue});
        }
        show_keys(&self.server.for_root()?.post("/v1/apps", &body)?, self.json)
    }
}

impl List {
    fn run(self) -> anyhow::Result<()> {
        let answer = self.server.for_root()?.get("/v1/apps")?;
        if self.json {
            println!("{answer}");
            return Ok(());
        }
        let mut table = Table::new();
        table.load_style(NOTHING).set_header(["APP", "PROFILE", "REVISION", "MADE"]);
        for app in answer.get("apps").and_then(Value::as_array).into_iter().flatten() {
            let text = |key: &str| app.get(key).map(plain).unwrap_or_default();
            let made = app.get("created_at").and_then(Value::as_i64).and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok());
            let made = made.map(|time| time.strftime("%Y-%m-%d %H:%M UTC").to_string()).unwrap_or_default();
            table.add_row([text("id"), text("profile"), text("revision"), made]);
        }
        print_flush_left(&mut table);
        Ok(())
    }
}

impl Keys {
    fn run(self) -> anyhow::Result<()> {
        if let Some(key) = &self.rotate {
            let body = json!({"key": key, "grace_s": self.grace});
            return show_keys(&self.server.for_root()?.post(&format!("/v1/apps/{}/keys", self.id), &body)?, self.json);
        }
        let entry = self.server.credentials()?.and_then(|file| file.apps.into_iter().find(|app| app.id == self.id));
        match entry {
            Some(entry) => show_keys(&serde_json::to_value(entry)?, self.json),
            None => bail!(
                "credentials.json has no keys of '{}': the server keeps digests only, and shows keys once, when they are made; \
                 --rotate server_key makes a new one",
                self.id
            ),
        }
    }
}

impl Delete {
    fn run(self) -> anyhow::Result<()> {
        let answer = self.server.for_root()?.delete(&format!("/v1/apps/{}", self.id))?;
        if self.json {
            println!("{answer}")
        } else {
            println!("deleted {}", self.id)
        }
        Ok(())
    }
}

fn show_keys(entry: &Value, json: bool) -> anyhow::Result<()> {
    if json {
        println!("{entry}");
        return Ok(());
    }
    let mut table = Table::new();
    table.load_style(NOTHING);
    let names = ["id", "profile", "server_key"];
    let entries = entry.as_object().context("the answer has no keys")?;
    let others = entries.keys().map(String::as_str).filter(|name| !names.contains(name));
    for name in names.into_iter().chain(others) {
        if let Some(value) = entries.get(name) {
            table.add_row([name.to_owned(), plain(value)]);
        }
    }
    print_flush_left(&mut table);
    Ok(())
}

fn print_flush_left(table: &mut Table) {
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    println!("{}", table.trim_fmt());
}

/// A value without the quotes of JSON.
fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
