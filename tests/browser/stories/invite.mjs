// Many patients are invited at once: counted first, then sent; the letters arrive and say nothing they should not.

import { act, tick } from '../lib/hands.mjs';
import { SAID, dossier } from '../lib/patients.mjs';
import { checkStaffPage, comeToWork, staffWords } from '../lib/staff.mjs';

const PEOPLE = {
  nl: [
    { first: 'Mila', last: 'Magnolia', email: 'mila.magnolia@voorbeeld.example' },
    { first: 'Sem', last: 'Sering', email: 'sem.sering@voorbeeld.example', young: true },
    { first: 'Dora', last: 'Douglas' },
  ],
  en: [
    { first: 'Noud', last: 'Notelaar', email: 'noud.notelaar@voorbeeld.example' },
    { first: 'Lara', last: 'Lariks', email: 'lara.lariks@voorbeeld.example', young: true },
    { first: 'Cas', last: 'Ceder' },
  ],
};
/** Half-second looks for letters, in a demo that posts every second. */
const LOOKS = 60;

export async function invitation(world, story) {
  const people = [];
  for (const { young, ...person } of PEOPLE[story.lang]) {
    const born = await world.around.day(young ? -365 * 15 : -365 * 40);
    const known = await world.his.deliver({ ...person, born, records: dossier({ open: false }) });
    people.push({ ...person, ...known, born, young });
  }
  const before = (await world.around.letters()).length;
  const visitor = await comeToWork(world, story, 'e3');
  const t = staffWords(visitor);
  await act(visitor, t.invitations);
  await checkStaffPage(visitor, 'invite', t.invite);
  const counted = await run(visitor, t.count, t.wouldGet);
  await checkStaffPage(visitor, 'counted', t.invite);
  await expectReasons(visitor, [t.tooYoung, t.noAddress]);
  const silent = (await world.around.letters()).length === before;
  world.report.expect(story.where, 'a dry run sends nothing', silent);
  const sent = await run(visitor, t.send, t.get);
  world.report.expect(story.where, 'as many get the letter as were counted', sent === counted && sent > 0, { counted, sent });
  await checkStaffPage(visitor, 'sent', t.invite);
  const letters = await arrived(world, before + sent);
  expectLetters(world, story, { letters: letters.slice(before), people, sent });
  await expectOnce(visitor, sent);
  await visitor.leave();
}

/** The number that the page tells. */
async function run(visitor, name, form) {
  await act(visitor, name);
  const said = await visitor.page.getByRole('status').innerText();
  const number = said.match(form)?.[1];
  if (number === undefined) throw new Error(`the page says "${said}"`);
  return Number(number);
}

async function expectReasons(visitor, reasons) {
  const { page, world, story } = visitor;
  const text = await page.locator('main table').innerText();
  const missing = reasons.filter((reason) => !text.includes(reason));
  world.report.expect(story.where, 'it says who is not invited, and why', missing.length === 0, missing);
}

/** Looks until as many letters have arrived. */
async function arrived(world, count) {
  for (let looks = 0; looks < LOOKS; looks += 1) {
    const letters = await world.around.letters();
    if (letters.length >= count) return letters;
    await new Promise((resume) => setTimeout(resume, 500));
  }
  throw new Error(`${count} letters do not arrive`);
}

function expectLetters(world, story, { letters, people, sent }) {
  const { report } = world;
  const recipients = letters.flatMap(({ to }) => to);
  const [invited, young] = people;
  const isRight = recipients.length === sent && recipients.includes(invited.email) && !recipients.includes(young.email);
  report.expect(story.where, 'the letters go to whom they are for, one each', isRight, recipients);
  const spared = ['://', 'www.', '<a', ...Object.values(SAID)];
  const personal = people.flatMap(({ bsn, last, born }) => [bsn, last, born]);
  for (const { subject, text } of letters) {
    const said = `${subject}\n${text}`;
    report.expect(story.where, 'the letter names the practice', said.includes(world.practice), said);
    const found = [...spared, ...personal].filter((part) => said.includes(part));
    report.expect(story.where, 'it holds nothing medical or personal, and no link', found.length === 0, found);
  }
}

/** Who was invited is not invited again within a year, unless that is asked for. */
async function expectOnce(visitor, sent) {
  const { world, story } = visitor;
  const t = staffWords(visitor);
  const now = await run(visitor, t.count, t.wouldGet);
  await expectReasons(visitor, [t.invitedBefore]);
  await tick(visitor, t.again, true);
  const again = await run(visitor, t.count, t.wouldGet);
  const isRight = now === 0 && again >= sent;
  world.report.expect(story.where, 'nobody is invited twice unasked', isRight, { now, again });
}
