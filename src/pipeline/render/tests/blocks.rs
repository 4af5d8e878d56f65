//! WordPress blocks, read back by a small parser of their comments. That the
//! editor's own code finds them valid is tested in `tests/wordpress`.

use serde_json::Value;

use super::*;
use crate::digest::markers::CLASSES;

const FORMATS: [Format; 3] = [
    Format::WordpressDetails,
    Format::WordpressYoast,
    Format::WordpressRankMath,
];

/// A block as the comments delimit it.
#[derive(Debug, Default)]
struct Block {
    name: String,
    attributes: Value,
    /// The saved HTML without that of inner blocks.
    html: String,
    inner: Vec<Block>,
}

impl Block {
    /// This block and all inside it, outermost first.
    fn flat(&self) -> Vec<&Self> {
        let inner = self.inner.iter().flat_map(Self::flat);
        std::iter::once(self).chain(inner).collect()
    }

    fn texts(&self, selector: &str) -> Vec<String> {
        texts(&Html::parse_fragment(&self.html), selector)
    }
}

/// The one block that `markup` is. Every comment has to be a delimiter.
fn parse(markup: &str) -> Block {
    let mut open = vec![Block::default()];
    let mut rest = markup;
    while let Some((html, comment)) = rest.split_once("<!-- ") {
        let (comment, after) = comment.split_once(" -->").unwrap();
        open.last_mut().unwrap().html.push_str(html);
        match comment.strip_prefix("/wp:") {
            Some(name) => {
                let block = open.pop().unwrap();
                assert_eq!(block.name, name, "{markup}");
                open.last_mut().unwrap().inner.push(block);
            }
            None => open.push(opened(comment.strip_prefix("wp:").unwrap())),
        }
        rest = after;
    }
    let mut root = open.pop().unwrap();
    assert!(
        open.is_empty() && root.html.trim().is_empty() && rest == "\n",
        "{markup}"
    );
    assert_eq!(root.inner.len(), 1, "{markup}");
    root.inner.remove(0)
}

fn opened(comment: &str) -> Block {
    let (name, attributes) = comment.split_once(' ').unwrap_or((comment, "null"));
    Block {
        name: name.to_owned(),
        attributes: serde_json::from_str(attributes).unwrap(),
        ..Block::default()
    }
}

fn names(block: &Block) -> Vec<&str> {
    block
        .flat()
        .into_iter()
        .map(|it| it.name.as_str())
        .collect()
}

fn named<'a>(block: &'a Block, name: &str) -> &'a Block {
    block.flat().into_iter().find(|it| it.name == name).unwrap()
}

fn unescaped(rich_text: &Value) -> String {
    let page = Html::parse_fragment(&format!("<p>{}</p>", rich_text.as_str().unwrap()));
    // html and p.
    assert_eq!(elements(&page).len(), 2, "{rich_text}");
    texts(&page, "p").remove(0)
}

