//! Shapes for services that know JSON schemas and no grammars: the schema, the words
//! that ask for it, and the way back from the JSON to the text that the shape stands
//! for. Pure.
//!
//! A service that holds answers to the schema gives nothing else than the grammar
//! would; one that does not is found out here: what has not its shape is left out.
//! Patterns keep to what all know (classes, bounded repetition) and allow neither `"`
//! nor `\`, so that no reading of them makes broken JSON.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::engine::shape::{Count, PHRASE_WORD, Shape};

/// Titles and the like whose full stop ends no sentence.
const TITLES: &str = "Mr|Mrs|Ms|Dr|St|Gen|Sen|Rep|Gov|No|Lt|Col|Jr|Sr|Inc|Co|Corp|Ltd|vs";
const MONTHS: &str = "Jan|Feb|Aug|Sept|Oct|Nov|Dec";
/// Characters of a sentence at most.
const MAX_SENTENCE_CHARS: usize = 400;
/// Tokens that the braces, names and quotes of an answer take, beside those of the
/// texts; for each text in it as many again.
const FRAME_TOKENS: usize = 24;
const ITEM_TOKENS: usize = 8;

/// What an answer may hold; each shape has some of it. `question` is before
/// `sentences` in every order that a service may keep.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Answer {
    question: Option<String>,
    sentences: Vec<String>,
    phrase: Option<String>,
    phrases: Vec<String>,
    line: Option<String>,
    choice: Option<String>,
}

