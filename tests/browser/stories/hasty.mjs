// Somebody clicks twice on a slow line. The browser sends the form twice and drops the first answer, which the server
// has acted on by then: what the second one leads to is all the person sees.

import { Visitor } from '../lib/browser.mjs';
import { button, goToConsent, goToOverview, logIn, openLanding, press, settle, words } from '../lib/steps.mjs';

const SLOW = { offline: false, latency: 600, downloadThroughput: -1, uploadThroughput: -1 };
const USUAL = { ...SLOW, latency: 0 };
/** Between the clicks of somebody who is used to double clicking. */
const GAP_MS = 250;

export async function hasty(world, story) {
  for (const [name, scene] of Object.entries(SCENES)) {
    const visitor = await Visitor.arrive(world, story);
    const request = await scene.open(visitor);
    const label = scene.button(words(visitor), world);
    const sent = await clickTwice(visitor, button(visitor, label).last());
    await judge(visitor, { name, scene, sent, request });
    await visitor.leave();
  }
}

/** What is open, what is clicked, and where it leads: to this page, or else to the PGO. */
const SCENES = {
  'login at the landing page': { open: toLanding, button: (t) => t.login, end: (t) => t.simulator },
  'cancelling at the landing page': { open: toLanding, button: (t) => t.cancel },
  'giving consent': { open: goToConsent, button: (t) => t.give, code: true },
  'refusing consent': { open: goToConsent, button: (t) => t.refuse },
  'going back after a cancelled login': { open: toCancelled, button: (t, { pgo }) => t.back(pgo) },
  'going back without data': { open: toUnavailable, button: (t, { pgo }) => t.back(pgo) },
  'picking a consent': { open: toOverview, button: (t, { pgo }) => t.withdraw(pgo), end: (t) => t.withdrawal },
  'withdrawing a consent': {
    open: toWithdrawal,
    button: (t) => t.withdrawYes,
    end: (t, { practice }) => t.overview(practice),
  },
  'logging out': { open: toOverview, button: (t) => t.leave, end: (t) => t.left },
};

async function judge(visitor, { name, scene, sent, request }) {
  const { page, world, story, codes } = visitor;
  const faults = sent === 2 ? [] : [`the form was sent ${sent} times, which shows nothing`];
  if (codes.size > 1) faults.push(`${codes.size} codes`);
  const h1 = await page.locator('h1').innerText();
  const end = scene.end?.(words(visitor), world);
  if (end && h1 !== end) faults.push(`ends at "${h1}", not at "${end}"`);
  if (!end) faults.push(...pgoFaults(visitor, { h1, request, code: scene.code }));
  world.report.group(`${story.where} ${name}`, faults, 'a double click counts once and leads on');
}

function pgoFaults({ page, world, codes, callbacks }, { h1, request, code }) {
  if (!page.url().startsWith(world.demo.pgo.redirect_uri)) return [`ends at "${h1}", not at the PGO`];
  const { searchParams } = callbacks.at(-1).url;
  const faults = searchParams.get('state') === request.state ? [] : ['another state'];
  if (code && codes.size !== 1) faults.push('no code');
  if (!code && searchParams.get('error') !== 'access_denied') faults.push(`error is ${searchParams.get('error')}`);
  return faults;
}

/** How often a form was sent by two clicks on the button. */
async function clickTwice({ page }, target) {
  let sent = 0;
  page.on('request', (request) => {
    if (request.method() === 'POST') sent += 1;
  });
  await target.scrollIntoViewIfNeeded();
  const { x, y, width, height } = await target.boundingBox();
  await page.cdp.send('Network.enable');
  await page.cdp.send('Network.emulateNetworkConditions', SLOW);
  await page.mouse.move(x + width / 2, y + height / 2);
  for (const clickCount of [1, 2]) {
    await page.mouse.down({ clickCount });
    await page.mouse.up({ clickCount });
    await new Promise((resume) => setTimeout(resume, GAP_MS));
  }
  await settle(page, 2000);
  await page.cdp.send('Network.emulateNetworkConditions', USUAL);
  return sent;
}

function toLanding(visitor) {
  return openLanding(visitor);
}

async function toCancelled(visitor) {
  const request = await openLanding(visitor);
  await press(visitor, words(visitor).login);
  await press(visitor, words(visitor).cancel);
  return request;
}

async function toUnavailable(visitor) {
  const request = await openLanding(visitor);
  await logIn(visitor, { bsn: visitor.world.refusedBsn });
  return request;
}

/** With at least one consent to withdraw. */
async function toOverview(visitor) {
  await goToConsent(visitor);
  await visitor.page.getByLabel(words(visitor).indefinite).check();
  await press(visitor, words(visitor).give);
  await goToOverview(visitor);
}

async function toWithdrawal(visitor) {
  await toOverview(visitor);
  const { page } = visitor;
  const last = page.locator('button[name=withdraw]').last();
  await Promise.all([page.waitForNavigation({ waitUntil: 'load' }), last.click()]);
}
