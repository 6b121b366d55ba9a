//! How the items of a dossier hang together, by their places in it.
//!
//! Items name each other by the HIS's ids. What each name stands for is worked out once for a dossier, so that
//! deciding, which happens with every request, looks nothing up.

use std::collections::HashMap;

use super::facts::{Item, Topic};
use crate::domain::dossier::RecordType;

/// The relations of every item, in the order of the items.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Relations(Vec<Related>);

/// What one item has to do with others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Related {
    /// The contact the item is, or hangs on; `None` when it is none of these or the contact is not there.
    pub contact: Option<usize>,
    /// The entry a line stands in.
    pub entry: Option<usize>,
    /// The episodes it is linked to; `None` for one that is not there.
    pub episodes: Vec<Option<usize>>,
    /// The agreement that a supply names; `Some(None)` for one that is not there.
    pub agreement: Option<Option<usize>>,
    /// The dispense request that a supply answers, if it is there.
    pub request: Option<usize>,
    /// What it consists of: the entries of a contact, the lines of an entry, the members of a report or panel, the documents
    /// of a manifest.
    pub parts: Vec<usize>,
}

/// The type of record that others look for under an item's name: a resource of a feed plays the part of the record it
/// would have been.
fn role_of(item: &Item) -> RecordType {
    match item.topic {
        _ if !item.is_fed() => item.key.t,
        Topic::Episode { .. } => RecordType::Episode,
        Topic::Contact { .. } => RecordType::Contact,
        Topic::Entry { .. } => RecordType::Entry,
        Topic::Observation(_) => RecordType::Observation,
        Topic::Medication { .. } => RecordType::Medication,
        _ => item.key.t,
    }
}

impl Relations {
    /// Of two items that claim one name the last counts.
    pub fn of(items: &[Item]) -> Self {
        let mut records = HashMap::with_capacity(items.len());
        let mut lines: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut entries: HashMap<&str, Vec<usize>> = HashMap::new();
        for (place, item) in items.iter().enumerate() {
            match &item.topic {
                Topic::Line { entry, .. } => {
                    lines.entry(entry.as_str()).or_default().push(place);
                    continue;
                }
                // It shares its name with the determination it begins with.
                Topic::Panel { .. } => continue,
                Topic::Entry { contact, .. } => entries.entry(contact.as_str()).or_default().push(place),
                _ => {}
            }
            records.insert((role_of(item), item.key.id.as_str()), place);
        }
        let find = |t: RecordType, id: &str| records.get(&(t, id)).copied();
        let parts_of = |parts: &HashMap<&str, Vec<usize>>, item: &Item| {
            parts.get(item.key.id.as_str()).cloned().unwrap_or_default()
        };
        let is_document = |place: &usize| matches!(items[*place].topic, Topic::Document { .. });
        let is_result = |place: &usize| matches!(items[*place].topic, Topic::Observation(_));
        let related = items.iter().enumerate().map(|(place, item)| {
            let episodes = item.episodes.iter().map(|id| find(RecordType::Episode, id.as_str())).collect();
            let (contact, entry, parts) = match &item.topic {
                Topic::Contact { .. } => (Some(place), None, parts_of(&entries, item)),
                Topic::Entry { contact, .. } => {
                    (find(RecordType::Contact, contact.as_str()), None, parts_of(&lines, item))
                }
                Topic::Line { entry, contact, .. } => {
                    let contact = find(RecordType::Contact, contact.as_str());
                    (contact, find(RecordType::Entry, entry.as_str()), Vec::new())
                }
                Topic::Report { members } | Topic::Companion { results: members } => {
                    let members = members.iter().filter_map(|id| find(RecordType::Observation, id.as_str()));
                    (None, None, members.filter(is_result).collect())
                }
                Topic::Panel { members } => {
                    let members = members.iter().filter_map(|id| find(RecordType::Observation, id.as_str()));
                    (None, None, members.filter(is_result).collect())
                }
                // Only a feed has any, so that its documents are resources too.
                Topic::Manifest { documents } => {
                    let documents = documents.iter().filter_map(|id| find(RecordType::Resource, id.as_str()));
                    (None, None, documents.filter(is_document).collect())
                }
                _ => (None, None, Vec::new()),
            };
            let request = match &item.topic {
                Topic::Supply { request: Some(id), .. } => find(RecordType::DispenseRequest, id.as_str()),
                _ => None,
            };
            let named = match &item.topic {
                Topic::Supply { agreement: Some(id), .. } => Some(id),
                _ => request.and_then(|place| match &items[place].topic {
                    Topic::Supply { agreement, .. } => agreement.as_ref(),
                    _ => None,
                }),
            };
            let agreement = named.map(|id| find(RecordType::Medication, id.as_str()));
            Related { contact, entry, episodes, agreement, request, parts }
        });
        Self(related.collect())
    }

    /// The relations of the item at this place; those of an item there is none of are none.
    pub fn at(&self, place: usize) -> &Related {
        static NONE: Related = Related {
            contact: None,
            entry: None,
            episodes: Vec::new(),
            agreement: None,
            request: None,
            parts: Vec::new(),
        };
        self.0.get(place).unwrap_or(&NONE)
    }
}
