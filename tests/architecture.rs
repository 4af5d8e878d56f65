//! The tree is the architecture, and this says so: who may import whom, and
//! what every source file has to look like. Reads sources as text and compiles
//! none of them; modules for tests may import what they like.

// A test that cannot go on fails by panicking.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use proptest::prelude::*;
use regex::Regex;

/// Each top-level module and what it may import of the others.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("text", &[]),
    ("lane", &[]),
    ("layout", &[]),
    ("net", &[]),
    ("digest", &["text"]),
    ("ui", &["text"]),
    ("access", &["text"]),
    ("telemetry", &["lane"]),
    ("config", &["net", "text"]),
    ("engine", &["lane", "layout", "net", "telemetry", "text"]),
    ("models", &["config", "layout", "text"]),
    ("pipeline", &["config", "digest", "engine", "lane", "text"]),
    (
        "eval",
        &["config", "digest", "engine", "lane", "pipeline", "text"],
    ),
    ("archive", &["digest", "pipeline", "text"]),
    (
        "bench",
        &[
            "archive", "config", "digest", "engine", "eval", "lane", "pipeline", "text",
        ],
    ),
    (
        "store",
        &["access", "config", "digest", "lane", "telemetry", "text"],
    ),
    ("life", &["digest", "pipeline", "store", "text"]),
    (
        "jobs",
        &[
            "config",
            "digest",
            "engine",
            "lane",
            "life",
            "net",
            "pipeline",
            "store",
            "telemetry",
            "text",
        ],
    ),
    (
        "backfill",
        &[
            "archive", "config", "digest", "jobs", "pipeline", "store", "text",
        ],
    ),
    (
        "api",
        &[
            "access",
            "archive",
            "config",
            "digest",
            "engine",
            "jobs",
            "lane",
            "life",
            "net",
            "pipeline",
            "store",
            "telemetry",
            "text",
            "ui",
        ],
    ),
    (
        "cli",
        &[
            "access",
            "api",
            "archive",
            "backfill",
            "bench",
            "config",
            "digest",
            "engine",
            "eval",
            "jobs",
            "lane",
            "layout",
            "models",
            "net",
            "pipeline",
            "store",
            "telemetry",
            "text",
        ],
    ),
];

/// The modules of the pipeline in the order of the flow. A stage may import what
/// stands before it; only the first row, which all share, may import itself.
const FLOW: &[&[&str]] = &[
    &["article", "draft", "error", "observe", "options"],
    &["ingest"],
    &["understand"],
    &["plan", "extractive"],
    &["generate"],
    &["verify"],
    &["select"],
    &["early"],
    &["render"],
];

/// What binds to llama.cpp, each with the only places that may name it.
const BINDINGS: [(&str, &[&str]); 2] = [
    ("llama_cpp_2", &["src/engine/llama.rs"]),
    ("llama_cpp_sys_2", &UNSAFE_PLACES),
];

/// The only files, and folders of files, that may be unsafe.
const UNSAFE_PLACES: [&str; 2] = ["src/engine/llama/quantise.rs", "src/engine/llama/kernels/"];
/// What no other file may write: neither unsafe code nor leave for it.
const UNSAFE: [&str; 2] = ["unsafe", "unsafe_code"];

/// Files aim for 300 lines; beyond this one has to be split.
const MAX_LINES: usize = 500;

