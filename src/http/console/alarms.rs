//! What somebody of the practice should look at (release-rules §10 c): employees who try a dossier from which the patient excluded
//! them, many dossiers opened in a short time, and attempts to retrieve what was blocked.
//!
//! Read from the audit trail of the last days; nothing is kept beside it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::error::ConsoleError;
use super::overview::{name, table};
use super::staff::Staff;
use super::words;
use crate::app::Roll;
use crate::audit::{self, Actor, Event, Kind, Outcome};
use crate::domain::dossier::{Employee, SourceId};
use crate::domain::ids::PatientId;
use crate::domain::rights::Right;
use crate::domain::time::Timestamp;
use crate::http::pages::blocks::{Block, Cell};
use crate::store::Tx;
use crate::store::cards::Card;

/// What is looked at, in days.
const DAYS: i32 = 14;
/// The most events of one kind that are looked at, the newest ones.
const MOST: u32 = 1000;
/// Who opens more dossiers than this in one hour of the clock is named (OWN decision).
const MANY: usize = 30;
/// Reasons of the gates that a block closes begin with this.
const BLOCKED: &str = "G3_BLOCK_";

/// Something to look at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Alarm {
    /// An employee tried the dossier of a patient who excluded them (R-CO-07, E59).
    Excluded { employee: String, patient: PatientId },
    /// An employee opened so many dossiers in one hour.
    ManyViews { employee: String, dossiers: usize },
    /// Somebody tried to collect the data of a patient who is blocked.
    AfterBlock { patient: PatientId },
}

/// Alarms with how often, and when for the last time.
type Alarms = BTreeMap<Alarm, (usize, Timestamp)>;

/// The alarms, with the names of who they are about.
pub(super) struct Loaded {
    alarms: Alarms,
    employees: BTreeMap<SourceId, Employee>,
    cards: HashMap<PatientId, Card>,
}

/// Reads them, for who may see who looked; `None` when there is nothing to look at.
pub(super) async fn load(
    staff: &Staff,
    tx: &mut Tx<'_>,
    (roll, closed): (&Roll, &HashSet<PatientId>),
) -> Result<Option<Loaded>, ConsoleError> {
    if !staff.may(Right::ViewAccessLog) {
        return Ok(None);
    }
    let (app, scope) = (&staff.state.app, staff.scope());
    let since = staff.at().at.plus_local_days(-DAYS);
    let mut entries = Vec::new();
    for kind in ["console_denied", "dossier_viewed", "availability_test"] {
        let kind = Kind::new(kind).unwrap_or(Kind::UNNAMED);
        entries.extend(audit::of_kind_since(tx, app.sealer(), &scope, (&kind, since), MOST).await?);
    }
    let blocked: Vec<PatientId> = roll.blocked().collect();
    // Of everybody else an answer to a PGO is nothing to look at, and there are many.
    let asked = (&Kind::RECEIVE_RESOURCE_REQUEST, since);
    entries.extend(audit::of_patients_since(tx, app.sealer(), (&scope, &blocked), asked, MOST).await?);
    let events = entries.into_iter().map(|entry| entry.event);
    let is_open = |event: &Event| event.patient.is_none_or(|patient| !closed.contains(&patient));
    let events: Vec<Event> = events.filter(is_open).collect();
    let alarms = find(&events, &blocked.into_iter().collect());
    if alarms.is_empty() {
        return Ok(None);
    }
    let patients = alarms.keys().filter_map(Alarm::patient);
    let cards = patients.filter_map(|patient| Some((patient, roll.card(&patient)?.clone()))).collect();
    Ok(Some(Loaded { alarms, employees: app.employees(tx, &scope).await?, cards }))
}

/// What these events tell, given who is blocked now.
fn find(events: &[Event], blocked: &BTreeSet<PatientId>) -> Alarms {
    let mut alarms = Alarms::new();
    let mut add = |alarm: Alarm, at: Timestamp| {
        let found = alarms.entry(alarm).or_insert((0, at));
        *found = (found.0 + 1, found.1.max(at));
    };
    let mut hours: BTreeMap<(&str, String), (BTreeSet<PatientId>, Timestamp)> = BTreeMap::new();
    for event in events {
        let (Some(patient), reason) = (event.patient, event.detail.reason.as_deref().unwrap_or_default()) else {
            continue;
        };
        match (&event.actor, event.kind.as_str()) {
            (Actor::Employee { id, .. }, "console_denied") if reason == "excluded" => {
                add(Alarm::Excluded { employee: id.clone(), patient }, event.at);
            }
            (Actor::Employee { id, .. }, "dossier_viewed") => {
                let hour = event.at.local().strftime("%Y-%m-%d %H").to_string();
                let (seen, last) = hours.entry((id, hour)).or_insert_with(|| (BTreeSet::new(), event.at));
                seen.insert(patient);
                *last = event.at.max(*last);
            }
            (_, "availability_test" | "receive_resource_request")
                if event.outcome == Outcome::Refused && (reason.starts_with(BLOCKED) || blocked.contains(&patient)) =>
            {
                add(Alarm::AfterBlock { patient }, event.at);
            }
            _ => {}
        }
    }
    for ((employee, _), (seen, last)) in hours {
        if seen.len() > MANY {
            add(Alarm::ManyViews { employee: employee.to_owned(), dossiers: seen.len() }, last);
        }
    }
    alarms
}

