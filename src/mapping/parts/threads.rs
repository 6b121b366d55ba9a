//! How the records of one patient belong together, whatever release they are rendered in.

use std::collections::HashMap;

use crate::domain::dossier::{Entry, Observation, PatientRecords, Record, Report, SourceId};

/// What the records say of each other, looked up once per patient.
pub(in crate::mapping) struct Threads<'a> {
    /// The episodes that the deelcontacten of each contact are about.
    episodes_of: HashMap<&'a str, Vec<&'a SourceId>>,
    /// The deelcontacten about each episode.
    entries_about: HashMap<&'a str, Vec<&'a Record<Entry>>>,
    /// The id of the first episode with an ICPC code.
    episode_of_code: HashMap<&'a str, &'a str>,
    /// What the source calls the treatment of each medication agreement.
    treatments: HashMap<&'a str, &'a str>,
    /// The determinations that answer each order.
    results_of: HashMap<&'a str, Vec<&'a SourceId>>,
    /// The determinations of each report, named by either side.
    pub members: HashMap<&'a str, Vec<&'a Record<Observation>>>,
    /// The report of each determination; the inner `None`: named by the determination, but not delivered.
    pub report_of: HashMap<&'a str, Option<&'a Record<Report>>>,
}

impl<'a> Threads<'a> {
    pub fn of(records: &'a PatientRecords) -> Self {
        Self {
            episodes_of: episodes_of(records),
            entries_about: entries_about(records),
            episode_of_code: episode_of_code(records),
            treatments: treatments(records),
            results_of: results_of(records),
            members: members(records),
            report_of: reports(records),
        }
    }

    /// The episodes that the deelcontacten of a contact are about.
    pub fn episodes_of(&self, contact: &SourceId) -> &[&'a SourceId] {
        self.episodes_of.get(contact.as_str()).map(Vec::as_slice).unwrap_or_default()
    }

    /// The deelcontacten about an episode, in the order of the dossier.
    pub fn entries_about(&self, episode: &SourceId) -> &[&'a Record<Entry>] {
        self.entries_about.get(episode.as_str()).map(Vec::as_slice).unwrap_or_default()
    }

    /// The first episode with this ICPC code.
    pub fn episode_of_code(&self, code: &str) -> Option<&'a str> {
        self.episode_of_code.get(code).copied()
    }

    /// The determinations that answer an order.
    pub fn results_of(&self, order: &SourceId) -> Vec<SourceId> {
        self.results_of.get(order.as_str()).map(|ids| ids.iter().map(|&id| id.clone()).collect()).unwrap_or_default()
    }

    /// What the source calls the treatment of this agreement.
    pub fn treatment_of(&self, agreement: &SourceId) -> Option<&'a str> {
        self.treatments.get(agreement.as_str()).copied()
    }
}

/// A laboratory is known by its AGB code, else by its name.
pub(in crate::mapping) type LaboratoryKey<'a> = (Option<&'a str>, &'a str);

/// The laboratories that results and reports name, as often as they do, with the name they give.
pub(in crate::mapping) fn laboratories(
    records: &PatientRecords,
) -> impl Iterator<Item = (LaboratoryKey<'_>, Option<&str>)> {
    let of_results = records.observations.iter().map(|record| (record.d.lab_agb.as_deref(), record.d.lab.as_deref()));
    let of_reports = records.reports.iter().map(|record| (record.d.lab_agb.as_deref(), Some(record.d.lab.as_str())));
    of_reports.chain(of_results).filter_map(|(agb, name)| Some((laboratory_key(agb, name)?, name)))
}

/// With an AGB code the spelling of the name does not make another laboratory.
pub(in crate::mapping) fn laboratory_key<'a>(agb: Option<&'a str>, name: Option<&'a str>) -> Option<LaboratoryKey<'a>> {
    let name = name.map_or("", str::trim);
    match agb {
        Some(agb) => Some((Some(agb), "")),
        None if name.is_empty() => None,
        None => Some((None, name)),
    }
}

