//! Closed lists that reading names needs: particles, titles, words that open
//! sentences, and the few countries whose people are not called after them.
//!
//! Lists of names themselves are absent on purpose: they would decide who may
//! be named.

/// Small words inside names.
pub(super) fn is_particle(word: &str) -> bool {
    #[rustfmt::skip]
    const PARTICLES: &[&str] = &[
        "of", "the", "de", "la", "le", "al", "el", "bin", "bint", "ibn", "van", "von", "der", "den",
        "du", "da", "das", "do", "dos", "del", "della", "di", "ter", "ul", "y",
    ];
    PARTICLES.contains(&word)
}

/// Words whose dot ends no sentence.
pub(super) fn is_abbreviation(word: &str) -> bool {
    #[rustfmt::skip]
    const ABBREVIATIONS: &[&str] = &[
        "Mr", "Mrs", "Ms", "Dr", "St", "Gov", "Sen", "Rep", "Gen", "Lt", "Col", "Sgt", "Jr", "Sr",
        "Prof", "Rev", "Hon", "Capt", "Maj", "Cmdr", "Adm", "Mt", "Ft", "Supt", "Messrs", "vs", "No",
    ];
    word.contains('.')
        || ABBREVIATIONS.contains(&word)
        || (word.chars().count() == 1 && word.starts_with(char::is_uppercase))
}

/// Whether `word` is a title when `next` follows.
pub(super) fn is_title(word: &str, next: &str) -> bool {
    #[rustfmt::skip]
    const TITLES: &[&str] = &[
        "Mr", "Mrs", "Ms", "Miss", "Dr", "Doctor", "Gov", "Sen", "Rep", "Gen", "Lt", "Col", "Colonel",
        "Sgt", "Sergeant", "Prof", "Professor", "Rev", "Reverend", "Capt", "Captain", "Adm", "Admiral",
        "King", "Queen", "Prince", "Princess", "Pope", "Sir", "Dame", "Lord", "Lady", "Judge", "Sheikh",
        "Coach", "Detective", "Sheriff", "Inspector", "Bishop", "Archbishop", "Cardinal", "Supt", "Cmdr",
    ];
    #[rustfmt::skip]
    const GENERAL_NAMES: &[&str] = &[
        "Motors", "Electric", "Mills", "Assembly", "Election", "Dynamics", "Hospital",
    ];
    match word {
        "General" => !GENERAL_NAMES.contains(&next),
        _ => TITLES.contains(&word) || is_office(word),
    }
}

/// Titles that are offices: they take "of" and stand alone.
pub(super) fn is_office(word: &str) -> bool {
    #[rustfmt::skip]
    const OFFICES: &[&str] = &[
        "President", "Minister", "Secretary", "Governor", "Chancellor", "Ambassador", "Senator",
        "Representative", "Congressman", "Congresswoman", "Councillor", "Mayor", "Leader", "Chairman",
        "Chairwoman", "Speaker", "Spokesman", "Spokeswoman", "Commissioner", "Officer", "Director",
        "Superintendent",
    ];
    OFFICES.contains(&word)
}

/// Words that "of" continues into a longer name.
pub(super) fn takes_of(word: &str) -> bool {
    #[rustfmt::skip]
    const HEADS: &[&str] = &[
        "Academy", "Association", "Bank", "Battle", "Bay", "Board", "Bureau", "Cape", "Center", "Centre",
        "Chamber", "Chief", "Church", "City", "College", "Commission", "Committee", "Commonwealth",
        "Conference", "Council", "County", "Court", "Day", "Department", "Duchess", "Duke", "Faculty",
        "Federation", "Gulf", "Hall", "House", "Institute", "Institutes", "Isle", "Kingdom", "League",
        "Library", "Ministry", "Museum", "Office", "Order", "Organization", "Organisation", "Party",
        "Republic", "Sea", "School", "Society", "State", "States", "Statue", "Strait", "Tower", "Union",
        "University", "Archbishop", "Bishop", "Prince", "Princess", "King", "Queen", "Lord", "Game",
    ];
    HEADS.contains(&word) || is_office(word)
}

