//! What the system says of a process: its memory and its time on a processor. Linux
//! only; elsewhere nothing is said.

use serde::Serialize;

/// Memory of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Memory {
    /// MiB that it has now.
    pub resident_mib: u64,
    /// MiB that it had at most.
    pub peak_mib: u64,
}

/// A process on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process(String);

impl Process {
    /// The one that asks.
    #[must_use]
    pub fn own() -> Self {
        Self("self".to_owned())
    }

    /// By its number.
    #[must_use]
    pub fn of(id: u32) -> Self {
        Self(id.to_string())
    }

    /// Its memory.
    #[must_use]
    pub fn memory(&self) -> Option<Memory> {
        read_memory(&self.read("status")?)
    }

    /// Seconds on a processor, of all threads that live.
    #[must_use]
    pub fn cpu_seconds(&self) -> Option<f64> {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.0)).ok()?;
        let paths = tasks.flatten().map(|task| task.path().join("schedstat"));
        // A thread may end while this looks.
        let texts = paths.filter_map(|path| std::fs::read_to_string(path).ok());
        texts.map(|text| on_processor(&text)).sum()
    }

    fn read(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(format!("/proc/{}/{name}", self.0)).ok()
    }
}

/// Seconds that the thread which asks was on a processor.
#[must_use]
pub fn thread_seconds() -> Option<f64> {
    on_processor(&std::fs::read_to_string("/proc/thread-self/schedstat").ok()?)
}

/// The first number of `schedstat`, nanoseconds on a processor.
fn on_processor(schedstat: &str) -> Option<f64> {
    let nanoseconds: f64 = schedstat.split_whitespace().next()?.parse().ok()?;
    Some(nanoseconds / 1e9)
}

fn read_memory(status: &str) -> Option<Memory> {
    let mebibytes = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
        Some(kibibytes / 1024)
    };
    Some(Memory {
        resident_mib: mebibytes("VmRSS:")?,
        peak_mib: mebibytes("VmHWM:")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_is_understood() {
        let status = "Name:\tafterword\nVmHWM:\t 4096 kB\nVmRSS:\t  2048 kB\nThreads:\t7\n";
        let memory = read_memory(status).expect("it is told");
        assert_eq!((memory.resident_mib, memory.peak_mib), (2, 4));
        assert_eq!(read_memory("VmRSS:\t1 kB"), None);
        assert_eq!(on_processor("1500000000 12 3"), Some(1.5));
        assert_eq!(on_processor(""), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn work_takes_time_on_a_processor() {
        let before = thread_seconds().expect("it is told");
        let mut sum = 0_u64;
        while thread_seconds() <= Some(before) {
            sum = (0..10_000).fold(sum, |sum, it| std::hint::black_box(sum ^ it));
        }
        assert!(Process::own().cpu_seconds() > Some(0.0));
        assert!(Process::own().memory().is_some());
    }
}
