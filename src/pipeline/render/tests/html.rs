//! HTML: whole pages, and texts that try to break out.

use super::*;

#[test]
fn a_whole_digest() {
    insta::assert_snapshot!(print(&harbour(), &plain(Format::Html)), @r##"
    <section class="afterword-digest" data-afterword="1">
    <p class="afterword-summary">The bridge closes in May. Ferries run instead.</p>
    <h2 class="afterword-faq">Frequently Asked Questions (FAQs) about Harbour Bridge *Repair*</h2>
    <details class="afterword-faq"><summary>When does &lt;the&gt; bridge close?</summary><p>It closes on 3 May.</p></details>
    <details class="afterword-faq"><summary>Who pays R&amp;D &amp; "repair"?</summary><p>1. The city #2 pays.</p></details>
    <h2 class="afterword-related">More about Harbour Bridge *Repair*</h2>
    <ul class="afterword-related">
    <li>Ferry service</li>
    <li>- City budget</li>
    </ul>
    </section>
    "##);
}

#[test]
fn a_whole_digest_with_every_option() {
    let request = RenderRequest {
        faq_style: Some("headings".to_owned()),
        summary_style: Some("points".to_owned()),
        tag_link: Some("https://example.org/tag/{slug}/?a=1&b=2".to_owned()),
        disclosure: Some(true),
        json_ld: Some(true),
        ..RenderRequest::default()
    };
    insta::assert_snapshot!(print(&harbour(), &with(Format::Html, &request)), @r##"
    <section class="afterword-digest" data-afterword="1">
    <h2 class="afterword-summary">Key points</h2>
    <ul class="afterword-summary">
    <li>The bridge closes in May.</li>
    <li>Ferries run instead.</li>
    </ul>
    <h2 class="afterword-faq">Frequently Asked Questions (FAQs) about Harbour Bridge *Repair*</h2>
    <h3 class="afterword-faq">When does &lt;the&gt; bridge close?</h3>
    <p class="afterword-faq">It closes on 3 May.</p>
    <h3 class="afterword-faq">Who pays R&amp;D &amp; "repair"?</h3>
    <p class="afterword-faq">1. The city #2 pays.</p>
    <h2 class="afterword-related">More about Harbour Bridge *Repair*</h2>
    <ul class="afterword-related">
    <li><a href="https://example.org/tag/ferry-service/?a=1&amp;b=2" rel="tag">Ferry service</a></li>
    <li><a href="https://example.org/tag/city-budget/?a=1&amp;b=2" rel="tag">- City budget</a></li>
    </ul>
    <p class="afterword-disclosure">This section was generated automatically from the article, with the help of AI.</p>
    <script type="application/ld+json">{"@context":"https://schema.org","@type":"FAQPage","digitalSourceType":"https://schema.org/TrainedAlgorithmicMediaDigitalSource","mainEntity":[{"@type":"Question","name":"When does \u003cthe\u003e bridge close?","acceptedAnswer":{"@type":"Answer","text":"It closes on 3 May."}},{"@type":"Question","name":"Who pays R\u0026D \u0026 \u0022repair\u0022?","acceptedAnswer":{"@type":"Answer","text":"1. The city #2 pays."}}]}</script>
    </section>
    "##);
}

#[test]
fn without_a_topic_the_headings_name_none() {
    let digest = Digest {
        topic: None,
        summary: None,
        ..harbour()
    };
    let page = print(&digest, &plain(Format::Html));
    assert!(
        page.contains(">Frequently Asked Questions (FAQs)</h2>"),
        "{page}"
    );
    assert!(page.contains(">More about this story</h2>"), "{page}");
}

/// A script of ours holds data, and its end is ours.
fn scripts(page: &Html) -> usize {
    texts(page, "script").len()
}

fn check(text: &str) {
    let page = print(&hostile(text), &plain(Format::Html));
    let fragment = Html::parse_fragment(&page);
    let expected = shown(text);
    let once = ["section.afterword-digest > p.afterword-summary", "ul > li"];
    for place in once {
        assert_eq!(
            texts(&fragment, place),
            [expected.as_str()],
            "{place} in {page}"
        );
    }
    for place in ["details > summary", "details > p"] {
        assert_eq!(
            texts(&fragment, place),
            [expected.as_str(); 2],
            "{place} in {page}"
        );
    }
    // html, section, p, h2, twice details, summary, p, then h2, ul, li.
    assert_eq!(elements(&fragment).len(), 13, "{page}");
    let mut nodes = fragment.root_element().descendants();
    assert!(!nodes.any(|node| node.value().is_comment()), "{page}");
    assert_eq!(page.matches("<section").count(), 1);
    assert!(page.ends_with("</section>\n") && page.matches("</section>").count() == 1);
}

fn check_with_every_option(text: &str) {
    let page = print(&hostile(text), &full(Format::Html));
    let fragment = Html::parse_fragment(&page);
    assert_eq!(scripts(&fragment), 1, "{page}");
    let topic = &texts(&fragment, "ul:last-of-type > li")[0];
    assert_eq!(*topic, shown(text), "{page}");
    let anchors = Selector::parse("a").unwrap();
    for anchor in fragment.select(&anchors) {
        let href = anchor.attr("href").unwrap();
        assert!(
            href.starts_with("/tag/") && href.ends_with("&l=de"),
            "{href}"
        );
        let names: Vec<&str> = anchor.value().attrs().map(|(name, _)| name).collect();
        assert_eq!(names, ["href", "rel"]);
    }
}

#[test]
fn tricks_stay_text() {
    for trick in TRICKS {
        check(trick);
        check_with_every_option(trick);
    }
}

#[test]
fn nothing_is_left_for_a_content_system_to_act_on() {
    let text = "[gallery] {{ site }} {% x %} https://example.org/";
    let page = print(&hostile(text), &plain(Format::Html));
    assert!(
        !page.contains(['[', '{']) && !page.contains("://"),
        "{page}"
    );
}

proptest! {
    #[test]
    fn any_text_stays_text(text in any_text()) {
        check(&text);
        check_with_every_option(&text);
    }
}
