//! What the authorization handlers ask of the rest of the server: practices and availability.

use futures_util::future::BoxFuture;
use jiff::civil::Date;

use super::App;
use crate::audit::{self, Action, Actor, Event, Kind, Outcome};
use crate::domain::assurance::Level;
use crate::domain::dossier::{DossierState, RequestMode};
use crate::domain::ids::{PatientRef, PracticeScope};
use crate::domain::person::Person;
use crate::domain::release::{Admission, Gate, OwnState, dossier_state, gate};
use crate::domain::representation::Representation;
use crate::domain::time::{Moment, PartialDate};
use crate::http::context::{Asking, Availability, Found, PracticeView, Practices};
use crate::login::LoginService;
use crate::medmij::{GegevensdienstId, MedMijName};
use crate::store::practices::PracticeEntry;
use crate::store::{self, StoreError, Tx};

impl Practices for App {
    fn find<'a>(&'a self, name: &'a MedMijName) -> BoxFuture<'a, Result<Option<PracticeView>, StoreError>> {
        Box::pin(async move {
            let mut tx = self.store().read().await?;
            let entry = store::practices::find_by_name(&mut tx, name.as_str()).await?;
            let view = self.view_of(&mut tx, entry).await?;
            tx.close().await?;
            Ok(view)
        })
    }

    fn load<'a>(&'a self, scope: &'a PracticeScope) -> BoxFuture<'a, Result<Option<PracticeView>, StoreError>> {
        Box::pin(async move {
            let mut tx = self.store().read().await?;
            let entry = store::practices::find(&mut tx, scope).await?;
            let view = self.view_of(&mut tx, entry).await?;
            tx.close().await?;
            Ok(view)
        })
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<PracticeView>, StoreError>> {
        Box::pin(async move {
            let mut tx = self.store().read().await?;
            let mut views = Vec::new();
            for entry in store::practices::list(&mut tx).await?.into_iter().filter(|entry| entry.active) {
                views.extend(self.view_of(&mut tx, Some(entry)).await?);
            }
            tx.close().await?;
            Ok(views)
        })
    }
}

impl App {
    async fn view_of(&self, tx: &mut Tx<'_>, entry: Option<PracticeEntry>) -> Result<Option<PracticeView>, StoreError> {
        let Some(entry) = entry else { return Ok(None) };
        let Ok(name) = MedMijName::registered(&entry.medmij_name) else {
            return Err(StoreError::corrupt("practice", entry.id));
        };
        let scope = entry.scope();
        let offered = self.offered(tx, &scope).await?;
        let services = offered.iter().filter_map(|id| id.parse::<GegevensdienstId>().ok()).collect();
        let settings = store::settings::load_effective(tx, &scope).await?;
        // Without readable settings nothing is served; the strictest level keeps the login pages working.
        let policy = self.policy(tx, entry.id).await?;
        let minimum = policy.as_ref().map_or(Level::Hoog, |policy| policy.min_level);
        let idle_minutes = policy.map_or(1, |policy| policy.idle_minutes);
        let login = |key: &str| settings.get(key).cloned();
        let login_service = login("login.audience").zip(login("login.service"));
        Ok(Some(PracticeView {
            logo: settings.get("page.logo").map(|version| format!("/logo/{}/{version}", name.stem())),
            login_service: login_service.map(|(audience, uuid)| LoginService { audience, uuid }),
            contact: settings.get("page.contact").cloned(),
            privacy_url: settings.get("page.privacy_url").cloned(),
            display_name: entry.display_name,
            scope,
            name,
            minimum,
            idle_seconds: i64::from(idle_minutes) * 60,
            services,
        }))
    }

    /// The one live patient who is this person; more than one is a conflict, and nobody (R-ID-03).
    async fn patient_with(
        &self,
        tx: &mut Tx<'_>,
        scope: &PracticeScope,
        person: &Person,
    ) -> Result<Result<PatientRef, Gate>, StoreError> {
        let hash = self.sealer().person_hash(scope.practice, person);
        let found = match person {
            Person::Bsn(_) => store::patients::find_by_bsn(tx, scope, &hash).await?,
            Person::Pseudonym(_) => store::patients::find_by_pseudonym(tx, scope, &hash).await?,
        };
        Ok(match found.as_slice() {
            [] => Err(Gate::NoRelation),
            [patient] => Ok(PatientRef { practice: scope.practice, patient: *patient }),
            _ => Err(Gate::BlockConflict),
        })
    }

    /// The gates about practice, person and dossier, over what is stored now.
    async fn admission(
        &self,
        tx: &mut Tx<'_>,
        who: &PatientRef,
        ground: Option<Representation>,
        moment: Moment,
    ) -> Result<Result<Admitted, Closed>, StoreError> {
        let closed = |gate| Ok(Err(Closed { gate, may_request: false }));
        let scope = PracticeScope { practice: who.practice };
        if !store::practices::find(tx, &scope).await?.is_some_and(|practice| practice.active) {
            return closed(Gate::PracticeOff);
        }
        let Some(policy) = self.policy(tx, who.practice).await? else { return closed(Gate::PracticeOff) };
        let Some(entry) = store::patients::find(tx, self.sealer(), who).await? else {
            return closed(Gate::NoRelation);
        };
        if entry.removed_at.is_some() {
            return closed(Gate::NoRelation);
        }
        let own = OwnState {
            block: entry.effective_block(),
            state: entry.own.map(|own| (own.state, own.at)),
            opened_at: entry.own.and_then(|own| own.opened_at),
            no_representation: entry.no_representation,
        };
        let Some(index) = self.patient_index(tx, who, &entry.set_hash, None).await? else {
            return closed(if own.block == crate::domain::dossier::Block::None {
                Gate::NoRelation
            } else {
                Gate::BlockConflict
            });
        };
        let admission = gate(&index.facts, &own, &policy, ground, moment).map_err(|gate| {
            let untouched = dossier_state(&index.facts.subject, &own).0 == DossierState::None;
            let may_request = gate == Gate::Dossier && untouched && policy.request_mode == RequestMode::Manual;
            Closed { gate, may_request: may_request && ground.is_none() }
        });
        Ok(admission.map(|admission| Admitted { admission, birth: index.facts.subject.birth }))
    }

