//! Furniture that one line gives away: bylines, dates, share bars, notices.
//! Every pattern is anchored, so that a sentence which merely contains such
//! words stays.

use std::sync::LazyLock;

use regex::RegexSet;

use crate::pipeline::article::BlockKind;
use crate::pipeline::ingest::piece::{Piece, ends_sentence};

use super::{foreign, wire};

/// Longer text is never furniture, whatever it starts with.
const MAX_FURNITURE_CHARS: usize = 1_200;
/// Bound of everything but credits, which list many names.
const MAX_SHORT_CHARS: usize = 240;
/// Words of a link that is a label; longer ones are items of a list with links.
const MAX_LINK_LABEL_WORDS: usize = 16;

const MONTH: &str = r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?";

/// Reason, pattern. Matched without regard to case; typographic apostrophes
/// are straightened before.
const SHORT_RULES: &[(&str, &str)] = &[
    (
        "navigation",
        r"^(?:log ?in|log ?out|sign ?in|sign ?up|register|subscribe(?: now)?|my account|menu|search|home|close|skip to (?:main )?content|toggle (?:navigation|menu)|back to top|next|previous|(?:next|previous) (?:article|story|post)s?|view all|see all|load more|show more)$",
    ),
    ("navigation", r"^home ?[>»/|›].*"),
    ("navigation", r"^[\w.-]*(?:logo|icon|avatar)[\w.-]*$"),
    ("language_switcher", r"^[a-z]{2}_[A-Z]{2}\w{0,24}$"),
    (
        "language_switcher",
        r"^(?:(?:english|deutsch|fran[cç]ais|espa[nñ]ol|italiano|portugu[eê]s|nederlands|polski|русский|türkçe|中文|日本語|한국어|العربية)[\s|,/·]*){2,}$",
    ),
    (
        "byline",
        r"^\d+ (?:min(?:ute)?s?|hours?|days?) (?:read|ago)$",
    ),
    ("byline", r"^(?:reading|read) time:? .{0,30}$"),
    (
        "comments",
        r"^(?:there (?:are|is) )?[\[(]? ?\d[\d,.]*k? comments?(?: (?:to|on) this (?:article|story|post))? ?[\])]?$",
    ),
    (
        "comments",
        r"^(?:no comments?(?: yet)?|comments?(?: \(?\d+\)?)?:?|reply|(?:leave|add|post|write) (?:a|your) (?:comment|reply)|leave a comment.*|(?:view|show|see|read|hide) (?:all )?(?:\d+ )?comments|join the (?:conversation|discussion)|(?:top|top rated|latest|recent|reader|best) comments|log in to (?:comment|reply).*|cancel reply)$",
    ),
    (
        "share",
        r"^(?:share|tweet|pin(?: it)?|e-?mail|print|copy link|link copied!?|save|facebook|twitter|x|instagram|linkedin|whatsapp|reddit|telegram|pinterest|youtube|tiktok|flipboard|threads|bluesky|messenger|like|follow|[\s|,/·&•]|\d+(?: shares?)?)+$",
    ),
    (
        "share",
        r"^(?:share (?:this|on|via|with|the)|click to (?:share|print|e-?mail)|follow us)\b.{0,80}$",
    ),
    (
        "newsletter",
        r"^(?:(?:sign up|subscribe|register) (?:for|to|now|today|here)\b.{0,160}|get .{0,100}\b(?:in|to) your inbox\b.{0,60}|enter your e-?mail.{0,60}|.{0,40}\bnewsletters?[:!.]?)$",
    ),
    (
        "advert",
        r"^(?:ads?|adverts?|advertisements?|advertising|sponsored(?: content| post| by .{0,40})?|paid (?:content|post)|(?:story|article|content) continues (?:below|after).{0,40}|continue reading below.{0,20}|scroll (?:down )?(?:to continue|for (?:video|more)).{0,40})$",
    ),
    (
        "related",
        r"^(?:read (?:more|next|also|the full .{0,60})|also read|see also|more (?:stories|news)(?: like this(?: one)?)?|related(?: (?:articles?|stor(?:y|ies)|posts?|content|news|coverage|topics?|reading|links?|videos?))?|(?:you (?:may|might) (?:also )?(?:like|enjoy|be interested in))|recommended(?: (?:for you|stories|articles|reading|posts))?|trending(?: now| stories)?|most (?:read|popular|viewed|commented)|editors?'?s?'? (?:picks?|choice)|latest (?:news|stories|posts|articles)|top stories|popular (?:posts|stories|articles|now)|up next|don't miss|(?:more )?(?:from|around) the web|what to read next|keep reading)[:.…»>]*$",
    ),
    (
        "related",
        r"^(?:read more|read also|also read|see also|related|more|watch|listen|recommended|don't miss|must read)(?: stor(?:y|ies)| articles?)?: .{0,200}$",
    ),
    ("footer", r"^(?:©|\(c\)|copyright\b).{0,200}$"),
    ("footer", r"^.{0,120}\ball rights reserved\b.{0,120}$"),
    (
        "footer",
        r"^(?:(?:terms(?: (?:of|and|&) (?:use|service|conditions))?|privacy(?: policy| notice)?|cookie (?:policy|settings|preferences)|contact(?: us)?|about(?: us)?|advertise(?: with us)?|accessibility|sitemap|careers|imprint|powered by .{0,40}|do not sell .{0,40})[\s|,/·•]*)+$",
    ),
    (
        "cookies",
        r"^(?:(?:we|this (?:web)?site|our (?:web)?site|our partners) uses? cookies\b.{0,240}|accept (?:all )?cookies|(?:accept|reject) all|manage (?:cookies|preferences))$",
    ),
    (
        "promo",
        r"^for more\b.{0,100}\b(?:coverage|news|stories|information|updates|content|on this)\b.{0,20}\b(?:visit|go to|see|follow|click|check out|head to|read)\b.{0,120}$",
    ),
    (
        "promo",
        r"^(?:follow|find|like) .{2,60} on (?:twitter|x|facebook|instagram|threads|bluesky|linkedin|mastodon|tiktok|youtube)\b.{0,80}$",
    ),
    (
        "promo",
        r"^(?:click here\b.{0,140}|(?:download|get) (?:the|our) .{0,30}\bapp\b.{0,80}|support (?:our|independent) journalism.{0,80}|(?:tap|click) to (?:view|expand|see|watch)\b.{0,60}|have a (?:news )?tip\?.{0,160})$",
    ),
];

