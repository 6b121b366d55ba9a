// Pages opened out of turn, forms that are not ours, addresses that do not exist.

import { Visitor, inPage } from '../lib/browser.mjs';
import { checkPage } from '../lib/page.mjs';
import { expectAtPgo } from '../lib/pgo.mjs';
import { goToConsent, openConsents, openLanding, press, settle, speakBeforehand, words } from '../lib/steps.mjs';

const LOCALES = { nl: 'nl-NL', en: 'en-GB' };

export async function noSession(world, story) {
  const visitor = await Visitor.arrive(world, story);
  await speakBeforehand(visitor);
  await visitor.context.clearCookies({ name: '__Host-dvza' });
  const paths = ['landing', 'consent', 'cancelled', 'unavailable', 'login/return', 'login/simulator'];
  for (const path of [...paths, 'consents/withdraw?consent=00000000-0000-0000-0000-000000000000']) {
    await visitor.page.goto(`${world.front}/${path}`);
    const name = path.replace(/\?.*/, '').replace('/', '-');
    await checkPage(visitor, name, { title: words(visitor).expired, status: 400, practice: false });
  }
  await visitor.leave();
}

/** The token of the form is changed on the way: nothing happens, and the page says so. */
export async function forgedForm(world, story) {
  const visitor = await Visitor.arrive(world, story);
  const t = words(visitor);
  await openLanding(visitor);
  await forge(visitor);
  await press(visitor, t.login);
  await checkPage(visitor, 'landing', { title: t.forged, status: 403, practice: false });
  const request = await goToConsent(visitor);
  await forge(visitor);
  await press(visitor, t.give);
  await checkPage(visitor, 'consent', { title: t.forged, status: 403, practice: false });
  await expectNothingChanged(visitor);
  await visitor.page.goto(`${world.front}/consent`);
  await press(visitor, t.refuse);
  await expectAtPgo(visitor, request, { error: 'access_denied' });
  await visitor.leave();
}

async function forge(visitor) {
  await inPage(visitor.page, () => {
    document.querySelector('input[name=csrf]').value = 'A'.repeat(43);
  });
}

async function expectNothingChanged(visitor) {
  const { page, world, story } = visitor;
  const text = await page.locator('main').innerText();
  const isSaid = text.includes(words(visitor).nothingChanged);
  world.report.expect(story.where, 'the page says that nothing changed', isSaid, text);
  world.report.expect(story.where, 'no code was given', visitor.codes.size === 0, visitor.codes.size);
}

/** A form on a page of the PGO that gives consent in the patient's name. */
export async function foreignForm(world, story) {
  // No cookie of ours comes along with such a form, not even the language's.
  const visitor = await Visitor.arrive(world, story, { locale: LOCALES[story.lang] });
  const t = words(visitor);
  const { page } = visitor;
  await goToConsent(visitor);
  const csrf = await page.locator('input[name=csrf]').inputValue();
  await page.goto(world.demo.pgo.redirect_uri);
  await inPage(page, addForm, `${world.front}/consent`, csrf);
  await press(visitor, 'Win a prize');
  await checkPage(visitor, 'consent', { title: t.forged, status: 403, practice: false });
  await expectNothingChanged(visitor);
  await expectNoFrame(visitor);
  await visitor.leave();
}

/** Runs inside the page of the PGO. */
function addForm(action, csrf) {
  const form = Object.assign(document.createElement('form'), { action, method: 'post' });
  for (const [name, value] of Object.entries({ csrf, decision: 'give', indefinite: 'yes' })) {
    form.append(Object.assign(document.createElement('input'), { type: 'hidden', name, value }));
  }
  form.append(Object.assign(document.createElement('button'), { textContent: 'Win a prize' }));
  document.body.append(form);
}

/** A page of ours within another's page could be covered, and clicked unknowingly. */
async function expectNoFrame(visitor) {
  const { page, world, story } = visitor;
  await page.goto(world.demo.pgo.redirect_uri);
  await inPage(page, (src) => {
    document.body.append(Object.assign(document.createElement('iframe'), { src }));
  }, `${world.front}/consent`);
  await settle(page);
  const address = page.frames()[1].url();
  const isRefused = address.startsWith('chrome-error:');
  world.report.expect(story.where, 'no page of ours is shown in a frame', isRefused, address);
  // That the browser refused the frame is what it complains about.
  visitor.takeComplaints();
}

export async function unknownAddress(world, story) {
  const visitor = await Visitor.arrive(world, story);
  await speakBeforehand(visitor);
  const paths = { nothing: 'nothing', slash: 'consents/', static: 'static/', markup: 'x?a=<b>' };
  for (const [name, path] of Object.entries(paths)) {
    await visitor.page.goto(`${world.front}/${path}`);
    await checkPage(visitor, name, { title: words(visitor).missing, status: 404, practice: false });
  }
  await visitor.leave();
}

/** Without a choice the browser's language decides; a choice by link is remembered. */
export async function acceptedLanguage(world, story) {
  const visitor = await Visitor.arrive(world, story, { locale: LOCALES[story.lang] });
  const t = words(visitor);
  await openConsents(visitor);
  await checkPage(visitor, 'landing', { title: t.landing(world.practice) });
  await Promise.all([visitor.page.waitForNavigation(), visitor.page.getByRole('link', { name: t.other }).click()]);
  const other = story.lang === 'nl' ? 'en' : 'nl';
  await visitor.page.goto(`${world.front}/landing`);
  const lang = await visitor.page.locator('html').getAttribute('lang');
  world.report.expect(story.where, 'the language chosen by the link stays', lang === other, lang);
  await visitor.leave();
}