/// The JSON schema of a shape.
pub(super) fn schema(shape: &Shape) -> Value {
    let text = |pattern: &str| json!({ "type": "string", "pattern": pattern });
    let list = |pattern: &str, count: Count| {
        json!({
            "type": "array",
            "items": { "type": "string", "pattern": pattern },
            "minItems": count.least(),
            "maxItems": count.most(),
        })
    };
    match shape {
        Shape::Sentences(count) | Shape::Points(count) => {
            object(json!({ "sentences": list(&sentence(), *count) }))
        }
        Shape::Question { opening, .. } => object(json!({ "question": text(&question(opening)) })),
        Shape::QuestionAndAnswer { opening, sentences } => object(json!({
            "question": text(&question(opening)),
            "sentences": list(&sentence(), *sentences),
        })),
        // A pattern of some hundred words five times over is more than services take:
        // a word that it may not have is found out afterwards.
        Shape::Phrase { words, .. } => object(json!({ "phrase": text(&phrase(*words)) })),
        Shape::Phrases { count, words } => {
            object(json!({ "phrases": list(&phrase(*words), *count) }))
        }
        Shape::Line { characters } => {
            let pattern = format!(r#"^[^\n\r\t"\\]{{1,{}}}$"#, characters.max(&1));
            object(json!({ "line": text(&pattern) }))
        }
        Shape::Choice(words) => object(json!({ "choice": { "type": "string", "enum": words } })),
    }
}

/// An object with exactly these properties.
fn object(properties: Value) -> Value {
    let names = properties.as_object().map(|it| it.keys().cloned());
    let required: Vec<String> = names.into_iter().flatten().collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// A sentence, as `engine::grammar` has it but for the marks that JSON would escape:
/// square brackets are left out, as they mark paragraph numbers in the prompt.
fn sentence() -> String {
    let inner = format!(r#"[^.\n\r\t"!?\\\[\]]|[.][a-z0-9,]|[A-Z][.]|({TITLES}|{MONTHS})[.]"#);
    format!("^(([A-Z][.])+|[A-Z0-9“$£€])({inner}){{20,300}}[.][”]?$")
}

/// A question that begins with these words.
fn question(opening: &str) -> String {
    let opening = literal(opening);
    let inner = format!(r#"[^\n\r\t?.!"\\\[\]]|[A-Z][.]|[0-9][.][0-9]|({TITLES})[.]"#);
    format!(r"^{opening} ({inner}){{15,150}}\?$")
}

fn phrase(words: usize) -> String {
    let more = words.saturating_sub(1);
    format!("^[A-Z]{PHRASE_WORD}( {PHRASE_WORD}){{0,{more}}}$")
}

/// A text as a pattern that matches it alone.
fn literal(text: &str) -> String {
    let mut pattern = String::new();
    for c in text.chars() {
        if "^$.[]()|{}*+?\\".contains(c) {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

/// What is added to the instruction, so that the model knows what to put where.
pub(super) fn request(shape: &Shape) -> String {
    let fields = match shape {
        Shape::Sentences(count) | Shape::Points(count) => {
            format!("\"sentences\", a list of {}", sentences(*count))
        }
        Shape::Question { opening, .. } => asked(opening),
        Shape::QuestionAndAnswer {
            opening,
            sentences: count,
        } => format!(
            "{}, and \"sentences\", a list of {} that answer it",
            asked(opening),
            sentences(*count)
        ),
        Shape::Phrase { words, .. } => format!("\"phrase\", of at most {words} words"),
        Shape::Phrases { count, words } => format!(
            "\"phrases\", a list of {} phrases of at most {words} words each",
            range(*count)
        ),
        Shape::Line { .. } => "\"line\", your answer on one line".to_owned(),
        Shape::Choice(words) => format!("\"choice\", which is one of: {}", words.join(", ")),
    };
    format!("Answer with a JSON object that has {fields}.")
}

fn asked(opening: &str) -> String {
    format!("\"question\", which begins with \"{opening}\"")
}

fn sentences(count: Count) -> String {
    match count.most() {
        1 => "one sentence".to_owned(),
        _ => format!("{} sentences", range(count)),
    }
}

fn range(count: Count) -> String {
    match (count.least(), count.most()) {
        (least, most) if least == most => most.to_string(),
        (least, most) => format!("{least} to {most}"),
    }
}

/// Tokens that an answer may take beyond those of its texts.
pub(super) fn frame_tokens(shape: &Shape) -> usize {
    let texts = match shape {
        Shape::Sentences(count) | Shape::Points(count) | Shape::Phrases { count, .. } => {
            count.most()
        }
        Shape::QuestionAndAnswer { sentences, .. } => 1 + sentences.most(),
        Shape::Question { .. } | Shape::Phrase { .. } | Shape::Line { .. } | Shape::Choice(_) => 1,
    };
    FRAME_TOKENS + ITEM_TOKENS * texts
}

/// The text that an answer in JSON stands for, `answer_start` included; `None` where
/// it has not the shape. `cut` closes what a limit of tokens left open.
pub(super) fn read(shape: &Shape, answer_start: &str, json: &str, cut: bool) -> Option<String> {
    let closed = cut.then(|| close(json));
    let answer: Answer = serde_json::from_str(closed.as_deref().unwrap_or(json)).ok()?;
    match shape {
        Shape::Sentences(count) => {
            let sentences = whole_sentences(&answer.sentences, *count, " ")?;
            Some(format!("{answer_start}{sentences}"))
        }
        Shape::Points(count) => {
            let points = whole_sentences(&answer.sentences, *count, "\n- ")?;
            Some(format!("{answer_start}{points}"))
        }
        Shape::Question { opening, .. } => asked_with(opening, answer_start, answer.question?),
        Shape::QuestionAndAnswer { opening, sentences } => {
            let question = asked_with(opening, answer_start, answer.question?)?;
            let answer = whole_sentences(&answer.sentences, *sentences, " ")?;
            Some(format!("{question}\nA: {answer}"))
        }
        Shape::Phrase { words, .. } => {
            let phrase = whole_phrase(&answer.phrase?, *words)?;
            Some(format!("{answer_start}{phrase}"))
        }
        Shape::Phrases { count, words } => {
            let phrases = answer.phrases.iter().take(count.most());
            let phrases: Vec<String> = phrases.filter_map(|it| whole_phrase(it, *words)).collect();
            let is_some = !phrases.is_empty();
            is_some.then(|| format!("{answer_start}{}", phrases.join("\n- ")))
        }
        Shape::Line { characters } => {
            let line = one_line(&answer.line?);
            let fits = (1..=*characters).contains(&line.chars().count());
            fits.then(|| format!("{answer_start}{line}"))
        }
        Shape::Choice(words) => {
            let chosen = answer.choice.filter(|it| words.contains(it))?;
            Some(format!("{answer_start}{chosen}"))
        }
    }
}

/// A question after what `answer_start` says before its opening.
fn asked_with(opening: &str, answer_start: &str, question: String) -> Option<String> {
    let before = answer_start.strip_suffix(opening).unwrap_or(answer_start);
    let question = one_line(&question);
    let rest = question.strip_prefix(opening)?;
    let is_one = rest.starts_with(' ') && rest.find('?') == Some(rest.len() - 1);
    is_one.then(|| format!("{before}{question}"))
}

/// Those texts that are sentences.
fn whole_sentences(texts: &[String], count: Count, between: &str) -> Option<String> {
    let texts = texts.iter().take(count.most()).map(|it| one_line(it));
    let sentences: Vec<String> = texts.filter(|it| is_whole_sentence(it)).collect();
    let is_some = !sentences.is_empty();
    is_some.then(|| sentences.join(between))
}

fn is_whole_sentence(text: &str) -> bool {
    let closing = ['"', '”', '’'];
    text.trim_end_matches(closing).ends_with('.')
        && text.chars().count() <= MAX_SENTENCE_CHARS
        && !text.contains(['[', ']'])
}

fn whole_phrase(text: &str, words: usize) -> Option<String> {
    let phrase = one_line(text);
    let has_words = (1..=words).contains(&phrase.split(' ').count());
    (has_words && !phrase.is_empty()).then_some(phrase)
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// JSON that broke off, with what it left open closed. The text that broke off stays,
/// as far as it goes.
fn close(json: &str) -> String {
    let mut open = Vec::new();
    // Where an escape in a text begins that is not over.
    let mut escape = None;
    let mut in_text = false;
    for (at, c) in json.char_indices() {
        match (in_text, c) {
            (true, _) if escape.is_some_and(|from| is_in_escape(json, from, at)) => {}
            (true, '\\') => escape = Some(at),
            (true, '"') => in_text = false,
            (false, '"') => in_text = true,
            (false, '{') => open.push('}'),
            (false, '[') => open.push(']'),
            (false, '}' | ']') => drop(open.pop()),
            _ => {}
        }
    }
    let unfinished = escape.filter(|from| in_text && is_in_escape(json, *from, json.len()));
    let mut closed = json[..unfinished.unwrap_or(json.len())].to_owned();
    if in_text {
        closed.push('"');
    }
    let kept = closed.trim_end().trim_end_matches(',').len();
    if !in_text {
        closed.truncate(kept);
    }
    closed.extend(open.iter().rev());
    closed
}

/// Whether the escape that begins at `from` goes on at `at`: `\n` is two bytes and
/// `\u00e4` six.
fn is_in_escape(json: &str, from: usize, at: usize) -> bool {
    let is_long = json[from..].starts_with("\\u");
    at < from + if is_long { 6 } else { 2 }
}

#[cfg(test)]
mod tests;
