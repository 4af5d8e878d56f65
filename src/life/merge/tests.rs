//! Merges of real digests, made without a model, into what people have made of the
//! items: whatever comes, their words stay.

use proptest::prelude::*;

use super::*;
use crate::config::Settings;
use crate::life::{Bounds, Checking, Edit, Mark};
use crate::pipeline::article::Article;
use crate::pipeline::options::{DigestOptions, OptionsRequest};
use crate::pipeline::select::pair;
use crate::pipeline::understand::{Understanding, understand};
use crate::pipeline::{Author, Fences, Input, Pipeline, SourceKind, SourceScope, ingest};
use crate::store::ArticleState;
use crate::text::hex::hex_sha256;

/// The first sentence of the third paragraph below.
const BRIDGE: &str = "Engineer Tom Hale inspected the harbour bridge in April because rust had \
    been found on 14 of its cables.";

/// Paragraphs that an article may have or lack, each with a question to it.
const PARAGRAPHS: [(&str, &str); 8] = [
    (
        "Mayor Dana Ruiz closed the Elm Road pool in Harlow on Monday because repairs would \
         cost $2 million. The council of Harlow had asked for the repairs in 2019.",
        "Why did Mayor Dana Ruiz close the Elm Road pool?",
    ),
    (
        "The Harlow library opened a second reading room in March because the Weston family \
         had given $400,000. Librarian Ana Koh said that the room holds 12,000 books.",
        "Why did the Harlow library open a second reading room?",
    ),
    (
        "Engineer Tom Hale inspected the harbour bridge in April because rust had been found on \
         14 of its cables. The harbour bridge carries 9,000 cars each day.",
        "Why did Tom Hale inspect the harbour bridge?",
    ),
    (
        "Officials of Eastport County approved a new bus line to Harlow in June because the \
         train station had closed. The bus line costs $1.2 million a year.",
        "Why did officials of Eastport County approve a new bus line to Harlow?",
    ),
    (
        "The Harlow Rovers celebrated at Mill Field on Saturday because Lena Fischer scored in \
         the last minute of the county cup. More than 3,000 people watched the match.",
        "Why did the Harlow Rovers celebrate at Mill Field?",
    ),
    (
        "Farmer Jonas Berg received $9,000 from the county in May because the flood of the River \
         Ashe had killed 60 of his sheep. The flood came in February after days of rain.",
        "Why did Jonas Berg receive $9,000 from the county?",
    ),
    (
        "Teacher Maria Lopez started a night school at Harlow High School in September because \
         200 adults had asked for English lessons. The night school charges no fees.",
        "Why did Maria Lopez start a night school at Harlow High School?",
    ),
    (
        "The Ashe Valley Railway closed its old station in Harlow in August because a brewery \
         had offered $750,000 for it. The brewery plans to open a restaurant next year.",
        "Why did the Ashe Valley Railway close its old station in Harlow?",
    ),
];

fn options(count: usize) -> DigestOptions {
    let limits = Settings::load(None).unwrap().limits;
    DigestOptions::check(
        &OptionsRequest {
            count: Some(count),
            ..OptionsRequest::default()
        },
        &limits,
    )
    .unwrap()
}

fn input(text: &str) -> Input {
    Input {
        bytes: text.as_bytes().to_vec(),
        kind: SourceKind::Text,
        scope: SourceScope::Body,
        title: Some("News from Harlow".to_owned()),
        charset: None,
        language: None,
    }
}

/// A text, read, with the digest that it has.
struct Version {
    article: Article,
    understanding: Understanding,
    digest: Digest,
}

fn version(paragraphs: &[usize], count: usize) -> Version {
    let limits = Settings::load(None).unwrap().limits;
    let texts: Vec<&str> = paragraphs.iter().map(|at| PARAGRAPHS[*at].0).collect();
    let input = input(&texts.join("\n\n"));
    let article = ingest::ingest(&input, &limits).unwrap();
    let pipeline = Pipeline {
        limits,
        author: Author::Extractive,
        house_style: None,
        fences: Fences::of_text(),
    };
    let options = options(count);
    let digest = pipeline.digest(&input, &options);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build();
    let mut digest = runtime.unwrap().block_on(digest).unwrap();
    let understanding = understand(&article);
    let recheck = Recheck::new(&article, &understanding);
    let questions = paragraphs.iter().map(|at| PARAGRAPHS[*at].1);
    let answered = questions.map(|asked| recheck.answer(asked, 60).unwrap());
    digest.faq = answered.filter_map(pair).take(count).collect();
    drop(recheck);
    Version {
        understanding,
        digest,
        article,
    }
}

/// An article that goes from version to version.
#[derive(Default)]
struct Life {
    content: Content,
    source: String,
    version: i64,
    made: usize,
}

