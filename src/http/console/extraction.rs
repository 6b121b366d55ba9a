//! The sheets of the practice: its dossiers with chosen columns, and totals of each quarter (release-rules §6.5). Made for an employee
//! who asks now, and by `tasks` for one who planned it.

use std::collections::HashMap;

use super::words;
use crate::app::App;
use crate::audit::{self, Actor, Kind, Period, Retrievals};
use crate::domain::dossier::{DossierState, SourceId};
use crate::domain::extraction::{Choice, Column, Format, Wanted};
use crate::domain::ids::{PatientId, PracticeScope};
use crate::domain::quarter::Quarter;
use crate::domain::time::Timestamp;
use crate::http::pages::Lang;
use crate::sheet::{self, SheetError};
use crate::store::cards::Card;
use crate::store::patients::Usage;
use crate::store::{self, StoreError, Tx};

/// Openings that are looked at for who opened a dossier.
const MOST: u32 = 100_000;
/// Quarters that are told.
const QUARTERS: usize = 8;

/// A sheet before it is a file.
pub(crate) struct Sheet {
    name: &'static str,
    /// Names of the columns.
    pub(super) head: Vec<String>,
    /// Its rows.
    pub(super) rows: Vec<Vec<String>>,
}

impl Sheet {
    /// How many rows it has.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The file. Takes a moment for a large practice: not for a thread in which others wait.
    ///
    /// # Errors
    /// [`SheetError`] with too many rows, or when the writer fails.
    pub(crate) fn write(&self, format: Format) -> Result<Vec<u8>, SheetError> {
        match format {
            Format::Xlsx => sheet::xlsx(self.name, &self.head, &self.rows),
            Format::Csv => sheet::csv(&self.head, &self.rows),
        }
    }
}

/// The sheet that is wanted, as the practice stands on this day.
///
/// # Errors
/// [`StoreError`] when the database fails, or something of the practice cannot be opened.
pub(crate) async fn sheet(
    app: &App,
    tx: &mut Tx<'_>,
    scope: &PracticeScope,
    wanted: &Wanted,
    (by, at): (&SourceId, Timestamp),
) -> Result<Sheet, StoreError> {
    let lang = Lang::find(&wanted.language).unwrap_or_default();
    match wanted.choice {
        Choice::Quarters => {
            let patients = store::patients::count(tx, scope).await?;
            quarters(tx, scope, lang, (at, patients)).await
        }
        _ => dossiers(app, tx, scope, (lang, by), wanted).await,
    }
}

/// Totals of the latest quarters, the newest first. The share is of the patients that the practice has at this instant.
pub(super) async fn quarters(
    tx: &mut Tx<'_>,
    scope: &PracticeScope,
    lang: Lang,
    (at, patients): (Timestamp, u64),
) -> Result<Sheet, StoreError> {
    let mut rows = Vec::with_capacity(QUARTERS);
    for (place, quarter) in Quarter::latest(at.local_date(), QUARTERS).into_iter().enumerate() {
        let period = Period { from: quarter.begin(), until: quarter.end() };
        let Retrievals { count, patients: unique } = audit::retrievals(tx, scope, period).await?;
        let so_far = if place == 0 { lang.pick(" (loopt nog)", " (so far)") } else { "" };
        let name = format!("{}{so_far}", named(lang, quarter));
        rows.push(vec![name, count.to_string(), unique.to_string(), share(lang, unique, patients)]);
    }
    let head = [
        lang.pick("kwartaal", "quarter"),
        lang.pick("keren opgehaald", "retrievals"),
        lang.pick("verschillende patiënten", "unique patients"),
        lang.pick("deel van de patiënten", "share of the patients"),
    ];
    let head = head.map(str::to_owned).into();
    Ok(Sheet { name: lang.pick("Kwartalen", "Quarters"), head, rows })
}

fn named(lang: Lang, quarter: Quarter) -> String {
    match lang {
        Lang::Nl => format!("{}e kwartaal {}", quarter.number, quarter.year),
        Lang::En => format!("{} Q{}", quarter.year, quarter.number),
    }
}

/// A share in percent, with one decimal, rounded down: a goal is not reached by rounding.
pub(super) fn share(lang: Lang, part: u64, whole: u64) -> String {
    let tenths = (part * 1000).checked_div(whole).unwrap_or_default();
    format!("{}{}{} %", tenths / 10, lang.pick(",", "."), tenths % 10)
}

/// One row for each patient, by name; who is closed to the employee that it is made for is left out (R-CO-07).
async fn dossiers(
    app: &App,
    tx: &mut Tx<'_>,
    scope: &PracticeScope,
    (lang, by): (Lang, &SourceId),
    wanted: &Wanted,
) -> Result<Sheet, StoreError> {
    let roll = app.roll(tx, scope).await?;
    let closed = store::staff::closed_to(tx, scope, by).await?;
    let usage = store::patients::usage(tx, scope).await?;
    let openers = openers(app, tx, scope).await?;
    let is_wanted = |usage: &&Usage| match wanted.choice {
        Choice::Open => usage.state == DossierState::Open,
        Choice::Linked => usage.pgos > 0,
        Choice::All | Choice::Quarters => true,
    };
    let open_to = usage.iter().filter(|usage| !closed.contains(&usage.patient)).filter(is_wanted);
    let mut chosen: Vec<(&Usage, &Card)> =
        open_to.filter_map(|usage| Some((usage, roll.card(&usage.patient)?))).collect();
    chosen.sort_by(|one, other| (&one.1.name, one.0.patient).cmp(&(&other.1.name, other.0.patient)));
    let row = |(usage, card): &(&Usage, &Card)| {
        wanted.columns.iter().map(|column| cell(lang, *column, usage, card, &openers)).collect()
    };
    let head = wanted.columns.iter().map(|column| column_name(lang, *column).to_owned()).collect();
    Ok(Sheet { name: "Dossiers", head, rows: chosen.iter().map(row).collect() })
}

