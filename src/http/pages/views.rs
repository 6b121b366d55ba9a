//! What each template needs. Values are texts ready to be shown; templates escape them.

use askama::Template;

use super::Lang;
use super::consent_text::ConsentText;
use super::texts::{Texts, fill};

/// What every page carries.
#[derive(Debug)]
pub struct Frame {
    /// Language of the page.
    pub lang: Lang,
    /// Texts of that language.
    pub t: &'static Texts,
    /// Name of the practice; `None` before one is known.
    pub practice: Option<String>,
    /// Address of the practice's logo; its name stands in that place without one.
    pub logo: Option<String>,
    /// Shows the link to the other language, on pages that can be asked for again.
    pub switchable: bool,
}

/// The warning that an idle session is about to end (R-SE-02): the style sheet shows it two minutes before, with a session of
/// less than three minutes halfway. It needs no script.
#[derive(Debug)]
pub struct Idle {
    /// How long somebody may do nothing, in minutes: 1 to 15.
    pub minutes: i64,
    /// What is about to happen.
    pub warning: &'static str,
    /// The link that asks for the same page again, and so keeps the session.
    pub stay: &'static str,
}

impl Idle {
    /// For who may do nothing for so many seconds.
    pub fn new(lang: Lang, seconds: i64) -> Self {
        Self {
            minutes: (seconds / 60).clamp(1, 15),
            warning: lang.pick(
                "U wordt bijna uitgelogd, omdat u al een tijd niets doet.",
                "You are about to be logged out, because you have done nothing for a while.",
            ),
            stay: lang.pick("Ingelogd blijven", "Stay logged in"),
        }
    }
}

impl Frame {
    /// The frame of a page about this practice.
    pub fn new(lang: Lang, practice: &str, logo: Option<String>) -> Self {
        Self { lang, t: lang.texts(), practice: Some(practice.to_owned()), logo, switchable: true }
    }

    /// The same for the answer to a form, which cannot be asked for again in another language.
    #[must_use]
    pub fn fixed(mut self) -> Self {
        self.switchable = false;
        self
    }

    /// The frame of a page that is about no practice.
    pub fn bare(lang: Lang) -> Self {
        Self { lang, t: lang.texts(), practice: None, logo: None, switchable: false }
    }
}

/// Landing page (landingspagina).
#[derive(Debug, Template)]
#[template(path = "landing.html")]
pub struct Landing {
    /// Frame.
    pub frame: Frame,
    /// Title.
    pub title: String,
    /// Paragraphs.
    pub lines: Vec<String>,
    /// Words of the link to the help of the own pages, on the way to those.
    pub help: Option<&'static str>,
    /// Proof that the form is ours.
    pub csrf: String,
}

