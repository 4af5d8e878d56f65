//! The command line, driven as users drive it, without a model.

use std::collections::BTreeMap;

use afterword::digest::Digest;

use super::articles::{BRIDGE, FOREIGN, GERMAN, JAPANESE, pasted_page};
use super::program::{extractive, file, run, sentences};

/// Exit codes, as the README lists them.
const USAGE: i32 = 2;
const INPUT: i32 = 3;

fn json(arguments: &[&str], input: &str) -> Digest {
    extractive(&[&["--format", "json"], arguments].concat(), input).digest()
}

#[test]
fn a_digest_is_backed_by_the_text_that_was_read() {
    let digest = json(&["--include-source"], BRIDGE);
    let source = digest.source.as_deref().unwrap();
    assert_eq!(
        digest.provenance.source_words,
        source.split_whitespace().count()
    );
    assert_eq!(
        source.split_whitespace().count(),
        BRIDGE.split_whitespace().count()
    );
    assert!(digest.summary.is_some());
    assert!(
        (1..=8).contains(&digest.faq.len()),
        "{} pairs",
        digest.faq.len()
    );
    for pair in &digest.faq {
        assert!(pair.question.ends_with('?'), "{}", pair.question);
    }
}

#[test]
fn the_source_is_printed_only_on_request() {
    let printed = extractive(&["--format", "json"], BRIDGE).success();
    assert!(!printed.contains("\"source\":"), "{printed}");
}

#[test]
fn the_same_input_gives_the_same_digest() {
    let digests = [(); 2].map(|()| {
        let mut digest = json(&["--include-source"], BRIDGE);
        digest.provenance.timings_ms = BTreeMap::new();
        digest
    });
    assert_eq!(digests[0], digests[1]);
}

#[test]
fn each_format_prints_every_pair() {
    let questions: Vec<String> = json(&[], BRIDGE)
        .faq
        .into_iter()
        .map(|it| it.question)
        .collect();
    let markdown = extractive(&[], BRIDGE).success();
    let html = extractive(&["--format", "html"], BRIDGE).success();
    assert!(html.contains("<section"), "{html}");
    assert_eq!(html.matches("<details").count(), questions.len());
    for question in questions {
        // Both escape marks; the longest part without any is enough.
        let part = question.split(|c: char| !c.is_alphanumeric() && c != ' ');
        let part = part.max_by_key(|part| part.len()).unwrap();
        assert!(markdown.contains(part) && html.contains(part), "{part}");
    }
}

#[test]
fn blocks_and_json_ld_are_printed_by_name() {
    let cases = [
        (
            "json-ld",
            "{\"@context\":\"https://schema.org\",\"@type\":\"FAQPage\"",
        ),
        ("wordpress-details", "<!-- wp:group "),
        ("wordpress-yoast", "<!-- wp:group "),
        ("wordpress-rank-math", "<!-- wp:group "),
    ];
    for (format, start) in cases {
        let printed = extractive(&["--format", format], BRIDGE).success();
        assert!(printed.starts_with(start), "{printed}");
        assert_eq!(printed, extractive(&["--format", format], BRIDGE).success());
    }
}

#[test]
fn what_is_printed_follows_arguments_over_configuration() {
    let (_folder, path) = file(
        "afterword.toml",
        b"[render]\nlabels = \"fr\"\ndisclosure = true\ntag_link = \"/theme/{slug}\"\n",
    );
    let config = ["--config", path.to_str().unwrap(), "--format", "html"];
    let printed = extractive(&config, BRIDGE).success();
    assert!(printed.contains("Questions fréquentes"), "{printed}");
    assert!(printed.contains("href=\"/theme/"), "{printed}");
    assert!(printed.contains("afterword-disclosure"), "{printed}");
    let arguments = [
        "--labels",
        "es",
        "--disclosure=false",
        "--tag-link",
        "",
        "--parts",
        "faq,related",
        "--faq-style",
        "headings",
        "--json-ld",
    ];
    let printed = extractive(&[&config[..], &arguments[..]].concat(), BRIDGE).success();
    assert!(printed.contains("Preguntas frecuentes"), "{printed}");
    for absent in [
        "href=",
        "afterword-disclosure",
        "afterword-summary",
        "<details",
    ] {
        assert!(!printed.contains(absent), "{absent}: {printed}");
    }
    assert!(
        printed.contains("<h3") && printed.contains("<script"),
        "{printed}"
    );
}

