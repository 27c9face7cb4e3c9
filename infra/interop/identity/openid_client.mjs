#!/usr/bin/env node
// Drives the authorization server with openid-client: `openid_client.mjs BASE_URL`. The exit code tells.

import assert from 'node:assert/strict';
import * as client from 'openid-client';
import { Browser, CALLBACK, DEVICE, connect, metadata, origin, register, username } from './stage.mjs';

const options = {
  execute: origin.startsWith('http://') ? [client.allowInsecureRequests] : [],
  [client.customFetch]: connect,
};

const configure = (registered, authentication) =>
  client.discovery(new URL(metadata.issuer), registered.client_id, registered, authentication, options);

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
  async 'a client that registers itself'() {
    const wanted = {
      client_name: 'registered by itself',
      redirect_uris: [CALLBACK],
      token_endpoint_auth_method: 'client_secret_basic',
      scope: 'openid email offline_access',
    };
    const config = await client.dynamicClientRegistration(new URL(metadata.issuer), wanted, undefined, options);
    assert.ok((await authorize(config)).id_token);
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