impl Life {
    fn take(&mut self, version: &Version, count: usize) {
        let recheck = Recheck::new(&version.article, &version.understanding);
        let is_same_text = self.source == version.article.text;
        self.version += i64::from(!is_same_text);
        let merging = Merging {
            job: "job",
            version: self.version,
            is_same_text,
            recheck: &recheck,
            is_same_reading: version.digest.provenance.source_sha256
                == hex_sha256(version.article.text.as_bytes()),
            digest: version.digest.clone(),
            count,
            most_items: 100,
        };
        let made = &mut self.made;
        self.content = merge(std::mem::take(&mut self.content), merging, &mut || {
            *made += 1;
            made.to_string()
        });
        self.source.clone_from(&version.article.text);
    }

    fn changes(&self) -> &Changes {
        self.content.changes.as_ref().unwrap()
    }

    fn pairs(&self) -> Vec<Item> {
        self.content.of_kind(Kind::Pair).cloned().collect()
    }

    /// What has to be true of any content.
    fn check(&self) {
        for item in &self.content.items {
            for evidence in item.evidence() {
                assert_eq!(
                    &self.source[evidence.start..evidence.end],
                    evidence.quote,
                    "{item:?}"
                );
            }
            let peers = self.content.of_kind(item.kind);
            assert_eq!(peers.filter(|it| it.position == item.position).count(), 1);
            if item.state == ItemState::Stale {
                assert!(item.is_protected(), "{item:?}");
            }
        }
        assert!(
            self.content
                .of_kind(Kind::Topic)
                .filter(|it| it.is_shown())
                .count()
                <= 1
        );
    }
}

fn mark() -> Mark {
    Mark {
        by: Some("editor".to_owned()),
        at: String::new(),
    }
}

fn edit(life: &mut Life, id: &str, edit: &Edit) {
    let with = Checking {
        recheck: None,
        bounds: Bounds {
            items: 100,
            bytes: 4000,
        },
    };
    life.content.edit(id, edit, &mark(), &with).unwrap();
}

#[test]
fn what_still_holds_is_kept_word_for_word_with_its_new_places() {
    let mut life = Life::default();
    life.take(&version(&[0, 1, 2, 3], 8), 8);
    assert!(life.pairs().len() >= 3, "{:?}", life.pairs());
    assert_eq!(life.changes().added.len(), life.content.items.len());
    let before = life.content.items.clone();
    // The same text again changes nothing.
    life.take(&version(&[0, 1, 2, 3], 8), 8);
    assert_eq!(life.content.items, before);
    assert_eq!(life.changes().kept.len(), before.len());
    // A paragraph before all: everything moves, nothing is reworded.
    let moved = [5, 0, 1, 2, 3];
    life.take(&version(&moved, 8), 8);
    life.check();
    for old in before.iter().filter(|it| it.kind == Kind::Pair) {
        let now = life.content.item(&old.id).unwrap();
        assert_eq!((&now.question, &now.text), (&old.question, &old.text));
        assert!(
            life.changes().moved.contains(&old.id),
            "{:?}",
            life.changes()
        );
    }
    assert!(life.changes().dropped.is_empty() && life.changes().stale.is_empty());
}

#[test]
fn what_falls_is_replaced_unless_somebody_wrote_or_locked_it() {
    let mut life = Life::default();
    life.take(&version(&[0, 1, 2, 3], 8), 8);
    let pairs = life.pairs();
    let about = |words: &str| {
        let found = pairs.iter().find(|it| it.text.contains(words));
        found
            .unwrap_or_else(|| panic!("{words}: {pairs:?}"))
            .clone()
    };
    let (bridge, bus) = (about("Tom Hale"), about("bus line"));
    let text = BRIDGE.to_owned();
    let words = Edit {
        text: Some(text.clone()),
        ..Edit::default()
    };
    edit(&mut life, &bridge.id, &words);
    // Two paragraphs go, two come.
    let newer = [0, 1, 4, 6];
    life.take(&version(&newer, 8), 8);
    life.check();
    let changes = life.changes().clone();
    let edited = life.content.item(&bridge.id).unwrap();
    assert_eq!(
        (edited.text.as_str(), edited.state),
        (text.as_str(), ItemState::Stale)
    );
    assert!(changes.stale.contains(&bridge.id));
    assert!(life.content.item(&bus.id).is_err());
    let replaced = changes.replaced.iter().any(|it| it.old == bus.id);
    assert!(replaced || changes.dropped.contains(&bus.id), "{changes:?}");
    assert!(
        changes
            .fallen
            .iter()
            .any(|it| it.id == bus.id && !it.reasons.is_empty())
    );
    assert_eq!(life.content.state(), ArticleState::Stale);
    // What it rests on comes back, and so does it.
    life.take(&version(&[0, 1, 2, 3], 8), 8);
    let edited = life.content.item(&bridge.id).unwrap();
    assert_eq!(
        (edited.text.as_str(), edited.state),
        (text.as_str(), ItemState::Current)
    );
}

