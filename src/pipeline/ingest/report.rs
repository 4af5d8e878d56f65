//! An article as the wire format shows it to those who ask what was read. Copies
//! and counts; decides nothing.

use crate::config::Limits;
use crate::digest::reading::{self, ReadBlock, Reading, Refusal};
use crate::pipeline::Input;
use crate::pipeline::article::{Article, Block, BlockKind, Dropped, OlderFaq, Scope};
use crate::pipeline::error::PipelineError;

use super::remarks::{name, notices, range};
use super::{check, read};

/// What would be read of `input`; that it would be refused is part of it.
///
/// # Errors
/// [`PipelineError`] when the input is too large, or no text in any charset.
pub fn reading(input: &Input, limits: &Limits) -> Result<Reading, PipelineError> {
    let article = read(input, limits)?;
    let refusal = check(input, &article, limits).err();
    Ok(Reading {
        title: article.title_text().map(str::to_owned),
        byline: article.metadata.byline.clone(),
        date: article.metadata.date.clone(),
        url: article.metadata.url.clone(),
        scope: match article.scope {
            Scope::Body => reading::Scope::Body,
            Scope::Page => reading::Scope::Page,
        },
        language: article.language.map(str::to_owned),
        charset: article.charset.clone(),
        blocks: article
            .blocks
            .iter()
            .map(|it| block(&article, it))
            .collect(),
        words_read: article.words(),
        words_dropped: article.dropped.iter().map(|it| it.words).sum(),
        dropped: article.dropped.iter().map(dropped).collect(),
        older_faqs: article.older_faqs.iter().map(older_faq).collect(),
        notices: notices(&article),
        refusal: refusal.as_ref().map(told),
        text: article.text,
    })
}

fn block(article: &Article, block: &Block) -> ReadBlock {
    let text = article.block_text(block);
    let (kind, level) = match block.kind {
        BlockKind::Heading(level) => (reading::BlockKind::Heading, Some(level)),
        BlockKind::Paragraph => (reading::BlockKind::Paragraph, None),
        BlockKind::ListItem => (reading::BlockKind::ListItem, None),
        BlockKind::Quote => (reading::BlockKind::Quote, None),
        BlockKind::TableRow => (reading::BlockKind::TableRow, None),
        BlockKind::Caption => (reading::BlockKind::Caption, None),
    };
    ReadBlock {
        kind,
        level,
        start: block.span.start,
        end: block.span.end,
        text: text.to_owned(),
        words: text.split_whitespace().count(),
        input: article.origin.input(block.span).map(range),
    }
}

fn dropped(dropped: &Dropped) -> reading::Dropped {
    reading::Dropped {
        reason: dropped.reason.to_owned(),
        excerpt: dropped.excerpt.clone(),
        words: dropped.words,
        input: dropped.input.map(range),
    }
}

fn older_faq(faq: &OlderFaq) -> reading::OlderFaq {
    reading::OlderFaq {
        format: name(faq.format).to_owned(),
        input: faq.input.map(range),
        questions: faq.questions.clone(),
    }
}

fn told(error: &PipelineError) -> Refusal {
    Refusal {
        code: error.code().to_owned(),
        message: error.to_string(),
        hint: error.hint().to_owned(),
    }
}
