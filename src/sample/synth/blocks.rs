//! What `dvza-his-2` adds to a synthetic patient: every building block that a GP holds, at least once.
//!
//! They come behind everything else of the patient, so that what `dvza-his-1` has of it stays the same. All of them are
//! shown when the practice switches their sections on, as its own record does.

use std::io;

use serde_json::{Value, json};

use super::care::{Contact, Episode};
use super::person::Case;
use super::phrases::REASSURING;
use crate::domain::dossier::RecordType as T;
use crate::sample::scribe::{Parts, Scribe};

/// Ids of what is outside the practice, behind the prefix of the practice.
pub(super) const LABORATORY: &str = "g1";
const PHARMACY: &str = "g2";
const INSURER: &str = "g3";
const HOSPITAL: &str = "g4";
const SPECIALIST: &str = "z1";

/// Writes the organisations and professionals outside the practice.
pub(super) fn put_outside(scribe: &mut Scribe<'_>, prefix: &str) -> io::Result<()> {
    let reach = |d: &mut Value, nr: u32| {
        d["addr"] = json!({
            "street": "Zuidkade", "nr": nr, "postcode": "9999ZK", "city": "Testhoven", "country": "NL", "kind": "work",
            "municipality": "Testhoven",
        });
        d["phones"] = json!([{ "nr": format!("05000000{nr:02}"), "kind": "work" }]);
    };
    let organizations = [
        (LABORATORY, "Streeklab Testhoven (fictief)", json!({ "agb": "50998881", "kind": "L1" })),
        (PHARMACY, "Apotheek De Vijzel (fictief)", json!({ "agb": "02998881", "kind": "J8" })),
        (INSURER, "Zorgpolis Synthese (fictief)", json!({ "uzovi": "9991" })),
        (HOSPITAL, "Ziekenhuis Testhoven (fictief)", json!({ "ura": "90018881", "kind": "V4" })),
    ];
    for (nr, (id, name, mut d)) in (1..).zip(organizations) {
        d["name"] = json!(name);
        reach(&mut d, nr);
        scribe.put(T::Organization, &format!("{prefix}-{id}"), &d)?;
    }
    let specialist = json!({
        "name": { "initials": "C.", "last": "Specialis", "title": "dr." }, "sex": "female", "agb": "03998881",
        "specialty": { "system": "uzi-role", "code": "01.010", "display": "cardioloog" },
        "organization": format!("{prefix}-{HOSPITAL}"),
    });
    scribe.put(T::Professional, &format!("{prefix}-{SPECIALIST}"), &specialist)
}

/// What the blocks of one patient refer to.
struct Frame<'a> {
    pat: &'a str,
    prefix: &'a str,
    /// An episode that is shown, if there is one.
    episode: Option<&'a str>,
    /// A contact of the last year, if there is one, and its day.
    contact: Option<&'a Contact>,
}

impl Frame<'_> {
    fn id(&self, name: &str) -> String {
        format!("{}-{name}", self.pat)
    }

    fn doctor(&self) -> Value {
        json!({ "t": "employee", "id": format!("{}-e1", self.prefix) })
    }

    fn outside(&self, t: &str, id: &str) -> Value {
        json!({ "t": t, "id": format!("{}-{id}", self.prefix) })
    }

    fn episodes(&self) -> Value {
        self.episode.into_iter().collect()
    }
}

impl Case {
    /// Writes every building block of the second version.
    pub(super) fn put_blocks(
        &mut self,
        scribe: &mut Scribe<'_>,
        episodes: &[Episode],
        contacts: &[Contact],
    ) -> io::Result<()> {
        let (pat, prefix) = (self.pat.clone(), self.prefix.clone());
        let frame = Frame {
            pat: &pat,
            prefix: &prefix,
            episode: episodes.iter().find(|episode| !episode.hidden).map(|episode| episode.id.as_str()),
            contact: contacts.iter().find(|contact| contact.day > -365),
        };
        self.put_people_blocks(scribe, &frame)?;
        self.put_medication_blocks(scribe, &frame)?;
        self.put_result_blocks(scribe, &frame)?;
        self.put_procedure_blocks(scribe, &frame)?;
        self.put_social_blocks(scribe, &frame)?;
        self.put_letter_block(scribe, &frame)
    }

