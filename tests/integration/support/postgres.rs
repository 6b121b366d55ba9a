//! A PostgreSQL server for the tests: the given one, or one of this machine started for this run.
//!
//! `DVZA_TEST_POSTGRES` names a server by its address. Without it, `initdb` and `pg_ctl` are looked for in
//! `PATH` and in Debian's place; the server gets a temporary folder and a loopback port and ends with this
//! process. `DVZA_REQUIRE_POSTGRES=1` turns its absence into a failure.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use dvza::devnet::Ports;

/// Address of a server with a database `postgres`, or `None`: then one line was printed that says why.
pub fn address() -> Option<&'static str> {
    static SERVER: OnceLock<Result<Server, String>> = OnceLock::new();
    let server = SERVER.get_or_init(|| {
        let found = Server::find();
        if let Err(reason) = &found {
            // Past the test harness, which keeps the output of `eprintln!` from passing tests to itself.
            let _ = writeln!(std::io::stderr(), "PostgreSQL tests skipped: {reason}");
        }
        found
    });
    match server {
        Ok(server) => Some(&server.address),
        Err(reason) if std::env::var("DVZA_REQUIRE_POSTGRES").is_ok_and(|value| value == "1") => {
            panic!("PostgreSQL is required, but {reason}")
        }
        Err(_) => None,
    }
}

struct Server {
    address: String,
    /// Its standard input closes when this process ends; that stops the server.
    _keeper: Option<Child>,
}

impl Server {
    fn find() -> Result<Self, String> {
        match std::env::var("DVZA_TEST_POSTGRES") {
            Ok(address) if !address.is_empty() => Ok(Self { address, _keeper: None }),
            _ => Self::start(&programs().ok_or("no initdb and pg_ctl found")?),
        }
    }

    fn start(programs: &Path) -> Result<Self, String> {
        let folder = tempfile::Builder::new().prefix("dvza-postgres-").tempdir().map_err(|e| e.to_string())?.keep();
        let port = Ports::unused().ok_or("no port is free")?.front;
        let mut keeper = as_ordinary_user(&folder)?
            .arg(script(programs, &folder, port))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| format!("the server could not be started: {e}"))?;
        let out = keeper.stdout.take().ok_or("the server has no output")?;
        let mut line = String::new();
        BufReader::new(out).read_line(&mut line).map_err(|e| e.to_string())?;
        if line.trim() != "ready" {
            return Err(format!("the server did not start; see {}/log", folder.display()));
        }
        Ok(Self { address: format!("postgres://postgres@127.0.0.1:{port}/postgres"), _keeper: Some(keeper) })
    }
}

/// Starts the server, says so, waits until the test process is gone, and cleans up.
fn script(programs: &Path, folder: &Path, port: u16) -> String {
    let (bin, dir) = (programs.display(), folder.display());
    format!(
        "cd '{dir}' &&
         '{bin}/initdb' -D data -U postgres -A trust -E UTF8 --locale=C --no-sync >log 2>&1 &&
         '{bin}/pg_ctl' -D data -w -l log -o '-p {port} -c listen_addresses=127.0.0.1 -k {dir} -c fsync=off \
         -c max_connections=400' start >>log 2>&1 </dev/null &&
         echo ready
         cat >/dev/null
         '{bin}/pg_ctl' -D data -w -m immediate stop >>log 2>&1
         cd / && rm -rf '{dir}'"
    )
}

/// PostgreSQL refuses to run as root: then its own user runs it.
fn as_ordinary_user(folder: &Path) -> Result<Command, String> {
    let root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.trim_ascii() == b"0");
    if !root {
        let mut shell = Command::new("sh");
        shell.arg("-c");
        return Ok(shell);
    }
    let given = Command::new("chown").arg("-R").arg("postgres").arg(folder).status();
    if !given.is_ok_and(|status| status.success()) {
        return Err("there is no user postgres to run it".to_owned());
    }
    let mut shell = Command::new("runuser");
    shell.args(["-u", "postgres", "--", "sh", "-c"]);
    Ok(shell)
}

fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    if let Ok(versions) = std::fs::read_dir("/usr/lib/postgresql") {
        folders.extend(versions.flatten().map(|version| version.path().join("bin")));
    }
    folders.into_iter().find(|folder| folder.join("initdb").exists() && folder.join("pg_ctl").exists())
}
