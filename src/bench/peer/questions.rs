//! What a server is asked: everything at once as JSON, or branch by branch what the
//! product's engine was asked, with the same grammars.

use std::cmp::Reverse;
use std::time::Instant;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::Serialize;
use serde_json::{Value, json};

use crate::bench::BenchError;
use crate::bench::meter::Asked;
use crate::bench::written::Written;
use crate::engine::{Branch, Goal, Prefix};

use super::client::{Answer, Client};
use super::gbnf::gbnf;

/// The instruction for a whole digest.
const WHOLE: &str = include_str!("whole.txt");
/// Tokens that a whole digest may take for each pair, and for all else.
const TOKENS_PER_PAIR: usize = 200;
const OTHER_TOKENS: usize = 600;

/// What a server took for a digest.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Answered {
    /// From the first request to the last answer.
    pub seconds: f64,
    /// Requests.
    pub requests: usize,
    /// Tokens of prompts that it ran.
    pub prompt_tokens: usize,
    /// Tokens of prompts that it had in its cache.
    pub cached_tokens: usize,
    /// Tokens that it decoded.
    pub output_tokens: usize,
    /// Answers that ended at their limit.
    pub cut: usize,
    /// Share of the branches whose text is the engine's, letter by letter; `null` for
    /// other questions.
    pub same_text: Option<f64>,
    /// What the answer holds; `null` of branches, whose text is ours, and of an answer that is
    /// no digest.
    pub written: Option<Written>,
}

impl Answered {
    fn add(&mut self, answer: &Answer) {
        let timings = answer.timings;
        self.requests += 1;
        self.prompt_tokens += timings.prompt_n;
        self.cached_tokens += timings.cache_n;
        self.output_tokens += timings.predicted_n;
        let is_cut = |reason: &Option<String>| reason.as_deref() == Some("length");
        let cut = answer.choices.iter();
        self.cut += cut.filter(|it| is_cut(&it.finish_reason)).count();
    }
}

/// Asks for the whole digest with one prompt, its reply held to a JSON schema. Returns the
/// reply too.
///
/// # Errors
/// [`BenchError::Peer`] when the server fails.
pub async fn whole(
    client: &Client,
    prefix: &Prefix,
    pairs: usize,
) -> Result<(Answered, String), BenchError> {
    let mut answered = Answered::default();
    let started = Instant::now();
    let answer = client.chat(&whole_request(prefix, pairs)).await?;
    answered.add(&answer);
    answered.seconds = started.elapsed().as_secs_f64();
    Ok((answered, said(&answer).to_owned()))
}

/// How the article gets into the slots of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// Each slot reads it with the first branch that it gets, as any client has it.
    Each,
    /// One slot reads it, its context is saved and restored into all others. The server
    /// shares no prompt between slots by itself.
    Copied,
}

/// Asks what the engine was asked, so many branches at once: those that go on from the
/// end of the article first and those from its beginning last, so that a slot only ever
/// drops some of what it has read.
///
/// # Errors
/// [`BenchError::Peer`] when the server fails.
pub async fn branches(
    client: &Client,
    asked: &[Asked],
    (slots, reading): (usize, Reading),
) -> Result<Answered, BenchError> {
    let mut answered = Answered::default();
    let mut same = Vec::new();
    let started = Instant::now();
    for Asked { batch, texts, .. } in asked {
        if reading == Reading::Copied {
            answered.add(&client.chat(&read_into_first(&batch.prefix)).await?);
            client.slot(0, "save").await?;
            for slot in 1..slots {
                client.slot(slot, "restore").await?;
            }
        }
        let mut order: Vec<(usize, &Branch)> = batch.branches.iter().enumerate().collect();
        order.sort_by_key(|(_, branch)| Reverse(branch.until.unwrap_or(usize::MAX)));
        let requests = order.into_iter();
        let requests: Option<Vec<_>> = requests
            .map(|(at, branch)| Some((at, branch_request(&batch.prefix, branch)?)))
            .collect();
        let requests = requests.ok_or_else(|| {
            BenchError::Peer("a branch asks for something that it has no words for".to_owned())
        })?;
        let answers = stream::iter(requests)
            .map(|(at, body)| async move { client.chat(&body).await.map(|it| (at, it)) })
            .buffer_unordered(slots);
        let answers: Vec<(usize, Answer)> = answers.try_collect().await?;
        for (at, answer) in &answers {
            answered.add(answer);
            same.push(says(answer, &texts[*at], &batch.branches[*at]));
        }
    }
    answered.seconds = started.elapsed().as_secs_f64();
    answered.same_text = crate::eval::statistics::share(&same);
    Ok(answered)
}

/// The text of an answer.
fn said(answer: &Answer) -> &str {
    let said = answer.choices.first();
    said.and_then(|it| it.message.content.as_deref())
        .unwrap_or_default()
}

/// Whether the answer is the engine's. Some servers repeat the words that were put into
/// the answer, and some do not.
fn says(answer: &Answer, text: &str, branch: &Branch) -> bool {
    let said = said(answer);
    let text = text
        .strip_prefix(branch.answer_start.as_str())
        .unwrap_or(text);
    let said = said
        .strip_prefix(branch.answer_start.as_str())
        .unwrap_or(said);
    said.trim() == text.trim()
}