/// Credits at the end of an article may be long.
const CREDIT_RULES: &[(&str, &str)] = &[
    (
        "caption",
        r"^.{10,1100}\((?:photo(?:graph)?|picture|image|ap photo|file photo|reuters|getty)\b[^)]{0,80}\)$",
    ),
    (
        "contributors",
        r"^(?:contributors?|contributed by|with contributions from):? .+$",
    ),
    (
        "contributors",
        r"^\(?(?:additional )?(?:reporting|compiled|translated|produced|writing|editing|photography|graphics) (?:and \w+ )?by\b .+$",
    ),
    (
        "contributors",
        r"^.{2,500}\bcontributed (?:reporting )?(?:to|for) this (?:report|story|article|piece)\b.{0,40}$",
    ),
    (
        "contributors",
        r"^.{2,200}\bcontributed (?:reporting|from [A-Z]).{0,120}$",
    ),
    (
        "contributors",
        r"^(?:this (?:story|article|report) (?:was|has been) (?:updated|corrected|first published|originally published)\b.{0,200})$",
    ),
];

static SHORT: LazyLock<RegexSet> = LazyLock::new(|| compile(SHORT_RULES));
static FOREIGN: LazyLock<RegexSet> = LazyLock::new(|| compile(foreign::RULES));
static WIRE: LazyLock<RegexSet> = LazyLock::new(|| compile(wire::RULES));
static CREDITS: LazyLock<RegexSet> = LazyLock::new(|| compile(CREDIT_RULES));
static NAMED: LazyLock<RegexSet> = LazyLock::new(|| {
    let date = format!(
        r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? )?(?:{MONTH} \d{{1,2}},? \d{{4}}|\d{{1,2}}(?:st|nd|rd|th)? {MONTH},? \d{{4}}|\d{{4}}-\d{{2}}-\d{{2}}|\d{{1,2}}/\d{{1,2}}/\d{{2,4}})"
    );
    let time = r"\d{1,2}[:.]\d{2}";
    let month = foreign::MONTH;
    let anywhere = format!(
        r"(?:\d{{1,2}}[.-]\d{{1,2}}[.-]\d{{4}}|\d{{4}}[./]\d{{1,2}}[./]\d{{1,2}}|\d{{1,2}}\.? (?:de )?(?:{month})\.?,? (?:de )?\d{{4}}|\d{{4}}년 ?\d{{1,2}}월 ?\d{{1,2}}일|\d{{4}}年\d{{1,2}}月\d{{1,2}}日)"
    );
    let patterns = [
        // The name's words are capitalised, which tells it from "By the time".
        r"^(?:(?i:written|reported|posted|story|edited|words|text|photos?|analysis)\s+)?[Bb][Yy]:?\s+(?:\p{Lu}[\p{L}.'-]*|(?:and|de|van|von|der|den|la|le|al|bin|of|the|for|in|&)\b|[,|/&·•-]|\s)+$".to_owned(),
        // A date, perhaps after a name and before a time.
        format!(r"^(?i)[^.!?]{{0,40}}?{date}(?:[\s,|@·–—-]+(?:at )?{time}.{{0,30}})?$"),
        // The same in other languages, with nothing but a label and a weekday.
        format!(
            r"^(?i)(?:[\p{{L}} ]{{0,24}}[:,]?\s*)?{anywhere}(?: ?(?:г|р)\.)?(?:[\s,|@·–—-]+.{{0,4}}{time}(?::\d{{2}})?.{{0,8}})?$"
        ),
        format!(
            r"^(?i)(?:(?:first |last )?(?:published|updated|posted|modified))\b[^.!?]{{0,20}}?(?:{date}|{time}).{{0,40}}$"
        ),
    ];
    RegexSet::new(patterns).unwrap_or_else(|_| RegexSet::empty())
});

