//! Writing files that others wait for or rely on: never half, never over another's work, keys for the owner only.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

/// Who may read a new file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Privacy {
    /// Whoever the system lets.
    Public,
    /// The owner alone (mode 0600).
    OwnerOnly,
}

/// What [`write_new`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// The file was not there; now it is.
    Created,
    /// The file was there and was left as it is.
    Kept,
}

/// Writes a file that is not there yet, with its folders; an existing one is never touched.
///
/// # Errors
/// What the operating system says; a file of which the writing failed is removed.
pub fn write_new(path: &Path, bytes: &[u8], privacy: Privacy) -> io::Result<Written> {
    make_folder(path)?;
    let mut file = match options(privacy).write(true).create_new(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Ok(Written::Kept),
        other => other?,
    };
    if let Err(error) = fill(&mut file, bytes) {
        // The half-written file must not pass for a good one; the first error is the one to tell.
        let _ = fs::remove_file(path);
        return Err(error);
    }
    Ok(Written::Created)
}

/// Puts a file in place in one step, with its folders: readers see the former content or the new one.
///
/// # Errors
/// What the operating system says; the former file is then still there.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace_as(path, bytes, Privacy::Public)
}

/// As [`replace`], readable for the owner alone.
///
/// # Errors
/// As [`replace`].
pub fn replace_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace_as(path, bytes, Privacy::OwnerOnly)
}

fn replace_as(path: &Path, bytes: &[u8], privacy: Privacy) -> io::Result<()> {
    make_folder(path)?;
    let mut name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    let mut file = options(privacy).write(true).create(true).truncate(true).open(&temporary)?;
    let done = fill(&mut file, bytes).and_then(|()| fs::rename(&temporary, path));
    if done.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    done
}

fn make_folder(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}

fn fill(file: &mut File, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes)?;
    file.sync_all()
}

fn options(privacy: Privacy) -> OpenOptions {
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    if privacy == Privacy::OwnerOnly {
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    #[cfg(not(unix))]
    let _ = privacy;
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_existing_file_is_never_written_over() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep/keys.json");
        assert_eq!(write_new(&path, b"first", Privacy::OwnerOnly).unwrap(), Written::Created);
        assert_eq!(write_new(&path, b"second", Privacy::OwnerOnly).unwrap(), Written::Kept);
        assert_eq!(fs::read(&path).unwrap(), b"first");
    }

    #[test]
    fn replacing_leaves_no_temporary_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("demo.json");
        for text in ["one", "two"] {
            replace(&path, text.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_key_is_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let (new, replaced) = (dir.path().join("new.key"), dir.path().join("replaced.key"));
        write_new(&new, b"k", Privacy::OwnerOnly).unwrap();
        replace_private(&replaced, b"k").unwrap();
        for path in [new, replaced] {
            assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
}
