//! Writing prepared patients: each whole, in one transaction with its bucket.

use std::collections::BTreeSet;

use super::{Applied, Change, Prepared, Replacement};
use crate::domain::dossier::{Body, RecordRef};
use crate::domain::ids::{PatientId, PatientRef, RecordKey};
use crate::his::Op;
use crate::import::check::Delivery;
use crate::import::plan::Incoming;
use crate::import::{ImportError, Importer};
use crate::store::records::RecordPut;
use crate::store::{self, StoreError, Tx};

pub(super) async fn write_all(
    importer: &Importer,
    delivery: &Delivery,
    patients: Vec<Prepared>,
    write: bool,
    applied: &mut Applied,
) -> Result<(), ImportError> {
    let mut tx = None;
    for patient in patients {
        match patient.change {
            Change::Nothing => applied.unchanged += 1,
            Change::Remove => applied.removed += 1,
            Change::Replace(_) => applied.changed += 1,
        }
        if patient.late {
            applied.late.push(patient.who.patient);
        }
        applied.parked += patient.parked.len() as u64;
        applied.problems.extend(patient.problems.iter().cloned());
        let quiet =
            matches!(patient.change, Change::Nothing) && patient.parked.is_empty() && patient.unparked.is_empty();
        if !write || quiet {
            continue;
        }
        if tx.is_none() {
            tx = Some(importer.store.write().await?);
        }
        if let Some(tx) = tx.as_mut() {
            applied.late.append(&mut former_owners(delivery, tx, &patient).await?);
            write_one(importer, delivery, tx, patient).await?;
        }
    }
    if let Some(tx) = tx {
        tx.commit().await?;
    }
    Ok(())
}

/// Patients who lose a record to this one: what is shown of them still holds it, so they are rendered again.
async fn former_owners(
    delivery: &Delivery,
    tx: &mut Tx<'_>,
    patient: &Prepared,
) -> Result<Vec<PatientId>, ImportError> {
    let Change::Replace(replacement) = &patient.change else { return Ok(Vec::new()) };
    let records = replacement.put.iter().map(|incoming| &incoming.record);
    let keys: Vec<RecordKey> = records.map(|record| delivery.hasher.record_key(record.t, &record.id)).collect();
    let known = store::records::versions_of(tx, &delivery.practice.scope(), &keys).await?;
    let others = known.into_values().map(|version| version.patient);
    let others: BTreeSet<PatientId> = others.filter(|other| *other != patient.who.patient).collect();
    Ok(others.into_iter().filter(|other| *other != PatientId::PRACTICE).collect())
}

async fn write_one(
    importer: &Importer,
    delivery: &Delivery,
    tx: &mut Tx<'_>,
    patient: Prepared,
) -> Result<(), ImportError> {
    let (who, at) = (patient.who, delivery.at.at);
    let scope = delivery.practice.scope();
    store::parked::put_many(tx, &importer.sealer, &scope, &patient.parked).await?;
    store::parked::remove_many(tx, &scope, &patient.unparked).await?;
    match patient.change {
        Change::Nothing => {}
        Change::Remove => {
            store::records::bury(tx, &who, at).await?;
            store::shelves::remove_all(tx, &who).await?;
            store::content::remove_all(tx, &who).await?;
            store::decisions::remove_all(tx, &who).await?;
            store::requests::remove_all(tx, &who).await?;
            store::accounts::remove_all(tx, &who).await?;
            store::outbox::remove_all(tx, &who).await?;
            store::cards::remove(tx, &who).await?;
            store::patients::mark_removed(tx, &who, at).await?;
            store::authorization::tokens::revoke_of_patient(tx, &who, at).await?;
        }
        Change::Replace(replacement) => {
            let Replacement { put, delete, gone, .. } = &*replacement;
            write_records(importer, delivery, tx, &who, put, delete, gone).await?;
            write_content(importer, tx, &who, &replacement).await?;
            let what = (replacement.set_hash, replacement.record_count);
            replacement.made.write(importer, tx, &who, what, at).await?;
        }
    }
    Ok(())
}

pub(super) async fn write_records(
    importer: &Importer,
    delivery: &Delivery,
    tx: &mut Tx<'_>,
    who: &PatientRef,
    put: &[Incoming],
    delete: &[Incoming],
    gone: &[RecordRef],
) -> Result<(), ImportError> {
    let texts: Vec<Vec<u8>> = put.iter().map(stored_text).collect();
    let row = |incoming: &Incoming| {
        let record = &incoming.record;
        (delivery.hasher.record_key(record.t, &record.id), record.t, record.v, record.content_hash, record.at)
    };
    let kept = put.iter().zip(&texts).map(|(incoming, text)| (row(incoming), Some(text.as_slice())));
    let ended = delete.iter().map(|incoming| (row(incoming), None));
    let rows: Vec<RecordPut<'_>> = kept
        .chain(ended)
        .map(|((key, t, v, hash, at), body)| RecordPut { key, patient: who.patient, t, v, hash, body, at })
        .collect();
    store::records::upsert_many(tx, &importer.sealer, &delivery.practice.scope(), &rows).await?;
    let gone: Vec<RecordKey> = gone.iter().map(|record| delivery.hasher.record_key(record.t, &record.id)).collect();
    store::records::remove_many(tx, who, &gone).await?;
    Ok(())
}

/// The line to keep; of a blob only what names it, since its bytes are kept as content.
fn stored_text(incoming: &Incoming) -> Vec<u8> {
    let Op::Put(Body::Blob(blob), _) = &incoming.record.op else { return incoming.text.clone() };
    let record = &incoming.record;
    let slim = serde_json::json!({
        "t": "blob",
        "id": record.id,
        "v": record.v,
        "op": "put",
        "pat": record.pat,
        "at": record.at.to_rfc3339(),
        "d": { "sha256": blob.sha256, "part": blob.part, "parts": blob.parts },
    });
    slim.to_string().into_bytes()
}

async fn write_content(
    importer: &Importer,
    tx: &mut Tx<'_>,
    who: &PatientRef,
    replacement: &Replacement,
) -> Result<(), ImportError> {
    for hash in &replacement.gone_content {
        store::content::remove(tx, who, hash).await?;
    }
    let mut arrived = BTreeSet::new();
    for incoming in &replacement.put {
        let Op::Put(Body::Blob(blob), _) = &incoming.record.op else { continue };
        let Some(sha256) = store::content::hash_from_hex(&blob.sha256) else { continue };
        let part = store::content::Part { sha256, part: blob.part, parts: blob.parts, data: &blob.data };
        store::content::put_part(tx, &importer.sealer, who, &part).await?;
        arrived.insert(sha256);
    }
    // Bytes that do not make their name are not kept, whichever deliveries brought the parts.
    for hash in arrived {
        match store::content::find(tx, &importer.sealer, who, &hash).await {
            Err(StoreError::Corrupt { .. }) => {
                store::content::remove(tx, who, &hash).await?;
            }
            other => {
                other?;
            }
        }
    }
    Ok(())
}