#[test]
fn imports_point_one_way() {
    let complaints = each_source(|file| file.wrong_imports());
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn few_files_name_each_binding() {
    let complaints = each_source(|file| {
        let tokens = file.tokens();
        let foreign = BINDINGS.iter().filter(|(_, homes)| !file.is_in(homes));
        let named = foreign.filter(|(binding, _)| tokens.iter().any(|token| token == binding));
        named
            .map(|(binding, _)| format!("names {binding}"))
            .collect()
    });
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

#[test]
fn few_files_are_unsafe() {
    let complaints = each_source(|file| {
        if file.is_in(&UNSAFE_PLACES) {
            return Vec::new();
        }
        let found = unsafe_tokens(&file.source);
        found.iter().map(|it| format!("has {it}")).collect()
    });
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

/// Test modules count too: what is tested with them would not be safe either.
fn unsafe_tokens(source: &str) -> Vec<String> {
    let mut found = tokenise(source);
    found.retain(|token| UNSAFE.contains(&token.as_str()));
    found
}

#[test]
fn what_is_unsafe_is_seen() {
    let cases = [
        ("fn f() { unsafe { g() } }", 1),
        ("#[cfg(test)] mod tests { unsafe fn f() {} }", 1),
        ("#![allow(unsafe_code)]", 1),
        ("#[expect(clippy::panic, unsafe_code)] fn f() {}", 1),
        ("unsafe impl Send for A {}", 1),
        ("// unsafe { }\nconst A: &str = \"unsafe\";", 0),
    ];
    for (source, expected) in cases {
        assert_eq!(unsafe_tokens(source).len(), expected, "{source}");
    }
}

#[test]
fn files_say_what_they_are_and_stay_short() {
    let complaints = each_source(|file| {
        let lines = file.source.lines().count();
        let silent = !file.source.starts_with("//!");
        let long = lines > MAX_LINES && !file.is_for_tests();
        let silent = silent.then(|| "does not open with `//!`".to_owned());
        let long = long.then(|| format!("has {lines} lines, more than {MAX_LINES}"));
        silent.into_iter().chain(long).collect()
    });
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

/// What `check` says of every source file, each line led by the file's path.
fn each_source(check: impl Fn(&SourceFile) -> Vec<String>) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    collect(&root.join("src"), &mut paths);
    assert!(paths.len() > 40, "only {} source files found", paths.len());
    let complaints = paths.iter().flat_map(|path| {
        let source = fs::read_to_string(path).unwrap();
        let path = path.strip_prefix(root).unwrap();
        let file = SourceFile::new(&path.to_string_lossy().replace('\\', "/"), &source);
        let complaints = check(&file);
        complaints
            .into_iter()
            .map(move |it| format!("{}: {it}", file.path))
    });
    complaints.collect()
}

fn collect(directory: &Path, paths: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|it| it == "rs") {
            paths.push(path);
        }
    }
}

struct SourceFile {
    /// From the root of the repository, with `/`.
    path: String,
    source: String,
}

impl SourceFile {
    fn new(path: &str, source: &str) -> Self {
        Self {
            path: path.to_owned(),
            source: source.to_owned(),
        }
    }

    /// `src/text/numbers/reader.rs` is `text`, `numbers`, `reader`.
    fn module(&self) -> Vec<String> {
        let path = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        let parts = path.split('/').map(str::to_owned);
        parts
            .filter(|part| !["mod", "lib", "main"].contains(&part.as_str()))
            .collect()
    }

    fn is_in(&self, places: &[&str]) -> bool {
        places.iter().any(|place| self.path.starts_with(place))
    }

    fn is_for_tests(&self) -> bool {
        let module = self.module();
        module
            .iter()
            .any(|part| part == "tests" || part == "testing")
    }

    /// The code without comments, literals and test modules.
    fn tokens(&self) -> Vec<String> {
        without_test_modules(tokenise(&self.source))
    }

    fn wrong_imports(&self) -> Vec<String> {
        if self.is_for_tests() {
            return Vec::new();
        }
        let module = self.module();
        let imports = imports(&self.tokens(), &module);
        let wrong = imports.iter().filter(|import| !may_import(&module, import));
        wrong
            .map(|import| format!("imports crate::{}", import.join("::")))
            .collect()
    }
}

fn may_import(module: &[String], import: &[String]) -> bool {
    let Some(from) = module.first() else {
        // lib.rs and main.rs put the whole together.
        return true;
    };
    let Some(to) = import.first() else {
        return false;
    };
    if from != to {
        let row = MAY_IMPORT.iter().find(|(name, _)| name == from);
        return row.is_some_and(|(_, allowed)| allowed.contains(&to.as_str()));
    }
    from != "pipeline" || follows_the_flow(&module[1..], &import[1..])
}

fn follows_the_flow(module: &[String], import: &[String]) -> bool {
    let (Some(from), Some(to)) = (module.first(), import.first()) else {
        // The pipeline itself knows all stages.
        return true;
    };
    if from == to || to.starts_with(char::is_uppercase) {
        return true;
    }
    match (rank(from), rank(to)) {
        (Some(from), Some(to)) => to == 0 || to < from,
        // A module that the flow does not list has no place yet.
        _ => false,
    }
}

fn rank(stage: &str) -> Option<usize> {
    FLOW.iter().position(|row| row.contains(&stage))
}

/// All paths that start at `crate`, `super` or `self`, from the crate's root.
fn imports(tokens: &[String], module: &[String]) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let is_path = tokens.get(at + 1).is_some_and(|next| next == "::")
            && (at == 0 || tokens[at - 1] != "::");
        let base = match tokens[at].as_str() {
            "crate" if is_path => Some(Vec::new()),
            "self" if is_path => Some(module.to_vec()),
            "super" if is_path => Some(parent(module)),
            _ => None,
        };
        at = match base {
            Some(base) => tree(tokens, at + 2, base, &mut found),
            None => at + 1,
        };
    }
    found
}