#[test]
fn what_was_turned_down_does_not_come_back() {
    let mut life = Life::default();
    let first = version(&[0, 1, 2, 3], 8);
    life.take(&first, 8);
    let pairs = life.pairs();
    let review = Edit {
        review: Some(Review::Rejected),
        ..Edit::default()
    };
    edit(&mut life, &pairs[0].id, &review);
    life.content.remove(&pairs[1].id).unwrap();
    life.take(&first, 8);
    life.take(&version(&[0, 1, 2, 3, 5], 8), 8);
    life.check();
    let questions: Vec<_> = life
        .pairs()
        .into_iter()
        .filter_map(|it| it.question)
        .collect();
    let count = |asked: &Option<String>| {
        questions
            .iter()
            .filter(|it| Some(*it) == asked.as_ref())
            .count()
    };
    assert_eq!(count(&pairs[0].question), 1, "the rejected one itself");
    assert_eq!(count(&pairs[1].question), 0);
}

/// What happens between two versions.
#[derive(Debug, Clone)]
enum Step {
    Version {
        paragraphs: Vec<usize>,
        count: usize,
    },
    Rewrite {
        at: usize,
        words: String,
    },
    Lock {
        at: usize,
        locked: bool,
    },
    Review {
        at: usize,
        review: Review,
    },
    Move {
        at: usize,
        position: usize,
    },
}

fn steps() -> impl Strategy<Value = Step> {
    let review = prop_oneof![
        Just(Review::Approved),
        Just(Review::Rejected),
        Just(Review::Draft)
    ];
    prop_oneof![
        3 => (prop::sample::subsequence((0..PARAGRAPHS.len()).collect::<Vec<_>>(), 3..6), 1usize..9)
            .prop_map(|(paragraphs, count)| Step::Version { paragraphs, count }),
        2 => (0usize..12, "[A-Z][a-z]{2,8} (won|lost|sold) the [a-z]{3,9} in Harlow\\.")
            .prop_map(|(at, words)| Step::Rewrite { at, words }),
        1 => (0usize..12, any::<bool>()).prop_map(|(at, locked)| Step::Lock { at, locked }),
        1 => (0usize..12, review).prop_map(|(at, review)| Step::Review { at, review }),
        1 => (0usize..12, 0usize..9).prop_map(|(at, position)| Step::Move { at, position }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn no_merge_overwrites_what_somebody_wrote_or_locked(
        steps in prop::collection::vec(steps(), 1..12),
    ) {
        let mut life = Life::default();
        life.take(&version(&[0, 1, 2, 3], 8), 8);
        for step in steps {
            let change = match step {
                Step::Version { paragraphs, count } => {
                    let before = life.content.clone();
                    life.take(&version(&paragraphs, count), count);
                    life.check();
                    stays(&before, &life.content);
                    accounts(&before, &life.content);
                    continue;
                }
                Step::Rewrite { at, words } => (at, Edit { text: Some(words), ..Edit::default() }),
                Step::Lock { at, locked } => (at, Edit { locked: Some(locked), ..Edit::default() }),
                Step::Review { at, review } => (at, Edit { review: Some(review), ..Edit::default() }),
                Step::Move { at, position } => (at, Edit { position: Some(position), ..Edit::default() }),
            };
            let ids: Vec<String> = life.content.items.iter().map(|it| it.id.clone()).collect();
            edit(&mut life, &ids[change.0 % ids.len()], &change.1);
        }
    }
}

/// Every protected item is there after a merge, as it was but for what the check says.
fn stays(before: &Content, after: &Content) {
    for old in before.items.iter().filter(|it| it.is_protected()) {
        let now = after.item(&old.id).expect("a protected item is gone");
        let words = |it: &Item| {
            let sentences: Vec<String> = it.sentences.iter().map(|it| it.text.clone()).collect();
            (it.question.clone(), it.text.clone(), sentences)
        };
        assert_eq!(words(now), words(old));
        assert_eq!(
            (
                now.review,
                now.locked,
                &now.edited,
                &now.reviewed,
                now.origin
            ),
            (
                old.review,
                old.locked,
                &old.edited,
                &old.reviewed,
                old.origin
            )
        );
    }
}

/// Every item of before is told of once, and every new one too.
fn accounts(before: &Content, after: &Content) {
    let changes = after.changes.as_ref().unwrap();
    let olds = changes.replaced.iter().map(|it| &it.old);
    let told = [
        &changes.kept,
        &changes.moved,
        &changes.stale,
        &changes.dropped,
    ];
    let mut told: Vec<&String> = told.into_iter().flatten().chain(olds).collect();
    told.sort();
    let mut had: Vec<&String> = before.items.iter().map(|it| &it.id).collect();
    had.sort();
    assert_eq!(told, had);
    let news = changes.replaced.iter().map(|it| &it.new);
    let news = news.chain(&changes.added).count();
    let new = after.items.iter().filter(|it| before.item(&it.id).is_err());
    assert_eq!(news, new.count());
}
