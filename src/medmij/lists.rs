//! The four lists as one snapshot, and the questions handlers ask them.

use crate::domain::time::Timestamp;

use super::{Client, Environment, Gnl, ListVersion, ListsError, MedMijName, Ocl, Provider, Whl, Zal};

/// The texts of the four lists as received.
#[derive(Debug, Clone, Copy)]
pub struct ListTexts<'a> {
    /// Zorgaanbiederslijst.
    pub zal: &'a [u8],
    /// OAuthclientlist.
    pub ocl: &'a [u8],
    /// Whitelist.
    pub whl: &'a [u8],
    /// Gegevensdienstnamenlijst.
    pub gnl: &'a [u8],
}

/// A checked snapshot of the four lists. Replaced as a whole, never changed in place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lists {
    /// Zorgaanbiederslijst.
    pub zal: Zal,
    /// OAuthclientlist.
    pub ocl: Ocl,
    /// Whitelist.
    pub whl: Whl,
    /// Gegevensdienstnamenlijst.
    pub gnl: Gnl,
    /// When the lists were last fetched and found good, also if nothing had changed.
    pub good_at: Timestamp,
}

impl Lists {
    /// Reads and checks all four.
    ///
    /// # Errors
    /// [`ListsError`] of the first list with a fault.
    pub fn parse(texts: ListTexts<'_>, environment: Environment, good_at: Timestamp) -> Result<Self, ListsError> {
        Ok(Self {
            zal: Zal::parse(texts.zal, environment)?,
            ocl: Ocl::parse(texts.ocl, environment)?,
            whl: Whl::parse(texts.whl, environment)?,
            gnl: Gnl::parse(texts.gnl, environment)?,
            good_at,
        })
    }

    /// No lists yet: nobody is on them, and they are too old to decide on.
    pub fn none() -> Self {
        let good_at = Timestamp::from_millis(0);
        let version = ListVersion { number: 0, made_at: good_at };
        Self {
            zal: Zal::none(version),
            ocl: Ocl::none(version),
            whl: Whl::none(version),
            gnl: Gnl::none(version),
            good_at,
        }
    }

    /// The client with this host name, when it is an OAuth client and may move on the network.
    pub fn client(&self, hostname: &str) -> Option<&Client> {
        self.ocl.find(hostname).filter(|_| self.whl.contains(hostname))
    }

    /// The provider with this name.
    pub fn provider(&self, name: &MedMijName) -> Option<&Provider> {
        self.zal.find(name)
    }

    /// Are the lists young enough to decide on? Past the bound authorization and token interface refuse.
    pub fn are_usable_at(&self, now: Timestamp, max_age_seconds: i64) -> bool {
        now <= self.good_at.plus_seconds(max_age_seconds)
    }
}
