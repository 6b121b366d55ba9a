//! What one item decides about another: hidden episodes, wholes and their parts (F9, R-SP-08, R-LAB-11).

use super::Frame;
use crate::domain::dossier::RecordType;
use crate::domain::release::facts::{Cascade, Topic};
use crate::domain::release::policy::ClosedEpisodes;
use crate::domain::release::reason::{Reason, Verdict};

impl Frame<'_> {
    /// In a feed an episode and its Condition are two resources: hiding one hides the other, and what names that one too.
    pub(super) fn hide_their_others(&mut self) {
        let items = self.facts.items();
        let is_fed_episode =
            |place: &usize| matches!(items[*place].topic, Topic::Episode { .. }) && items[*place].is_fed();
        let episodes: Vec<usize> = (0..items.len()).filter(is_fed_episode).collect();
        loop {
            let named = |place: &usize| {
                let mut others = self.related(*place).episodes.iter().flatten();
                !self.hidden_episodes[*place] && others.any(|other| self.hidden_episodes[*other])
            };
            let more: Vec<usize> = episodes.iter().copied().filter(named).collect();
            if more.is_empty() {
                return;
            }
            for place in more {
                self.hidden_episodes[place] = true;
            }
        }
    }

    /// F9 (R-SP-05, R-MED-05, R-DOC-06, R-LAB-12): what a hidden episode does to this item; `None` when no linked episode is
    /// hidden. One that is merely closed without attention value hides nothing (R-SP-06).
    pub(super) fn linked_to_hidden_episode(&self, place: usize) -> Option<Cascade> {
        let item = self.item(place);
        let linked = match &item.topic {
            Topic::Contact { .. } => {
                let entries = self.related(place).parts.iter();
                [&place].into_iter().chain(entries).any(|place| self.names_a_hidden_episode(*place))
            }
            Topic::Document { override_episode: true, .. } => false,
            Topic::Episode { .. } => self.hidden_episodes[place],
            Topic::Supply { .. } => {
                let agreement = self.related(place).agreement.flatten();
                self.names_a_hidden_episode(place) || agreement.is_some_and(|place| self.names_a_hidden_episode(place))
            }
            _ => self.names_a_hidden_episode(place),
        };
        if !linked {
            return None;
        }
        let cascade = self.policy.cascade;
        Some(match &item.topic {
            Topic::Contact { .. } => cascade.encounters,
            Topic::Medication { .. } | Topic::Supply { .. } => cascade.medication,
            Topic::Allergy { .. } => cascade.allergies,
            Topic::Observation(_) | Topic::Report { .. } | Topic::Panel { .. } | Topic::Companion { .. } => {
                cascade.observations
            }
            Topic::Document { .. } | Topic::Manifest { .. } => cascade.documents,
            Topic::Treatment { .. } => cascade.treatments,
            Topic::Prophylaxis { .. } => cascade.prophylaxis,
            Topic::Referral { .. } => cascade.referrals,
            Topic::Appointment { .. } => Cascade::Strip,
            _ => Cascade::Hide,
        })
    }

    /// Explicitly hidden means withheld by F3 or F4. An episode that is not there is treated as hidden; a trusted feed
    /// leaves it out because it may not be seen, and what it does hold may.
    fn names_a_hidden_episode(&self, place: usize) -> bool {
        let absent_counts = !self.is_trusted(self.item(place));
        let mut episodes = self.related(place).episodes.iter();
        episodes.any(|episode| episode.map_or(absent_counts, |place| self.hidden_episodes[place]))
    }

    /// R-EP-02 in its wider form: a closed episode is listed while a line of it is shown.
    pub(super) fn list_episodes_of_released_lines(&self, verdicts: &mut [Verdict]) {
        if self.policy.closed_episodes != ClosedEpisodes::AttentionOrReleasedLines {
            return;
        }
        let items = self.facts.items();
        for place in 0..items.len() {
            let Topic::Episode { named: true, .. } = items[place].topic else { continue };
            if verdicts[place] != Verdict::Withhold(Reason::Status) {
                continue;
            }
            let listed = items.iter().zip(verdicts.iter()).any(|(item, verdict)| {
                matches!(item.topic, Topic::Line { .. })
                    && verdict.is_shown()
                    && item.episodes.contains(&items[place].key.id)
            });
            if listed {
                verdicts[place] = Verdict::Release;
            }
        }
    }

    /// An entry is shown while one of its lines is, a report while one of its members is (R-SP-08, R-LAB-11); a panel
    /// while all of its members are, a manifest while one of its documents is.
    pub(super) fn follow_parts(&self, verdicts: &mut [Verdict]) {
        for (place, item) in self.facts.items().iter().enumerate() {
            if matches!(item.topic, Topic::Panel { .. }) {
                verdicts[place] = self.panel(place, verdicts);
                continue;
            }
            if let Topic::Manifest { documents } = &item.topic {
                verdicts[place] = self.manifest(place, documents.len(), verdicts);
                continue;
            }
            if matches!(item.topic, Topic::Companion { .. }) {
                let withheld = self.related(place).parts.iter().map(|part| verdicts[*part]).find(|it| !it.is_shown());
                if let (true, Some(withheld)) = (verdicts[place].is_shown(), withheld) {
                    verdicts[place] = withheld;
                }
                continue;
            }
            if !matches!(item.topic, Topic::Entry { .. } | Topic::Report { .. }) {
                continue;
            }
            let parts = &self.related(place).parts;
            if parts.is_empty() && self.is_trusted(item) {
                continue;
            }
            if !verdicts[place].is_shown() {
                continue;
            }
            let withheld = parts.iter().map(|part| verdicts[*part]).find(|verdict| !verdict.is_shown());
            // A result that did not come may be one that may not be seen.
            let absent = || match &item.topic {
                Topic::Report { members } if members.len() > parts.len() && !self.is_trusted(item) => {
                    Some(Verdict::Withhold(Reason::Status))
                }
                _ => None,
            };
            let withheld = withheld.or_else(absent);
            if !parts.iter().any(|part| verdicts[*part].is_shown()) {
                verdicts[place] = withheld.unwrap_or(Verdict::Withhold(Reason::Status));
            } else if let (Topic::Report { .. }, true, Some(Verdict::Withhold(reason))) =
                (&item.topic, item.key.t != RecordType::Report, withheld)
            {
                // What a report says of all its results together would tell of those that are withheld.
                verdicts[place] = Verdict::Strip(reason);
            }
        }
    }

    /// A panel says what its determinations say: the first of them that is not shown decides, and one that is shown
    /// without its links strips the panel too.
    fn panel(&self, place: usize, verdicts: &[Verdict]) -> Verdict {
        let parts = &self.related(place).parts;
        let all = [verdicts[place]].into_iter().chain(parts.iter().map(|part| verdicts[*part]));
        match all.clone().find(|verdict| !verdict.is_shown()) {
            Some(withheld) => withheld,
            None if parts.len() < 2 => Verdict::Withhold(Reason::Status),
            None => all.into_iter().find(|verdict| *verdict != Verdict::Release).unwrap_or(Verdict::Release),
        }
    }
    /// A manifest without a document that is shown tells of what is withheld; with one, only that it is part of it. A
    /// document that did not come may be one that may not be seen.
    fn manifest(&self, place: usize, documents: usize, verdicts: &[Verdict]) -> Verdict {
        let own = verdicts[place];
        if !own.is_shown() {
            return own;
        }
        let parts = &self.related(place).parts;
        let absent = (parts.len() < documents).then_some(Verdict::Withhold(Reason::Status));
        let withheld = parts.iter().map(|part| verdicts[*part]).find(|verdict| !verdict.is_shown()).or(absent);
        if !parts.iter().any(|part| verdicts[*part].is_shown()) {
            return withheld.unwrap_or(Verdict::Withhold(Reason::Status));
        }
        match withheld {
            Some(Verdict::Withhold(reason)) => Verdict::Strip(reason),
            _ => own,
        }
    }
}
