// Requests over mutual TLS, as servers of other parties make them.

import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { join } from 'node:path';

/** A connection that shows this certificate of the demo and trusts its authority only. */
export function connect(world, { cert, key }) {
  const file = (name) => readFileSync(join(world.dir, name));
  const agent = new Agent({ keepAlive: true, cert: file(cert), key: file(key), ca: file(world.demo.ca) });
  return (url, options = {}) => send(agent, url, options);
}

function send(agent, url, { method = 'GET', headers = {}, body }) {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
    const sent = request(url, { agent, method, headers: { ...headers, ...length } }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('error', reject);
      answer.on('end', () => {
        const bytes = Buffer.concat(parts);
        resolve({ status: answer.statusCode, headers: answer.headers, bytes, text: bytes.toString('utf8') });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
