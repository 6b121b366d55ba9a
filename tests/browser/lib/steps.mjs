// Steps that stories share: what a person does with the mouse.

import { authorizeUrl } from './pgo.mjs';
import { TEXTS } from './texts.mjs';

export const words = (visitor) => TEXTS[visitor.lang];

export const button = (visitor, name, page = visitor.page) => page.getByRole('button', { name, exact: true });

/** Clicks, and is done when the next page is there. */
export async function press(visitor, name, page = visitor.page) {
  await Promise.all([page.waitForNavigation({ waitUntil: 'load' }), button(visitor, name, page).click()]);
}

/** Comes from the PGO, in the visitor's language; the request that was made. */
export async function openLanding(visitor, changes) {
  const request = authorizeUrl(visitor.world, changes);
  await visitor.page.goto(request.url);
  await speak(visitor);
  return request;
}

/** Changes to the visitor's language by the link at the foot of the page; Dutch is what one gets unasked. */
export async function speak(visitor) {
  const { page, lang } = visitor;
  if (lang === 'nl' || (await page.locator('html').getAttribute('lang')) === lang) return;
  const link = page.locator(`footer a[hreflang="${lang}"]`);
  await Promise.all([page.waitForNavigation({ waitUntil: 'load' }), link.click()]);
}

/** The language for pages that offer no link: it was chosen before, on one that does. */
export async function speakBeforehand(visitor) {
  if (visitor.lang === 'nl') return;
  await visitor.page.goto(visitor.world.demo.consents);
  await speak(visitor);
}

/** From the landing page through the simulator. */
export async function logIn(visitor, { bsn = visitor.world.bsn, level } = {}) {
  await press(visitor, words(visitor).login);
  await identify(visitor, { bsn, level });
}

/** Fills in the simulator's form. */
export async function identify(visitor, { bsn = visitor.world.bsn, level } = {}) {
  const { page } = visitor;
  await page.getByLabel(words(visitor).bsn).fill(bsn);
  if (level) await page.getByLabel(words(visitor).levelLabel).selectOption(level);
  await press(visitor, words(visitor).login);
}

/** From the PGO to the consent page. */
export async function goToConsent(visitor) {
  const request = await openLanding(visitor);
  await logIn(visitor);
  return request;
}

/** From `/consents` to the landing page of the practice: with one practice there is nothing to choose. */
export async function openConsents(visitor) {
  const { page, world } = visitor;
  await page.goto(world.demo.consents);
  await speak(visitor);
  const select = page.locator('select[name=practice]');
  if ((await select.count()) === 0) return;
  await select.selectOption(`${world.scope}@medmij`);
  await press(visitor, words(visitor).next);
}

/** Logs in to the overview. */
export async function goToOverview(visitor, bsn) {
  await openConsents(visitor);
  await logIn(visitor, { bsn });
}

/** Ids of the consents on the overview. */
export function listedConsents(visitor, page = visitor.page) {
  return page.locator('button[name=withdraw]').evaluateAll((all) => all.map((one) => one.value));
}

/** Waits until no navigation follows another any more, whatever the last page is. */
export async function settle(page, quietMs = 800) {
  let last = '';
  let since = Date.now();
  while (Date.now() - since < quietMs) {
    await page.waitForLoadState('load').catch(() => {});
    if (page.url() !== last || page.answer !== page.settledAnswer) since = Date.now();
    last = page.url();
    page.settledAnswer = page.answer;
    await new Promise((resume) => setTimeout(resume, 50));
  }
}
