//! What holds for any dossier, settings and instant: no mark, no stricter setting and no other viewer ever releases more, and a
//! decision follows from its arguments alone.

use proptest::prelude::*;

use super::sections::supply;
use super::*;
use crate::domain::release::SETTINGS as ALL;

/// A setting that decides about items, with a value that shows more and one that shows less.
type Step = (String, &'static str, &'static str);

/// Every such setting (release-rules §2.1).
fn steps() -> Vec<Step> {
    let single = [
        ("online_access_since", "2020-07-01", "2024-07-01"),
        ("trust_feed", "true", "false"),
        ("restricted_documents", "true", "false"),
        ("closed_episode_policy", "attention_or_released_ep", "attention_only"),
        ("ep_patient_contact_only", "false", "true"),
        ("ep_memo_contacts", "true", "false"),
        ("lab_release_mode", "auto_delay", "explicit"),
        ("lab_delay_days", "0", "30"),
        ("lab_auto_abnormal", "same", "hold"),
        ("lab_auto_conclusion", "Geen bijzonderheden.", ""),
        ("lab_patient_wait", "false", "true"),
        ("correspondence_since", "2019-01-01", "2025-01-01"),
        ("correspondence_mode", "auto", "manual"),
        ("correspondence_delay_days", "0", "365"),
        ("appointment_mode", "all_future", "weekly_release"),
    ];
    let single = single.into_iter().map(|(key, more, less)| (key.to_owned(), more, less));
    let sections = SECTIONS.iter().map(|section| (format!("facility.{section}"), "true", "false"));
    let cascades = CASCADES.iter().map(|kind| (format!("cascade.{kind}"), "strip", "hide"));
    single.chain(sections).chain(cascades).collect()
}

/// Somebody who wished to speak to the doctor first.
fn subject() -> Subject {
    Subject { results_wait: Some(ts("2025-01-01T00:00:00+01:00")), ..super::subject() }
}

/// For each step, whether its value is the one that shows more.
fn some_choices() -> impl Strategy<Value = Vec<bool>> {
    prop::collection::vec(prop::bool::weighted(0.7), steps().len())
}

fn policy_of(choices: &[bool]) -> Policy {
    let steps = steps();
    let chosen = steps.iter().zip(choices).map(|((key, more, less), is_more)| {
        let value = if *is_more { *more } else { *less };
        (key.as_str(), value)
    });
    Policy::from_settings(chosen).unwrap()
}

/// The facts that some of the kinds below are made of.
struct Odds {
    flags: [bool; 4],
    instant: Timestamp,
    number: u8,
}

impl Odds {
    fn day(&self) -> Date {
        self.instant.local_date()
    }

    fn end(&self) -> Option<Date> {
        self.flags[1].then(|| self.day())
    }

    fn visible(&self) -> Visibility {
        match (self.flags[0], self.flags[3]) {
            (true, _) => Visibility::Shown,
            (false, true) => Visibility::Unconfirmed,
            (false, false) => Visibility::Hidden,
        }
    }

    fn any_result(&self, id: &str) -> Item {
        use ResultState::*;
        let at = self.instant;
        result(id, |facts| {
            facts.date = ObservationDate::At(at);
            facts.state = [Received, Published, Saved, Invited, Withdrawn, Received][usize::from(self.number) % 6];
            facts.release_at = self.flags[0].then(|| at.plus_local_days(3));
            facts.has_conclusion = self.flags[1];
            facts.flag = self.flags[2].then_some(Flag::N);
            facts.status = if self.flags[3] { ObservationStatus::Final } else { ObservationStatus::Prelim };
            facts.in_report = self.flags[0] && self.flags[3];
            facts.authorised_at = self.flags[1].then_some(at);
        })
    }