#[test]
fn what_cannot_be_printed_is_refused_before_the_article_is_read() {
    let yoast = ["--format", "wordpress-yoast", "--json-ld"];
    extractive(&yoast, "").refused(USAGE, "json_ld is true");
    extractive(&["--labels", "nl"], "").refused(USAGE, "labels is nl");
    extractive(&["--tag-link", "/tags/"], "").refused(USAGE, "tag_link is /tags/");
}

#[test]
fn a_file_is_read_by_its_extension() {
    let paragraphs = BRIDGE.split("\n\n").map(|text| format!("<p>{text}</p>"));
    let html: String = paragraphs.collect();
    let (_folder, path) = file("story.html", html.as_bytes());
    let path = path.to_str().unwrap();
    let arguments = ["digest", path, "--engine", "extractive", "--format", "json"];
    let digest = run(&[&arguments[..], &["--include-source"]].concat(), b"").digest();
    assert!(!digest.source.unwrap().contains("<p>"));
    assert_eq!(
        digest.provenance.source_words,
        BRIDGE.split_whitespace().count()
    );
}

#[test]
fn a_pasted_page_backs_nothing_with_what_is_not_article() {
    let page = pasted_page();
    let digest = json(&["--include-source"], &page);
    assert!(!digest.faq.is_empty(), "{digest:?}");
    let (title, body) = BRIDGE.split_once("\n\n").unwrap();
    for sentence in sentences(&digest) {
        for evidence in &sentence.evidence {
            let own = body.contains(&evidence.quote) || title.contains(&evidence.quote);
            assert!(own, "{}", evidence.quote);
        }
    }
    let printed = serde_json::to_string(&digest).unwrap();
    for word in FOREIGN {
        assert!(page.contains(word) && !printed.contains(word), "{word}");
    }
}

#[test]
fn what_cannot_be_an_article_is_refused() {
    let script = "<html><body><script>let app = 'Hello';</script></body></html>";
    let long = "One more word of it. ".repeat(10_000);
    let large = "word".repeat(1 << 20) + ".";
    let cases: [(&[&str], &str, &str); 8] = [
        (&[], "", "the input is empty"),
        (&[], " \n\t\n ", "no article text"),
        (&[], "Three little words.", "has 3 words"),
        (&[], &long, "limits.max_article_words = 25000"),
        (&[], &large, "limits.max_input_bytes = 4194304"),
        (&["--input", "html"], script, "no article text"),
        (&[], GERMAN, "is in \"de\""),
        (&[], JAPANESE, "is in \"ja\""),
    ];
    for (arguments, input, message) in cases {
        extractive(arguments, input).refused(INPUT, message);
    }
}

#[test]
fn a_page_is_told_from_a_body_or_named() {
    let paragraphs: String = BRIDGE
        .split("\n\n")
        .map(|paragraph| format!("<p>{paragraph}</p>"))
        .collect();
    let aside = "<aside><p>The harbour museum opens a new hall for old maps.</p></aside>";
    let body = format!("<div>{paragraphs}</div>{aside}");
    let page = format!("<!doctype html>{body}");
    let reads_aside = |source: &str, html: &str| {
        let arguments = ["--input", "html", "--include-source", "--source", source];
        json(&arguments, html).source.unwrap().contains("old maps")
    };
    assert!(reads_aside("auto", &body) && !reads_aside("auto", &page));
    assert!(reads_aside("body", &page) && !reads_aside("page", &body));
}

#[test]
fn bytes_that_are_no_text_are_refused_with_their_place() {
    let bytes = [BRIDGE.as_bytes(), b"\xff\xfe", BRIDGE.as_bytes()].concat();
    let ended = run(&["digest", "-", "--engine", "extractive"], &bytes);
    ended.refused(INPUT, &format!("offset {}", BRIDGE.len()));
}

#[test]
fn options_outside_their_bounds_are_named() {
    for (option, value) in [("count", "0"), ("count", "31"), ("max-answer-words", "5")] {
        let message = format!("{} is {value}", option.replace('-', "_"));
        extractive(&[&format!("--{option}"), value], BRIDGE).refused(USAGE, &message);
    }
}

