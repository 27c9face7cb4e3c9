// What the clients of this folder share: an app, somebody who registers clients, a person, and that person's browser.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';

export const CALLBACK = 'https://client.example/cb';
export const PASSWORD = 'correct horse battery staple';
export const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';

const base = process.argv[2]?.replace(/\/$/, '');
if (!base) {
  console.error(`${process.argv[1]} BASE_URL`);
  process.exit(2);
}
export const metadata = await (await fetch(`${base}/oauth2/.well-known/openid-configuration`)).json();
export const origin = new URL(metadata.issuer).origin;

// Sends what is addressed to the issuer to the address that was given, as curl's --connect-to does.
export const connect = (url, options) => {
  const target = String(url);
  return fetch(target.startsWith(origin) ? base + target.slice(origin.length) : target, options);
};

const json = async (path, body, token) => {
  const headers = { 'content-type': 'application/json' };
  if (token) headers.authorization = `Bearer ${token}`;
  const answer = await fetch(base + path, { method: 'POST', headers, body: JSON.stringify(body) });
  assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`);
  return answer.json();
};

const administrator = (
  await json('/api/v1/auth/login', {
    login: process.env.SPINDLE_ADMIN_EMAIL ?? 'admin@example.com',
    password: process.env.SPINDLE_ADMIN_PASSWORD ?? 'dev-administrator',
  })
).access_token;
export const username = `u${randomUUID().replaceAll('-', '').slice(0, 12)}`;
await json('/api/v1/auth/register', { email: `${username}@example.com`, username, password: PASSWORD });

export const register = (changes = {}) =>
  json(
    '/api/v1/admin/oauth-clients',
    {
      client_name: "somebody else's client",
      redirect_uris: [CALLBACK],
      post_logout_redirect_uris: ['https://client.example/bye'],
      scope: 'openid profile email offline_access posts.read',
      ...changes,
    },
    administrator,
  );

// A browser: it keeps cookies and fills in forms.
export class Browser {
  cookies = new Map();

  async send(url, form) {
    const headers = { cookie: [...this.cookies].map((pair) => pair.join('=')).join('; ') };
    if (form) headers['sec-fetch-site'] = 'same-origin';
    const answer = await connect(url, {
      method: form ? 'POST' : 'GET',
      headers,
      body: form,
      redirect: 'manual',
    });
    for (const cookie of answer.headers.getSetCookie()) {
      const [name, value] = cookie.split(';')[0].split('=');
      this.cookies.set(name, value);
    }
    return answer;
  }

  // Signs in and agrees; the address that the browser is sent to in the end, or the text of the last page.
  async go(url) {
    let answer = await this.send(url);
    for (let step = 0; step < 12; step += 1) {
      if (answer.status === 303) {
        const location = new URL(answer.headers.get('location'), origin);
        if (!location.href.startsWith(origin)) return location;
        answer = await this.send(location);
        continue;
      }
      const page = await answer.text();
      const form = page.match(/<form[^>]* action="([^"]+)"[\s\S]*?<\/form>/);
      if (!form) return page;
      const fields = new URLSearchParams();
      const plain = (text) =>
        text.replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
      for (const [, name, value] of form[0].matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)) {
        fields.set(plain(name), plain(value));
      }
      if (form[0].includes('name="password"')) {
        fields.set('login', username);
        fields.set('password', PASSWORD);
      } else if (form[0].includes('name="decision"')) {
        fields.set('decision', 'allow');
      } else {
        const code = form[0].match(/name="user_code" value="([^"]*)"/);
        fields.set('user_code', code[1]);
      }
      answer = await this.send(origin + form[1], fields);
    }
    throw new Error('the pages lead nowhere');
  }
}
