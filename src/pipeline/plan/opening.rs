//! The first word of a question: suggested by what a passage holds, and spread
//! so that where others fit not all ask "What …".

use std::sync::LazyLock;

use regex::Regex;

/// How a question starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Opening {
    /// "What", which fits any passage.
    What,
    /// "How", which fits most.
    How,
    /// "Why", for passages that give a reason.
    Why,
    /// "Who", for passages about what people did or said.
    Who,
    /// "Where", for passages that name a place.
    Where,
    /// "When", for passages that name a time.
    When,
    /// "How many", for passages that count something.
    HowMany,
}

impl Opening {
    /// Every opening.
    pub const ALL: [Self; 7] = [
        Self::Why,
        Self::When,
        Self::Where,
        Self::HowMany,
        Self::Who,
        Self::What,
        Self::How,
    ];

    /// The words themselves.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::What => "What",
            Self::How => "How",
            Self::Why => "Why",
            Self::Who => "Who",
            Self::Where => "Where",
            Self::When => "When",
            Self::HowMany => "How many",
        }
    }

    /// How well it fits a passage; 0 when the passage cannot answer it.
    fn fit(self, passage: &str) -> f32 {
        let cued = |cue: &Regex, weight| if cue.is_match(passage) { weight } else { 0.0 };
        match self {
            Self::What => 1.7,
            Self::How => 1.1,
            Self::Why => cued(&REASON, 2.2),
            Self::When => cued(&TIME, 1.2),
            Self::Where => cued(&PLACE, 1.3),
            Self::Who => cued(&PERSON, 1.3),
            Self::HowMany => cued(&COUNT, 1.2),
        }
    }
}

/// What one more use of an opening costs it.
const REPEAT_PENALTY: f32 = 0.35;

/// Chooses openings one after the other.
#[derive(Debug)]
pub(super) struct Variety {
    used: Vec<Opening>,
    most: usize,
}

impl Variety {
    /// For about `asks` questions: no opening takes more than two fifths of them where
    /// another fits.
    pub(super) fn new(asks: usize) -> Self {
        Self {
            used: Vec::new(),
            most: (asks * 2 / 5).max(2),
        }
    }

    /// The best opening for a passage that fits it, other than those it has had
    /// already. One that has had its share comes where nothing else fits.
    pub(super) fn choose(&mut self, passage: &str, had: &[Opening]) -> Option<Opening> {
        let fitting = Opening::ALL.into_iter().filter(|it| !had.contains(it));
        let fitting = fitting.filter(|it| it.fit(passage) > 0.0);
        let worth = |it: &Opening| self.worth(*it, passage);
        // The first of equals.
        let best = fitting
            .rev()
            .max_by(|one, other| worth(one).total_cmp(&worth(other)));
        self.used.extend(best);
        best
    }

    fn worth(&self, opening: Opening, passage: &str) -> f32 {
        let times = self.used.iter().filter(|used| **used == opening).count();
        if times >= self.most {
            return -1.0;
        }
        #[expect(clippy::cast_precision_loss, reason = "a digest has tens of questions")]
        let penalty = REPEAT_PENALTY * times as f32;
        (opening.fit(passage) - penalty).max(0.0)
    }
}

/// A pattern of our own; one that does not compile matches nothing, and the
/// tests below would say so.
fn cue(pattern: &str) -> Regex {
    Regex::new(pattern).unwrap_or_else(|_| never())
}

static REASON: LazyLock<Regex> = LazyLock::new(|| {
    cue(
        r"(?i)\b(because|due to|in order to|so that|as a result|thanks to|owing to|citing|the reason|prompted by|aimed at|opportunity to|after (?:\w+ ){0,3}(?:\w+ed|failing))\b",
    )
});
static TIME: LazyLock<Regex> = LazyLock::new(|| {
    cue(
        r"\b(?:[Oo]n |[Tt]his |[Ll]ast |[Nn]ext |[Bb]y |[Ii]n |[Ss]ince |[Uu]ntil )(?:early |late |mid-)?(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|January|February|March|April|May|June|July|August|September|October|November|December|Jan\.|Feb\.|Aug\.|Sept\.|Oct\.|Nov\.|Dec\.|(?:1[89]|20)\d\d|week|month|year|spring|summer|autumn|fall|winter)\b",
    )
});
static PLACE: LazyLock<Regex> = LazyLock::new(|| {
    cue(
        r"\b(?:arrived|stop|stopped|held|located|based|opened|opens|visited|headed|heading|travel(?:l?ed)?|station|took place|moved|built|born|found|near)\b[^.]{0,40}\b(?:in|at|near|to|towards?|outside|from) (?:the )?[A-Z][a-z]+",
    )
});
static PERSON: LazyLock<Regex> = LazyLock::new(|| {
    cue(
        r"\b(?:said|says|told|announced|stressed|added|wrote|led|founded|won|accompanied|welcomed|received|appointed|elected|signed|spokes\w+|President|Minister|Governor|Mayor|Dr\.|director|chief|chair\w*|professor|coach)\b",
    )
});
static COUNT: LazyLock<Regex> = LazyLock::new(|| {
    cue(
        r"\b(?:(?:\d{1,3}(?:,\d{3})+|[1-9]\d{0,2}(?:\.\d+)? (?:million|billion|thousand)|\d{1,3}|two|three|four|five|six|seven|eight|nine|ten|dozens?|hundreds?) (?:of )?(?:\w+ )?[a-z]+s)\b",
    )
});

fn never() -> Regex {
    // An empty class matches nothing and always compiles.
    #[expect(clippy::expect_used, reason = "a constant pattern")]
    Regex::new("[^\\s\\S]").expect("an empty class compiles")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn openings_fit_what_a_passage_holds() {
        let reason = "The road was closed because the river rose.";
        assert!(Opening::Why.fit(reason) > Opening::What.fit(reason));
        assert!(Opening::When.fit("It opened on Monday.") > 0.0);
        assert!(Opening::When.fit("It opened.") <= 0.0);
        assert!(Opening::Where.fit("The train arrived at Khasan.") > 0.0);
        assert!(Opening::HowMany.fit("Some 1,200 houses were lost.") > 0.0);
        assert!(Opening::Who.fit("Mayor Dana Ruiz said no.") > 0.0);
    }

    #[test]
    fn no_opening_takes_more_than_two_fifths() {
        let mut variety = Variety::new(12);
        let passage =
            "Mayor Ruiz said on Monday that 20 houses in Khasan were lost because of rain.";
        let chosen: Vec<_> = (0..12)
            .filter_map(|_| variety.choose(passage, &[]))
            .collect();
        for opening in Opening::ALL {
            assert!(
                chosen.iter().filter(|c| **c == opening).count() <= 4,
                "{chosen:?}"
            );
        }
    }

    #[test]
    fn a_second_question_on_a_passage_starts_otherwise() {
        let mut variety = Variety::new(4);
        let first = variety.choose("It closed because of rain.", &[]);
        let first = first.expect("some opening fits");
        let second = variety.choose("It closed because of rain.", &[first]);
        assert_ne!(Some(first), second);
        let all = variety.choose("It closed.", &[Opening::What, Opening::How]);
        assert_eq!(all, None, "nothing else fits");
    }
}
