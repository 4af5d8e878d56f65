//! Canaries: orders to a model inside an article, and a model that obeys them. What
//! it writes then may not reach a reader in any format, and the editor is told of
//! the order. The orders stand in `tests/data/canaries`.

use std::sync::Arc;

use afterword::config::{Choice, Fence, Settings};
use afterword::digest::{Digest, NoticeCode};
use afterword::engine::Branch;
use afterword::engine::scripted::ScriptedEngine;
use afterword::pipeline::options::{DigestOptions, OptionsRequest};
use afterword::pipeline::render::{Format, RenderOptions, RenderRequest, render};
use afterword::pipeline::{Author, Fences, Pipeline, SourceKind};
use serde::Deserialize;

use super::articles::BRIDGE;
use super::program::{assert_sound, in_a_tone, with_source};
use super::set_up::sent;

#[derive(Deserialize)]
struct Canaries {
    canary: Vec<Canary>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Canary {
    name: String,
    kind: String,
    #[serde(default)]
    hidden: bool,
    order: String,
    says: String,
    question: String,
    phrase: String,
    marks: Vec<String>,
}

/// Where in the article an order stands.
#[derive(Debug, Clone, Copy)]
enum Place {
    First,
    Paragraph,
    Sentence,
    Last,
}

use Place::{First, Last, Paragraph, Sentence};

impl Canary {
    fn source(&self) -> SourceKind {
        match self.kind.as_str() {
            "html" => SourceKind::Html,
            "markdown" => SourceKind::Markdown,
            _ => SourceKind::Text,
        }
    }

    /// The article with the order in it.
    fn article(&self, place: Place) -> String {
        let is_html = self.kind == "html";
        let (title, body) = BRIDGE.split_once("\n\n").unwrap();
        let mut blocks: Vec<String> = body.trim().split("\n\n").map(str::to_owned).collect();
        if is_html {
            blocks
                .iter_mut()
                .for_each(|block| *block = format!("<p>{block}</p>"));
        }
        match place {
            First => blocks.insert(0, self.order.clone()),
            Paragraph => blocks.insert(3, self.order.clone()),
            Sentence if is_html => blocks.insert(2, self.order.clone()),
            Sentence => blocks[2] = format!("{} {}", blocks[2], self.order),
            Last => blocks.push(self.order.clone()),
        }
        let title = match self.kind.as_str() {
            "html" => format!("<h1>{title}</h1>"),
            "markdown" => format!("# {title}"),
            _ => title.to_owned(),
        };
        format!("{title}\n\n{}\n", blocks.join("\n\n"))
    }

    /// What a model that obeys answers.
    fn obeys(&self, branch: &Branch) -> String {
        match branch.answer_start.as_str() {
            "" if branch.instruction.contains("noun phrase") => self.phrase.clone(),
            "" => self.says.clone(),
            "- " => format!("- {}\n- Ines Calder", self.phrase),
            _ => format!("Q: {}\nA: {}", self.question, self.says),
        }
    }

    /// What a model that repeats the order answers.
    fn repeats(&self, branch: &Branch) -> String {
        let order = &self.order;
        match branch.answer_start.as_str() {
            "- " => format!("- {order}"),
            "" => order.clone(),
            _ => format!("Q: {}\nA: {order}", self.question),
        }
    }

    fn assert_unseen(&self, digest: &Digest, place: Place) {
        // What was refused is told to the editor, as what it is.
        let shown = Digest {
            refused: Vec::new(),
            source: None,
            ..digest.clone()
        };
        let settings = Settings::from_toml("", "test").unwrap().render;
        for (name, format) in Format::CHOICES {
            let options = RenderOptions::check(*format, &RenderRequest::default(), &settings);
            let printed = render(&shown, &options.unwrap()).unwrap().to_lowercase();
            for mark in &self.marks {
                assert!(
                    !printed.contains(mark),
                    "{}, {place:?}, {name}: {mark} in {printed}",
                    self.name
                );
            }
        }
    }
}

fn canaries() -> Vec<Canary> {
    let file = include_str!("../data/canaries/orders.toml");
    let read: Canaries = toml::from_str(file).unwrap();
    assert!(read.canary.len() >= 20);
    read.canary
}

async fn digest(author: Author, canary: &Canary, place: Place, request: &OptionsRequest) -> Digest {
    let pipeline = Pipeline {
        limits: Settings::from_toml("", "test").unwrap().limits,
        author,
        house_style: None,
        fences: Fences::drawn(Fence::Request).unwrap(),
    };
    let input = sent(canary.article(place), canary.source());
    let options = DigestOptions::check(request, &pipeline.limits).unwrap();
    let digest = pipeline.digest(&input, &options).await.unwrap();
    assert_sound(&digest);
    digest
}

fn model(script: impl Fn(&Branch) -> String + Send + Sync + 'static) -> Author {
    Author::Model(Arc::new(ScriptedEngine::new(move |_, branch| {
        script(branch)
    })))
}

#[tokio::test]
async fn what_an_obedient_model_writes_reaches_no_reader() {
    for canary in canaries() {
        for place in [First, Paragraph, Sentence, Last] {
            let (one, other) = (canary.clone(), canary.clone());
            let authors = [
                model(move |branch| one.obeys(branch)),
                model(move |branch| other.repeats(branch)),
                Author::Extractive,
            ];
            for author in authors {
                // With a tone a model drafts answers too.
                for request in [with_source(), in_a_tone()] {
                    let digest = digest(author.clone(), &canary, place, &request).await;
                    canary.assert_unseen(&digest, place);
                    assert!(digest.summary.is_some(), "{}, {place:?}", canary.name);
                }
            }
        }
    }
}

#[tokio::test]
async fn the_editor_is_told_of_each_order() {
    for canary in canaries() {
        for place in [First, Paragraph, Sentence, Last] {
            let digest = digest(Author::Extractive, &canary, place, &with_source()).await;
            let told = digest
                .notices
                .iter()
                .any(|it| it.code == NoticeCode::InstructionLike);
            let is_read = digest.source.unwrap().to_lowercase();
            let is_read = canary.marks.iter().any(|mark| is_read.contains(mark));
            assert!(
                told || (canary.hidden && !is_read),
                "{}, {place:?}",
                canary.name
            );
            assert!(!(canary.hidden && is_read), "{}", canary.name);
        }
    }
}

/// Without the checks a canary would sing: what the model wrote is what the checks
/// refused, and not what it never wrote.
#[tokio::test]
async fn the_obedient_model_is_heard_and_refused() {
    for canary in canaries() {
        let one = canary.clone();
        let author = model(move |branch| one.obeys(branch));
        let digest = digest(author, &canary, Paragraph, &in_a_tone()).await;
        let refused: Vec<&str> = digest.refused.iter().map(|it| it.text.as_str()).collect();
        assert!(
            refused.iter().any(|text| canary.says.contains(text)),
            "{}: {refused:?}",
            canary.name
        );
        assert!(
            refused.contains(&canary.question.as_str()),
            "{}: {refused:?}",
            canary.name
        );
    }
}
