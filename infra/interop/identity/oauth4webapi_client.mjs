#!/usr/bin/env node
// Drives the authorization server with oauth4webapi, which checks every answer by the letter of the standards and repairs
// nothing: `oauth4webapi_client.mjs BASE_URL`. The exit code tells.

import assert from 'node:assert/strict';
import * as oauth from 'oauth4webapi';
import { Browser, CALLBACK, DEVICE, connect, metadata, origin, register, username } from './stage.mjs';

const issuer = new URL(metadata.issuer);
const options = { [oauth.customFetch]: connect, [oauth.allowInsecureRequests]: origin.startsWith('http://') };

const discover = async (algorithm) =>
  oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, { algorithm, ...options }));

const server = await discover('oidc');

// Once more with the nonce that the server asks for.
const again = async (work) => {
  try {
    return await work();
  } catch (error) {
    if (!oauth.isDPoPNonceError(error)) throw error;
    return work();
  }
};

// The code flow by a pushed request: what the token endpoint answered, checked, with the signature of the ID token.
const codeFlow = async (client, authentication, { scope, DPoP, ...more }) => {
  const verifier = oauth.generateRandomCodeVerifier();
  const state = oauth.generateRandomState();
  const nonce = oauth.generateRandomNonce();
  const parameters = {
    redirect_uri: CALLBACK,
    response_type: 'code',
    scope,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
    nonce,
    ...more,
  };
  const pushed = await again(async () =>
    oauth.processPushedAuthorizationResponse(
      server,
      client,
      await oauth.pushedAuthorizationRequest(server, client, authentication, parameters, { DPoP, ...options }),
    ),
  );
  const url = new URL(server.authorization_endpoint);
  url.searchParams.set('client_id', client.client_id);
  url.searchParams.set('request_uri', pushed.request_uri);
  const back = await new Browser().go(url);
  assert.ok(back instanceof URL, back);
  // `iss`, which the server's metadata promises, and `state`.
  const code = oauth.validateAuthResponse(server, client, back, state);
  const redeem = () =>
    oauth.authorizationCodeGrantRequest(server, client, authentication, code, CALLBACK, verifier, { DPoP, ...options });
  const [response, tokens] = await again(async () => {
    const answer = await redeem();
    const read = await oauth.processAuthorizationCodeResponse(server, client, answer, {
      expectedNonce: nonce,
      requireIdToken: true,
    });
    return [answer, read];
  });
  await oauth.validateApplicationLevelSignature(server, response, options);
  return { tokens, redeem };
};

const userinfo = async (client, tokens, DPoP) => {
  const { sub } = oauth.getValidatedIdTokenClaims(tokens);
  return again(async () =>
    oauth.processUserInfoResponse(
      server,
      client,
      sub,
      await oauth.userInfoRequest(server, client, tokens.access_token, { DPoP, ...options }),
    ),
  );
};

