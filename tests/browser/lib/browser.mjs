// The browser, and one person in it: what the pages did is recorded, so that it can be judged afterwards.

import { chromium } from 'playwright-core';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Nobody but the server under test can be reached, whatever a page or the browser itself tries.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost',
];

// With an empty icon, so that the browser asks for no other.
const PGO_PAGE = '<!doctype html><html lang="nl"><title>PGO</title><link rel="icon" href="data:,"><h1>PGO</h1>';

export function launch() {
  const executablePath = process.env.CHROMIUM || '/usr/bin/chromium';
  return chromium.launch({ executablePath, args: FLAGS, headless: true });
}

/** One person with a browser of their own: no cookies, no history. */
export class Visitor {
  /** Addresses at the PGO that were asked for, in order. */
  callbacks = [];
  /** Addresses anywhere else than at the server or the PGO: there may be none. */
  strays = [];
  /** Violations of the CSP, errors of the console and issues, since they were last taken. */
  complaints = [];

  static async arrive(world, story, options = {}) {
    const visitor = new Visitor();
    visitor.world = world;
    visitor.lang = story.lang;
    visitor.story = story;
    // The CSP stays in force: it is one of the things tested.
    visitor.context = await world.browser.newContext({
      ignoreHTTPSErrors: true,
      locale: options.locale ?? 'nl-NL',
      viewport: options.viewport ?? { width: 1024, height: 768 },
      javaScriptEnabled: options.javaScriptEnabled ?? true,
    });
    visitor.context.setDefaultTimeout(20_000);
    visitor.page = await visitor.newTab();
    return visitor;
  }

  /** Another tab of the same person; `page` stays the first. */
  async newTab() {
    const page = await this.context.newPage();
    page.cdp = await this.context.newCDPSession(page);
    await this.#standInForPgo(page);
    await this.#listen(page);
    return page;
  }

  /** Answers in the PGO's place. Routes of Playwright do not see where a redirect leads; this does. */
  async #standInForPgo(page) {
    const answer = async ({ requestId, request }) => {
      this.callbacks.push({ url: new URL(request.url), method: request.method, headers: request.headers });
      const responseHeaders = [{ name: 'content-type', value: 'text/html; charset=utf-8' }];
      const body = Buffer.from(PGO_PAGE).toString('base64');
      const fulfilled = { requestId, responseCode: 200, responseHeaders, body };
      // A navigation that was given up meanwhile cannot be answered any more.
      await page.cdp.send('Fetch.fulfillRequest', fulfilled).catch(() => {});
    };
    page.cdp.on('Fetch.requestPaused', answer);
    await page.cdp.send('Fetch.enable', { patterns: [{ urlPattern: `${this.world.pgoOrigin}/*` }] });
  }

  async #listen(page) {
    const own = [this.world.front, this.world.console, this.world.pgoOrigin];
    page.on('request', (request) => {
      const { origin, protocol } = new URL(request.url());
      if (protocol !== 'data:' && !own.includes(origin)) this.strays.push(request.url());
    });
    page.on('response', (response) => {
      const isPage = response.request().isNavigationRequest() && response.frame() === page.mainFrame();
      if (isPage && response.status() !== 302 && response.status() !== 303) page.answer = response;
    });
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') {
        this.complaints.push({ text: message.text(), url: message.location().url });
      }
    });
    page.on('pageerror', (error) => this.complaints.push({ text: String(error) }));
    page.cdp.on('Audits.issueAdded', ({ issue }) => {
      this.complaints.push({ text: `${issue.code} ${JSON.stringify(issue.details)}`, url: page.url() });
    });
    await page.cdp.send('Audits.enable');
  }

  /** The codes the PGO got, each once. */
  get codes() {
    return new Set(this.callbacks.map(({ url }) => url.searchParams.get('code')).filter(Boolean));
  }

  takeComplaints() {
    return this.complaints.splice(0);
  }

  async leave() {
    await this.context.close();
  }
}

/** Runs a function or an expression in a page; the debugger may do so where the CSP forbids every script. */
export async function inPage(page, expression, ...values) {
  const code = typeof expression === 'function' ? `(${expression})(...${JSON.stringify(values)})` : expression;
  const options = { expression: code, awaitPromise: true, returnByValue: true };
  const { result, exceptionDetails } = await page.cdp.send('Runtime.evaluate', options);
  if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
  return result.value;
}
