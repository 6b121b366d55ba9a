// What a person does with a page, by mouse or by keyboard: a story is the same with either.

import { readFile } from 'node:fs/promises';

import { tabTo } from './keys.mjs';

/** Nobody is asked to press Tab more often than this on one page. */
const MOST_STOPS = 150;

/** Stories are told by mouse in Dutch and by keyboard in English: pages differ by nothing but their words. */
export const handsOf = (lang) => (lang === 'en' ? 'keyboard' : 'mouse');

const byKeyboard = (visitor) => handsOf(visitor.lang) === 'keyboard';

/** Presses the button, or follows the link, with this text; done when the next page is there. */
export async function act(visitor, name, key = 'Enter') {
  const { page } = visitor;
  const next = () => page.waitForNavigation({ waitUntil: 'load' });
  if (byKeyboard(visitor)) {
    await tabTo(visitor, name, MOST_STOPS);
    await Promise.all([next(), page.keyboard.press(key)]);
    return;
  }
  await Promise.all([next(), named(page, name).click()]);
}

/** The first button or link with this text that can be seen. */
export function named(page, name) {
  const button = page.getByRole('button', { name, exact: true });
  const link = page.getByRole('link', { name, exact: true });
  return button.or(link).filter({ visible: true }).first();
}

/** Writes into the field with this label, in place of what stands there. */
export async function write(visitor, label, text) {
  const { page } = visitor;
  if (!byKeyboard(visitor)) {
    await field(page, label).fill(text);
    return;
  }
  await tabTo(visitor, label, MOST_STOPS);
  await page.keyboard.press('ControlOrMeta+A');
  await page.keyboard.type(text);
}

/** Gives a day (YYYY-MM-DD) in a field for one. */
export async function writeDay(visitor, label, day) {
  const { page } = visitor;
  const input = field(page, label);
  if (!byKeyboard(visitor)) {
    await input.fill(day);
    return;
  }
  // In which order day and month are typed is the browser's choice, not the page's.
  const [year, month, date] = day.split('-');
  await tabTo(visitor, label, MOST_STOPS);
  for (const digits of [`${date}${month}${year}`, `${month}${date}${year}`]) {
    await page.keyboard.type(digits);
    if ((await input.inputValue()) === day) return;
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
  }
  throw new Error(`"${label}" takes no day by keyboard`);
}

/** Ticks the box with this label, or takes the tick away. */
export async function tick(visitor, label, wanted) {
  const { page } = visitor;
  const box = page.getByLabel(label, { exact: true }).filter({ visible: true }).first();
  if (!byKeyboard(visitor)) {
    await box.setChecked(wanted);
    return;
  }
  if ((await box.isChecked()) === wanted) return;
  await tabTo(visitor, label, MOST_STOPS);
  await page.keyboard.press('Space');
}

/** Opens what stands behind a summary. */
export async function unfold(visitor, name) {
  const { page } = visitor;
  if (byKeyboard(visitor)) {
    await tabTo(visitor, name, MOST_STOPS);
    await page.keyboard.press('Enter');
    return;
  }
  await page.locator('summary').filter({ hasText: name }).first().click();
}

/** Presses the button, or follows the link, that gives a file; its bytes and its name. */
export async function download(visitor, name) {
  const { page } = visitor;
  const arriving = page.waitForEvent('download');
  // What goes wrong before is told by itself.
  arriving.catch(() => {});
  if (byKeyboard(visitor)) {
    await tabTo(visitor, name, MOST_STOPS);
    await page.keyboard.press('Enter');
  } else {
    await named(page, name).click();
  }
  const file = await arriving;
  return { bytes: await readFile(await file.path()), name: file.suggestedFilename() };
}

/** Chooses in the list with this label. */
export async function choose(visitor, label, option) {
  const { page } = visitor;
  if (byKeyboard(visitor)) {
    await tabTo(visitor, label, MOST_STOPS);
    await page.keyboard.type(option);
    return;
  }
  await field(page, label).selectOption({ label: option });
}

const field = (page, label) => page.getByLabel(label, { exact: true }).filter({ visible: true }).first();