/// Who opened a dossier that was opened here.
enum Opener {
    /// An employee, by name.
    Employee(String),
    /// The practice's own rule, when the patient asked (R-DR-03).
    Itself,
}

/// Who opened each dossier that was opened here, the last time.
async fn openers(app: &App, tx: &mut Tx<'_>, scope: &PracticeScope) -> Result<HashMap<PatientId, Opener>, StoreError> {
    let employees = app.employees(tx, scope).await?;
    let kind = Kind::new("dossier_opened").unwrap_or(Kind::UNNAMED);
    let mut openers = HashMap::new();
    for entry in audit::of_kind(tx, app.sealer(), scope, &kind, MOST).await? {
        let Some(patient) = entry.event.patient else { continue };
        let opener = match entry.event.actor {
            Actor::Employee { id, .. } => {
                let known = id.parse().ok().and_then(|id: SourceId| employees.get(&id));
                Opener::Employee(known.map_or(id, |employee| employee.name.clone()))
            }
            Actor::Patient { .. } => Opener::Itself,
            _ => continue,
        };
        openers.entry(patient).or_insert(opener);
    }
    Ok(openers)
}

/// By whom, in words; nobody is named for what was opened in the HIS.
fn opened_by(lang: Lang, opener: Option<&Opener>) -> String {
    match opener {
        Some(Opener::Employee(name)) => name.clone(),
        Some(Opener::Itself) => lang.pick("automatisch", "automatically").to_owned(),
        None => String::new(),
    }
}

/// How it was opened. A dossier that is open and was not opened here is open because the HIS says so.
fn mode(lang: Lang, opener: Option<&Opener>, state: DossierState) -> &'static str {
    match opener {
        Some(Opener::Employee(_)) => lang.pick("met de hand", "by hand"),
        Some(Opener::Itself) => lang.pick("automatisch", "automatically"),
        None if state == DossierState::Open => lang.pick("in het HIS", "in the HIS"),
        None => "",
    }
}

fn cell(lang: Lang, column: Column, usage: &Usage, card: &Card, openers: &HashMap<PatientId, Opener>) -> String {
    let moment = |at: Option<Timestamp>| at.map(words::moment).unwrap_or_default();
    let opener = openers.get(&usage.patient);
    match column {
        Column::Number => card.number.clone(),
        Column::Name => card.name.clone(),
        Column::Birth => card.birth.to_dutch(),
        Column::State => words::state(lang, usage.state).to_owned(),
        Column::OpenedAt => moment(usage.opened_at),
        Column::OpenedBy => opened_by(lang, opener),
        Column::Mode => mode(lang, opener, usage.state).to_owned(),
        Column::Linked if usage.pgos > 0 => lang.pick("ja", "yes").to_owned(),
        Column::Linked => lang.pick("nee", "no").to_owned(),
        Column::PgoCount => usage.pgos.to_string(),
        Column::LastRetrieval => moment(usage.last_used_at),
    }
}

/// The words of a column.
pub(super) fn column_name(lang: Lang, column: Column) -> &'static str {
    match column {
        Column::Number => lang.pick("nummer in het HIS", "number in the HIS"),
        Column::Name => lang.pick("naam", "name"),
        Column::Birth => lang.pick("geboortedatum", "birth date"),
        Column::State => lang.pick("dossier", "dossier"),
        Column::OpenedAt => lang.pick("opengesteld op", "opened at"),
        Column::OpenedBy => lang.pick("opengesteld door", "opened by"),
        Column::Mode => lang.pick("wijze van openstellen", "way of opening"),
        Column::Linked => lang.pick("gekoppeld aan een PGO", "linked to a PGO"),
        Column::PgoCount => lang.pick("aantal PGO’s", "number of PGOs"),
        Column::LastRetrieval => lang.pick("laatst opgehaald", "last retrieved"),
    }
}

/// The words of a choice.
pub(super) fn choice_name(lang: Lang, choice: Choice) -> &'static str {
    match choice {
        Choice::All => lang.pick("alle patiënten", "all patients"),
        Choice::Open => lang.pick("opengestelde dossiers", "open dossiers"),
        Choice::Linked => lang.pick("gekoppeld aan een PGO", "linked to a PGO"),
        Choice::Quarters => lang.pick("totalen per kwartaal (zonder kolommen)", "totals per quarter (without columns)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_rounded_down_and_nobody_is_no_share() {
        let cases = [(1, 3, "33,3 %"), (1999, 10_000, "19,9 %"), (2, 10, "20,0 %"), (0, 0, "0,0 %"), (5, 5, "100,0 %")];
        for (part, whole, text) in cases {
            assert_eq!(share(Lang::Nl, part, whole), text);
        }
        assert_eq!(share(Lang::En, 1, 8), "12.5 %");
    }
}