    /// A published letter with its bytes.
    fn put_letter_block(&mut self, scribe: &mut Scribe<'_>, f: &Frame<'_>) -> io::Result<()> {
        let days = scribe.calendar;
        let d = json!({
            "kind": "specialist_letter", "title": "Brief cardiologie", "date": days.day(-40), "received": days.day(-38),
            "from": "Ziekenhuis Testhoven (fictief)", "published": true, "published_at": days.at(-37, 11, 0),
            "explanation": self.text(scribe, "Een goede uitslag", false), "episodes": f.episodes(),
        });
        let text = self.text(scribe, "Bij controle zag ik geen afwijkingen.", false);
        let mark = format!("Ons kenmerk: {}", f.id("dl1"));
        scribe.put_letter(f.pat, &f.id("dl1"), d, &["Geachte collega,", &text, &mark], Parts::Two)
    }

    fn put_people_blocks(&mut self, scribe: &mut Scribe<'_>, f: &Frame<'_>) -> io::Result<()> {
        let days = scribe.calendar;
        let (relation, role) = *self.random.pick(&[("HUSB", "01"), ("WIFE", "01"), ("DAUC", "100001"), ("BRO", "23")]);
        let person = json!({
            "name": { "initials": "N.", "last": self.text(scribe, "Naaste", false), "use": "NL1" }, "role": role,
            "relation": relation, "phones": [{ "nr": "0600000099", "kind": "mobile", "remark": "na zes uur" }],
            "addr": { "street": "Kade", "nr": 3, "postcode": "9999ZK", "city": "Testhoven", "country": "NL" },
            "start": days.day(-400),
        });
        scribe.put_for(f.pat, T::ContactPerson, &f.id("cp1"), &person)?;
        let insured = json!({
            "kind": "insurance", "insurance": *self.random.pick(&["B", "H", "A"]), "insurer": format!("{}-{INSURER}", f.prefix),
            "policy": self.text(scribe, "POLIS", false), "start": days.day(-300),
        });
        scribe.put_for(f.pat, T::Payer, &f.id("py1"), &insured)?;
        let self_paid = match self.random.below(3) {
            0 => json!({ "kind": "patient", "start": days.day(-300) }),
            1 => json!({ "kind": "contact_person", "person": f.id("cp1"), "start": days.day(-300) }),
            _ => {
                json!({ "kind": "insurance", "insurer_name": self.text(scribe, "Andere polis", false), "uzovi": "9992" })
            }
        };
        scribe.put_for(f.pat, T::Payer, &f.id("py2"), &self_paid)?;
        let acting = json!({
            "name": self.text(scribe, "G. Machtigde", false), "relation": "mandate", "valid_from": days.day(-200),
            "name_parts": { "initials": "G.", "last": self.text(scribe, "Machtigde", false) },
        });
        scribe.put_for(f.pat, T::Representative, &f.id("rp1"), &acting)
    }

