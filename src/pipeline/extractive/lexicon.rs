//! The words that make a template sure. Each list is closed: a word that is not
//! here gives no question.

/// First words after which a subject follows at once.
pub(super) const CONCESSIONS: &[&str] = &["While", "Although", "Though"];

/// First words of opening phrases that end with a comma.
#[rustfmt::skip]
pub(super) const OPENINGS: &[&str] = &[
    "In", "On", "At", "After", "Before", "During", "Since", "While", "Although", "Though", "Despite",
    "Following", "According", "As", "With", "When", "Under", "Amid", "For", "Until", "Earlier",
];

/// Nouns for people; "a teacher from Oslo" is a who.
#[rustfmt::skip]
pub(super) const PEOPLE: &[&str] = &[
    "activist", "actor", "actress", "adviser", "advisor", "ambassador", "analyst", "architect", "artist",
    "astronaut", "athlete", "author", "biologist", "chairman", "chairwoman", "chef", "chemist",
    "coach", "commander", "comedian", "critic", "dancer", "defender", "designer", "detective", "developer", "diplomat",
    "director", "doctor", "economist", "editor", "engineer", "entrepreneur", "executive", "expert", "farmer",
    "filmmaker", "footballer", "forward", "founder", "goalkeeper", "governor", "historian", "journalist", "judge",
    "lawmaker", "lawyer", "lecturer", "leader", "man", "manager", "mathematician", "mayor", "midfielder",
    "minister", "model", "musician", "novelist", "nurse", "officer", "official", "owner", "painter", "partner", "pastor",
    "philosopher", "photographer", "physician", "physicist", "player", "poet", "politician", "president", "priest",
    "producer", "professor", "programmer", "prosecutor", "psychologist", "publisher", "rapper", "reporter", "researcher",
    "scholar", "scientist", "secretary", "senator", "singer", "soldier", "songwriter", "specialist", "spokesman", "spokesperson",
    "spokeswoman", "striker", "student", "surgeon", "teacher", "teenager", "winger", "woman", "writer",
];

/// Nouns for things; "a station on the border" is a what.
#[rustfmt::skip]
pub(super) const THINGS: &[&str] = &[
    "agency", "airline", "airport", "album", "app", "application", "association", "award", "bank", "base", "book", "brand",
    "bridge", "building", "camp", "car", "castle", "charity", "church", "city", "club", "coalition", "college", "company",
    "conference", "country", "database", "device", "disease", "district", "drug", "election", "engine", "event", "facility",
    "festival", "film", "firm", "format", "framework", "game", "group", "hospital", "hotel", "institute", "island", "lake", "language",
    "law", "library", "magazine", "medication", "method", "mountain", "movement", "movie", "museum", "nation", "network", "newspaper",
    "operator", "organisation", "organization", "park", "party", "peninsula", "place", "planet", "platform", "port", "problem", "process", "product",
    "program", "programme", "project", "protocol", "province", "region", "restaurant", "river", "satellite", "school", "service",
    "ship", "show", "site", "spacecraft", "standard", "startup", "state", "station", "store", "street", "studio", "suburb", "syndrome",
    "system", "team", "technique", "technology", "telescope", "theory", "tool", "tournament", "town", "university",
    "vaccine", "venue", "village", "virus", "website",
];

/// Words that end the noun phrase of an apposition.
#[rustfmt::skip]
pub(super) const PHRASE_ENDS: &[&str] = &[
    "of", "for", "in", "on", "at", "who", "which", "that", "with", "from", "to", "and", "near", "by",
    "between", "where", "whose", "since", "about", "under", "outside", "used", "based", "known",
    "located", "designed", "called", "named", "run", "owned", "built", "made", "working", "living",
];

/// Words that make a phrase depend on its sentence.
#[rustfmt::skip]
pub(super) const DEICTIC: &[&str] = &[
    "he", "she", "it", "they", "him", "her", "them", "his", "its", "their", "this", "that", "these",
    "those", "i", "we", "you", "my", "our", "your", "there", "here", "not", "also", "which", "who",
    "himself", "herself", "itself", "themselves", "but", "and", "or", "so", "then",
];

/// Auxiliaries that a question puts before its subject.
pub(super) const AUXILIARIES: &[&str] = &["is", "was", "are", "were", "will", "can", "could"];

/// Verbs of saying: past and present form, and the plain form.
pub(super) const SAYING: &[(&str, &str, &str)] = &[
    ("said", "says", "say"),
    ("stressed", "stresses", "say"),
    ("emphasized", "emphasizes", "say"),
    ("emphasised", "emphasises", "say"),
    ("announced", "announces", "announce"),
    ("argued", "argues", "argue"),
    ("warned", "warns", "warn"),
    ("claimed", "claims", "claim"),
    ("suggested", "suggests", "suggest"),
    ("explained", "explains", "explain"),
    ("confirmed", "confirms", "confirm"),
    ("revealed", "reveals", "reveal"),
    ("insisted", "insists", "say"),
    ("added", "adds", "say"),
    ("noted", "notes", "say"),
    ("predicted", "predicts", "predict"),
    ("promised", "promises", "promise"),
    ("believed", "believes", "believe"),
];