fn parent(module: &[String]) -> Vec<String> {
    module[..module.len().saturating_sub(1)].to_vec()
}

/// Reads one tree of a `use` (or a plain path) and returns where it ends.
fn tree(tokens: &[String], at: usize, prefix: Vec<String>, found: &mut Vec<Vec<String>>) -> usize {
    let followed = tokens.get(at + 1).is_some_and(|next| next == "::");
    match tokens.get(at).map(String::as_str) {
        Some("{") => branches(tokens, at + 1, &prefix, found),
        Some("super") if followed => tree(tokens, at + 2, parent(&prefix), found),
        Some(name) if is_name(name) && name != "self" => {
            let path = [prefix, vec![name.to_owned()]].concat();
            if followed {
                return tree(tokens, at + 2, path, found);
            }
            found.push(path);
            at + 1
        }
        _ => {
            found.push(prefix);
            at + 1
        }
    }
}

/// Reads the trees between braces and returns the place after the closing one.
fn branches(
    tokens: &[String],
    mut at: usize,
    prefix: &[String],
    found: &mut Vec<Vec<String>>,
) -> usize {
    while let Some(token) = tokens.get(at) {
        at = match token.as_str() {
            "}" => return at + 1,
            "," => at + 1,
            // A new name is no import.
            "as" => at + 2,
            _ => tree(tokens, at, prefix.to_vec(), found),
        };
    }
    at
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Drops `#[cfg(test)] mod NAME { … }`.
fn without_test_modules(tokens: Vec<String>) -> Vec<String> {
    const ATTRIBUTE: [&str; 8] = ["#", "[", "cfg", "(", "test", ")", "]", "mod"];
    let mut kept = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let here = &tokens[at..];
        let is_module = here.len() > 9 && here.iter().zip(ATTRIBUTE).all(|(a, b)| a == b);
        if is_module && here[9] == "{" {
            at += 9 + block_length(&here[9..]);
        } else {
            kept.push(tokens[at].clone());
            at += 1;
        }
    }
    kept
}

/// Tokens from an opening brace to its closing one.
fn block_length(tokens: &[String]) -> usize {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate() {
        match token.as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    tokens.len()
}

/// What a source is made of, tried in this order; only a `token` is kept.
static LEXER: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = concat!(
        r#"//[^\n]*"#,
        r#"|(?s:/\*.*?\*/)"#,
        r####"|\b(?:br|cr|r)###"(?s:.*?)"###"####,
        r###"|\b(?:br|cr|r)##"(?s:.*?)"##"###,
        r##"|\b(?:br|cr|r)#"(?s:.*?)"#"##,
        r#"|\b(?:br|cr|r)"[^"]*""#,
        r#"|(?:\b[bc])?"(?s:\\.|[^"\\])*""#,
        r#"|'(?:\\[^']+|\\'|[^'\\])'"#,
        r#"|(?P<token>[\p{Alphabetic}_][\p{Alphabetic}\p{Nd}_]*|::|\S)"#,
    );
    Regex::new(pattern).unwrap()
});

