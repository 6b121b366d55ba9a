//! The words of synthetic dossiers: problems, medicines, determinations, letters, names. All of it invented.

/// A health problem with what a doctor writes about it.
pub(super) struct Topic {
    /// ICPC-1-NL code.
    pub(super) icpc: &'static str,
    /// Title of the episode.
    pub(super) title: &'static str,
    /// Sentences of E lines.
    pub(super) evaluation: [&'static str; 3],
    /// Sentences of P lines.
    pub(super) plan: [&'static str; 3],
}

const fn topic(
    icpc: &'static str,
    title: &'static str,
    evaluation: [&'static str; 3],
    plan: [&'static str; 3],
) -> Topic {
    Topic { icpc, title, evaluation, plan }
}

/// The problems of a practice.
#[rustfmt::skip]
pub(super) const TOPICS: [Topic; 32] = [
    topic("T90.02", "Diabetes mellitus type 2",
        ["Suikerziekte goed ingesteld.", "HbA1c iets gestegen ten opzichte van vorig kwartaal.", "Voeten zonder drukplekken, pulsaties goed."],
        ["Medicatie ongewijzigd.", "Metformine verhogen naar tweemaal daags.", "Jaarcontrole over drie maanden bij de praktijkondersteuner."]),
    topic("K86", "Hypertensie",
        ["Bloeddruk op streefwaarde.", "Bloeddruk thuis gemiddeld te hoog.", "Geen klachten van de medicatie."],
        ["Thuismeting een week herhalen.", "Lisinopril ophogen en nierfunctie over twee weken.", "Controle over een half jaar."]),
    topic("R74", "Bovensteluchtweginfectie",
        ["Virale luchtweginfectie, niet ziek.", "Longen schoon, geen koorts.", "Hoest houdt nu twee weken aan."],
        ["Uitleg over het beloop.", "Neus spoelen met zout water.", "Terug bij koorts of benauwdheid."]),
    topic("R96", "Astma",
        ["Astma goed onder controle.", "Vaker kortademig bij inspanning.", "Inhalatietechniek was niet goed."],
        ["Techniek geoefend met de praktijkassistente.", "Onderhoudsbehandeling hervatten.", "Longfunctie over drie maanden."]),
    topic("L03", "Lage-rugpijn",
        ["Aspecifieke rugpijn zonder uitstraling.", "Geen uitval van kracht of gevoel.", "Pijn neemt langzaam af."],
        ["Blijven bewegen, zo nodig paracetamol.", "Fysiotherapie op eigen verzoek.", "Terug bij uitstraling tot onder de knie."]),
    topic("L15", "Knieklachten",
        ["Beginnende artrose van de rechterknie.", "Geen hydrops, goede stabiliteit.", "Traplopen gaat moeizaam."],
        ["Oefentherapie en gewichtsadvies.", "Zo nodig paracetamol op vaste tijden.", "Foto alleen bij blijvende klachten."]),
    topic("S88", "Contacteczeem",
        ["Eczeem aan beide handen, waarschijnlijk door nat werk.", "Huid rustiger sinds de zalf.", "Geen tekenen van infectie."],
        ["Vette zalf meermaals per dag.", "Hydrocortisoncrème gedurende twee weken.", "Handschoenen met katoenen voering."]),
    topic("S74", "Dermatomycose",
        ["Schimmel tussen de tenen.", "Scherp begrensde schilferende plek.", "Nagels zijn niet aangedaan."],
        ["Miconazolcrème tweemaal daags.", "Doorsmeren tot tien dagen na genezing.", "Schoenen goed laten drogen."]),
    topic("U71", "Cystitis",
        ["Blaasontsteking zonder weefselinvasie.", "Nitriet positief.", "Derde keer in een half jaar."],
        ["Nitrofurantoïne vijf dagen.", "Urinekweek ingezet.", "Bij koorts dezelfde dag bellen."]),
    topic("A04", "Moeheid",
        ["Moeheid zonder alarmsymptomen.", "Slaapt te kort door wisselende diensten.", "Bloedonderzoek gaf geen verklaring."],
        ["Bloedonderzoek aangevraagd.", "Slaapadviezen besproken.", "Over zes weken evalueren."]),
    topic("K78", "Atriumfibrilleren",
        ["Ritme onregelmatig, frequentie goed.", "Geen tekenen van hartfalen.", "Antistolling wordt goed verdragen."],
        ["Nierfunctie jaarlijks.", "Bètablokker ongewijzigd.", "Bij hartkloppingen in rust bellen."]),
    topic("K77", "Hartfalen",
        ["Gewicht stabiel, geen oedeem.", "Lichte toename van kortademigheid bij inspanning.", "Enkels gezwollen aan het eind van de dag."],
        ["Furosemide tijdelijk verhogen.", "Dagelijks wegen en opschrijven.", "Afspraak op het hartfalenspreekuur."]),
    topic("T93", "Hypercholesterolemie",
        ["LDL onder de streefwaarde.", "Spierpijn mogelijk door de statine.", "Risico opnieuw berekend en besproken."],
        ["Statine voortzetten.", "Andere statine proberen, lab over zes weken.", "Voedingsadvies herhaald."]),
    topic("D84", "Refluxziekte",
        ["Zuurbranden vooral 's nachts.", "Klachten verdwenen met de tabletten.", "Geen alarmsymptomen."],
        ["Pantoprazol vier weken en dan afbouwen.", "Hoofdeinde van het bed omhoog.", "Bij terugkeer zo nodig gebruiken."]),
    topic("D93", "Prikkelbaredarmsyndroom",
        ["Wisselende ontlasting zonder bloed.", "Buikpijn neemt af na ontlasting.", "Calprotectine was normaal."],
        ["Psylliumvezels proberen.", "Dagboek bijhouden van voeding en klachten.", "Uitleg gegeven, geen verder onderzoek."]),
    topic("H71", "Otitis media acuta",
        ["Rood en bomberend trommelvlies links.", "Trommelvlies weer normaal.", "Geen loopoor."],
        ["Pijnstilling op vaste tijden.", "Amoxicilline als het over drie dagen niet beter gaat.", "Gehoor controleren over drie maanden."]),
    topic("H81", "Overmatig cerumen",
        ["Beide gehoorgangen afgesloten.", "Na uitspuiten trommelvliezen gaaf.", "Gehoor weer goed."],
        ["Druppelen met olie en dan uitspuiten.", "Uitgespoten door de assistente.", "Geen wattenstaafjes."]),
    topic("F70", "Infectieuze conjunctivitis",
        ["Beide ogen rood met pus.", "Visus ongestoord.", "Geen pijn of lichtschuwheid."],
        ["Schoonmaken met lauw water.", "Chlooramfenicolzalf als het over drie dagen niet over is.", "Bij pijn of slechter zien meteen bellen."]),
    topic("N89", "Migraine",
        ["Drie aanvallen per maand.", "Aanvallen reageren goed op de triptaan.", "Neurologisch onderzoek zonder afwijkingen."],
        ["Preventieve behandeling besproken.", "Hoofdpijndagboek bijhouden.", "Triptaan bij het begin van de pijn."]),
    topic("N17", "Duizeligheid",
        ["Draaiduizeligheid bij omdraaien in bed.", "Kiepproef rechts positief.", "Klachten na de manoeuvre verdwenen."],
        ["Epley-manoeuvre uitgevoerd.", "Manoeuvre thuis herhalen.", "Zo nodig over een week terug."]),
    topic("P01", "Angstig gevoel",
        ["Piekert veel sinds de verandering van werk.", "Minder paniek dan vorige maand.", "Geen aanwijzingen voor depressie."],
        ["Gesprekken bij de POH-GGZ.", "Ademhalingsoefeningen meegegeven.", "Online zelfhulp besproken."]),
    topic("P06", "Slaapstoornis",
        ["Slaapt moeilijk in.", "Gebruikt veel koffie en schermen in de avond.", "Slaapt beter met vaste tijden."],
        ["Slaaphygiëne besproken.", "Geen slaapmiddel.", "Slaapcursus bij de POH-GGZ."]),
    topic("P76", "Depressie",
        ["Somber en weinig plezier, geen suïcidaliteit.", "Stemming verbetert sinds zes weken.", "Werkt weer halve dagen."],
        ["Antidepressivum voortzetten.", "Vervolggesprek over twee weken.", "Dagstructuur en bewegen."]),
    topic("Z01", "Problemen met financiën",
        ["Zorgen over schulden.", "Contact met de gemeente loopt.", "Minder spanning sinds er een regeling is."],
        ["Verwezen naar het wijkteam.", "Formulier samen ingevuld.", "Over een maand bellen."]),
    topic("X76", "Mammacarcinoom",
        ["Controle na behandeling, geen klachten.", "Litteken rustig.", "Vermoeid na de bestraling."],
        ["Jaarlijkse mammografie via het ziekenhuis.", "Hormoontherapie voortzetten.", "Oncologische revalidatie besproken."]),
    topic("Y85", "Prostaathyperplasie",
        ["Zwakke straal en nachtelijk plassen.", "Nachtelijk plassen is verminderd.", "Prostaat glad en licht vergroot."],
        ["Tamsulosine proberen gedurende zes weken.", "Avonds minder drinken.", "PSA na uitleg op verzoek bepaald."]),
    topic("W11", "Orale anticonceptie",
        ["Gebruikt de pil zonder klachten.", "Bloeddruk normaal.", "Doorbraakbloedingen bij vergeten pillen."],
        ["Herhaalrecept voor een jaar.", "Spiraal besproken.", "Uitleg over vergeten van de pil."]),
    topic("L76", "Fractuur pols",
        ["Val op de uitgestoken hand.", "Functie bijna volledig hersteld.", "Drukpijn aan de pols."],
        ["Ingestuurd voor een foto.", "Oefenen volgens schema.", "Gips vier weken volgens het ziekenhuis."]),
    topic("T92", "Jicht",
        ["Acute ontsteking van de grote teen.", "Aanval is over.", "Urinezuur verhoogd."],
        ["Colchicine drie dagen.", "Allopurinol starten na de aanval.", "Minder alcohol en vlees."]),
    topic("R95", "COPD",
        ["Stabiel, lichte ziektelast.", "Exacerbatie zonder koorts.", "Rookt nog tien sigaretten per dag."],
        ["Prednisolon zeven dagen.", "Stoppen met roken besproken.", "Longfunctie jaarlijks."]),
    topic("T86", "Hypothyreoïdie",
        ["TSH binnen de grenzen.", "Weer moe en kouwelijk.", "Dosis sinds een jaar gelijk."],
        ["Levothyroxine ongewijzigd.", "Dosis verhogen en TSH over zes weken.", "Controle over een jaar."]),
    topic("A97", "Geen ziekte",
        ["Keuringsvraag zonder klachten.", "Vragen over vaccinaties voor de reis.", "Preventief consult."],
        ["Informatie gegeven.", "Verwezen naar de GGD.", "Geen vervolg nodig."]),
];

/// Sentences that may follow any other, so that lines differ in length.
pub(super) const MORE: [&str; 8] = [
    "Patiënt begrijpt de uitleg en stemt in.",
    "Klachten bestaan sinds enkele weken en zijn wisselend, vooral in de ochtend.",
    "Bij verergering of nieuwe klachten eerder contact opnemen met de praktijk of buiten kantooruren met de huisartsenpost.",
    "Afgesproken dat patiënt zelf belt voor de uitslag.",
    "Geen aanwijzingen voor een ernstige oorzaak.",
    "Informatie op thuisarts.nl besproken en de link per e-mail gestuurd.",
    "Werk en sport gaan goed.",
    "Medicatie nagelopen met patiënt: gebruikt alles volgens voorschrift, geen bijwerkingen gemeld, verpakking en bijsluiter besproken.",
];

/// ATC code, the problem it is given for (ICPC), product and usage.
pub(super) const MEDICINES: [(&str, &str, &str, &str); 24] = [
    ("A10BA02", "T90.02", "Metformine tablet 500 mg", "2 maal per dag 1 tablet"),
    ("C09AA03", "K86", "Lisinopril tablet 10 mg", "1 maal per dag 1 tablet"),
    ("C10AA01", "T93", "Simvastatine tablet 40 mg", "1 maal per dag 1 tablet voor de nacht"),
    ("C10AA05", "T93", "Atorvastatine tablet 20 mg", "1 maal per dag 1 tablet"),
    ("C07AB02", "K78", "Metoprolol tablet met gereguleerde afgifte 50 mg", "1 maal per dag 1 tablet"),
    ("C03CA01", "K77", "Furosemide tablet 40 mg", "1 maal per dag 1 tablet in de ochtend"),
    ("B01AC06", "K77", "Acetylsalicylzuur tablet 80 mg", "1 maal per dag 1 tablet"),
    ("B01AF02", "K78", "Apixaban tablet 5 mg", "2 maal per dag 1 tablet"),
    ("A02BC02", "D84", "Pantoprazol maagsapresistente tablet 40 mg", "1 maal per dag 1 tablet voor het ontbijt"),
    ("H03AA01", "T86", "Levothyroxine tablet 100 mcg", "1 maal per dag 1 tablet, nuchter"),
    ("R03AC02", "R96", "Salbutamol aerosol 100 mcg/dosis", "zo nodig 1 tot 2 inhalaties, ten hoogste 8 per dag"),
    ("R03BA05", "R96", "Fluticason aerosol 250 mcg/dosis", "2 maal per dag 1 inhalatie"),
    ("N02BE01", "L15", "Paracetamol tablet 500 mg", "zo nodig 2 tabletten, ten hoogste 6 per dag"),
    ("M01AE01", "L03", "Ibuprofen tablet 400 mg", "zo nodig 1 tablet, ten hoogste 3 per dag"),
    ("J01CA04", "H71", "Amoxicilline capsule 500 mg", "3 maal per dag 1 capsule gedurende 5 dagen"),
    (
        "J01XE01",
        "U71",
        "Nitrofurantoïne capsule met gereguleerde afgifte 100 mg",
        "2 maal per dag 1 capsule gedurende 5 dagen",
    ),
    ("N06AB04", "P76", "Citalopram tablet 20 mg", "1 maal per dag 1 tablet"),
    ("N05BA04", "P06", "Oxazepam tablet 10 mg", "zo nodig 1 tablet"),
    ("D07AA02", "S88", "Hydrocortisoncrème 10 mg/g", "1 maal per dag dun insmeren"),
    ("D01AC02", "S74", "Miconazolcrème 20 mg/g", "2 maal per dag dun insmeren"),
    ("G03AA07", "W11", "Levonorgestrel/ethinylestradiol tablet 150/30 mcg", "volgens voorschrift"),
    (
        "G04CA02",
        "Y85",
        "Tamsulosine capsule met gereguleerde afgifte 0,4 mg",
        "1 maal per dag 1 capsule na het ontbijt",
    ),
    ("N02CC01", "N89", "Sumatriptan tablet 50 mg", "bij het begin van een aanval 1 tablet"),
    ("H02AB06", "R95", "Prednisolon tablet 30 mg", "1 maal per dag 1 tablet gedurende 7 dagen"),
];

/// A number that is measured.
pub(super) struct Measure {
    /// Number in NHG table 45, where it is known.
    pub(super) nhg45: Option<&'static str>,
    /// LOINC code.
    pub(super) loinc: &'static str,
    /// Name.
    pub(super) name: &'static str,
    /// Unit in UCUM.
    pub(super) unit: &'static str,
    /// Lowest and highest value that is made up, and the reference range, all in the last decimal.
    pub(super) range: (i32, i32),
    /// Reference range.
    pub(super) normal: (i32, i32),
    /// Number of decimals.
    pub(super) decimals: usize,
}

const fn measure(
    nhg45: Option<&'static str>,
    loinc: &'static str,
    name: &'static str,
    unit: &'static str,
    range: (i32, i32),
    normal: (i32, i32),
    decimals: usize,
) -> Measure {
    Measure { nhg45, loinc, name, unit, range, normal, decimals }
}

/// What a laboratory measures.
pub(super) const LABORATORY: [Measure; 14] = [
    measure(Some("2816"), "59261-8", "HbA1c (IFCC)", "mmol/mol", (31, 86), (20, 42), 0),
    measure(Some("372"), "14771-0", "Glucose nuchter, veneus (lab)", "mmol/L", (38, 98), (40, 56), 1),
    measure(None, "14682-9", "Kreatinine", "umol/L", (48, 170), (50, 90), 0),
    measure(None, "2823-3", "Kalium", "mmol/L", (32, 57), (35, 50), 1),
    measure(None, "2951-2", "Natrium", "mmol/L", (129, 147), (135, 145), 0),
    measure(None, "22748-8", "LDL-cholesterol", "mmol/L", (11, 52), (0, 30), 1),
    measure(None, "14646-4", "HDL-cholesterol", "mmol/L", (80, 220), (100, 250), 2),
    measure(None, "59260-0", "Hemoglobine", "mmol/L", (68, 108), (75, 100), 1),
    measure(None, "1988-5", "CRP", "mg/L", (1, 80), (0, 10), 0),
    measure(None, "3016-3", "TSH", "mU/L", (10, 720), (40, 400), 2),
    measure(None, "2276-4", "Ferritine", "ug/L", (9, 310), (20, 250), 0),
    measure(None, "1742-6", "ALAT", "U/L", (9, 110), (0, 45), 0),
    measure(Some("111"), "14631-6", "Bilirubine totaal", "umol/L", (3, 32), (0, 17), 0),
    measure(None, "14635-7", "Vitamine D (25-OH)", "nmol/L", (18, 130), (50, 125), 0),
];

/// What the practice measures itself.
pub(super) const MEASUREMENTS: [Measure; 6] = [
    measure(Some("1744"), "8480-6", "Systolische bloeddruk", "mm[Hg]", (104, 186), (90, 140), 0),
    measure(Some("1740"), "8462-4", "Diastolische bloeddruk", "mm[Hg]", (58, 104), (60, 90), 0),
    measure(Some("357"), "29463-7", "Gewicht", "kg", (480, 1240), (500, 1000), 1),
    measure(Some("560"), "8302-2", "Lengte", "cm", (148, 202), (150, 200), 0),
    measure(Some("1875"), "8867-4", "Polsfrequentie", "/min", (48, 112), (60, 100), 0),
    measure(Some("1915"), "8310-5", "Temperatuur", "Cel", (358, 398), (360, 380), 1),
];

/// Conclusions that go with a published result within its reference range.
pub(super) const REASSURING: [&str; 4] = [
    "Geen afwijkingen.",
    "Goede waarde, geen actie nodig.",
    "Besproken op het spreekuur.",
    "Uitslag is goed. De medicatie kan hetzelfde blijven.",
];

/// Conclusions that go with a published result outside its reference range.
pub(super) const ACTING: [&str; 4] = [
    "Licht afwijkend, niet verontrustend. Over drie maanden herhalen.",
    "Afwijkend zoals verwacht, besproken op het spreekuur.",
    "Buiten de grenzen. Maak een afspraak om de medicatie te bespreken.",
    "Afwijkend. De assistente heeft u hierover gebeld.",
];

/// Kind, title and sender of letters.
pub(super) const LETTERS: [(&str, &str, &str); 10] = [
    ("specialist_letter", "Brief cardioloog", "Cardiologie, Ziekenhuis Testhoven"),
    ("specialist_letter", "Brief oogarts", "Oogheelkunde, Ziekenhuis Testhoven"),
    ("specialist_letter", "Brief dermatoloog", "Dermatologie, Polikliniek Zuidkade"),
    ("specialist_letter", "Brief orthopeed", "Orthopedie, Ziekenhuis Testhoven"),
    ("specialist_letter", "Brief longarts", "Longziekten, Ziekenhuis Testhoven"),
    ("discharge", "Ontslagbrief", "Interne geneeskunde, Ziekenhuis Testhoven"),
    ("hap_report", "Waarneembericht huisartsenpost", "Huisartsenpost Testhoven"),
    ("paramedic_report", "Verslag fysiotherapie", "Fysiotherapie De Brug"),
    ("lab_letter", "Uitslag pathologie", "Streeklab Testhoven"),
    ("referral_out", "Verwijsbrief", "Huisarts"),
];

/// Treatments and operations.
pub(super) const TREATMENTS: [&str; 8] = [
    "Appendectomie",
    "Tonsillectomie",
    "PCI (dotterbehandeling)",
    "Totale heupprothese",
    "Liesbreukcorrectie",
    "Staaroperatie",
    "Meniscectomie",
    "Galblaasverwijdering",
];

/// Code of thesaurus 122 and name of groups of medicines that are not tolerated.
pub(super) const INTOLERANCES: [(&str, &str); 5] =
    [("35", "Penicillines"), ("91", "Sulfonamiden"), ("10", "ACE-remmers"), ("42", "NSAID's"), ("57", "Statines")];

/// Measures of prophylaxis.
pub(super) const PROPHYLAXIS: [&str; 4] = [
    "Griepvaccinatie jaarlijks",
    "Pneumokokkenvaccinatie",
    "Endocarditisprofylaxe bij ingrepen",
    "Uitstrijkje over vijf jaar",
];

/// Streets of a town that does not exist.
pub(super) const STREETS: [&str; 8] =
    ["Lindelaan", "Kadeplein", "Sluiskade", "Vlonderpad", "Molenweg", "Berkenhof", "Stationsstraat", "Dorpsstraat"];

/// First names with the administrative sex they usually go with.
pub(super) const FIRST_NAMES: [(&str, &str); 24] = [
    ("Anna", "female"),
    ("Johan", "male"),
    ("Fatima", "female"),
    ("Pieter", "male"),
    ("Sanne", "female"),
    ("Mohammed", "male"),
    ("Els", "female"),
    ("Kees", "male"),
    ("Lotte", "female"),
    ("Daan", "male"),
    ("Yasmina", "female"),
    ("Bram", "male"),
    ("Hanneke", "female"),
    ("Willem", "male"),
    ("Nour", "female"),
    ("Tijs", "male"),
    ("Ingrid", "female"),
    ("Ruben", "male"),
    ("Maaike", "female"),
    ("Sem", "male"),
    ("Greet", "female"),
    ("Thomas", "male"),
    ("Roos", "female"),
    ("Emre", "male"),
];

/// Prefix and surname.
pub(super) const LAST_NAMES: [(&str, &str); 24] = [
    ("", "Achterberg"),
    ("de", "Bakkerij"),
    ("van", "Beekdal"),
    ("", "Çelikbas"),
    ("van der", "Dijkhorst"),
    ("", "Eekhout"),
    ("", "El Fassir"),
    ("de", "Grootveld"),
    ("", "Hoogland"),
    ("van", "IJsseloord"),
    ("", "Jagersma"),
    ("", "Kruithof"),
    ("van de", "Leemput"),
    ("", "Meerman"),
    ("", "Nagtegaal"),
    ("", "Oosterling"),
    ("", "Pannekoek"),
    ("", "Quist"),
    ("van", "Rietveen"),
    ("", "Schrauwers"),
    ("ten", "Tichel"),
    ("", "Uitenhage"),
    ("", "Vergeer"),
    ("van der", "Zwaluw"),
];
