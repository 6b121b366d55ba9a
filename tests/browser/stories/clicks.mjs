// Whoever comes for the first time finds what matters most within three clicks from the start page, by visible text alone.

import { act, named, unfold, write } from '../lib/hands.mjs';
import { comeHome, dossier } from '../lib/patients.mjs';
import { checkPage } from '../lib/page.mjs';
import { checkStaffPage, comeToWork, staffWords } from '../lib/staff.mjs';
import { words } from '../lib/steps.mjs';

const NAMES = { nl: { first: 'Fien', last: 'Fluweelboom' }, en: { first: 'Ties', last: 'Treurwilg' } };
const MOST = 3;

export async function threeClicks(world, story) {
  const person = NAMES[story.lang];
  const patient = { ...person, ...(await world.his.deliver({ ...person, records: dossier({ open: true }) })) };
  await hideEpisode(world, story, patient);
  await whoLooked(world, story, patient);
  await whoHasSeen(world, story, patient);
}

/** The work list, the dossier that was searched for, its episodes: there the button stands. */
async function hideEpisode(world, story, patient) {
  const visitor = await comeToWork(world, story, 'e1');
  const { page } = visitor;
  const t = staffWords(visitor);
  const name = await toDossier(visitor, patient);
  await unfold(visitor, t.episodes);
  const label = await page.locator('main button').filter({ hasText: t.hide, visible: true }).first().innerText();
  const clicks = ['search', 'dossier', 'episodes'].length;
  const isFound = clicks <= MOST && (await named(page, label).isVisible());
  world.report.expect(story.where, 'an episode can be hidden after three clicks', isFound, label);
  await checkStaffPage(visitor, 'episodes', name);
  await visitor.leave();
}

async function whoLooked(world, story, patient) {
  const visitor = await comeToWork(world, story, 'e1');
  const t = staffWords(visitor);
  const name = await toDossier(visitor, patient);
  await act(visitor, t.toLog);
  await checkStaffPage(visitor, 'log', `${name} – ${t.log}`);
  await visitor.leave();
}

/** Two clicks. */
async function toDossier(visitor, { last }) {
  const t = staffWords(visitor);
  await write(visitor, t.search, last);
  await act(visitor, t.find);
  const name = await visitor.page.locator('main a').filter({ hasText: last }).first().innerText();
  await act(visitor, name);
  return name;
}

/** One click. */
async function whoHasSeen(world, story, patient) {
  const visitor = await comeHome(world, story, patient);
  const { my } = words(visitor);
  await act(visitor, my.log);
  await checkPage(visitor, 'seen', { title: my.log });
  await visitor.leave();
}
