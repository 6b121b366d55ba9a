// What depends on the time: a result that is shown from tomorrow nine o'clock, and a patient who turns sixteen.

import { act, tick, write, writeDay } from '../lib/hands.mjs';
import { wordsOf } from '../lib/collect.mjs';
import { checkPage } from '../lib/page.mjs';
import { SAID, comeFromPgo, comeHome, dossier, linkPgo } from '../lib/patients.mjs';
import { checkStaffPage, comeToWork, openDossier, staffWords } from '../lib/staff.mjs';
import { words } from '../lib/steps.mjs';
import { written } from '../lib/surroundings.mjs';

const PEOPLE = {
  nl: { result: { first: 'Rosa', last: 'Rozelaar' }, young: { first: 'Joris', last: 'Jeneverbes' } },
  en: { result: { first: 'Teun', last: 'Tamme-Kastanje' }, young: { first: 'Lieke', last: 'Lijsterbes' } },
};
const CONCLUSION = 'Geen tekort, u hoeft niets te doen.';

/** R-LAB-04: absent until the moment, present from it on. */
export async function resultTomorrow(world, story) {
  const person = PEOPLE[story.lang].result;
  const patient = { ...person, ...(await world.his.deliver({ ...person, records: dossier({ open: true }) })) };
  const collector = await linkPgo(world, story, patient);
  await publish(world, story, patient);
  await expectResult(world, story, { patient, collector, shown: false, when: 'today' });
  const nine = await world.around.at(1, '09:00:00');
  await world.around.pass(new Date(nine.getTime() - 90_000));
  await expectResult(world, story, { patient, collector, shown: false, when: 'just before nine' });
  await world.around.pass(nine);
  await expectResult(world, story, { patient, collector, shown: true, when: 'at nine' });
}

async function publish(world, story, patient) {
  const visitor = await comeToWork(world, story, 'e4');
  const { page } = visitor;
  const t = staffWords(visitor);
  const name = await openDossier(visitor, patient);
  await act(visitor, t.toResults);
  await checkStaffPage(visitor, 'results', `${name} – ${t.results}`);
  await tick(visitor, t.choose(SAID.result), true);
  await act(visitor, t.publish);
  await checkStaffPage(visitor, 'no-conclusion', t.refused, { status: 422 });
  await act(visitor, t.back);
  await tick(visitor, t.choose(SAID.result), true);
  await write(visitor, t.conclusion, CONCLUSION);
  const tomorrow = await world.around.day(1);
  await writeDay(visitor, t.day, tomorrow);
  await act(visitor, t.publish);
  const row = await page.locator('main tr').filter({ hasText: SAID.result }).innerText();
  const says = row.includes(`${written(tomorrow)} 09:00`);
  world.report.expect(story.where, 'the moment stands with the result', says, row);
  await checkStaffPage(visitor, 'planned', `${name} – ${t.results}`);
  await visitor.leave();
}

/** For the PGO and on the patient's own page alike. */
async function expectResult(world, story, { patient, collector, shown, when }) {
  const status = await collector.refresh();
  world.report.expect(story.where, `the PGO's access goes on ${when}`, status === 200, status);
  const collected = JSON.stringify(await collector.record());
  const heard = [SAID.result, CONCLUSION].filter((text) => collected.includes(text));
  const isRight = heard.length === (shown ? 2 : 0);
  world.report.expect(story.where, `the PGO has the result ${when}: ${shown}`, isRight, heard);
  const visitor = await comeHome(world, story, patient);
  const { my } = words(visitor);
  await act(visitor, my.data);
  if (shown) {
    await act(visitor, my.results);
    await checkPage(visitor, 'result', { title: my.results });
  }
  const text = await visitor.page.locator('main').innerText();
  const stands = shown ? text.includes(SAID.result) && text.includes(CONCLUSION) : !(await hasLink(visitor, my.results));
  world.report.expect(story.where, `the own page has it ${when}: ${shown}`, stands, text);
  await visitor.leave();
}

const hasLink = async ({ page }, name) => (await page.getByRole('link', { name, exact: true }).count()) > 0;

/** R-AG-01: refused on the last day of being fifteen, admitted from midnight in Amsterdam on. */
export async function sixteen(world, story) {
  const person = PEOPLE[story.lang].young;
  const birthday = await world.around.day(1);
  const born = `${Number(birthday.slice(0, 4)) - 16}${birthday.slice(4)}`;
  const records = dossier({ open: false });
  const patient = { ...person, ...(await world.his.deliver({ ...person, born, records })) };
  const midnight = await world.around.at(1, '00:00:00');
  await world.around.pass(new Date(midnight.getTime() - 90_000));
  await refused(world, story, patient);
  await world.around.pass(midnight);
  await admitted(world, story, patient);
  await release(world, story, patient);
  const collector = await linkPgo(world, story, patient);
  const collected = wordsOf(await collector.record());
  world.report.expect(story.where, 'who is sixteen collects', collected.includes(SAID.kneeE), collected);
}

async function refused(world, story, patient) {
  const fromPgo = await comeFromPgo(world, story, patient);
  await checkPage(fromPgo, 'fifteen-pgo', { title: words(fromPgo).unavailable });
  await fromPgo.leave();
  const visitor = await comeHome(world, story, patient);
  const { my, unavailable } = words(visitor);
  await checkPage(visitor, 'fifteen', { title: unavailable });
  const asks = await visitor.page.getByRole('button', { name: my.ask }).count();
  world.report.expect(story.where, 'who is fifteen cannot ask for access', asks === 0, asks);
  await visitor.leave();
}

async function admitted(world, story, patient) {
  const visitor = await comeHome(world, story, patient);
  const { my } = words(visitor);
  await checkPage(visitor, 'sixteen', { title: my.start(world.practice) });
  await act(visitor, my.ask);
  const said = await visitor.page.getByRole('status').innerText();
  world.report.expect(story.where, 'who is sixteen asks for access', said === my.asked, said);
  await visitor.leave();
}

async function release(world, story, patient) {
  const visitor = await comeToWork(world, story, 'e3');
  const t = staffWords(visitor);
  const name = await openDossier(visitor, patient);
  await act(visitor, t.release);
  await checkStaffPage(visitor, 'released', name);
  await visitor.leave();
}
