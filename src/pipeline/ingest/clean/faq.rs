//! Older FAQ and topic lists, ours or another tool's: reading them as article
//! would let earlier output back its own claims.

use std::sync::LazyLock;

use regex::RegexSet;

use crate::pipeline::article::BlockKind;
use crate::pipeline::ingest::piece::{Piece, ends_sentence, kept_weight};

/// Questions are at most this long.
const MAX_QUESTION_WORDS: usize = 30;
/// Paragraphs that one answer may have when another question follows.
const MAX_ANSWER_PIECES: usize = 5;

const HEADS: [&str; 3] = [
    // A section about the article: surely appended to it.
    r"(?i)^(?:frequently asked questions|faqs?|h[äa]ufig(?:e| gestellte) fragen|preguntas frecuentes|foire aux questions|questions fr[ée]quentes)\s*(?:\(faqs?\))?:?\s+(?:about|on|regarding|for|zu[mr]?|[üu]ber|rund um|sobre|acerca de|sur|[àa] propos d[eu'’])\s?.{2,120}[^.!]$",
    // A section of the article, perhaps the article itself.
    r"(?i)^(?:frequently asked questions|faqs?|f\.a\.q\.s?|common questions|people also ask|questions (?:and|&) answers|q ?& ?a|h[äa]ufig(?:e| gestellte) fragen|fragen und antworten|preguntas (?:y respuestas|frecuentes)|foire aux questions|questions (?:fr[ée]quentes|fr[ée]quemment pos[ée]es|et r[ée]ponses|[-–] ?r[ée]ponses)|perguntas (?:frequentes|e respostas)|domande (?:frequenti|e risposte)|veel ?gestelde vragen|vragen en antwoorden|najcz[ęe][śs]ciej zadawane pytania|pytania i odpowiedzi|часто задаваемые вопросы|вопросы и ответы|συχν[έε]ς ερωτήσεις|s[ıi]k[çc]a sorulan sorular|الأسئلة الشائعة|أسئلة وأجوبة|常见问题|常見問題|よくある(?:ご)?質問|자주 묻는 질문)\s*(?:\(faqs?\))?[:.]?$",
    r"(?i)^(?:key (?:takeaways|points|facts)|tl;?dr|at a glance|in brief|das wichtigste(?: in k[üu]rze)?|auf einen blick|kurz zusammengefasst|wichtige punkte|puntos clave|lo m[áa]s importante|en resumen|las claves|points cl[ée]s|[àa] retenir|l'essentiel|en bref)[:.]?$",
];

static HEAD: LazyLock<RegexSet> =
    LazyLock::new(|| RegexSet::new(HEADS).unwrap_or_else(|_| RegexSet::empty()));

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Head {
    Appended,
    Section,
    Takeaways,
}

fn head(piece: &Piece) -> Option<Head> {
    let index = HEAD.matches(&piece.text).into_iter().next()?;
    [Head::Appended, Head::Section, Head::Takeaways]
        .get(index)
        .copied()
}

/// Marks older FAQ sections, topic lists and key points.
pub(super) fn mark(pieces: &mut [Piece]) {
    let mut left = kept_weight(pieces);
    let mut index = 0;
    while let Some(piece) = pieces.get(index) {
        let end = match head(piece) {
            Some(Head::Takeaways) => list_end(pieces, index + 1),
            Some(_) => questions_end(pieces, index + 1),
            None if is_topic_head(piece) => list_end(pieces, index + 1),
            None => None,
        };
        let Some(end) = end else {
            index += 1;
            continue;
        };
        if may_drop(&pieces[index..end], left) {
            left -= kept_weight(&pieces[index..end]);
            drop_section(&mut pieces[index..end]);
        }
        index = end;
    }
}

/// A section is never empty: it starts with its heading.
fn drop_section(section: &mut [Piece]) {
    let reason = match section.first().and_then(head) {
        Some(Head::Takeaways) => "older_summary",
        Some(_) => "older_faq",
        None => "related",
    };
    for piece in section {
        piece.drop_as(reason);
    }
}

/// An article may itself be made of questions: a section goes only when enough
/// of the `left` words is left without it.
fn may_drop(section: &[Piece], left: usize) -> bool {
    let words = kept_weight(section);
    let rest = left.saturating_sub(words);
    match section.first().and_then(head) {
        Some(Head::Appended) => rest * 10 >= words,
        _ => rest * 4 >= words,
    }
}

/// Where the questions and answers that start at `start` end; `None` when
/// there are none.
fn questions_end(pieces: &[Piece], start: usize) -> Option<usize> {
    let mut index = start;
    let mut has_question = false;
    while let Some(piece) = pieces.get(index) {
        if is_question(piece) || !piece.is_kept() {
            has_question |= is_question(piece) || piece.dropped == Some("older_faq");
            index += 1;
        } else if piece.is_heading() || head(piece).is_some() {
            break;
        } else if is_answer(pieces, start, index) || question_follows(pieces, index) {
            index += 1;
        } else {
            break;
        }
    }
    has_question.then_some(index)
}

/// The first piece after a question answers it, and list items go on.
fn is_answer(pieces: &[Piece], start: usize, index: usize) -> bool {
    let before = pieces
        .get(start..index)
        .and_then(|section| section.iter().rev().find(|piece| piece.is_kept()));
    before.is_some_and(|before| is_question(before) || is_item_after(before, &pieces[index]))
}

fn is_item_after(before: &Piece, piece: &Piece) -> bool {
    piece.kind == BlockKind::ListItem
        && (before.kind == BlockKind::ListItem || before.text.ends_with(':'))
}

/// Whether the next question comes soon and before any heading of another kind.
fn question_follows(pieces: &[Piece], index: usize) -> bool {
    pieces
        .iter()
        .skip(index + 1)
        .take(MAX_ANSWER_PIECES)
        .take_while(|piece| is_question(piece) || !piece.is_heading())
        .any(is_question)
}

fn is_question(piece: &Piece) -> bool {
    piece.weight <= MAX_QUESTION_WORDS && piece.text.ends_with(['?', '？', '؟'])
}

/// "More about X": the head of a topic list.
fn is_topic_head(piece: &Piece) -> bool {
    const STARTS: [&str; 9] = [
        "more about ",
        "more on ",
        "mehr über ",
        "mehr zu ",
        "mehr zum ",
        "mehr zur ",
        "más sobre ",
        "en savoir plus sur ",
        "plus d'informations sur ",
    ];
    let start: String = piece.text.chars().take(24).collect();
    let start = start.to_lowercase().replace('’', "'");
    piece.weight <= 14
        && !ends_sentence(&piece.text)
        && STARTS.iter().any(|known| start.starts_with(known))
}

/// Where the list that starts at `start` ends; `None` when there is none.
fn list_end(pieces: &[Piece], start: usize) -> Option<usize> {
    let items = pieces
        .iter()
        .skip(start)
        .take_while(|piece| piece.kind == BlockKind::ListItem || !piece.is_kept())
        .count();
    let has_items = pieces
        .get(start)
        .is_some_and(|piece| piece.kind == BlockKind::ListItem);
    has_items.then_some(start + items)
}
