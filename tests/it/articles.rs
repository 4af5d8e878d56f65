//! Articles for tests, written for this purpose: places, people and events in
//! them do not exist.

/// About 260 words of plain text under a title.
pub(crate) const BRIDGE: &str = "\
Port Ellery reopens its harbour bridge after two years

Port Ellery reopened its harbour bridge on Saturday, two years after a cargo ship struck the \
eastern pier. Mayor Ines Calder cut the ribbon at noon before a crowd of 4,000 people.

The repair cost $38 million, because divers found cracks in three piers that the first survey had \
missed. The national transport fund paid $25 million of the bill.

Tomas Wieland, an engineer from Skarra, led the work. Wieland said that the new piers rest on steel \
piles driven 40 metres into the seabed, and that the bridge should last until 2090 if it is painted \
every eight years.

During the closure a ferry carried 1,900 passengers a day between the two shores. Blue Tern \
paid $4 million for two boats. The ferry company Blue Tern will keep one boat in service until March, \
and may sell the other boat to the island of Skarra.

The council rejected a toll in a vote on October 3. Councillor Petra Lund warned that the city had \
not set aside money for maintenance.

Shops in the eastern quarter lost a third of their customers while the bridge was closed. Baker \
Yusuf Demir opened his shop on Harbour Street again a week before the bridge, hoping that visitors \
would return.

The investigation into the collision ended in May. It found that the ship's pilot had misread the \
tide tables, and that the port had no rule against night passages in strong wind. The port authority \
has since banned night passages between November and February.
";

/// A page as readers copy it from a browser: [`BRIDGE`] in the middle of
/// everything else.
pub(crate) fn pasted_page() -> String {
    let (title, body) = BRIDGE.split_once("\n\n").unwrap();
    format!(
        "Home\nNews\nSport\nWeather\nSubscribe\nLog in\nHome > News > Region\n\n\
         {title}\n\nBy Marla Quince\nNovember 14, 2026\n3 min read\n\nShare on Facebook\n\n\
         {body}\n\
         Frequently Asked Questions (FAQs) about Port Ellery's harbour bridge\n\n\
         Who designed the harbour bridge?\n\
         The bridge was designed by Odalys Brandt and won the Corvin Prize.\n\n\
         How much did the bridge repair cost?\n\
         The repair of the bridge cost $77 million in total.\n\n\
         More about the harbour bridge\n\n- Corvin Prize\n- Odalys Brandt\n\n\
         2 Comments\n\n\
         Harbourfan77\nNovember 15, 2026\n\
         The bridge will surely fall down again before Christmas, my cousin Waldo says so.\nReply\n\n\
         Skipper Joe\nNovember 16, 2026\n\
         Everybody knows that the mayor paid for the bridge with lottery money.\nReply\n\n\
         Leave a comment\n\n\
         © 2026 The Ellery Lantern. All rights reserved.\n"
    )
}

/// Words that stand in [`pasted_page`] and not in its article.
pub(crate) const FOREIGN: &[&str] = &[
    "Quince", "Odalys", "Corvin", "$77", "Waldo", "lottery", "Lantern", "Weather", "Facebook",
];

/// An article of `paragraphs` paragraphs, some 45 words each, no two sentences
/// of which are the same.
pub(crate) fn long(paragraphs: usize) -> String {
    let mut article = "How the valley planted its forest\n\n".to_owned();
    for paragraph in 0..paragraphs {
        for sentence in 0..3 {
            article.push_str(&planting(paragraph * 3 + sentence));
            article.push(' ');
        }
        article.push_str("\n\n");
    }
    article
}

fn planting(number: usize) -> String {
    const WHO: [&str; 5] = ["Farmers", "Pupils", "Foresters", "Volunteers", "Neighbours"];
    const TREES: [&str; 7] = [
        "oaks", "birches", "larches", "maples", "alders", "elms", "limes",
    ];
    const WHERE: [&str; 3] = ["along the river", "above the mill", "behind the chapel"];
    let who = WHO[number % WHO.len()];
    let trees = TREES[number % TREES.len()];
    let place = WHERE[number % WHERE.len()];
    let (count, year) = (1000 + number, 1700 + number);
    format!("{who} planted {count} {trees} {place} in {year}, and most of them still stand today.")
}

/// Some 60 words of German.
pub(crate) const GERMAN: &str = "\
Der Stadtrat von Grünhafen hat am Montag beschlossen, die alte Brücke über den Fluss bis zum nächsten \
Winter zu erneuern. Die Arbeiten kosten vier Millionen Euro und beginnen im August. Bis dahin fährt \
alle zwanzig Minuten eine Fähre vom nördlichen Ufer ab. Die Bürgermeisterin sagte, niemand müsse \
länger als eine halbe Stunde warten, und die Fahrt bleibe für Schüler kostenlos.";

