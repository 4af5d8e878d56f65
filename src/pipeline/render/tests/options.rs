//! What a caller may ask for, and what is refused.

use super::*;

fn refusal(format: Format, request: &RenderRequest) -> String {
    let refused = RenderOptions::check(format, request, &settings());
    refused.expect_err("must be refused").to_string()
}

#[test]
fn unknown_choices_are_named() {
    let wish = |text: &str| Some(text.to_owned());
    let none = RenderRequest::default;
    let cases = [
        (
            RenderRequest {
                labels: wish("nl"),
                ..none()
            },
            "labels is nl; allowed: de, en, es, fr",
        ),
        (
            RenderRequest {
                parts: wish("faq,tags"),
                ..none()
            },
            "parts is faq,tags",
        ),
        (
            RenderRequest {
                parts: wish(""),
                ..none()
            },
            "parts is ;",
        ),
        (
            RenderRequest {
                summary_style: wish("x"),
                ..none()
            },
            "summary_style is x",
        ),
        (
            RenderRequest {
                faq_style: wish("x"),
                ..none()
            },
            "faq_style is x",
        ),
        (
            RenderRequest {
                tag_link: wish("javascript:{tag}"),
                ..none()
            },
            "tag_link is java",
        ),
    ];
    for (request, message) in cases {
        let refused = refusal(Format::Html, &request);
        assert!(refused.contains(message), "{refused}");
    }
}

#[test]
fn only_two_formats_carry_json_ld() {
    let request = RenderRequest {
        json_ld: Some(true),
        ..RenderRequest::default()
    };
    let configured = RenderSettings {
        json_ld: true,
        ..settings()
    };
    for (name, format) in Format::CHOICES {
        let carries = ["html", "wordpress-details"].contains(name);
        let asked = RenderOptions::check(*format, &request, &settings());
        assert_eq!(asked.is_ok(), carries, "{name}");
        let options = RenderOptions::check(*format, &RenderRequest::default(), &configured);
        let printed = print(&harbour(), &options.unwrap());
        assert_eq!(printed.contains("<script"), carries, "{name}");
    }
    assert!(refusal(Format::WordpressYoast, &request).contains("json_ld is true"));
}

#[test]
fn only_the_parts_asked_for_are_printed() {
    let cases = [
        ("summary", [true, false, false]),
        ("faq", [false, true, false]),
        ("related, summary", [true, false, true]),
    ];
    for (parts, expected) in cases {
        for (name, format) in Format::CHOICES
            .iter()
            .filter(|(name, _)| !name.contains("json"))
        {
            let request = RenderRequest {
                parts: Some(parts.to_owned()),
                ..RenderRequest::default()
            };
            let printed = print(&harbour(), &with(*format, &request));
            let found = ["closes in May", "closes on 3 May", "Ferry service"];
            assert_eq!(
                found.map(|text| printed.contains(text)),
                expected,
                "{name} {parts}"
            );
        }
    }
}

#[test]
fn labels_speak_the_language_asked_for() {
    for (labels, words) in [
        ("de", ["Häufig gestellte Fragen", "Mehr zu Harbour"]),
        ("es", ["Preguntas frecuentes", "Más sobre Harbour"]),
        ("fr", ["Questions fréquentes", "En savoir plus sur Harbour"]),
    ] {
        let request = RenderRequest {
            labels: Some(labels.to_owned()),
            ..RenderRequest::default()
        };
        for format in [Format::Html, Format::Markdown, Format::WordpressYoast] {
            let printed = print(&harbour(), &with(format, &request));
            assert!(words.iter().all(|word| printed.contains(word)), "{printed}");
        }
    }
}
