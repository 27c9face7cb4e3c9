#!/usr/bin/env node
// The peer: node oidc-provider as its makers ship it, in memory and in one process: `server.mjs PORT CHAINS`. Tells its process's
// parent, in one line of JSON, as many refresh tokens as it is asked for.

import { generateKeyPairSync } from 'node:crypto';
import Provider from 'oidc-provider';

const [port, chains] = process.argv.slice(2).map(Number);
const { privateKey } = generateKeyPairSync('ed25519');
const provider = new Provider(`http://127.0.0.1:${port}`, {
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
const tokens = [];
for (let index = 0; index < chains; index += 1) {
  const scope = 'openid offline_access';
  const grant = new provider.Grant({ accountId: 'ada', clientId: client.clientId });
  grant.addOIDCScope(scope);
  const grantId = await grant.save();
  const token = new provider.RefreshToken({
    accountId: 'ada',
    authTime: Math.floor(Date.now() / 1000),
    client,
    grantId,
    gty: 'authorization_code',
    scope,
  });
  tokens.push(await token.save());
}
provider.listen(port, '127.0.0.1', () => console.log(JSON.stringify({ tokens })));
