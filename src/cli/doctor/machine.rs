//! The machine: processor, cores, memory.

use std::fs;
use std::num::NonZero;

use indicatif::BinaryBytes;

use super::Check;

/// What the default model takes at most, context included.
const NEEDED_BYTES: u64 = 3 << 30;

/// Whether the processor has what llama.cpp computes with.
pub(super) fn cpu() -> Check {
    let architecture = std::env::consts::ARCH;
    let features = features();
    let has = |name: &str| {
        features
            .iter()
            .any(|feature| feature.0 == name && feature.1)
    };
    let there: Vec<_> = features.iter().filter(|feature| feature.1).collect();
    let names: Vec<_> = there.iter().map(|feature| feature.0).collect();
    let finding = format!("{architecture}, with {}", join_or_none(&names));
    if architecture == "x86_64" && !has("avx2") {
        return Check::warn(
            "processor",
            finding,
            "without AVX2 a digest takes many times longer: use a newer machine",
        );
    }
    Check::ok("processor", finding)
}

fn join_or_none(names: &[&str]) -> String {
    match names {
        [] => "no known vector extension".to_owned(),
        names => names.join(", "),
    }
}

#[cfg(target_arch = "x86_64")]
fn features() -> Vec<(&'static str, bool)> {
    vec![
        ("avx2", std::is_x86_feature_detected!("avx2")),
        ("fma", std::is_x86_feature_detected!("fma")),
        ("f16c", std::is_x86_feature_detected!("f16c")),
        ("avx512f", std::is_x86_feature_detected!("avx512f")),
        ("avx512vnni", std::is_x86_feature_detected!("avx512vnni")),
        ("avxvnni", std::is_x86_feature_detected!("avxvnni")),
    ]
}

#[cfg(target_arch = "aarch64")]
fn features() -> Vec<(&'static str, bool)> {
    use std::arch::is_aarch64_feature_detected as detected;
    vec![
        ("neon", detected!("neon")),
        ("dotprod", detected!("dotprod")),
        ("i8mm", detected!("i8mm")),
        ("sve", detected!("sve")),
    ]
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn features() -> Vec<(&'static str, bool)> {
    Vec::new()
}

/// How many cores this process may use.
pub(super) fn cores() -> Check {
    match std::thread::available_parallelism().map(NonZero::get) {
        Ok(1) => Check::warn(
            "cores",
            "1",
            "one core serves HTTP and the model at once: give it two or more",
        ),
        Ok(cores) => Check::ok("cores", cores.to_string()),
        Err(error) => Check::warn("cores", format!("unknown: {error}"), ""),
    }
}

/// Whether the default model fits.
pub(super) fn memory() -> Check {
    let Ok(meminfo) = fs::read_to_string("/proc/meminfo") else {
        let needed = BinaryBytes(NEEDED_BYTES);
        let advice = format!("make sure that {needed} are free for the default model");
        return Check::warn("memory", "not known on this system", advice);
    };
    let limit = fs::read_to_string("/sys/fs/cgroup/memory.max").ok();
    let limit = limit.and_then(|limit| limit.trim().parse().ok());
    judge(&Memory::read(&meminfo, limit))
}

/// Bytes of memory.
#[derive(Debug, PartialEq, Eq)]
struct Memory {
    total: u64,
    available: u64,
}

impl Memory {
    /// From `/proc/meminfo`, and the limit of the container if there is one.
    fn read(meminfo: &str, limit: Option<u64>) -> Self {
        let limit = limit.unwrap_or(u64::MAX);
        let field = |name: &str| kibibytes(meminfo, name).min(limit);
        Self {
            total: field("MemTotal:"),
            available: field("MemAvailable:"),
        }
    }
}

/// A field of `/proc/meminfo` in bytes; 0 when it is not there.
fn kibibytes(meminfo: &str, name: &str) -> u64 {
    let value = meminfo.lines().find_map(|line| line.strip_prefix(name));
    let number = value.and_then(|value| value.split_whitespace().next()?.parse::<u64>().ok());
    number.unwrap_or(0).saturating_mul(1024)
}

fn judge(memory: &Memory) -> Check {
    let finding = format!(
        "{} available of {}",
        BinaryBytes(memory.available),
        BinaryBytes(memory.total)
    );
    let needed = BinaryBytes(NEEDED_BYTES);
    if memory.total < NEEDED_BYTES {
        let advice =
            format!("the default model needs {needed}: use a larger machine, or the 0.5B model");
        Check::fail("memory", finding, advice)
    } else if memory.available < NEEDED_BYTES {
        let advice = format!("the default model needs {needed}: end other programs");
        Check::warn("memory", finding, advice)
    } else {
        Check::ok("memory", finding)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;
    use proptest::prelude::*;

    const MEMINFO: &str =
        "MemTotal:        8000000 kB\nMemFree: 1 kB\nMemAvailable:    4000000 kB\n";

    #[test]
    fn reads_meminfo_and_minds_the_container() {
        let memory = Memory::read(MEMINFO, None);
        assert_eq!(memory.total, 8_000_000 * 1024);
        assert_eq!(memory.available, 4_000_000 * 1024);
        assert_eq!(judge(&memory).level, Level::Ok);
        let limited = Memory::read(MEMINFO, Some(1 << 30));
        assert_eq!(limited.total, 1 << 30);
        assert_eq!(judge(&limited).level, Level::Fail);
    }

    #[test]
    fn little_left_is_a_warning() {
        let memory = Memory {
            total: 8 << 30,
            available: 1 << 30,
        };
        assert_eq!(judge(&memory).level, Level::Warn);
    }

    proptest! {
        #[test]
        fn any_meminfo_is_read_without_panic(text in "\\PC*", limit in any::<Option<u64>>()) {
            Memory::read(&format!("MemTotal:{text}\nMemAvailable: {}", u64::MAX), limit);
        }
    }
}
