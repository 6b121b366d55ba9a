//! E-mail addresses and the letters that go to them (release-rules R-RG). Nothing medical stands in a letter, and no link logs in: an
//! address is for notices only, access needs an eID.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::App;
use crate::audit::{self, Action, Actor, Event, Kind};
use crate::domain::email::EmailAddress;
use crate::domain::ids::{PatientId, PatientRef, PracticeId, PracticeScope};
use crate::domain::time::{Moment, Timestamp};
use crate::http::context::{NoRandomness, random};
use crate::seal::token_hash;
use crate::store::accounts::{self, Account, ConfirmLink, Told};
use crate::store::outbox::{self, Letter, Waiting};
use crate::store::{self, StoreError, Tx};

/// How long a link in a letter can be used, in seconds (R-RG-02).
pub const LINK_SECONDS: i64 = 24 * 60 * 60;
/// No second letter with a link goes to one address within so many seconds.
const AGAIN_SECONDS: i64 = 15 * 60;
/// The most sign-ups of one practice that wait for their link at the same time.
const MOST_UNCONFIRMED: u64 = 200;
/// Where the link leads.
pub const CONFIRM_PATH: &str = "/email/confirm";

/// A letter cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum LetterError {
    /// The database failed.
    #[error("storage failed")]
    Store(#[from] StoreError),
    /// No random numbers.
    #[error(transparent)]
    Random(#[from] NoRandomness),
}

/// What came of asking for an address to be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// A letter with a link is on its way.
    Sent,
    /// One went out a moment ago, or too many wait.
    Enough,
    /// It is this person's and was confirmed.
    Yours,
    /// It is somebody else's: each person needs an own address (R-RG-01).
    Taken,
}

/// What came of a link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Confirmed {
    /// The address is confirmed; whether it is linked to a patient.
    Done {
        /// At which practice.
        practice: PracticeId,
        /// It is a patient's; else an employee still has to link it.
        linked: bool,
    },
    /// The link is older than 24 hours: a new letter can be asked for.
    Expired(PracticeId),
    /// There is no such link, or it was used before.
    Unknown,
}

/// So many links are sent for one patient within a day.
const MOST_A_DAY: u64 = 5;
/// Kinds of letters in the outbox.
const CONFIRMATION: &str = "confirmation";
const TAKEN: &str = "taken";
const NOTICE: &str = "notice";

impl App {
    /// Somebody wants letters at this address: the patient, an employee on the patient's word, or who signs up without an eID.
    ///
    /// # Errors
    /// [`LetterError`] when the database or the random source fails; then nothing may be committed.
    pub async fn ask_address(
        &self,
        tx: &mut Tx<'_>,
        (practice, patient): (PracticeId, Option<PatientId>),
        address: &EmailAddress,
        told: Told,
        at: Timestamp,
    ) -> Result<Asked, LetterError> {
        let sealer = self.sealer();
        let hash = sealer.address_hash(address);
        let told = Told { address: address.as_str().to_owned(), ..told };
        if let Some(known) = accounts::by_address(tx, sealer, &hash).await? {
            let own = known.practice == practice && known.patient == patient;
            match (own, known.confirmed_at) {
                (true, None) if patient.is_none() && known.told != told => {
                    return self.restate(tx, &known, &told, at).await;
                }
                (true, None) => return self.send_link_again(tx, &known, at).await,
                (true, Some(_)) if patient.is_some() => return Ok(Asked::Yours),
                // Nobody has proven yet that it is theirs: who is known to the practice may, whoever else tried.
                (false, None) if patient.is_some() && known.patient.is_none() => {
                    accounts::remove(tx, &PracticeScope { practice: known.practice }, known.id).await?;
                }
                _ => return Ok(Asked::Taken),
            }
        }
        let scope = PracticeScope { practice };
        let day_ago = at.plus_seconds(-LINK_SECONDS);
        if patient.is_none() && accounts::unconfirmed_since(tx, &scope, day_ago).await? >= MOST_UNCONFIRMED {
            return Ok(Asked::Enough);
        }
        if let Some(patient) = patient {
            let who = PatientRef { practice, patient };
            // Nobody's mailbox is filled by who keeps changing an address.
            if outbox::written_since(tx, &who, CONFIRMATION, day_ago).await? >= MOST_A_DAY {
                return Ok(Asked::Enough);
            }
            // The new address takes the place of the old one.
            accounts::remove_all(tx, &PatientRef { practice, patient }).await?;
        }
        let (token, link) = link(at)?;
        accounts::add(tx, sealer, (practice, patient), (random()?, hash), &told, (link, at)).await?;
        self.write_link(tx, (practice, patient), &told.address, &token, (at, at)).await?;
        Ok(Asked::Sent)
    }

