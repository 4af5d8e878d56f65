//! Which items of an archive are wanted. Pure.

use std::collections::HashSet;

use super::Entry;

/// What is wanted; the default is everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only these, when there are any.
    pub ids: HashSet<String>,
    /// The first day, `YYYY-MM-DD`.
    pub since: Option<String>,
    /// The last day, `YYYY-MM-DD`.
    pub until: Option<String>,
    /// Only of one of these, in lower case, when there are any.
    pub categories: HashSet<String>,
    /// Words under which an article is left out.
    pub min_words: usize,
}

/// Why an item is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftOut {
    /// Another id.
    Id,
    /// Before or after the days that were asked for.
    Date,
    /// Days were asked for, and the article has none.
    NoDate,
    /// Another category.
    Category,
    /// Too few words.
    Words,
}

impl LeftOut {
    /// A stable name.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Id => "other_id",
            Self::Date => "other_date",
            Self::NoDate => "no_date",
            Self::Category => "other_category",
            Self::Words => "fewer_words",
        }
    }
}

impl Filter {
    /// Whether the item's name is wanted.
    #[must_use]
    pub fn wants_id(&self, id: &str) -> bool {
        self.ids.is_empty() || self.ids.contains(id)
    }

    /// What can be said of an entry before it is read.
    ///
    /// # Errors
    /// [`LeftOut`] says why it is not wanted.
    pub fn check_entry(&self, entry: &Entry) -> Result<(), LeftOut> {
        let of_category = |name: &String| self.categories.contains(name);
        if !self.categories.is_empty() && !entry.categories.iter().any(of_category) {
            return Err(LeftOut::Category);
        }
        match &entry.date {
            Some(date) => self.check_date(date),
            None => Ok(()),
        }
    }

    /// What can be said of it when it was read.
    ///
    /// # Errors
    /// [`LeftOut`] says why it is not wanted.
    pub fn check_read(
        &self,
        entry: &Entry,
        own_date: Option<&str>,
        words: usize,
    ) -> Result<(), LeftOut> {
        if words < self.min_words {
            return Err(LeftOut::Words);
        }
        let asks = self.since.is_some() || self.until.is_some();
        match (&entry.date, own_date) {
            (Some(_), _) => Ok(()),
            (None, Some(date)) => self.check_date(date),
            (None, None) if asks => Err(LeftOut::NoDate),
            (None, None) => Ok(()),
        }
    }

    fn check_date(&self, date: &str) -> Result<(), LeftOut> {
        if self.since.is_none() && self.until.is_none() {
            return Ok(());
        }
        let day = date
            .get(..10)
            .filter(|day| is_day(day))
            .ok_or(LeftOut::NoDate)?;
        let is_early = self.since.as_deref().is_some_and(|since| day < since);
        let is_late = self.until.as_deref().is_some_and(|until| day > until);
        if is_early || is_late {
            return Err(LeftOut::Date);
        }
        Ok(())
    }
}

/// Whether a text is a day as `YYYY-MM-DD`.
#[must_use]
pub fn is_day(text: &str) -> bool {
    let in_place = |(at, byte): (usize, u8)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    text.len() == 10 && text.bytes().enumerate().all(in_place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::parse_line;

    fn entry(json: &str) -> Entry {
        parse_line(json.as_bytes()).1.unwrap()
    }

    #[test]
    fn days_and_categories_are_held_against_what_is_asked() {
        let filter = Filter {
            since: Some("2020-01-02".into()),
            until: Some("2020-01-03".into()),
            categories: HashSet::from(["news".to_owned()]),
            min_words: 3,
            ..Filter::default()
        };
        let on = |date: &str| {
            filter.check_entry(&entry(&format!(
                r#"{{"text":"a","category":["News"],"date":"{date}"}}"#
            )))
        };
        assert_eq!(on("2020-01-02T23:59:59Z"), Ok(()));
        assert_eq!(on("2020-01-03 10:00:00"), Ok(()));
        assert_eq!(on("2020-01-01"), Err(LeftOut::Date));
        assert_eq!(on("2020-01-04"), Err(LeftOut::Date));
        assert_eq!(on("yesterday"), Err(LeftOut::NoDate));
        let other = entry(r#"{"text":"a","categories":"Sports"}"#);
        assert_eq!(filter.check_entry(&other), Err(LeftOut::Category));
        let bare = entry(r#"{"text":"a"}"#);
        assert_eq!(filter.check_read(&bare, None, 9), Err(LeftOut::NoDate));
        assert_eq!(filter.check_read(&bare, Some("2020-01-02"), 9), Ok(()));
        assert_eq!(
            filter.check_read(&bare, Some("2020-01-02"), 2),
            Err(LeftOut::Words)
        );
    }
}
