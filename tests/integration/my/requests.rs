//! Requests to the practice, and whom the patient does not let look.

use dvza::domain::decision::{Choice, Decision};
use dvza::domain::dossier::RecordType;
use dvza::domain::release::ItemKey;
use dvza::sample::practice::FIRST_BSN;
use dvza::store::requests::{self, RequestKind, RequestState};
use dvza::store::{decisions, staff};

use super::person::Person;
use crate::flows::{audit::of_patient, demo};
use crate::support::dossier::patient;

#[tokio::test]
async fn a_request_is_sent_listed_and_answered() {
    let (network, _) = demo().await;
    let (person, _) = Person::logged_in(&network, FIRST_BSN).await;
    let page = person.get("/my/requests?kind=correctie").await;
    assert_eq!(page.attributes("input[type=radio][checked]", "value"), ["correctie"]);
    assert_eq!(page.attributes("input[type=radio]", "value"), RequestKind::ASKED.map(RequestKind::as_str));
    let words = "Mijn lengte klopt niet.\r\n<b>176</b> cm is juist.";
    let sent = person.press(&page, "send", &[("kind", "correctie"), ("words", words)]).await;
    assert_eq!(sent.path, "/my/requests");
    assert_eq!(sent.all("p[role=status]"), ["Uw verzoek is verstuurd."]);
    let listed = sent.all("section.item");
    assert_eq!(listed.len(), 1);
    for word in
        ["In behandeling", "Gevraagd op 15-06-2026", "Antwoord uiterlijk op 15-07-2026", "<b>176</b> cm is juist."]
    {
        assert!(listed[0].contains(word), "{word}: {}", listed[0]);
    }
    let more = person.press(&sent, "send", &[("kind", "correctie"), ("words", "En mijn gewicht.")]).await;
    assert_eq!(more.all("p[role=status]"), ["U had dit al gevraagd. Uw toelichting is bij dat verzoek gezet."]);
    assert_eq!(more.all("section.item").len(), 1, "duplicates merge");

    let app = &network.server.app;
    let who = patient(&network, 0, "p1");
    let mut tx = app.store().write().await.unwrap();
    let [request] = requests::for_patient(&mut tx, app.sealer(), &who).await.unwrap().try_into().unwrap();
    assert!(request.words.asked.contains("lengte") && request.words.asked.contains("gewicht"));
    let answer = (RequestState::Done, Some("Aangepast."));
    let by = ("e1", network.clock.now().plus_seconds(86_400));
    assert!(requests::handle(&mut tx, app.sealer(), &who, request.id, answer, by).await.unwrap());
    tx.commit().await.unwrap();
    let listed = person.get("/my/requests").await.all("section.item").remove(0);
    for word in ["Gedaan", "Beantwoord op 16-06-2026", "Aangepast."] {
        assert!(listed.contains(word), "{word}: {listed}");
    }
    let events = of_patient(&network, "p1").await;
    let made: Vec<_> = events.iter().filter(|event| event.kind.as_str() == "request_made").collect();
    assert_eq!(made.len(), 2);
    assert!(made.iter().all(|event| event.detail.facts["kind"] == "correctie"));
    assert_eq!(made[0].detail.objects, made[1].detail.objects);
    assert!(!format!("{events:?}").contains("lengte"), "no words of the patient in the trail");
    network.stop().await;
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_said_at_the_field() {
    let (network, _) = demo().await;
    let (person, _) = Person::logged_in(&network, FIRST_BSN).await;
    let page = person.get("/my/requests").await;
    let long = "é".repeat(2001);
    let cases = [
        (None, "iets", "kind-inzage", "Kies wat u wilt vragen."),
        (Some("raar"), "", "kind-inzage", "Kies wat u wilt vragen."),
        (Some("hide"), " \n ", "words", "Schrijf bij de toelichting waar het om gaat."),
        (Some("afschrift"), long.as_str(), "words", "Uw toelichting is te lang."),
    ];
    for (kind, words, field, fault) in cases {
        let fill: Vec<_> = kind.map(|kind| ("kind", kind)).into_iter().chain([("words", words)]).collect();
        let answer = person.press(&page, "send", &fill).await;
        assert_eq!(answer.status, 422, "{fault}");
        assert!(answer.all("title")[0].starts_with("Fout: "));
        assert_eq!(answer.attributes("[role=alert]:not(.expiring) a", "href"), [format!("#{field}")]);
        assert_eq!(answer.attributes(&format!("#{field}"), "id").len(), 1, "the link leads somewhere");
        assert!(answer.all(".fault").iter().any(|text| text.contains(fault)), "{fault}");
    }
    let kept = person.press(&page, "send", &[("kind", "afschrift"), ("words", &long)]).await;
    assert_eq!(kept.all("textarea").concat(), long, "what was written is still there");
    assert_eq!(kept.attributes("input[checked]", "value"), ["afschrift"]);
    // 2000 characters of any script fit.
    let most = "字".repeat(2000);
    let sent = person.press(&page, "send", &[("kind", "afschrift"), ("words", &most)]).await;
    assert_eq!(sent.all("p[role=status]"), ["Uw verzoek is verstuurd."]);
    for _ in 0..3 {
        person.press(&page, "send", &[("kind", "afschrift"), ("words", &most.replace('字', "好"))]).await;
    }
    let mut enough = None;
    for letter in ["a", "b", "c", "d"] {
        enough = Some(person.press(&page, "send", &[("kind", "afschrift"), ("words", &letter.repeat(2000))]).await);
    }
    assert!(enough.unwrap().all(".fault")[0].contains("Wacht op het antwoord"));
    network.stop().await;
}

#[tokio::test]
async fn an_employee_is_excluded_and_let_in_again() {
    let (network, delivery) = demo().await;
    let (person, _) = Person::logged_in(&network, FIRST_BSN).await;
    let page = person.get("/my/exclusions").await;
    let name = delivery.find("employee", "e2")["d"]["name"].as_str().unwrap().to_owned();
    let label = format!("{name} uitsluiten");
    let buttons: Vec<_> =
        page.all(".people button").into_iter().zip(page.attributes(".people button", "value")).collect();
    let key = &buttons.iter().find(|(words, _)| *words == label).unwrap().1;
    assert!(!page.text().contains("value=\"e2\""), "the HIS's ids stay inside");
    let excluded = person.press(&page, key, &[]).await;
    assert_eq!(excluded.all("p[role=status]"), [format!("{name} kan uw gegevens hier niet meer bekijken.")]);
    assert!(excluded.text().contains("Uitgesloten sinds 15-06-2026"));
    let list = async || {
        let mut tx = network.server.app.store().read().await.unwrap();
        let list = staff::excluded(&mut tx, &patient(&network, 0, "p1")).await.unwrap();
        tx.close().await.unwrap();
        list.into_keys().map(|id| id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(list().await, ["e2"]);
    let allowed = person.press(&excluded, key, &[]).await;
    assert_eq!(allowed.all("p[role=status]"), [format!("{name} kan uw gegevens weer bekijken.")]);
    assert!(list().await.is_empty());
    let kinds: Vec<String> =
        of_patient(&network, "p1").await.iter().map(|event| event.kind.as_str().to_owned()).collect();
    assert!(["employee_excluded", "employee_allowed"].iter().all(|kind| kinds.iter().any(|found| found == kind)));
    network.stop().await;
}

#[tokio::test]
async fn what_is_not_shared_at_the_patients_request_is_listed_by_kind_only() {
    let (network, delivery) = demo().await;
    let (person, _) = Person::logged_in(&network, FIRST_BSN).await;
    let kinds = async || person.get("/my/exclusions").await.all("h2 ~ ul:not(.people) li");
    let before = ["Document (1)", "Episode (probleem of ziekte) (1)", "Uitslag of meting (1)"];
    assert_eq!(kinds().await, before, "what the HIS says");
    let app = &network.server.app;
    let who = patient(&network, 0, "p1");
    let about = |id: &str| ItemKey { t: RecordType::Medication, id: id.parse().unwrap(), line: None };
    let decision = |hidden| Decision {
        about: about("p1-m1"),
        choice: Choice::PatientHidden(hidden),
        at: network.clock.now(),
        by: "e1".to_owned(),
        reason: Some("Op verzoek.".to_owned()),
    };
    let mut tx = app.store().write().await.unwrap();
    decisions::append(&mut tx, app.sealer(), &who, &[decision(true)]).await.unwrap();
    tx.commit().await.unwrap();
    assert!(kinds().await.contains(&"Medicijn (1)".to_owned()));
    let page = person.get("/my/exclusions").await.text();
    let medicine = delivery.find("medication", "p1-m1")["d"]["name"].as_str().unwrap();
    assert!(!page.contains(medicine) && !page.contains("Op verzoek.") && !page.contains("p1-m1"));
    network.stop().await;
}
