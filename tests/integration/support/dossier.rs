//! What the server knows of one patient and decides at the moment, to compare with what it answers.

use std::collections::BTreeSet;
use std::sync::Arc;

use dvza::domain::ids::{PatientRef, ResourceId};
use dvza::domain::release::{Verdict, Viewer, decide, gate};
use dvza::fhir::{FhirRelease, ResourceType};
use dvza::mapping::index::{PatientIndex, PracticeIndex};
use dvza::mapping::view::View;
use dvza::store::patients;

use super::network::Network;

/// A patient's index with the verdicts of now.
pub struct Dossier {
    index: Arc<PatientIndex>,
    providers: Arc<PracticeIndex>,
    verdicts: Vec<Verdict>,
}

/// The patient with this id in the deliveries of the practice at this place.
pub fn patient(network: &Network, place: usize, id: &str) -> PatientRef {
    let practice = network.practices[place].practice;
    let hasher = network.server.app.sealer().practice_hasher(practice);
    PatientRef { practice, patient: hasher.patient_id(&id.parse().unwrap()) }
}

impl Dossier {
    /// The dossier of somebody who passes the gates, in the release that people see.
    pub async fn load(network: &Network, place: usize, id: &str) -> Self {
        Self::load_in(network, place, id, None).await
    }

    /// The same in this release.
    pub async fn load_in(network: &Network, place: usize, id: &str, release: Option<FhirRelease>) -> Self {
        let app = &network.server.app;
        let who = patient(network, place, id);
        let mut tx = app.store().read().await.unwrap();
        let entry = patients::find(&mut tx, app.sealer(), &who).await.unwrap().unwrap();
        let index = app.patient_index(&mut tx, &who, &entry.set_hash, release).await.unwrap().unwrap();
        let shelf = PatientRef::practice_itself(who.practice);
        let practice = patients::find(&mut tx, app.sealer(), &shelf).await.unwrap().unwrap();
        let providers =
            app.practice_index(&mut tx, who.practice, Some(&practice.set_hash), index.release).await.unwrap();
        let policy = app.policy(&mut tx, who.practice).await.unwrap().unwrap();
        tx.close().await.unwrap();
        let at = network.clock.moment();
        let admission = gate(&index.facts, &Default::default(), &policy, None, at).unwrap();
        let verdicts = decide(&index.facts, admission, Viewer::Patient, &policy, at);
        Self { index, providers, verdicts }
    }

    /// Resources of the patient that are not shown.
    pub fn withheld_resources(&self) -> Vec<(ResourceType, ResourceId)> {
        let shown = self.shown();
        let all = self.index.resources.iter().map(|resource| (resource.kind, resource.id));
        all.filter(|(_, id)| !shown.contains(id)).collect()
    }

    /// How many resources of this type are shown.
    pub fn shown_of(&self, kind: ResourceType) -> usize {
        let view = View::new(self.index.clone(), self.providers.clone(), self.verdicts.clone());
        view.all().filter(|(_, resource)| resource.kind == kind).count()
    }

    /// The HIS's ids of records of which nothing is shown.
    pub fn withheld_sources(&self) -> Vec<String> {
        let (mut shown, mut withheld) = (BTreeSet::new(), BTreeSet::new());
        for (item, verdict) in self.index.facts.items().iter().zip(&self.verdicts) {
            let ids = if verdict.is_shown() { &mut shown } else { &mut withheld };
            ids.insert(item.key.id.as_str().to_owned());
        }
        withheld.difference(&shown).cloned().collect()
    }

    fn shown(&self) -> BTreeSet<ResourceId> {
        let view = View::new(self.index.clone(), self.providers.clone(), self.verdicts.clone());
        view.all().map(|(_, resource)| resource.id).collect()
    }
}
