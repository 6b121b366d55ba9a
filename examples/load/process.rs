//! Memory of a process, as the kernel counts it.

use std::fmt;

use anyhow::Context as _;

/// Resident memory of a process in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Memory {
    /// Now (VmRSS).
    pub now: u64,
    /// The most since the process began (VmHWM).
    pub peak: u64,
}

impl Memory {
    /// Of this process.
    pub fn own() -> anyhow::Result<Self> {
        Self::read("self")
    }

    /// Of the process with this id.
    pub fn of(pid: u32) -> anyhow::Result<Self> {
        Self::read(&pid.to_string())
    }

    fn read(process: &str) -> anyhow::Result<Self> {
        let path = format!("/proc/{process}/status");
        let status = std::fs::read_to_string(&path).with_context(|| format!("cannot read {path} (Linux only)"))?;
        Self::parse(&status).with_context(|| format!("{path} tells no memory"))
    }

    fn parse(status: &str) -> Option<Self> {
        let bytes = |name: &str| -> Option<u64> {
            let rest = status.lines().find_map(|line| line.strip_prefix(name))?;
            let kilobytes: u64 = rest.split_whitespace().next()?.parse().ok()?;
            kilobytes.checked_mul(1024)
        };
        Some(Self { now: bytes("VmRSS:")?, peak: bytes("VmHWM:")? })
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.1} MB resident, {:.1} MB at its peak", megabytes(self.now), megabytes(self.peak))
    }
}

/// Bytes as millions of bytes.
#[allow(clippy::cast_precision_loss, reason = "sizes to be read by people")]
pub fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_numbers_are_read_in_bytes() {
        let status = "Name:\tdvza\nVmPeak:\t  900 kB\nVmHWM:\t   20 kB\nVmRSS:\t   10 kB\n";
        assert_eq!(Memory::parse(status), Some(Memory { now: 10_240, peak: 20_480 }));
    }

    #[test]
    fn a_status_without_memory_tells_none() {
        assert_eq!(Memory::parse("Name:\tkthreadd\nVmRSS:\tx kB\n"), None);
    }
}