/// Names, `::` and single characters; comments and literals are left out.
fn tokenise(source: &str) -> Vec<String> {
    let tokens = LEXER.captures_iter(source);
    tokens
        .filter_map(|found| Some(found.name("token")?.as_str().to_owned()))
        .collect()
}

/// The imports of a file that are wrong, as the first test would tell them.
fn wrong(path: &str, source: &str) -> Vec<String> {
    SourceFile::new(path, source).wrong_imports()
}

#[test]
fn wrong_directions_are_seen() {
    let cases = [
        ("src/text/span.rs", "use crate::pipeline::Input;", 1),
        ("src/text/span.rs", "use super::words::{words, Word};", 0),
        ("src/engine/mod.rs", "fn f() -> crate::config::Limits {}", 1),
        ("src/engine/a/b.rs", "use super::super::super::api::x;", 1),
        (
            "src/engine/a/b.rs",
            "use super::{super::{c, super::{api::{x, y}}}};",
            2,
        ),
        (
            "src/models/mod.rs",
            "use crate::{config::A as api, cli::{self}};",
            1,
        ),
        ("src/api/mod.rs", "use crate::models::Store;", 1),
        ("src/newcomer/mod.rs", "use crate::text::span::Span;", 1),
        ("src/lib.rs", "pub use crate::cli::main;", 0),
        ("src/cli/mod.rs", "use crate::models::Store;", 0),
        ("src/text/mod.rs", "use crate::*;", 1),
    ];
    for (path, source, expected) in cases {
        assert_eq!(wrong(path, source).len(), expected, "{path}: {source}");
    }
}

#[test]
fn the_flow_of_the_pipeline_is_kept() {
    let cases = [
        ("src/pipeline/plan/mod.rs", "use super::generate::x;", 1),
        ("src/pipeline/plan/mod.rs", "use super::extractive::x;", 1),
        ("src/pipeline/plan/mod.rs", "use super::understand::x;", 0),
        ("src/pipeline/plan/a.rs", "use super::super::render::x;", 1),
        (
            "src/pipeline/verify.rs",
            "use super::{draft::Draft, Input};",
            0,
        ),
        ("src/pipeline/article.rs", "use super::ingest::x;", 1),
        ("src/pipeline/helper.rs", "use super::article::x;", 1),
        (
            "src/pipeline/mod.rs",
            "use render::x; use self::select::y;",
            0,
        ),
    ];
    for (path, source, expected) in cases {
        assert_eq!(wrong(path, source).len(), expected, "{path}: {source}");
    }
}

#[test]
fn only_code_counts() {
    let hidden = r####"
        //! See crate::api.
        /* use crate::api::x; */
        const A: &str = "crate::api::x \" crate::api";
        const B: &str = r#"crate::api "quoted" "#;
        const C: (char, char) = ('"', '\'');
        fn f<'a>(it: &'a str) -> &'a str { it }
        pub(in crate::text) fn g() {}
        #[cfg(test)]
        mod tests { fn h() { { crate::api::x() } } }
    "####;
    assert_eq!(wrong("src/text/a.rs", hidden), [""; 0]);
    let after = format!("{hidden} fn i() {{ crate::api::x() }}");
    assert_eq!(wrong("src/text/a.rs", &after), ["imports crate::api::x"]);
    assert_eq!(wrong("src/text/tests.rs", "use crate::api::x;"), [""; 0]);
}

proptest! {
    #[test]
    fn any_source_is_read(source in "(crate|super|self|::|[{},*'\"/#]|mod|[a-z ]){0,40}|\\PC*") {
        wrong("src/text/a.rs", &source);
    }
}
