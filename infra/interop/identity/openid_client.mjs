#!/usr/bin/env node
// Drives the authorization server with openid-client: `openid_client.mjs BASE_URL`. The exit code tells.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import * as client from 'openid-client';

const CALLBACK = 'https://client.example/cb';
const PASSWORD = 'correct horse battery staple';
const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';

const base = process.argv[2]?.replace(/\/$/, '');
if (!base) {
  console.error('openid_client.mjs BASE_URL');
  process.exit(2);
}
const metadata = await (await fetch(`${base}/oauth2/.well-known/openid-configuration`)).json();
const origin = new URL(metadata.issuer).origin;

// Sends what is addressed to the issuer to the address that was given, as curl's --connect-to does.
const connect = (url, options) => {
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
const username = `u${randomUUID().replaceAll('-', '').slice(0, 12)}`;
await json('/api/v1/auth/register', { email: `${username}@example.com`, username, password: PASSWORD });

const register = (changes = {}) =>
  json(
    '/api/v1/admin/oauth-clients',
    {
      client_name: 'openid-client',
      redirect_uris: [CALLBACK],
      post_logout_redirect_uris: ['https://client.example/bye'],
      scope: 'openid profile email offline_access posts.read',
      ...changes,
    },
    administrator,
  );

const configure = (registered, authentication) =>
  client.discovery(new URL(metadata.issuer), registered.client_id, registered, authentication, {
    execute: origin.startsWith('http://') ? [client.allowInsecureRequests] : [],
    [client.customFetch]: connect,
  });

// A browser: it keeps cookies and fills in forms.
class Browser {
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

const authorize = async (config, { par = false, browser = new Browser(), tokens = {}, ...more } = {}) => {
  const verifier = client.randomPKCECodeVerifier();
  const state = client.randomState();
  const nonce = client.randomNonce();
  const parameters = {
    redirect_uri: CALLBACK,
    scope: 'openid email offline_access',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
    ...more,
  };
  const url = par
    ? await client.buildAuthorizationUrlWithPAR(config, parameters, tokens)
    : client.buildAuthorizationUrl(config, parameters);
  const back = await browser.go(url);
  assert.ok(back instanceof URL, back);
  return client.authorizationCodeGrant(
    config,
    back,
    { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true },
    undefined,
    tokens,
  );
};

const steps = {
  async 'code flow, ID token RS256'() {
    const registered = await register();
    const config = await configure(registered, client.ClientSecretPost(registered.client_secret));
    const tokens = await authorize(config);
    const subject = tokens.claims().sub;
    const told = await client.fetchUserInfo(config, tokens.access_token, subject);
    assert.equal(told.email, `${username}@example.com`);
    const fresh = await client.refreshTokenGrant(config, tokens.refresh_token);
    assert.equal(fresh.claims().sub, subject);
    assert.equal((await client.tokenIntrospection(config, fresh.access_token)).active, true);
    await client.tokenRevocation(config, fresh.refresh_token);
    assert.equal((await client.tokenIntrospection(config, fresh.access_token)).active, false);
  },
  async 'code flow, ID token EdDSA, secret in the header'() {
    const registered = await register({ id_token_signed_response_alg: 'EdDSA' });
    const config = await configure(registered, client.ClientSecretBasic(registered.client_secret));
    assert.ok((await authorize(config)).claims().at_hash);
  },
  async 'public client with a pushed request'() {
    const config = await configure(
      await register({ token_endpoint_auth_method: 'none', require_pushed_authorization_requests: true }),
      client.None(),
    );
    assert.ok((await authorize(config, { par: true })).id_token);
  },
  async 'DPoP with the nonce of the server'() {
    const config = await configure(
      await register({ token_endpoint_auth_method: 'none', dpop_bound_access_tokens: true }),
      client.None(),
    );
    const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'));
    const tokens = await authorize(config, { par: true, tokens: { DPoP } });
    assert.equal(tokens.token_type, 'dpop');
    await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub, { DPoP });
    const fresh = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP });
    assert.equal(fresh.token_type, 'dpop');
    const other = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'));
    await assert.rejects(client.refreshTokenGrant(config, fresh.refresh_token, undefined, { DPoP: other }));
  },
  async 'client credentials by private_key_jwt'() {
    const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
    const jwk = { ...(await crypto.subtle.exportKey('jwk', pair.publicKey)), kid: 'one', use: 'sig' };
    delete jwk.key_ops;
    delete jwk.ext;
    const registered = await register({
      grant_types: ['client_credentials'],
      redirect_uris: [],
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [jwk] },
    });
    const config = await configure(registered, client.PrivateKeyJwt({ key: pair.privateKey, kid: 'one' }));
    const tokens = await client.clientCredentialsGrant(config, { scope: 'posts.read' });
    assert.equal(tokens.scope, 'posts.read');
    await assert.rejects(client.clientCredentialsGrant(config, { scope: 'trading.trade' }));
  },
  async 'device flow'() {
    const config = await configure(
      await register({ token_endpoint_auth_method: 'none', grant_types: [DEVICE], redirect_uris: [] }),
      client.None(),
    );
    const begun = await client.initiateDeviceAuthorization(config, { scope: 'openid email' });
    const page = await new Browser().go(begun.verification_uri_complete);
    assert.match(page, /connected/);
    const tokens = await client.pollDeviceAuthorizationGrant(config, begun);
    assert.ok(tokens.id_token);
  },
  async 'logout at the wish of a client'() {
    const registered = await register();
    const config = await configure(registered, client.ClientSecretPost(registered.client_secret));
    const browser = new Browser();
    const tokens = await authorize(config, { browser, scope: 'openid' });
    const url = client.buildEndSessionUrl(config, {
      id_token_hint: tokens.id_token,
      post_logout_redirect_uri: 'https://client.example/bye',
      state: 's',
    });
    assert.equal((await browser.go(url)).href, 'https://client.example/bye?state=s');
    assert.equal((await client.tokenIntrospection(config, tokens.access_token)).active, false);
  },
};

for (const [name, step] of Object.entries(steps)) {
  await step();
  console.log(`ok  ${name}`);
}
