#!/usr/bin/env node
// How many tokens a second, beside node oidc-provider: `rates.mjs BASE_URL PEER_SERVER`. Both are driven in turns by the same kept
// connections. Writes the section of infra/load/RESULTS.md to standard output, and what it is doing to standard error.

import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createServer } from 'node:net';
import { cpus } from 'node:os';
import { createInterface } from 'node:readline';
import { Browser, CALLBACK, PASSWORD, connect, metadata, register, username } from './stage.mjs';

const CONNECTIONS = 16;
const ROUNDS = 3;
const SECONDS = 4;
const [base, peerServer] = process.argv.slice(2);
const FORM = 'application/x-www-form-urlencoded';

const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });

// One request on a kept connection: [status, body].
const send = (port, path, type, body) =>
  new Promise((resolve, reject) => {
    const headers = { host: `localhost:${port}`, 'content-type': type, 'content-length': Buffer.byteLength(body) };
    const sent = request({ agent, host: '127.0.0.1', port, path, method: 'POST', headers }, (answer) => {
      const parts = [];
      answer.on('data', (part) => parts.push(part));
      answer.on('end', () => resolve([answer.statusCode, Buffer.concat(parts).toString()]));
      answer.on('error', reject);
    });
    sent.on('error', reject);
    sent.end(body);
  });

// Drives a server for some seconds. `next(worker)` is a worker's next request, `keep(worker, answer)` sees what came of it.
const drive = async (server, connections, next, keep = () => {}) => {
  const begun = performance.now();
  const before = server.cpu();
  const end = begun + SECONDS * 1000;
  const latencies = [];
  let failures = 0;
  let refusal = '';
  const workers = Array.from({ length: connections }, async (_, worker) => {
    while (performance.now() < end) {
      const [path, type, body] = next(worker);
      const sent = performance.now();
      const [status, text] = await send(server.port, path, type, body);
      if (status === 200) {
        latencies.push(performance.now() - sent);
        keep(worker, text);
      } else {
        failures += 1;
        refusal = `${status} ${text}`;
      }
    }
  });
  await Promise.all(workers);
  // A figure of nothing but errors compares nothing.
  if (!latencies.length) throw new Error(`${server.name} refused all ${failures}: ${refusal}`);
  const elapsed = (performance.now() - begun) / 1000;
  latencies.sort((a, b) => a - b);
  return {
    rate: latencies.length / elapsed,
    cpu: (server.cpu() - before) / Math.max(latencies.length, 1),
    p50: latencies[Math.floor(latencies.length / 2)] ?? 0,
    p99: latencies[Math.floor(latencies.length * 0.99)] ?? 0,
    failures,
  };
};

