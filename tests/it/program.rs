//! The program as a user runs it: arguments and standard input in, exit code and
//! both outputs out.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use afterword::digest::{Digest, Passage, Supported};
use afterword::pipeline::options::OptionsRequest;
use tempfile::TempDir;

/// How a run of the program ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A request for a digest with the text that was read.
pub(crate) fn with_source() -> OptionsRequest {
    OptionsRequest {
        include_source: true,
        ..OptionsRequest::default()
    }
}

/// The same with a tone, for which a model is to draft answers too.
pub(crate) fn in_a_tone() -> OptionsRequest {
    OptionsRequest {
        tone: Some("formal".to_owned()),
        ..with_source()
    }
}

/// The program, without what the environment of the tests would tell it.
pub(crate) fn program() -> Command {
    isolated(env!("CARGO_BIN_EXE_afterword"))
}

/// Any command, without our variables.
pub(crate) fn isolated(name: &str) -> Command {
    let mut command = Command::new(name);
    command.env_remove("AFTERWORD_CONFIG");
    command.env_remove("AFTERWORD_LOG");
    command.env_remove("AFTERWORD_DATABASE_URL");
    command.env_remove("AFTERWORD_REMOTE_KEY");
    command
}

/// Runs the program to its end.
pub(crate) fn run(arguments: &[&str], input: &[u8]) -> Ended {
    let mut child = program()
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that refuses early does not read to the end.
    let _ = child.stdin.take().unwrap().write_all(input);
    Ended::of(child.wait_with_output().unwrap())
}

/// `afterword digest - --engine extractive` and more arguments.
pub(crate) fn extractive(arguments: &[&str], input: &str) -> Ended {
    let fixed = ["digest", "-", "--engine", "extractive"];
    run(&[&fixed, arguments].concat(), input.as_bytes())
}

impl Ended {
    pub(crate) fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// What a success printed.
    #[track_caller]
    pub(crate) fn success(self) -> String {
        assert_eq!(self.code, Some(0), "{}", self.stderr);
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        self.stdout
    }

    /// The digest that a success printed as JSON, its evidence checked.
    #[track_caller]
    pub(crate) fn digest(self) -> Digest {
        let digest: Digest = serde_json::from_str(&self.success()).unwrap();
        assert_sound(&digest);
        digest
    }

    /// A refusal of the command line, in the words of the parser.
    #[track_caller]
    pub(crate) fn refused_plainly(&self, code: i32, message: &str) {
        assert_eq!(self.code, Some(code), "{}", self.stderr);
        assert_eq!(self.stdout, "");
        assert!(self.stderr.contains(message), "{}", self.stderr);
    }

    /// A refusal: its code, its message, a hint, and nothing on stdout.
    #[track_caller]
    pub(crate) fn refused(&self, code: i32, message: &str) {
        assert_eq!(self.code, Some(code), "{}", self.stderr);
        assert_eq!(self.stdout, "");
        let line = |label| {
            self.stderr
                .lines()
                .find_map(|line| line.strip_prefix(label))
        };
        let said = line("error: ").unwrap_or_default();
        assert!(said.contains(message), "{}", self.stderr);
        assert!(
            line("hint: ").is_some_and(|hint| hint.len() > 10),
            "{}",
            self.stderr
        );
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
    }
}

/// Every promise that a digest makes about itself.
#[track_caller]
pub(crate) fn assert_sound(digest: &Digest) {
    let provenance = &digest.provenance;
    assert_eq!(provenance.source_words_read, provenance.source_words);
    for passage in passages(digest) {
        let sentences: Vec<&str> = passage
            .sentences
            .iter()
            .map(|it| it.text.as_str())
            .collect();
        assert!(!sentences.is_empty());
        assert_eq!(passage.text, sentences.join(" "));
    }
    for sentence in sentences(digest) {
        assert!(!sentence.evidence.is_empty(), "{}", sentence.text);
        for evidence in &sentence.evidence {
            assert!((0.0..=1.0).contains(&evidence.score), "{evidence:?}");
            if let Some(source) = &digest.source {
                assert_eq!(evidence.quote, source[evidence.start..evidence.end]);
            }
        }
    }
}

/// The summary and every answer.
pub(crate) fn passages(digest: &Digest) -> impl Iterator<Item = &Passage> {
    let answers = digest.faq.iter().map(|pair| &pair.answer);
    digest.summary.iter().chain(answers)
}

/// Every sentence of the summary and of the answers.
pub(crate) fn sentences(digest: &Digest) -> impl Iterator<Item = &Supported> {
    passages(digest).flat_map(|passage| &passage.sentences)
}

/// The folder that a variable names; else `None`, and a line that no test runner
/// hides.
pub(crate) fn folder(variable: &str) -> Option<PathBuf> {
    let named = std::env::var_os(variable);
    if named.is_none() {
        let line = format!("\nSKIPPED without data: {variable} is not set\n");
        std::io::stderr().write_all(line.as_bytes()).unwrap();
    }
    named.map(PathBuf::from)
}

/// A file with `content` in a folder that goes when the guard does.
pub(crate) fn file(name: &str, content: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    (folder, path)
}