#[test]
fn details_of_a_whole_digest() {
    insta::assert_snapshot!(print(&harbour(), &plain(Format::WordpressDetails)), @r##"
    <!-- wp:group {"tagName":"section","className":"afterword-digest"} -->
    <section class="wp-block-group afterword-digest"><!-- wp:paragraph {"className":"afterword-summary"} -->
    <p class="afterword-summary">The bridge closes in May. Ferries run instead.</p>
    <!-- /wp:paragraph -->

    <!-- wp:heading {"className":"afterword-faq"} -->
    <h2 class="wp-block-heading afterword-faq">Frequently Asked Questions (FAQs) about Harbour Bridge *Repair*</h2>
    <!-- /wp:heading -->

    <!-- wp:details {"className":"afterword-faq"} -->
    <details class="wp-block-details afterword-faq"><summary>When does &lt;the&gt; bridge close?</summary><!-- wp:paragraph -->
    <p>It closes on 3 May.</p>
    <!-- /wp:paragraph --></details>
    <!-- /wp:details -->

    <!-- wp:details {"className":"afterword-faq"} -->
    <details class="wp-block-details afterword-faq"><summary>Who pays R&amp;D &amp; "repair"?</summary><!-- wp:paragraph -->
    <p>1. The city #2 pays.</p>
    <!-- /wp:paragraph --></details>
    <!-- /wp:details -->

    <!-- wp:heading {"className":"afterword-related"} -->
    <h2 class="wp-block-heading afterword-related">More about Harbour Bridge *Repair*</h2>
    <!-- /wp:heading -->

    <!-- wp:list {"className":"afterword-related"} -->
    <ul class="wp-block-list afterword-related"><!-- wp:list-item -->
    <li>Ferry service</li>
    <!-- /wp:list-item -->

    <!-- wp:list-item -->
    <li>- City budget</li>
    <!-- /wp:list-item --></ul>
    <!-- /wp:list --></section>
    <!-- /wp:group -->
    "##);
}

#[test]
fn details_with_every_option() {
    insta::assert_snapshot!(print(&harbour(), &full(Format::WordpressDetails)), @r##"
    <!-- wp:group {"tagName":"section","className":"afterword-digest"} -->
    <section class="wp-block-group afterword-digest"><!-- wp:heading {"className":"afterword-summary"} -->
    <h2 class="wp-block-heading afterword-summary">Das Wichtigste in Kürze</h2>
    <!-- /wp:heading -->

    <!-- wp:list {"className":"afterword-summary"} -->
    <ul class="wp-block-list afterword-summary"><!-- wp:list-item -->
    <li>The bridge closes in May.</li>
    <!-- /wp:list-item -->

    <!-- wp:list-item -->
    <li>Ferries run instead.</li>
    <!-- /wp:list-item --></ul>
    <!-- /wp:list -->

    <!-- wp:heading {"className":"afterword-faq"} -->
    <h2 class="wp-block-heading afterword-faq">Häufig gestellte Fragen (FAQ) zu Harbour Bridge *Repair*</h2>
    <!-- /wp:heading -->

    <!-- wp:details {"className":"afterword-faq"} -->
    <details class="wp-block-details afterword-faq"><summary>When does &lt;the&gt; bridge close?</summary><!-- wp:paragraph -->
    <p>It closes on 3 May.</p>
    <!-- /wp:paragraph --></details>
    <!-- /wp:details -->

    <!-- wp:details {"className":"afterword-faq"} -->
    <details class="wp-block-details afterword-faq"><summary>Who pays R&amp;D &amp; "repair"?</summary><!-- wp:paragraph -->
    <p>1. The city #2 pays.</p>
    <!-- /wp:paragraph --></details>
    <!-- /wp:details -->

    <!-- wp:heading {"className":"afterword-related"} -->
    <h2 class="wp-block-heading afterword-related">Mehr zu Harbour Bridge *Repair*</h2>
    <!-- /wp:heading -->

    <!-- wp:list {"className":"afterword-related"} -->
    <ul class="wp-block-list afterword-related"><!-- wp:list-item -->
    <li><a href="/tag/ferry-service/?q=Ferry%20service&amp;l=de" rel="tag">Ferry service</a></li>
    <!-- /wp:list-item -->

    <!-- wp:list-item -->
    <li><a href="/tag/city-budget/?q=-%20City%20budget&amp;l=de" rel="tag">- City budget</a></li>
    <!-- /wp:list-item --></ul>
    <!-- /wp:list -->

    <!-- wp:paragraph {"className":"afterword-disclosure"} -->
    <p class="afterword-disclosure">Dieser Abschnitt wurde automatisch und mithilfe von KI aus dem Artikel erstellt.</p>
    <!-- /wp:paragraph -->

    <!-- wp:html -->
    <script type="application/ld+json">{"@context":"https://schema.org","@type":"FAQPage","digitalSourceType":"https://schema.org/TrainedAlgorithmicMediaDigitalSource","mainEntity":[{"@type":"Question","name":"When does \u003cthe\u003e bridge close?","acceptedAnswer":{"@type":"Answer","text":"It closes on 3 May."}},{"@type":"Question","name":"Who pays R\u0026D \u0026 “repair”?","acceptedAnswer":{"@type":"Answer","text":"1. The city #2 pays."}}]}</script>
    <!-- /wp:html --></section>
    <!-- /wp:group -->
    "##);
}

#[test]
fn yoast_of_a_whole_digest() {
    insta::assert_snapshot!(print(&harbour(), &plain(Format::WordpressYoast)), @r##"
    <!-- wp:group {"tagName":"section","className":"afterword-digest"} -->
    <section class="wp-block-group afterword-digest"><!-- wp:paragraph {"className":"afterword-summary"} -->
    <p class="afterword-summary">The bridge closes in May. Ferries run instead.</p>
    <!-- /wp:paragraph -->

    <!-- wp:heading {"className":"afterword-faq"} -->
    <h2 class="wp-block-heading afterword-faq">Frequently Asked Questions (FAQs) about Harbour Bridge *Repair*</h2>
    <!-- /wp:heading -->

    <!-- wp:yoast/faq-block {"questions":[{"id":"faq-question-8503503820499","question":"When does \u0026lt;the\u0026gt; bridge close?","answer":"It closes on 3 May.","images":[],"jsonQuestion":"When does \u0026lt;the\u0026gt; bridge close?","jsonAnswer":"It closes on 3 May."},{"id":"faq-question-7009604050415","question":"Who pays R\u0026amp;D \u0026amp; “repair”?","answer":"1. The city #2 pays.","images":[],"jsonQuestion":"Who pays R\u0026amp;D \u0026amp; “repair”?","jsonAnswer":"1. The city #2 pays."}]} -->
    <div class="schema-faq wp-block-yoast-faq-block"><div class="schema-faq-section" id="faq-question-8503503820499"><strong class="schema-faq-question">When does &lt;the&gt; bridge close?</strong> <p class="schema-faq-answer">It closes on 3 May.</p> </div> <div class="schema-faq-section" id="faq-question-7009604050415"><strong class="schema-faq-question">Who pays R&amp;D &amp; “repair”?</strong> <p class="schema-faq-answer">1. The city #2 pays.</p> </div> </div>
    <!-- /wp:yoast/faq-block -->

    <!-- wp:heading {"className":"afterword-related"} -->
    <h2 class="wp-block-heading afterword-related">More about Harbour Bridge *Repair*</h2>
    <!-- /wp:heading -->

    <!-- wp:list {"className":"afterword-related"} -->
    <ul class="wp-block-list afterword-related"><!-- wp:list-item -->
    <li>Ferry service</li>
    <!-- /wp:list-item -->

    <!-- wp:list-item -->
    <li>- City budget</li>
    <!-- /wp:list-item --></ul>
    <!-- /wp:list --></section>
    <!-- /wp:group -->
    "##);
}

#[test]
fn rank_math_of_a_whole_digest() {
    insta::assert_snapshot!(print(&harbour(), &plain(Format::WordpressRankMath)), @r##"
    <!-- wp:group {"tagName":"section","className":"afterword-digest"} -->
    <section class="wp-block-group afterword-digest"><!-- wp:paragraph {"className":"afterword-summary"} -->
    <p class="afterword-summary">The bridge closes in May. Ferries run instead.</p>
    <!-- /wp:paragraph -->

    <!-- wp:heading {"className":"afterword-faq"} -->
    <h2 class="wp-block-heading afterword-faq">Frequently Asked Questions (FAQs) about Harbour Bridge *Repair*</h2>
    <!-- /wp:heading -->

    <!-- wp:rank-math/faq-block {"questions":[{"id":"faq-question-8503503820499","title":"When does \u0026lt;the\u0026gt; bridge close?","content":"It closes on 3 May.","visible":true},{"id":"faq-question-7009604050415","title":"Who pays R\u0026amp;D \u0026amp; “repair”?","content":"1. The city #2 pays.","visible":true}]} -->
    <div class="wp-block-rank-math-faq-block"><div class="rank-math-faq-item"><h3 class="rank-math-question">When does &lt;the&gt; bridge close?</h3><div class="rank-math-answer">It closes on 3 May.</div></div><div class="rank-math-faq-item"><h3 class="rank-math-question">Who pays R&amp;D &amp; “repair”?</h3><div class="rank-math-answer">1. The city #2 pays.</div></div></div>
    <!-- /wp:rank-math/faq-block -->

    <!-- wp:heading {"className":"afterword-related"} -->
    <h2 class="wp-block-heading afterword-related">More about Harbour Bridge *Repair*</h2>
    <!-- /wp:heading -->

    <!-- wp:list {"className":"afterword-related"} -->
    <ul class="wp-block-list afterword-related"><!-- wp:list-item -->
    <li>Ferry service</li>
    <!-- /wp:list-item -->

    <!-- wp:list-item -->
    <li>- City budget</li>
    <!-- /wp:list-item --></ul>
    <!-- /wp:list --></section>
    <!-- /wp:group -->
    "##);
}

#[test]
fn ordinary_prose_needs_no_backslash() {
    let text = "Smith’s \"No. 10\" -- it's (up 3%) on/off: a “well-known” café?";
    for format in FORMATS {
        let printed = print(&hostile(text), &plain(format));
        assert!(!printed.contains('\\'), "{printed}");
    }
}

#[test]
fn ids_hang_on_the_question_alone_and_are_unique() {
    let ids = |digest: &Digest| -> Vec<String> {
        let printed = print(digest, &plain(Format::WordpressYoast));
        let block = parse(&printed);
        let questions = &named(&block, "yoast/faq-block").attributes["questions"];
        let ids = questions
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["id"].as_str().unwrap());
        ids.map(str::to_owned).collect()
    };
    let mut digest = harbour();
    let before = ids(&digest);
    digest.faq[0].answer = passage("Another answer.");
    digest.faq.insert(0, pair("A new question?", "Yes."));
    assert_eq!(ids(&digest)[1..], before);
    digest.faq = vec![pair("Same?", "One."), pair("Same?", "Two.")];
    let twins = ids(&digest);
    assert_ne!(twins[0], twins[1]);
    for id in twins {
        let digits = id.strip_prefix("faq-question-").unwrap();
        assert!(
            digits.len() == 13 && digits.bytes().all(|byte| byte.is_ascii_digit()),
            "{id}"
        );
    }
}

#[test]
fn the_outermost_element_says_that_it_is_ours() {
    for format in FORMATS {
        let printed = print(&harbour(), &full(format));
        let block = parse(&printed);
        assert_eq!(block.name, "group");
        assert_eq!(block.attributes["className"], CLASSES[0]);
        assert_eq!(block.texts("section.afterword-digest").len(), 1);
        assert_eq!(printed.matches("</section>").count(), 1);
    }
}

fn check(text: &str) {
    for format in FORMATS {
        let block = parse(&print(&hostile(text), &plain(format)));
        check_core(&block, &shown(text));
        match format {
            Format::WordpressYoast => check_yoast(&block, &typographic(text)),
            Format::WordpressRankMath => check_rank_math(&block, &typographic(text)),
            _ => check_details(&block, &shown(text)),
        }
    }
}

fn check_core(block: &Block, text: &str) {
    assert_eq!(
        named(block, "paragraph").texts("p.afterword-summary"),
        [text]
    );
    assert_eq!(named(block, "list-item").texts("li"), [text]);
    let heading = format!("Frequently Asked Questions (FAQs) about {text}");
    assert_eq!(named(block, "heading").texts("h2.afterword-faq"), [heading]);
}

fn check_details(block: &Block, text: &str) {
    let expected = [
        "group",
        "paragraph",
        "heading",
        "details",
        "paragraph",
        "details",
        "paragraph",
        "heading",
        "list",
        "list-item",
    ];
    assert_eq!(names(block), expected);
    let details = named(block, "details");
    assert_eq!(details.texts("details > summary"), [text]);
    assert_eq!(details.inner[0].texts("p"), [text]);
}

fn check_yoast(block: &Block, text: &str) {
    let expected = [
        "group",
        "paragraph",
        "heading",
        "yoast/faq-block",
        "heading",
        "list",
        "list-item",
    ];
    assert_eq!(names(block), expected);
    let faq = named(block, "yoast/faq-block");
    assert_eq!(faq.texts("strong.schema-faq-question"), [text; 2]);
    assert_eq!(faq.texts("p.schema-faq-answer"), [text; 2]);
    for question in faq.attributes["questions"].as_array().unwrap() {
        for key in ["question", "answer", "jsonQuestion", "jsonAnswer"] {
            assert_eq!(unescaped(&question[key]), text);
        }
    }
}

fn check_rank_math(block: &Block, text: &str) {
    let faq = named(block, "rank-math/faq-block");
    assert_eq!(faq.texts("h3.rank-math-question"), [text; 2]);
    assert_eq!(faq.texts("div.rank-math-answer"), [text; 2]);
    for question in faq.attributes["questions"].as_array().unwrap() {
        assert_eq!(unescaped(&question["title"]), text);
        assert_eq!(unescaped(&question["content"]), text);
        assert_eq!(question["visible"], true);
    }
}

/// What a visitor gets: the markup without the comments.
fn check_page(text: &str) {
    let page = print(&hostile(text), &full(Format::WordpressDetails));
    let page = Html::parse_fragment(&page);
    assert_eq!(
        texts(&page, "details > summary"),
        [shown(text), shown(text)]
    );
    assert_eq!(texts(&page, "ul.afterword-related > li"), [shown(text)]);
    let script = texts(&page, "script").remove(0);
    let data: Value = serde_json::from_str(&script).unwrap();
    assert_eq!(data["mainEntity"][1]["name"], typographic(text));
    assert!(!script.contains("\\u0022"), "{script}");
}

#[test]
fn tricks_stay_text() {
    for trick in TRICKS.iter().filter(|trick| !shown(trick).is_empty()) {
        check(trick);
        check_page(trick);
    }
}

proptest! {
    #[test]
    fn any_text_stays_text(text in any_text()) {
        check(&text);
        check_page(&text);
    }
}