const steps = {
  async 'discovery in both forms is one document'() {
    assert.deepEqual(await discover('oauth2'), server);
    assert.deepEqual(server.code_challenge_methods_supported, ['S256']);
  },
  async 'code flow, refresh, introspection, revocation, replay'() {
    const registered = await register();
    const client = { client_id: registered.client_id };
    const authentication = oauth.ClientSecretBasic(registered.client_secret);
    const { tokens, redeem } = await codeFlow(client, authentication, { scope: 'openid email offline_access' });
    assert.equal((await userinfo(client, tokens)).email, `${username}@example.com`);
    const fresh = await oauth.processRefreshTokenResponse(
      server,
      client,
      await oauth.refreshTokenGrantRequest(server, client, authentication, tokens.refresh_token, options),
    );
    const isActive = async (token) => {
      const answer = await oauth.introspectionRequest(server, client, authentication, token, options);
      return (await oauth.processIntrospectionResponse(server, client, answer)).active;
    };
    assert.equal(await isActive(fresh.access_token), true);
    await assert.rejects(
      async () => oauth.processAuthorizationCodeResponse(server, client, await redeem()),
      { error: 'invalid_grant' },
    );
    assert.equal(await isActive(fresh.access_token), false, 'a replayed code ends what came of it');
    const other = (await codeFlow(client, authentication, { scope: 'openid offline_access' })).tokens;
    await oauth.processRevocationResponse(
      await oauth.revocationRequest(server, client, authentication, other.refresh_token, options),
    );
    assert.equal(await isActive(other.access_token), false);
  },
  async 'an access token is what RFC 9068 says, bound to its key'() {
    const registered = await register({ token_endpoint_auth_method: 'none', dpop_bound_access_tokens: true });
    const client = { client_id: registered.client_id };
    const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256'));
    const scope = 'openid offline_access posts.read';
    const { tokens } = await codeFlow(client, oauth.None(), { scope, DPoP });
    assert.equal(tokens.token_type, 'dpop');
    await userinfo(client, tokens, DPoP);
    // As a resource server sees it: the request that the library would send to one.
    let seen;
    const resource = new URL('https://resource.example/posts');
    await oauth.protectedResourceRequest(tokens.access_token, 'GET', resource, undefined, undefined, {
      DPoP,
      [oauth.customFetch]: async (url, init) => {
        seen = new Request(url, { method: init.method, headers: init.headers });
        return new Response('');
      },
    });
    const claims = await oauth.validateJwtAccessToken(server, seen, 'spindle', options);
    assert.equal(claims.client_id, client.client_id);
    const fresh = await again(async () =>
      oauth.processRefreshTokenResponse(
        server,
        client,
        await oauth.refreshTokenGrantRequest(server, client, oauth.None(), tokens.refresh_token, { DPoP, ...options }),
      ),
    );
    assert.equal(fresh.token_type, 'dpop');
  },
  async 'a token for a resource server alone, for a client that signs its assertions'() {
    const resource = `https://${username}.example`;
    await register({ grant_types: ['client_credentials'], redirect_uris: [], resources: [resource] });
    const pair = await oauth.generateKeyPair('ES256');
    const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey);
    const registered = await register({
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [{ kty, crv, x, y, kid: 'one', use: 'sig' }] },
    });
    const client = { client_id: registered.client_id };
    const authentication = oauth.PrivateKeyJwt({ key: pair.privateKey, kid: 'one' });
    const { tokens } = await codeFlow(client, authentication, { scope: 'openid posts.read', resource });
    const headers = { authorization: `Bearer ${tokens.access_token}` };
    const seen = new Request(`${resource}/`, { headers });
    const claims = await oauth.validateJwtAccessToken(server, seen, resource, options);
    assert.equal(claims.client_id, client.client_id);
    assert.equal(claims.scope, 'openid', 'no scope of Spindle goes elsewhere');
    await assert.rejects(oauth.validateJwtAccessToken(server, seen, 'spindle', options));
  },
  async 'client credentials have a ceiling and bring no refresh token'() {
    const registered = await register({ grant_types: ['client_credentials'], redirect_uris: [], scope: 'posts.read' });
    const client = { client_id: registered.client_id };
    const ask = async (scope) =>
      oauth.processClientCredentialsResponse(
        server,
        client,
        await oauth.clientCredentialsGrantRequest(
          server,
          client,
          oauth.ClientSecretPost(registered.client_secret),
          { scope },
          options,
        ),
      );
    const tokens = await ask('posts.read');
    assert.equal(tokens.refresh_token, undefined);
    await assert.rejects(ask('trading.trade'), { error: 'invalid_scope' });
  },
  async 'device flow'() {
    const registered = await register({
      token_endpoint_auth_method: 'none',
      grant_types: [DEVICE],
      redirect_uris: [],
    });
    const client = { client_id: registered.client_id };
    const begun = await oauth.processDeviceAuthorizationResponse(
      server,
      client,
      await oauth.deviceAuthorizationRequest(server, client, oauth.None(), { scope: 'openid' }, options),
    );
    const poll = async () =>
      oauth.processDeviceCodeResponse(
        server,
        client,
        await oauth.deviceCodeGrantRequest(server, client, oauth.None(), begun.device_code, options),
      );
    await assert.rejects(poll(), { error: 'authorization_pending' });
    assert.match(await new Browser().go(begun.verification_uri_complete), /connected/);
    // The interval that the server named lies between two questions.
    await new Promise((resolve) => setTimeout(resolve, begun.interval * 1000 + 200));
    assert.ok((await poll()).id_token);
  },
};

for (const [name, step] of Object.entries(steps)) {
  await step();
  console.log(`ok  ${name}`);
}
