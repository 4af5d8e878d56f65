//! What an editor should know about an input beside its article: text that was
//! hidden, sentences that speak to a language model, bytes that could not be
//! read, older FAQs. Marks and tells; takes nothing out.

use crate::digest::{InputRange, Notice, NoticeCode};
use crate::pipeline::article::{Article, BlockKind, FaqFormat, Finding, FindingKind, OlderFaq};
use crate::text::instructions::is_instruction_like;
use crate::text::sentences::sentences;
use crate::text::span::Span;

use super::piece::Piece;

/// Words of what a page hides that make it a text; less is a label for
/// machines that read aloud.
const MIN_HIDDEN_WORDS: usize = 3;

/// Marks the sentences of the article that speak to a model.
pub(super) fn mark_instructions(article: &mut Article) {
    let mut instructions = Vec::new();
    for block in &article.blocks {
        let text = article.block_text(block);
        let spans = sentences(text);
        let is_alone = spans.len() == 1 && block.kind == BlockKind::Paragraph;
        let told = spans
            .iter()
            .filter(|span| is_instruction_like(span.of(text), is_alone))
            .map(|span| span.shifted(block.span.start));
        instructions.extend(told);
    }
    let runs = instructions.chunk_by(|left: &Span, right| right.start - left.end <= 2);
    let findings = runs.map(|run| Finding {
        kind: FindingKind::InstructionLike,
        count: run.len(),
        input: run
            .iter()
            .filter_map(|span| article.origin.input(*span))
            .reduce(Span::cover),
    });
    article.findings.extend(findings);
    article.instructions = instructions;
}

/// Tells of hidden characters that the source spelled as references, and of
/// hidden elements with orders in them.
pub(super) fn hidden_in(pieces: &[Piece], article: &mut Article) {
    let sent = |piece: &Piece| article.origin.sent(piece.text.source()?);
    let characters = pieces
        .iter()
        .filter(|piece| piece.hidden > 0)
        .map(|piece| Finding {
            kind: FindingKind::HiddenText,
            count: piece.hidden,
            input: sent(piece),
        });
    let is_order = |piece: &&Piece| {
        let spans = sentences(&piece.text);
        let is_alone = spans.len() == 1;
        let mut told = spans.iter().map(|span| span.of(&piece.text));
        piece.dropped == Some("hidden")
            && piece.words >= MIN_HIDDEN_WORDS
            && told.any(|sentence| is_instruction_like(sentence, is_alone))
    };
    let orders = pieces.iter().filter(is_order).map(|piece| Finding {
        kind: FindingKind::InstructionLike,
        count: 1,
        input: sent(piece),
    });
    let findings: Vec<Finding> = characters.chain(orders).collect();
    article.findings.extend(findings);
}

/// All of it in the words of the wire format.
#[must_use]
pub fn notices(article: &Article) -> Vec<Notice> {
    let findings = article.findings.iter().map(notice);
    let faqs = article.older_faqs.iter().map(faq_notice);
    findings.chain(faqs).collect()
}

fn notice(finding: &Finding) -> Notice {
    let count = finding.count;
    let (code, detail) = match finding.kind {
        FindingKind::HiddenText => (
            NoticeCode::HiddenText,
            format!("{count} characters that show nothing were taken out"),
        ),
        FindingKind::InstructionLike => (
            NoticeCode::InstructionLike,
            format!("{count} sentences speak to a language model: nothing is drafted from them"),
        ),
        FindingKind::Undecodable => (
            NoticeCode::Undecodable,
            format!("{count} sequences of bytes are no characters and were read as U+FFFD"),
        ),
    };
    Notice {
        code,
        detail,
        input: finding.input.map(range),
    }
}

fn faq_notice(faq: &OlderFaq) -> Notice {
    Notice {
        code: NoticeCode::OlderFaq,
        detail: format!(
            "an older FAQ ({}) with {} questions was not read",
            name(faq.format),
            faq.questions.len()
        ),
        input: faq.input.map(range),
    }
}

/// The name of a format in reports.
pub(super) fn name(format: FaqFormat) -> &'static str {
    match format {
        FaqFormat::Afterword => "afterword",
        FaqFormat::Yoast => "yoast",
        FaqFormat::RankMath => "rank-math",
        FaqFormat::Details => "details",
        FaqFormat::JsonLd => "json-ld",
        FaqFormat::Heading => "heading",
    }
}

/// A span as the wire format writes it.
pub(super) fn range(span: Span) -> InputRange {
    InputRange {
        start: span.start,
        end: span.end,
    }
}
