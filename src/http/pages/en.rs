//! Texts in English, plain language.

use super::texts::Texts;

pub(super) const TEXTS: Texts = Texts {
    skip: "Skip to content",
    language_switch: "Nederlands",
    back_to_pgo: "Back to {pgo}",
    cancel: "Cancel",
    login: "Log in",
    retry: "Log in again",

    landing_title: "Log in at {practice}",
    landing_who: "You are about to log in at {practice}.",
    landing_system: "You will log in to the computer system that {desk} runs for {practice}.",
    landing_pgo: "You came from {pgo}. {pgo} asks whether you want to collect your data of {practice} there.",
    landing_next: "Do you want to go on? Then choose to log in. If you cancel, you go back and no data is collected.",
    landing_consents: "After you log in you see the consents you gave at {practice}. You can withdraw them there as well.",

    depart_title: "On to the login",
    depart_text: "You are going to the website where you log in safely. After that you come back here by yourself.",
    depart_next: "Go to the login",

    simulator_title: "Test login",
    simulator_warning: "This is a test login with made-up people. Nothing is checked.",
    simulator_bsn: "Citizen service number (BSN)",
    simulator_subject: "Citizen service number of the person you log in for",
    simulator_level: "Level of assurance",

    cancelled_title: "You are not logged in",
    cancelled_text: "The login was stopped or did not succeed. No data has been collected.",
    cancelled_next: "You can go back or log in again.",

    unavailable_title: "No data is available",
    unavailable_text: "{practice} has no data ready for you at this moment. Nothing has been shared.",
    unavailable_birth: "The date of birth you gave in your PGO is not the one {practice} knows. Nothing has been shared.",
    unavailable_next: "Do you have questions about this? Please contact {practice}.",

    consent_title: "Give consent",
    consent_question: "Do you want to put the data that {practice} holds about you into {pgo}?",
    consent_statement: "{practice} may share your data with {pgo} only if you give your consent.",
    consent_indefinite: "I give my consent for an indefinite time",
    consent_more: "More information",
    consent_free: "If you do not give your consent, {practice} shares nothing with {pgo}.",
    consent_privacy: "The privacy statement of {practice} tells you how the practice handles your data.",
    consent_long: "If you give your consent for an indefinite time, {pgo} can collect data again later without a new login. Otherwise your consent is for this one time only.",
    consent_lapse: "A consent for an indefinite time ends by itself when no data has been collected for more than six months.",
    consent_again: "After that you log in again and give your consent again.",
    consent_change: "You can always change your consent. Search for {practice} in {pgo} and choose to change your consents.",
    consent_rules: "MedMij has strict rules for sharing health data. {pgo} keeps to those rules.",
    consent_for_question: "Do you want to put the data that {practice} has about the person you log in for into {pgo}?",
    consent_for_statement: "{practice} may share this data with {pgo} only if you give your consent for this person.",
    consent_for_once: "Your consent is for this one time only. Another time you log in again.",
    consent_give: "Yes, I give my consent",
    consent_refuse: "No, I do not give my consent",
    privacy_link: "Privacy statement",

    practices_title: "See your consents",
    practices_label: "For which practice do you want to see your consents?",
    practices_next: "Continue",
    practices_none: "There are no practices here now.",

    overview_title: "Your consents at {practice}",
    overview_intro: "Below you see with whom {practice} may share your data. You can always withdraw a consent.",
    overview_none: "You have no consents at this moment.",
    overview_given: "Given on {date}",
    overview_used: "Last used on {date}",
    overview_unused: "Not used yet",
    overview_services: "Kind of data: {services}",
    overview_by_another: "Given by somebody who logged in for you",
    overview_once: "For one time",
    overview_indefinite: "For an indefinite time",
    overview_lapses: "Ends by itself on {date} if nothing more is collected",
    overview_text: "The text that was consented to (version {version})",
    overview_withdraw: "Withdraw the consent for {pgo}",
    overview_leave: "Log out",

    withdraw_title: "Withdraw consent",
    withdraw_question: "Do you want to withdraw your consent for {pgo}?",
    withdraw_effect: "On the ground of this consent, {practice} then stops sharing data with {pgo} at once. Data that is in {pgo} already stays there.",
    withdraw_yes: "Yes, withdraw",
    withdraw_no: "No, keep it",

    left_title: "You are logged out",
    left_text: "Close your browser if you use a computer that others use as well.",

    level_title: "You cannot log in this way",
    oneself_text: "You logged in on behalf of somebody else. Here you can see your own consents only. Log in again, for yourself.",
    level_text: "Medical data needs a safer way to log in. Use the DigiD app with a check of your identity document.",

    bad_request_title: "This request is not right",
    bad_request_text: "The website or app you came from sent a request that we cannot trust. That is why you are not sent back automatically.",
    bad_request_next: "Close this window and try again. If it keeps going wrong, tell the website or app you came from.",

    expired_title: "Your session is over",
    expired_text: "You have not been active for too long, or you started again somewhere else. Go back to your PGO and start again.",

    forgery_title: "We could not process your choice",
    forgery_text: "We could not make sure that you made this choice yourself on our page. Nothing has changed. Please start again.",

    missing_title: "This page does not exist",
    missing_text: "We do not know the address you used.",

    fault_title: "Technical problem",
    fault_text: "Because of a problem you cannot give or change consent now. We are working on it.",
    fault_later: "Please try again later.",
    fault_contact: "If it keeps going wrong, contact {desk}, telephone {phone}.",
    fault_supplier: "This is the supplier of the computer system of {practice}.",
    fault_ids: "Please mention these numbers:",
    ids_more: "Do you need help with logging in?",
};
