//! What a page says about its article apart from the text: in its head, in
//! linked data, in marked elements. Where several say it, the more exact wins.

use crate::pipeline::article::Metadata;
use crate::pipeline::ingest::date::iso_date;
use crate::pipeline::ingest::piece::tidy;
use crate::pipeline::ingest::told::{MAX_VALUE_BYTES, address, byline, language};
use crate::text::mapped::Mapped;

use super::dom::{Dom, Element, Id};
use super::linked_data::LinkedData;

/// Names of `meta` elements, the more exact first.
const AUTHORS: [&str; 6] = [
    "author",
    "article:author_name",
    "dc.creator",
    "dcterms.creator",
    "parsely-author",
    "sailthru.author",
];
const DATES: [&str; 16] = [
    "article:published_time",
    "datepublished",
    "og:published_time",
    "publication_date",
    "publish-date",
    "publish_date",
    "pubdate",
    "article.published",
    "parsely-pub-date",
    "sailthru.date",
    "dc.date.issued",
    "dcterms.date",
    "dcterms.created",
    "dc.date",
    "date",
    "article:modified_time",
];

/// What the page says about its article, and its title.
pub(super) fn read(dom: &Dom<'_>) -> (Metadata, Option<Mapped>) {
    let data = LinkedData::read(dom);
    let head = Head::read(dom);
    let metadata = Metadata {
        byline: first([
            data.author.as_deref().and_then(byline),
            AUTHORS.iter().find_map(|name| byline(head.meta(name)?)),
            marked(dom, is_author).and_then(|text| byline(&text)),
        ]),
        date: first([
            data.date.as_deref().and_then(iso_date),
            DATES.iter().find_map(|name| iso_date(head.meta(name)?)),
            marked_date(dom),
        ]),
        url: first([
            head.canonical.and_then(address),
            head.meta("og:url").and_then(address),
            data.url.as_deref().and_then(address),
        ]),
        language: first([
            head.language.and_then(language),
            head.meta("og:locale").and_then(language),
            head.meta("content-language").and_then(language),
        ]),
    };
    (metadata, title(dom, &head))
}

fn first<const N: usize>(values: [Option<String>; N]) -> Option<String> {
    values.into_iter().flatten().next()
}

/// The elements of a page's head that say something about it.
#[derive(Default)]
struct Head<'a> {
    metas: Vec<(String, &'a str)>,
    canonical: Option<&'a str>,
    language: Option<&'a str>,
    title: Option<Id>,
}

impl<'a> Head<'a> {
    fn read(dom: &'a Dom<'a>) -> Self {
        let mut head = Self::default();
        for element in dom.elements() {
            match element.name {
                "html" => head.language = element.attr("lang").or(element.attr("xml:lang")),
                "title" if head.title.is_none() => head.title = Some(element.id),
                "link" if head.canonical.is_none() && is_canonical(element) => {
                    head.canonical = element.attr("href");
                }
                "meta" => head.metas.extend(meta(element)),
                _ => {}
            }
        }
        head
    }

    fn meta(&self, wanted: &str) -> Option<&'a str> {
        let found = self.metas.iter().find(|(name, _)| name == wanted);
        found.map(|(_, value)| *value)
    }
}

fn is_canonical(element: Element<'_>) -> bool {
    element
        .attr("rel")
        .is_some_and(|rel| rel.eq_ignore_ascii_case("canonical"))
}

fn meta(element: Element<'_>) -> Option<(String, &str)> {
    let name = ["property", "name", "itemprop", "http-equiv"]
        .iter()
        .find_map(|name| element.attr(name))?;
    let value = element.attr("content")?;
    let is_fitting = value.len() <= MAX_VALUE_BYTES && name.len() <= MAX_VALUE_BYTES;
    is_fitting.then(|| (name.to_ascii_lowercase(), value))
}

/// The title as the page's head tells it, or a headline that is not read with
/// the article and may be the name of the site.
fn title(dom: &Dom<'_>, head: &Head<'_>) -> Option<Mapped> {
    let shown = dom.elements().find(|element| element.name == "h1");
    let titles = [
        head.meta("og:title").map(Mapped::inserted),
        shown.map(|element| Mapped::inserted(&dom.text_in(element.id))),
        head.title.map(|id| dom.text_in(id)),
    ];
    let mut titles = titles.into_iter().flatten().map(without_site);
    titles.find(|title| !tidy(title).is_empty())
}

