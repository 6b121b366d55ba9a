//! The pages a patient sees: templates, texts in Dutch and English, and the consent text.
//!
//! Pages need no script. Texts are language level B1 (medmij-authorization §1.6); every page carries the practice on
//! the left and MedMij on the right. A page knows where its forms may lead, because the Content-Security-Policy names
//! those places. Which page is shown when is `http::front`.

pub mod blocks;
pub mod consent_text;
mod en;
mod lang;
pub mod my;
mod nl;
mod response;
pub mod texts;
pub mod views;

pub use lang::Lang;
pub use response::{Page, harden};