/// Words before an office that belong to it.
pub(super) fn is_role_word(word: &str) -> bool {
    #[rustfmt::skip]
    const ROLE_WORDS: &[&str] = &[
        "Supreme", "Prime", "Defense", "Defence", "Foreign", "Vice", "Deputy", "Interior", "Finance",
        "Chief", "Former", "Assistant", "Attorney", "Lieutenant", "Acting", "Executive", "Health",
        "Press", "Home", "Energy", "Justice", "General", "Police", "Managing", "Party", "Opposition",
        "Under", "Labour", "Trade", "Education",
    ];
    ROLE_WORDS.contains(&word)
}

/// What follows a surname.
pub(super) fn is_suffix(word: &str) -> bool {
    matches!(
        word,
        "Jr" | "Sr" | "II" | "III" | "IV" | "jr" | "sr" | "ii" | "iii" | "iv"
    )
}

/// First words of place names that another place's name ends: "South" Korea.
pub(super) fn is_place_qualifier(word: &str) -> bool {
    #[rustfmt::skip]
    const QUALIFIERS: &[&str] = &[
        "North", "South", "East", "West", "Northern", "Southern", "Eastern", "Western", "Central",
        "New", "Great", "Greater", "Upper", "Lower", "San", "Santa", "St", "Saint", "Los", "Las",
        "El", "Fort", "Mount", "Lake", "Port", "Red", "Black", "White", "Saudi", "United", "Middle",
    ];
    QUALIFIERS.contains(&word)
}

/// Second parts of compounds that make the first part an adjective.
pub(super) fn is_hyphen_adjective(word: &str) -> bool {
    #[rustfmt::skip]
    const ADJECTIVES: &[&str] = &[
        "born", "style", "made", "era", "wide", "held", "area", "built", "run", "led", "friendly",
        "like", "bound", "speaking", "trained", "only", "free", "type", "level", "related", "wing",
        "funded", "sponsored", "designed", "owned", "and", "to",
    ];
    ADJECTIVES.contains(&word)
}

/// Capitalised only because they open a sentence, also before a name.
pub(super) fn is_modifier(word: &str) -> bool {
    #[rustfmt::skip]
    const MODIFIERS: &[&str] = &[
        "former", "current", "late", "early", "fellow", "speaking", "ex", "local", "young", "old",
        "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "last", "next",
        "said", "says", "asked", "according", "unlike", "like", "including", "following", "given",
        "today", "yesterday", "tomorrow", "earlier", "later", "recently", "then", "dear", "ask", "see",
        "using", "visiting", "leaving", "meeting", "calling", "citing", "besides", "beyond", "except",
        "outside", "inside", "near", "regarding", "concerning", "ahead", "did", "does", "contributors",
    ];
    MODIFIERS.contains(&word)
}

/// Lower-case words that open sentences and are no names, by list or by ending.
pub(super) fn is_common(word: &str) -> bool {
    #[rustfmt::skip]
    const ENDINGS: &[&str] = &[
        "tion", "tions", "sion", "sions", "ment", "ments", "ness", "ity", "ities", "ists", "ing",
        "ings", "ances", "ences", "ers", "fully", "ally", "ately", "ently", "antly", "ably", "ibly",
        "ously", "ively", "edly", "ingly", "ware", "ships", "ures", "able", "ible", "ful", "less",
        "ology", "graphy", "ism", "isms", "ised", "ized", "wise", "ward", "wards",
    ];
    let place = matches!(word, "beijing" | "boeing" | "nanjing" | "delaware");
    let ending = word.len() > 5 && ENDINGS.iter().any(|ending| word.ends_with(ending));
    is_modifier(word) || COMMON.binary_search(&word).is_ok() || (ending && !place)
}

