//! What the front channel is built on.

use std::sync::Arc;

use crate::app::App;
use crate::http::context::Context;
use crate::import::Importer;
use crate::login::PatientLogin;

/// State of the front channel's handlers; cheap to clone.
#[derive(Clone)]
pub struct FrontState {
    /// What it shares with the token endpoint.
    pub context: Context,
    /// The means of login.
    pub login: Arc<dyn PatientLogin>,
    /// What shows a dossier, for the patient's own pages.
    pub app: App,
    /// What renders a patient again after a decision of their own.
    pub importer: Importer,
}
