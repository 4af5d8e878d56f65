//! Which elements of a page are not its article, by name, state and the words
//! of their class, id and role. Judges one element; the walk does the rest.

use crate::pipeline::article::FaqFormat;
use crate::pipeline::ingest::older_faq::recognise;

use super::dom::{Dom, Element, Id};
use super::hidden::{Colours, is_hidden, is_hidden_by_sheets};
use super::measure::Sum;
use super::names::{CODE, COMMENT, FOOTNOTE};
use super::styles::Styles;

/// What to do with an element and all inside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Read,
    /// Nothing to say about it: it shows no text.
    Skip,
    /// Certainly not article.
    Drop(&'static str),
    /// Not article unless most of the text is inside.
    DropUnlessMain(&'static str),
    /// Not article unless there is hardly any text but what is inside.
    DropUnlessAll(&'static str),
}

/// Words of class, id and role, lower case, split at everything that is not
/// a letter or digit.
const WORDS: &[(&str, &[&str])] = &[
    (
        "comments",
        &["comments", "comment", "disqus", "respond", "commentlist"],
    ),
    (
        "share",
        &[
            "share",
            "sharing",
            "sharedaddy",
            "addtoany",
            "social",
            "sharebar",
            "socials",
        ],
    ),
    (
        "newsletter",
        &[
            "newsletter",
            "newsletters",
            "subscribe",
            "signup",
            "optin",
            "paywall",
        ],
    ),
    (
        "related",
        &[
            "related",
            "recommended",
            "recommendations",
            "recirc",
            "recirculation",
            "trending",
            "jp",
            "outbrain",
            "taboola",
            "zergnet",
            "readmore",
        ],
    ),
    (
        "advert",
        &[
            "ad",
            "ads",
            "advert",
            "adverts",
            "advertisement",
            "advertising",
            "adsbygoogle",
            "sponsored",
            "dfp",
            "promo",
            "promobox",
        ],
    ),
    ("cookies", &["cookie", "cookies", "consent", "gdpr"]),
    (
        "navigation",
        &[
            "breadcrumb",
            "breadcrumbs",
            "nav",
            "navbar",
            "navigation",
            "menu",
            "pagination",
            "toolbar",
        ],
    ),
    ("footer", &["footer", "copyright", "colophon"]),
    (
        "byline",
        &[
            "byline",
            "author",
            "authors",
            "dateline",
            "timestamp",
            "entrymeta",
            "postmeta",
        ],
    ),
    ("tags", &["tags", "taglist", "tagcloud"]),
];

/// Names of what holds the comments. Unlike a mere word in a name, they count
/// even where readers wrote more than the author.
const THREADS: [&str; 9] = [
    "comment-list",
    "comment-section",
    "commentlist",
    "comments",
    "comments-area",
    "comments-list",
    "comments-section",
    "comments_area",
    "disqus_thread",
];
/// Characters that a share bar says outside its links: more is a post of a
/// social network that the article quotes.
const MAX_SHARE_CHARS: u32 = 100;
/// Characters of text beside comments from which on these are comments.
const MIN_REST_CHARS: u32 = 250;

/// Bytes of text from which on an article with the page's headline is its own.
const MIN_OWN_BYTES: usize = 500;

/// Which reasons count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rules {
    /// Of a whole page.
    Page,
    /// Of the body of an article, as a content system holds it.
    Body,
}

/// Reasons that stand in a body: what plugins and embeds put there. All else
/// is the author's.
const IN_BODIES: [&str; 9] = [
    "advert",
    "button",
    "code",
    "embed",
    "footnote",
    "hidden",
    "newsletter",
    "older_faq",
    "share",
];

/// The verdict on every element of a document.
pub(super) struct Verdicts {
    verdicts: Vec<Verdict>,
}

impl Verdicts {
    /// Judges all elements.
    pub(super) fn of_all(dom: &Dom<'_>, rules: Rules) -> Self {
        let mut verdicts = Vec::with_capacity(dom.nodes.len());
        let styles = Styles::of(dom);
        let mut around: Vec<(Id, Colours)> = Vec::new();
        let mut faq_end = 0;
        for id in 0..dom.nodes.len() {
            while around.pop_if(|(end, _)| *end <= id).is_some() {}
            let verdict = dom.element(id).map_or(Verdict::Read, |element| {
                let outer = around
                    .last()
                    .map_or(Colours::default(), |(_, colours)| *colours);
                let colours = outer.inside(element);
                around.push((dom.end(id), colours));
                let faq = older_faq(element).filter(|_| id >= faq_end);
                faq_end = faq.map_or(faq_end, |_| dom.end(id));
                let verdict = faq.unwrap_or_else(|| judge(element, colours));
                let verdict = rules.apply(verdict);
                styled(element, &styles, verdict)
            });
            verdicts.push(verdict);
        }
        if rules == Rules::Page {
            for other in other_articles(dom) {
                verdicts[other] = Verdict::Drop("related");
            }
        }
        Self { verdicts }
    }

    /// The verdict on the element `id`.
    pub(super) fn of(&self, id: Id) -> Verdict {
        self.verdicts.get(id).copied().unwrap_or(Verdict::Read)
    }
}

impl Rules {
    fn apply(self, verdict: Verdict) -> Verdict {
        match verdict {
            Verdict::Drop(reason)
            | Verdict::DropUnlessMain(reason)
            | Verdict::DropUnlessAll(reason)
                if self == Self::Body && !IN_BODIES.contains(&reason) =>
            {
                Verdict::Read
            }
            verdict => verdict,
        }
    }
}

impl Verdict {
    /// Whether the element is left out: it holds `inside` of `all` characters.
    pub(super) fn refuses(self, inside: Sum, all: u32) -> bool {
        match self {
            Self::Read => false,
            Self::Skip | Self::Drop(_) => true,
            Self::DropUnlessMain("share") if inside.plain() > MAX_SHARE_CHARS => false,
            Self::DropUnlessMain(_) => inside.chars <= all / 2,
            Self::DropUnlessAll(_) => all.saturating_sub(inside.chars) >= MIN_REST_CHARS,
        }
    }

    /// Why it is left out; `None` when it has nothing to show.
    pub(super) fn reason(self) -> Option<&'static str> {
        match self {
            Self::Read | Self::Skip => None,
            Self::Drop(reason) | Self::DropUnlessMain(reason) | Self::DropUnlessAll(reason) => {
                Some(reason)
            }
        }
    }

    /// Whether it depends on how much text is inside.
    pub(super) fn is_doubted(self) -> bool {
        matches!(self, Self::DropUnlessMain(_) | Self::DropUnlessAll(_))
    }

    /// Whether the element is read.
    pub(super) fn is_read(self) -> bool {
        self == Self::Read
    }
}

