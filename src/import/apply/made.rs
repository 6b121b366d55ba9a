//! What is made of the records of one patient: facts, bodies, and the card for the console's lists.

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::Date;

use crate::domain::bsn::Bsn;
use crate::domain::decision::{Aspect, Choice, Decisions};
use crate::domain::dossier::{
    Block, ObservationStatus, PatientRecords, PatientStatus, PersonName, PracticeRecords, RecordRef, ResultState,
    SourceId, Visibility,
};
use crate::domain::ids::PatientRef;
use crate::domain::release::{DossierFacts, Item, Subject, Topic};
use crate::domain::time::{Moment, Timestamp, months_before};
use crate::fhir::{Faces, FhirRelease, Releases};
use crate::his::SourceRecord;
use crate::import::{ImportError, Importer};
use crate::mapping::check::Profiles;
use crate::mapping::index::{INDEX_VERSION, index_patient, index_practice};
use crate::mapping::{Ids, Problem, Rendered, face, render_patient, render_practice};
use crate::seal::{IdHasher, sha256};
use crate::store::cards::{Card, HisState, Waiting};
use crate::store::shelves::{Packed, Packing};
use crate::store::{self, StoreError, Tx};

/// Results of so many months count as work that waits: older ones are never shown online (R-LAB-06).
const RESULT_MONTHS: i32 = 14;
/// Documents received in so many days count as work that waits.
const DOCUMENT_DAYS: i64 = 90;

/// A rendered patient, ready for the store.
pub(in crate::import) struct Made {
    source_id: SourceId,
    bsn: Option<Bsn>,
    index: Vec<u8>,
    /// Nothing of this patient may be served any more: tokens end at once (E47, R-AG-09).
    pub ends_tokens: bool,
    shelves: Faces<Packed>,
    card: Card,
    waiting: Waiting,
    his: HisState,
}

/// Renders a patient in these releases; computes only.
pub(in crate::import) fn make(
    (profiles, releases): (&Profiles, &Releases),
    hasher: &IdHasher,
    practice: &PracticeRecords,
    dossier: &PatientRecords,
    at: Moment,
) -> (Result<Made, StoreError>, Vec<Problem>) {
    let ids = |purpose: &str, key: &str| hasher.resource_id(purpose, key);
    let rendered = render_patient(dossier, practice, &Ids(&ids), releases);
    let (index, faces, problems) = index_patient(rendered, profiles);
    let patient = &dossier.patient.d;
    let made = pack(&faces).map(|shelves| Made {
        source_id: dossier.patient.id.clone(),
        bsn: patient.bsn.clone(),
        ends_tokens: ends_tokens(&index.facts.subject),
        index: index.to_bytes(),
        shelves,
        card: Card {
            name: name_of(&patient.name),
            birth: patient.birth,
            number: dossier.patient.id.to_string(),
            email: patient.email.as_deref().map(|email| email.trim().to_lowercase()),
            registered: patient.status == PatientStatus::Registered,
            blocked: ends_tokens(&index.facts.subject) || patient.bsn.is_none() || !patient.bsn_verified,
            marked_since: marked_since(&index.facts, &dossier.decisions),
        },
        waiting: waiting(&index.facts, at),
        his: dossier.release.as_ref().map(|record| (record.d.state, record.at)),
    });
    (made, problems)
}

impl Made {
    /// Stores it, in the transaction of what led to it.
    pub async fn write(
        &self,
        importer: &Importer,
        tx: &mut Tx<'_>,
        who: &PatientRef,
        (set_hash, record_count): ([u8; 32], i64),
        at: Timestamp,
    ) -> Result<(), ImportError> {
        let sealer = &importer.sealer;
        put_shelves(importer, tx, who, &self.shelves, at).await?;
        let put = store::patients::PatientPut {
            source_id: &self.source_id,
            bsn_hash: self.bsn.as_ref().map(|bsn| sealer.bsn_hash(who.practice, bsn)),
            facts: &self.index,
            facts_version: INDEX_VERSION,
            set_hash,
            record_count,
        };
        store::patients::upsert(tx, sealer, who, &put, at).await?;
        store::cards::put(tx, sealer, who, &self.card, (self.waiting, self.his)).await?;
        if self.ends_tokens {
            store::authorization::tokens::revoke_of_patient(tx, who, at).await?;
        }
        Ok(())
    }
}

/// Renders what belongs to a practice itself, and stores it in the transaction of what led to it.
pub(in crate::import) async fn write_shelf(
    importer: &Importer,
    tx: &mut Tx<'_>,
    (who, practice): (&PatientRef, &PracticeRecords),
    (set_hash, at): ([u8; 32], Timestamp),
) -> Result<(), ImportError> {
    let (hasher, sealer) = (importer.sealer.practice_hasher(who.practice), &importer.sealer);
    let ids = |purpose: &str, key: &str| hasher.resource_id(purpose, key);
    let rendered = render_practice(practice, &Ids(&ids), &importer.releases);
    let (index, faces) = index_practice(rendered, &importer.profiles);
    let index = index.to_bytes();
    put_shelves(importer, tx, who, &pack(&faces)?, at).await?;
    let put = store::patients::PatientPut {
        source_id: &practice.practice.id,
        bsn_hash: None,
        facts: &index,
        facts_version: INDEX_VERSION,
        set_hash,
        record_count: i64::try_from(practice.employees.len() + 1).unwrap_or(i64::MAX),
    };
    store::patients::upsert(tx, sealer, who, &put, at).await?;
    Ok(())
}

