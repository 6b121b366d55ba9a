//! What the words mean, and the rules that staff must know.

use axum::response::Response;

use super::staff::Staff;
use crate::http::pages::blocks::Block;

pub(super) async fn show(staff: Staff) -> Response {
    let rows = [
        (
            "Werkaantekeningen",
            "Work notes",
            "Persoonlijke werkaantekeningen horen niet in het dossier en worden hier geweigerd. Zodra u ze met collega’s deelt, vallen ze onder \
             het inzagerecht (KNMG).",
            "Personal work notes are no part of the dossier and are refused here. Once shared with colleagues, the right of access holds for \
             them (KNMG).",
        ),
        (
            "E- en P-regels",
            "E and P lines",
            "De patiënt ziet E- en P-regels van contacten met de patiënt zelf, vanaf de invoering van online inzage. S- en O-regels nooit.",
            "The patient sees E and P lines of contacts with the patient self, from the introduction of online access. S and O lines never.",
        ),
        (
            "Episode verbergen",
            "Hide an episode",
            "Ga naar Patiënten, zoek de patiënt, open Episodes en verrichtingen en kies Verbergen. Regels, uitslagen en documenten van die episode \
             gaan mee; medicatie blijft zichtbaar zonder de reden.",
            "Go to Patients, find the patient, open Episodes and procedures and choose Hide. Lines, results and documents of that episode go along; \
             medication stays visible without the reason.",
        ),
        (
            "Wie heeft gekeken",
            "Who has looked",
            "Ga naar Patiënten, zoek de patiënt en kies Toegangslog.",
            "Go to Patients, find the patient and choose Access log.",
        ),
        (
            "Uitslagen",
            "Results",
            "Een uitslag wordt pas getoond als iemand hem met een conclusie publiceert, of na de wachttijd als de praktijk dat zo heeft ingesteld.",
            "A result is shown when somebody publishes it with a conclusion, or after the delay if the practice has chosen that.",
        ),
        (
            "Derden en schade",
            "Third parties and harm",
            "Wat van of over een ander is, of de privacy van een ander schaadt, blijft verborgen met een reden. Wat nu zou schaden kan ten hoogste drie \
             maanden worden uitgesteld.",
            "What is from or about somebody else, or damages their privacy, stays hidden with a reason. What would harm now can be delayed by three \
             months at most.",
        ),
        (
            "Extractie plannen",
            "Plan an extraction",
            "Ga naar Rapporten, kies wat u wilt, vul dag en tijd in en kies Plan voor later. Het bestand staat daarna op dezelfde pagina. U haalt het \
             één keer op; na zeven dagen is het weg.",
            "Go to Reports, choose what you want, fill in day and time and choose Plan for later. The file is on the same page after that. You fetch \
             it once; after seven days it is gone.",
        ),
        (
            "Cijfers en OPEN",
            "Figures and OPEN",
            "Bij Rapporten staat per kwartaal hoeveel patiënten ophaalden, en via Bewijs voor OPEN wat u nodig hebt voor het tarief. De declaratie \
             gaat naar de zorgverzekeraar.",
            "At Reports you find for each quarter how many patients collected, and by Evidence for OPEN what you need for the tariff. The claim goes \
             to the insurer.",
        ),
        (
            "Voor u begint",
            "Before you begin",
            "Onder Voor u begint staat wat de praktijk moet regelen voordat patiënten online kijken, met de dag en een bestand als bewijs.",
            "Before you begin lists what the practice has to arrange before patients look online, with the day and a file as evidence.",
        ),
        (
            "Termijn",
            "Term",
            "Een verzoek om inzage of een afschrift wordt binnen een maand beantwoord. Na 14 dagen staat er een herinnering in het postvak.",
            "A request for access or a copy is answered within a month. After 14 days the work list shows a reminder.",
        ),
    ];
    let facts =
        rows.map(|(nl_name, en_name, nl, en)| (staff.pick(nl_name, en_name).to_owned(), staff.pick(nl, en).to_owned()));
    let title = staff.pick("Hulp", "Help");
    staff.page("/help", title, vec![Block::Facts(facts.into())])
}