    /// One event for every refusal, in one transaction whatever the reason: no reason takes longer than another. An
    /// authorization of a patient whose dossier was never asked for is a request to open it (R-DR-01).
    async fn record_closed(
        &self,
        scope: &PracticeScope,
        who: Option<&PatientRef>,
        asking: &Asking<'_>,
        closed: &Closed,
        moment: Moment,
    ) -> Result<(), StoreError> {
        let is_oneself = asking.acting == asking.person;
        let actor = match who {
            Some(who) if is_oneself => Actor::Patient { id: who.patient },
            _ if is_oneself => Actor::Person { pseudonym: String::new() },
            // Who tried to act for another is part of the trail (§9.6).
            _ => Actor::of_representative(&self.sealer().person_hash(scope.practice, asking.acting)),
        };
        let event = Event::new(moment.at, kind("availability_test"), Action::Read, actor).in_practice(scope.practice);
        let event = match who {
            Some(who) => event.about(who),
            None => event,
        };
        let mut events = vec![event.ended(Outcome::Refused, closed.gate.code())];
        let mut tx = self.store().write().await?;
        if let (true, Some(who)) = (closed.may_request, who) {
            let own = store::patients::OwnState { state: DossierState::Requested, opened_at: None, at: moment.at };
            store::patients::set_own_state(&mut tx, who, &own).await?;
            let actor = Actor::Patient { id: who.patient };
            events.push(Event::new(moment.at, kind("dossier_requested"), Action::Create, actor).about(who));
        }
        audit::append_in(&mut tx, self.sealer(), &events).await?;
        tx.commit().await
    }
}

/// What the gates let through, and when the patient was born.
struct Admitted {
    admission: Admission,
    birth: PartialDate,
}

/// A closed gate, and whether the attempt counts as a request to open the dossier.
struct Closed {
    gate: Gate,
    may_request: bool,
}

impl Availability for App {
    fn find<'a>(
        &'a self,
        practice: &'a PracticeScope,
        asking: Asking<'a>,
        moment: Moment,
    ) -> BoxFuture<'a, Result<Found, StoreError>> {
        Box::pin(async move {
            let mut tx = self.store().read().await?;
            let who = self.patient_with(&mut tx, practice, asking.person).await?;
            let admission = match &who {
                Ok(who) => self.admission(&mut tx, who, asking.ground, moment).await?,
                Err(gate) => Err(Closed { gate: *gate, may_request: false }),
            };
            tx.close().await?;
            let by_representation = Closed { gate: Gate::Representation, may_request: false };
            let (found, closed) = match (admission, &who) {
                _ if !asking.is_as_asked() => (Found::Unavailable, by_representation),
                (Ok(admitted), Ok(_)) if asking.ground.is_some() && !is_on(admitted.birth, asking.is_birth) => {
                    (Found::OtherBirthDate, by_representation)
                }
                (Ok(_), Ok(who)) => return Ok(Found::Available(*who)),
                (Ok(_), Err(gate)) => (Found::Unavailable, Closed { gate: *gate, may_request: false }),
                (Err(closed), _) => (Found::Unavailable, closed),
            };
            self.record_closed(practice, who.as_ref().ok(), &asking, &closed, moment).await?;
            Ok(found)
        })
    }

    fn identify<'a>(
        &'a self,
        practice: &'a PracticeScope,
        person: &'a Person,
    ) -> BoxFuture<'a, Result<Option<PatientRef>, StoreError>> {
        Box::pin(async move {
            let mut tx = self.store().read().await?;
            let who = self.patient_with(&mut tx, practice, person).await?;
            tx.close().await?;
            Ok(who.ok())
        })
    }

    fn is_available<'a>(
        &'a self,
        patient: &'a PatientRef,
        ground: Option<Representation>,
        moment: Moment,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move {
            let mut tx = self.store().read().await?;
            let admission = self.admission(&mut tx, patient, ground, moment).await?;
            tx.close().await?;
            Ok(admission.is_ok())
        })
    }

    fn authorized<'a>(
        &'a self,
        tx: &'a mut Tx<'static>,
        patient: &'a PatientRef,
        moment: Moment,
    ) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            let opens = |admitted: Admitted| admitted.admission == Admission::OpensNow;
            if !self.admission(tx, patient, None, moment).await?.is_ok_and(opens) {
                return Ok(());
            }
            let own =
                store::patients::OwnState { state: DossierState::Open, opened_at: Some(moment.at), at: moment.at };
            store::patients::set_own_state(tx, patient, &own).await?;
            let actor = Actor::Patient { id: patient.patient };
            let event = Event::new(moment.at, kind("dossier_opened"), Action::Update, actor).about(patient);
            audit::append_in(tx, self.sealer(), &[event]).await?;
            Ok(())
        })
    }
}

/// Is the birth date whole, and this one? An incomplete date in the source is never the one that was given.
fn is_on(birth: PartialDate, is_birth: &(dyn Fn(Date) -> bool + Sync)) -> bool {
    birth.earliest() == birth.latest() && is_birth(birth.earliest())
}

/// Names of steps are constants of ours; one that does not fit is recorded under a name that says so.
fn kind(name: &'static str) -> Kind {
    Kind::new(name).unwrap_or(Kind::UNNAMED)
}