/// What all requests have in common: greedy, and the prompt kept for the next.
fn request(messages: &[(&str, &str)], max_tokens: usize) -> Value {
    let messages: Vec<Value> = messages
        .iter()
        .map(|(role, content)| json!({ "role": role, "content": content }))
        .collect();
    json!({
        "messages": messages,
        "max_tokens": max_tokens,
        "temperature": 0,
        "cache_prompt": true,
    })
}

fn whole_request(prefix: &Prefix, pairs: usize) -> Value {
    let wanted = WHOLE.replace("{pairs}", &pairs.to_string());
    let user = format!("{}{}", prefix.user, wanted.trim_end());
    let messages = [("system", prefix.system.as_str()), ("user", &user)];
    let mut body = request(&messages, pairs * TOKENS_PER_PAIR + OTHER_TOKENS);
    body["response_format"] = json!({
        "type": "json_schema",
        "json_schema": { "name": "digest", "strict": true, "schema": schema(pairs) },
    });
    body
}

fn schema(pairs: usize) -> Value {
    let text = json!({ "type": "string" });
    let list = |items: &Value, least: usize, most: usize| json!({ "type": "array", "items": items, "minItems": least, "maxItems": most });
    let object = |properties: Value, required: &[&str]| {
        json!({
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        })
    };
    let pair = object(
        json!({ "question": text, "answer": text }),
        &["question", "answer"],
    );
    object(
        json!({
            "topic": text,
            "summary": list(&text, 2, 3),
            "faq": list(&pair, pairs, pairs),
            "related": list(&text, 6, 8),
        }),
        &["topic", "summary", "faq", "related"],
    )
}

/// Has the first slot read the prefix, and answer as little as can be.
fn read_into_first(prefix: &Prefix) -> Value {
    let messages = [
        ("system", prefix.system.as_str()),
        ("user", prefix.user.as_str()),
    ];
    let mut body = request(&messages, 1);
    body["id_slot"] = json!(0);
    body
}

/// `None` where the server's interface has no words for what is asked.
fn branch_request(prefix: &Prefix, branch: &Branch) -> Option<Value> {
    let Goal::Decode { shape, max_tokens } = &branch.goal else {
        return None;
    };
    let user = branch.told(prefix);
    let mut messages = vec![("system", prefix.system.as_str()), ("user", &user)];
    if !branch.answer_start.is_empty() {
        messages.push(("assistant", &branch.answer_start));
    }
    let mut body = request(&messages, *max_tokens);
    body["grammar"] = json!(gbnf(&shape.lark())?);
    Some(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Shape;

    fn prefix() -> Prefix {
        Prefix {
            system: "Be careful.".into(),
            user: "The pool closes.\n\n".into(),
        }
    }

    #[test]
    fn everything_is_asked_of_the_same_article_with_as_many_pairs() {
        let body = whole_request(&prefix(), 5);
        let user = body["messages"][1]["content"].as_str().expect("a text");
        assert!(
            user.starts_with("The pool closes.\n\nWrite the digest"),
            "{user}"
        );
        assert!(user.contains("exactly 5 objects"), "{user}");
        let schema = &body["response_format"]["json_schema"]["schema"];
        assert_eq!(schema["properties"]["faq"]["minItems"], 5);
        assert_eq!(schema["properties"]["faq"]["maxItems"], 5);
        assert_eq!(body["max_tokens"], 1600);
    }

    #[test]
    fn a_branch_is_asked_with_its_words_and_its_grammar() {
        let branch = Branch {
            until: None,
            instruction: "Ask.".into(),
            answer_start: "Q: Why".into(),
            goal: Goal::Decode {
                shape: Shape::Line { characters: 3 },
                max_tokens: 9,
            },
        };
        let body = branch_request(&prefix(), &branch).expect("it has words");
        assert_eq!(body["messages"][1]["content"], "The pool closes.\n\nAsk.");
        assert_eq!(body["messages"][2]["content"], "Q: Why");
        assert_eq!(
            body["grammar"],
            "root ::= ANSWER\nANSWER ::= [^\\n] {1,3} \n"
        );
        assert_eq!(body["max_tokens"], 9);
        let part = Branch {
            until: Some(8),
            ..branch
        };
        let body = branch_request(&prefix(), &part).expect("it has words");
        assert_eq!(body["messages"][1]["content"], "The poolAsk.");
        assert_eq!(read_into_first(&prefix())["id_slot"], 0);
    }

    #[test]
    fn an_answer_is_the_same_with_or_without_the_words_given() {
        let branch = Branch {
            until: None,
            instruction: String::new(),
            answer_start: "- ".into(),
            goal: Goal::Score { text: "x".into() },
        };
        let answer = |content: &str| Answer {
            choices: vec![super::super::client::Choice {
                message: super::super::client::Message {
                    content: Some(content.into()),
                },
                finish_reason: None,
            }],
            timings: super::super::client::Timings::default(),
        };
        assert!(says(
            &answer("Pool\n- Elm Road"),
            "- Pool\n- Elm Road",
            &branch
        ));
        assert!(says(
            &answer("- Pool\n- Elm Road"),
            "- Pool\n- Elm Road",
            &branch
        ));
        assert!(!says(&answer("- Pool"), "- Pool\n- Elm Road", &branch));
    }
}
