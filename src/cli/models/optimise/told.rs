//! What is printed of a copy that was made. Pure.

use crate::models::ModelFile;

/// Where the copy lies, how it is used, and what to do before.
pub(super) fn kept(file: &ModelFile, source: &str) -> String {
    let ModelFile { name, path, .. } = file;
    format!(
        "kept: {path}

To use it, pass --model {name}, or write into the configuration:

    [engine]
    model = \"{name}\"

Its weights were quantised twice, and speed says nothing of what they write. Compare both
before it serves:

    afterword eval digests --data DIR --model {source} --json published.json
    afterword eval digests --data DIR --model {name} --against published.json
",
        path = path.display()
    )
}

/// Why there is no copy now, or still an earlier one.
pub(super) fn dropped(name: &str, gain: u8, earlier: bool) -> String {
    let left = match earlier {
        true => "; the one that was there before is left alone",
        false => "",
    };
    format!(
        "removed: {name} saves less than {gain} % of the time{left}. --keep keeps it all the same.\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::Checksum;

    #[test]
    fn a_kept_copy_is_told_with_how_it_is_used() {
        let file = ModelFile {
            name: "tiny+q4_0".to_owned(),
            path: "/models/tiny+q4_0.gguf".into(),
            sha256: Checksum::of(&b""[..]).unwrap(),
            source_sha256: None,
            context_tokens: None,
        };
        let told = kept(&file, "tiny");
        for part in [
            "/models/tiny+q4_0.gguf",
            "model = \"tiny+q4_0\"",
            "quantised twice",
            "--model tiny --json",
        ] {
            assert!(told.contains(part), "{part}: {told}");
        }
    }

    #[test]
    fn a_copy_that_is_not_kept_says_so() {
        let told = dropped("tiny+q4_0", 5, false);
        assert!(
            told.contains("less than 5 %") && !told.contains("before"),
            "{told}"
        );
        assert!(dropped("tiny+q4_0", 5, true).contains("left alone"));
    }
}
