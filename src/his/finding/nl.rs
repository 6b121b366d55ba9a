//! The meaning of each code in Dutch (level B1), for the people of the practice.
//!
//! As in English: what is wrong, a colon, and what to do about it.

use super::Code;

impl Code {
    /// What is wrong and what to do about it, one line in Dutch.
    #[rustfmt::skip]
    pub const fn meaning_nl(self) -> &'static str {
        match self {
            Self::LineUnreadable => "de regel is geen leesbare JSON in UTF-8 met elke naam één keer: laat de leverancier van het HIS de export herstellen",
            Self::HeaderInvalid => "de eerste regel is geen goed begin van dvza-his-1 of dvza-his-2: stuur de levering opnieuw met een goed begin; FHIR heeft een eigen vorm (fhir-r4, fhir-stu3)",
            Self::FooterInvalid => "de laatste regel ontbreekt of klopt niet met de rest: het bestand is afgebroken of veranderd, stuur het opnieuw",
            Self::TypeUnknown => "dit soort gegeven bestaat niet in deze vorm van levering: laat het weg of verbeter de naam",
            Self::TooLarge => "een regel of de hele levering is te groot: splits de levering en stuur documenten in delen",
            Self::OperationInvalid => "er staat niet goed of het gegeven erbij komt of weg moet: gebruik put met d, of del zonder d",
            Self::MemberUnknown => "dit veld kennen we niet en is overgeslagen: controleer hoe het veld heet",
            Self::PracticeMismatch => "de levering noemt een andere praktijk dan het certificaat van de afzender: controleer de URA en het certificaat",
            Self::SequenceGap => "er mist een levering, of er kwam één twee keer met andere inhoud: stuur wat mist, of een volledige levering",
            Self::VersionReused => "deze versie kwam eerder met een andere inhoud: verhoog het versienummer bij elke wijziging",
            Self::VersionOlder => "er is al een nieuwere versie, deze is overgeslagen: u hoeft niets te doen",
            Self::BsnInvalid => "het BSN klopt niet, het moet negen cijfers hebben die samen de 11-proef doorstaan: verbeter het in het HIS of laat het leeg",
            Self::BsnShared => "twee patiënten hebben hetzelfde BSN en zijn allebei geblokkeerd: zoek uit wie wie is en voeg ze samen of verbeter het BSN",
            Self::BsnChanged => "de patiënt kreeg een ander BSN zonder samenvoeging: controleer wie het is en voeg de patiënten dan samen in het HIS",
            Self::EmailShared => "twee patiënten hebben hetzelfde e-mailadres: vraag van wie het is",
            Self::Missing => "een verplicht veld is leeg of ontbreekt: vul het in",
            Self::WrongType => "het veld is op een verkeerde manier geschreven: laat de leverancier van het HIS de export herstellen",
            Self::WrongLength => "de tekst is te lang of te kort: houd u aan de lengte die mag",
            Self::NotInList => "deze waarde staat niet in de lijst: kies een waarde die wel in de lijst staat",
            Self::WrongForm => "de waarde heeft niet de goede vorm: verbeter haar in het HIS",
            Self::AgbOrUraForm => "een AGB-code of URA heeft acht cijfers: verbeter het nummer in het HIS",
            Self::OutOfRange => "het getal is te groot of te klein: verbeter het",
            Self::ImpossibleDate => "deze datum bestaat niet of kan niet kloppen: verbeter de datum in het HIS",
            Self::InTheFuture => "de datum ligt in de toekomst: verbeter de datum en controleer de klok van het HIS",
            Self::OffsetMissing => "bij het tijdstip staat geen tijdzone: schrijf er Z, +01:00 of +02:00 achter",
            Self::OffsetWrong => "de tijdzone hoort niet bij de Nederlandse tijd van die dag: laat de leverancier van het HIS de export herstellen",
            Self::EndBeforeStart => "het einde ligt vóór het begin: verbeter één van de twee",
            Self::EpisodeUnnamed => "de episode heeft geen titel en geen ICPC-code: geef haar een titel of een code",
            Self::ClosedWithoutEnd => "de episode is afgesloten maar heeft geen einddatum: vul die in",
            Self::SequenceTaken => "een ander deelcontact heeft al deze plaats in het contact: geef elk deelcontact een eigen nummer",
            Self::NotNumeric => "de waarde is geen getal met een punt: laat de leverancier van het HIS de export herstellen",
            Self::FileType => "dit soort bestand nemen we niet aan: stuur PDF, tekst, JPEG, TIFF of RTF",
            Self::HashMismatch => "de inhoud van het document is niet wat werd aangekondigd: stuur het document met alle delen opnieuw",
            Self::NotOfFhir => "FHIR kent dit veld hier niet in deze versie: controleer hoe het heet, of maak er een extensie van",
            Self::IcpcForm => "dit is geen goede ICPC-code: schrijf haar als T90 of T90.02",
            Self::ProductCodeForm => "een code van de G-Standaard heeft één tot acht cijfers: verbeter de code",
            Self::ProductMissing => "er staat geen geneesmiddel bij: vul een code of een naam in",
            Self::DeterminationMissing => "de bepaling heeft geen code en geen naam: vul één van de twee in",
            Self::UnitNotUcum => "de eenheid is niet volgens UCUM en staat er als tekst: zet haar om, bijvoorbeeld naar mm[Hg]",
            Self::CodeNotInTable => "de code staat niet in de tabel die hier geladen is: laad een nieuwere tabel",
            Self::ReferenceUnknown => "het gegeven waar dit naar verwijst, is er niet: stuur dat ook",
            Self::ReferenceExpired => "het gegeven waar dit naar verwijst, kwam niet binnen 24 uur: stuur beide opnieuw",
            Self::ReferenceCrosses => "dit verwijst naar een gegeven van een andere patiënt: verbeter de verwijzing",
            Self::NeverImported => "werkaantekeningen, memo's, aanvullende informatie en S- en O-regels horen niet in een levering: laat ze weg",
            Self::LineDropped => "een S- of O-regel is weggelaten en niet bewaard: laat deze regels weg uit de export",
            Self::EpdOverdracht => "een EPD-overdracht laten we nooit aan een patiënt zien: laat haar weg",
            Self::ConclusionMissing => "bij een gepubliceerde uitslag hoort een conclusie in woorden: schrijf er één of publiceer niet",
            Self::MinorOpenedByItself => "het dossier van iemand onder de 16 mag niet vanzelf opengaan: een medewerker moet dat beslissen",
            Self::ShrinkGuard => "er zijn veel minder patiënten of gegevens dan eerst: controleer de export en bevestig daarna dat het klopt",
            Self::TooManyRefused => "er zijn te veel gegevens geweigerd: herstel de export en stuur de levering opnieuw",
        }
    }
}
