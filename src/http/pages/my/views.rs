//! What each template of the own pages needs. Values are texts ready to be shown; templates escape them.

use askama::Template;

use super::MyTexts;
use crate::http::pages::Lang;
use crate::http::pages::texts::fill;
use crate::http::pages::views::{Frame, Idle};

/// What every own page carries besides the frame.
#[derive(Debug)]
pub struct My {
    /// Texts.
    pub m: &'static MyTexts,
    /// How to leave, and what happens to who does nothing.
    pub advice: String,
    /// Proof that the form that logs out is ours.
    pub leave: String,
    /// How long the session may be idle.
    pub idle: Idle,
}

impl My {
    /// In this language, for who may do nothing for so many seconds.
    pub fn new(lang: Lang, idle_seconds: i64, leave: String) -> Self {
        let m = MyTexts::of(lang);
        let minutes = match idle_seconds / 60 {
            1 => m.minute.to_owned(),
            count => fill(m.minutes, &[("count", &count.to_string())]),
        };
        Self { m, advice: fill(m.leave_advice, &[("minutes", &minutes)]), leave, idle: Idle::new(lang, idle_seconds) }
    }
}

/// The start page.
#[derive(Debug, Template)]
#[template(path = "my/start.html")]
pub struct Start {
    /// Frame.
    pub frame: Frame,
    /// What every own page carries.
    pub my: My,
    /// Title.
    pub title: String,
    /// Introduction.
    pub intro: String,
    /// What was just done.
    pub notice: Option<&'static str>,
    /// Where the dossier stands.
    pub state: Vec<String>,
    /// The form that asks for access, when it may be asked for.
    pub ask: Option<Ask>,
    /// The access can be closed.
    pub may_close: bool,
    /// What there is to say of results.
    pub results: Option<Results>,
    /// The way to the other pages.
    pub tiles: Vec<Tile>,
}

/// The wish that new results wait, where the practice lets patients have it.
#[derive(Debug)]
pub struct Results {
    /// Proof that the form is ours.
    pub csrf: String,
    /// Where it goes.
    pub path: &'static str,
    /// New results wait for the patient.
    pub waits: bool,
}

/// The form that asks for access.
#[derive(Debug)]
pub struct Ask {
    /// Proof that it is ours.
    pub csrf: String,
    /// Where it goes.
    pub path: &'static str,
}

/// The way to a page.
#[derive(Debug)]
pub struct Tile {
    /// Its path.
    pub path: &'static str,
    /// Its title.
    pub title: &'static str,
    /// What it is for.
    pub text: &'static str,
}

/// The question whether access is to be closed.
#[derive(Debug, Template)]
#[template(path = "my/close.html")]
pub struct Close {
    /// Frame.
    pub frame: Frame,
    /// What every own page carries.
    pub my: My,
    /// Proof that the form is ours.
    pub csrf: String,
    /// Where it goes.
    pub path: &'static str,
}

/// The headings of what is shared.
#[derive(Debug, Template)]
#[template(path = "my/data.html")]
pub struct Data {
    /// Frame.
    pub frame: Frame,
    /// What every own page carries.
    pub my: My,
    /// Introduction.
    pub intro: String,
    /// Every heading, in order.
    pub headings: Vec<Heading>,
}

/// A heading with how much stands under it.
#[derive(Debug)]
pub struct Heading {
    /// Path of its page.
    pub path: String,
    /// Its words.
    pub title: &'static str,
    /// How much stands under it.
    pub count: usize,
}

/// The dossier is not open.
#[derive(Debug, Template)]
#[template(path = "my/shut.html")]
pub struct DataShut {
    /// Frame.
    pub frame: Frame,
    /// What every own page carries.
    pub my: My,
}

/// What stands under one heading.
#[derive(Debug, Template)]
#[template(path = "my/section.html")]
pub struct SectionPage {
    /// Frame.
    pub frame: Frame,
    /// What every own page carries.
    pub my: My,
    /// The heading.
    pub title: &'static str,
    /// A word of caution comes first.
    pub with_caution: bool,
    /// What stands there, the newest first.
    pub items: Vec<Item>,
}

/// Something that is shared.
#[derive(Debug)]
pub struct Item {
    /// What it is.
    pub title: String,
    /// When it was.
    pub date: Option<String>,
    /// What else is known: label and words.
    pub details: Vec<(&'static str, String)>,
    /// The document behind it.
    pub document: Option<Document>,
}

/// A document that can be opened.
#[derive(Debug)]
pub struct Document {
    /// Its path.
    pub path: String,
    /// Words of the link.
    pub label: String,
}

/// Who has seen what.
#[derive(Debug, Template)]
#[template(path = "my/log.html")]
pub struct Log {
    /// Frame.
    pub frame: Frame,
    /// What every own page carries.
    pub my: My,
    /// Introduction.
    pub intro: String,
    /// The lines, the newest first.
    pub rows: Vec<LogRow>,
    /// Path of the older ones.
    pub older: Option<String>,
    /// Path of the newer ones.
    pub newer: Option<String>,
}

/// A line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogRow {
    /// The instant, for machines.
    pub instant: String,
    /// The instant, for people.
    pub when: String,
    /// Who.
    pub who: String,
    /// What happened.
    pub what: String,
    /// With what; may be empty.
    pub more: String,
    /// How it ended.
    pub outcome: &'static str,
}

/// Requests to the practice.
#[derive(Debug, Template)]
#[template(path = "my/requests.html")]
pub struct Requests {
    /// Frame.
    pub frame: Frame,
    /// What every own page carries.
    pub my: My,
    /// Introduction.
    pub intro: String,
    /// What was just done.
    pub notice: Option<&'static str>,
    /// The form.
    pub form: RequestForm,
    /// What was asked before.
    pub own: Vec<OwnRequest>,
}