    fn any_document(&self, id: &str) -> Item {
        use DocumentKind::*;
        let kind = [SpecialistLetter, Form, Copy, HapReport, Letter][usize::from(self.number) % 5];
        let published_at = self.flags[1].then(|| self.instant.to_rfc3339());
        let mut document = document(id, kind, &self.day().to_string(), published_at.as_deref());
        if let Topic::Document { servable, override_episode, .. } = &mut document.topic {
            *servable = self.flags[0] || self.flags[2];
            *override_episode = self.flags[3];
        }
        document
    }

    fn any_contact(&self, id: &str) -> Item {
        use ContactKind::*;
        let kind = [Consult, Memo, Overleg, EConsult, Overig][usize::from(self.number) % 5];
        let with_patient = if self.flags[0] { Some(self.flags[1]) } else { None };
        item(RecordType::Contact, id, Topic::Contact { start: self.instant, kind, with_patient })
    }

    fn any_line(&self, id: &str) -> Item {
        let mut line = line_of(&entry(id, &format!("r{}", self.number / 2), &[]), 0, LineKind::P);
        if let Topic::Line { visible, .. } = &mut line.topic {
            *visible = self.visible();
        }
        line
    }

    fn any_appointment(&self, id: &str) -> Item {
        let status = if self.flags[0] { AppointmentStatus::Booked } else { AppointmentStatus::Cancelled };
        item(RecordType::Appointment, id, Topic::Appointment { start: self.instant, status })
    }

    fn any_allergy(&self, id: &str) -> Item {
        let status = if self.flags[0] { AllergyStatus::Active } else { AllergyStatus::Inactive };
        item(RecordType::Allergy, id, Topic::Allergy { for_medication: self.flags[1], status })
    }

    fn confidential_entry(&self, id: &str) -> Item {
        let contact = sid(&format!("r{}", self.number / 2));
        item(RecordType::Entry, id, Topic::Entry { contact, not_for_representative: self.flags[0] })
    }

    fn any_of_another_section(&self, which: usize, id: &str) -> Item {
        use RecordType as T;
        let (day, end) = (self.day(), self.end());
        let (t, topic) = match which {
            0 => (T::Contraindication, Topic::ContraIndication { start: day, end: None }),
            1 => (T::Treatment, Topic::Treatment { visible: self.visible(), start: end }),
            2 => (T::Prophylaxis, Topic::Prophylaxis { end }),
            3 => (T::Vaccination, Topic::Vaccination { on: end, given: self.flags[0] }),
            4 => (T::Alert, Topic::Alert { start: day, end: None }),
            5 => (T::Referral, Topic::Referral { on: end, in_force: self.flags[0] }),
            6 => (T::Representative, Topic::Representative { start: day, end: None }),
            7 => (T::ContactPerson, Topic::ContactPerson { start: end, end: None }),
            8 => (T::Directive, Topic::Directive { end }),
            9 => (T::Lifestyle, Topic::Social),
            10 => (T::Device, Topic::Device { start: None, end }),
            11 => (T::Payer, Topic::Payer { start: None, end }),
            _ => (T::Resource, Topic::Unruled),
        };
        item(t, id, topic)
    }
}

