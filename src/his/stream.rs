//! The lines of a delivery: unpacked, counted, bounded (his-source-data §4.1).
//!
//! Plain, gzip or zstd, told apart by their first bytes. Memory is one line and the unpacker's window, whatever
//! is delivered: a bomb is stopped by its ratio long before its end.

use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};

use flate2::bufread::MultiGzDecoder;

/// Bytes a reader takes from the one below at once.
const BUFFER: usize = 64 * 1024;
/// Below this size a delivery is too small to be a bomb, whatever its ratio.
const HARMLESS: u64 = 64 * 1024;
/// log2 of the largest zstd window we unpack: 32 MiB, more than levels 1 to 19 use.
const ZSTD_WINDOW_LOG: u32 = 25;

/// How large a delivery may be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Bytes of one line without its LF.
    pub(super) line_bytes: usize,
    /// Lines, header and footer included.
    pub(super) lines: u64,
    /// Unpacked bytes per delivered byte.
    pub(super) ratio: u64,
}

impl Limits {
    /// The limits of the format.
    pub(super) const FORMAT: Self = Self { line_bytes: 1 << 20, lines: 5_000_000, ratio: 200 };
}

/// Why the next line cannot be had.
#[derive(Debug, thiserror::Error)]
pub(super) enum LinesError {
    /// This line is longer than a line may be.
    #[error("line {0} is too long")]
    LineTooLong(u64),
    /// Too many lines, or it unpacks to suspiciously much.
    #[error("the delivery is too large")]
    TooLarge,
    /// The compressed data is cut off or altered.
    #[error("the compressed data is damaged")]
    Damaged,
    /// The source itself failed.
    #[error("the delivery cannot be read")]
    Source(#[source] io::Error),
}

/// A line without its LF.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct RawLine {
    /// Number in the delivery, from 1.
    pub(super) number: u64,
    /// The bytes.
    pub(super) bytes: Vec<u8>,
    /// An LF followed; without it the delivery was cut off here.
    pub(super) is_complete: bool,
}

/// Reads a delivery line by line.
pub(super) struct Lines<R: Read> {
    input: Input<R>,
    limits: Limits,
    unpacked: u64,
    number: u64,
}

impl<R: Read> Lines<R> {
    /// Looks at the first bytes of `source` and prepares to unpack it.
    pub(super) fn new(source: R, limits: Limits) -> Result<Self, LinesError> {
        let mut metered = Metered { source, bytes: 0, has_failed: false };
        let mut magic = [0_u8; 4];
        let length = read_up_to(&mut metered, &mut magic).map_err(LinesError::Source)?;
        let is_gzip = length >= 2 && magic[..2] == [0x1F, 0x8B];
        let is_zstd = magic == [0x28, 0xB5, 0x2F, 0xFD];
        let start = Cursor::new(magic).take(length as u64);
        let whole = BufReader::with_capacity(BUFFER, start.chain(metered));
        let input = if is_gzip {
            Input::Gzip(Box::new(BufReader::with_capacity(BUFFER, MultiGzDecoder::new(whole))))
        } else if is_zstd {
            let mut decoder = zstd::Decoder::with_buffer(whole).map_err(LinesError::Source)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG).map_err(LinesError::Source)?;
            Input::Zstd(Box::new(BufReader::with_capacity(BUFFER, decoder)))
        } else {
            Input::Plain(Box::new(whole))
        };
        Ok(Self { input, limits, unpacked: 0, number: 0 })
    }

    /// Reads the next line into `line`, whose memory is used again; `false` at the end of the delivery.
    pub(super) fn read(&mut self, line: &mut RawLine) -> Result<bool, LinesError> {
        let longest = self.limits.line_bytes as u64 + 1;
        line.bytes.clear();
        let taken = self.input.reader().take(longest).read_until(b'\n', &mut line.bytes);
        let length = taken.map_err(|error| self.failure(error))?;
        if length == 0 {
            return Ok(false);
        }
        self.number += 1;
        self.unpacked += length as u64;
        self.check_size()?;
        line.number = self.number;
        line.is_complete = line.bytes.last() == Some(&b'\n');
        if line.is_complete {
            line.bytes.pop();
        } else if length as u64 == longest {
            return Err(LinesError::LineTooLong(self.number));
        }
        Ok(true)
    }

    fn check_size(&self) -> Result<(), LinesError> {
        let is_bomb = self.unpacked > HARMLESS
            && !matches!(self.input, Input::Plain(_))
            && self.unpacked > self.limits.ratio.saturating_mul(self.input.metered().bytes);
        if is_bomb || self.number > self.limits.lines { Err(LinesError::TooLarge) } else { Ok(()) }
    }

    /// Tells a failing source from bytes that do not unpack.
    fn failure(&self, error: io::Error) -> LinesError {
        if self.input.metered().has_failed { LinesError::Source(error) } else { LinesError::Damaged }
    }
}

/// The source, with what it gave.
struct Metered<R> {
    source: R,
    bytes: u64,
    has_failed: bool,
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let outcome = self.source.read(buffer);
        match &outcome {
            Ok(length) => self.bytes += *length as u64,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => self.has_failed = true,
        }
        outcome
    }
}

