//! The patient's own pages: texts in Dutch and English, words for what a dossier and a log hold, and views.
//!
//! Which page is shown when is `http::front::my`; what is shown comes from `app::showing`.

pub mod dates;
pub mod email;
mod en;
pub mod links;
pub mod log;
mod nl;
pub mod texts;
pub mod views;
pub mod words;

pub use texts::MyTexts;
