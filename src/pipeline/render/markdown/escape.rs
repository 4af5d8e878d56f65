//! Escapes a line of text so that a CommonMark reader gives it back unchanged:
//! no heading, list, quote, link, emphasis, code, entity, table or HTML. Also
//! stops what the common dialects add (`~~`, `^`, `{#id}`, Liquid tags). Bare URLs
//! stay as they are; dialects that link them link to what the text says.

/// A brace that dialects do not take for the start of attributes or of a tag;
/// a backslash does not stop them.
const BRACE: &str = "&#123;";

/// Escapes one line, in time and space linear in its length.
pub(super) fn escape(line: &str) -> String {
    let mut escaped = String::with_capacity(line.len() + line.len() / 8);
    let marker = line_marker(line);
    let mut previous = ' ';
    for (offset, c) in line.char_indices() {
        if Some(offset) == marker || is_active(c, previous, &line[offset..]) {
            escaped.push('\\');
        }
        match c {
            '{' => escaped.push_str(BRACE),
            c => escaped.push(c),
        }
        previous = c;
    }
    escaped
}

/// Whether `c` can start markup where it stands: `rest` begins with it.
fn is_active(c: char, previous: char, rest: &str) -> bool {
    match c {
        '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '^' => true,
        // A heading, or the run of `#` that closes one.
        '#' => previous == ' ',
        '&' => is_entity(rest),
        _ => false,
    }
}

/// Whether `rest`, from its `&` on, reads as a character reference.
fn is_entity(rest: &str) -> bool {
    let name = rest[1..].trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '#');
    name.starts_with(';')
}

/// The byte offset of the character that makes the line a list item, a rule or
/// an underline: a leading `-`, `+`, `=` or `:`, or the `.` or `)` of a leading number.
fn line_marker(line: &str) -> Option<usize> {
    if line.starts_with(['-', '+', '=', ':']) {
        return Some(0);
    }
    let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = line.len() - rest.len();
    (digits > 0 && rest.starts_with(['.', ')'])).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn ordinary_prose_needs_no_escapes() {
        let prose = "Q&A: Smith & Sons paid $5.2m (up 3%) for \"No. 10\" - it's theirs!";
        assert_eq!(escape(prose), prose);
    }
}
