//! Sentences that speak to a language model and not to a reader: orders to
//! forget what came before, to answer in some way, to play a part; the marks of
//! turns and of system prompts. Leaf function over one sentence.
//!
//! Patterns of how such text is built, in the languages listed, and never of
//! single attacks. A pattern that a news sentence could meet is anchored at the
//! sentence's start, where an order has its verb and a report has its subject.

use std::sync::LazyLock;

use regex::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};

/// Words that may stand before an order.
const LEAD: &str = r#"^[\s"'“‘<>*_#-]*(?:(?:please|now|then|also|just|always|only|first|finally|next|important|attention|note|bitte|por favor|ahora|veuillez|maintenant)[,:!]?\s+){0,3}"#;

/// Orders and marks; `^` and the word `LEAD` are put before those that start a
/// sentence. Matched without regard to case.
const ANYWHERE: &[&str] = &[
    // To forget what came before.
    r"\b(?:ignore|disregard|forget|override|bypass|skip|neglect|overlook)\b[^.!?]*\b(?:previous|prior|above|earlier|preceding|foregoing|following|existing|original|initial|other|all|any|your|these|those|system)\b[^.!?]*\b(?:instructions?|prompts?|directions|directives?|commands?|guidelines?|guardrails|programming|info|documents?|snippets|text above)\b",
    r"\b(?:i want|i need|want|would like) you to (?:ignore|disregard|forget|act|pretend|simulate|respond|reply|answer|print|write)\b",
    r"\b(?:ignorier\w*|vergiss|vergessen sie|missachte\w*)\b[^.!?]*\b(?:vorherig\w*|vorig\w*|bisherig\w*|obig\w*|vorangegangen\w*|vorstehend\w*|alle)\b[^.!?]*\b(?:anweisung\w*|instruktion\w*|befehl\w*|vorgaben|prompts?|regeln)\b",
    r"\b(?:ignor[ae]n?|olvid[ae]n?|omite|descart[ae])\b[^.!?]*\s(?:instrucci[oó]n\w*|indicaci[oó]n\w*|[oó]rdenes|reglas|prompts?)\b[^.!?]*\b(?:anterior\w*|previ[ao]s?|precedentes?|de arriba)\b",
    r"\b(?:ignore[rz]?|oublie[rz]?|ne tiens pas compte|ne tenez pas compte)\b[^.!?]*\b(?:instructions?|consignes?|ordres|directives|r[eè]gles|prompts?)\b[^.!?]*\b(?:pr[eé]c[eé]dente?s?|ant[eé]rieure?s?|ci-dessus|pr[eé]alables?)\b",
    // To play a part.
    r"\byou are (?:now|no longer|from now on|going to (?:act|pretend|play|simulate))\b[^.!?]*\b(?:ai|assistant|chatbot|bot|model|gpt|mode|persona|character|pirate|act|act as|pretend|play|role)\b",
    r"\bfrom now on,? (?:you|your|respond|reply|answer|act|always|only)\b",
    r"\b(?:act|behave|respond|reply|answer|pretend) (?:as if you|as though you|like you) (?:are|were)\b",
    r"\bpretend (?:to be|that you|you are)\b[^.!?]*\b(?:ai|assistant|chatbot|model|gpt|persona|mode)\b",
    r"\byou are an? (?:(?:helpful|large|new|harmless|powerful|unrestricted|evil|honest) ){0,2}(?:ai|a\.i\.|assistant|chatbot|language model|llm)\b",
    r"\b(?:as|being) an ai (?:language )?(?:model|assistant)\b",
    r"\b(?:developer|dan|jailbreak|god|sudo|admin|debug) mode (?:enabled|activated|on|output)\b|\bdo anything now\b",
    r"\b(?:du bist|sie sind) (?:jetzt|nun|ab sofort|ab jetzt|von nun an)\b[^.!?]*\b(?:ki|assistent\w*|chatbot|modell|sprachmodell)\b|\b(?:ab sofort|ab jetzt|von nun an) (?:bist|wirst|antwortest|sollst) du\b",
    r"\b(?:ahora eres|a partir de ahora,? (?:eres|ser[aá]s|act[uú]a|responde|debes)|de ahora en adelante,? (?:eres|ser[aá]s|responde|debes))\b",
    r"\b(?:tu es|vous [eê]tes) (?:d[eé]sormais|maintenant|à pr[eé]sent) une? (?:ia|assistante?|chatbot|mod[eè]le)\b|(?:à partir de maintenant|d[eé]sormais),? (?:tu (?:es|dois|r[eé]ponds)|vous (?:devez|r[eé]pondrez))\b",
    // About prompts, answers and users.
    r"\b(?:system|initial|hidden|original|secret) prompts?\b|\bprompt injection\b|\b(?:new|updated|additional|secret|hidden|special) (?:system )?instructions? (?:for|to) (?:the |you|your |any |all )?(?:ai|assistant|model|chatbot|llm|bot|you)\b|\bsystemprompts?\b|\bsystem-prompts?\b|\bprompt del sistema\b|\binstrucciones del sistema\b|\bprompt syst[eè]me\b|\binvite syst[eè]me\b",
    r"\b(?:in|to|into|within|of|from|throughout) (?:your|any of your|all of your|any of your your|all your|each of your) (?:(?:next|final|own|generated|entire|summary|last) )?(?:responses?|repl(?:y|ies)|answers?|outputs?|summar(?:y|ies))\b",
    r"\b(?:in|an|zu) (?:deiner|deine|ihrer|ihre) (?:antwort|zusammenfassung|ausgabe)\b|\ben (?:tu|su) (?:respuesta|resumen)\b|\bdans (?:ta|votre|ton) (?:r[eé]ponse|r[eé]sum[eé])",
    r"\b(?:if|when|whenever) (?:the |a |any )?user (?:asks?|requests?|wants|inquires|says|prompts|mentions)\b",
    r"\b(?:do not|don't|never|must not|should not) (?:mention|reveal|tell|disclose|inform|alert|notify|show|warn)\b[^.!?]*\b(?:the user|these instructions|this instruction|this prompt|your instructions)\b",
    r"\b(?:reveal|repeat|print|show|output|leak|disclose|display) (?:me )?(?:your|the|all) (?:(?:system|hidden|secret|initial|original|internal|full) )?(?:prompt|instructions|guidelines)\b",
    r"\b(?:and|but)? ?(?:absolutely )?nothing else\b[^.!?]*\b(?:brackets|following|output|reply|respond)\b|\b(?:reply|respond|answer) with (?:only|just|exactly|nothing but)\b|\bjust (?:print|output)\b",
    r"\bfocus (?:only|exclusively|solely) on the following\b|\bprovide it to the user\b|\bbetween the (?:<> )?brackets\b",
    r"\b(?:decode|decrypt|decipher|unscramble|execute|run)\b[^.!?]*\b(?:base ?64|rot ?13|hex(?:adecimal)?|cipher ?text|the following (?:string|text|message|code|command)|this (?:string|payload))\b",
];