fn episodes_of(records: &PatientRecords) -> HashMap<&str, Vec<&SourceId>> {
    let mut episodes_of: HashMap<&str, Vec<&SourceId>> = HashMap::with_capacity(records.contacts.len());
    for entry in &records.entries {
        let episodes = episodes_of.entry(entry.d.contact.as_str()).or_default();
        for episode in &entry.d.episodes {
            if !episodes.contains(&episode) {
                episodes.push(episode);
            }
        }
    }
    episodes_of
}

fn entries_about(records: &PatientRecords) -> HashMap<&str, Vec<&Record<Entry>>> {
    let mut entries_about: HashMap<&str, Vec<&Record<Entry>>> = HashMap::with_capacity(records.episodes.len());
    for entry in &records.entries {
        for episode in &entry.d.episodes {
            entries_about.entry(episode.as_str()).or_default().push(entry);
        }
    }
    entries_about
}

/// An order is answered by determinations that name it, and by those of a report that does.
fn results_of(records: &PatientRecords) -> HashMap<&str, Vec<&SourceId>> {
    let mut results: HashMap<&str, Vec<&SourceId>> = HashMap::new();
    for record in &records.observations {
        let report = || records.reports.iter().find(|report| record.d.report.as_ref() == Some(&report.id));
        let order = record.d.order.as_ref().or_else(|| report()?.d.order.as_ref());
        if let Some(order) = order {
            results.entry(order.as_str()).or_default().push(&record.id);
        }
    }
    for report in &records.reports {
        if let Some(order) = &report.d.order {
            results.entry(order.as_str()).or_default().extend(&report.d.members);
        }
    }
    results
}

fn episode_of_code(records: &PatientRecords) -> HashMap<&str, &str> {
    let mut episodes = HashMap::with_capacity(records.episodes.len());
    for record in &records.episodes {
        if let Some(code) = &record.d.icpc {
            episodes.entry(code.as_str()).or_insert(record.id.as_str());
        }
    }
    episodes
}

fn treatments(records: &PatientRecords) -> HashMap<&str, &str> {
    let named = records.medications.iter();
    named.filter_map(|record| Some((record.id.as_str(), record.d.treatment_id.as_deref()?))).collect()
}

fn members(records: &PatientRecords) -> HashMap<&str, Vec<&Record<Observation>>> {
    let by_id: HashMap<&str, &Record<Observation>> =
        records.observations.iter().map(|record| (record.id.as_str(), record)).collect();
    let mut members: HashMap<&str, Vec<&Record<Observation>>> = HashMap::with_capacity(records.reports.len());
    for report in &records.reports {
        let named = report.d.members.iter().filter_map(|id| by_id.get(id.as_str()).copied());
        members.insert(report.id.as_str(), named.collect());
    }
    for observation in &records.observations {
        let Some(report) = &observation.d.report else { continue };
        if let Some(list) = members.get_mut(report.as_str())
            && !list.iter().any(|member| member.id == observation.id)
        {
            list.push(observation);
        }
    }
    members
}

fn reports(records: &PatientRecords) -> HashMap<&str, Option<&Record<Report>>> {
    let by_id: HashMap<&str, &Record<Report>> =
        records.reports.iter().map(|record| (record.id.as_str(), record)).collect();
    let mut report_of = HashMap::with_capacity(records.observations.len());
    for report in &records.reports {
        for member in &report.d.members {
            report_of.entry(member.as_str()).or_insert(Some(report));
        }
    }
    for observation in &records.observations {
        if let Some(report) = &observation.d.report {
            report_of.insert(observation.id.as_str(), by_id.get(report.as_str()).copied());
        }
    }
    report_of
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_agb_code_is_one_laboratory() {
        assert_eq!(laboratory_key(Some("50007771"), Some("Lab A")), laboratory_key(Some("50007771"), Some("lab a")));
        assert_eq!(laboratory_key(None, Some(" Lab A ")), Some((None, "Lab A")));
        assert_eq!(laboratory_key(None, Some("  ")), None);
        assert_eq!(laboratory_key(None, None), None);
    }
}
