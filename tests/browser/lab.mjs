// lab: real servers, a link that can be choked, a server that says hostile things, and the agent, for one test run.
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const repo = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const SOON_MS = 60_000;
const started = [];

export const folder = mkdtempSync(path.join(tmpdir(), 'bluegreen-browser-'));

export const pause = (ms) => new Promise((done) => setTimeout(done, ms));

// Asks until <question> gives something true.
export async function until(what, question, ms = SOON_MS) {
  const end = Date.now() + ms;
  for (;;) {
    const answer = await Promise.resolve(question()).catch(() => null);
    if (answer) return answer;
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
    await pause(50);
  }
}

export function freePort() {
  return new Promise((done) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

function start(program, args) {
  const child = spawn(program, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  child.log = '';
  child.stderr.on('data', (bytes) => (child.log += bytes));
  child.ended = new Promise((done) => child.on('exit', (code) => done(code)));
  started.push(child);
  return child;
}

// One command in RESP on a connection of its own; the reply as it comes.
export function ask(port, ...words) {
  return new Promise((done, fail) => {
    const socket = net.connect(port, '127.0.0.1');
    const parts = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`);
    socket.on('error', fail);
    socket.once('data', (bytes) => {
      socket.destroy();
      done(bytes.toString());
    });
    socket.write(`*${words.length}\r\n${parts.join('')}`);
  });
}

export async function redis(version, ...args) {
  const port = await freePort();
  const program = execFileSync(path.join(repo, 'deploy/servers'), [version]).toString().trim();
  const child = start(program, ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--dbfilename', `${port}.rdb`,
    ...args]);
  await until(`redis ${version} answers`, async () => (await ask(port, 'PING')).startsWith('+PONG'));
  return { port, child };
}

// A way to <port> whose traffic towards the caller can be held back.
export async function choke(port) {
  const pairs = new Set();
  let held = false;
  const server = net.createServer((near) => {
    const far = net.connect(port, '127.0.0.1');
    const pair = { near, far };
    pairs.add(pair);
    const end = () => (near.destroy(), far.destroy(), pairs.delete(pair));
    for (const socket of [near, far]) socket.on('error', end).on('close', end);
    near.pipe(far);
    far.on('data', (bytes) => near.write(bytes));
    if (held) far.pause();
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return {
    port: server.address().port,
    hold(on) {
      held = on;
      for (const { far } of pairs) on ? far.pause() : far.resume();
    },
    close() {
      server.close();
      for (const { near, far } of pairs) near.destroy(), far.destroy();
    },
  };
}

// A server that answers INFO with <lines> and everything else with an error.
export async function fake(lines) {
  const text = lines.join('\r\n') + '\r\n';
  const server = net.createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (bytes) => {
      for (const command of bytes.toString().split('*').slice(1))
        socket.write(/INFO/i.test(command) ? `$${Buffer.byteLength(text)}\r\n${text}\r\n` : '-ERR unknown command\r\n');
    });
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return { port: server.address().port, close: () => server.close() };
}

const program = process.env.AGENT_PROGRAM ?? path.join(repo, 'build/dev/redis-bluegreen-agent');

// Whether the agent's configuration has a key of that name.
export const knows = (key) => execFileSync(program, ['--document-config']).includes(key);

// <more>: further keys of "agent", after a comma.
export async function agent(config, more = '') {
  const port = await freePort();
  const file = path.join(folder, `agent-${port}.yml`);
  writeFileSync(file, `agent: {listen: ["127.0.0.1:${port}"], poll_interval: 200ms, primary_min_uptime: 0s${more}}\n${config}`);
  const child = start(program, ['--config', file]);
  const url = `http://127.0.0.1:${port}`;
  await until('the agent is ready', async () => (await fetch(`${url}/health/ready`)).ok).catch((error) => {
    throw new Error(`${error.message}\n${child.log}`);
  });
  return {
    url,
    port,
    child,
    status: async () => (await fetch(`${url}/status.json`)).json(),
    async stop() {
      child.kill('SIGTERM');
      return child.ended;
    },
  };
}

export async function closeLab() {
  for (const child of started) child.kill('SIGCONT'), child.kill('SIGKILL');
  await Promise.all(started.map((child) => child.ended));
  rmSync(folder, { recursive: true, force: true });
}
