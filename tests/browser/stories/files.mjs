// Files that people take along: the extraction as a spreadsheet, and the access log as PDF, both read by readers of others.

import readSheet from 'read-excel-file/node';

import { act, choose, download } from '../lib/hands.mjs';
import { comeHome, dossier, linkPgo } from '../lib/patients.mjs';
import { pdfText } from '../lib/pdf.mjs';
import { checkStaffPage, comeToWork, openDossier, staffWords } from '../lib/staff.mjs';
import { words } from '../lib/steps.mjs';
import { written } from '../lib/surroundings.mjs';

const PEOPLE = {
  nl: { sheet: { first: 'Guus', last: 'Goudenregen' }, log: { first: 'Iris', last: 'Ieplaan' } },
  en: { sheet: { first: 'Kato', last: 'Katwilg' }, log: { first: 'Rens', last: 'Robinia' } },
};

export async function extraction(world, story) {
  const person = PEOPLE[story.lang].sheet;
  const born = '1961-04-30';
  const known = await world.his.deliver({ ...person, born, records: dossier({ open: true }) });
  await linkPgo(world, story, known);
  const visitor = await comeToWork(world, story, 'e1');
  const { page } = visitor;
  const t = staffWords(visitor);
  await page.goto(`${world.console}/reports`);
  await checkStaffPage(visitor, 'reports', t.reports);
  const columns = await page.locator('fieldset').first().locator('label').allInnerTexts();
  const patients = Number(await page.locator('dl.facts dd').first().innerText());
  const file = await download(visitor, t.extract);
  world.report.expect(story.where, 'the file is called a spreadsheet', file.name === 'dossiers.xlsx', file.name);
  const rows = await sheet(file.bytes);
  const isHead = JSON.stringify(rows[0]) === JSON.stringify(columns);
  world.report.expect(story.where, 'its head is the columns that were chosen', isHead, rows[0]);
  world.report.expect(story.where, 'it has a row for each patient', rows.length - 1 === patients, rows.length - 1);
  const row = rows.find(([number]) => number === known.id) ?? [];
  const linked = story.lang === 'nl' ? ['ja', '1'] : ['yes', '1'];
  const facts = [known.name, written(born), ...linked].filter((fact) => !row.includes(fact));
  world.report.expect(story.where, 'a row says what the practice knows', facts.length === 0, row);
  await choose(visitor, t.format, 'CSV');
  const other = await download(visitor, t.extract);
  const isSame = JSON.stringify(commas(other.bytes.toString('utf8'))) === JSON.stringify(rows);
  world.report.expect(story.where, 'as CSV it says the same', isSame, other.bytes.toString('utf8').slice(0, 200));
  await visitor.leave();
}

/** The rows of the first sheet, as texts. */
async function sheet(bytes) {
  const [{ data }] = await readSheet(bytes);
  return data.map((row) => row.map((cell) => (cell === null ? '' : String(cell))));
}

/** Rows of RFC 4180, in which a quote within quotes is doubled. */
function commas(text) {
  const lines = text.replace(/^\uFEFF/, '').trimEnd().split(/\r?\n/);
  const cells = (line) => [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)];
  return lines.map((line) => cells(line).map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain));
}

export async function logAsPdf(world, story) {
  const person = PEOPLE[story.lang].log;
  const patient = { ...person, ...(await world.his.deliver({ ...person, records: dossier({ open: true }) })) };
  const collector = await linkPgo(world, story, patient);
  await collector.record();
  const staff = await comeToWork(world, story, 'e4');
  await openDossier(staff, patient);
  await staff.leave();
  const visitor = await comeHome(world, story, patient);
  const { my } = words(visitor);
  await act(visitor, my.log);
  const rows = await visitor.page.locator('.log li').evaluateAll((all) =>
    all.map((one) => [one.querySelector('time'), ...one.querySelectorAll('dd')].map((part) => part.textContent.trim())),
  );
  const names = [world.pgo, 'N. Elzinga'].filter((name) => !rows.flat().some((text) => text.includes(name)));
  world.report.expect(story.where, 'the log names the PGO and the nurse', names.length === 0, names);
  const { bytes, name } = await download(visitor, my.pdf);
  world.report.expect(story.where, 'the file is called a PDF', name.endsWith('.pdf'), name);
  // Within a cell a text may go on in the next line.
  const bare = (text) => text.replace(/\s/g, '');
  const text = bare(await pdfText(bytes));
  const missing = rows.flat().filter((part) => !text.includes(bare(part)));
  const isWhole = rows.length > 5 && missing.length === 0;
  world.report.expect(story.where, 'the PDF says all that the page says', isWhole, { rows: rows.length, missing });
  await visitor.leave();
}