/// Openings of a predicate that leave one thing to ask for: `is expected to` and
/// the question around its subject.
pub(super) const OPEN_PREDICATES: &[(&str, &str, &str)] = &[
    ("is expected to", "What is", "expected to do"),
    ("was expected to", "What was", "expected to do"),
    ("is thought to", "What is", "thought to do"),
    ("is accused of", "What is", "accused of"),
    ("was accused of", "What was", "accused of"),
    ("is charged with", "What is", "charged with"),
    ("was charged with", "What was", "charged with"),
    ("was convicted of", "What was", "convicted of"),
    ("is known for", "What is", "known for"),
    ("was known for", "What was", "known for"),
    ("is used for", "What is", "used for"),
    ("is responsible for", "What is", "responsible for"),
    ("was responsible for", "What was", "responsible for"),
    (
        "has expressed concern about",
        "What has",
        "expressed concern about",
    ),
    (
        "has also expressed concern about",
        "What has",
        "expressed concern about",
    ),
    (
        "expressed concern about",
        "What did",
        "express concern about",
    ),
    ("called for", "What did", "call for"),
    ("agreed to", "What did", "agree to do"),
    ("refused to", "What did", "refuse to do"),
    ("decided to", "What did", "decide to do"),
    ("vowed to", "What did", "vow to do"),
    ("promised to", "What did", "promise to do"),
    ("offered to", "What did", "offer to do"),
    ("tried to", "What did", "try to do"),
    ("plans to", "What does", "plan to do"),
    ("wants to", "What does", "want to do"),
    ("hopes to", "What does", "hope to do"),
    ("aims to", "What does", "aim to do"),
    ("consists of", "What does", "consist of"),
    ("depends on", "What does", "depend on"),
    ("was founded by", "Who founded", ""),
    ("was accompanied by", "Who accompanied", ""),
    ("was designed by", "Who designed", ""),
    ("was invented by", "Who invented", ""),
    ("is owned by", "Who owns", ""),
    ("is run by", "Who runs", ""),
    ("is led by", "Who leads", ""),
];

/// Participles of events that have a place.
#[rustfmt::skip]
pub(super) const PLACED: &[&str] = &[
    "born", "held", "built", "based", "located", "found", "arrested", "buried", "filmed", "founded",
    "staged", "detained", "captured", "spotted", "raised",
];

/// Verbs whose object is an amount.
pub(super) const SPENDING: &[(&str, &str)] = &[
    ("raised", "raise"),
    ("paid", "pay"),
    ("spent", "spend"),
    ("earned", "earn"),
    ("invested", "invest"),
    ("donated", "donate"),
    ("lost", "lose"),
];

/// Past forms that "did" can turn into a question, and their plain forms.
#[rustfmt::skip]
pub(super) const PAST: &[(&str, &str)] = &[
    ("acquired", "acquire"), ("announced", "announce"), ("approved", "approve"), ("arrived", "arrive"),
    ("attacked", "attack"), ("banned", "ban"), ("became", "become"), ("began", "begin"), ("bought", "buy"),
    ("built", "build"), ("came", "come"), ("cancelled", "cancel"), ("closed", "close"), ("created", "create"),
    ("crossed", "cross"), ("declared", "declare"), ("defeated", "defeat"), ("died", "die"), ("ended", "end"),
    ("entered", "enter"), ("fired", "fire"), ("founded", "found"), ("gave", "give"), ("hosted", "host"),
    ("introduced", "introduce"), ("invaded", "invade"), ("issued", "issue"), ("joined", "join"),
    ("landed", "land"), ("launched", "launch"), ("left", "leave"), ("lost", "lose"), ("made", "make"),
    ("married", "marry"), ("met", "meet"), ("moved", "move"), ("opened", "open"), ("ordered", "order"),
    ("passed", "pass"), ("presented", "present"), ("published", "publish"), ("reached", "reach"),
    ("rejected", "reject"), ("released", "release"), ("resigned", "resign"), ("returned", "return"),
    ("signed", "sign"), ("sold", "sell"), ("sought", "seek"), ("started", "start"), ("suspended", "suspend"), ("took", "take"),
    ("toured", "tour"), ("travelled", "travel"), ("traveled", "travel"), ("unveiled", "unveil"), ("visited", "visit"),
    ("voted", "vote"), ("withdrew", "withdraw"), ("won", "win"), ("wrote", "write"),
];

/// People who speak as a group, in reports.
#[rustfmt::skip]
pub(super) const SPEAKERS: &[&str] = &[
    "analysts", "authorities", "critics", "doctors", "economists", "experts", "investigators", "lawyers",
    "observers", "officials", "prosecutors", "researchers", "scientists", "witnesses",
];

/// Verbs of saying in the plural present.
#[rustfmt::skip]
pub(super) const SPEAKING: &[&str] = &[
    "say", "suggest", "believe", "warn", "argue", "expect", "claim", "posit", "think",
];

/// Names that keep their "the" also where the text shows none.
#[rustfmt::skip]
pub(super) const WITH_THE: &[&str] = &[
    "United States", "U.S.", "US", "United Kingdom", "U.K.", "UK", "United Nations", "U.N.", "UN",
    "European Union", "EU", "Netherlands", "Philippines", "White House", "Kremlin", "Pentagon",
    "World Health Organization", "Supreme Court", "Vatican",
];

/// Headings that name a part of any article, not a topic.
#[rustfmt::skip]
pub(super) const GENERIC_HEADINGS: &[&str] = &[
    "abstract", "acknowledgements", "additional", "appendix", "background", "bibliography", "conclusion",
    "conclusions", "contents", "context", "contributors", "credits", "details", "discussion", "faq", "faqs", "final", "further",
    "introduction", "key", "links", "methods", "more", "next", "note", "notes", "other", "overview", "references", "related",
    "resources", "results", "see", "sources", "summary", "takeaways", "thoughts", "tldr", "updates", "video", "wrapping",
];
