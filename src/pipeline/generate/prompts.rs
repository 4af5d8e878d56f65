//! The prompts: templates compiled in from `prompts/`, filled with an article's
//! pieces. Their hash is part of every digest's provenance.

use minijinja::{Environment, UndefinedBehavior, context};
use sha2::{Digest as _, Sha256};

use crate::engine::{EngineError, Prefix};
use crate::pipeline::article::Article;
use crate::pipeline::error::PipelineError;
use crate::pipeline::plan::{Piece, Window};

/// Every template by name, in the order that the version hashes them.
const TEMPLATES: [(&str, &str); 7] = [
    ("system", include_str!("../../../prompts/system.j2")),
    ("article", include_str!("../../../prompts/article.j2")),
    ("summary", include_str!("../../../prompts/summary.j2")),
    ("part", include_str!("../../../prompts/part.j2")),
    ("topic", include_str!("../../../prompts/topic.j2")),
    ("related", include_str!("../../../prompts/related.j2")),
    ("question", include_str!("../../../prompts/question.j2")),
];

/// Words of a passage that its question's prompt repeats.
const BEGINNING_WORDS: usize = 7;

/// The version of the prompts: the first 12 hex digits of their SHA-256.
#[must_use]
pub fn version() -> String {
    let mut hash = Sha256::new();
    for (name, template) in TEMPLATES {
        hash.update(name.as_bytes());
        hash.update([0]);
        hash.update(template.as_bytes());
        hash.update([0]);
    }
    hash.finalize()
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The compiled templates.
pub(super) struct Prompts {
    environment: Environment<'static>,
}

impl Prompts {
    /// Compiles the templates.
    pub(super) fn builtin() -> Result<Self, PipelineError> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        for (name, template) in TEMPLATES {
            environment
                .add_template(name, template)
                .map_err(prompt_error)?;
        }
        Ok(Self { environment })
    }

    /// The prefix that all branches of a window share.
    pub(super) fn prefix(
        &self,
        article: &Article,
        window: &Window,
    ) -> Result<Prefix, PipelineError> {
        let pieces: Vec<_> = window
            .pieces
            .iter()
            .map(|piece| {
                let text = one_line(window.span_of(*piece).of(&article.text));
                let number = match piece {
                    Piece::Passage(index) => Some(index + 1),
                    Piece::Context(_) => None,
                };
                context! { number, text }
            })
            .collect();
        let user = self.render("article", context! { pieces })?;
        Ok(Prefix {
            system: self.render("system", context! {})?,
            user: format!("{user}\n\n"),
        })
    }

    pub(super) fn summary(&self) -> Result<String, PipelineError> {
        self.render("summary", context! {})
    }

    pub(super) fn part(&self, window: &Window) -> Result<String, PipelineError> {
        self.render(
            "part",
            context! { first => 1, last => window.passages.len() },
        )
    }

    pub(super) fn topic(&self) -> Result<String, PipelineError> {
        self.render("topic", context! {})
    }

    pub(super) fn related(&self) -> Result<String, PipelineError> {
        self.render("related", context! {})
    }

    pub(super) fn question(
        &self,
        window: &Window,
        passage: usize,
        article: &Article,
    ) -> Result<String, PipelineError> {
        let text = window.passages[passage].span.of(&article.text);
        let words: Vec<&str> = text.split_whitespace().take(BEGINNING_WORDS).collect();
        self.render(
            "question",
            context! { number => passage + 1, beginning => words.join(" ") },
        )
    }

    fn render(&self, name: &str, context: minijinja::Value) -> Result<String, PipelineError> {
        let template = self.environment.get_template(name).map_err(prompt_error)?;
        Ok(template
            .render(context)
            .map_err(prompt_error)?
            .trim()
            .to_owned())
    }
}

/// A passage on one line, so that its paragraph number stands for all of it.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The templates are ours: a failure here is a bug, told as such.
fn prompt_error(error: minijinja::Error) -> PipelineError {
    EngineError::Decode(format!("a prompt template is broken: {error}")).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::plan::Passage;
    use crate::text::span::Span;

    fn article() -> Article {
        let text = "Pool to close\n\nThe pool in\nElm Road closes. Repairs cost $2 million.";
        Article {
            text: text.into(),
            blocks: vec![],
            title: None,
            language: None,
            dropped: vec![],
            ..Article::default()
        }
    }

    fn window() -> Window {
        let passage = Passage {
            sentences: 0..2,
            span: Span::new(15, article().text.len()),
        };
        Window {
            pieces: vec![Piece::Context(Span::new(0, 13)), Piece::Passage(0)],
            passages: vec![passage],
            asks: vec![],
        }
    }

    #[test]
    fn the_prefix_numbers_passages_and_only_them() {
        let prompts = Prompts::builtin().expect("templates compile");
        let prefix = prompts.prefix(&article(), &window()).expect("it renders");
        insta::assert_snapshot!(prefix.user, @r"
        Article:

        Pool to close

        [1] The pool in Elm Road closes. Repairs cost $2 million.

        ");
    }

    #[test]
    fn every_instruction_renders() {
        let prompts = Prompts::builtin().expect("templates compile");
        let all = [
            prompts.summary(),
            prompts.part(&window()),
            prompts.topic(),
            prompts.related(),
            prompts.question(&window(), 0, &article()),
        ];
        let all: Vec<String> = all.into_iter().map(|p| p.expect("it renders")).collect();
        insta::assert_snapshot!(all.join("\n---\n"));
    }

    #[test]
    fn the_version_is_twelve_hex_digits() {
        assert!(version().len() == 12 && version().chars().all(|c| c.is_ascii_hexdigit()));
    }
}
