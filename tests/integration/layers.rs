//! The layers of the crate, read from the `use crate::…` lines: an arrow may skip levels, never go left.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The sentence that a forbidden import breaks.
const SENTENCE: &str =
    "cli → http, tasks → import, login, audit, his → store, seal → mapping → fhir, medmij, oauth → domain";

/// Modules by level, the outermost highest. `app` is the value that carries the edges to the handlers; `pgo` and `devnet`
/// are other parties; `sample` writes what a HIS would.
const LEVELS: &[(u8, &[&str])] = &[
    (7, &["cli"]),
    (6, &["http", "tasks", "app", "devnet"]),
    (5, &["import", "lists", "login", "audit", "his", "mail"]),
    (4, &["store", "seal"]),
    (3, &["mapping"]),
    (2, &["fhir", "medmij", "oauth", "sheet", "pdf"]),
    (1, &["domain"]),
    (0, &[]),
];

/// Modules that stand beside the layers: whom they may use, and nobody but `cli` (or what is named) uses them.
const BESIDE: &[(&str, &[&str])] = &[
    ("pgo", &["domain", "devnet"]),
    ("sample", &["domain"]),
    ("config", &["domain", "oauth", "medmij"]),
    ("telemetry", &["config"]),
];

/// Siblings that must not know each other.
const STRANGERS: &[&[&str]] = &[&["fhir", "medmij", "oauth"]];

/// Interfaces under `http` that must not know each other.
const HTTP_STRANGERS: &[&str] = &["front", "back", "console", "ops"];

#[test]
fn no_module_imports_against_the_arrows() {
    let mut faults = Vec::new();
    for (file, module, used) in imports() {
        if let Some(fault) = fault(&module, &used) {
            faults.push(format!("{}: {fault}", file.display()));
        }
    }
    assert!(faults.is_empty(), "{SENTENCE}\n{}", faults.join("\n"));
}

#[test]
fn a_forbidden_import_is_found() {
    assert!(fault("domain", "store").is_some());
    assert!(fault("store", "http").is_some());
    assert!(fault("fhir", "oauth").is_some());
    assert!(fault("http::front", "http::back").is_some());
    assert!(fault("http", "sample").is_some());
    assert!(fault("pgo", "medmij").is_some());
    assert!(fault("store", "pgo").is_some());
    assert!(fault("http", "domain").is_none());
    assert!(fault("import", "store").is_none());
    let parsed = used_modules(
        "use crate::store::Store;\nuse crate::{\n    fhir,\n    domain::bsn::Bsn,\n};\nlet x = crate::http::y();\n",
    );
    assert_eq!(parsed, ["store", "fhir", "domain", "http"]);
}

fn fault(module: &str, used: &str) -> Option<String> {
    let (top, used_top) = (first(module), first(used));
    if top == used_top {
        let (a, b) = (second(module)?, second(used)?);
        let strangers = top == "http" && a != b && HTTP_STRANGERS.contains(&a) && HTTP_STRANGERS.contains(&b);
        return strangers.then(|| format!("{module} must not use {used}"));
    }
    if let Some((_, allowed)) = BESIDE.iter().find(|(name, _)| *name == top) {
        return (!allowed.contains(&used_top)).then(|| format!("{module} must not use {used}"));
    }
    if BESIDE.iter().any(|(name, _)| *name == used_top) {
        return (top != "cli" && !(top == "app" && used_top == "config"))
            .then(|| format!("{module} must not use {used}"));
    }
    let (Some(from), Some(to)) = (level(top), level(used_top)) else {
        return Some(format!("{top} or {used_top} has no place in the layers"));
    };
    let strangers = STRANGERS.iter().any(|group| group.contains(&top) && group.contains(&used_top));
    (to > from || strangers).then(|| format!("{module} must not use {used}"))
}

fn level(module: &str) -> Option<u8> {
    LEVELS.iter().find(|(_, names)| names.contains(&module)).map(|(level, _)| *level)
}

fn first(path: &str) -> &str {
    path.split("::").next().unwrap_or(path)
}

fn second(path: &str) -> Option<&str> {
    path.split("::").nth(1)
}

/// Every (file, its module, module it uses) of `src`, without the root.
fn imports() -> Vec<(PathBuf, String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    let mut found = BTreeMap::new();
    for file in files {
        let module = module_of(&root, &file);
        // Tests may look behind the walls.
        if module.is_empty() || module == "lib" || module == "main" || module.ends_with("tests") {
            continue;
        }
        let text = fs::read_to_string(&file).expect("source files are readable");
        for used in used_modules(&text) {
            found.insert((file.clone(), module.clone(), used), ());
        }
    }
    assert!(found.len() > 50, "the reader of imports found too little to be right");
    found.into_keys().collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("source folders are readable") {
        let path = entry.expect("source folders are readable").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

fn module_of(root: &Path, file: &Path) -> String {
    let relative = file.strip_prefix(root).expect("files are below the root").with_extension("");
    let parts: Vec<&str> = relative.iter().filter_map(|part| part.to_str()).filter(|part| *part != "mod").collect();
    parts.join("::")
}

/// Module paths (at most two parts) named after `crate::` in code lines, braces opened one level.
fn used_modules(text: &str) -> Vec<String> {
    let mut used = Vec::new();
    let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    // A statement may run over several lines.
    for statement in code.join(" ").split(';') {
        for rest in statement.split("crate::").skip(1) {
            let paths: Vec<&str> = match rest.strip_prefix('{') {
                Some(group) => group.split('}').next().unwrap_or(group).split(',').map(str::trim).collect(),
                None => vec![rest],
            };
            for path in paths {
                let parts: Vec<&str> =
                    path.split("::").take(2).map(identifier).filter(|part| !part.is_empty()).collect();
                if let Some(top) = parts.first() {
                    let second = parts.get(1).filter(|part| *top == "http" && HTTP_STRANGERS.contains(part));
                    used.push(second.map_or_else(|| (*top).to_owned(), |second| format!("{top}::{second}")));
                }
            }
        }
    }
    used
}

fn identifier(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}
