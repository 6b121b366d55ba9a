// What holds for every page, whatever it says.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { axeFaults } from './axe.mjs';
import { inPage } from './browser.mjs';

const COOKIES = ['__Host-dvza', '__Host-lang', '__Host-dvza-console', '__Host-console-lang'];
/** Chromium knows no "bday", which HTML and WCAG 1.3.5 ask for; that a purpose is one of theirs is a rule of axe. */
const UNKNOWN_PURPOSE = 'FormInputHasWrongButWellIntendedAutocompleteValueError';
/** The narrowest screen of WCAG 1.4.10. */
const NARROW = 320;

/**
 * Judges the page that is open, and takes its picture.
 *
 * `title` is what its h1 says, `status` how it was answered, `practice` whether the practice stands in the header, `logos` whether
 * it is a screen of MedMij's, with both logos.
 */
export async function checkPage(visitor, name, expected, page = visitor.page) {
  const { report } = visitor.world;
  const { title, status = 200, practice = true, axe = true, logos = true } = expected;
  const number = String((visitor.story.shots += 1)).padStart(2, '0');
  const where = `${visitor.story.where} ${number}-${name}`;
  const answer = page.answer;
  const seen = await inPage(page, look);
  const faults = [
    ...documentFaults(seen, { lang: visitor.lang, title }),
    ...(logos ? logoFaults(seen, practice ? visitor.world.practice : undefined) : []),
    ...headerFaults(await answer.allHeaders(), visitor.world.pgoOrigin),
    ...cookieFaults(await visitor.context.cookies()),
    ...(await narrowFaults(page)),
    ...(answer.status() === status ? [] : [`status is ${answer.status()}, not ${status}`]),
    ...visitor.strays.splice(0).map((url) => `something was asked elsewhere: ${url}`),
  ];
  await takePicture(visitor, page, `${number}-${name}`);
  const complaints = visitor.takeComplaints();
  faults.push(...complaintFaults(complaints, { url: answer.url(), status }));
  let rules = '';
  if (axe) {
    const { faults: found, tried } = await axeFaults(page);
    faults.push(...found.map((fault) => `axe ${fault}`));
    report.axeRuns += 1;
    rules = `, axe ${tried} rules`;
    faults.push(...complaintFaults(visitor.takeComplaints(), { url: answer.url(), status }));
  }
  report.pages += 1;
  report.group(where, faults, `${answer.status()} "${title}", ${seen.lang}${rules}`);
}

/** Runs inside the page. */
function look() {
  const nameOf = (element) => {
    const image = element.matches('img') ? element : element.querySelector('img');
    return { text: `${element.textContent} ${image?.alt ?? ''}`.trim(), broken: image?.naturalWidth === 0 };
  };
  const logo = (kind) => {
    const all = [...document.querySelectorAll(`header .${kind}`)];
    const places = all.map((element) => element.getBoundingClientRect());
    return all.map((element, i) => ({ ...nameOf(element), left: places[i].left, top: places[i].top }));
  };
  const [provider, medmij] = ['provider', 'medmij'].map((kind) => document.querySelector(`header .${kind}`));
  const FOLLOWS = Node.DOCUMENT_POSITION_FOLLOWING;
  return {
    lang: document.documentElement.lang,
    title: document.title,
    headings: [...document.querySelectorAll('h1')].map((h1) => h1.textContent.trim()),
    text: document.body.innerText,
    scripts: document.querySelectorAll('script, [style], style, iframe, object, embed').length,
    provider: logo('provider'),
    medmij: logo('medmij'),
    inOrder: Boolean(provider && medmij && provider.compareDocumentPosition(medmij) & FOLLOWS),
  };
}

export function documentFaults({ lang, title, headings, text, scripts }, expected) {
  const faults = [];
  if (lang !== expected.lang) faults.push(`html lang is "${lang}", not "${expected.lang}"`);
  if (headings.length !== 1) faults.push(`${headings.length} h1 elements`);
  const [h1 = ''] = headings;
  if (h1 !== expected.title) faults.push(`h1 is "${h1}", not "${expected.title}"`);
  if (!title.trim() || !title.includes(h1)) faults.push(`the title "${title}" does not name the h1 "${h1}"`);
  if (/\{\w+\}|undefined/.test(text)) faults.push('a placeholder stands in the text');
  if (scripts > 0) faults.push(`${scripts} scripts, styles or frames within the page`);
  return faults;
}

