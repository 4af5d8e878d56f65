//! The reader of WordPress exports on arbitrary bytes: no panic, and names that differ.

use std::collections::HashSet;
use std::io::Write as _;
use std::ops::ControlFlow;

use afterword::archive::{Bounds, Format, Source};

/// Tries one input.
pub fn run(bytes: &[u8]) {
    let mut file = tempfile::NamedTempFile::new().expect("a file can be made");
    file.write_all(bytes).expect("and written");
    let source = Source {
        path: file.path().to_owned(),
        format: Some(Format::Wxr),
    };
    let bounds = Bounds {
        max_item_bytes: 4096,
        post_types: vec!["post".to_owned()],
    };
    let mut ids = HashSet::new();
    let read = source.read(&bounds, &mut |item| {
        assert!(ids.insert(item.id), "two items have one name");
        ControlFlow::Continue(())
    });
    // Bytes that look like gzip and are not.
    assert!(read.is_err() || !ids.is_empty());
}
