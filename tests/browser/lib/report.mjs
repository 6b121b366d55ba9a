// What is printed, and what is counted.

export class Report {
  pages = 0;
  axeRuns = 0;
  stories = 0;
  failures = 0;

  /** One line for a group of checks: the faults found, none when all is well. */
  group(where, faults, detail = '') {
    if (faults.length === 0) {
      console.log(`ok    ${where}${detail && `: ${detail}`}`);
      return;
    }
    this.failures += faults.length;
    for (const fault of faults) console.log(`FAIL  ${where}: ${fault}`);
  }

  /** One expectation of a story. */
  expect(where, what, holds, found) {
    const fault = found === undefined ? what : `${what} – found ${JSON.stringify(found)}`;
    this.group(where, holds ? [] : [fault], what);
    return holds;
  }

  summary() {
    const { pages, axeRuns, stories, failures } = this;
    return `${pages} pages, ${axeRuns} axe runs, ${stories} stories, ${failures} failures`;
  }
}