/// Where nothing else speaks against an element, style sheets may: it is hidden,
/// unless it holds the article, which a script then shows.
fn styled(element: Element<'_>, styles: &Styles<'_>, verdict: Verdict) -> Verdict {
    let is_hidden = || is_hidden_by_sheets(element, &styles.declarations(element));
    match verdict {
        Verdict::Read if is_hidden() => Verdict::DropUnlessMain("hidden"),
        verdict => verdict,
    }
}

/// Judges an element; `colours` are those inside it.
fn judge(element: Element<'_>, colours: Colours) -> Verdict {
    match element.name {
        "head" | "title" => return Verdict::Skip,
        CODE => return Verdict::Drop("code"),
        COMMENT => return Verdict::Drop("hidden"),
        FOOTNOTE => return Verdict::Drop("footnote"),
        "video" | "audio" | "canvas" | "object" | "map" | "progress" | "svg" => {
            return Verdict::Drop("embed");
        }
        _ if is_hidden(element, colours) => return Verdict::Drop("hidden"),
        "button" => return Verdict::Drop("button"),
        "nav" => return Verdict::Drop("navigation"),
        "footer" => return Verdict::DropUnlessMain("footer"),
        "aside" => return Verdict::DropUnlessMain("aside"),
        "form" => return Verdict::DropUnlessMain("form"),
        _ => {}
    }
    by_words(element)
}

/// The articles beside the one with the page's headline: teasers, or what is to
/// be read next. None where the headline stands outside or over hardly a text, or
/// where they are the posts of a live blog.
fn other_articles(dom: &Dom<'_>) -> Vec<Id> {
    if dom.source.contains("LiveBlogPosting") {
        return Vec::new();
    }
    let mut end = 0;
    let mut articles: Vec<Id> = Vec::new();
    for element in dom.elements().filter(|it| it.name == "article") {
        if element.id >= end {
            articles.push(element.id);
            end = dom.end(element.id);
        }
    }
    let has_headline = |id: &Id| dom.elements_in(dom.subtree(*id)).any(|it| it.name == "h1");
    let (headed, others): (Vec<Id>, _) = articles.into_iter().partition(has_headline);
    let [own] = headed.as_slice() else {
        return Vec::new();
    };
    let texts = dom.subtree(*own).map(|id| dom.text_of(id).trim().len());
    if texts.sum::<usize>() < MIN_OWN_BYTES {
        return Vec::new();
    }
    others
}

/// What the scan of the source left: an element without an end, or blocks of which
/// the article is made. The outermost says what becomes of all in it.
fn older_faq(element: Element<'_>) -> Option<Verdict> {
    let names = element.attributes().iter().map(|it| it.name.as_ref());
    match recognise::format_of(element.name, element.classes(), names)? {
        FaqFormat::Afterword => Some(Verdict::Drop("older_faq")),
        _ => Some(Verdict::DropUnlessMain("older_faq")),
    }
}

/// Elements that hold the article carry words about its subject, too.
fn by_words(element: Element<'_>) -> Verdict {
    if matches!(element.name, "html" | "body" | "main" | "article" | "h1") {
        return Verdict::Read;
    }
    let is_thread = |name: &str| THREADS.iter().any(|known| known.eq_ignore_ascii_case(name));
    if element.classes().chain(element.attr("id")).any(is_thread) {
        return Verdict::DropUnlessAll("comments");
    }
    let attributes = ["class", "id", "role"].map(|name| element.attr(name).unwrap_or_default());
    let names = attributes.join(" ").to_ascii_lowercase();
    let words = || names.split(|character: char| !character.is_ascii_alphanumeric());
    WORDS
        .iter()
        .find(|(_, known)| words().any(|word| known.contains(&word)))
        .map_or(Verdict::Read, |(reason, _)| Verdict::DropUnlessMain(reason))
}