/// A pattern that does not compile leaves the set empty; a test forbids it.
fn compile(rules: &[(&str, &str)]) -> RegexSet {
    let patterns = rules.iter().map(|(_, pattern)| format!("(?i){pattern}"));
    RegexSet::new(patterns).unwrap_or_else(|_| RegexSet::empty())
}

/// Marks every piece that is furniture by itself.
pub(super) fn mark(pieces: &mut [Piece]) {
    for piece in pieces.iter_mut().filter(|piece| piece.is_kept()) {
        piece.dropped = furniture(&piece.text);
    }
    mark_link_lists(pieces);
}

/// Why a line is furniture; `None` when it may be article.
pub(in crate::pipeline::ingest) fn furniture(line: &str) -> Option<&'static str> {
    if line.len() > MAX_FURNITURE_CHARS {
        return None;
    }
    let line = line.replace('’', "'");
    let short = (line.len() <= MAX_SHORT_CHARS)
        .then(|| {
            first(&SHORT, SHORT_RULES, &line)
                .or_else(|| first(&WIRE, wire::RULES, &line))
                .or_else(|| first(&FOREIGN, foreign::RULES, &line))
                .or_else(|| named(&line))
        })
        .flatten();
    short.or_else(|| first(&CREDITS, CREDIT_RULES, &line))
}

