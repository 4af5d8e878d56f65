//! Rows of a table as evidence. A sentence about a row has its words in another
//! order than the row and its head, so it is held to something else: each
//! number must stand by the column that it is from.

use crate::text::words::content_stems;

/// What stands between the cells of a row.
const CELL_END: &str = "; ";

/// Whether a claim, as its stems, gives the numbers of `row` under the columns
/// that `head` says. A claim that names no column is not clear enough.
pub(super) fn is_aligned(claim: &[String], head: &str, row: &str) -> bool {
    let cells: Vec<Vec<String>> = row.split(CELL_END).map(content_stems).collect();
    let columns = distinct_stems(head);
    let named: Vec<(usize, usize)> = claim
        .iter()
        .enumerate()
        .filter_map(|(at, stem)| Some((at, column_of(&columns, stem)?)))
        .collect();
    let mut numbers = claim
        .iter()
        .enumerate()
        .filter(|(_, stem)| is_number(stem) && column_of(&columns, stem).is_none())
        .peekable();
    numbers.peek().is_some()
        && numbers.all(|(at, number)| {
            let nearest = named.iter().map(|(other, _)| other.abs_diff(at)).min();
            named.iter().any(|(other, column)| {
                let holds = cells.get(*column).is_some_and(|cell| cell.contains(number));
                Some(other.abs_diff(at)) == nearest && holds
            })
        })
}

/// Per column the stems of its head that no other column's head has.
fn distinct_stems(head: &str) -> Vec<Vec<String>> {
    let columns: Vec<Vec<String>> = head.split(CELL_END).map(content_stems).collect();
    let count = |stem: &String| {
        columns
            .iter()
            .filter(|column| column.contains(stem))
            .count()
    };
    columns
        .iter()
        .map(|column| {
            column
                .iter()
                .filter(|stem| count(stem) == 1)
                .cloned()
                .collect()
        })
        .collect()
}

fn column_of(columns: &[Vec<String>], stem: &String) -> Option<usize> {
    columns.iter().position(|column| column.contains(stem))
}

fn is_number(stem: &str) -> bool {
    stem.starts_with(|character: char| character.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "District; Rent in 2025; Rent in 2026; Change";
    const ROW: &str = "Mill Lane; $820; $910; +11.0%";

    fn aligned(claim: &str) -> bool {
        is_aligned(&content_stems(claim), HEAD, ROW)
    }

    #[test]
    fn numbers_stand_by_their_columns() {
        for claim in [
            "The rent on Mill Lane was $820 in 2025 and $910 in 2026.",
            "In 2026 the rent on Mill Lane was $910.",
            "Mill Lane had a change of 11.0 percent.",
        ] {
            assert!(aligned(claim), "{claim}");
        }
    }

    #[test]
    fn numbers_by_other_columns_are_told() {
        for claim in [
            "The rent on Mill Lane was $910 in 2025 and $820 in 2026.",
            "In 2025 the rent on Mill Lane was $910.",
            "In 2025 the rent was $910 and in 2026 it was $820.",
            "The rent on Mill Lane was $910.",
            "The rent on Mill Lane rose.",
        ] {
            assert!(!aligned(claim), "{claim}");
        }
    }
}
