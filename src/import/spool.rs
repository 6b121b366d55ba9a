//! A delivery set aside on disk between reading it and applying it, grouped by patient.
//!
//! Records of a delivery come in any order, yet a patient is applied as a whole, and nothing at all is applied before
//! the last line was read. So validated lines go to one of a fixed number of buckets chosen by patient; a bucket
//! is read back as a whole. Memory is bounded by the buffers and by one bucket, not by the delivery. What touches the disk is
//! encrypted with a key that exists in memory only, in files without a name: after a crash nothing readable is left.

use std::collections::BTreeMap;
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};

/// More buckets than any delivery needs: the largest allowed one leaves some 7 MB in each.
const BUCKETS: usize = 256;
/// A bucket's buffer is written out when it has grown past this many bytes.
const BUFFER: usize = 16 * 1024;
/// Nonce in front of, and tag behind, each encrypted chunk.
const NONCE: usize = 12;

/// One validated line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SpooledLine {
    /// Its number in the delivery, from 1.
    pub number: u64,
    /// The line as it is to be stored.
    pub text: Vec<u8>,
}

/// The lines of one patient, in the order of the delivery; the empty name stands for the practice itself.
pub(super) type PatientLines = BTreeMap<String, Vec<SpooledLine>>;

/// A delivery set aside.
pub(super) struct Spool {
    key: RandomizedNonceKey,
    buckets: Vec<Bucket>,
}

#[derive(Default)]
struct Bucket {
    buffer: Vec<u8>,
    file: Option<File>,
}

impl Spool {
    /// An empty spool with a key of its own.
    pub fn new() -> io::Result<Self> {
        let mut key = [0; 32];
        aws_lc_rs::rand::fill(&mut key).map_err(|_| io::Error::other("no randomness for the spool"))?;
        let key = RandomizedNonceKey::new(&AES_256_GCM, &key).map_err(|_| io::Error::other("no key for the spool"))?;
        Ok(Self { key, buckets: (0..BUCKETS).map(|_| Bucket::default()).collect() })
    }

    /// Sets a line of this patient aside.
    pub fn push(&mut self, patient: &str, number: u64, text: &[u8]) -> io::Result<()> {
        let bucket = &mut self.buckets[bucket_of(patient)];
        write_part(&mut bucket.buffer, patient.as_bytes())?;
        bucket.buffer.extend_from_slice(&number.to_le_bytes());
        write_part(&mut bucket.buffer, text)?;
        if bucket.buffer.len() > BUFFER { bucket.flush(&self.key) } else { Ok(()) }
    }

    /// Ends the writing; from now on buckets are read.
    pub fn finish(mut self) -> io::Result<FinishedSpool> {
        for bucket in &mut self.buckets {
            if bucket.file.is_some() {
                bucket.flush(&self.key)?;
            }
        }
        Ok(FinishedSpool(self))
    }
}

/// A spool that is complete.
pub(super) struct FinishedSpool(Spool);

impl FinishedSpool {
    /// How many buckets there are; each is read on its own.
    pub const fn buckets(&self) -> usize {
        BUCKETS
    }

    /// All lines of the patients in this bucket.
    pub fn read(&self, bucket: usize) -> io::Result<PatientLines> {
        let bucket = &self.0.buckets[bucket];
        let mut patients = PatientLines::new();
        let Some(file) = &bucket.file else {
            read_lines(&bucket.buffer, &mut patients)?;
            return Ok(patients);
        };
        let mut file = BufReader::new(file.try_clone()?);
        file.seek(SeekFrom::Start(0))?;
        while let Some(chunk) = read_chunk(&mut file)? {
            read_lines(&self.open(chunk)?, &mut patients)?;
        }
        Ok(patients)
    }

    /// The lines of one patient alone; of the practice itself under the empty name.
    pub fn read_patient(&self, patient: &str) -> io::Result<Vec<SpooledLine>> {
        Ok(self.read(bucket_of(patient))?.remove(patient).unwrap_or_default())
    }