/// `Headline | Site` and `Headline - Site` without the site, when a headline
/// is left.
fn without_site(title: Mapped) -> Mapped {
    let mut headline = title.tidy(|_| false);
    let end = [" | ", " – ", " — ", " - "]
        .iter()
        .find_map(|mark| headline.rfind(mark))
        .filter(|end| headline[..*end].split(' ').count() >= 3);
    headline.truncate(end.unwrap_or(headline.len()));
    headline
}

/// The text of the first element that is marked as wanted.
fn marked(dom: &Dom<'_>, is_wanted: impl Fn(Element<'_>) -> bool) -> Option<String> {
    let element = dom.elements().find(|element| is_wanted(*element))?;
    Some(tidy(&dom.text_in(element.id)))
}

fn is_author(element: Element<'_>) -> bool {
    element.attr("rel") == Some("author")
        || element.attr("itemprop") == Some("author")
        || element.classes().any(|class| class == "byline")
}

fn marked_date(dom: &Dom<'_>) -> Option<String> {
    let is_date = |element: &Element<'_>| {
        element.name == "time" || element.attr("itemprop") == Some("datePublished")
    };
    dom.elements().filter(is_date).find_map(|element| {
        let told = element.attr("datetime").or(element.attr("content"));
        told.and_then(iso_date)
            .or_else(|| iso_date(&tidy(&dom.text_in(element.id))))
    })
}

#[cfg(test)]
mod tests {
    use super::super::tokens::parse;
    use super::*;

    fn metadata(html: &str) -> Metadata {
        read(&parse(html, 1000)).0
    }

    #[test]
    fn the_head_says_who_when_where_and_in_which_language() {
        let found = metadata(
            "<html lang=en-GB><head><meta name=author content='By Ann Holt'>\
             <meta property=article:published_time content=2024-05-03T10:00:00Z>\
             <link rel=canonical href=https://post.example/pier><meta property=og:locale content=de_DE>",
        );
        assert_eq!(found.byline.as_deref(), Some("Ann Holt"));
        assert_eq!(found.date.as_deref(), Some("2024-05-03T10:00:00Z"));
        assert_eq!(found.url.as_deref(), Some("https://post.example/pier"));
        assert_eq!(found.language.as_deref(), Some("en"));
    }

    #[test]
    fn linked_data_wins_over_the_head() {
        let found = metadata(
            r#"<meta name=author content=staff><script type="application/ld+json">{"@graph":[{"@type":"WebPage"},
            {"@type":["NewsArticle"],"author":[{"name":"Ann Holt"},{"name":"Bo Ek"}],"datePublished":"May 3, 2024"}]}</script>"#,
        );
        assert_eq!(found.byline.as_deref(), Some("Ann Holt, Bo Ek"));
        assert_eq!(found.date.as_deref(), Some("2024-05-03"));
    }

    #[test]
    fn marked_elements_are_the_last_resort() {
        let found = metadata(
            "<p class=byline>by Ann Holt</p><time>3 May 2024</time><meta property=og:locale content=pt_BR>",
        );
        assert_eq!(found.byline.as_deref(), Some("Ann Holt"));
        assert_eq!(found.date.as_deref(), Some("2024-05-03"));
        assert_eq!(found.language.as_deref(), Some("pt"));
    }

    #[test]
    fn what_makes_no_sense_is_left_out() {
        let found = metadata(
            "<html lang=unknown><meta name=author content=https://social.example/ann><link rel=canonical href='javascript:x'>\
             <meta name=date content=yesterday><script type=application/ld+json>{\"@type\":</script>",
        );
        assert_eq!(found, Metadata::default());
    }

    #[test]
    fn a_title_comes_without_the_site() {
        let title = |html| read(&parse(html, 1000)).1.map(|title| title.to_string());
        assert_eq!(
            title("<title>Board backs new pier - The Post</title>").as_deref(),
            Some("Board backs new pier")
        );
        assert_eq!(
            title("<title>Pier - The Post</title>").as_deref(),
            Some("Pier - The Post")
        );
    }
}
