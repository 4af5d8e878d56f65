//! `afterword keys`: makes, lists and revokes the keys of callers, in the store
//! that the service uses. A key is shown once, on stdout, when it is made.

use serde::Serialize;

use crate::access::{Scopes, Secret, SecretKind};
use crate::store::{ApiKey, Lane, NewKey, Store};

use super::exit::{Exit, Failure};
use super::stderr::say;
use super::stdout;
use super::work::{StoreArgs, failure, look_into_store};

const MILLIS_PER_DAY: i64 = 86_400_000;

/// Arguments of `afterword keys`.
#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Subcommand)]
enum Command {
    /// Make a key and print it. It is shown this once.
    Create(CreateArgs),
    /// Show the keys that there are, without the secrets.
    List(ListArgs),
    /// Take a key back, for good, from the next request on.
    Revoke(RevokeArgs),
}

#[derive(clap::Args)]
struct CreateArgs {
    /// What you call it: who uses it, and where.
    #[arg(value_parser = name)]
    name: String,
    /// What it may do: submit, read, edit, approve, admin, metrics.
    #[arg(long, value_name = "SCOPES", default_value = "submit,read")]
    scopes: Scopes,
    /// Lane of its jobs where a request names none: publish, draft or backfill
    /// [default: draft].
    #[arg(long, value_name = "LANE")]
    lane: Option<Lane>,
    /// Requests per minute [default: access.requests_per_minute].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    requests_per_minute: Option<u32>,
    /// Jobs that may be open [default: access.max_open_jobs_per_key].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=10_000_000))]
    max_open_jobs: Option<u32>,
    /// Days after which it does not count any more [default: never].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    expires_days: Option<u32>,
    #[command(flatten)]
    store: StoreArgs,
}

#[derive(clap::Args)]
struct ListArgs {
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    store: StoreArgs,
}

#[derive(clap::Args)]
struct RevokeArgs {
    /// The key's id, as `afterword keys list` shows it.
    id: String,
    #[command(flatten)]
    store: StoreArgs,
}

fn name(text: &str) -> Result<String, String> {
    let sound = !text.trim().is_empty() && text.len() <= 100 && !text.contains(char::is_control);
    let allowed = "has to be 1 to 100 bytes on one line";
    sound.then(|| text.to_owned()).ok_or(allowed.to_owned())
}

/// Runs the command.
pub(super) fn run(args: &Args) -> Result<(), Failure> {
    super::block_on(async {
        match &args.command {
            Command::Create(args) => create(args).await,
            Command::List(args) => list(args).await,
            Command::Revoke(args) => revoke(args).await,
        }
    })?
}

async fn open(args: &StoreArgs) -> Result<Store, Failure> {
    look_into_store(&args.settings()?).await
}

async fn create(args: &CreateArgs) -> Result<(), Failure> {
    let store = open(&args.store).await?;
    let secret = Secret::generate(SecretKind::Key)
        .map_err(|error| failure(format!("there are no random bytes: {error}"), ""))?;
    let new = NewKey {
        name: args.name.clone(),
        scopes: args.scopes,
        lane: args.lane,
        requests_per_minute: args.requests_per_minute,
        max_open_jobs: args.max_open_jobs,
        lifetime: args.expires_days.map(|it| i64::from(it) * MILLIS_PER_DAY),
    };
    let key = store.create_key(&new, &secret).await?;
    store.close().await;
    stdout::write(&format!("{}\n", secret.expose()))?;
    say(&format!(
        "key {} for {} may {}; it is shown this once",
        key.id, key.name, key.scopes
    ));
    Ok(())
}

/// One key, as `list --json` prints it. Times are milliseconds since 1970.
#[derive(Serialize)]
struct Listed<'a> {
    id: &'a str,
    name: &'a str,
    state: &'static str,
    scopes: String,
    lane: Option<&'static str>,
    requests_per_minute: Option<u32>,
    max_open_jobs: Option<u32>,
    created_at: i64,
    expires_at: Option<i64>,
    revoked_at: Option<i64>,
}

impl<'a> Listed<'a> {
    fn of(key: &'a ApiKey, now: i64) -> Self {
        let expired = key.expires_at.is_some_and(|end| end <= now);
        Self {
            id: &key.id,
            name: &key.name,
            state: match (key.revoked_at, expired) {
                (Some(_), _) => "revoked",
                (None, true) => "expired",
                (None, false) => "valid",
            },
            scopes: key.scopes.to_string(),
            lane: key.lane.map(Lane::name),
            requests_per_minute: key.requests_per_minute,
            max_open_jobs: key.max_open_jobs,
            created_at: key.created_at,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
        }
    }

    fn row(&self) -> String {
        let Self {
            id, state, scopes, ..
        } = self;
        let lane = self.lane.unwrap_or("-");
        format!("{id}  {state:<8} {scopes:<31} {lane:<9} {}\n", self.name)
    }
}

async fn list(args: &ListArgs) -> Result<(), Failure> {
    let store = open(&args.store).await?;
    let keys = store.keys().await?;
    store.close().await;
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now = i64::try_from(now.unwrap_or_default().as_millis()).unwrap_or(i64::MAX);
    let listed: Vec<Listed<'_>> = keys.iter().map(|key| Listed::of(key, now)).collect();
    if args.json {
        return stdout::write_json(&listed);
    }
    if listed.is_empty() {
        say("there are no keys; make one with `afterword keys create NAME`");
    }
    stdout::write(&listed.iter().map(Listed::row).collect::<String>())
}

async fn revoke(args: &RevokeArgs) -> Result<(), Failure> {
    let store = open(&args.store).await?;
    let found = store.revoke_key(&args.id).await?;
    store.close().await;
    if !found {
        let message = format!("there is no key {}", args.id);
        let hint = "see `afterword keys list` for the ids that there are";
        return Err(Failure::new(Exit::Usage, message, hint));
    }
    say(&format!("key {} is revoked", args.id));
    Ok(())
}