// User and system time of processes, milliseconds. A tick is 10 ms.
const ticks = (id) => {
  try {
    const stat = readFileSync(`/proc/${id}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return 0;
  }
};
const named = (name) =>
  readdirSync('/proc').filter((id) => {
    try {
      return /^\d+$/.test(id) && readFileSync(`/proc/${id}/comm`, 'utf8').trim() === name;
    } catch {
      return false;
    }
  });
const resident = (id) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, 'utf8'))[1]) / 1024;

// The process that listens on a port.
const listener = (port) => {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const lines = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => {
    try {
      return readFileSync(file, 'utf8').split('\n');
    } catch {
      return [];
    }
  });
  const sockets = lines
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(`:${hex}`) && fields[3] === '0A')
    .map((fields) => `socket:[${fields[9]}]`);
  for (const id of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const files = readdirSync(`/proc/${id}/fd`);
      if (files.some((file) => sockets.includes(readlinkSync(`/proc/${id}/fd/${file}`)))) return id;
    } catch {
      // Somebody else's process, or one that has ended.
    }
  }
  throw new Error(`nobody listens on ${port}`);
};

const form = (fields) => new URLSearchParams(fields).toString();

const refreshTokens = async (client) => {
  const tokens = [];
  for (let index = 0; index < CONNECTIONS; index += 1) {
    const verifier = randomBytes(32).toString('base64url');
    const url = new URL(metadata.authorization_endpoint);
    url.search = form({
      client_id: client.client_id,
      redirect_uri: CALLBACK,
      response_type: 'code',
      scope: 'openid offline_access',
      state: 'state',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
    });
    const back = await new Browser().go(url);
    const answer = await connect(metadata.token_endpoint, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code: back.searchParams.get('code'),
        redirect_uri: CALLBACK,
        code_verifier: verifier,
        client_id: client.client_id,
        client_secret: client.client_secret,
      }),
    });
    tokens.push((await answer.json()).refresh_token);
  }
  return tokens;
};

const freePort = () =>
  new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });

const startPeer = async () => {
  const port = await freePort();
  const child = spawn(process.execPath, [peerServer, String(port), String(CONNECTIONS)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  process.on('exit', () => child.kill());
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('{"tokens"')) continue;
    const { tokens, person } = JSON.parse(line);
    return {
      name: 'oidc-provider',
      port,
      id: child.pid,
      child,
      cpu: () => ticks(child.pid),
      client: { client_id: 'bench', client_secret: 'a secret of the bench' },
      machine: { client_id: 'bench', client_secret: 'a secret of the bench' },
      person,
      paths: { token: '/token', introspection: '/token/introspection', login: '/login' },
      tokens,
    };
  }
  throw new Error('the peer ended');
};

const ours = async () => {
  const port = Number(new URL(base).port);
  const id = listener(port);
  const common = { token_endpoint_auth_method: 'client_secret_post', id_token_signed_response_alg: 'EdDSA' };
  const client = await register({ ...common, scope: 'openid offline_access' });
  const machine = await register({
    ...common,
    grant_types: ['client_credentials'],
    redirect_uris: [],
    post_logout_redirect_uris: [],
    scope: 'posts.read',
  });
  const databases = named('postgres');
  return {
    name: 'Spindle',
    port,
    id,
    // With all of Postgres, which the peer has none of; processes that began since are seen too.
    cpu: () => ticks(id) + [...new Set([...databases, ...named('postgres')])].map(ticks).reduce((a, b) => a + b, 0),
    client,
    machine,
    person: { login: username, password: PASSWORD },
    paths: {
      token: new URL(metadata.token_endpoint).pathname,
      introspection: new URL(metadata.introspection_endpoint).pathname,
      login: '/api/v1/auth/login',
    },
    tokens: await refreshTokens(client),
  };
};

const secret = ({ client_id, client_secret }) => ({ client_id, client_secret });

const scenarios = {
  'client_credentials': async (server) => {
    const body = form({ grant_type: 'client_credentials', scope: 'posts.read', ...secret(server.machine) });
    return [CONNECTIONS, () => [server.paths.token, FORM, body]];
  },
  'introspection': async (server) => {
    const asked = form({ grant_type: 'client_credentials', scope: 'posts.read', ...secret(server.machine) });
    const [, text] = await send(server.port, server.paths.token, FORM, asked);
    const body = form({ token: JSON.parse(text).access_token, ...secret(server.machine) });
    const [status, told] = await send(server.port, server.paths.introspection, FORM, body);
    if (status !== 200 || !JSON.parse(told).active) throw new Error(`introspection at ${server.name}: ${status} ${told}`);
    return [CONNECTIONS, () => [server.paths.introspection, FORM, body]];
  },
  'refresh, with an ID token': async (server) => [
    CONNECTIONS,
    (worker) => {
      const fields = { grant_type: 'refresh_token', refresh_token: server.tokens[worker], ...secret(server.client) };
      return [server.paths.token, FORM, form(fields)];
    },
    // Each connection goes on with the token that it got last.
    (worker, answer) => {
      server.tokens[worker] = JSON.parse(answer).refresh_token;
    },
  ],
  'login with a password': async (server) => {
    const body = JSON.stringify(server.person);
    return [2, () => [server.paths.login, 'application/json', body]];
  },
  'login, one at a time': async (server) => {
    const body = JSON.stringify(server.person);
    return [1, () => [server.paths.login, 'application/json', body]];
  },
};

const median = (rounds) => rounds.sort((a, b) => a.rate - b.rate)[Math.floor(rounds.length / 2)];

const servers = [await ours(), await startPeer()];
const idle = servers.map((server) => resident(server.id));
const rows = [];
for (const [name, prepare] of Object.entries(scenarios)) {
  const seen = servers.map(() => []);
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const [index, server] of servers.entries()) {
      const result = await drive(server, ...(await prepare(server)));
      seen[index].push(result);
      console.error(`· ${name}, round ${round}: ${server.name} ${result.rate.toFixed(1)}/s, ${result.failures} failed`);
    }
  }
  rows.push([name, ...seen.map(median)]);
}
const busy = servers.map((server) => resident(server.id));
servers[1].child.kill();

const table = (show) => rows.map(([name, ...results]) => `| ${name} | ${results.map(show).join(' | ')} |`).join('\n');
const figure = (rate) => rate.toFixed(rate < 100 ? 1 : 0);
const perCore = (result) => (result.cpu ? figure(1000 / result.cpu) : '–');
const failed = (result) => (result.failures ? `, ${result.failures} failed` : '');
console.log(`## Tokens

Written by \`cargo xtask test --interop identity_rates\`, ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC, ${cpus().length} cores. ${CONNECTIONS} kept connections (2 and 1 for logins), ${ROUNDS} rounds of
${SECONDS} s in turns, median round; the client runs on the same cores. oidc-provider is one process of Node ${process.versions.node} with its store in memory: what it
forgets at its end. Spindle has all of it in Postgres, whose time counts as Spindle's. Access tokens of oidc-provider are opaque, Spindle's are signed.
oidc-provider leaves passwords to its user, so its login is what a team would add: a native Argon2id of the same cost (@node-rs/argon2)
on all cores, and a grant with its tokens. Spindle's hashes in a component, on the cores that \`hash_slots\` leaves it.

Answers a second:

| | Spindle | oidc-provider |
|---|---:|---:|
${table((result) => figure(result.rate))}

Answers for a second of one core (the server's, with Postgres):

| | Spindle | oidc-provider |
|---|---:|---:|
${table(perCore)}

\`p50 / p99\`, and failures where there were any:

| | Spindle | oidc-provider |
|---|---:|---:|
${table((result) => `${result.p50.toFixed(2)} ms / ${result.p99.toFixed(1)} ms${failed(result)}`)}

Memory of the server's process, before and after: Spindle ${idle[0].toFixed(0)} and ${busy[0].toFixed(0)} MB, oidc-provider ${idle[1].toFixed(0)} and ${busy[1].toFixed(0)} MB.
`);
process.exit(0);
