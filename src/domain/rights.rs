//! What an employee may do in the practice's console (release-rules §6.3, R-CO-09).

use std::collections::BTreeSet;

use super::dossier::Role;

/// One right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "named after the rights of the rule sheet")]
pub enum Right {
    ViewDossier,
    ReleaseDossier,
    RefuseRequest,
    HideEpisode,
    HideLine,
    PublishResult,
    PublishDocument,
    PublishCopy,
    MarkThirdParty,
    BlockPatient,
    ConsentDesk,
    RegisterRepresentative,
    InviteBatch,
    ReportExtract,
    ViewAccessLog,
    PracticeSettings,
    EmployeeRights,
}

impl Right {
    /// All rights, in the order of the sheet.
    pub const ALL: [Self; 17] = [
        Self::ViewDossier,
        Self::ReleaseDossier,
        Self::RefuseRequest,
        Self::HideEpisode,
        Self::HideLine,
        Self::PublishResult,
        Self::PublishDocument,
        Self::PublishCopy,
        Self::MarkThirdParty,
        Self::BlockPatient,
        Self::ConsentDesk,
        Self::RegisterRepresentative,
        Self::InviteBatch,
        Self::ReportExtract,
        Self::ViewAccessLog,
        Self::PracticeSettings,
        Self::EmployeeRights,
    ];

    /// Its name, as the sheet and the database have it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ViewDossier => "view_dossier",
            Self::ReleaseDossier => "release_dossier",
            Self::RefuseRequest => "refuse_request",
            Self::HideEpisode => "hide_episode",
            Self::HideLine => "hide_line",
            Self::PublishResult => "publish_result",
            Self::PublishDocument => "publish_document",
            Self::PublishCopy => "publish_copy",
            Self::MarkThirdParty => "mark_third_party",
            Self::BlockPatient => "block_patient",
            Self::ConsentDesk => "consent_desk",
            Self::RegisterRepresentative => "register_representative",
            Self::InviteBatch => "invite_batch",
            Self::ReportExtract => "report_extract",
            Self::ViewAccessLog => "view_access_log",
            Self::PracticeSettings => "practice_settings",
            Self::EmployeeRights => "employee_rights",
        }
    }

    /// The right of this name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|right| right.as_str() == name)
    }
}

/// The rights of one employee.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rights {
    has: BTreeSet<Right>,
    /// See [`Rights::own_episodes_only`].
    own_episodes_only: bool,
}

impl Rights {
    /// Those of the owner of the practice (praktijkhouder): all.
    pub fn of_owner() -> Self {
        Right::ALL.into_iter().collect()
    }

    /// Those that come with a role, until somebody says otherwise (§6.3).
    ///
    /// A stand-in (waarnemer) is given none: whose practice it is says what a stand-in may do. A nurse specialist and a
    /// physician assistant are as the nurse of the practice (OWN decision).
    pub fn of_role(role: Role) -> Self {
        use Right::*;
        let rights: &[Right] = match role {
            Role::Huisarts => {
                return Right::ALL
                    .into_iter()
                    .filter(|right| !matches!(right, PracticeSettings | EmployeeRights))
                    .collect();
            }
            Role::Doktersassistent => {
                &[ViewDossier, ReleaseDossier, RefuseRequest, PublishDocument, ConsentDesk, InviteBatch]
            }
            Role::Poh | Role::Pa | Role::Vs => &[ViewDossier, PublishResult],
            Role::Manager => &[PracticeSettings],
            Role::Waarnemer | Role::Overig => &[],
        };
        Self {
            has: rights.iter().copied().collect(),
            own_episodes_only: matches!(role, Role::Poh | Role::Pa | Role::Vs),
        }
    }

    /// Do they publish results of their own episodes only (§6.3)? So it is with what comes with the role of a nurse; rights that
    /// the practice gave by name have no such border.
    pub fn own_episodes_only(&self) -> bool {
        self.own_episodes_only
    }

    /// Rights as the database has them: names with blanks between. A name that is no right gives none.
    pub fn read(text: &str) -> Self {
        text.split_whitespace().filter_map(Right::find).collect()
    }

    /// Has it this right?
    pub fn has(&self, right: Right) -> bool {
        self.has.contains(&right)
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = Right> {
        self.has.iter().copied()
    }

    /// As the database has them.
    pub fn to_text(&self) -> String {
        let names: Vec<&str> = self.iter().map(Right::as_str).collect();
        names.join(" ")
    }
}

impl FromIterator<Right> for Rights {
    fn from_iter<T: IntoIterator<Item = Right>>(rights: T) -> Self {
        Self { has: rights.into_iter().collect(), own_episodes_only: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_right_has_a_name_of_its_own_and_is_found_by_it() {
        for right in Right::ALL {
            assert_eq!(Right::find(right.as_str()), Some(right));
        }
        assert_eq!(Right::find("everything"), None);
    }

    #[test]
    fn roles_have_the_rights_of_the_sheet() {
        use Right::*;
        let cases = [
            (Role::Huisarts, PublishResult, true),
            (Role::Huisarts, PracticeSettings, false),
            (Role::Huisarts, EmployeeRights, false),
            (Role::Doktersassistent, ReleaseDossier, true),
            (Role::Doktersassistent, PublishResult, false),
            (Role::Doktersassistent, HideEpisode, false),
            (Role::Poh, PublishResult, true),
            (Role::Poh, ReleaseDossier, false),
            (Role::Manager, PracticeSettings, true),
            (Role::Manager, ViewDossier, false),
            (Role::Waarnemer, ViewDossier, false),
        ];
        for (role, right, expected) in cases {
            assert_eq!(Rights::of_role(role).has(right), expected, "{role:?} {right:?}");
        }
        assert!(Right::ALL.into_iter().all(|right| Rights::of_owner().has(right)));
        for (role, expected) in [(Role::Poh, true), (Role::Vs, true), (Role::Huisarts, false)] {
            assert_eq!(Rights::of_role(role).own_episodes_only(), expected, "{role:?}");
        }
        assert!(!Rights::read("publish_result").own_episodes_only(), "given by name");
    }

    #[test]
    fn rights_are_read_back_and_unknown_names_give_nothing() {
        let rights = Rights::of_role(Role::Doktersassistent);
        assert_eq!(Rights::read(&rights.to_text()), rights);
        assert_eq!(Rights::read("all root"), Rights::default());
    }
}