    fn put_medication_blocks(&mut self, scribe: &mut Scribe<'_>, f: &Frame<'_>) -> io::Result<()> {
        let days = scribe.calendar;
        let product = json!({ "prk": "22334455", "hpk": "1234567", "atc": "C09AA03", "name": self.text(scribe, "Lisinopril 10 mg", false) });
        let dosing = json!([{
            "frequency": self.random.between(1, 3), "period_unit": "d", "dose": *self.random.pick(&["1", "0.5", "2"]),
            "dose_unit": "245", "times": ["08:00"], "max_per_day": "6", "as_needed": self.random.percent(30),
        }]);
        let route = json!({ "code": "9", "display": "oraal" });
        let mut agreement = json!({
            "prk": "22334455", "name": product["name"], "start": days.day(-90), "chronic": true, "agreed": days.day(-91),
            "dosage_text": self.text(scribe, "Volgens schema", false), "nhg25": ["1137"], "dosing": dosing, "route": route,
            "episodes": f.episodes(), "note": self.text(scribe, "Innemen met water", false), "days": 365,
        });
        agreement["prescribed_by"] =
            if self.random.percent(50) { f.doctor() } else { f.outside("professional", SPECIALIST) };
        if let Some(contact) = f.contact {
            agreement["contact"] = json!(contact.id);
        }
        scribe.put_for(f.pat, T::Medication, &f.id("bm1"), &agreement)?;
        let supply = |more: Value| {
            let mut d = json!({ "agreement": f.id("bm1"), "product": product, "episodes": f.episodes() });
            for (key, value) in more.as_object().into_iter().flatten() {
                d[key.as_str()] = value.clone();
            }
            d
        };
        let used = supply(json!({
            "in_use": true, "as_agreed": self.random.percent(80), "start": days.day(-90), "recorded": days.day(-10),
            "informant": { "t": "patient" }, "author": f.doctor(), "prescriber": f.doctor(),
            "dosage_text": self.text(scribe, "Een per dag", false), "dosing": dosing, "route": route,
            "reason": self.text(scribe, "voor de bloeddruk", false),
        }));
        scribe.put_for(f.pat, T::MedicationUse, &f.id("mu1"), &used)?;
        let request = supply(json!({
            "date": days.day(-90), "valid_from": days.day(-90), "valid_to": days.day(100),
            "amount": { "value": "90", "unit": "stuk" }, "repeats": 3, "author": f.doctor(),
            "supplier": format!("{}-{PHARMACY}", f.prefix), "location": self.text(scribe, "Afhaalkluis", false),
        }));
        scribe.put_for(f.pat, T::DispenseRequest, &f.id("dr1"), &request)?;
        let administration = supply(json!({
            "agreed": days.at(-89, 9, 0), "start": days.day(-89), "supplier": format!("{}-{PHARMACY}", f.prefix),
            "dosage_text": self.text(scribe, "Een per dag", false), "dosing": dosing, "route": route,
        }));
        scribe.put_for(f.pat, T::AdministrationAgreement, &f.id("aa1"), &administration)?;
        let dispense = supply(json!({
            "request": f.id("dr1"), "handed_over": days.at(-88, 11, 0), "amount": { "value": "90", "unit": "stuk" }, "days": 90,
            "supplier": format!("{}-{PHARMACY}", f.prefix), "note": self.text(scribe, "Bezorgd", false),
        }));
        scribe.put_for(f.pat, T::Dispense, &f.id("di1"), &dispense)
    }

    fn put_result_blocks(&mut self, scribe: &mut Scribe<'_>, f: &Frame<'_>) -> io::Result<()> {
        let days = scribe.calendar;
        let measured = [
            ("bo1", "8480-6", "Systolische bloeddruk", "mm[Hg]", self.random.between(100, 180).to_string()),
            ("bo2", "8462-4", "Diastolische bloeddruk", "mm[Hg]", self.random.between(60, 100).to_string()),
            ("bo3", "8867-4", "Hartfrequentie", "/min", self.random.between(50, 110).to_string()),
            ("bo4", "8893-0", "Polsfrequentie", "/min", self.random.between(50, 110).to_string()),
            ("bo5", "59408-5", "Zuurstofsaturatie", "%", self.random.between(90, 99).to_string()),
            ("bo6", "8310-5", "Temperatuur", "Cel", format!("{}.5", self.random.between(36, 39))),
            ("bo7", "29463-7", "Gewicht", "kg", format!("{}.0", self.random.between(50, 110))),
            ("bo8", "8302-2", "Lengte", "cm", self.random.between(150, 200).to_string()),
            ("bo9", "9843-4", "Schedelomtrek", "cm", self.random.between(50, 60).to_string()),
            ("bo10", "8280-0", "Middelomtrek", "cm", self.random.between(70, 130).to_string()),
        ];
        for (id, loinc, name, unit, value) in measured {
            let d = self.result(scribe, f, -20, json!({
                "loinc": loinc, "name": self.text(scribe, name, false), "value_type": "q", "value": value, "unit": unit,
                "kind": "measurement",
            }));
            scribe.put_for(f.pat, T::Observation, &f.id(id), &d)?;
        }
        self.put_laboratory_blocks(scribe, f, days.at(-15, 8, 10))
    }

