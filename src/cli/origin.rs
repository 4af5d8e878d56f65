//! Where results come from: the command, the build, the machine, the date.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::thread::available_parallelism;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::eval::report::Origin;

/// What this run says of itself.
pub(super) fn origin() -> Origin {
    let arguments = std::env::args().skip(1).map(|it| told(&it));
    let command = std::iter::once("afterword".to_owned()).chain(arguments);
    let profile = if cfg!(debug_assertions) {
        "debug"
    } else {
        "release"
    };
    Origin {
        command: command.collect::<Vec<_>>().join(" "),
        program_version: env!("CARGO_PKG_VERSION").to_owned(),
        build: profile.to_owned(),
        cpu: cpu(),
        cores: available_parallelism().map_or(1, usize::from),
        date: utc(SystemTime::now()),
    }
}

/// An argument as it is told: of an absolute path the last name only, as the
/// folders of one machine say nothing to another.
fn told(argument: &str) -> String {
    let (option, value) = match argument.split_once('=') {
        Some((option, value)) if option.starts_with("--") => (format!("{option}="), value),
        _ => (String::new(), argument),
    };
    let name = Path::new(value)
        .file_name()
        .map(|name| name.to_string_lossy());
    let value = match name {
        Some(name) if Path::new(value).is_absolute() => name.into_owned(),
        _ => value.to_owned(),
    };
    let plain = |c: char| c.is_alphanumeric() || "-_./#:+,@%".contains(c);
    if value.chars().all(plain) {
        format!("{option}{value}")
    } else {
        format!("{option}'{value}'")
    }
}

/// The processor's name, or its kind where the system does not tell it.
fn cpu() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let names = info.lines().filter_map(|line| line.split_once(':'));
    let mut names = names.filter(|(key, _)| key.trim() == "model name");
    let name = names.next().map(|(_, name)| name.trim().to_owned());
    name.unwrap_or_else(|| std::env::consts::ARCH.to_owned())
}

/// Tells this build from another: what an older one measured is not measured
/// by this one. Empty where the system does not tell; then only versions part
/// them.
pub(super) fn build() -> String {
    let data = std::env::current_exe().and_then(std::fs::metadata);
    let Ok(data) = data else {
        return String::new();
    };
    let written = data.modified().unwrap_or(UNIX_EPOCH);
    let since = written.duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{}-{}", data.len(), since.as_nanos())
}

/// `afterword/eval` in the user's cache directory.
pub(super) fn cache() -> Option<PathBuf> {
    cache_of(std::env::var_os("XDG_CACHE_HOME"), std::env::home_dir())
}

/// A relative `XDG_CACHE_HOME` is ignored, as the specification asks.
fn cache_of(cache_home: Option<OsString>, home: Option<PathBuf>) -> Option<PathBuf> {
    let named = cache_home.map(PathBuf::from).filter(|it| it.is_absolute());
    let home = home.filter(|path| !path.as_os_str().is_empty());
    let folder = named.or_else(|| Some(home?.join(".cache")))?;
    Some(folder.join("afterword").join("eval"))
}

/// `2026-11-23T23:43:13Z`.
fn utc(time: SystemTime) -> String {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (days, second) = (since.as_secs() / 86_400, since.as_secs() % 86_400);
    let (year, month, day) = date(days);
    let (hour, minute) = (second / 3600, second / 60 % 60);
    let second = second % 60;
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Year, month and day of a day counted from 1970-01-01, by the Gregorian rule.
/// Counts from March, so that the leap day ends a year (Hinnant,
/// "chrono-Compatible Low-Level Date Algorithms").
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    (year + era * 400 + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn dates_by_hand() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (1_795_477_393, "2026-11-23T23:43:13Z"),
        ] {
            assert_eq!(utc(UNIX_EPOCH + Duration::from_secs(seconds)), expected);
        }
    }

    #[test]
    fn a_command_tells_no_folders_of_this_machine() {
        assert_eq!(told("/home/ana/data/evaldata"), "evaldata");
        assert_eq!(told("--data=/home/ana/evaldata"), "--data=evaldata");
        assert_eq!(told("data/evaldata"), "data/evaldata");
        assert_eq!(told("my data"), "'my data'");
        assert_eq!(told("--limit"), "--limit");
    }

    #[test]
    fn the_cache_is_where_the_user_says() {
        let home = || Some(PathBuf::from("/home/ana"));
        let named = cache_of(Some("/cache".into()), home()).unwrap();
        assert_eq!(named, Path::new("/cache/afterword/eval"));
        let relative = cache_of(Some("cache".into()), home()).unwrap();
        assert_eq!(relative, Path::new("/home/ana/.cache/afterword/eval"));
        assert_eq!(cache_of(None, None), None);
    }
}