/// The same for orders with which a sentence starts.
const AT_START: &[&str] = &[
    r"[a-z0-9-]+(?:,? (?:and|or) [a-z0-9-]+)?\b[^.!?]*\b(?:your|you) (?:(?:own|final|next|entire|whole|answer's|response's|reply's) )?(?:responses?|repl(?:y|ies)|answers?|outputs?|messages?)(?:'s .*| (?:in|as|to|into|using|with|so|by|and|on|for|from)\b.*|[^a-z0-9]*)$",
    r"(?:say|print|output|reply|respond|answer|repeat|type)\b[^.!?]*\b(?:only|exactly|verbatim|nothing but|the following|in the style of|with an? \w+ (?:accent|voice)|in (?:all caps|json|base64|pirate)|the words?)\b",
    r"(?:translate|paraphrase|summari[sz]e|rewrite|rephrase|proofread|classify|recite|complete|continue) (?:this|the following|the above|the (?:given )?(?:text|sentence|article|passage|paragraph|document)|everything|all of|your|it|['“‘\x22])",
    r"(?:write|compose|draft|generate|develop|create|produce|craft|prepare|design) (?:me |us )?(?:an?|the|some|two|three|\d+|another) (?:[a-z0-9-]+ ){0,3}(?:poems?|essays?|stor(?:y|ies)|letters?|speech(?:es)?|e-?mails?|tweets?|posts?|scripts?|articles?|summar(?:y|ies)|reports?|paragraphs?|code|functions?|programs?|haikus?|songs?|reviews?|sentences?|captions?|headlines?|jokes?|slogans?|taglines?|dialogues?|responses?|repl(?:y|ies)|prompts?)\b",
    r"(?:tell|inform|convince|persuade|instruct|direct|urge|remind|ask|advise|encourage) the user\b",
    r"(?:determine|detect|identify|analy[sz]e|classify|evaluate) the (?:sentiment|tone|emotion|language|mood) (?:of|in|behind|expressed)\b",
    r"(?:could|can|would|will) you (?:please )?(?:repeat|print|output|write|translate|summari[sz]e|recite|say)\b[^?]*\b(?:for me|please|to me)\b",
    r"(?:antworte|antworten sie|schreib|schreibe|gib|geben sie)\b[^.!?]*\b(?:nur|ausschlie[sß]+lich|immer|stets)\b[^.!?]*\b(?:mit|auf|in)\b",
    r"(?:responde|responda|escribe|contesta|di)\b[^.!?]*\b(?:solo|s[oó]lo|solamente|[uú]nicamente|siempre)\b[^.!?]*\b(?:con|en)\b",
    r"(?:r[eé]ponds|r[eé]pondez|[eé]cris|[eé]crivez|dis)\b[^.!?]*\b(?:uniquement|seulement|toujours|exclusivement)\b[^.!?]*\b(?:avec|en|par)\b",
    r"(?:stop|abort|halt) everything\b",
];

