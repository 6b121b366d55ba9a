// The checks themselves: each must find a fault that is planted, or its silence elsewhere means nothing.

import { axeFaults } from '../lib/axe.mjs';
import { Visitor, inPage } from '../lib/browser.mjs';
import { focusFaults } from '../lib/keys.mjs';
import { complaintFaults, cookieFaults, documentFaults, headerFaults, logoFaults, narrowFaults } from '../lib/page.mjs';
import { openLanding, settle } from '../lib/steps.mjs';

export async function checksFail(world, story) {
  const expectFound = (what, faults, part) => {
    const isFound = faults.some((fault) => fault.includes(part));
    world.report.expect(story.where, `a planted fault is found: ${what}`, isFound, faults);
  };
  planted(world, expectFound);
  const visitor = await Visitor.arrive(world, story);
  await openLanding(visitor);
  await plantedInPage(visitor, expectFound);
  await visitor.leave();
}

/** What is judged by values only. */
function planted(world, expectFound) {
  const lax = { 'content-security-policy': "default-src 'none'; script-src 'unsafe-inline'; form-action *" };
  const headers = headerFaults(lax, world.pgoOrigin);
  expectFound('a lax CSP', headers, 'the CSP is lax');
  expectFound('scripts in the CSP', headers, 'allows scripts');
  expectFound('forms to anywhere', headers, 'lets forms go to *');
  expectFound('a page that may be kept', headers, 'cache-control');
  expectFound('no CSP at all', headerFaults({}, world.pgoOrigin), 'default-src');
  const cookie = { name: 'id', secure: true, httpOnly: true, sameSite: 'None', path: '/', domain: 'localhost' };
  expectFound('a cookie of another', cookieFaults([cookie]), 'not one of ours');
  expectFound('a cookie for every site', cookieFaults([cookie]), 'not Secure, HttpOnly and Lax');
  const seen = { lang: 'nl', title: 'A', headings: ['B', 'C'], text: '{pgo}', scripts: 1 };
  const faults = documentFaults(seen, { lang: 'en', title: 'D' });
  const parts = ['html lang', '2 h1', 'h1 is', 'the title', 'placeholder', '1 scripts'];
  for (const part of parts) expectFound(part, faults, part);
  const [left, right] = [[{ text: 'MedMij', left: 0, top: 0 }], [{ text: 'De Linde', left: 9, top: 0 }]];
  const swapped = { provider: right, medmij: left, inOrder: false };
  expectFound('logos the wrong way round', logoFaults(swapped, 'De Linde'), 'before');
  expectFound('no logo', logoFaults({ provider: [], medmij: left }, 'De Linde'), '0 elements');
  const focus = { name: 'x', isMarked: true, color: [200, 200, 200], isOnScreen: false, isCovered: false };
  expectFound('a faint mark of focus', focusFaults(focus), 'hardly stands out');
  expectFound('no mark of focus', focusFaults({ ...focus, isMarked: false }), 'does not show it');
}

/** What only a browser can notice. */
async function plantedInPage(visitor, expectFound) {
  const { page } = visitor;
  await inPage(page, () => {
    const image = '<img src="https://stray.dvza.test/x.png" style="width: 400px">';
    document.querySelector('main').insertAdjacentHTML('beforeend', image);
  });
  await settle(page);
  const complaints = complaintFaults(visitor.takeComplaints(), { url: page.url(), status: 200 });
  expectFound('a violation of the CSP', complaints, 'Content Security Policy');
  expectFound('an issue of the browser', complaints, 'ContentSecurityPolicyIssue');
  expectFound('a picture without a text', (await axeFaults(page)).faults, 'image-alt');
  await inPage(page, () => {
    document.querySelector('h1').style.width = '400px';
  });
  expectFound('a page that is too wide', await narrowFaults(page), 'px wide on a screen');
  await inPage(page, () => {
    document.querySelector('h1').style.width = '';
    document.querySelector('h1').style.whiteSpace = 'nowrap';
    document.querySelector('h1').textContent = 'Gezondheidscentrumhuisartsen';
  });
  expectFound('a word that is too long', await narrowFaults(page), 'leaves its column');
  visitor.takeComplaints();
}
