use aws_lc_rs::rand::SystemRandom;
use proptest::prelude::*;

use super::*;
use crate::domain::dossier::RecordType;

const HERE: PracticeId = PracticeId::from_bytes([1; 16]);
const THERE: PracticeId = PracticeId::from_bytes([2; 16]);

fn keys() -> KeyFile {
    KeyFile::generate(&SystemRandom::new()).unwrap()
}

fn sealer() -> Sealer {
    Sealer::new(&keys()).unwrap()
}

#[test]
fn what_was_sealed_opens_in_its_own_place_only() {
    let sealer = sealer();
    let place = row_context("record.body", HERE, &[b"k1"]);
    let sealed = sealer.seal(&place, b"geheim").unwrap();
    assert_eq!(sealer.open(&place, &sealed).unwrap(), b"geheim");
    let elsewhere = [
        row_context("record.body", HERE, &[b"k2"]),
        row_context("record.body", THERE, &[b"k1"]),
        row_context("resource.body", HERE, &[b"k1"]),
        row_context("record.body", HERE, &[b"k", b"1"]),
        Vec::new(),
    ];
    for context in elsewhere {
        assert_eq!(sealer.open(&context, &sealed), Err(SealError::Refused));
    }
}

#[test]
fn a_changed_byte_anywhere_is_refused() {
    let sealer = sealer();
    let sealed = sealer.seal(b"place", b"geheim").unwrap();
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert!(sealer.open(b"place", &changed).is_err(), "byte {at}");
    }
}

#[test]
fn a_sealed_value_shows_nothing_and_never_repeats() {
    let sealer = sealer();
    let (one, two) = (sealer.seal(b"place", b"zelfde").unwrap(), sealer.seal(b"place", b"zelfde").unwrap());
    assert_ne!(one, two);
    assert!(!one.windows(6).any(|window| window == b"zelfde"));
    assert_eq!(one.len(), b"zelfde".len() + 32);
}

#[test]
fn the_first_key_seals_and_every_key_opens() {
    let mut file = keys();
    let old = Sealer::new(&file).unwrap();
    let before = old.seal(b"place", b"oud").unwrap();
    assert_eq!(file.add_seal_key(&SystemRandom::new()), Ok(2));
    let new = Sealer::new(&file).unwrap();
    let after = new.seal(b"place", b"nieuw").unwrap();
    assert_eq!((key_id(&before), key_id(&after)), (Some(1), Some(2)));
    assert_eq!(new.open(b"place", &before).unwrap(), b"oud");
    assert_eq!(old.open(b"place", &after), Err(SealError::UnknownKey(2)));
    assert!(new.knows_key(1) && new.current_key() == 2 && !old.knows_key(2));
}

#[test]
fn a_key_file_reads_what_it_wrote() {
    let file = keys();
    let again = KeyFile::parse(&file.to_text()).unwrap();
    let sealed = Sealer::new(&file).unwrap().seal(b"place", b"tekst").unwrap();
    assert_eq!(Sealer::new(&again).unwrap().open(b"place", &sealed).unwrap(), b"tekst");
}

#[test]
fn a_bad_key_file_is_refused_without_quoting_it() {
    let good = "A".repeat(43) + "=";
    let short = "AAAA";
    let cases = [
        ("{}".to_owned(), KeyFileError::Form { line: 1, column: 2 }),
        (format!(r#"{{"seal":[],"index":"{good}","audit":"{good}"}}"#), KeyFileError::NoSealKey),
        (
            format!(r#"{{"seal":[{{"id":1,"key":"{short}"}}],"index":"{good}","audit":"{good}"}}"#),
            KeyFileError::KeySize,
        ),
        (
            format!(r#"{{"seal":[{{"id":1,"key":"{good}"}}],"index":"{short}","audit":"{good}"}}"#),
            KeyFileError::KeySize,
        ),
        (
            format!(
                r#"{{"seal":[{{"id":7,"key":"{good}"}},{{"id":7,"key":"{good}"}}],"index":"{good}","audit":"{good}"}}"#
            ),
            KeyFileError::SameId(7),
        ),
    ];
    for (text, expected) in cases {
        let fault = KeyFile::parse(&text).err().unwrap();
        assert_eq!(fault, expected);
        assert!(!fault.to_string().contains("AAAA"));
    }
}

#[test]
fn hashes_of_one_person_in_two_practices_cannot_be_joined() {
    let sealer = sealer();
    let bsn: Bsn = "999990019".parse().unwrap();
    assert_eq!(sealer.bsn_hash(HERE, &bsn), sealer.bsn_hash(HERE, &bsn));
    assert_ne!(sealer.bsn_hash(HERE, &bsn), sealer.bsn_hash(THERE, &bsn));
    let id = "p1".parse().unwrap();
    let (here, there) = (sealer.practice_hasher(HERE), sealer.practice_hasher(THERE));
    assert_eq!(here.patient_id(&id), here.clone().patient_id(&id));
    assert_ne!(here.patient_id(&id), there.patient_id(&id));
}

#[test]
fn ids_of_different_things_differ() {
    let hasher = sealer().practice_hasher(HERE);
    let id = "p1".parse().unwrap();
    let patient = *hasher.patient_id(&id).as_bytes();
    let record = *hasher.record_key(RecordType::Patient, &id).as_bytes();
    let contact = *hasher.record_key(RecordType::Contact, &id).as_bytes();
    let resource = *hasher.resource_id("Patient", "p1").as_bytes();
    let all = std::collections::BTreeSet::from([patient, record, contact, resource]);
    assert_eq!(all.len(), 4);
    assert_ne!(hasher.resource_id("AB", "C"), hasher.resource_id("A", "BC"));
}

#[test]
fn the_cookie_key_is_the_same_on_every_node_and_has_two_different_halves() {
    let file = keys();
    let (one, two) = (Sealer::new(&file).unwrap().cookie_key(), Sealer::new(&file).unwrap().cookie_key());
    assert_eq!(*one, *two);
    assert_ne!(one[..32], one[32..]);
}

#[test]
fn a_token_hash_is_plain_sha_256() {
    let expected = [
        0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03,
        0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad,
    ];
    assert_eq!(token_hash("abc"), expected);
}

proptest! {
    #[test]
    fn opening_foreign_bytes_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(sealer().open(b"place", &bytes).is_err());
    }

    #[test]
    fn reading_a_foreign_key_file_never_panics(text in ".{0,200}") {
        prop_assert!(KeyFile::parse(&text).is_err());
    }
}
