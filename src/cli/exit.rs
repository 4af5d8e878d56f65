//! How the program ends: exit codes and the one place that reports a failure.

use std::io::Write;
use std::process::ExitCode;

use crate::bench::BenchError;
use crate::config::ConfigError;
use crate::engine::EngineError;
use crate::eval::error::EvalError;
use crate::models::ModelError;
use crate::pipeline::error::PipelineError;

/// Shown under `--help`.
pub(super) const HELP: &str = "\
Exit codes:
  0  done
  1  a failure that none of the codes below names
  2  the command line is wrong
  3  the input was refused (empty, too short, too long, not text, wrong language)
  4  the model is missing, damaged or unusable
  5  the engine failed
  6  a download failed
  130  interrupted";

/// Exit codes, as documented in `--help` and the README.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Exit {
    /// Done.
    Success = 0,
    /// A failure that no other code names.
    Failure = 1,
    /// The command line or configuration is wrong.
    Usage = 2,
    /// The input was refused.
    Input = 3,
    /// The model is missing, damaged or unusable.
    Model = 4,
    /// The engine failed.
    Engine = 5,
    /// A download failed.
    Download = 6,
    /// Somebody stopped it, and it ended well.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// A failure on its way to the user: message, hint, exit code.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) exit: Exit,
    pub(super) message: String,
    pub(super) hint: String,
}

impl Failure {
    pub(super) fn new(exit: Exit, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
            hint: hint.into(),
        }
    }

    /// Prints the failure to stderr and returns its exit code.
    pub(super) fn report(&self) -> ExitCode {
        let mut stderr = std::io::stderr().lock();
        // A closed stderr leaves nobody to tell.
        let _ = writeln!(stderr, "error: {}", self.message);
        if !self.hint.is_empty() {
            let _ = writeln!(stderr, "hint: {}", self.hint);
        }
        self.exit.into()
    }
}

impl From<PipelineError> for Failure {
    fn from(error: PipelineError) -> Self {
        let exit = match &error {
            PipelineError::Option { .. } => Exit::Usage,
            PipelineError::Engine(EngineError::Load { .. }) => Exit::Model,
            PipelineError::Engine(_) | PipelineError::TookTooLong { .. } => Exit::Engine,
            PipelineError::NotReadWhole { .. } => Exit::Failure,
            _ => Exit::Input,
        };
        Self::new(exit, error.to_string(), error.hint())
    }
}

impl From<EvalError> for Failure {
    fn from(error: EvalError) -> Self {
        let exit = match error {
            EvalError::Pipeline(error) => return error.into(),
            EvalError::State { .. } => Exit::Failure,
            EvalError::Data { .. } | EvalError::Row { .. } | EvalError::Results { .. } => {
                Exit::Input
            }
        };
        Self::new(exit, error.to_string(), error.hint())
    }
}

impl From<BenchError> for Failure {
    fn from(error: BenchError) -> Self {
        let exit = match error {
            BenchError::Pipeline(error) => return error.into(),
            BenchError::Archive(_) | BenchError::NoArticles => Exit::Input,
            BenchError::Peer(_) => Exit::Failure,
        };
        Self::new(exit, error.to_string(), error.hint())
    }
}

impl From<ModelError> for Failure {
    fn from(error: ModelError) -> Self {
        let exit = match &error {
            ModelError::UnknownName { .. }
            | ModelError::NoSuchSource { .. }
            | ModelError::NoDirectory => Exit::Usage,
            ModelError::Busy { .. }
            | ModelError::DiskFull { .. }
            | ModelError::Source { .. }
            | ModelError::Unfetched { .. } => Exit::Download,
            _ => Exit::Model,
        };
        Self::new(exit, error.to_string(), error.hint())
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::new(Exit::Usage, error.to_string(), error.hint())
    }
}