    fn put_laboratory_blocks(&mut self, scribe: &mut Scribe<'_>, f: &Frame<'_>, sampled: String) -> io::Result<()> {
        let days = scribe.calendar;
        let laboratory = format!("{}-{LABORATORY}", f.prefix);
        let order = json!({
            "number": self.text(scribe, "AANVRAAG", false), "date": days.day(-16), "requester": f.doctor(),
            "performer": laboratory, "code": { "system": "nhg45", "code": "1918", "display": self.text(scribe, "Nierfunctie", false) },
            "reason": self.text(scribe, "Jaarcontrole", false), "question": self.text(scribe, "Stabiel?", false),
            "completed": true, "episodes": f.episodes(),
        });
        scribe.put_for(f.pat, T::Order, &f.id("w1"), &order)?;
        let specimen = json!({
            "number": self.text(scribe, "MONSTER", false),
            "material": { "system": "sct", "code": "119297000", "display": self.text(scribe, "bloedmonster", false) },
            "collected": sampled, "received": days.at(-15, 12, 0),
            "method": { "system": "sct", "code": "28520004", "display": "venapunctie" },
            "volume": { "value": "5", "unit": "mL" }, "note": self.text(scribe, "Nuchter", false),
        });
        scribe.put_for(f.pat, T::Specimen, &f.id("s1"), &specimen)?;
        let lab = json!({
            "kind": "laboratory", "lab": self.text(scribe, "Streeklab", false), "specimen": f.id("s1"), "order": f.id("w1"),
            "performer": f.outside("organization", LABORATORY), "report": f.id("blab1"),
        });
        let with = |more: Value| {
            let mut d = lab.clone();
            for (key, value) in more.as_object().into_iter().flatten() {
                d[key.as_str()] = value.clone();
            }
            d
        };
        let results = [
            (
                "bl1",
                with(json!({
                    "loinc": "14682-9", "name": self.text(scribe, "Kreatinine", false), "value_type": "q",
                    "value": self.random.between(50, 150).to_string(), "unit": "umol/L", "unit_text": "µmol/l", "low": "50",
                    "high": "90", "flag": *self.random.pick(&["N", "H"]), "identifier": f.id("L1"),
                    "interpretation": self.text(scribe, "passend bij de leeftijd", false),
                    "method": { "system": "sct", "code": "702675006", "display": "methode" },
                })),
            ),
            (
                "bl2",
                with(json!({
                    "nhg45": "1334", "name": self.text(scribe, "Gevoeligheid", false), "value_type": "t",
                    "value": self.text(scribe, "Gevoelig voor penicilline", false), "flag": *self.random.pick(&["I", "R", "S"]),
                })),
            ),
            (
                "bl3",
                with(json!({
                    "loinc": "24323-8", "name": self.text(scribe, "Panel", false), "value_type": "none",
                    "members": [f.id("bl1"), f.id("bl2")],
                })),
            ),
        ];
        for (id, more) in results {
            let d = self.result(scribe, f, -15, more);
            scribe.put_for(f.pat, T::Observation, &f.id(id), &d)?;
        }
        let report = json!({
            "lab": self.text(scribe, "Streeklab", false), "number": f.id("blab1"), "sampled_on": days.day(-15),
            "authorised_at": days.at(-14, 13, 2), "complete": true, "members": [f.id("bl1"), f.id("bl2"), f.id("bl3")],
            "order": f.id("w1"), "performer": laboratory, "status": "final",
        });
        scribe.put_for(f.pat, T::Report, &f.id("blab1"), &report)
    }

    /// A published result of that day with these members.
    fn result(&mut self, scribe: &Scribe<'_>, f: &Frame<'_>, day: i32, more: Value) -> Value {
        let days = scribe.calendar;
        let conclusion = *self.random.pick(&REASSURING);
        let mut d = json!({
            "date": days.day(day), "status": "final", "episodes": f.episodes(),
            "release": {
                "state": "published", "at": days.at(day + 1, 9, 0), "conclusion": self.text(scribe, conclusion, false),
                "by": format!("{}-e1", f.prefix),
            },
        });
        for (key, value) in more.as_object().into_iter().flatten() {
            d[key.as_str()] = value.clone();
        }
        d
    }

