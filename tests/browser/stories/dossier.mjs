// A dossier from the request to the PGO: asked for, previewed, released without an episode and a line, and collected exactly so.

import { act, tick } from '../lib/hands.mjs';
import { wordsOf } from '../lib/collect.mjs';
import { checkPage } from '../lib/page.mjs';
import { SAID, comeFromPgo, comeHome, dossier as records, linkPgo } from '../lib/patients.mjs';
import { checkStaffPage, comeToWork, follow, staffWords } from '../lib/staff.mjs';
import { words } from '../lib/steps.mjs';

const NAMES = { nl: { first: 'Klaas', last: 'Kersenboom' }, en: { first: 'Pien', last: 'Perenboom' } };

export async function dossier(world, story) {
  const person = NAMES[story.lang];
  const patient = { ...person, ...(await world.his.deliver({ ...person, records: records({ open: false }) })) };
  await ask(world, story, patient);
  await refusedBefore(world, story, patient);
  const released = await release(world, story, patient);
  const collector = await linkPgo(world, story, patient);
  await expectExactly(world, story, released, await collector.record());
  await seenAtHome(world, story, patient, released);
}

async function ask(world, story, patient) {
  const visitor = await comeHome(world, story, patient);
  const { my } = words(visitor);
  await checkPage(visitor, 'not-asked', { title: my.start(world.practice) });
  await act(visitor, my.ask);
  const said = await visitor.page.getByRole('status').innerText();
  world.report.expect(story.where, 'the request is received', said === my.asked, said);
  await checkPage(visitor, 'asked', { title: my.start(world.practice) });
  await visitor.leave();
}

/** Nobody has released anything yet: the PGO gets nothing. */
async function refusedBefore(world, story, patient) {
  const visitor = await comeFromPgo(world, story, patient);
  await checkPage(visitor, 'before', { title: words(visitor).unavailable });
  await visitor.leave();
}

/** The assistant finds the request, unticks an episode and a line, and releases; what is ticked, in the words of the HIS. */
async function release(world, story, patient) {
  const visitor = await comeToWork(world, story, 'e3');
  const { page } = visitor;
  const t = staffWords(visitor);
  await checkStaffPage(visitor, 'list', t.list);
  const name = await follow(visitor, patient.last);
  await checkStaffPage(visitor, 'preview', name);
  const offered = await boxes(page);
  const all = offered.length === 7 && offered.every(({ checked }) => checked);
  world.report.expect(story.where, 'every episode, procedure and line is offered, and ticked', all, offered);
  for (const value of [`episode:${patient.id}-ep2`, `entry:${patient.id}-c1-1#1`]) {
    await tick(visitor, offered.find((box) => box.value === value).label, false);
  }
  const ticked = (await boxes(page)).filter(({ checked }) => checked).map(({ value }) => value);
  world.report.expect(story.where, 'an episode and a line are unticked', ticked.length === 5, ticked);
  await checkStaffPage(visitor, 'unticked', name);
  await act(visitor, t.release);
  const said = await page.getByRole('status').first().innerText();
  world.report.expect(story.where, 'the release is confirmed', said === t.saved, said);
  await checkStaffPage(visitor, 'released', name);
  const released = shownBy(ticked, patient.id);
  await expectPreview(visitor, released);
  await visitor.leave();
  return released;
}

const boxes = (page) =>
  page.locator('input[name=show]').evaluateAll((all) =>
    all.map(({ value, checked, labels }) => ({ value, checked, label: labels[0].textContent.trim() })),
  );

/** The words of what is ticked. The lines of an episode that is hidden are hidden with it (R-SP-05). */
function shownBy(ticked, id) {
  const said = {
    [`episode:${id}-ep1`]: SAID.knee,
    [`episode:${id}-ep2`]: SAID.sleep,
    [`treatment:${id}-tr1`]: SAID.mole,
    [`entry:${id}-c1-1#0`]: SAID.kneeE,
    [`entry:${id}-c1-1#1`]: SAID.kneeP,
    [`entry:${id}-c1-2#0`]: SAID.sleepE,
    [`entry:${id}-c1-2#1`]: SAID.sleepP,
  };
  const follows = (value) => value.startsWith(`entry:${id}-c1-2`) && !ticked.includes(`episode:${id}-ep2`);
  return ticked.filter((value) => !follows(value)).map((value) => said[value]).toSorted();
}

/** Everything else that the dossier says. */
const withheldBeside = (released) => Object.values(SAID).filter((text) => !released.includes(text));

async function expectPreview(visitor, released) {
  const { page, world, story } = visitor;
  const heading = page.getByRole('heading', { name: staffWords(visitor).asSeen });
  const parts = heading.locator('xpath=following-sibling::details[.//table[count(.//th)=1]]');
  const text = (await parts.evaluateAll((all) => all.map((one) => one.textContent))).join('\n');
  const missing = released.filter((said) => !text.includes(said));
  const extra = withheldBeside(released).filter((said) => text.includes(said));
  const isRight = missing.length === 0 && extra.length === 0;
  world.report.expect(story.where, 'the preview shows what is ticked and nothing else', isRight, { missing, extra });
}

async function expectExactly(world, story, released, resources) {
  const collected = wordsOf(resources);
  const isSame = JSON.stringify(collected) === JSON.stringify(released);
  world.report.expect(story.where, 'the PGO collects exactly the ticked set', isSame, { collected, released });
  const everything = JSON.stringify(resources);
  const leaked = withheldBeside(released).filter((said) => everything.includes(said));
  world.report.expect(story.where, 'nothing that is not ticked stands anywhere in it', leaked.length === 0, leaked);
}

async function seenAtHome(world, story, patient, released) {
  const visitor = await comeHome(world, story, patient);
  const { page } = visitor;
  const { my } = words(visitor);
  await checkPage(visitor, 'open', { title: my.start(world.practice) });
  await act(visitor, my.data);
  const sections = await page.locator('.sections a').allInnerTexts();
  let text = '';
  for (const name of sections) {
    await act(visitor, name);
    text += await page.locator('main').innerText();
    await act(visitor, my.section);
  }
  const missing = released.filter((said) => !text.includes(said));
  const extra = withheldBeside(released).filter((said) => text.includes(said));
  const isRight = missing.length === 0 && extra.length === 0;
  world.report.expect(story.where, 'the own pages show the same', isRight, { missing, extra });
  await visitor.leave();
}