/// The same for orders that are ordinary in a guide or a recipe: they count when
/// the sentence is a paragraph by itself.
const ALONE: &[&str] = &[
    r"(?:explain|describe|discuss|define|outline|summari[sz]e|list|name|compare|recommend|suggest|determine|calculate|translate|recite|elaborate on|teach|tell|give|provide|show|explore|analy[sz]e) (?:me |us )?(?:an?|the|some|how|why|what|your|three|five|ten|\d+|information|tips|advice|ways)\b[^!?]*[.]?[”\x22']?$",
];

/// Marks of turns, prompts and containers, which no article has.
const MARKS: &[&str] = &[
    // A comment of HTML, where text is read as it stands; not those that blocks of
    // content systems and our own output are made of (`wp:`, `/wp:`, `afterword:`).
    r"<!--\s*(?:[^\s/aw]|a[^f]|w[^p])",
    r"<\|[a-zA-Z0-9_ /:-]{2,30}\|>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>|<(?:end|start|begin|beginning) of (?:session|text|turn|prompt|conversation|document|context|instructions?|message)s?>",
    r"^\s*</?(?:system|assistant|user|human|instructions?|prompt|article|document|context|source|input|text|content|data)(?:\s[^>]*)?>",
    r"(?:^|[>\]]\s*|-{3,}\s*|={3,}\s*|\n\s*)(?:System|Assistant|User|Human|SYSTEM|ASSISTANT|USER|HUMAN|AI|Developer)(?: prompt| message)?\s?:\s",
    r"^\s*#{2,}\s*(?i:instructions?|system|assistant|user|human|response|prompt|input|new task)\b\s*:?",
    r#""\s*\}?\s*[\]}]\s*,\s*"\w+"\s*:\s*""#,
    r"(?i)<[a-z]+[^>]*\bstyle\s*=[^>]*(?:display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0|opacity\s*:\s*0)",
];