    fn put_procedure_blocks(&mut self, scribe: &mut Scribe<'_>, f: &Frame<'_>) -> io::Result<()> {
        let days = scribe.calendar;
        let site = json!({
            "site": { "system": "sct", "code": "368208006", "display": self.text(scribe, "linkerbovenarm", false) },
            "side": *self.random.pick(&["left", "right"]),
        });
        let treated = json!({
            "code_text": self.text(scribe, "Excisie", false), "date": days.day(-700), "end": days.day(-699),
            "procedure": { "system": "nhg49", "code": "1005", "display": self.text(scribe, "Excisie", false) },
            "body_site": site, "performer": f.doctor(), "note": self.text(scribe, "Genezen", false), "episodes": f.episodes(),
        });
        scribe.put_for(f.pat, T::Treatment, &f.id("bt1"), &treated)?;
        let prevented =
            json!({ "nhg56": "8", "name": self.text(scribe, "Griepvaccinatie", false), "start": days.day(-100) });
        scribe.put_for(f.pat, T::Prophylaxis, &f.id("bx1"), &prevented)?;
        let vaccinated = json!({
            "atc": "J07BB02", "hpk": "7654321", "name": self.text(scribe, "Griepvaccin", false), "date": days.day(-200),
            "batch": self.text(scribe, "LOT1", false), "identifier": f.id("vac"), "dose_ml": "0.5", "body_site": site,
            "route": { "code": "2", "display": "intramusculair" }, "form": { "code": "211", "display": "injectievloeistof" },
            "performer": f.doctor(), "location": self.text(scribe, "Praktijk", false), "motive": "programme",
            "indication": { "system": "sct", "code": "404904002", "display": self.text(scribe, "Kwetsbare oudere", false) },
            "disease": { "system": "sct", "code": "6142004", "display": self.text(scribe, "Influenza", false) },
            "note": self.text(scribe, "Goed verdragen", false),
        });
        scribe.put_for(f.pat, T::Vaccination, &f.id("bv1"), &vaccinated)?;
        let named_only =
            json!({ "name": self.text(scribe, "Reisvaccin", false), "date": days.day(-300), "batch_unknown": true });
        scribe.put_for(f.pat, T::Vaccination, &f.id("bv2"), &named_only)?;
        let alert =
            json!({ "text": self.text(scribe, "Loopt slecht", false), "start": days.day(-50), "author": f.doctor() });
        scribe.put_for(f.pat, T::Alert, &f.id("al1"), &alert)?;
        let carrier = json!({
            "text": self.text(scribe, "Draagt MRSA", false), "start": days.day(-50),
            "name": { "system": "sct", "code": "432415000", "display": self.text(scribe, "drager van MRSA", false) },
        });
        scribe.put_for(f.pat, T::Alert, &f.id("al2"), &carrier)?;
        for (id, coded) in [("ci1", true), ("ci2", false)] {
            let mut contra = json!({
                "display": self.text(scribe, "Astma", false), "start": days.day(-500), "author": f.doctor(),
                "note": self.text(scribe, "Mild", false),
            });
            if coded {
                contra["code"] = json!("12");
            }
            scribe.put_for(f.pat, T::Contraindication, &f.id(id), &contra)?;
        }
        self.put_planned_blocks(scribe, f)
    }

    fn put_planned_blocks(&mut self, scribe: &mut Scribe<'_>, f: &Frame<'_>) -> io::Result<()> {
        let days = scribe.calendar;
        for (id, coded) in [("rf1", true), ("rf2", false)] {
            let mut referral = json!({
                "to": self.text(scribe, "Cardioloog", false), "date": days.day(-30), "number": self.text(scribe, "ZD", false),
                "text": self.text(scribe, "Graag uw oordeel", false), "by": f.doctor(), "end": days.day(300),
                "episodes": f.episodes(), "performer": f.outside("professional", SPECIALIST),
            });
            if coded {
                referral["service"] =
                    json!({ "system": "sct", "code": "183519002", "display": self.text(scribe, "verwijzing", false) });
            }
            scribe.put_for(f.pat, T::Referral, &f.id(id), &referral)?;
        }
        let appointment = json!({
            "start": days.at(12, 9, 0), "end": days.at(12, 9, 10), "status": "booked", "with": format!("{}-e1", f.prefix),
            "kind": self.text(scribe, "consult", false), "reason": self.text(scribe, "Controle", false), "episodes": f.episodes(),
        });
        scribe.put_for(f.pat, T::Appointment, &f.id("ap1"), &appointment)?;
        let allergy = json!({
            "agent": { "system": "g-th122", "code": "35", "display": self.text(scribe, "Penicillines", false) },
            "category": "medication", "status": "active", "criticality": *self.random.pick(&["mild", "severe", "fatal"]),
            "recorded": days.day(-900), "recorder": f.doctor(), "verification": "confirmed",
            "reactions": [{
                "symptom": { "system": "sct", "code": "271807003", "display": self.text(scribe, "exantheem", false) },
                "severity": "mild", "at": "2010", "description": self.text(scribe, "Rode vlekken", false),
            }],
        });
        scribe.put_for(f.pat, T::Allergy, &f.id("ba1"), &allergy)
    }

