// A document is published with an explanation, and withdrawn; a consent is withdrawn while the PGO collects.

import { act, unfold, write } from '../lib/hands.mjs';
import { checkPage } from '../lib/page.mjs';
import { SAID, comeHome, dossier, linkPgo } from '../lib/patients.mjs';
import { checkStaffPage, comeToWork, openDossier, staffWords } from '../lib/staff.mjs';
import { words } from '../lib/steps.mjs';
import { pdfText } from '../lib/pdf.mjs';

const PEOPLE = {
  nl: { letter: { first: 'Ella', last: 'Eikenhorst' }, consent: { first: 'Berend', last: 'Beukelaar' } },
  en: { letter: { first: 'Otto', last: 'Olmenhof' }, consent: { first: 'Hanna', last: 'Haagbeuk' } },
};
const EXPLANATION = 'De orthopeed vindt geen schade aan uw knie.';
/** Requests at the same time, as a PGO sends them. */
const AT_ONCE = 4;

export async function documentPublished(world, story) {
  const person = PEOPLE[story.lang].letter;
  const patient = { ...person, ...(await world.his.deliver({ ...person, records: dossier({ open: true }) })) };
  const collector = await linkPgo(world, story, patient);
  const before = await collector.documents();
  world.report.expect(story.where, 'before it is published there is none', before.length === 0, before);
  const staff = await comeToWork(world, story, 'e3');
  await decide(staff, patient, { publish: true });
  const address = await expectCollected(world, story, collector);
  await expectAtHome(world, story, patient);
  await decide(staff, patient, { publish: false });
  await staff.leave();
  const after = await collector.documents();
  world.report.expect(story.where, 'once it is withdrawn there is none any more', after.length === 0, after);
  const { status } = await collector.get('DOC-R4', address, 'application/pdf');
  world.report.expect(story.where, 'nor can its bytes be had', status === 404, status);
  await expectGone(world, story, patient);
}

async function decide(visitor, patient, { publish }) {
  const { page, world, story } = visitor;
  const t = staffWords(visitor);
  const name = await openDossier(visitor, patient);
  await act(visitor, t.toDocuments);
  const summary = (await page.locator('summary').filter({ hasText: SAID.letter }).innerText()).trim();
  await unfold(visitor, summary);
  await checkStaffPage(visitor, publish ? 'document' : 'published', `${name} – ${t.documents}`);
  const told = await page.getByLabel(t.explanation).inputValue();
  const isTold = told === (publish ? '' : EXPLANATION);
  world.report.expect(story.where, 'the form holds the explanation that is given', isTold, told);
  if (publish) await write(visitor, t.explanation, EXPLANATION);
  await act(visitor, publish ? t.publish : t.withdraw);
  const said = await page.getByRole('status').first().innerText();
  world.report.expect(story.where, `the document is ${publish ? 'published' : 'withdrawn'}`, said === t.saved, said);
}

/** The PGO has the letter, its explanation, and a PDF that says what the HIS delivered as plain text; where its bytes are. */
async function expectCollected(world, story, collector) {
  const [found, ...more] = await collector.documents();
  const isOne = Boolean(found) && more.length === 0;
  if (!world.report.expect(story.where, 'the PGO has exactly one document', isOne, more.length)) return 'Binary/none';
  const explained = found.description === EXPLANATION;
  world.report.expect(story.where, 'the explanation goes with it', explained, found.description);
  const { url } = found.content[0].attachment;
  const address = url.slice(url.indexOf('Binary/'));
  const { bytes } = await collector.get('DOC-R4', address, 'application/pdf');
  const text = await pdfText(bytes);
  world.report.expect(story.where, 'it reads as the letter', text.includes('De knie is in orde.'), text);
  return address;
}

async function expectAtHome(world, story, patient) {
  const visitor = await comeHome(world, story, patient);
  const { page } = visitor;
  const { my } = words(visitor);
  await act(visitor, my.data);
  await act(visitor, my.documents);
  await checkPage(visitor, 'documents', { title: my.documents });
  const text = await page.locator('main').innerText();
  const isThere = text.includes(SAID.letter) && text.includes(EXPLANATION);
  world.report.expect(story.where, 'the own page has letter and explanation', isThere, text);
  await visitor.leave();
}

async function expectGone(world, story, patient) {
  const visitor = await comeHome(world, story, patient);
  const { my } = words(visitor);
  await act(visitor, my.data);
  const links = await visitor.page.getByRole('link', { name: my.documents, exact: true }).count();
  world.report.expect(story.where, 'the own pages have no document any more', links === 0, links);
  await visitor.leave();
}

/** R-CO-02: the PGO is in the middle of it; whatever it asks after the withdrawal is refused. */
export async function withdrawnMeanwhile(world, story) {
  const person = PEOPLE[story.lang].consent;
  const patient = { ...person, ...(await world.his.deliver({ ...person, records: dossier({ open: true }) })) };
  const collector = await linkPgo(world, story, patient);
  const visitor = await comeHome(world, story, patient);
  const t = words(visitor);
  await act(visitor, t.my.consents);
  await checkPage(visitor, 'consents', { title: t.overview(world.practice) });
  await act(visitor, t.withdraw(world.pgo));
  const collection = collectOn(collector);
  await collection.underway;
  await act(visitor, t.withdrawYes);
  collection.withdrawn();
  await checkPage(visitor, 'withdrawn', { title: t.overview(world.practice) });
  const answers = await collection.end();
  judge(world, story, answers);
  const refreshed = await collector.refresh();
  world.report.expect(story.where, 'no new access is given either', refreshed === 400, refreshed);
  const left = await visitor.page.getByRole('button', { name: t.withdraw(world.pgo) }).count();
  world.report.expect(story.where, 'no consent is left', left === 0, left);
  await visitor.leave();
}

/** Collects without a pause, several requests at once, until it is told to end. */
function collectOn(collector) {
  const answers = [];
  let isWithdrawn = false;
  let isOver = false;
  let begun;
  const underway = new Promise((resolve) => {
    begun = resolve;
  });
  const worker = async () => {
    while (!isOver) {
      const later = isWithdrawn;
      const { status, text } = await collector.get('HG-R4', 'Composition');
      answers.push({ status, later, whole: status !== 200 || text.includes(SAID.kneeE) });
      if (answers.length === AT_ONCE) begun();
    }
  };
  const workers = Array.from({ length: AT_ONCE }, worker);
  return {
    underway,
    withdrawn: () => {
      isWithdrawn = true;
    },
    end: async () => {
      isOver = true;
      await Promise.all(workers);
      return answers;
    },
  };
}

function judge(world, story, answers) {
  const { report } = world;
  const before = answers.filter(({ later }) => !later);
  const after = answers.filter(({ later }) => later);
  const served = before.filter(({ status }) => status === 200).length;
  report.expect(story.where, 'the PGO was collecting', served >= AT_ONCE, served);
  const odd = answers.filter(({ status, whole }) => ![200, 401].includes(status) || !whole);
  report.expect(story.where, 'every answer is whole, or a refusal', odd.length === 0, odd);
  const refused = after.length >= AT_ONCE && after.every(({ status }) => status === 401);
  const found = [...new Set(after.map(({ status }) => status))];
  report.expect(story.where, 'whatever is asked afterwards is refused', refused, found);
}
