//! The key of a practice's HIS, with what a certificate authority needs to certify it.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::devnet::authority::{Authority, Leaf, Usage};
use crate::devnet::files::{Privacy, write_new};

/// What was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    /// Files, in the order they were made.
    pub files: Vec<PathBuf>,
    /// Were they there already?
    pub is_kept: bool,
}

/// Makes a key and a certificate request for this host in the folder; with the authority of a development network there, a
/// certificate too. Nothing is written over: a key of that name that is there stays, and nothing is made.
///
/// # Errors
/// One line that names the file that cannot be used, such as a certificate or request without its key.
pub fn make(folder: &Path, stem: &str, host: &str) -> anyhow::Result<Made> {
    let file = |extension: &str| folder.join(format!("his-{stem}.{extension}"));
    if file("key").is_file() {
        return Ok(Made { files: vec![file("key")], is_kept: true });
    }
    if let Some(other) = ["key", "pem", "csr"].into_iter().map(file).find(|path| path.exists()) {
        bail!("{} is in the way: move it, or put the key that belongs to it there too", other.display());
    }
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let write = |extension: &str, text: &str, privacy| {
        let path = file(extension);
        write_new(&path, text.as_bytes(), privacy).with_context(|| format!("cannot write {}", path.display()))?;
        anyhow::Ok(path)
    };
    if let Some(authority) = development_authority(folder)? {
        let issued = authority.issue(&Leaf::new(host, Usage::Client))?;
        let key = write("key", &issued.key_pem, Privacy::OwnerOnly)?;
        let files = vec![key, write("pem", &issued.cert_pem, Privacy::Public)?];
        return Ok(Made { files, is_kept: false });
    }
    let key = rcgen::KeyPair::generate().context("no key can be made")?;
    let mut params = rcgen::CertificateParams::new([host.to_owned()]).context("his_host")?;
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(rcgen::DnType::CommonName, host);
    let request = params.serialize_request(&key).and_then(|request| request.pem()).context("no request can be made")?;
    let key_pem = zeroize::Zeroizing::new(key.serialize_pem());
    let key = write("key", &key_pem, Privacy::OwnerOnly)?;
    Ok(Made { files: vec![key, write("csr", &request, Privacy::Public)?], is_kept: false })
}

fn development_authority(folder: &Path) -> anyhow::Result<Option<Authority>> {
    let (cert, key) = (folder.join("ca.pem"), folder.join("ca.key"));
    if !key.exists() {
        return Ok(None);
    }
    let read = |path: &Path| std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()));
    let key = zeroize::Zeroizing::new(read(&key)?);
    Ok(Some(Authority::open(&read(&cert)?, &key)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_for_its_owner_only() {
        let dir = tempfile::tempdir().unwrap();
        let made = make(dir.path(), "delinde", "his.delinde.nl").unwrap();
        let names: Vec<_> =
            made.files.iter().map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect();
        assert_eq!(names, ["his-delinde.key", "his-delinde.csr"]);
        let request = std::fs::read_to_string(&made.files[1]).unwrap();
        assert!(request.contains("BEGIN CERTIFICATE REQUEST"));
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&made.files[0]).unwrap().permissions());
        assert_eq!(mode & 0o077, 0);
        let key = std::fs::read(&made.files[0]).unwrap();
        assert!(make(dir.path(), "delinde", "his.delinde.nl").unwrap().is_kept);
        assert_eq!(std::fs::read(&made.files[0]).unwrap(), key, "never written over");
        std::fs::remove_file(&made.files[0]).unwrap();
        let error = make(dir.path(), "delinde", "his.delinde.nl").unwrap_err().to_string();
        assert!(error.contains("his-delinde.csr is in the way"), "a new key is not that of the old request: {error}");
    }
}