    fn open(&self, mut chunk: Vec<u8>) -> io::Result<Vec<u8>> {
        let damaged = || io::Error::new(io::ErrorKind::InvalidData, "the spool was changed by somebody else");
        let (nonce, sealed) = chunk.split_at_mut_checked(NONCE).ok_or_else(damaged)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| damaged())?;
        let plain = self.0.key.open_in_place(nonce, Aad::empty(), sealed).map_err(|_| damaged())?;
        Ok(plain.to_vec())
    }
}

impl Bucket {
    fn flush(&mut self, key: &RandomizedNonceKey) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        if self.file.is_none() {
            self.file = Some(tempfile::tempfile()?);
        }
        let Some(file) = self.file.as_mut() else { return Ok(()) };
        let mut sealed = std::mem::take(&mut self.buffer);
        let nonce = key
            .seal_in_place_append_tag(Aad::empty(), &mut sealed)
            .map_err(|_| io::Error::other("the spool could not be encrypted"))?;
        let length = u32::try_from(NONCE + sealed.len()).map_err(io::Error::other)?;
        file.write_all(&length.to_le_bytes())?;
        file.write_all(nonce.as_ref())?;
        file.write_all(&sealed)
    }
}

fn bucket_of(patient: &str) -> usize {
    let mut hasher = DefaultHasher::new();
    patient.hash(&mut hasher);
    // The remainder is below BUCKETS, so it fits.
    (hasher.finish() % BUCKETS as u64) as usize
}

fn write_part(buffer: &mut Vec<u8>, part: &[u8]) -> io::Result<()> {
    let length = u32::try_from(part.len()).map_err(io::Error::other)?;
    buffer.extend_from_slice(&length.to_le_bytes());
    buffer.extend_from_slice(part);
    Ok(())
}

fn read_chunk(file: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    match file.read_exact(&mut length) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let mut chunk = vec![0; u32::from_le_bytes(length) as usize];
    file.read_exact(&mut chunk)?;
    Ok(Some(chunk))
}

fn read_lines(mut bytes: &[u8], patients: &mut PatientLines) -> io::Result<()> {
    while !bytes.is_empty() {
        let patient = read_part(&mut bytes)?;
        let patient = std::str::from_utf8(patient).map_err(io::Error::other)?;
        let mut number = [0; 8];
        bytes.read_exact(&mut number)?;
        let text = read_part(&mut bytes)?.to_vec();
        let line = SpooledLine { number: u64::from_le_bytes(number), text };
        match patients.get_mut(patient) {
            Some(lines) => lines.push(line),
            None => {
                patients.insert(patient.to_owned(), vec![line]);
            }
        }
    }
    Ok(())
}

fn read_part<'a>(bytes: &mut &'a [u8]) -> io::Result<&'a [u8]> {
    let mut length = [0; 4];
    bytes.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length) as usize;
    let (part, rest) = bytes.split_at_checked(length).ok_or(io::ErrorKind::UnexpectedEof)?;
    *bytes = rest;
    Ok(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_comes_back_with_its_patient_in_order() {
        let mut spool = Spool::new().unwrap();
        for number in 0..2_000_u64 {
            let patient = format!("p{}", number % 37);
            spool.push(&patient, number, &vec![b'x'; (number % 300) as usize]).unwrap();
        }
        let spool = spool.finish().unwrap();
        let mut seen = 0;
        for bucket in 0..spool.buckets() {
            for (patient, lines) in spool.read(bucket).unwrap() {
                assert!(lines.windows(2).all(|pair| pair[0].number < pair[1].number));
                assert!(lines.iter().all(|line| patient == format!("p{}", line.number % 37)));
                assert!(lines.iter().all(|line| line.text.len() as u64 == line.number % 300));
                seen += lines.len();
            }
        }
        assert_eq!(seen, 2_000);
    }

    #[test]
    fn nothing_readable_touches_the_disk() {
        let mut spool = Spool::new().unwrap();
        let secret = b"Diabetes mellitus".repeat(2_000);
        spool.push("p1", 1, &secret).unwrap();
        let file = spool.buckets[bucket_of("p1")].file.as_mut().unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        let mut written = Vec::new();
        file.read_to_end(&mut written).unwrap();
        assert!(written.len() > secret.len());
        assert!(!written.windows(8).any(|window| window == b"Diabetes"));
    }
}