/// The form of a request.
#[derive(Debug)]
pub struct RequestForm {
    /// Where it goes.
    pub path: &'static str,
    /// Proof that it is ours.
    pub csrf: String,
    /// What can be asked.
    pub kinds: Vec<Choice>,
    /// The explanation so far.
    pub words: String,
    /// What is wrong with it.
    pub faults: Faults,
}

/// One of several.
#[derive(Debug)]
pub struct Choice {
    /// Its value.
    pub value: &'static str,
    /// Its words.
    pub label: &'static str,
    /// It is the one.
    pub chosen: bool,
}

/// What is wrong with a request, by field.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Faults {
    /// With the kind.
    pub kind: Option<&'static str>,
    /// With the explanation.
    pub words: Option<&'static str>,
}

impl Faults {
    /// Is anything wrong?
    pub const fn any(&self) -> bool {
        self.kind.is_some() || self.words.is_some()
    }
}

/// A request that was made.
#[derive(Debug)]
pub struct OwnRequest {
    /// What was asked.
    pub title: &'static str,
    /// How far it is.
    pub state: &'static str,
    /// Its dates.
    pub lines: Vec<String>,
    /// The patient's words.
    pub asked: Option<String>,
    /// The practice's words.
    pub answer: Option<String>,
}

/// Who may not look, and what is not shared.
#[derive(Debug, Template)]
#[template(path = "my/exclusions.html")]
pub struct Exclusions {
    /// Frame.
    pub frame: Frame,
    /// What every own page carries.
    pub my: My,
    /// What was just done.
    pub notice: Option<String>,
    /// Introduction.
    pub intro: String,
    /// The employees.
    pub people: Vec<Person>,
    /// Who may get a copy for the patient: name, relation and last day.
    pub registered: Vec<String>,
    /// Kinds of what is not shared, and how many there are.
    pub hidden: Vec<(&'static str, usize)>,
    /// Where the form goes.
    pub path: &'static str,
    /// Proof that it is ours.
    pub csrf: String,
}

/// An employee.
#[derive(Debug)]
pub struct Person {
    /// Their name in forms.
    pub key: String,
    /// Their name.
    pub name: String,
    /// What they do.
    pub role: &'static str,
    /// Since when they are excluded.
    pub since: Option<String>,
    /// Label of the button that changes that.
    pub button: String,
}

/// Help, and what the words mean.
#[derive(Debug, Template)]
#[template(path = "my/help.html")]
pub struct Help {
    /// Frame.
    pub frame: Frame,
    /// What every own page carries.
    pub my: My,
    /// Whom to ask what.
    pub whom: Vec<String>,
    /// The practice's own links: label and address.
    pub links: Vec<(String, String)>,
    /// Address of a film.
    pub film: Option<String>,
    /// What is not possible here.
    pub later: String,
    /// Address and label of the privacy statement.
    pub privacy: Option<(String, String)>,
}

/// The session is over.
#[derive(Debug, Template)]
#[template(path = "my/over.html")]
pub struct SessionOver {
    /// Frame.
    pub frame: Frame,
    /// Texts.
    pub m: &'static MyTexts,
}

/// The patient's own e-mail address.
#[derive(Debug, Template)]
#[template(path = "my/email.html")]
pub struct OwnEmail {
    /// Frame.
    pub frame: Frame,
    /// What every own page carries.
    pub my: My,
    /// What was just done.
    pub notice: Option<&'static str>,
    /// What it is for.
    pub intro: String,
    /// The address there is.
    pub address: Option<String>,
    /// Whether it is confirmed.
    pub state: Option<String>,
    /// A letter with a link is on its way.
    pub waits: bool,
    /// What was typed.
    pub typed: String,
    /// What is wrong with it.
    pub fault: Option<&'static str>,
    /// Where the form goes.
    pub path: &'static str,
    /// Proof that it is ours.
    pub csrf: String,
}

/// The page behind the link in a letter.
#[derive(Debug, Template)]
#[template(path = "email/confirm.html")]
pub struct ConfirmEmail {
    /// Frame.
    pub frame: Frame,
    /// Texts.
    pub m: &'static MyTexts,
    /// The token of the link.
    pub token: String,
    /// The link is too old: a new letter can be asked for.
    pub again: bool,
}

/// Signing up an address without an eID.
#[derive(Debug, Template)]
#[template(path = "email/register.html")]
pub struct Register {
    /// Frame.
    pub frame: Frame,
    /// Texts.
    pub m: &'static MyTexts,
    /// Where the form goes.
    pub path: &'static str,
    /// Practices that offer it: name, and name for patients.
    pub practices: Vec<(String, String)>,
    /// The chosen one.
    pub practice: String,
    /// Name as typed.
    pub name: String,
    /// Birth date as typed.
    pub birth: String,
    /// Telephone number as typed.
    pub phone: String,
    /// Address as typed.
    pub email: String,
    /// What is wrong, field by field.
    pub faults: RegisterFaults,
}

/// What is wrong with a sign-up, at the field where it is wrong.
#[derive(Debug, Default)]
#[allow(missing_docs, reason = "named after the fields")]
pub struct RegisterFaults {
    pub name: Option<&'static str>,
    pub birth: Option<&'static str>,
    pub phone: Option<&'static str>,
    pub email: Option<&'static str>,
}

impl RegisterFaults {
    /// Is anything wrong?
    pub const fn any(&self) -> bool {
        self.name.is_some() || self.birth.is_some() || self.phone.is_some() || self.email.is_some()
    }
}
