//! The commented configuration file that `dvza init` writes.

/// Which file is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Template {
    /// All listeners on loopback from this port on: front, back, console, ops; at most 65532.
    Development {
        /// The port of the front listener.
        base_port: u16,
    },
    /// A start for an operator: host names and certificates are still to be filled in.
    Production,
}

/// The text of a `dvza.toml` in which every key is explained.
pub fn write_template(template: &Template) -> String {
    let text = include_str!("dvza.toml");
    let lines = replacements(template);
    lines.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("@{name}@"), value))
}

fn replacements(template: &Template) -> Vec<(&'static str, String)> {
    match template {
        Template::Development { base_port } => {
            let address = |step: u16| format!("127.0.0.1:{}", base_port.saturating_add(step));
            let url = |step: u16| format!("https://localhost:{}", base_port.saturating_add(step));
            vec![
                ("environment", "development".to_owned()),
                ("front_address", address(0)),
                ("back_address", address(1)),
                ("console_address", address(2)),
                ("ops_address", address(3)),
                ("front_url", url(0)),
                ("back_url", url(1)),
                ("console_url", url(2)),
                ("client_roots", "certs/ca.pem".to_owned()),
                ("client_crls", String::new()),
                ("login", "simulator".to_owned()),
                ("console_login", "simulator".to_owned()),
                ("desk_name", "dvza (development)".to_owned()),
                ("desk_phone", "000-0000000".to_owned()),
                ("also_off", String::new()),
            ]
        }
        Template::Production => vec![
            ("environment", "production".to_owned()),
            ("front_address", "[::]:443".to_owned()),
            ("back_address", "[::]:8444".to_owned()),
            ("console_address", "[::]:8445".to_owned()),
            ("ops_address", "127.0.0.1:8446".to_owned()),
            ("front_url", "https://inloggen.dva.example.org".to_owned()),
            ("back_url", "https://medmij.dva.example.org".to_owned()),
            ("console_url", "https://praktijk.dva.example.org".to_owned()),
            ("client_roots", "certs/client-roots.pem".to_owned()),
            ("client_crls", "\"certs/client.crl\"".to_owned()),
            ("login", "closed".to_owned()),
            ("console_login", "closed".to_owned()),
            ("desk_name", "Dienstverlener".to_owned()),
            ("desk_phone", "-".to_owned()),
            ("also_off", "# ".to_owned()),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_placeholder_stays_behind() {
        for template in [Template::Development { base_port: 8443 }, Template::Production] {
            let text = write_template(&template);
            let left: Vec<_> = text.lines().filter(|line| !line.starts_with('#') && line.contains('@')).collect();
            assert!(left.is_empty(), "{left:?}");
        }
    }

    #[test]
    fn every_key_has_a_comment_above_it() {
        let text = write_template(&Template::Production);
        let mut explained = false;
        for line in text.lines() {
            if line.contains(" = ") {
                assert!(explained, "without a comment: {line}");
            }
            explained = (line.starts_with("# ") || (explained && line.contains(" = "))) && !line.is_empty();
        }
    }
}