/// The delivery from its first byte on: what was peeked at, then the rest.
type Whole<R> = BufReader<Chain<io::Take<Cursor<[u8; 4]>>, Metered<R>>>;

enum Input<R: Read> {
    Plain(Box<Whole<R>>),
    Gzip(Box<BufReader<MultiGzDecoder<Whole<R>>>>),
    Zstd(Box<BufReader<zstd::Decoder<'static, Whole<R>>>>),
}

impl<R: Read> Input<R> {
    fn reader(&mut self) -> &mut dyn BufRead {
        match self {
            Self::Plain(reader) => reader,
            Self::Gzip(reader) => reader,
            Self::Zstd(reader) => reader,
        }
    }

    fn metered(&self) -> &Metered<R> {
        let whole = match self {
            Self::Plain(whole) => whole,
            Self::Gzip(reader) => reader.get_ref().get_ref(),
            Self::Zstd(reader) => reader.get_ref().get_ref(),
        };
        whole.get_ref().get_ref().1
    }
}

fn read_up_to(source: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match source.read(rest) {
            Ok(0) => break,
            Ok(length) => filled += length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;

    const SMALL: Limits = Limits { line_bytes: 8, lines: 3, ratio: 200 };

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn read_all(source: &[u8], limits: Limits) -> Result<Vec<String>, LinesError> {
        let mut lines = Lines::new(source, limits)?;
        let (mut line, mut all) = (RawLine::default(), Vec::new());
        while lines.read(&mut line)? {
            let end = if line.is_complete { "" } else { "…" };
            all.push(format!("{} {}{end}", line.number, String::from_utf8_lossy(&line.bytes)));
        }
        Ok(all)
    }

    #[test]
    fn plain_gzip_and_zstd_give_the_same_lines() {
        let text = b"one\ntwo\n";
        let packed = [text.to_vec(), gzip(text), zstd::encode_all(&text[..], 3).unwrap()];
        for bytes in packed {
            assert_eq!(read_all(&bytes, SMALL).unwrap(), ["1 one", "2 two"]);
        }
        let members = [gzip(b"one\n"), gzip(b"two\n")].concat();
        assert_eq!(read_all(&members, SMALL).unwrap(), ["1 one", "2 two"], "gzip of several members");
    }

    #[test]
    fn short_and_unfinished_deliveries_are_told_as_they_are() {
        assert!(read_all(b"", SMALL).unwrap().is_empty());
        assert_eq!(read_all(b"\n\n", SMALL).unwrap(), ["1 ", "2 "]);
        assert_eq!(read_all(b"a\nb", SMALL).unwrap(), ["1 a", "2 b…"]);
    }

    #[test]
    fn a_line_of_the_limit_passes_and_one_byte_more_does_not() {
        assert_eq!(read_all(b"12345678\n", SMALL).unwrap(), ["1 12345678"]);
        assert_eq!(read_all(b"12345678", SMALL).unwrap(), ["1 12345678…"]);
        assert!(matches!(read_all(b"a\n123456789\n", SMALL), Err(LinesError::LineTooLong(2))));
    }

    #[test]
    fn one_line_more_than_the_limit_is_refused() {
        assert_eq!(read_all(b"1\n2\n3\n", SMALL).unwrap().len(), 3);
        assert!(matches!(read_all(b"1\n2\n3\n4\n", SMALL), Err(LinesError::TooLarge)));
    }

    #[test]
    fn a_bomb_is_stopped_and_a_small_or_plain_repetition_is_not() {
        let line = [&[b'x'; 999][..], b"\n"].concat();
        let repeated = line.repeat(100);
        let limits = Limits::FORMAT;
        assert!(matches!(read_all(&gzip(&repeated), limits), Err(LinesError::TooLarge)));
        assert!(matches!(read_all(&zstd::encode_all(&repeated[..], 19).unwrap(), limits), Err(LinesError::TooLarge)));
        assert_eq!(read_all(&gzip(&repeated[..60_000]), limits).unwrap().len(), 60);
        assert_eq!(read_all(&repeated, limits).unwrap().len(), 100);
    }

    #[test]
    fn cut_off_and_altered_archives_are_damaged() {
        let text = b"one\ntwo\n".repeat(50);
        let limits = Limits::FORMAT;
        for packed in [gzip(&text), zstd::encode_all(&text[..], 3).unwrap()] {
            let half = &packed[..packed.len() / 2];
            assert!(matches!(read_all(half, limits), Err(LinesError::Damaged)));
        }
        assert!(matches!(read_all(&[0x1F, 0x8B, 0xFF, 0xFF, 0, 0], limits), Err(LinesError::Damaged)));
    }

    #[test]
    fn a_failing_source_is_not_called_damaged() {
        struct Failing;
        impl Read for Failing {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("the disk is gone"))
            }
        }
        let mut lines = Lines::new((&b"\x1F\x8B\x08\x00"[..]).chain(Failing), SMALL).unwrap();
        assert!(matches!(lines.read(&mut RawLine::default()), Err(LinesError::Source(_))));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(prefix in prop::sample::select(vec![
            vec![], vec![0x1F, 0x8B, 8, 0], vec![0x28, 0xB5, 0x2F, 0xFD],
        ]), bytes: Vec<u8>) {
            let _ = read_all(&[prefix, bytes].concat(), SMALL);
        }
    }
}