static ORDERS: LazyLock<RegexSet> = LazyLock::new(|| {
    let anchored = AT_START
        .iter()
        .map(|pattern| format!("{LEAD}(?:{pattern})"));
    let anywhere = ANYWHERE.iter().map(|pattern| (*pattern).to_owned());
    set(anywhere.chain(anchored), true)
});
static LONE_ORDERS: LazyLock<RegexSet> = LazyLock::new(|| {
    set(
        ALONE.iter().map(|pattern| format!("{LEAD}(?:{pattern})")),
        true,
    )
});
static MARK: LazyLock<RegexSet> =
    LazyLock::new(|| set(MARKS.iter().map(|pattern| (*pattern).to_owned()), false));
/// A first word with which no order starts: it asks, names or joins.
static NO_ORDER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let pattern = format!(
        r"{LEAD}(?:i|we|he|she|it|they|you|your|his|her|its|their|our|my|the|a|an|this|that|these|those|there|here|what|when|where|who|whose|why|how|which|if|as|and|but|or|so|because|after|before|while|with|at|on|for|by|from|did|do|does|is|are|was|were|has|have|had|will|would|can|could|should|may|thank|thanks|yes|no|\w+(?:ed|ing|ly))\b"
    );
    RegexBuilder::new(&pattern)
        .case_insensitive(true)
        .build()
        .ok()
});
static BLOB: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?:^|[\s:\x22'`(])([A-Za-z0-9+/]{40,}={0,2})(?:$|[\s\x22'`).,])").ok()
});

/// A pattern that does not compile leaves the set empty; a test forbids it.
///
/// Word boundaries are those of ASCII: with those of Unicode the engine takes
/// its slowest way through every sentence.
fn set(patterns: impl Iterator<Item = String>, is_caseless: bool) -> RegexSet {
    let ascii = |pattern: String| {
        pattern
            .replace(r"\b", r"(?-u:\b)")
            .replace(r"\w", r"(?-u:\w)")
    };
    RegexSetBuilder::new(patterns.map(ascii))
        .case_insensitive(is_caseless)
        .size_limit(1 << 26)
        .build()
        .unwrap_or_else(|_| RegexSet::empty())
}

/// Whether `sentence` speaks to a language model. `is_alone` says that it is a
/// paragraph by itself. Linear in its length.
#[must_use]
pub fn is_instruction_like(sentence: &str, is_alone: bool) -> bool {
    let sentence = sentence.replace('’', "'");
    MARK.is_match(&sentence)
        || is_order(&sentence)
        || (is_alone && LONE_ORDERS.is_match(&sentence))
        || has_blob(&sentence)
}

fn is_order(sentence: &str) -> bool {
    let matched = ORDERS.matches(sentence);
    // The first anchored pattern takes any verb, so the first word has to be one.
    let any_verb = ANYWHERE.len();
    matched
        .iter()
        .any(|index| index != any_verb || !starts_no_order(sentence))
}

fn starts_no_order(sentence: &str) -> bool {
    NO_ORDER
        .as_ref()
        .is_some_and(|pattern| pattern.is_match(sentence))
}

/// Whether it holds a long run of what looks like base64: letters of both cases
/// and digits, unlike a word, a number or a fingerprint.
fn has_blob(sentence: &str) -> bool {
    let blobs = BLOB.as_ref().map(|blob| blob.captures_iter(sentence));
    let mut blobs = blobs.into_iter().flatten();
    blobs.any(|found| {
        let blob = found.get(1).map_or("", |blob| blob.as_str());
        let has = |is_of: fn(&u8) -> bool| blob.bytes().filter(is_of).count() >= 4;
        has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && has(u8::is_ascii_digit)
    })
}

#[cfg(test)]
mod tests;
