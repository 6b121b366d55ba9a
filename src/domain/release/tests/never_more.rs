//! What holds for any dossier: no mark and no switch ever releases more.

use proptest::prelude::*;

use super::sections::supply;
use super::*;

/// The sections of our own, which are off by default.
const ALL_ON: [(&str, &str); 5] = [
    ("trust_feed", "true"),
    ("facility.directives", "true"),
    ("facility.social", "true"),
    ("facility.devices", "true"),
    ("facility.payer", "true"),
];

prop_compose! {
    fn some_item()(
        which in 0..16_usize,
        number in 0..4_u8,
        episode_links in prop::collection::vec(0..4_u8, 0..3),
        flags in any::<[bool; 4]>(),
        days in -800..40_i32,
    ) -> Item {
        let instant = ts(T).plus_local_days(days);
        let visible = if flags[0] { Visibility::Shown } else { Visibility::Hidden };
        let status = if flags[1] { EpisodeStatus::Open } else { EpisodeStatus::Closed };
        let attention = if flags[2] { Attention::Yes } else { Attention::No };
        let id = format!("r{number}");
        let mut item = match which {
            0 | 1 => episode(&id, status, attention, visible),
            2 => contact(&id, &instant.to_rfc3339()),
            3 => entry(&id, &format!("r{}", number / 2), &[]),
            4 => line_of(&entry(&id, &format!("r{}", number / 2), &[]), 0, LineKind::E),
            5 => medication(&id, Some(&instant.local_date().to_string()), None, flags[1]),
            6 => published(&id, ObservationDate::At(instant)),
            7 => letter(&id, &instant.local_date().to_string(), flags[1].then_some("2026-01-26T11:00:00+01:00")),
            8 => item(RecordType::Report, &id, Topic::Report { members: vec![sid("r0"), sid("r1")] }),
            9 => Item {
                key: ItemKey::panel(&sid(&id)),
                ..item(RecordType::Observation, &id, Topic::Panel { members: [sid("r0"), sid("r1")] })
            },
            10 => supply(&id, flags[0].then_some("r1"), Some(&instant.local_date().to_string())),
            11 => item(RecordType::Specimen, &id, Topic::Companion { results: Vec::new() }),
            12 => item(RecordType::Directive, &id, Topic::Directive { end: flags[1].then(|| instant.local_date()) }),
            13 => item(RecordType::Lifestyle, &id, Topic::Social),
            14 => item(RecordType::Device, &id, Topic::Device { start: None, end: flags[1].then(|| instant.local_date()) }),
            _ => {
                let end = flags[1].then(|| instant.local_date());
                item(RecordType::Payer, &id, Topic::Payer { start: None, end })
            }
        };
        item.marks.third_party = flags[3] && flags[0];
        // Some of it came as FHIR.
        if flags[2] && flags[3] && !matches!(item.topic, Topic::Line { .. } | Topic::Panel { .. }) {
            item.key.t = RecordType::Resource;
        }
        if !matches!(item.topic, Topic::Episode { .. } | Topic::Contact { .. } | Topic::Report { .. }) {
            item.episodes = episode_links.iter().map(|n| sid(&format!("r{n}"))).collect();
        }
        item
    }
}

proptest! {
    #[test]
    fn marking_an_item_never_releases_more(items in prop::collection::vec(some_item(), 1..25), which: prop::sample::Index) {
        let verdicts = |items: &[Item]| {
            let facts = DossierFacts::new(subject(), items.to_vec());
            let opened_at = facts.subject.opened_at.unwrap();
            decide(&facts, Admission::Open { opened_at }, Viewer::Patient, &policy(&ALL_ON), ts(T).into())
        };
        let before = verdicts(&items);
        let mut marked_items = items.clone();
        let place = which.index(items.len());
        marked_items[place].marks.hidden_by_practice = true;
        let after = verdicts(&marked_items);
        prop_assert_eq!(after[place].is_shown(), matches!(items[place].topic, Topic::Person | Topic::Provider));
        for (before, after) in before.iter().zip(&after) {
            prop_assert!(before.is_shown() || !after.is_shown());
        }
    }

    #[test]
    fn trusting_a_feed_less_never_releases_more(items in prop::collection::vec(some_item(), 1..25)) {
        let facts = DossierFacts::new(subject(), items);
        let admission = Admission::Open { opened_at: facts.subject.opened_at.unwrap() };
        let verdicts = |trust: &str| {
            decide(&facts, admission, Viewer::Patient, &policy(&[("trust_feed", trust)]), ts(T).into())
        };
        for ((item, trusted), not) in facts.items().iter().zip(verdicts("true")).zip(verdicts("false")) {
            prop_assert!(trusted.is_shown() || !not.is_shown(), "{:?}", item.key);
        }
    }

    #[test]
    fn switching_a_section_off_never_releases_more(items in prop::collection::vec(some_item(), 1..25), which in 0..11_usize) {
        let switches = [
            "ep_lines", "diagnostic_values", "correspondence", "medication", "episodes", "contacts", "allergies",
            "directives", "social", "devices", "payer",
        ];
        let verdicts = |extra: &[(&str, &str)]| {
            let facts = DossierFacts::new(subject(), items.clone());
            let opened_at = facts.subject.opened_at.unwrap();
            decide(&facts, Admission::Open { opened_at }, Viewer::Patient, &policy(extra), ts(T).into())
        };
        let key = format!("facility.{}", switches[which]);
        let (on, off) = (verdicts(&[(&key, "true")]), verdicts(&[(&key, "false")]));
        for (on, off) in on.iter().zip(&off) {
            prop_assert!(on.is_shown() || !off.is_shown());
        }
    }

    #[test]
    fn a_decision_depends_on_its_arguments_only(items in prop::collection::vec(some_item(), 0..25), days in -400..400_i32) {
        let facts = DossierFacts::new(subject(), items);
        let at: Moment = ts(T).plus_local_days(days).into();
        let admission = Admission::Open { opened_at: facts.subject.opened_at.unwrap() };
        let first = decide(&facts, admission, Viewer::Patient, &policy(&[]), at);
        prop_assert_eq!(&first, &decide(&facts, admission, Viewer::Patient, &policy(&[]), at));
        prop_assert_eq!(first.len(), facts.items().len());
        let stored: DossierFacts = postcard::from_bytes(&postcard::to_allocvec(&facts).unwrap()).unwrap();
        prop_assert_eq!(first, decide(&stored, admission, Viewer::Patient, &policy(&[]), at));
    }
}
