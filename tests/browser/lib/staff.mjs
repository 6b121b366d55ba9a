// What employees read in the console, written down apart from the server's own tables, and the steps they share.

import { Visitor } from './browser.mjs';
import { act, write } from './hands.mjs';
import { checkPage } from './page.mjs';
import { speak } from './steps.mjs';

export const STAFF_TEXTS = {
  nl: {
    staff: 'Inloggen voor medewerkers',
    login: 'Inloggen',
    simulator: 'Login-simulator',
    employee: 'Medewerker (id in het HIS)',
    list: 'Postvak',
    search: 'Naam, geboortedatum, BSN of nummer in het HIS',
    find: 'Zoeken',
    patients: 'Patiënten',
    results: 'uitslagen',
    documents: 'documenten',
    log: 'toegangslog',
    settings: 'Instellingen',
    imports: 'Leveringen',
    rights: 'Rechten van medewerkers',
    reports: 'Rapporten',
    'reports/open': 'Bewijs voor OPEN',
    onboarding: 'Voor u begint',
    accounts: 'E-mailadressen om te koppelen',
    help: 'Hulp',
    hide: 'Verbergen:',
    show: 'Tonen:',
    episodes: 'Episodes en verrichtingen',
    denied: 'U mag dit niet',
    out: 'Uitloggen',
    left: 'U bent uitgelogd',
    saved: 'Opgeslagen.',
    refused: 'Dit kan zo niet',
    back: 'Terug',
    release: 'Vrijgeven',
    asSeen: 'Zo ziet de patiënt het',
    choose: (name) => `Kies: ${name}`,
    toResults: 'Uitslagen beoordelen',
    toDocuments: 'Documenten publiceren',
    toLog: 'Toegangslog',
    conclusion: 'Conclusie',
    day: 'Publiceren op (leeg: nu)',
    explanation: 'Uitleg voor de patiënt',
    publish: 'Publiceren',
    withdraw: 'Intrekken',
    invite: 'Patiënten uitnodigen',
    count: 'Proef: alleen tellen',
    invitations: 'Uitnodigen',
    send: 'Uitnodigingen versturen',
    again: 'Ook wie in de laatste 12 maanden is uitgenodigd',
    wouldGet: /^(\d+) patiënten zouden de brief krijgen/,
    get: /^(\d+) patiënten krijgen de brief/,
    tooYoung: 'te jong',
    noAddress: 'geen e-mailadres',
    invitedBefore: 'al uitgenodigd in de laatste 12 maanden',
    introduction: 'Invoering en aanvragen',
    withoutEid: 'Aanmelden van een e-mailadres zonder DigiD',
    save: 'Opslaan',
    toAccounts: 'E-mailadressen',
    number: 'Nummer van de patiënt in het HIS',
    link: 'Koppelen',
    linkedLetter: /gekoppeld/,
    unnamed: 'de episode heeft geen titel',
    deliveryOf: 'Levering van',
    allDeliveries: 'Alle leveringen',
    letThrough: 'Doorlaten',
    looked: 'Ik heb gecontroleerd dat dit klopt',
    wasLetThrough: 'Doorgelaten op',
    extract: 'Maak extractie nu',
    format: 'Bestand',
  },
  en: {
    staff: 'Log in for staff',
    login: 'Log in',
    simulator: 'Login simulator',
    employee: 'Employee (id in the HIS)',
    list: 'Work list',
    search: 'Name, birth date, BSN or number in the HIS',
    find: 'Search',
    patients: 'Patients',
    results: 'results',
    documents: 'documents',
    log: 'access log',
    settings: 'Settings',
    imports: 'Deliveries',
    rights: 'Rights of employees',
    reports: 'Reports',
    'reports/open': 'Evidence for OPEN',
    onboarding: 'Before you begin',
    accounts: 'E-mail addresses to link',
    help: 'Help',
    hide: 'Hide:',
    show: 'Show:',
    episodes: 'Episodes and procedures',
    denied: 'You may not do this',
    out: 'Log out',
    left: 'You are logged out',
    saved: 'Saved.',
    refused: 'This cannot be done',
    back: 'Back',
    release: 'Release',
    asSeen: 'As the patient sees it',
    choose: (name) => `Choose: ${name}`,
    toResults: 'Review results',
    toDocuments: 'Publish documents',
    toLog: 'Access log',
    conclusion: 'Conclusion',
    day: 'Publish on (empty: now)',
    explanation: 'Explanation for the patient',
    publish: 'Publish',
    withdraw: 'Withdraw',
    invite: 'Invite patients',
    count: 'Dry run: count only',
    invitations: 'Invitations',
    send: 'Send the invitations',
    again: 'Also who was invited in the last 12 months',
    wouldGet: /^(\d+) patients would get the letter/,
    get: /^(\d+) patients get the letter/,
    tooYoung: 'too young',
    noAddress: 'no e-mail address',
    invitedBefore: 'invited in the last 12 months',
    introduction: 'Introduction and requests',
    withoutEid: 'Signing up an e-mail address without DigiD',
    save: 'Save',
    toAccounts: 'E-mail addresses',
    number: 'Number of the patient in the HIS',
    link: 'Link',
    linkedLetter: /gekoppeld/,
    unnamed: 'the episode has neither title nor ICPC code',
    deliveryOf: 'Delivery of',
    allDeliveries: 'All deliveries',
    letThrough: 'Let through',
    looked: 'I have checked that this is right',
    wasLetThrough: 'Let through on',
    extract: 'Make the extraction now',
    format: 'File',
  },
};

export const staffWords = (visitor) => STAFF_TEXTS[visitor.lang];

/** A page of the console carries no logo of MedMij: it is the practice's own. */
export const checkStaffPage = (visitor, name, title, more = {}) =>
  checkPage(visitor, name, { title, logos: false, ...more });

/** An employee with a browser of their own, logged in. */
export async function comeToWork(world, story, employee) {
  const visitor = await Visitor.arrive(world, story);
  const t = staffWords(visitor);
  await visitor.page.goto(world.demo.console);
  await speak(visitor);
  await act(visitor, t.login);
  await write(visitor, t.employee, employee);
  await act(visitor, t.login);
  return visitor;
}

/** From any page to the dossier of this patient. */
export async function openDossier(visitor, { last, id }) {
  const t = staffWords(visitor);
  await visitor.page.goto(visitor.world.demo.console);
  await write(visitor, t.search, `${last} ${id}`);
  await act(visitor, t.find);
  return follow(visitor, last);
}

/** Follows the first link with these words in it; its whole text. */
export async function follow(visitor, part) {
  const name = await visitor.page.locator('main a').filter({ hasText: part }).first().innerText();
  await act(visitor, name);
  return name;
}
