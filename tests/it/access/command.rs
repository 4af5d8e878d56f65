//! `afterword keys` and how `afterword serve` starts, as a user runs them.

use std::net::{SocketAddr, TcpListener};

use crate::program::{Ended, file, run};

fn keys(data: &str, arguments: &[&str]) -> Ended {
    let (command, rest) = arguments.split_first().unwrap();
    run(
        &[&["keys", command, "--data-dir", data], rest].concat(),
        b"",
    )
}

#[test]
fn keys_are_made_listed_and_revoked() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let made = keys(
        data,
        &[
            "create",
            "The newsroom",
            "--scopes",
            "read,submit",
            "--lane",
            "publish",
        ],
    );
    let key = made.success();
    let key = key.trim();
    assert_eq!(key.len(), 81, "{key}");
    let id = &key[4..16];
    let listed = keys(data, &["list"]).success();
    assert!(
        listed.contains("valid") && listed.contains("The newsroom"),
        "{listed}"
    );
    assert!(
        listed.starts_with(id) && !listed.contains(&key[17..]),
        "{listed}"
    );
    keys(data, &["revoke", id]).success();
    let json = keys(data, &["list", "--json"]).success();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json[0]["state"], "revoked");
    assert_eq!(json[0]["scopes"], "submit,read");
    keys(data, &["revoke", "000000000000"]).refused(2, "there is no key");
    let wrong = keys(data, &["create", "x", "--scopes", "write"]);
    wrong.refused_plainly(2, "is not a list of submit, read");
}

/// `serve`, which is to refuse to start.
fn serve(data: &str, more: &[&str]) -> Ended {
    let base = ["serve", "--engine=extractive", "--data-dir", data];
    run(&[&base, more].concat(), b"")
}

#[test]
fn without_a_key_the_service_stays_on_loopback() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let open = serve(data, &["--listen", "0.0.0.0:0"]);
    open.refused(2, "callers on 0.0.0.0 need keys, and there are none");
    let (_guard, config) = file("site.toml", b"[access]\nkeys = \"always\"\n");
    let config = config.to_str().unwrap();
    let asked = serve(data, &["--listen", "127.0.0.1:0", "--config", config]);
    asked.refused(2, "need keys");
    let id = keys(data, &["create", "gone"]).success();
    keys(data, &["revoke", &id[4..16]]).success();
    serve(data, &["--listen", "0.0.0.0:0"]).refused(2, "need keys");
    // With one it gets as far as a port that is taken.
    keys(data, &["create", "x"]).success();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let SocketAddr::V4(address) = taken.local_addr().unwrap() else {
        panic!("no such address");
    };
    let listen = address.to_string();
    serve(data, &["--listen", &listen, "--config", config]).refused(1, "cannot listen");
}
