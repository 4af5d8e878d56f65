//! Long articles.
use super::articles::report;
use super::program::extractive;

#[test]
fn measure() {
    for words in [5_000, 10_000, 19_000] {
        let text = report(words);
        std::fs::write(format!("/tmp/report{words}.md"), &text).unwrap();
        let now = std::time::Instant::now();
        let d = extractive(&["--input", "markdown", "--format", "json"], &text);
        println!("{words} {:?} {} {}", now.elapsed(), d.stderr, text.len());
        println!("{:?}", d.digest().provenance);
    }
}