fn first(set: &RegexSet, rules: &[(&'static str, &str)], line: &str) -> Option<&'static str> {
    let index = set.matches(line).into_iter().next()?;
    rules.get(index).map(|(reason, _)| *reason)
}

/// Bylines and datelines: short, and no sentence unless it ends in "p.m." or in
/// the Russian for "year".
fn named(line: &str) -> Option<&'static str> {
    let is_short_form = line.ends_with(".m.") || line.ends_with(" г.");
    let is_sentence = ends_sentence(line) && !is_short_form;
    let is_short = line.split_whitespace().count() <= 14;
    (is_short && !is_sentence && NAMED.is_match(line)).then_some("byline")
}

/// Three or more pieces in a row that are nothing but short links are a menu;
/// a heading or a label that is a link leads elsewhere, too.
fn mark_link_lists(pieces: &mut [Piece]) {
    for run in pieces.chunk_by_mut(|left, right| left.is_link && right.is_link) {
        let words: usize = run.iter().map(|piece| piece.weight).sum();
        let is_menu = run.len() >= 3 && words <= run.len() * MAX_LINK_LABEL_WORDS;
        for piece in run.iter_mut().filter(|piece| piece.is_link) {
            let is_label = piece.weight <= MAX_LINK_LABEL_WORDS && !ends_sentence(&piece.text);
            if (is_menu || piece.is_heading() || is_label) && piece.kind != BlockKind::Heading(1) {
                piece.drop_as("related");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_patterns_compile() {
        assert_eq!(SHORT.len(), SHORT_RULES.len());
        assert_eq!(CREDITS.len(), CREDIT_RULES.len());
        assert_eq!(NAMED.len(), 4);
        assert_eq!(FOREIGN.len(), foreign::RULES.len());
        assert_eq!(WIRE.len(), wire::RULES.len());
    }

    #[test]
    fn furniture_is_named_by_its_reason() {
        let cases = [
            ("navigation", "LOG IN"),
            ("navigation", "Home > News > Local"),
            ("navigation", "site-logo-dark"),
            ("language_switcher", "en_GBEnglish"),
            ("language_switcher", "English | Deutsch | Français"),
            ("byline", "by Maria de la Cruz"),
            ("byline", "By J.P. O’Neill and Ann Lee, Staff Writer"),
            ("byline", "Updated March 3, 2024 at 4:15 p.m."),
            ("byline", "September 13, 2023 - 12:10 am"),
            ("byline", "PeterX 4 May 2021"),
            ("byline", "5 min read"),
            ("comments", "1 comment"),
            ("comments", "1,204 Comments"),
            ("comments", "Reply"),
            ("comments", "Leave a Reply"),
            ("share", "Share Tweet Email"),
            ("share", "Share this story"),
            ("newsletter", "Sign up for our morning newsletter"),
            ("advert", "Advertisement"),
            ("advert", "Story continues below advertisement"),
            ("related", "You may also like"),
            ("related", "Read more: Council delays vote on tram line"),
            ("related", "Editors’ Picks"),
            ("footer", "© 2024 The Harbour Post"),
            ("footer", "Privacy Policy | Terms of Use"),
            ("cookies", "We use cookies to improve your experience."),
            ("promo", "For more local coverage, visit our city pages."),
            (
                "contributors",
                "Contributors: Ann Lee in Oslo; Bo Ek in Bergen.",
            ),
            ("contributors", "Reporting by Ann Lee; Editing by Bo Ek"),
            ("contributors", "(Reporting by Ann Lee; Editing by Bo Ek)"),
            ("wire", "-30-"),
            ("wire", "###"),
            ("wire", "(MORE TO COME)"),
            ("wire", "BC-PORT-PIER/1 (UPDATE 2)"),
            ("wire", "URGENT"),
            ("byline", "09 декабря 2011 г."),
            ("byline", "16.01.2012 | 13:02"),
            ("byline", "Publicado em 5 de outubro de 2018, às 10:15"),
            ("byline", "2013年4月10日 08:30"),
            ("comments", "7 Kommentare"),
            ("comments", "Добавить отзыв"),
            ("comments", "Comentários (3)"),
            ("share", "この記事をシェアする"),
            ("share", "Εκτύπωση"),
            ("related", "Leia também: Porto aprova novo cais"),
            ("related", "相关阅读："),
            ("related", "Читайте также"),
            ("footer", "版权所有 © 2013"),
            ("advert", "Reklama"),
            ("related", "También te puede interesar"),
            ("related", "À lire aussi : le nouveau quai"),
            ("footer", "Impressum | Datenschutz"),
            ("advert", "Publicité"),
            (
                "contributors",
                "Ann Lee in Oslo contributed to this report.",
            ),
        ];
        for (reason, line) in cases {
            assert_eq!(furniture(line), Some(reason), "{line}");
        }
    }

    #[test]
    fn sentences_with_the_same_words_stay() {
        let cases = [
            "By the time the ferry reached Bergen, the storm had passed.",
            "The mayor received 7 comments on the plan.",
            "Share prices fell on Tuesday.",
            "Home prices rose again in May.",
            "Comments by the minister drew criticism.",
            "Related charges were dropped in 2019.",
            "She signed up for the course on May 3, 2021.",
            "Copyright law is changing, and small publishers worry about what comes next in court, in parliament and at home, said several of them on Monday. The bill was tabled last week by a group of members who want a longer term for photographs and a shorter one for software.",
            "More people moved to the coast.",
            "For more than a decade the bridge has been closed.",
            "Reply to the letter came in June.",
            "Published in 1962, the novel was banned for 20 years.",
            "Print is not dead.",
            "More to come from the council, said Holt.",
            "COVID-19 is not over.",
            "Anzeige gegen den Hafen wurde erstattet.",
            "Em 5 de outubro de 2018 o porto reabriu.",
            "Реклама дорожает.",
            "コメントは控えたいと述べた。",
        ];
        for line in cases {
            assert_eq!(furniture(line), None, "{line}");
        }
    }
}