/// Sorted for binary search.
#[rustfmt::skip]
const COMMON: &[&str] = &[
    "access", "action", "actions", "activists", "adults", "age", "aid", "air", "allegations",
    "allies", "analysis", "analysts", "animals", "answer", "anybody", "apart", "apparently", "apps",
    "army", "art", "articles", "artists", "attempts", "attorneys", "audio", "audit", "authorities",
    "authors", "background", "bad", "based", "beautiful", "benefits", "best", "better", "big",
    "bills", "birds", "black", "board", "bodies", "books", "born", "boys", "breakfast", "brothers",
    "budget", "business", "businesses", "buyers", "call", "calls", "camera", "cameras",
    "campaigners", "cars", "case", "cases", "cash", "census", "certain", "change", "changes",
    "check", "child", "children", "cities", "citizens", "city", "claims", "clearly", "clients",
    "climate", "clinical", "closer", "club", "coaches", "code", "coffee", "cold", "come",
    "comments", "common", "companies", "company", "concern", "concerns", "congratulations",
    "consider", "contact", "contributors", "cops", "costs", "councillors", "countless", "countries",
    "couples", "court", "courts", "create", "crews", "crime", "critics", "crowds", "current",
    "customers", "daily", "data", "day", "days", "dead", "death", "deaths", "demand", "democracy",
    "details", "diplomats", "doctors", "dogs", "don", "donors", "dozens", "drivers", "drugs",
    "easy", "economists", "editors", "education", "effective", "efforts", "elections", "electric",
    "emails", "employees", "energy", "engineers", "environmental", "environmentalists",
    "essentially", "estimates", "evening", "events", "eventually", "evidence", "exactly",
    "examples", "excellent", "experts", "eye", "eyewitnesses", "fact", "facts", "fair", "families",
    "family", "famous", "fans", "far", "farmers", "fears", "feature", "features", "federal",
    "fewer", "figures", "files", "final", "fine", "fire", "firefighters", "firms", "fish",
    "flights", "food", "footage", "forces", "foreign", "forget", "fortunately", "free", "fresh",
    "friends", "fuel", "full", "funding", "funds", "future", "games", "gas", "generally", "get",
    "girls", "give", "global", "go", "good", "government", "governments", "great", "green", "group",
    "groups", "growth", "half", "hard", "head", "health", "heavy", "help", "high", "higher",
    "historically", "home", "homes", "hopefully", "hospitals", "host", "hours", "house", "houses",
    "human", "hundreds", "ideas", "images", "imagine", "immediately", "incidents", "income",
    "increasingly", "individuals", "industrial", "industry", "inflation", "initially", "insiders",
    "interest", "international", "interviews", "investors", "issues", "item", "items", "jobs",
    "journalists", "judges", "justice", "keep", "key", "kids", "land", "large", "lawmakers", "laws",
    "lawyers", "leaders", "learn", "leave", "legal", "let", "life", "likely", "limited", "little",
    "living", "locals", "location", "long", "longer", "look", "lots", "low", "lower", "lunch",
    "main", "major", "make", "male", "managers", "manufacturers", "marine", "market", "markets",
    "match", "maybe", "media", "medical", "members", "men", "merchants", "middle", "migrants",
    "military", "millions", "ministers", "minutes", "missing", "modern", "mom", "money", "month",
    "months", "mostly", "mother", "mothers", "mountain", "moving", "murder", "music", "national",
    "naturally", "nearby", "nearly", "need", "negotiations", "neighbors", "neighbours", "new",
    "news", "night", "nobody", "normal", "normally", "note", "nothing", "notice", "numbers",
    "nurses", "obviously", "officers", "official", "officials", "oil", "open", "opponents",
    "opposition", "orders", "original", "originally", "owners", "pages", "parents", "part",
    "parties", "parts", "passengers", "past", "patients", "pay", "peace", "people", "personally",
    "photographs", "photos", "pictured", "pictures", "place", "plans", "players", "please",
    "plenty", "plus", "points", "police", "policy", "political", "politicians", "polls", "poor",
    "popular", "possible", "posts", "power", "present", "press", "previous", "previously", "prices",
    "prior", "prison", "private", "probably", "problems", "products", "profits", "programs",
    "projects", "proponents", "prosecutors", "protests", "public", "publishers", "pupils", "put",
    "question", "questions", "quick", "rain", "rates", "read", "readers", "real", "really",
    "reasons", "recent", "records", "red", "refugees", "relations", "relatives", "religious",
    "remember", "reports", "rescue", "research", "residents", "results", "retail", "revenue",
    "rights", "roads", "roughly", "rules", "rumors", "rumours", "run", "sadly", "safety", "sales",
    "schools", "science", "scores", "scroll", "search", "seconds", "security", "senior", "separate",
    "services", "set", "sexual", "shares", "shops", "short", "shortly", "show", "similar", "simple",
    "simply", "single", "sites", "skies", "small", "snow", "social", "soldiers", "somebody",
    "sometimes", "sources", "space", "special", "sports", "staff", "start", "state", "states",
    "stations", "step", "steps", "stocks", "stories", "storms", "story", "streets", "strong",
    "students", "studies", "study", "suddenly", "summer", "support", "supporters", "sure", "surely",
    "surprisingly", "surveys", "survivors", "take", "talk", "talks", "tax", "taxes", "teams",
    "tech", "technology", "teens", "tests", "thank", "thankfully", "thanks", "things", "think",
    "thousands", "tickets", "time", "times", "tips", "total", "tourists", "trade", "traders",
    "traffic", "trains", "travel", "trees", "troops", "true", "try", "turn", "twice", "typically",
    "unfortunately", "union", "unions", "universities", "unknown", "update", "usage", "use",
    "users", "usually", "vehicles", "victims", "video", "videos", "villages", "visitors",
    "volunteers", "voters", "votes", "wages", "walking", "want", "war", "warnings", "watch",
    "water", "weapons", "weather", "websites", "weeks", "welcome", "western", "white", "wild",
    "wind", "winds", "winners", "winter", "witnesses", "women", "words", "work", "workers", "world",
    "worldwide", "worse", "writers", "wrong", "year", "years", "young",
];

