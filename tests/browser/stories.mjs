// Drives a real browser through the pages a patient meets, in both languages, against a running `dvza demo --serve`.
//
//   dvza demo --serve --dir DIR --port 9543 &
//   npm ci && node stories.mjs --demo DIR/demo.json --out DIR2 [--pages DIR3] [--only NAME]
//
// A Chromium is at /usr/bin/chromium, or where CHROMIUM says. Pictures of all pages are put into DIR2; DIR3 holds pages that are only
// looked at. Run it against a
// fresh demo: consents of earlier runs stay in the overview.

import { parseArgs } from 'node:util';

import { launch } from './lib/browser.mjs';
import { Report } from './lib/report.mjs';
import { openWorld } from './lib/world.mjs';
import { addresses } from './stories/addresses.mjs';
import { checksFail } from './stories/checks.mjs';
import { threeClicks } from './stories/clicks.mjs';
import { consent } from './stories/consent.mjs';
import { consoleByKeyboard, consolePages, consoleRefused } from './stories/console.mjs';
import { deliveries } from './stories/deliveries.mjs';
import { dossier } from './stories/dossier.mjs';
import { extraction, logAsPdf } from './stories/files.mjs';
import { hasty } from './stories/hasty.mjs';
import { invitation } from './stories/invite.mjs';
import { keyboard } from './stories/keyboard.mjs';
import { narrow, noScript } from './stories/limits.mjs';
import { resultTomorrow, sixteen } from './stories/moments.mjs';
import { own, ownByKeyboard, ownOfNobody } from './stories/my.mjs';
import { overview } from './stories/overview.mjs';
import { documentPublished, withdrawnMeanwhile } from './stories/publishing.mjs';
import { cancelAtLanding, cancelAtLogin, levelTooLow, refusal, unavailable } from './stories/refusals.mjs';
import { backAfterConsent, doubleConsent, doubleLanding, doubleWithdrawal, twoTabs } from './stories/repeats.mjs';
import { rendered } from './stories/rendered.mjs';
import { badScope, unknownClient } from './stories/requests.mjs';
import { withoutRight } from './stories/rights.mjs';
import { acceptedLanguage, foreignForm, forgedForm, noSession, unknownAddress } from './stories/strays.mjs';

const STORIES = {
  consent,
  refusal,
  'cancel-landing': cancelAtLanding,
  'cancel-login': cancelAtLogin,
  unavailable,
  level: levelTooLow,
  'unknown-client': unknownClient,
  'bad-scope': badScope,
  overview,
  back: backAfterConsent,
  tabs: twoTabs,
  'double-login': doubleLanding,
  'double-consent': doubleConsent,
  'double-withdrawal': doubleWithdrawal,
  hasty,
  'no-session': noSession,
  forged: forgedForm,
  foreign: foreignForm,
  'unknown-address': unknownAddress,
  language: acceptedLanguage,
  keyboard,
  narrow,
  'no-script': noScript,
  console: consolePages,
  'console-keyboard': consoleByKeyboard,
  'console-refused': consoleRefused,
  own,
  'own-keyboard': ownByKeyboard,
  'own-nobody': ownOfNobody,
  rendered,
  dossier,
  document: documentPublished,
  meanwhile: withdrawnMeanwhile,
  rights: withoutRight,
  invitation,
  addresses,
  deliveries,
  extraction,
  'log-pdf': logAsPdf,
  clicks: threeClicks,
  // Time passes in these: they come last.
  sixteen,
  result: resultTomorrow,
};

async function tell(world, name, lang, run) {
  const story = { name, lang, where: `${lang} ${name}`, shots: 0 };
  try {
    await run(world, story);
  } catch (error) {
    // A step that cannot be taken ends its story, not the others.
    const trace = String(error.stack).split('\n').slice(0, 6).join(' | ');
    world.report.group(story.where, [`the story broke off: ${trace}`]);
  }
  world.report.stories += 1;
}

async function main() {
  const options = { demo: { type: 'string' }, out: { type: 'string' }, pages: { type: 'string' }, only: { type: 'string' } };
  const { values } = parseArgs({ options });
  if (!values.demo || !values.out) throw new Error('usage: node stories.mjs --demo DIR/demo.json --out DIR2');
  const names = Object.keys(STORIES).filter((name) => !values.only || name === values.only);
  if (names.length === 0) throw new Error(`--only knows ${Object.keys(STORIES).join(', ')}`);
  const report = new Report();
  const browser = await launch();
  try {
    const world = await openWorld(values.demo, browser, report, values.out);
    world.rendered = values.pages;
    await tell(world, 'checks', 'nl', checksFail);
    for (const lang of ['nl', 'en']) {
      for (const name of names) await tell(world, name, lang, STORIES[name]);
    }
  } finally {
    await browser.close();
  }
  console.log(report.summary());
  process.exitCode = report.failures > 0 ? 1 : 0;
}

await main();
