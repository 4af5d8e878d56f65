//! Lines of a stream, each bounded: one that is longer is told and passed over.

use std::io::{self, BufRead};

/// Lines of a reader, up to so many bytes each.
#[derive(Debug)]
pub struct Lines<R> {
    reader: R,
    most: usize,
}

/// A line.
#[derive(Debug, PartialEq, Eq)]
pub enum ReadLine {
    /// Without its line end.
    Whole(Vec<u8>),
    /// It has more bytes than allowed.
    TooLong,
}

impl<R: BufRead> Lines<R> {
    /// Lines of `most` bytes at most.
    pub fn new(reader: R, most: usize) -> Self {
        Self { reader, most }
    }

    /// The next line; `None` at the end.
    ///
    /// # Errors
    /// The reader's.
    pub fn next_line(&mut self) -> io::Result<Option<ReadLine>> {
        let mut line = Vec::new();
        let (mut is_long, mut any) = (false, false);
        loop {
            let chunk = self.reader.fill_buf()?;
            if chunk.is_empty() {
                break;
            }
            any = true;
            let end = chunk.iter().position(|byte| *byte == b'\n');
            let part = &chunk[..end.unwrap_or(chunk.len())];
            is_long |= line.len() + part.len() > self.most;
            if !is_long {
                line.extend_from_slice(part);
            }
            let used = end.map_or(chunk.len(), |end| end + 1);
            self.reader.consume(used);
            if end.is_some() {
                break;
            }
        }
        if !any {
            return Ok(None);
        }
        if is_long {
            return Ok(Some(ReadLine::TooLong));
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Ok(Some(ReadLine::Whole(line)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_bounded_and_go_on() {
        let text: &[u8] = b"one\r\ntoo long to keep\n\nlast";
        let mut lines = Lines::new(io::BufReader::with_capacity(3, text), 5);
        let mut all = Vec::new();
        while let Some(line) = lines.next_line().unwrap() {
            all.push(line);
        }
        let whole = |text: &str| ReadLine::Whole(text.into());
        assert_eq!(
            all,
            [whole("one"), ReadLine::TooLong, whole(""), whole("last")]
        );
    }
}
