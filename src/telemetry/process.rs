//! What the system says of this process. Linux only; elsewhere it says nothing.

/// Bytes of memory that it has, as far as the system tells.
pub(super) fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    read_resident(&status)
}

fn read_resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_is_understood() {
        let status = "Name:\tafterword\nVmRSS:\t  2048 kB\nThreads:\t7\n";
        assert_eq!(read_resident(status), Some(2 << 20));
        assert_eq!(read_resident("VmRSS:\t18446744073709551615 kB"), None);
        assert_eq!(read_resident(""), None);
        assert!(!cfg!(target_os = "linux") || resident_bytes() > Some(1 << 20));
    }
}
