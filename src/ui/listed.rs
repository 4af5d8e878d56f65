//! Every file of the page that a browser is given.

/// A path under `ui/`, and what the file holds.
type Listed = (&'static str, &'static [u8]);

macro_rules! listed {
    ($($path:literal,)*) => {
        &[$(($path, include_bytes!(concat!("../../ui/", $path)))),*]
    };
}

/// In the order of their paths; a test compares them with the folder.
pub(super) const FILES: &[Listed] = listed![
    "icon.svg",
    "index.html",
    "js/html.js",
    "js/main.js",
    "js/parts/ask.js",
    "js/parts/bar.js",
    "js/parts/chart.js",
    "js/parts/drawer.js",
    "js/parts/drop.js",
    "js/parts/editor.js",
    "js/parts/fetch.js",
    "js/parts/icons.js",
    "js/parts/item.js",
    "js/parts/login.js",
    "js/parts/notice.js",
    "js/parts/options.js",
    "js/parts/refused.js",
    "js/parts/sentences.js",
    "js/parts/source.js",
    "js/parts/tools.js",
    "js/parts/trouble.js",
    "js/parts/workspace.js",
    "js/state/api.js",
    "js/state/article.js",
    "js/state/batch.js",
    "js/state/desk.js",
    "js/state/highlight.js",
    "js/state/job.js",
    "js/state/keep.js",
    "js/state/store.js",
    "js/state/theme.js",
    "js/text/difference.js",
    "js/text/kind.js",
    "js/text/offsets.js",
    "js/text/segments.js",
    "js/text/sentences.js",
    "js/text/support.js",
    "js/views/article.js",
    "js/views/article/check.js",
    "js/views/article/export.js",
    "js/views/article/ledger.js",
    "js/views/article/preview.js",
    "js/views/article/versions.js",
    "js/views/batches.js",
    "js/views/digest.js",
    "js/views/draft.js",
    "js/views/queue.js",
    "js/views/run.js",
    "js/words/de.js",
    "js/words/en.js",
    "js/words/words.js",
    "style/base.css",
    "style/parts.css",
    "style/views.css",
    "vendor/hooks.mjs",
    "vendor/htm.mjs",
    "vendor/preact.mjs",
    "vendor/source-sans-3.woff2",
    "vendor/source-serif-4-400.woff2",
    "vendor/source-serif-4-600.woff2",
];
