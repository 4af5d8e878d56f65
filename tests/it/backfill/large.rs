//! An export of a gigabyte in bounded memory. `make test-backfill` runs it.

// It prints what it measured.
#![allow(clippy::print_stdout)]

use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::article;
use crate::program::program;

const ITEMS: usize = 100_000;
const BYTES: u64 = 1 << 30;
const MOST_MEMORY_KIB: u64 = 300 * 1024;

fn write_export(path: &Path) {
    let mut file = BufWriter::new(File::create(path).unwrap());
    let head = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss><channel>\n<wp:wxr_version>1.2</wp:wxr_version>\n";
    file.write_all(head.as_bytes()).unwrap();
    let each = usize::try_from(BYTES).unwrap() / ITEMS + 1;
    for at in 0..ITEMS {
        let mut text = article(at);
        while text.len() < each {
            text += &article(at + text.len());
        }
        writeln!(
            file,
            "<item><title>Post {at}</title><category domain=\"category\"><![CDATA[News]]></category>\
             <content:encoded><![CDATA[<p>{text}</p>]]></content:encoded><wp:post_id>{at}</wp:post_id>\
             <wp:status>publish</wp:status><wp:post_type>post</wp:post_type></item>"
        )
        .unwrap();
    }
    file.write_all(b"</channel></rss>\n").unwrap();
    file.flush().unwrap();
}

/// The most memory that a process has had, in KiB; `None` when it is gone.
fn peak(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "writes a gigabyte: make test-backfill"]
fn a_gigabyte_is_streamed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("export.xml");
    write_export(&path);
    let size = std::fs::metadata(&path).unwrap().len();
    assert!(size >= BYTES, "{size}");
    let started = Instant::now();
    let mut child = program()
        .args(["backfill", "run", path.to_str().unwrap(), "--dry-run"])
        .args(["--engine", "extractive", "--min-words", "1000000"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        most = most.max(peak(child.id()).unwrap_or(0));
        std::thread::sleep(Duration::from_millis(20));
    }
    let mut told = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut told)
        .unwrap();
    // Who counts words has read every text.
    assert!(told.contains(&format!("fewer_words {ITEMS}")), "{told}");
    println!(
        "{size} bytes, {ITEMS} items: {} MiB at most, {} s",
        most / 1024,
        started.elapsed().as_secs()
    );
    assert!(most > 0 && most < MOST_MEMORY_KIB, "{most} KiB");
}
