//! What can be wrong with a list: which list, which element, which line, and why. Never a value from the list.

use std::fmt;

/// The lists of the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ListKind {
    /// Zorgaanbiederslijst.
    Zal,
    /// OAuthclientlist.
    Ocl,
    /// Whitelist.
    Whl,
    /// Gegevensdienstnamenlijst.
    Gnl,
    /// Zorgaanbiederskoppellijst.
    Zkl,
}

impl ListKind {
    /// The four that decide; the Zorgaanbiederskoppellijst only tells.
    pub const DECIDING: [Self; 4] = [Self::Zal, Self::Ocl, Self::Whl, Self::Gnl];

    /// Every list.
    pub const ALL: [Self; 5] = [Self::Zal, Self::Ocl, Self::Whl, Self::Gnl, Self::Zkl];

    /// The official name of the file (medmij-authorization §6.1).
    pub fn file_name(self) -> String {
        format!("MedMij_{}.xml", self.root())
    }

    /// A short name for rows, metrics and messages.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Zal => "zal",
            Self::Ocl => "ocl",
            Self::Whl => "whl",
            Self::Gnl => "gnl",
            Self::Zkl => "zkl",
        }
    }

    /// Name of the root element.
    pub const fn root(self) -> &'static str {
        match self {
            Self::Zal => "Zorgaanbiederslijst",
            Self::Ocl => "OAuthclientlist",
            Self::Whl => "Whitelist",
            Self::Gnl => "Gegevensdienstnamenlijst",
            Self::Zkl => "Zorgaanbiederskoppellijst",
        }
    }

    /// The namespace of the release that is read and written (medmij-authorization §6.2-6.6).
    pub const fn namespace(self) -> &'static str {
        match self {
            Self::Zal => "xmlns://afsprakenstelsel.medmij.nl/zorgaanbiederslijst/release3/",
            Self::Ocl => "xmlns://afsprakenstelsel.medmij.nl/oauthclientlist/release2/",
            Self::Whl => "xmlns://afsprakenstelsel.medmij.nl/whitelist/release2/",
            Self::Gnl => "xmlns://afsprakenstelsel.medmij.nl/gegevensdienstnamenlijst/release1/",
            Self::Zkl => "xmlns://afsprakenstelsel.medmij.nl/Zorgaanbiederskoppellijst/release1/",
        }
    }

    /// The namespace of an older release that is still read, but no longer written.
    pub const fn older_namespace(self) -> Option<&'static str> {
        match self {
            Self::Zal => Some("xmlns://afsprakenstelsel.medmij.nl/zorgaanbiederslijst/release2/"),
            _ => None,
        }
    }
}

impl fmt::Display for ListKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.root())
    }
}

/// Why a list was refused; the last good one stays in use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{list}, element {element}, line {line}: {fault}")]
pub struct ListsError {
    /// Which list.
    pub list: ListKind,
    /// Local name of the element at fault.
    pub element: &'static str,
    /// Line of that element, counted from 1; 0 when the text as a whole is at fault.
    pub line: u32,
    /// What is wrong.
    pub fault: Fault,
}

/// The kinds of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// More bytes than any list of the network has.
    #[error("larger than {limit} bytes")]
    TooLarge {
        /// The bound in bytes.
        limit: usize,
    },
    /// The bytes are not UTF-8.
    #[error("not UTF-8")]
    NotUtf8,
    /// Not an XML document, or one with more nodes than any list has.
    #[error("not well-formed XML")]
    NotWellFormed,
    /// A document type declaration is never accepted: it is how entity attacks begin.
    #[error("a document type declaration is not allowed")]
    DocumentType,
    /// Another root element, or another release of the namespace.
    #[error("root element or namespace is not the one of this list")]
    WrongRoot,
    /// A mandatory element is absent.
    #[error("missing")]
    Missing,
    /// An element that may occur once occurs again.
    #[error("occurs more than once")]
    Repeated,
    /// An element that must hold text holds elements or nothing.
    #[error("holds no text")]
    NoText,
    /// The text does not have the form the list prescribes.
    #[error("does not fit: {0}")]
    Form(&'static str),
    /// The same key occurs twice.
    #[error("the same value occurs twice")]
    Duplicate,
    /// It can be read, but has elements or texts that its schema does not have.
    #[error("does not fit the schema of the list")]
    Schema,
    /// A list without entries would switch the network off; the last good one is better.
    #[error("the list has no entries")]
    Empty,
}