impl Alarm {
    fn patient(&self) -> Option<PatientId> {
        match self {
            Self::Excluded { patient, .. } | Self::AfterBlock { patient } => Some(*patient),
            Self::ManyViews { .. } => None,
        }
    }

    fn employee(&self) -> Option<&str> {
        match self {
            Self::Excluded { employee, .. } | Self::ManyViews { employee, .. } => Some(employee),
            Self::AfterBlock { .. } => None,
        }
    }

    fn in_words(&self, staff: &Staff) -> String {
        match self {
            Self::Excluded { .. } => staff
                .pick("uitgesloten medewerker probeerde het dossier te openen", "excluded employee tried the dossier")
                .to_owned(),
            Self::ManyViews { dossiers, .. } => {
                format!("{dossiers} {}", staff.pick("dossiers geopend in één uur", "dossiers opened in one hour"))
            }
            Self::AfterBlock { .. } => staff
                .pick("poging om gegevens op te halen na een blokkade", "attempt to retrieve data after a block")
                .to_owned(),
        }
    }
}

/// The block of the work list.
pub(super) fn block(staff: &Staff, loaded: &Loaded) -> Block {
    let who = |id: &str| {
        let known = id.parse().ok().and_then(|id: SourceId| loaded.employees.get(&id));
        known.map_or_else(|| id.to_owned(), |employee| employee.name.clone())
    };
    let rows = loaded.alarms.iter().map(|(alarm, (times, last))| {
        vec![
            Cell::Text(alarm.in_words(staff)),
            alarm.patient().map_or_else(|| Cell::Text("–".into()), |patient| name(staff, &loaded.cards, &patient)),
            Cell::Text(alarm.employee().map_or_else(|| "–".to_owned(), who)),
            Cell::Text(times.to_string()),
            Cell::Text(words::moment(*last)),
        ]
    });
    let head = [
        staff.pick("Wat", "What"),
        staff.pick("Patiënt", "Patient"),
        staff.pick("Medewerker", "Employee"),
        staff.pick("Aantal", "Number"),
        staff.pick("Laatst op", "Last on"),
    ];
    table(staff.pick("Opvallend in de laatste 14 dagen", "To look at, of the last 14 days"), &head, rows.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::{Action, Detail};
    use crate::domain::ids::{PatientRef, PracticeId};

    const AT: &str = "2026-06-15T10:00:00+02:00";

    fn patient(number: usize) -> PatientId {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&number.to_be_bytes());
        PatientId::from_bytes(bytes)
    }

    fn event(kind: &'static str, actor: Actor, of: usize, refused: Option<&str>) -> Event {
        let at = Timestamp::parse_rfc3339(AT).unwrap();
        let who = PatientRef { practice: PracticeId::from_bytes([1; 16]), patient: patient(of) };
        let event = Event::new(at, Kind::new(kind).unwrap(), Action::Read, actor).about(&who);
        let event = event.with(Detail::default());
        match refused {
            Some(reason) => event.ended(Outcome::Refused, reason),
            None => event,
        }
    }

    fn employee() -> Actor {
        Actor::Employee { id: "e4".into(), role: "poh".into() }
    }

    fn pgo() -> Actor {
        Actor::Pgo { client_id: "pgo.example".into() }
    }

    #[test]
    fn each_alarm_has_a_case_that_rings_and_one_that_does_not() {
        let blocked: BTreeSet<PatientId> = [patient(7)].into();
        let excluded = |patient_number| Alarm::Excluded { employee: "e4".into(), patient: patient(patient_number) };
        let after_block = |patient_number| Alarm::AfterBlock { patient: patient(patient_number) };
        let person = || Actor::Patient { id: patient(3) };
        let cases = [
            (event("console_denied", employee(), 1, Some("excluded")), Some(excluded(1))),
            (event("console_denied", employee(), 1, Some("hide_line")), None),
            (event("dossier_viewed", employee(), 1, None), None),
            (event("availability_test", person(), 3, Some("G3_BLOCK_PRACTICE")), Some(after_block(3))),
            (event("availability_test", person(), 3, Some("G7_DOSSIER")), None),
            (event("receive_resource_request", pgo(), 7, Some("G6_TOKEN")), Some(after_block(7))),
            (event("receive_resource_request", pgo(), 3, Some("G6_TOKEN")), None),
            (event("receive_resource_request", pgo(), 7, None), None),
        ];
        for (event, expected) in cases {
            let found: Vec<Alarm> = find(std::slice::from_ref(&event), &blocked).into_keys().collect();
            assert_eq!(found, Vec::from_iter(expected), "{event:?}");
        }
    }

    #[test]
    fn many_dossiers_in_an_hour_ring_once_and_the_same_dossier_counts_once() {
        let view = |of| event("dossier_viewed", employee(), of, None);
        let few: Vec<Event> = (0..MANY).chain(0..MANY).map(view).collect();
        assert_eq!(find(&few, &BTreeSet::new()), Alarms::new());
        let many: Vec<Event> = (0..=MANY).map(view).collect();
        let at = Timestamp::parse_rfc3339(AT).unwrap();
        let alarm = Alarm::ManyViews { employee: "e4".into(), dossiers: MANY + 1 };
        assert_eq!(find(&many, &BTreeSet::new()), Alarms::from([(alarm, (1, at))]));
    }
}
