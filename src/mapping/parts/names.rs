//! Names of persons.

use super::codes::extension;
use super::types::{Element, Extension, ExtensionValue, HumanName, Text};
use super::words::Words;
use crate::domain::dossier::{NameUse, PersonName};

/// The official name, with every part of it (nl-core-NameInformation).
pub(in crate::mapping) fn official_name<'a>(words: &Words<'_>, name: &'a PersonName) -> HumanName<'a> {
    let first: Vec<String> = split(words, name.first.as_deref(), str::split_whitespace);
    let initials = initials(words, name.initials.as_deref());
    let family = family(words, name);
    let called = if first.is_empty() { initials.concat() } else { first.join(" ") };
    let text = [called.as_str(), family.as_deref().unwrap_or_default()].join(" ");
    let qualified = |qualifier: &'static str, count: usize| {
        let element = Extension::new(extension::NAME_QUALIFIER, ExtensionValue::Code(qualifier)).into();
        std::iter::repeat_n::<Element<'a>>(element, count)
    };
    HumanName {
        extension: name.use_.map(assembly_order).into_iter().collect(),
        usage: "official",
        text: words.clean(&text).map(|text| Text::Owned(text.into_owned())),
        family_element: family.as_ref().map(|_| Element { extension: family_parts(words, name) }),
        family,
        given_elements: qualified("BR", first.len()).chain(qualified("IN", initials.len())).collect(),
        given: first.into_iter().chain(initials).collect(),
        prefix: words.clean_some(name.title.as_deref()).into_iter().collect(),
        suffix: words.clean_some(name.suffix.as_deref()).into_iter().collect(),
    }
}

fn assembly_order(usage: NameUse) -> Extension<'static> {
    let code = match usage {
        NameUse::NL1 => "NL1",
        NameUse::NL2 => "NL2",
        NameUse::NL3 => "NL3",
        NameUse::NL4 => "NL4",
    };
    Extension::new(extension::ASSEMBLY_ORDER, ExtensionValue::Code(code))
}

fn split<'t, I: Iterator<Item = &'t str>>(
    words: &Words<'_>,
    text: Option<&'t str>,
    parts: impl Fn(&'t str) -> I,
) -> Vec<String> {
    let parts = text.map(parts).into_iter().flatten();
    parts.filter_map(|part| words.clean(part)).map(Text::into_owned).collect()
}

/// `M.A.` and `M A` are two initials; `Th.J.` keeps its `Th.` together.
fn initials(words: &Words<'_>, text: Option<&str>) -> Vec<String> {
    let separated = |character: char| character == '.' || character.is_whitespace();
    let parts = split(words, text, |text| text.split(separated).filter(|part| !part.is_empty()));
    parts.into_iter().map(|part| part + ".").collect()
}

/// The surname as it is used: own (NL1), partner's (NL2), partner's and own (NL3), own and partner's (NL4).
fn family(words: &Words<'_>, name: &PersonName) -> Option<String> {
    let own = surname(words, name.prefix.as_deref(), Some(&name.last));
    let partner = surname(words, name.partner_prefix.as_deref(), name.partner_last.as_deref());
    match (name.use_, own, partner) {
        (Some(NameUse::NL2), own, partner) => partner.or(own),
        (Some(NameUse::NL3), Some(own), Some(partner)) => Some(format!("{partner}-{own}")),
        (Some(NameUse::NL4), Some(own), Some(partner)) => Some(format!("{own}-{partner}")),
        (_, own, partner) => own.or(partner),
    }
}

fn surname(words: &Words<'_>, prefix: Option<&str>, last: Option<&str>) -> Option<String> {
    let last = words.clean_some(last)?;
    Some(match words.clean_some(prefix) {
        Some(prefix) => format!("{prefix} {last}"),
        None => last.into_owned(),
    })
}

/// The parts of the surname. A prefix without its name may not be stated (zib-NameInformation-1 and -2).
fn family_parts<'a>(words: &Words<'_>, name: &'a PersonName) -> Vec<Extension<'a>> {
    let own = words.clean(&name.last);
    let partner = words.clean_some(name.partner_last.as_deref());
    let own_prefix = own.as_ref().and_then(|_| words.clean_some(name.prefix.as_deref()));
    let partner_prefix = partner.as_ref().and_then(|_| words.clean_some(name.partner_prefix.as_deref()));
    let parts = [
        (extension::OWN_PREFIX, own_prefix),
        (extension::OWN_NAME, own),
        (extension::PARTNER_PREFIX, partner_prefix),
        (extension::PARTNER_NAME, partner),
    ];
    parts.into_iter().filter_map(|(url, part)| Some(Extension::string(url, part?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(usage: Option<NameUse>) -> PersonName {
        PersonName {
            initials: Some("J.P.".into()),
            first: Some("Johanna Petronella".into()),
            call: Some("Jo".into()),
            prefix: Some("van".into()),
            last: "Putten".into(),
            partner_prefix: Some("van der".into()),
            partner_last: Some("Giessen".into()),
            use_: usage,
            title: None,
            suffix: None,
        }
    }

    #[test]
    fn a_surname_is_put_together_as_the_person_uses_it() {
        let cases = [
            (None, "van Putten"),
            (Some(NameUse::NL1), "van Putten"),
            (Some(NameUse::NL2), "van der Giessen"),
            (Some(NameUse::NL3), "van der Giessen-van Putten"),
            (Some(NameUse::NL4), "van Putten-van der Giessen"),
        ];
        for (usage, expected) in cases {
            assert_eq!(family(&Words::default(), &name(usage)).as_deref(), Some(expected), "{usage:?}");
        }
    }

    #[test]
    fn a_partner_name_that_is_not_known_leaves_the_own_name() {
        for usage in [NameUse::NL2, NameUse::NL3, NameUse::NL4] {
            let mut name = name(Some(usage));
            name.partner_last = None;
            assert_eq!(family(&Words::default(), &name).as_deref(), Some("van Putten"));
            assert!(family_parts(&Words::default(), &name).iter().all(|part| part.url != extension::PARTNER_PREFIX));
        }
    }

    #[test]
    fn every_given_name_says_what_it_is() {
        let name = name(Some(NameUse::NL1));
        let official = official_name(&Words::default(), &name);
        assert_eq!(official.given, ["Johanna", "Petronella", "J.", "P."]);
        assert_eq!(official.given_elements.len(), official.given.len());
        assert_eq!(official.text.as_deref(), Some("Johanna Petronella van Putten"));
    }

    #[test]
    fn initials_are_separated() {
        let cases = [("M.A.", vec!["M.", "A."]), ("J", vec!["J."]), ("Th. J", vec!["Th.", "J."]), (" . ", Vec::new())];
        for (text, expected) in cases {
            assert_eq!(initials(&Words::default(), Some(text)), expected, "{text}");
        }
    }
}
