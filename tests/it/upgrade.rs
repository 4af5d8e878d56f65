//! Upgrades: stores that earlier releases wrote (`tests/data/upgrade`) are opened,
//! brought up to date and worked on to the end by this program, on both databases.
//! `release` writes such a store; docs/release.md says when.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use afterword::access::{Secret, SecretKind};
use afterword::config::Settings;
use afterword::digest::Digest;
use afterword::jobs::{Workers, keep_house};
use afterword::pipeline::Author;
use afterword::store::{
    AuditFilter, DeliveryFilter, DeliveryState, Filter, Job, Retention, State, Store, StoreError,
};
use flate2::read::GzDecoder;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, SqliteConnection};
use tokio::sync::watch;

use super::set_up::plain_pipeline;
use super::store::fixture::{HOUR, Kind, Place, RETENTION};

mod release;

/// A key that the stores know.
const KEY: &str = "awk_0123456789ab_\
    00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
/// The stores are older than any job is kept otherwise.
const FOR_EVER: Retention = Retention {
    finished: Duration::from_secs(10_000 * 24 * 3600),
    deliveries: Duration::from_secs(10_000 * 24 * 3600),
    audit: Duration::from_secs(10_000 * 24 * 3600),
    ..RETENTION
};
const PATIENCE: Duration = Duration::from_secs(60);
/// The releases whose stores are kept here.
const RELEASES: [&str; 1] = ["0.1.0-alpha"];
/// Those among them whose stores hold no batch.
const WITHOUT_BATCHES: [&str; 1] = ["0.1.0-alpha"];

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/upgrade")
        .join(name)
}

fn unpacked(name: &str) -> Vec<u8> {
    let packed = std::fs::read(data(name)).unwrap();
    let mut bytes = Vec::new();
    GzDecoder::new(packed.as_slice())
        .read_to_end(&mut bytes)
        .unwrap();
    bytes
}

/// A place with the store of a release; `None` without a server.
async fn place_of(release: &str, kind: Kind) -> Option<Place> {
    let place = Place::new(kind).await?;
    match kind {
        Kind::Sqlite => {
            let file = place.url.trim_start_matches("sqlite://");
            std::fs::create_dir_all(Path::new(file).parent().unwrap()).unwrap();
            std::fs::write(file, unpacked(&format!("{release}.sqlite.gz"))).unwrap();
        }
        Kind::Postgres => {
            let dump = std::fs::read_to_string(data(&format!("{release}.postgres.sql"))).unwrap();
            let mut connection = PgConnection::connect(&place.url).await.unwrap();
            connection.execute(AssertSqlSafe(dump)).await.unwrap();
            connection.close().await.unwrap();
        }
    }
    Some(place)
}

/// The job that a release wrote under this name.
async fn job(store: &Store, name: &str) -> Job {
    let filter = Filter {
        external_id: Some(name.to_owned()),
        ..Filter::default()
    };
    let mut jobs = store.list(&filter, 10).await.unwrap();
    assert_eq!(jobs.len(), 1, "{name}: {jobs:?}");
    jobs.remove(0)
}

/// What ended stays as it was; what did not is worked on by this program.
async fn rolls_forward(release: &str, place: &Place) {
    let store = Arc::new(place.open_with(FOR_EVER).await);
    store.check_statements().await.unwrap();
    for (name, state) in [
        ("done", State::Done),
        ("dead", State::Dead),
        ("cancelled", State::Cancelled),
        ("queued", State::Queued),
        ("leased", State::Leased),
        ("failed", State::Failed),
    ] {
        let job = job(&store, name).await;
        assert_eq!(job.status.state, state, "{release}: {name}");
        assert!(!store.history(&job.id).await.unwrap().is_empty());
    }
    let done = job(&store, "done").await;
    let digest = store.result(&done.content_key).await.unwrap().unwrap();
    let digest: Digest = serde_json::from_str(&digest).unwrap();
    assert!(digest.summary.is_some(), "{digest:?}");
    check_access(&store).await;
    if !WITHOUT_BATCHES.contains(&release) {
        check_batch(&store).await;
    }
    let waiting = DeliveryFilter {
        state: Some(DeliveryState::Waiting),
        ..DeliveryFilter::default()
    };
    assert_eq!(store.deliveries(&waiting, 10).await.unwrap().len(), 3);
    work(&store).await;
    for name in ["queued", "leased", "failed"] {
        let job = job(&store, name).await;
        let digest = store.result(&job.content_key).await.unwrap();
        let digest = digest.unwrap_or_else(|| panic!("{release}: {name} has no digest"));
        let digest: Digest = serde_json::from_str(&digest).unwrap();
        assert!(digest.summary.is_some(), "{release}: {name}");
    }
    store.close().await;
    // And again: an upgrade is made once.
    place.open_with(FOR_EVER).await.close().await;
}

