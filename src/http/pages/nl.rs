//! Texts in Dutch, language level B1.

use super::texts::Texts;

pub(super) const TEXTS: Texts = Texts {
    skip: "Naar de inhoud",
    language_switch: "English",
    back_to_pgo: "Terug naar {pgo}",
    cancel: "Annuleren",
    login: "Inloggen",
    retry: "Opnieuw inloggen",

    landing_title: "Inloggen bij {practice}",
    landing_who: "U gaat inloggen bij {practice}.",
    landing_system: "U logt in op het computersysteem dat {desk} voor {practice} beheert.",
    landing_pgo: "U komt van {pgo}. {pgo} vraagt of u daar uw gegevens van {practice} wilt verzamelen.",
    landing_next: "Wilt u verder? Kies dan voor inloggen. Kiest u voor annuleren, dan gaat u terug en worden er geen gegevens verzameld.",
    landing_consents: "Na het inloggen ziet u welke toestemmingen u bij {practice} hebt gegeven. U kunt ze daar ook intrekken.",

    depart_title: "Door naar inloggen",
    depart_text: "U gaat naar de website waar u veilig inlogt. Daarna komt u vanzelf hier terug.",
    depart_next: "Naar inloggen",

    simulator_title: "Proefinlog",
    simulator_warning: "Dit is een proefinlog met bedachte personen. Er wordt niets gecontroleerd.",
    simulator_bsn: "Burgerservicenummer (BSN)",
    simulator_subject: "BSN van de persoon voor wie u inlogt",
    simulator_level: "Betrouwbaarheidsniveau",

    cancelled_title: "U bent niet ingelogd",
    cancelled_text: "Het inloggen is gestopt of niet gelukt. Er zijn geen gegevens verzameld.",
    cancelled_next: "U kunt teruggaan of opnieuw inloggen.",

    unavailable_title: "Er zijn geen gegevens beschikbaar",
    unavailable_text: "{practice} heeft op dit moment geen gegevens voor u klaarstaan. Er is niets gedeeld.",
    unavailable_birth: "De geboortedatum die u in uw PGO hebt opgegeven, is niet de geboortedatum die {practice} kent. Er is niets gedeeld.",
    unavailable_next: "Hebt u hier vragen over? Neem dan contact op met {practice}.",

    consent_title: "Toestemming geven",
    consent_question: "Wilt u de gegevens die {practice} over u heeft, in {pgo} zetten?",
    consent_statement: "{practice} mag uw gegevens alleen met {pgo} delen als u daar toestemming voor geeft.",
    consent_indefinite: "Ik geef toestemming voor onbepaalde tijd",
    consent_more: "Meer uitleg",
    consent_free: "Geeft u geen toestemming? Dan deelt {practice} niets met {pgo}.",
    consent_privacy: "In de privacyverklaring van {practice} leest u hoe de praktijk met uw gegevens omgaat.",
    consent_long: "Geeft u toestemming voor onbepaalde tijd? Dan kan {pgo} later opnieuw gegevens ophalen zonder dat u weer hoeft in te loggen. Anders geldt uw toestemming alleen voor deze keer.",
    consent_lapse: "Een toestemming voor onbepaalde tijd stopt vanzelf als er langer dan zes maanden geen gegevens zijn opgehaald.",
    consent_again: "Daarna logt u opnieuw in en geeft u opnieuw toestemming.",
    consent_change: "U kunt uw toestemming altijd aanpassen. Zoek in {pgo} naar {practice} en kies voor het aanpassen van uw toestemmingen.",
    consent_rules: "MedMij heeft strenge regels voor het delen van gezondheidsgegevens. {pgo} houdt zich aan die regels.",
    consent_for_question: "Wilt u de gegevens die {practice} heeft over de persoon voor wie u inlogt, in {pgo} zetten?",
    consent_for_statement: "{practice} mag deze gegevens alleen met {pgo} delen als u daar namens deze persoon toestemming voor geeft.",
    consent_for_once: "Uw toestemming geldt alleen voor deze keer. Voor een volgende keer logt u opnieuw in.",
    consent_give: "Ja, ik geef toestemming",
    consent_refuse: "Nee, ik geef geen toestemming",
    privacy_link: "Privacyverklaring",

    practices_title: "Toestemmingen bekijken",
    practices_label: "Van welke praktijk wilt u uw toestemmingen bekijken?",
    practices_next: "Verder",
    practices_none: "Er zijn hier nu geen praktijken.",

    overview_title: "Uw toestemmingen bij {practice}",
    overview_intro: "Hieronder ziet u met wie {practice} uw gegevens mag delen. U kunt een toestemming altijd intrekken.",
    overview_none: "U hebt op dit moment geen toestemmingen.",
    overview_given: "Gegeven op {date}",
    overview_used: "Laatst gebruikt op {date}",
    overview_unused: "Nog niet gebruikt",
    overview_services: "Soort gegevens: {services}",
    overview_by_another: "Gegeven door iemand die namens u inlogde",
    overview_once: "Voor één keer",
    overview_indefinite: "Voor onbepaalde tijd",
    overview_lapses: "Stopt vanzelf op {date} als er niets meer wordt opgehaald",
    overview_text: "Tekst waarmee toestemming is gegeven (versie {version})",
    overview_withdraw: "Toestemming voor {pgo} intrekken",
    overview_leave: "Uitloggen",

    withdraw_title: "Toestemming intrekken",
    withdraw_question: "Wilt u uw toestemming voor {pgo} intrekken?",
    withdraw_effect: "Op grond van deze toestemming deelt {practice} daarna meteen geen gegevens meer met {pgo}. Gegevens die al in {pgo} staan, blijven daar staan.",
    withdraw_yes: "Ja, intrekken",
    withdraw_no: "Nee, behouden",

    left_title: "U bent uitgelogd",
    left_text: "Sluit uw browser als u een computer gebruikt die ook van anderen is.",

    level_title: "U kunt hiermee niet inloggen",
    oneself_text: "U bent ingelogd voor iemand anders. Hier kunt u alleen uw eigen toestemmingen bekijken. Log opnieuw in, voor uzelf.",
    level_text: "Voor medische gegevens is een veiligere manier van inloggen nodig. Gebruik de DigiD-app met een controle van uw identiteitsbewijs.",

    bad_request_title: "Deze aanvraag klopt niet",
    bad_request_text: "De website of app waar u vandaan komt, stuurde een aanvraag die wij niet kunnen vertrouwen. Daarom gaat u niet automatisch terug.",
    bad_request_next: "Sluit dit venster en probeer het opnieuw. Blijft het misgaan? Meld het dan bij de website of app waar u vandaan komt.",

    expired_title: "Uw sessie is voorbij",
    expired_text: "U bent te lang niet actief geweest, of u bent op een andere plek opnieuw begonnen. Ga terug naar uw PGO en begin opnieuw.",

    forgery_title: "Wij konden uw keuze niet verwerken",
    forgery_text: "Wij konden niet vaststellen dat u deze keuze zelf op onze pagina maakte. Er is niets veranderd. Begin opnieuw.",

    missing_title: "Deze pagina bestaat niet",
    missing_text: "Het adres dat u hebt gebruikt, kennen wij niet.",

    fault_title: "Technische storing",
    fault_text: "Door een storing kunt u nu geen toestemming geven of aanpassen. Wij werken aan een oplossing.",
    fault_later: "Probeer het later nog een keer.",
    fault_contact: "Blijft het misgaan? Neem dan contact op met {desk}, telefoon {phone}.",
    fault_supplier: "Dit is de leverancier van het computersysteem van {practice}.",
    fault_ids: "Geef deze nummers door:",
    ids_more: "Hulp nodig bij het inloggen?",
};