    /// The mailbox of somebody else's address is told, not who asked (R-RG-01).
    ///
    /// # Errors
    /// [`LetterError`] when the database or the random source fails.
    pub async fn tell_taken(
        &self,
        tx: &mut Tx<'_>,
        practice: PracticeId,
        address: &EmailAddress,
        at: Timestamp,
    ) -> Result<(), LetterError> {
        let name = self.name_of(tx, practice).await?;
        let text = format!(
            "Iemand wilde dit e-mailadres gebruiken bij {name}. Het adres is al in gebruik, of het wacht tot de praktijk het koppelt. \
             Iedere persoon heeft een eigen adres nodig. Wat er nu is ingevuld, is niet bewaard: klopt uw eerdere aanmelding niet meer, \
             bel dan de praktijk. Was u dit niet? Dan hoeft u niets te doen.\n\n\
             Somebody wanted to use this e-mail address at {name}. It is in use already, or waits for the practice to link it. Each \
             person needs an own address. What was filled in now was not kept: if your earlier sign-up is not right any more, call the \
             practice. Was it not you? Then there is nothing to do."
        );
        let letter = Letter { to: address.as_str().to_owned(), subject: format!("Uw e-mailadres bij {name}"), text };
        let who = PatientRef::practice_itself(practice);
        // Nobody's mailbox is filled by who keeps asking.
        let last = outbox::latest(tx, &PracticeScope { practice }, TAKEN).await?.get(&who.patient).copied();
        if last.is_some_and(|last| at < last.plus_seconds(AGAIN_SECONDS)) {
            return Ok(());
        }
        Ok(outbox::put(tx, self.sealer(), &who, (random()?, TAKEN), &letter, (at, at)).await?)
    }

    /// The link in a letter was followed and confirmed.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails; then nothing may be committed.
    pub async fn confirm_address(&self, tx: &mut Tx<'_>, token: &str, at: Timestamp) -> Result<Confirmed, StoreError> {
        let Some(account) = accounts::by_link(tx, self.sealer(), &token_hash(token)).await? else {
            return Ok(Confirmed::Unknown);
        };
        if account.link_until.is_none_or(|until| at > until) {
            return Ok(Confirmed::Expired(account.practice));
        }
        if !accounts::confirm(tx, account.id, at).await? {
            return Ok(Confirmed::Unknown);
        }
        Ok(Confirmed::Done { practice: account.practice, linked: account.patient.is_some() })
    }

    /// A new letter to the address of a link that is too old.
    ///
    /// # Errors
    /// [`LetterError`] when the database or the random source fails.
    pub async fn renew_link(&self, tx: &mut Tx<'_>, token: &str, at: Timestamp) -> Result<Asked, LetterError> {
        match accounts::by_link(tx, self.sealer(), &token_hash(token)).await? {
            Some(account) => self.send_link_again(tx, &account, at).await,
            None => Ok(Asked::Enough),
        }
    }

    async fn send_link_again(&self, tx: &mut Tx<'_>, account: &Account, at: Timestamp) -> Result<Asked, LetterError> {
        let written = account.link_until.map(|until| until.plus_seconds(-LINK_SECONDS));
        if written.is_some_and(|written| at < written.plus_seconds(AGAIN_SECONDS)) {
            return Ok(Asked::Enough);
        }
        let (token, link) = link(at)?;
        accounts::renew(tx, account.id, link).await?;
        let whose = (account.practice, account.patient);
        self.write_link(tx, whose, &account.told.address, &token, (at, at)).await?;
        Ok(Asked::Sent)
    }

    /// Who signed up without an eID does so anew, in other words, before the link was used: what was told last is what the
    /// practice will see. It is confirmed by a link of its own, and the one of before is void; what is told while that letter waits
    /// for its moment is confirmed by the same link, which nobody has yet.
    async fn restate(
        &self,
        tx: &mut Tx<'_>,
        account: &Account,
        told: &Told,
        at: Timestamp,
    ) -> Result<Asked, LetterError> {
        accounts::restate(tx, self.sealer(), account, told).await?;
        let written = account.link_until.map(|until| until.plus_seconds(-LINK_SECONDS));
        if written.is_some_and(|written| at < written) {
            return Ok(Asked::Enough);
        }
        let due = written.map_or(at, |written| written.plus_seconds(AGAIN_SECONDS).max(at));
        let (token, link) = link(due)?;
        accounts::renew(tx, account.id, link).await?;
        let whose = (account.practice, account.patient);
        self.write_link(tx, whose, &told.address, &token, (at, due)).await?;
        Ok(Asked::Sent)
    }