/// Different names for one thing, lower-case and without dots.
#[rustfmt::skip]
pub(super) const ALIASES: &[&[&str]] = &[
    &["us", "usa", "united states of america", "united states", "america", "american", "americans"],
    &["uk", "united kingdom", "great britain", "britain", "british", "britons", "briton"],
    &["un", "united nations"],
    &["eu", "european union"],
    &["uae", "united arab emirates", "emirati"],
    &["dprk", "north korea", "north korean"],
    &["covid-19", "covid 19", "covid", "coronavirus"],
    &["germany", "german", "germans"], &["france", "french"], &["spain", "spanish"],
    &["netherlands", "dutch"], &["ireland", "irish"], &["wales", "welsh"], &["greece", "greek"],
    &["poland", "polish"], &["turkey", "turkish", "türkiye"], &["denmark", "danish"],
    &["sweden", "swedish"], &["finland", "finnish"], &["switzerland", "swiss"],
    &["thailand", "thai"], &["philippines", "philippine", "filipino"],
    &["afghanistan", "afghan"], &["uzbekistan", "uzbek"], &["kazakhstan", "kazakh"],
    &["czechia", "czech republic", "czech"], &["scotland", "scottish"], &["england", "english"],
    &["west", "western"], &["europe", "european"], &["argentina", "argentine", "argentinian"],
    &["norway", "norwegian"], &["portugal", "portuguese"], &["arabia", "arab", "arabic"],
    &["peru", "peruvian"], &["iceland", "icelandic"], &["lebanon", "lebanese"],
];

/// What a demonym may be derived from, in its own case: "Iranian" from "Iran",
/// "Irania", … Most do not exist; the caller looks them up.
pub(super) fn countries_of(word: &str) -> Vec<String> {
    const RULES: &[(&str, &[&str])] = &[
        ("ian", &["", "ia", "e", "y", "a"]),
        ("an", &["", "a"]),
        ("n", &[""]),
        ("ese", &["", "a", "o"]),
        ("i", &[""]),
        ("ish", &["", "land"]),
    ];
    let mut found = Vec::new();
    for (ending, replacements) in RULES {
        let Some(stem) = word.strip_suffix(ending).filter(|stem| stem.len() > 2) else {
            continue;
        };
        found.extend(replacements.iter().map(|new| format!("{stem}{new}")));
    }
    found.extend(alias_country(word));
    found
}

/// What the people of a lower-case country may be called.
pub(super) fn demonyms_of(word: &str) -> Vec<String> {
    const ENDINGS: &[&str] = &["n", "an", "ian", "ese", "i", "ish"];
    let stems = ["ia", "e", "y", "a"]
        .iter()
        .filter_map(|ending| word.strip_suffix(ending));
    std::iter::once(word)
        .chain(stems)
        .filter(|stem| stem.len() > 2)
        .flat_map(|stem| ENDINGS.iter().map(move |ending| format!("{stem}{ending}")))
        .collect()
}

/// "American" is "United States", which no rule of spelling gives.
fn alias_country(word: &str) -> Option<String> {
    let country = match word {
        "American" | "Americans" => "United States",
        "British" => "Britain",
        "German" | "Germans" => "Germany",
        "French" => "France",
        "Spanish" => "Spain",
        "Dutch" => "Netherlands",
        "Irish" => "Ireland",
        "Greek" => "Greece",
        "Norwegian" => "Norway",
        "Danish" => "Denmark",
        "Western" => "West",
        "Afghan" => "Afghanistan",
        _ => return None,
    };
    Some(country.to_owned())
}
