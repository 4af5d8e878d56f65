//! Archives of every format: what is in them, and what is wrong with them.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use afterword::archive::{ArchiveError, Bounds, Format, Item, Source};

use super::program::{file, folder};

fn bounds() -> Bounds {
    Bounds {
        max_item_bytes: 1 << 20,
        post_types: vec!["post".to_owned()],
    }
}

fn items(path: &Path, format: Option<Format>) -> Result<Vec<Item>, ArchiveError> {
    let source = Source {
        path: path.to_owned(),
        format,
    };
    let mut items = Vec::new();
    source.read(&bounds(), &mut |item| {
        items.push(item);
        ControlFlow::Continue(())
    })?;
    Ok(items)
}

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/archive")
        .join(name)
}

/// Each item as its name and what it is: its title, or the code of its problem.
fn told(path: &Path) -> Vec<(String, String)> {
    let items = items(path, None).unwrap();
    let told = |item: Item| {
        let what = match item.content {
            Ok(entry) => entry.input.title.unwrap_or_default(),
            Err(problem) => problem.code.to_owned(),
        };
        (item.id, what)
    };
    items.into_iter().map(told).collect()
}

fn pairs<'a>(pairs: &[(&'a str, &'a str)]) -> Vec<(String, String)> {
    let owned = |(a, b): &(&str, &str)| ((*a).to_owned(), (*b).to_owned());
    pairs.iter().map(owned).collect()
}

#[test]
fn a_wordpress_export_is_read_around_what_is_wrong() {
    let expected = pairs(&[
        ("11", "Harbour bridge reopens & ferries stop"),
        ("12", "post_type"),
        ("13", "Market hall &undefined; to close"),
        ("item-4", "cut_off"),
        ("15", "not_published"),
        ("16", "Short"),
    ]);
    assert_eq!(told(&data("site.xml")), expected);
    let bridge = &items(&data("site.xml"), None).unwrap()[0];
    let bridge = bridge.content.as_ref().unwrap();
    assert_eq!(bridge.modified.as_deref(), Some("2024-05-07T09:30:00"));
    assert_eq!(bridge.categories, ["news"]);
}

#[test]
fn a_packed_export_is_unpacked() {
    use std::io::Write as _;
    let (_folder, path) = file("site.xml.gz", b"");
    let packed = fs::File::create(&path).unwrap();
    let mut packer = flate2::write::GzEncoder::new(packed, flate2::Compression::fast());
    packer
        .write_all(&fs::read(data("site.xml")).unwrap())
        .unwrap();
    packer.finish().unwrap();
    assert_eq!(told(&path), told(&data("site.xml")));
}

#[test]
fn a_feed_is_read() {
    let expected = pairs(&[
        ("urn:post:11", "Harbour bridge reopens"),
        ("urn:post:12", "no_content"),
    ]);
    assert_eq!(told(&data("feed.atom")), expected);
    let first = &items(&data("feed.atom"), None).unwrap()[0];
    let first = first.content.as_ref().unwrap();
    assert_eq!(first.url.as_deref(), Some("https://post.example/bridge"));
    assert_eq!(first.date.as_deref(), Some("2024-05-06T08:00:00+00:00"));
    let (_folder, broken) = file("feed.xml", b"<rss><channel><item>");
    assert_eq!(told(&broken), pairs(&[("item-1", "broken_feed")]));
}

#[test]
fn lines_are_read_and_broken_ones_told() {
    let text = "{\"custom_id\": 7, \"text\": \"a\", \"title\": \"Seven\", \"author\": \"x\"}\n\n\
                no json\n{\"id\": \"b\"}\n{\"id\": \"7\", \"html\": \"b\"}\n";
    let (_folder, path) = file("a.jsonl", text.as_bytes());
    let expected = pairs(&[
        ("7", "Seven"),
        ("item-2", "bad_json"),
        ("b", "one_body"),
        ("7~4", "duplicate_id"),
    ]);
    assert_eq!(told(&path), expected);
}

#[test]
fn a_folder_is_read_in_the_order_of_its_paths() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("b")).unwrap();
    for name in ["b/one.md", "a.txt", "c.html", "picture.png", ".hidden.txt"] {
        fs::write(folder.path().join(name), "text").unwrap();
    }
    let ids: Vec<String> = told(folder.path()).into_iter().map(|it| it.0).collect();
    assert_eq!(ids, ["a.txt", "b/one.md", "c.html", "picture.png"]);
}

#[test]
fn what_is_no_archive_is_refused() {
    let (_folder, path) = file("a.bin", b"%PDF-1.7");
    let error = items(&path, None).unwrap_err();
    assert!(
        matches!(error, ArchiveError::UnknownFormat { .. }),
        "{error}"
    );
    let missing = items(Path::new("/nowhere/at/all.xml"), None).unwrap_err();
    assert!(matches!(missing, ArchiveError::Read { .. }), "{missing}");
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_is_written_and_read() {
    use afterword::archive::parquet::write;
    let (_folder, path) = file("a.parquet", b"");
    let rows = (0..1201).map(|at| {
        let id = Some(format!("id-{at}"));
        Ok([id, Some("done".to_owned()), None, None, None])
    });
    write(&path, &mut rows.into_iter()).unwrap();
    let items = items(&path, None).unwrap();
    assert_eq!(items.len(), 1201);
    // The columns of results are not those of articles.
    let code = items[1200].content.as_ref().unwrap_err().code;
    assert_eq!((items[1200].id.as_str(), code), ("id-1200", "one_body"));
}

/// Exports that others collected: each ends in items or in what is wrong with them.
#[test]
fn collected_exports_are_read() {
    let Some(folder) = folder("AFTERWORD_TEST_EVALDATA") else {
        return;
    };
    // All that lies there is an export, but for the list of where they are from.
    let files: Vec<PathBuf> = fs::read_dir(folder.join("wxr"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_none_or(|it| it != "json"))
        .collect();
    assert!(files.len() >= 57, "{}", files.len());
    let (mut articles, mut skipped, mut broken) = (0, 0, 0);
    for path in &files {
        let items = items(path, Some(Format::Wxr));
        let items = items.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(!items.is_empty(), "{}", path.display());
        for item in items {
            match item.content {
                Ok(_) => articles += 1,
                Err(problem) if problem.is_skip => skipped += 1,
                Err(_) => broken += 1,
            }
        }
    }
    println!(
        "{} files: {articles} articles, {skipped} skipped, {broken} broken",
        files.len()
    );
    assert!(articles > 100);
}