/// Packs rendered bodies for the store, each release by itself.
fn pack(faces: &Faces<Vec<Rendered>>) -> Result<Faces<Packed>, StoreError> {
    let mut shelves = Faces::new();
    for (release, rendered) in faces {
        let mut packing = Packing::new()?;
        for resource in rendered {
            packing.add((resource.kind, resource.id), &resource.body)?;
        }
        shelves.insert(*release, packing.finish());
    }
    Ok(shelves)
}

/// Stores a shelf per release; one of a release that is not made any more goes.
async fn put_shelves(
    importer: &Importer,
    tx: &mut Tx<'_>,
    who: &PatientRef,
    shelves: &Faces<Packed>,
    at: Timestamp,
) -> Result<(), StoreError> {
    for release in FhirRelease::ALL {
        match (shelves.get(&release), face::find(release)) {
            (Some(shelf), Some(face)) => {
                store::shelves::put(tx, &importer.sealer, (who, release), face.mapper_version, shelf, at).await?;
            }
            _ => {
                store::shelves::remove(tx, who, release).await?;
            }
        }
    }
    Ok(())
}

/// Hash over everything that makes the rendering of a patient.
pub(in crate::import) fn set_hash(
    (hasher, releases): (&IdHasher, &Releases),
    practice_hash: [u8; 32],
    records: &BTreeMap<RecordRef, SourceRecord>,
    complete: &BTreeSet<String>,
    decisions: &Decisions,
) -> [u8; 32] {
    let mut bytes = Vec::with_capacity(64 + records.len() * 56);
    bytes.extend_from_slice(&INDEX_VERSION.to_be_bytes());
    for face in face::of(releases) {
        bytes.extend_from_slice(face.release.as_str().as_bytes());
        bytes.extend_from_slice(&face.mapper_version.to_be_bytes());
    }
    bytes.extend_from_slice(&practice_hash);
    for (record, source) in records {
        bytes.extend_from_slice(hasher.record_key(record.t, &record.id).as_bytes());
        bytes.extend_from_slice(&source.v.to_be_bytes());
        bytes.extend_from_slice(&source.content_hash);
    }
    for sha256 in complete {
        bytes.extend_from_slice(sha256.as_bytes());
    }
    for decision in decisions.iter() {
        // What is not written down here changes nothing that is rendered.
        bytes.extend(serde_json::to_vec(&(&decision.about, &decision.choice, decision.at)).unwrap_or_default());
    }
    sha256(&bytes)
}

/// Does the feed say that nothing of this patient may be served any more?
fn ends_tokens(subject: &Subject) -> bool {
    subject.deceased || subject.block != Block::None || subject.status == PatientStatus::Transferred
}

/// When the practice set the oldest mark for a third party that holds, on something that is there.
fn marked_since(facts: &DossierFacts, decisions: &Decisions) -> Option<Timestamp> {
    let marks = facts.items().iter().filter_map(|item| decisions.find(&item.key, Aspect::ThirdParty));
    marks.filter(|mark| mark.choice == Choice::ThirdParty(true)).map(|mark| mark.at).min()
}

/// Surname first, as lists are sorted: "Berg, van den, A.".
fn name_of(name: &PersonName) -> String {
    let given = name.initials.as_deref().or(name.first.as_deref());
    let parts = [Some(name.last.as_str()), name.prefix.as_deref(), given];
    let parts: Vec<&str> = parts.into_iter().flatten().map(str::trim).filter(|part| !part.is_empty()).collect();
    parts.join(", ")
}

fn waiting(facts: &DossierFacts, at: Moment) -> Waiting {
    let mut waiting = Waiting::default();
    let since = months_before(at.today, RESULT_MONTHS);
    let recent = at.today.checked_sub(DOCUMENT_DAYS.days()).unwrap_or(at.today);
    for item in facts.items() {
        match &item.topic {
            Topic::Observation(result)
                if result.state == ResultState::Received
                    && !matches!(result.status, ObservationStatus::Cancelled | ObservationStatus::Error)
                    && result.date.local_date() >= since =>
            {
                waiting.results += 1;
            }
            Topic::Observation(result)
                if matches!(result.state, ResultState::Saved | ResultState::Invited)
                    && result.date.local_date() >= since =>
            {
                waiting.saved += 1;
            }
            Topic::Document { .. } => waiting.documents += i64::from(document_waits(item, recent)),
            Topic::Episode { visible: Visibility::Unconfirmed, .. } => waiting.unconfirmed += 1,
            _ => {}
        }
    }
    waiting
}

/// Nobody decided about it, or it cannot be shown as it is (R-DOC-08); not when more than a decision keeps it from the patient.
fn document_waits(item: &Item, recent: Date) -> bool {
    let Topic::Document { published, servable, received, .. } = item.topic else { return false };
    let is_marked = item.marks.hidden_by_practice || item.marks.restricted;
    received >= recent && !is_marked && !(published && servable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::dossier::{DocumentKind, RecordType};
    use crate::domain::release::{ItemKey, Marks};

    #[test]
    fn a_letter_that_its_source_restricts_waits_for_nobody() {
        let day = jiff::civil::date(2026, 6, 15);
        let waits = |published: bool, marks: Marks| {
            let item = Item {
                key: ItemKey::record(RecordType::Resource, &"DocumentReference:d".parse().unwrap()),
                marks,
                episodes: Vec::new(),
                topic: Topic::Document {
                    kind: DocumentKind::SpecialistLetter,
                    date: day,
                    received: day,
                    published,
                    published_at: None,
                    override_episode: false,
                    servable: true,
                },
            };
            document_waits(&item, day)
        };
        assert!(waits(false, Marks::default()) && !waits(true, Marks::default()));
        assert!(!waits(false, Marks { restricted: true, ..Marks::default() }));
        assert!(!waits(false, Marks { hidden_by_practice: true, ..Marks::default() }));
    }
}