    async fn write_link(
        &self,
        tx: &mut Tx<'_>,
        (practice, patient): (PracticeId, Option<PatientId>),
        to: &str,
        token: &str,
        (at, due): (Timestamp, Timestamp),
    ) -> Result<(), LetterError> {
        let name = self.name_of(tx, practice).await?;
        let address = format!("{}{CONFIRM_PATH}?token={token}", self.settings().front_origin);
        let text = format!(
            "Bevestig dat dit uw e-mailadres is. Open daarvoor binnen 24 uur deze pagina, en kies Bevestigen:\n\n{address}\n\n\
             De link werkt één keer. U logt er niet mee in. Hebt u hier niet om gevraagd? Dan hoeft u niets te doen.\n\n{name}\n\n\
             Confirm that this is your e-mail address. Open the page above within 24 hours and choose Confirm. The link works once and \
             does not log in. Did you not ask for this? Then there is nothing to do."
        );
        let letter = Letter { to: to.to_owned(), subject: format!("Bevestig uw e-mailadres bij {name}"), text };
        let who = patient.map_or(PatientRef::practice_itself(practice), |patient| PatientRef { practice, patient });
        Ok(outbox::put(tx, self.sealer(), &who, (random()?, CONFIRMATION), &letter, (at, due)).await?)
    }

    /// There is something new for this patient from the second instant on: a notice, when there is a confirmed address and none waits.
    ///
    /// # Errors
    /// [`LetterError`] when the database or the random source fails.
    pub async fn notify(
        &self,
        tx: &mut Tx<'_>,
        who: &PatientRef,
        (at, from): (Timestamp, Timestamp),
    ) -> Result<(), LetterError> {
        let name = self.name_of(tx, who.practice).await?;
        let text = format!(
            "Er is iets nieuws voor u bij {name}. Log in met DigiD bij uw PGO, of op de pagina's van de praktijk. In deze e-mail staat geen \
             link, zodat niemand u met een valse e-mail kan verleiden.\n\n\
             There is something new for you at {name}. Log in with DigiD at your PGO, or on the pages of the practice. There is no link in \
             this e-mail, so that nobody can lure you with a false one."
        );
        self.write_notice(tx, who, format!("Nieuw bericht van {name}"), text, (at, from)).await
    }

    /// An employee linked the account to the patient.
    ///
    /// # Errors
    /// [`LetterError`] when the database or the random source fails.
    pub async fn tell_linked(&self, tx: &mut Tx<'_>, who: &PatientRef, at: Timestamp) -> Result<(), LetterError> {
        let name = self.name_of(tx, who.practice).await?;
        let text = format!(
            "{name} heeft uw e-mailadres aan uw gegevens gekoppeld. U krijgt een e-mail als er iets nieuws voor u is. Uw dossier bekijkt u \
             alleen na inloggen met DigiD.\n\n\
             {name} linked your e-mail address to your record. You get an e-mail when there is something new for you. You can look at \
             your record only after logging in with DigiD."
        );
        self.write_notice(tx, who, format!("Uw e-mailadres is gekoppeld bij {name}"), text, (at, at)).await
    }

    /// Is a letter still to be sent? A notice is not, once its address is not the patient's any more, or the dossier is blocked: what
    /// was right when it was written may harm when it arrives (R-X-04). What is not sent is taken out, and on record.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn still_holds(&self, letter: &Waiting, at: Moment) -> Result<bool, StoreError> {
        if letter.kind != NOTICE {
            return Ok(true);
        }
        let mut tx = self.store().write().await?;
        let account = accounts::of_patient(&mut tx, self.sealer(), &letter.who).await?;
        let is_theirs =
            account.is_some_and(|account| account.confirmed_at.is_some() && account.told.address == letter.letter.to);
        if is_theirs && self.standing(&mut tx, &letter.who, at).await?.is_ok() {
            return Ok(true);
        }
        outbox::drop(&mut tx, letter.id).await?;
        let kind = Kind::new("notice_dropped").unwrap_or(Kind::UNNAMED);
        let event = Event::new(at.at, kind, Action::Delete, Actor::System { name: "post".to_owned() });
        audit::append_in(&mut tx, self.sealer(), &[event.about(&letter.who)]).await?;
        tx.commit().await?;
        Ok(false)
    }

    async fn write_notice(
        &self,
        tx: &mut Tx<'_>,
        who: &PatientRef,
        subject: String,
        text: String,
        (at, from): (Timestamp, Timestamp),
    ) -> Result<(), LetterError> {
        let account = accounts::of_patient(tx, self.sealer(), who).await?;
        let Some(account) = account.filter(|account| account.confirmed_at.is_some()) else { return Ok(()) };
        if outbox::waits(tx, who, NOTICE, from).await? {
            return Ok(());
        }
        let letter = Letter { to: account.told.address, subject, text };
        Ok(outbox::put(tx, self.sealer(), who, (random()?, NOTICE), &letter, (at, from)).await?)
    }

    async fn name_of(&self, tx: &mut Tx<'_>, practice: PracticeId) -> Result<String, StoreError> {
        let entry = store::practices::find(tx, &PracticeScope { practice }).await?;
        Ok(entry.map(|entry| entry.display_name).unwrap_or_default())
    }
}

/// A token for a letter, and what is stored of it.
fn link(at: Timestamp) -> Result<(String, ConfirmLink), NoRandomness> {
    let token = URL_SAFE_NO_PAD.encode(random::<32>()?);
    let hash = token_hash(&token);
    Ok((token, (hash, at.plus_seconds(LINK_SECONDS))))
}