/// On to the means of login, by a form of its own (SAML's POST binding).
#[derive(Debug, Template)]
#[template(path = "depart.html")]
pub struct Depart {
    /// Frame.
    pub frame: Frame,
    /// Where the form goes.
    pub action: String,
    /// Hidden fields.
    pub fields: Vec<(&'static str, String)>,
}

/// Page of the login simulator.
#[derive(Debug, Template)]
#[template(path = "simulator.html")]
pub struct SimulatorForm {
    /// Frame.
    pub frame: Frame,
    /// State of the login.
    pub relay: String,
    /// Asks for whom somebody acts.
    pub for_another: bool,
    /// Levels to choose from, the preset one marked.
    pub levels: Vec<(&'static str, bool)>,
}

/// A page with a message and buttons: cancelled, unavailable, level too low, left.
#[derive(Debug, Template)]
#[template(path = "message.html")]
pub struct Message {
    /// Frame.
    pub frame: Frame,
    /// Title.
    pub title: String,
    /// Paragraphs.
    pub lines: Vec<String>,
    /// The form, if there is something to choose.
    pub form: Option<MessageForm>,
    /// Trace ID and session ID, where a person may want to ask somebody why.
    pub ids: Option<(String, String)>,
}

/// Buttons of a [`Message`].
#[derive(Debug)]
pub struct MessageForm {
    /// Path the form goes to.
    pub path: &'static str,
    /// Proof that the form is ours.
    pub csrf: String,
    /// Value of `action` and label of each button, the first one first.
    pub buttons: Vec<(&'static str, String)>,
}

/// Consent page (toestemmingsverklaring).
#[derive(Debug, Template)]
#[template(path = "consent.html")]
pub struct ConsentForm {
    /// Frame.
    pub frame: Frame,
    /// The text.
    pub text: ConsentText,
    /// Privacy statement of the practice.
    pub privacy_url: Option<String>,
    /// Proof that the form is ours.
    pub csrf: String,
}

/// Choice of a practice, before the consent overview or the patient's own pages.
#[derive(Debug, Template)]
#[template(path = "practices.html")]
pub struct ChoosePractice {
    /// Frame.
    pub frame: Frame,
    /// Title.
    pub title: &'static str,
    /// Label of the choice.
    pub label: &'static str,
    /// Path of the page that it leads to; its form goes below that.
    pub path: &'static str,
    /// MedMij name and display name of each.
    pub practices: Vec<(String, String)>,
}

/// Consent overview (toestemmingsoverzicht).
#[derive(Debug, Template)]
#[template(path = "overview.html")]
pub struct Overview {
    /// Frame.
    pub frame: Frame,
    /// Title.
    pub title: String,
    /// Introduction.
    pub intro: String,
    /// Words of the link to the person's own pages.
    pub home: &'static str,
    /// Consents by PGO.
    pub groups: Vec<OverviewGroup>,
    /// Proof that the form is ours.
    pub csrf: String,
    /// Name of the page that explains the words.
    pub help: &'static str,
    /// How long the session may be idle.
    pub idle: Idle,
}

/// The consents for one PGO.
#[derive(Debug)]
pub struct OverviewGroup {
    /// Its name.
    pub pgo: String,
    /// Each consent.
    pub consents: Vec<OverviewConsent>,
}

/// A consent in the overview.
#[derive(Debug)]
pub struct OverviewConsent {
    /// Its id.
    pub id: String,
    /// What holds for it: when, for how long, for which data.
    pub lines: Vec<String>,
    /// Words of the fold with its text, with the version.
    pub text_label: String,
    /// Language of that text.
    pub language: String,
    /// The text as it was shown, by paragraphs.
    pub text: Vec<String>,
}

impl OverviewGroup {
    /// Label of the button that withdraws.
    pub fn withdraw_label(&self, texts: &Texts) -> String {
        fill(texts.overview_withdraw, &[("pgo", &self.pgo)])
    }
}

/// Confirmation of a withdrawal (beëindigingsverklaring toestemming).
#[derive(Debug, Template)]
#[template(path = "withdraw.html")]
pub struct Withdraw {
    /// Frame.
    pub frame: Frame,
    /// The question.
    pub question: String,
    /// Which consent.
    pub lines: Vec<String>,
    /// What it does.
    pub effect: String,
    /// Id of the consent.
    pub consent: String,
    /// Proof that the form is ours.
    pub csrf: String,
}

/// Technical fault (technische storing).
#[derive(Debug, Template)]
#[template(path = "fault.html")]
pub struct Fault {
    /// Frame.
    pub frame: Frame,
    /// Paragraphs.
    pub lines: Vec<String>,
    /// Trace ID: `MedMij-Request-ID`.
    pub trace: String,
    /// Session ID: `X-Correlation-ID`.
    pub session: String,
    /// Address and label of the way back; only when client and redirect address are trusted.
    pub back: Option<(String, String)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_warning_comes_two_minutes_before_the_end() {
        let style = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/static/style.css"));
        for minutes in 1..=15 {
            let idle = Idle::new(Lang::Nl, minutes * 60);
            let seconds = if minutes > 2 { (minutes - 2) * 60 } else { minutes * 30 };
            let rule = format!(".idle-{} {{ animation-delay: {seconds}s; }}", idle.minutes);
            assert!(style.contains(&rule), "{rule}");
        }
    }
}
