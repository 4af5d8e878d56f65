//! This build, and the programs that a pull may call.

use std::process::{Command, Output};

use super::Check;

/// Whether this build can run a model.
pub(super) fn engine() -> Check {
    const NAME: &str = "engine";
    if cfg!(feature = "llama") {
        Check::ok(NAME, "llama.cpp, in this program")
    } else {
        Check::fail(
            NAME,
            "this build has no llama.cpp",
            "build it with the default features",
        )
    }
}

/// Whether wheels can be fetched; only pulls from that source need it.
pub(super) fn pip() -> Check {
    // `-m` looks into the working directory first; nobody leaves a `pip.py` in
    // the root.
    let output = Command::new("python3")
        .args(["-m", "pip", "--version"])
        .current_dir("/")
        .output();
    judge(output.ok().as_ref())
}

fn judge(output: Option<&Output>) -> Check {
    const NAME: &str = "python3 with pip";
    let advice = "only `afterword models pull --from wheels` needs it: install Python 3 with pip";
    match output {
        Some(output) if output.status.success() => {
            let version = String::from_utf8_lossy(&output.stdout);
            let version: Vec<_> = version.split_whitespace().take(2).collect();
            Check::ok(NAME, version.join(" "))
        }
        Some(_) => Check::warn(NAME, "python3 has no pip", advice),
        None => Check::warn(NAME, "python3 was not found", advice),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;

    #[test]
    fn a_missing_python_is_a_warning_only() {
        let check = judge(None);
        assert_eq!(check.level, Level::Warn);
        assert!(check.advice.contains("install Python 3"));
    }
}
