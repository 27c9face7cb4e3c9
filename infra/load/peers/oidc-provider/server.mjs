#!/usr/bin/env node
// The peer: node oidc-provider, in memory and in one process: `server.mjs PORT CHAINS`. Tells its process's
// parent, in one line of JSON, as many refresh tokens as it is asked for. It leaves passwords to whoever uses it, so `POST /login` is
// what a team would add: the same hash as Spindle's in native code, and tokens of a new grant.

import { generateKeyPairSync } from 'node:crypto';
import { json } from 'node:stream/consumers';
import { hash, verify } from '@node-rs/argon2';
import Provider from 'oidc-provider';

// All that it is given, until the process ends. The store that it ships with holds the 1,000 entries used last: the access tokens of the
// rounds before had pushed out every refresh token before its turn came.
const kept = new Map();
const keysOfGrant = new Map();
class Store {
  constructor(model) {
    this.model = model;
  }

  key(id) {
    return `${this.model}:${id}`;
  }

  async upsert(id, payload) {
    kept.set(this.key(id), payload);
    if (!payload.grantId) return;
    const keys = keysOfGrant.get(payload.grantId) ?? new Set();
    keysOfGrant.set(payload.grantId, keys.add(this.key(id)));
  }

  async find(id) {
    return kept.get(this.key(id));
  }

  async consume(id) {
    kept.get(this.key(id)).consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id) {
    kept.delete(this.key(id));
  }

  async revokeByGrantId(grantId) {
    for (const key of keysOfGrant.get(grantId) ?? []) kept.delete(key);
    keysOfGrant.delete(grantId);
  }
}

const [port, chains] = process.argv.slice(2).map(Number);
const { privateKey } = generateKeyPairSync('ed25519');
const provider = new Provider(`http://127.0.0.1:${port}`, {
  adapter: Store,
  clients: [
    {
      client_id: 'bench',
      client_secret: 'a secret of the bench',
      redirect_uris: ['https://client.example/cb'],
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      token_endpoint_auth_method: 'client_secret_post',
      // As Spindle's client has it: RS256 would cost both more.
      id_token_signed_response_alg: 'EdDSA',
    },
  ],
  enabledJWA: { idTokenSigningAlgValues: ['EdDSA'] },
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'EdDSA', use: 'sig', kid: 'bench' }] },
  scopes: ['openid', 'offline_access', 'posts.read'],
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    introspection: { enabled: true },
  },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  rotateRefreshToken: true,
});

const client = await provider.Client.find('bench');
const scope = 'openid offline_access';

// Somebody has signed in: both tokens of a new grant.
const signIn = async () => {
  const grant = new provider.Grant({ accountId: 'ada', clientId: client.clientId });
  grant.addOIDCScope(scope);
  const token = { accountId: 'ada', client, grantId: await grant.save(), gty: 'authorization_code', scope };
  const refresh = new provider.RefreshToken({ ...token, authTime: Math.floor(Date.now() / 1000) });
  const access = new provider.AccessToken(token);
  return { access_token: await access.save(), refresh_token: await refresh.save() };
};

const person = { login: 'ada', password: 'correct horse battery staple' };
const known = await hash(person.password, { memoryCost: 19 * 1024, timeCost: 2, parallelism: 1 });
provider.use(async (ctx, next) => {
  if (ctx.method !== 'POST' || ctx.path !== '/login') return next();
  const { login, password } = await json(ctx.req);
  if (login === person.login && (await verify(known, password))) {
    ctx.body = await signIn();
  } else {
    ctx.status = 401;
  }
});

const tokens = [];
for (let index = 0; index < chains; index += 1) tokens.push((await signIn()).refresh_token);
provider.listen(port, '127.0.0.1', () => console.log(JSON.stringify({ tokens, person })));