/** The practice at the left, MedMij at the right; on a narrow screen below it. */
export function logoFaults({ provider, medmij, inOrder }, practice) {
  const faults = [];
  if (provider.length !== 1) faults.push(`${provider.length} elements "provider" in the header`);
  if (medmij.length !== 1) faults.push(`${medmij.length} elements "medmij" in the header`);
  if (faults.length > 0) return faults;
  const [left, right] = [provider[0], medmij[0]];
  if (practice && !left.text.includes(practice)) faults.push(`the header names "${left.text}", not ${practice}`);
  if (!right.text.includes('MedMij')) faults.push(`the header says "${right.text}", not MedMij`);
  if (left.broken || right.broken) faults.push('a logo does not load');
  const isBefore = left.left < right.left || left.top < right.top;
  if (!inOrder || !isBefore) faults.push('the practice does not stand before MedMij');
  return faults;
}

export function headerFaults(headers, pgoOrigin) {
  const faults = policyFaults(headers['content-security-policy'] ?? '', pgoOrigin);
  const demanded = {
    'cache-control': /(^|,\s*)no-store(,|$)/,
    'strict-transport-security': /max-age=\d{7,}/,
    'x-content-type-options': /^nosniff$/,
    'x-frame-options': /^DENY$/,
    'referrer-policy': /^(same-origin|no-referrer)$/,
    'content-type': /^text\/html; charset=utf-8$/,
  };
  for (const [name, form] of Object.entries(demanded)) {
    if (!form.test(headers[name] ?? '')) faults.push(`${name} is ${headers[name]}`);
  }
  return faults;
}

function policyFaults(policy, pgoOrigin) {
  const parts = policy.split(';').map((rule) => rule.trim().split(/\s+/));
  const rules = new Map(parts.map(([name, ...rest]) => [name, rest]));
  const faults = [];
  if (/unsafe-|\*|data:|http:/.test(policy)) faults.push(`the CSP is lax: ${policy}`);
  for (const name of ['default-src', 'frame-ancestors', 'base-uri']) {
    if (rules.get(name)?.join(' ') !== "'none'") faults.push(`the CSP has ${name} ${rules.get(name)}`);
  }
  if (rules.has('script-src')) faults.push(`the CSP allows scripts: ${rules.get('script-src')}`);
  const targets = rules.get('form-action') ?? ['absent'];
  const foreign = targets.filter((target) => target !== "'self'" && target !== pgoOrigin);
  if (foreign.length > 0) faults.push(`the CSP lets forms go to ${foreign}`);
  return faults;
}

export function cookieFaults(cookies) {
  return cookies.flatMap(({ name, secure, httpOnly, sameSite, path, domain }) => {
    const faults = [];
    if (!COOKIES.includes(name)) faults.push(`cookie ${name} is not one of ours`);
    if (!secure || !httpOnly || sameSite !== 'Lax') faults.push(`cookie ${name} is not Secure, HttpOnly and Lax`);
    if (path !== '/' || domain.startsWith('.')) faults.push(`cookie ${name} is for ${domain}${path}`);
    return faults;
  });
}

/** A browser says in the console that a page was answered with an error; where one was expected that is no news. */
export function complaintFaults(complaints, { url, status }) {
  const isNews = (complaint) => {
    const told = complaint.text.startsWith('Failed to load resource') && complaint.text.includes(` ${status} `);
    return !(status >= 400 && told && complaint.url === url) && !complaint.text.includes(UNKNOWN_PURPOSE);
  };
  return complaints.filter(isNews).map(({ text }) => `the browser complains: ${text}`);
}

/** On the narrowest screen nothing needs to be scrolled sideways, and no text leaves its column. */
export async function narrowFaults(page) {
  const usual = page.viewportSize();
  await page.setViewportSize({ width: NARROW, height: 640 });
  const { width, wide } = await inPage(page, lookForWide);
  await page.setViewportSize(usual);
  const faults = wide.map((text) => `at ${NARROW} px the text leaves its column: "${text}"`);
  if (width > NARROW) faults.push(`${width} px wide on a screen of ${NARROW} px`);
  return faults;
}

/** Runs inside the page. */
function lookForWide() {
  // What is typed in a field scrolls within it.
  const all = [...document.querySelectorAll('header *, main *:not(input), footer *')];
  const wide = all.filter((one) => one.clientWidth > 0 && one.scrollWidth > one.clientWidth + 1);
  return { width: document.documentElement.scrollWidth, wide: wide.map((one) => one.textContent.trim().slice(0, 60)) };
}

/** The whole page. Not by Playwright, which would put a style into the page that its CSP forbids. */
async function takePicture({ world, lang, story }, page, name) {
  await mkdir(world.out, { recursive: true });
  const { cssContentSize } = await page.cdp.send('Page.getLayoutMetrics');
  const clip = { ...cssContentSize, x: 0, y: 0, scale: 1 };
  const { data } = await page.cdp.send('Page.captureScreenshot', { clip, captureBeyondViewport: true });
  await writeFile(join(world.out, `${lang}-${story.name}-${name}.png`), Buffer.from(data, 'base64'));
}