/// Three sentences of Japanese.
pub(crate) const JAPANESE: &str = "\
港の委員会は月曜日に、冬が来る前に古い橋を建て直すことを決定した。工事は八月に始まり、費用は四億円に\
なる見込みである。それまでの間、北側の岸から二十分ごとに渡し船が運航され、学生は無料で利用できる。";

/// Markdown of at least `words` words: chapters of sections, many people and
/// places, no two sentences alike. The last sentence is [`LAST`].
pub(crate) fn report(words: usize) -> String {
    let mut report = "# How the Orrin valley rebuilt its towns\n\n".to_owned();
    let mut written = 0;
    let mut number = 0;
    for section in 0.. {
        if written >= words {
            break;
        }
        let level = if section % 4 == 0 { "##" } else { "###" };
        let heading = format!("{level} Rebuilding {} after the flood\n\n", place(section));
        report.push_str(&heading);
        for _ in 0..6 {
            let paragraph: Vec<String> = (number..number + 3).map(finding).collect();
            number += 3;
            let paragraph = paragraph.join(" ");
            written += paragraph.split_whitespace().count();
            report.push_str(&paragraph);
            report.push_str("\n\n");
        }
    }
    report + "## The end of the work\n\n" + LAST + "\n"
}

/// How [`report`] ends.
pub(crate) const LAST: &str =
    "Surveyor Quenby Harrowgate closed the last file of the Orrin valley in Tollmouth on Friday.";

/// What is found is put together from lists of different lengths, so that no two
/// sentences share more than a few words.
fn finding(number: usize) -> String {
    const DID: [&str; 11] = [
        "built", "sold", "lost", "bought", "closed", "opened", "visited", "moved", "left",
        "ordered", "launched",
    ];
    const THINGS: [&str; 13] = [
        "houses", "boats", "wells", "barns", "orchards", "looms", "chapels", "cellars", "ovens",
        "gardens", "bridges", "stables", "mills",
    ];
    const REASONS: [&str; 17] = [
        "because the old walls had cracked",
        "after a fire in the market",
        "to keep the harvest dry",
        "because no lender would wait",
        "while the ferry lay idle",
        "after the frost had killed the vines",
        "to house the teachers",
        "because timber was cheap",
        "before the snow came",
        "after the dam had failed",
        "to feed the horses",
        "because the insurers insisted",
        "while soldiers guarded the road",
        "after years of quarrels",
        "to honour the drowned",
        "because salt had spoiled the soil",
        "before the railway arrived",
    ];
    let (who, town) = (person(number), place(number));
    let (did, things) = (DID[number % DID.len()], THINGS[number % THINGS.len()]);
    let reason = REASONS[number % REASONS.len()];
    let (count, year) = (2 + number * 37 % 911, 1900 + number % 120);
    match number % 3 {
        0 => format!("{who}, an engineer from {town}, {did} {count} {things} in {year}, {reason}."),
        1 => format!("The council of {town} paid ${count},000 for {things} in {year}, {reason}."),
        _ => format!("{who} said that {town} {did} {count} {things} in {year}, {reason}."),
    }
}

fn person(number: usize) -> String {
    const FIRST: [&str; 13] = [
        "Ada", "Bruno", "Clara", "Dario", "Edith", "Felix", "Greta", "Hugo", "Irma", "Jonas",
        "Katja", "Leon", "Mara",
    ];
    format!("{} {}", FIRST[number % FIRST.len()], name(number * 5 + 3))
}

fn place(number: usize) -> String {
    const END: [&str; 5] = ["mouth", "ford", "wick", "haven", "stead"];
    format!("{}{}", name(number * 3 + 1), END[number % END.len()])
}

/// Pronounceable, and the same for the same number.
fn name(number: usize) -> String {
    const HEAD: [&str; 11] = [
        "Tor", "Bel", "Kas", "Mor", "Lin", "Var", "Ost", "Gar", "Hel", "Rud", "Pel",
    ];
    const MIDDLE: [&str; 7] = ["a", "en", "i", "ov", "ur", "ell", "ann"];
    const TAIL: [&str; 9] = [
        "dek", "lin", "mar", "son", "ter", "vik", "zel", "rot", "gan",
    ];
    let (head, rest) = (number % HEAD.len(), number / HEAD.len());
    let (middle, rest) = (rest % MIDDLE.len(), rest / MIDDLE.len());
    format!(
        "{}{}{}",
        HEAD[head],
        MIDDLE[middle],
        TAIL[rest % TAIL.len()]
    )
}