#[test]
fn a_count_is_an_upper_bound() {
    let most = json(&["--count", "20"], BRIDGE).faq.len();
    assert!(most > 1, "the article gives no choice");
    for count in 1..=most {
        let digest = json(&["--count", &count.to_string()], BRIDGE);
        assert_eq!(digest.faq.len(), count);
    }
}

#[test]
fn answers_keep_to_their_words() {
    for pair in json(&["--max-answer-words", "20"], BRIDGE).faq {
        let words = pair.answer.text.split_whitespace().count();
        // A single sentence is never cut.
        assert!(
            words <= 20 || pair.answer.sentences.len() == 1,
            "{}",
            pair.answer.text
        );
    }
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let ended = run(
        &["digest", "no-such-story.txt", "--engine", "extractive"],
        b"",
    );
    ended.refused(INPUT, "no-such-story.txt");
}

#[test]
fn a_model_that_nobody_knows_is_refused() {
    let ended = run(&["models", "verify", "gpt-none"], b"");
    ended.refused(USAGE, "there is no model \"gpt-none\"");
    let ended = run(&["models", "path", "gpt-none+q4_0"], b"");
    ended.refused(USAGE, "there is no model \"gpt-none+q4_0\"");
    let message = if cfg!(feature = "llama") {
        "\"gpt-none\""
    } else {
        "no llama.cpp engine"
    };
    let ended = run(&["digest", "-", "--model", "gpt-none"], BRIDGE.as_bytes());
    ended.refused(USAGE, message);
    let ended = run(&["models", "optimise", "gpt-none"], b"");
    ended.refused(USAGE, message);
}

#[test]
fn a_configuration_is_checked_key_by_key() {
    let cases = [
        (
            "[limits]\nmax_imput_bytes = 2048\n",
            "unknown key limits.max_imput_bytes",
        ),
        (
            "[limits]\nmax_input_bytes = 1\n",
            "limits.max_input_bytes = 1 is not allowed",
        ),
        ("[limits\n", "not valid TOML"),
    ];
    for (text, message) in cases {
        let (_folder, path) = file("afterword.toml", text.as_bytes());
        extractive(&["--config", path.to_str().unwrap()], BRIDGE).refused(USAGE, message);
    }
    extractive(&["--config", "no-such.toml"], BRIDGE).refused(USAGE, "no-such.toml");
}

#[test]
fn a_configuration_lowers_a_limit() {
    let (_folder, path) = file("afterword.toml", b"[limits]\nmax_article_words = 100\n");
    let ended = extractive(&["--config", path.to_str().unwrap()], BRIDGE);
    ended.refused(INPUT, "limits.max_article_words = 100");
}

#[test]
fn wrong_command_lines_are_told_apart_from_wrong_articles() {
    for arguments in [
        &["digest"][..],
        &["digset"],
        &["digest", "-", "--format", "pdf"],
    ] {
        let ended = run(arguments, b"");
        assert_eq!(ended.code, Some(USAGE), "{arguments:?}");
        assert_eq!(ended.stdout, "");
        assert!(ended.stderr.starts_with("error: "), "{}", ended.stderr);
    }
}

#[test]
fn help_and_readme_list_the_same_exit_codes() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md"));
    let readme = readme.unwrap();
    let listed = readme.lines().filter_map(|line| line.strip_prefix("| "));
    let listed: Vec<u8> = listed
        .filter_map(|row| row.split(' ').next()?.parse().ok())
        .collect();
    let help = run(&["--help"], b"").success();
    let (_, codes) = help.split_once("Exit codes:\n").unwrap();
    let told = codes
        .lines()
        .filter_map(|line| line.split_whitespace().next()?.parse().ok());
    assert_eq!(told.collect::<Vec<u8>>(), listed);
    assert!(listed.len() >= 7, "{listed:?}");
}

#[test]
fn every_command_explains_itself() {
    for command in [
        "digest", "ingest", "serve", "worker", "models", "doctor", "eval", "bench",
    ] {
        let help = run(&[command, "--help"], b"").success();
        assert!(
            help.contains(&format!("Usage: afterword {command}")),
            "{help}"
        );
    }
}
