//! Zorgaanbiederskoppellijst: which registered numbers a practice has (medmij-authorization §6.6, release 1).
//!
//! PGOs match their address books with it. Nothing is decided on it here: it tells a practice what others see.

use std::collections::BTreeMap;

use super::xml::{Element, read_list, read_version};
use super::{Environment, Fault, ListKind, ListVersion, ListsError, MedMijName};

/// The Zorgaanbiederskoppellijst.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zkl {
    version: ListVersion,
    providers: BTreeMap<MedMijName, Vec<Kenmerk>>,
}

/// One registered number: its register (`AGB`, `URA`, `OIN`, `HRN`, `KVK`) and the number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kenmerk {
    /// The register.
    pub register: &'static str,
    /// The number, digits as listed.
    pub number: String,
}

const REGISTERS: [&str; 5] = ["AGB", "URA", "OIN", "HRN", "KVK"];

impl Zkl {
    /// Reads and checks the list.
    ///
    /// # Errors
    /// [`ListsError`] with the first element at fault; nothing of a list with a fault is used.
    pub fn parse(bytes: &[u8], environment: Environment) -> Result<Self, ListsError> {
        read_list(ListKind::Zkl, bytes, |root| {
            let version = read_version(root)?;
            let mut providers = BTreeMap::new();
            for element in root.one("Zorgaanbieders")?.many("Zorgaanbieder") {
                let holder = element.one("Zorgaanbiedernaam")?;
                let name = holder.read("a MedMij name", |text| MedMijName::registered(text).ok())?;
                if providers.insert(name, read_numbers(element)?).is_some() {
                    return Err(holder.fault(Fault::Duplicate));
                }
            }
            if providers.is_empty() && environment == Environment::Production {
                return Err(root.one("Zorgaanbieders")?.fault(Fault::Empty));
            }
            Ok(Self { version, providers })
        })
    }

    /// The list's version.
    pub fn version(&self) -> &ListVersion {
        &self.version
    }

    /// The numbers of this provider; `None` when it is not listed.
    pub fn find(&self, name: &MedMijName) -> Option<&[Kenmerk]> {
        self.providers.get(name).map(Vec::as_slice)
    }
}

fn read_numbers(element: Element<'_, '_>) -> Result<Vec<Kenmerk>, ListsError> {
    let list = element.one("IdentificerendeKenmerken")?;
    let numbers = list.many("IdentificerendKenmerk").map(|holder| {
        let mut children = holder.children("IdentificerendKenmerk");
        let (Some((name, child)), None) = (children.next(), children.next()) else {
            return Err(holder.fault(Fault::Form("exactly one number")));
        };
        let register = REGISTERS.into_iter().find(|register| *register == name);
        let register = register.ok_or_else(|| child.fault(Fault::Form("AGB, URA, OIN, HRN or KVK")))?;
        let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.to_owned());
        Ok(Kenmerk { register, number: child.read("digits", is_number)? })
    });
    let numbers = numbers.collect::<Result<Vec<_>, _>>()?;
    if numbers.is_empty() { Err(list.fault(Fault::Empty)) } else { Ok(numbers) }
}
