// The patients stories are about, each with a small dossier, and the steps they share.

import { Visitor } from './browser.mjs';
import { Collector } from './collect.mjs';
import { act, tick, write } from './hands.mjs';
import { letter } from './his.mjs';
import { expectAtPgo } from './pgo.mjs';
import { openLanding, speak, words } from './steps.mjs';

/** What the dossier says: each text occurs in no other dossier. */
export const SAID = {
  knee: 'Knieklachten rechts',
  sleep: 'Slaapproblemen na verhuizing',
  mole: 'Verwijderen moedervlek rug',
  kneeE: 'Overbelasting van de rechterknie.',
  kneeP: 'Rust, over drie weken terug.',
  sleepE: 'Inslaapstoornis door spanning.',
  sleepP: 'Adviezen voor slapen meegegeven.',
  result: 'Vitamine D',
  letter: 'Brief orthopedie',
};

/** A record that nobody has asked for yet, or that is open since long. */
export function dossier({ open }) {
  return (days, of) => [
    ['release', 'rel', open ? { state: 'open', opened_at: days.at(-300, '10:00:00'), mode: 'manual' } : { state: 'none' }],
    ['episode', 'ep1', episode(SAID.knee, 'L15', days.day(-60))],
    ['episode', 'ep2', episode(SAID.sleep, 'P06', days.day(-60))],
    ['contact', 'c1', { start: days.at(-20, '10:00:00'), kind: 'consult', with_patient: true, carer: 'e4' }],
    ['entry', 'c1-1', entry(of('c1'), 1, of('ep1'), SAID.kneeE, SAID.kneeP)],
    ['entry', 'c1-2', entry(of('c1'), 2, of('ep2'), SAID.sleepE, SAID.sleepP)],
    ['treatment', 'tr1', { code_text: SAID.mole, date: days.day(-400), visible: true }],
    ['observation', 'o1', result(days, of('ep1'))],
    ...letter(of, 'd1', { kind: 'specialist_letter', title: SAID.letter, date: days.day(-9), received: days.day(-8), published: false }, 'De knie is in orde.'),
  ];
}

/** An open episode that may be shown. */
export const episode = (title, icpc, start) => ({ title, icpc, start, status: 'open', attention: 'no', visible: true });

const entry = (contact, seq, of, evaluation, plan) => ({
  contact,
  seq,
  episodes: [of],
  lines: [
    { k: 'E', text: evaluation },
    { k: 'P', text: plan },
  ],
});

/** Of an episode of the nurse who saw the patient, who therefore may publish it. */
const result = (days, episode) => ({
  episodes: [episode],
  name: SAID.result,
  date: days.day(-2),
  value_type: 'q',
  value: '61',
  unit: 'nmol/L',
  status: 'final',
  flag: 'N',
  release: { state: 'received' },
});

/** A patient with a browser of their own, logged in to the own pages. */
export async function comeHome(world, story, { bsn }) {
  const visitor = await Visitor.arrive(world, story);
  const t = words(visitor);
  await visitor.page.goto(world.demo.my);
  await speak(visitor);
  await act(visitor, t.login);
  await write(visitor, t.bsn, bsn);
  await act(visitor, t.login);
  return visitor;
}

/** A patient who comes from the PGO and logs in; where that leads is told by the page. */
export async function comeFromPgo(world, story, { bsn }) {
  const visitor = await Visitor.arrive(world, story);
  const t = words(visitor);
  visitor.request = await openLanding(visitor);
  await act(visitor, t.login);
  await write(visitor, t.bsn, bsn);
  await act(visitor, t.login);
  return visitor;
}

/** Consent for an indefinite time, and what the PGO's server has then. */
export async function linkPgo(world, story, patient) {
  const visitor = await comeFromPgo(world, story, patient);
  const t = words(visitor);
  await tick(visitor, t.indefinite, true);
  await act(visitor, t.give);
  const { code } = await expectAtPgo(visitor, visitor.request, {});
  await visitor.leave();
  return Collector.exchange(world, code);
}
