// The practice console: every page judged, and what somebody needs who has a keyboard only.

import { Visitor, inPage } from '../lib/browser.mjs';
import { tabAndPress, tabTo } from '../lib/keys.mjs';
import { STAFF_TEXTS, checkStaffPage } from '../lib/staff.mjs';
import { press, speak } from '../lib/steps.mjs';

const TEXTS = STAFF_TEXTS;
const check = checkStaffPage;

async function logIn(visitor, employee) {
  const { page, world } = visitor;
  const t = TEXTS[visitor.lang];
  await page.goto(world.demo.console);
  await speak(visitor);
  await check(visitor, 'login', t.staff);
  await press(visitor, t.login);
  await page.getByLabel(t.employee).fill(employee);
  await press(visitor, t.login);
}

/** What stands behind a summary is judged too. */
async function openAll(visitor) {
  await inPage(visitor.page, () => {
    for (const details of document.querySelectorAll('details')) details.open = true;
  });
}

async function findPatient(visitor) {
  const { page } = visitor;
  const t = TEXTS[visitor.lang];
  await page.getByLabel(t.search).fill('p1');
  await press(visitor, t.find);
  const link = page.locator('main td a').first();
  const name = await link.innerText();
  await Promise.all([page.waitForNavigation({ waitUntil: 'load' }), link.click()]);
  return name;
}

/** Every page, as its owner sees it. */
export async function consolePages(world, story) {
  const visitor = await Visitor.arrive(world, story);
  const { page } = visitor;
  const t = TEXTS[visitor.lang];
  await logIn(visitor, 'e1');
  await check(visitor, 'list', t.list);
  const name = await findPatient(visitor);
  await openAll(visitor);
  await check(visitor, 'dossier', name);
  const dossier = new URL(page.url()).pathname;
  for (const [path, words] of [['results', t.results], ['documents', t.documents], ['log', t.log]]) {
    await page.goto(`${world.console}${dossier}/${path}`);
    await openAll(visitor);
    await check(visitor, path, `${name} – ${words}`);
  }
  for (const path of ['settings', 'imports', 'rights', 'reports', 'reports/open', 'onboarding', 'invite', 'accounts', 'help', 'patients']) {
    await page.goto(`${world.console}/${path}`);
    await openAll(visitor);
    await check(visitor, path.replace('/', '-'), t[path]);
  }
  await press(visitor, t.out);
  await check(visitor, 'left', t.left);
  await visitor.leave();
}

/** Hides an episode and shows it again, and looks who has looked: three pages from the start, without a mouse. */
export async function consoleByKeyboard(world, story) {
  const visitor = await Visitor.arrive(world, story);
  const { page } = visitor;
  const t = TEXTS[visitor.lang];
  await logIn(visitor, 'e1');
  await tabTo(visitor, t.search);
  await page.keyboard.type('p1');
  await tabAndPress(visitor, t.find, 'Enter');
  const name = await page.locator('main td a').first().innerText();
  await tabAndPress(visitor, name, 'Enter');
  const dossier = page.url();
  await tabTo(visitor, t.episodes);
  await page.keyboard.press('Enter');
  const label = await page.locator('main details[open] button').filter({ hasText: t.hide }).first().innerText();
  await tabAndPress(visitor, label, 'Enter');
  const shown = label.replace(t.hide, t.show);
  const isHidden = await page.locator('main button').filter({ hasText: shown }).count();
  world.report.expect(story.where, 'an episode is hidden by keyboard', isHidden === 1, isHidden);
  await page.goto(dossier);
  await tabTo(visitor, t.episodes);
  await page.keyboard.press('Enter');
  await tabAndPress(visitor, shown, 'Enter');
  const isShown = await page.locator('main button').filter({ hasText: label }).count();
  world.report.expect(story.where, 'it is shown again by keyboard', isShown === 1, isShown);
  await visitor.leave();
}

/** An employee without the right is refused, in words. */
export async function consoleRefused(world, story) {
  const visitor = await Visitor.arrive(world, story);
  const { page } = visitor;
  const t = TEXTS[visitor.lang];
  await logIn(visitor, 'e3');
  await page.goto(`${world.console}/settings`);
  await check(visitor, 'denied', t.denied, { status: 403 });
  const entries = await page.locator('nav a').count();
  world.report.expect(story.where, 'a refusal offers no menu of what is not allowed', entries === 0, entries);
  await visitor.leave();
}