    fn put_social_blocks(&mut self, scribe: &mut Scribe<'_>, f: &Frame<'_>) -> io::Result<()> {
        let days = scribe.calendar;
        let advance = json!({
            "kind": *self.random.pick(&["NR", "VOL", "EU", "DO"]), "date": days.day(-300), "representative": f.id("cp1"),
            "episodes": f.episodes(), "note": self.text(scribe, "Kopie in het dossier", false),
        });
        scribe.put_for(f.pat, T::AdvanceDirective, &f.id("ad1"), &advance)?;
        let (decision, code) =
            *self.random.pick(&[("permit", "32485007"), ("deny", "89666000"), ("other", "305351004")]);
        let directive = json!({
            "treatment": { "system": "sct", "code": code, "display": self.text(scribe, "Behandeling", false) },
            "decision": decision, "specification": self.text(scribe, "alleen overdag", false), "date": days.day(-200),
            "advance_directive": f.id("ad1"), "note": self.text(scribe, "Besproken", false),
            "agreed_with": [{ "t": "patient" }, f.doctor(), { "t": "contact_person", "id": f.id("cp1") }],
        });
        scribe.put_for(f.pat, T::Directive, &f.id("td1"), &directive)?;
        let lifestyles = [
            ("ls1", "tobacco", *self.random.pick(&["daily", "sometimes", "former", "never", "other"])),
            ("ls2", "alcohol", *self.random.pick(&["uses", "not_now", "former", "never"])),
            ("ls3", "drugs", *self.random.pick(&["uses", "not_now", "never", "other"])),
        ];
        for (id, kind, status) in lifestyles {
            let mut d = json!({
                "kind": kind, "status": status, "recorded": days.day(-100), "author": f.doctor(), "start": "2000",
                "note": self.text(scribe, "Besproken", false), "amount": self.random.between(1, 20).to_string(),
            });
            if kind == "tobacco" {
                d["substance"] = json!({ "system": "sct", "code": "65568007", "display": self.text(scribe, "rookt sigaretten", false) });
                d["pack_years"] = json!(self.random.between(0, 40));
            }
            if kind == "drugs" {
                d["amount_text"] = json!(self.text(scribe, "zelden", false));
            }
            scribe.put_for(f.pat, T::Lifestyle, &f.id(id), &d)?;
        }
        let house = json!({
            "house": *self.random.pick(&["FLATW", "EENGEZW", "AANLW"]), "recorded": days.day(-100), "author": f.doctor(),
            "note": self.text(scribe, "Trap in huis", false),
        });
        scribe.put_for(f.pat, T::LivingSituation, &f.id("li1"), &house)?;
        let status = json!({
            "kind": *self.random.pick(&["functional", "mental"]),
            "name": { "system": "icf", "code": "d450", "display": self.text(scribe, "Lopen", false) },
            "value": { "system": "icf", "code": "d450.2", "display": self.text(scribe, "matige beperking", false) },
            "date": days.day(-100), "device": f.id("dv1"), "author": f.doctor(),
        });
        scribe.put_for(f.pat, T::FunctionalStatus, &f.id("fs1"), &status)?;
        let device = json!({
            "product": { "system": "sct", "code": "58938008", "display": self.text(scribe, "rolstoel", false) },
            "gtin": "08712345678906", "description": self.text(scribe, "Standaard", false), "start": "2024",
            "author": f.outside("professional", SPECIALIST), "episodes": f.episodes(), "note": self.text(scribe, "Leen", false),
        });
        scribe.put_for(f.pat, T::Device, &f.id("dv1"), &device)
    }
}
