//! Pages that nobody gets to see in the demo: a fault, a login elsewhere, acting for somebody else, more practices than one.

use std::path::Path;

use askama::Template as _;
use dvza::domain::representation::Representation;
use dvza::http::pages::Lang;
use dvza::http::pages::consent_text::ConsentText;
use dvza::http::pages::views::{
    ChoosePractice, ConsentForm, Depart, Fault, Frame, Message, MessageForm, SimulatorForm,
};

fn choice(frame: Frame, practices: Vec<(String, String)>) -> ChoosePractice {
    let (title, label) = (frame.t.practices_title, frame.t.practices_label);
    ChoosePractice { frame, title, label, path: "/consents", practices }
}

/// Each as a file of its own, as the server renders it, in both languages.
pub fn render(dir: &Path) {
    let style = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/static/style.css")).unwrap();
    let logo = concat!("file://", env!("CARGO_MANIFEST_DIR"), "/static/medmij-logo.svg");
    for lang in Lang::ALL {
        let t = lang.texts();
        let frame = || Frame::new(lang, "Huisartsenpraktijk De Linde", None);
        let lines = vec![t.fault_text.to_owned(), t.fault_later.to_owned()];
        let (trace, session) =
            ("1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed".to_owned(), "7d4f6d0c-9a1b-4c3e-8f00-1f2e3d4c5b6a".to_owned());
        let back = Some(("https://pgo.dvza.test/callback?error=server_error".to_owned(), "Test-PGO".to_owned()));
        let text = ConsentText::new(lang, "De Linde", "Test-PGO", Some(Representation::Parental));
        let practices = [("een@medmij", "De Linde"), ("twee@medmij", "De Els")];
        let practices = practices.map(|(name, display)| (name.to_owned(), display.to_owned())).into();
        let form =
            MessageForm { path: "/unavailable", csrf: "x".to_owned(), buttons: vec![("back", "Test-PGO".to_owned())] };
        let pages = [
            ("fault", Fault { frame: frame(), lines, trace, session, back }.render()),
            (
                "depart",
                Depart {
                    frame: frame(),
                    action: "https://tvs.example/sso".to_owned(),
                    fields: vec![("SAMLRequest", "x".to_owned())],
                }
                .render(),
            ),
            (
                "consent-for-another",
                ConsentForm { frame: frame(), text, privacy_url: None, csrf: "x".to_owned() }.render(),
            ),
            (
                "simulator-for-another",
                SimulatorForm {
                    frame: Frame::bare(lang),
                    relay: "x".to_owned(),
                    for_another: true,
                    levels: vec![("hoog", true)],
                }
                .render(),
            ),
            (
                "other-birth-date",
                Message {
                    frame: frame(),
                    title: t.unavailable_title.to_owned(),
                    lines: vec![t.unavailable_birth.to_owned()],
                    form: Some(form),
                    ids: None,
                }
                .render(),
            ),
            ("practices", choice(frame(), practices).render()),
            ("no-practices", choice(frame(), Vec::new()).render()),
        ];
        for (name, page) in pages {
            let page = page
                .unwrap()
                .replace("<link rel=\"stylesheet\" href=\"/static/style.css\">", &format!("<style>{style}</style>"));
            let page = page.replace("/static/medmij-logo", logo);
            std::fs::write(dir.join(format!("{}-rendered-{name}.html", lang.as_str())), page).unwrap();
        }
    }
}
