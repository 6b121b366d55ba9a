// An e-mail address for notices: set by who logs in, confirmed by the link in a letter; and signed up without an eID, and linked.

import { Visitor } from '../lib/browser.mjs';
import { act, choose, unfold, write, writeDay } from '../lib/hands.mjs';
import { checkPage } from '../lib/page.mjs';
import { comeHome, dossier } from '../lib/patients.mjs';
import { checkStaffPage, comeToWork, staffWords } from '../lib/staff.mjs';
import { speakBeforehand, words } from '../lib/steps.mjs';

const PEOPLE = {
  nl: [
    { first: 'Bram', last: 'Berkenhof', address: 'bram.berkenhof@voorbeeld.example' },
    { first: 'Greet', last: 'Gagel', address: 'greet.gagel@voorbeeld.example' },
  ],
  en: [
    { first: 'Fenna', last: 'Fuchsia', address: 'fenna.fuchsia@voorbeeld.example' },
    { first: 'Koos', last: 'Klimop', address: 'koos.klimop@voorbeeld.example' },
  ],
};
const LINK = /https:\/\/\S+\/email\/confirm\?token=\S+/;

export async function addresses(world, story) {
  const born = await world.around.day(-365 * 40);
  const people = [];
  for (const { address, ...person } of PEOPLE[story.lang]) {
    const known = await world.his.deliver({ ...person, born, records: dossier({ open: true }) });
    people.push({ ...person, address, ...known, born });
  }
  const [own, other] = people;
  await setOwn(world, story, own);
  await allowSigningUp(world, story);
  await signUp(world, story, { ...other, taken: own.address });
  await link(world, story, other);
}

/** An address that is none is refused; the right one counts when the link was followed, which logs nobody in. */
async function setOwn(world, story, person) {
  const visitor = await comeHome(world, story, person);
  const { page } = visitor;
  const { email } = words(visitor);
  await act(visitor, email.title);
  await checkPage(visitor, 'own', { title: email.title });
  await write(visitor, email.address, 'bram');
  await page.locator('input[name=email]').evaluate((input) => input.form.setAttribute('novalidate', ''));
  await act(visitor, email.set);
  await checkPage(visitor, 'own-fault', { title: email.title, status: 422 });
  await write(visitor, email.address, person.address);
  await act(visitor, email.set);
  await checkPage(visitor, 'own-sent', { title: email.title });
  await confirm(visitor, person);
  await page.goto(world.demo.my);
  await act(visitor, email.title);
  const said = await page.locator('dl').innerText();
  world.report.expect(story.where, 'the address is confirmed', email.confirmed.test(said), said);
  await checkPage(visitor, 'own-confirmed', { title: email.title });
  await visitor.leave();
}

/** Opens the link of the last letter to this person, and says yes. */
async function confirm(visitor, { address }) {
  const { page, world, story } = visitor;
  const { email } = words(visitor);
  const { text } = await world.around.letterTo(address, LINK);
  world.report.expect(story.where, 'the letter names the practice', text.includes(world.practice), text);
  const [place] = text.match(LINK);
  await page.goto(place);
  await checkPage(visitor, 'confirm', { title: email.confirmTitle, practice: false });
  await act(visitor, email.confirm);
  await checkPage(visitor, 'confirmed', { title: email.done });
  const answer = await page.goto(place);
  world.report.expect(story.where, 'the page behind the link only asks', answer.status() === 200, answer.status());
  await act(visitor, email.confirm);
  await checkPage(visitor, 'used', { title: email.unknown, practice: false, status: 404 });
}

/** As shipped nobody signs up without an eID: the practice switches that on. */
async function allowSigningUp(world, story) {
  const visitor = await comeToWork(world, story, 'e1');
  const t = staffWords(visitor);
  await visitor.page.goto(`${world.console}/settings`);
  await unfold(visitor, t.introduction);
  await write(visitor, t.withoutEid, 'true');
  await act(visitor, t.save);
  await checkStaffPage(visitor, 'allowed', t.settings);
  await visitor.leave();
}

async function signUp(world, story, person) {
  const visitor = await Visitor.arrive(world, story);
  const { page } = visitor;
  const { email } = words(visitor);
  await speakBeforehand(visitor);
  await page.goto(`${world.front}/register`);
  await checkPage(visitor, 'register', { title: email.register, practice: false });
  await act(visitor, email.signUp);
  await checkPage(visitor, 'register-fault', { title: email.register, practice: false, status: 422 });
  await choose(visitor, email.practice, world.practice);
  await write(visitor, email.name, `${person.first} ${person.last}`);
  await writeDay(visitor, email.birth, person.born);
  await write(visitor, email.phone, '0600000000');
  await write(visitor, email.address, person.address);
  await act(visitor, email.signUp);
  await checkPage(visitor, 'register-sent', { title: email.look });
  await confirm(visitor, person);
  await visitor.leave();
}

/** The desk sees who signed up, and links them to the patient with this number. */
async function link(world, story, person) {
  const visitor = await comeToWork(world, story, 'e3');
  const { page } = visitor;
  const t = staffWords(visitor);
  await act(visitor, t.toAccounts);
  await unfold(visitor, `${person.first} ${person.last}`);
  await checkStaffPage(visitor, 'waiting', t.accounts);
  await write(visitor, t.number, person.id);
  await act(visitor, t.link);
  const waits = await page.locator('summary').filter({ hasText: person.last }).count();
  world.report.expect(story.where, 'who is linked waits no longer', waits === 0, waits);
  const { subject } = await world.around.letterTo(person.address, t.linkedLetter);
  world.report.expect(story.where, 'the person is told', subject.length > 0, subject);
  await checkStaffPage(visitor, 'linked', t.accounts);
  await visitor.leave();
}
