//! What can be wrong with a list: which list, which element, which line, and why. Never a value from the list.

use std::fmt;

/// The four lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ListKind {
    /// Zorgaanbiederslijst.
    Zal,
    /// OAuthclientlist.
    Ocl,
    /// Whitelist.
    Whl,
    /// Gegevensdienstnamenlijst.
    Gnl,
}

impl ListKind {
    /// Name of the root element.
    pub const fn root(self) -> &'static str {
        match self {
            Self::Zal => "Zorgaanbiederslijst",
            Self::Ocl => "OAuthclientlist",
            Self::Whl => "Whitelist",
            Self::Gnl => "Gegevensdienstnamenlijst",
        }
    }

    /// The namespace of the release that is read and written (medmij-authorization §6.2-6.5).
    pub const fn namespace(self) -> &'static str {
        match self {
            Self::Zal => "xmlns://afsprakenstelsel.medmij.nl/zorgaanbiederslijst/release3/",
            Self::Ocl => "xmlns://afsprakenstelsel.medmij.nl/oauthclientlist/release2/",
            Self::Whl => "xmlns://afsprakenstelsel.medmij.nl/whitelist/release2/",
            Self::Gnl => "xmlns://afsprakenstelsel.medmij.nl/gegevensdienstnamenlijst/release1/",
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
    /// A list without entries would switch the network off; the last good one is better.
    #[error("the list has no entries")]
    Empty,
}
