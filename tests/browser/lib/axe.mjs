// Accessibility, judged by axe-core: WCAG 2.0, 2.1 and 2.2 at level A and AA, and best practices.

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

import { inPage } from './browser.mjs';

const SOURCE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa', 'best-practice'];

/** The faults axe finds, and how many rules it tried. */
export async function axeFaults(page) {
  await inPage(page, SOURCE);
  const { violations, incomplete, tried } = await inPage(page, run, TAGS);
  const undecided = incomplete.map((text) => `not decided by axe, look yourself: ${text}`);
  const faults = [...violations, ...undecided];
  if (tried < 60) faults.push(`axe tried no more than ${tried} rules`);
  return { faults, tried };
}

/** Runs inside the page. */
async function run(tags) {
  const options = {
    runOnly: { type: 'tag', values: tags },
    // Level AA of WCAG 2.2, but off unless asked for.
    rules: { 'target-size': { enabled: true } },
  };
  const results = await globalThis.axe.run(document, options);
  const places = ({ nodes }) => nodes.slice(0, 3).map((node) => node.target.join(' ')).join(', ');
  const text = (rule) => `${rule.id} (${rule.impact}): ${rule.help} – ${places(rule)}`;
  const { violations, incomplete, passes, inapplicable } = results;
  const tried = violations.length + incomplete.length + passes.length + inapplicable.length;
  return { violations: violations.map(text), incomplete: incomplete.map(text), tried };
}