async fn check_access(store: &Store) {
    let secret = Secret::parse(SecretKind::Key, KEY).unwrap();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let key = store.key(secret.id()).await.unwrap().unwrap();
    key.admits(&secret, now.as_millis().try_into().unwrap())
        .unwrap();
    let entries = store.audit(&AuditFilter::default(), 10).await.unwrap();
    assert!(!entries.is_empty());
}

/// One item waits, one is in work, one has failed; and what was told of a job in work is
/// still there.
async fn check_batch(store: &Store) {
    let batches = store.open_batches().await.unwrap();
    assert_eq!(batches.len(), 1, "{batches:?}");
    let counts = store.item_counts(&batches[0]).await.unwrap();
    assert_eq!((counts.waiting, counts.in_work, counts.failed), (1, 1, 1));
    let leased = job(store, "leased").await;
    let told = store.told(&leased.id, leased.status.attempt, 0).await;
    assert_eq!(told.unwrap().len(), 1);
}

/// Works with this program's own pipeline until nothing is open.
async fn work(store: &Arc<Store>) {
    let settings =
        Settings::from_toml("[jobs]\npoll_seconds = 1\nfirst_retry_seconds = 0", "test").unwrap();
    let pipeline = plain_pipeline(settings.limits.clone(), Author::Extractive);
    let stop = watch::channel(false).0;
    let workers = Workers {
        store: store.clone(),
        digester: Arc::new(pipeline),
        settings: settings.jobs,
        name: "this release".to_owned(),
    };
    let house = tokio::spawn(keep_house(store.clone(), workers.settings.clone()));
    let workers = tokio::spawn(workers.run(stop.subscribe()));
    let ended = async {
        for name in ["queued", "leased", "failed"] {
            while job(store, name).await.status.state != State::Done {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    };
    tokio::time::timeout(PATIENCE, ended).await.unwrap();
    stop.send_replace(true);
    workers.await.unwrap();
    house.abort();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_release_rolls_forward_on_sqlite() {
    for release in RELEASES {
        let place = place_of(release, Kind::Sqlite).await.unwrap();
        rolls_forward(release, &place).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_release_rolls_forward_on_postgres() {
    for release in RELEASES {
        if let Some(place) = place_of(release, Kind::Postgres).await {
            rolls_forward(release, &place).await;
        }
    }
}

/// Who goes back without the copy is told, and nothing is touched.
#[tokio::test]
async fn a_store_of_a_later_release_is_refused() {
    let place = Place::new(Kind::Sqlite).await.unwrap();
    place.open().await.close().await;
    let mut file = SqliteConnection::connect(&place.url).await.unwrap();
    let later = "INSERT INTO _sqlx_migrations (version, description, success, checksum, \
        execution_time) VALUES (9999, 'later', 1, x'00', 0)";
    file.execute(later).await.unwrap();
    file.close().await.unwrap();
    let Err(error) = Store::open(&place.url, FOR_EVER).await else {
        panic!("it was opened");
    };
    assert!(matches!(error, StoreError::Migration(_)), "{error:?}");
    assert!(error.hint().contains("newest version"), "{}", error.hint());
}