prop_compose! {
    fn some_item()(
        which in 0..33_usize,
        number in 0..6_u8,
        episode_links in prop::collection::vec(0..4_u8, 0..3),
        flags in any::<[bool; 4]>(),
        days in -800..40_i32,
    ) -> Item {
        let odds = Odds { flags, number, instant: ts(T).plus_local_days(days) };
        let status = if flags[1] { EpisodeStatus::Open } else { EpisodeStatus::Closed };
        let attention = if flags[2] { Attention::Yes } else { Attention::No };
        let id = format!("r{number}");
        let mut item = match which {
            0..=2 => episode(&id, status, attention, odds.visible()),
            3 => contact(&id, &odds.instant.to_rfc3339()),
            4 => odds.any_contact(&id),
            5 => entry(&id, &format!("r{}", number / 2), &[]),
            6 => odds.confidential_entry(&id),
            7 => line_of(&entry(&id, &format!("r{}", number / 2), &[]), 0, LineKind::E),
            8 => odds.any_line(&id),
            9 => medication(&id, Some(&odds.day().to_string()), None, flags[1]),
            10 => medication(&id, None, flags[0].then_some(T), flags[1]),
            11 => published(&id, ObservationDate::At(odds.instant)),
            12 | 13 => odds.any_result(&id),
            14 | 15 => odds.any_document(&id),
            16 => item(RecordType::Report, &id, Topic::Report { members: vec![sid("r0"), sid("r1")] }),
            17 => Item {
                key: ItemKey::panel(&sid(&id)),
                ..item(RecordType::Observation, &id, Topic::Panel { members: [sid("r0"), sid("r1")] })
            },
            18 => supply(&id, flags[0].then_some("r1"), Some(&odds.day().to_string())),
            19 => item(RecordType::Specimen, &id, Topic::Companion { results: vec![sid("r0")] }),
            20 => odds.any_appointment(&id),
            21 => odds.any_allergy(&id),
            32 => item(RecordType::Resource, &id, Topic::Manifest { documents: vec![sid("r0"), sid("r1")] }),
            other => odds.any_of_another_section(other - 22, &id),
        };
        item.marks.third_party = flags[3] && flags[0] && flags[1];
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

fn some_items() -> impl Strategy<Value = Vec<Item>> {
    prop::collection::vec(some_item(), 1..30)
}

/// What is hidden about the item at this place, in each of the ways in which practice and patient hide.
fn hide(way: usize, place: usize, items: &mut [Item], subject: &mut Subject) {
    let item = &mut items[place];
    match way {
        0 => item.marks.hidden_by_practice = true,
        1 => item.marks.third_party = true,
        2 => item.marks.harm_until = Some(day("2030-01-01")),
        _ => subject.patient_hidden.push(RecordRef { t: item.key.t, id: item.key.id.clone() }),
    }
}

fn verdicts(subject: &Subject, items: &[Item], viewer: Viewer, policy: &Policy, at: Moment) -> Vec<Verdict> {
    let admission = Admission::Open { opened_at: subject.opened_at.unwrap() };
    decide(&DossierFacts::new(subject.clone(), items.to_vec()), admission, viewer, policy, at)
}

/// Is everything of the second shown in the first too?
fn is_no_more(before: &[Verdict], after: &[Verdict]) -> bool {
    before.len() == after.len()
        && before.iter().zip(after).all(|(before, after)| {
            // Without its links is less than with them.
            before.is_shown() || !after.is_shown()
        })
}

fn days_from_now() -> impl Strategy<Value = i32> {
    -400..400_i32
}

fn moment(days: i32) -> Moment {
    ts(T).plus_local_days(days).into()
}

#[test]
fn every_setting_that_decides_about_items_is_a_step() {
    let steps: std::collections::BTreeSet<String> = steps().into_iter().map(|(key, ..)| key).collect();
    let about_people = [
        "dossier_request_mode",
        "dossier_request_auto_notice",
        "under16_policy",
        "invite_min_age",
        "register_without_eid",
    ];
    let others = [&about_people[..], &["min_loa", "idle_minutes", "lab_window_months"]].concat();
    for (key, ..) in ALL {
        assert!(steps.contains(key) != others.contains(&key), "{key}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn marking_an_item_never_releases_more(
        items in some_items(), which: prop::sample::Index, way in 0..4_usize, choices in some_choices(), days in days_from_now(),
    ) {
        let (policy, at) = (policy_of(&choices), moment(days));
        let before = verdicts(&subject(), &items, Viewer::Patient, &policy, at);
        let (mut marked, mut subject) = (items.clone(), subject());
        let place = which.index(items.len());
        hide(way, place, &mut marked, &mut subject);
        let after = verdicts(&subject, &marked, Viewer::Patient, &policy, at);
        prop_assert!(!after[place].is_shown(), "{:?}", marked[place]);
        prop_assert!(is_no_more(&before, &after));
    }

    #[test]
    fn hiding_an_episode_never_releases_more(
        items in some_items(), which: prop::sample::Index, choices in some_choices(), days in days_from_now(),
    ) {
        let (policy, at) = (policy_of(&choices), moment(days));
        let mut hidden = items.clone();
        let place = which.index(items.len());
        if let Topic::Episode { visible, sensitive, .. } = &mut hidden[place].topic {
            *sensitive = days % 2 == 0;
            *visible = if *sensitive { *visible } else { Visibility::Hidden };
        }
        let before = verdicts(&subject(), &items, Viewer::Patient, &policy, at);
        prop_assert!(is_no_more(&before, &verdicts(&subject(), &hidden, Viewer::Patient, &policy, at)));
    }

    #[test]
    fn making_a_setting_stricter_never_releases_more(
        items in some_items(), choices in some_choices(), which: prop::sample::Index, days in days_from_now(),
    ) {
        let at = moment(days);
        let place = which.index(choices.len());
        let under = |is_more: bool| {
            let mut choices = choices.clone();
            choices[place] = is_more;
            verdicts(&subject(), &items, Viewer::Patient, &policy_of(&choices), at)
        };
        prop_assert!(is_no_more(&under(true), &under(false)), "{:?}", steps()[place]);
    }

    #[test]
    fn trusting_a_feed_less_never_releases_more(items in some_items(), days in days_from_now()) {
        let under = |trust| {
            let policy = policy(&[("trust_feed", trust), ("facility.social", "true"), ("facility.payer", "true")]);
            verdicts(&subject(), &items, Viewer::Patient, &policy, moment(days))
        };
        prop_assert!(is_no_more(&under("true"), &under("false")));
    }

    #[test]
    fn who_acts_for_the_patient_never_sees_more(
        items in some_items(), choices in some_choices(), days in days_from_now(),
    ) {
        // R-AG-08
        let policy = policy_of(&choices);
        let seen_by = |viewer| verdicts(&subject(), &items, viewer, &policy, moment(days));
        prop_assert!(is_no_more(&seen_by(Viewer::Patient), &seen_by(Viewer::Representative)));
    }

    #[test]
    fn a_dossier_that_is_not_open_never_shows_more(
        items in some_items(), choices in some_choices(), days in days_from_now(),
    ) {
        // R-DOC-09
        let facts = DossierFacts::new(subject(), items);
        let policy = policy_of(&choices);
        let under = |admission| decide(&facts, admission, Viewer::Patient, &policy, moment(days));
        let open = under(Admission::Open { opened_at: facts.subject.opened_at.unwrap() });
        let copies = under(Admission::CopiesOnly);
        prop_assert!(is_no_more(&open, &copies));
        for (item, verdict) in facts.items().iter().zip(copies) {
            let is_copy = matches!(item.topic, Topic::Document { kind: DocumentKind::Copy, published: true, .. });
            prop_assert!(is_copy || !verdict.is_shown(), "{:?}", item.topic);
        }
    }

    #[test]
    fn a_decision_depends_on_its_arguments_only(
        items in prop::collection::vec(some_item(), 0..30), choices in some_choices(), days in days_from_now(), acted: bool,
    ) {
        let facts = DossierFacts::new(subject(), items);
        let (policy, at) = (policy_of(&choices), moment(days));
        let viewer = if acted { Viewer::Representative } else { Viewer::Patient };
        let admission = Admission::Open { opened_at: facts.subject.opened_at.unwrap() };
        let first = decide(&facts, admission, viewer, &policy, at);
        prop_assert_eq!(&first, &decide(&facts, admission, viewer, &policy, at));
        prop_assert_eq!(first.len(), facts.items().len());
        // Nor does anything else of the facts come in on the way to the store and back, or of the settings in another order.
        let stored: DossierFacts = postcard::from_bytes(&postcard::to_allocvec(&facts).unwrap()).unwrap();
        prop_assert_eq!(&first, &decide(&stored, admission, viewer, &policy, at));
        prop_assert_eq!(first, decide(&facts, admission, viewer, &policy_of(&choices), at));
    }
}
