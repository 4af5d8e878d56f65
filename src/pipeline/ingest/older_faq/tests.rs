//! Each format by its markup, and what only looks like one.

use crate::pipeline::article::FaqFormat::{self, Afterword, Details, JsonLd, RankMath, Yoast};

use super::*;

const BODY: &str = "<p>The harbour board voted on Monday to rebuild the old ferry pier.</p>";

fn found(source: &str) -> Vec<(FaqFormat, Vec<String>)> {
    let found = Found::of(source);
    let masked = found.without(source);
    assert_eq!(masked.len(), source.len());
    let (faqs, _) = found.report(source, &Origin::default());
    faqs.into_iter()
        .map(|faq| (faq.format, faq.questions))
        .collect()
}

#[test]
fn markup_of_each_tool_is_recognised() {
    let cases = [
        (
            Afterword,
            "<section class=\"afterword-digest\" data-afterword=\"1\"><p>S.</p><h2>FAQ</h2><details><summary>Who?</summary><p>A</p></details></section>",
        ),
        (
            Afterword,
            "<!-- afterword:begin -->\n\n## FAQ\n\n### Who?\n\nA\n\n<!-- afterword:end -->",
        ),
        (
            Afterword,
            "<div class='x afterword-faq'><div><p>Who?</p></div></div>",
        ),
        (
            Yoast,
            "<!-- wp:yoast/faq-block {\"questions\":[]} --><div class=\"schema-faq wp-block-yoast-faq-block\"><div class=\"schema-faq-section\"><strong class=\"schema-faq-question\">Who?</strong> <p class=\"schema-faq-answer\">A</p> </div> </div><!-- /wp:yoast/faq-block -->",
        ),
        (
            Yoast,
            "<div class=\"schema-faq wp-block-yoast-faq-block\"><div><strong>Who?</strong></div></div>",
        ),
        (
            RankMath,
            "<!-- wp:rank-math/faq-block {} --><div class=wp-block-rank-math-faq-block><div class=rank-math-faq-item><h3>Who?</h3></div></div><!-- /wp:rank-math/faq-block -->",
        ),
        (
            RankMath,
            "<DIV Class='rank-math-block'><h3 class=rank-math-question>Who?</h3></DIV>",
        ),
        (
            Details,
            "<!-- wp:details --><details class=wp-block-details><summary>Who?</summary><p>A</p></details><!-- /wp:details -->\n\n<!-- wp:details --><details><summary>More</summary></details><!-- /wp:details -->",
        ),
        (
            Afterword,
            "{\n  \"topic\": null, \"faq\": [{\"question\": \"Who?\"}], \"provenance\": {\"pipeline_version\": \"1\"}}",
        ),
        (
            JsonLd,
            "{\n\"@context\": \"https://schema.org\", \"@type\": \"FAQPage\", \"mainEntity\": [{\"@type\": \"Question\", \"name\": \"Who?\"}]}",
        ),
        (
            JsonLd,
            "<script type=\"application/ld+json\">{\"@graph\":[{\"@type\":\"FAQPage\",\"mainEntity\":[{\"@type\":\"Question\",\"name\":\"Who?\",\"acceptedAnswer\":{\"@type\":\"Answer\",\"text\":\"A\"}}]}]}</script>",
        ),
    ];
    for (format, markup) in cases {
        let source = format!("{BODY}{markup}{BODY}");
        assert_eq!(
            found(&source),
            [(format, vec!["Who?".to_owned()])],
            "{markup}"
        );
        let place = Found::of(&source).marked[0].span;
        let given = Span::new(BODY.len(), BODY.len() + markup.len());
        assert!(given.contains(place), "{markup}");
    }
}

#[test]
fn what_looks_like_one_stays() {
    let cases = [
        "<details><summary>The plan</summary>Two parts.</details><details><summary>The cost</summary>4</details>",
        "<details><summary>Who?</summary>One alone.</details>",
        "<div class=afterword>The afterword of a book.</div>",
        "<p class=faq-teaser>Who?</p>",
        "<script type=application/ld+json>{\"@type\":\"NewsArticle\"}</script>",
        "<!-- <div class=schema-faq>Who?</div> -->",
        "<div class=schema-faq>never ends",
        "a < b, <3 and <",
        "{\"topic\": \"Piers\", \"faq\": []}",
    ];
    for markup in cases {
        assert_eq!(found(&format!("{BODY}{markup}")), [], "{markup}");
    }
}

#[test]
fn an_article_made_of_a_block_stays() {
    let item =
        "<div class=schema-faq-section><strong>Who pays for it?</strong> The port pays.</div>";
    let source = format!(
        "<p>Questions</p><div class=schema-faq>{}</div>",
        item.repeat(20)
    );
    assert_eq!(found(&source), []);
    let own = source.replace("schema-faq>", "afterword-digest>");
    assert_eq!(found(&own).len(), 1);
}

#[test]
fn questions_are_told_as_written() {
    let markup = "<!-- afterword:begin -->\n### Who pays \\*4\\* R&amp;D &#123;x}?\n\nA?b\n<!-- afterword:end -->";
    assert_eq!(found(markup)[0].1, ["Who pays *4* R&D {x}?"]);
}

#[test]
fn a_tag_of_any_length_hides_nothing_after_it() {
    let picture = format!("<img src=\"data:{}\">", "A".repeat(50_000));
    let source = format!(
        "{}{BODY}<div class=schema-faq>Who?</div>{BODY}",
        picture.repeat(20)
    );
    assert_eq!(found(&source).len(), 1);
    let inside = picture.replace("A\"", "<div class='schema-faq'>Who?</div>\"");
    assert_eq!(found(&format!("{BODY}{inside}{BODY}")), []);
}

#[test]
fn hostile_markup_takes_linear_time() {
    // Quadratic time would be minutes here, and the runner ends such tests.
    for part in [
        "<div class=schema-faq>",
        "<details>",
        "<script type=application/ld+json>FAQPage",
        "<!-- wp:yoast/faq-block",
        "<a b='",
        "<a href='x",
        "<a href='x' ",
        "{\"@context\":",
        "{\"@context\":1}",
    ] {
        found(&part.repeat(5_000));
    }
    let nested = format!("{}0{}", "{\"@context\":".repeat(50_000), "}".repeat(50_000));
    assert_eq!(found(&nested), []);
    let deep = format!("{}{}", "{\"a\":".repeat(20_000), "}".repeat(20_000));
    found(&format!(
        "<script type='application/ld+json'>\"FAQPage\"{deep}</script>"
    ));
}
