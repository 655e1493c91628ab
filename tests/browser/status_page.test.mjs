// The status page as a person sees it: a real browser, real servers, four states of a migration.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import puppeteer from 'puppeteer-core';
import { dimTexts, markup, wideThings } from './eyes.mjs';
import { agent, ask, choke, closeLab, fake, folder, knows, redis, until } from './lab.mjs';

const pictures = process.env.PICTURES ?? path.join(folder, 'pictures');
const WIDE = { width: 1200, height: 900 };
const NARROW = { width: 360, height: 740 };
const EVIL = '<img/src=x/onerror=alert(1)>';
let browser;

before(async () => {
  mkdirSync(pictures, { recursive: true });
  browser = await puppeteer.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', `--user-data-dir=${folder}/chromium`],
    timeout: 120_000,
    protocolTimeout: 120_000,
  });
});

after(async () => {
  await browser?.close();
  await closeLab();
});

// A page that notes what it should not do: errors, and requests to anywhere else.
async function open(url) {
  const page = await browser.newPage();
  const wrong = [];
  page.on('console', (message) => ['error', 'warn'].includes(message.type()) && wrong.push(message.text()));
  page.on('pageerror', (error) => wrong.push(`${error}`));
  page.on('dialog', (dialog) => (wrong.push(`a dialog: ${dialog.message()}`), dialog.dismiss()));
  page.on('requestfailed', (request) => wrong.push(`failed: ${request.url()}`));
  page.on('request', (request) => {
    if (!request.url().startsWith(new URL(url).origin) && !request.url().startsWith('data:'))
      wrong.push(`asked ${request.url()}`);
  });
  await page.setViewport(WIDE);
  const answer = await page.goto(url);
  return { page, answer, wrong };
}

// Looks at it wide and narrow, light and dark, and takes the pictures.
async function inspect(url, name) {
  const { page, answer, wrong } = await open(`${url}/?refresh=off`);
  assert.equal(answer.status(), 200);
  for (const scheme of ['light', 'dark']) {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }]);
    for (const [size, viewport] of Object.entries({ wide: WIDE, narrow: NARROW })) {
      await page.setViewport(viewport);
      const dim = await page.evaluate(dimTexts, 4.5);
      assert.ok(dim.count > 40, `only ${dim.count} pieces of text`);
      assert.deepEqual(dim.found, [], `${name}, ${scheme}, ${size}: contrast`);
      const wide = await page.evaluate(wideThings);
      assert.deepEqual(wide, { scrolls: false, things: [] }, `${name}, ${size}: sticks out`);
      if ((scheme === 'light') === (size === 'wide') || name === 'lagging')
        await page.screenshot({ path: path.join(pictures, `${name}-${scheme}-${size}.png`), fullPage: true });
    }
  }
  const seen = await page.evaluate(markup);
  assert.deepEqual([seen.scripts, seen.handlers, seen.styles, seen.bold], [0, 0, 0, []]);
  assert.deepEqual(wrong, [], `${name}: what the browser complained about`);
  await page.close();
  return seen.text;
}

const pairOf = async (agent) => (await agent.status()).pairs[0];

test('a migration from its first look to after the cutover', { timeout: 300_000 }, async () => {
  const blue = await redis('6.0', '--repl-diskless-sync-delay', '0');
  const link = await choke(blue.port);
  const green = await redis('7.0', '--replicaof', '127.0.0.1', `${link.port}`);
  await ask(blue.port, 'SET', EVIL, EVIL);
  const watcher = await agent(
    `targets: [{name: orders-6, url: "redis://127.0.0.1:${blue.port}"}, {name: orders-7, url: "redis://127.0.0.1:${green.port}"}]\n` +
      'pairs: [{name: orders, blue: orders-6, green: orders-7}]\n');
  await fetch(`${watcher.url}/health/orders-6/primary`);
  await fetch(`${watcher.url}/health/orders-7/primary`);

  await until('it is ready', async () => (await pairOf(watcher)).verdict === 'ready');
  const healthy = await inspect(watcher.url, 'healthy');
  assert.match(healthy, /Blue takes writes; green follows \d+ bytes behind\. Ready to switch, for /);
  assert.match(healthy, /not_designated|not_primary/);
  assert.match(healthy, /asked by 127\.0\.0\.1/);

  link.hold(true);
  for (let i = 0; i < 24; i++) await ask(blue.port, 'SET', `k${i}`, 'x'.repeat(1 << 20));
  await until('it lags', async () => /green is 24.* MB behind/.test((await pairOf(watcher)).sentence));
  const lagging = await inspect(watcher.url, 'lagging');
  assert.match(lagging, /Not safe to cut over: green is 24(\.\d+)? MB behind \(limit 16 MB\), for \d+ s\. Blue takes writes\./);
  assert.match(lagging, /lag_bytes/);
  link.hold(false);

  await until('it caught up', async () => (await pairOf(watcher)).verdict === 'ready');
  green.child.kill('SIGSTOP');
  await until('it is silent', async () => (await pairOf(watcher)).verdict === 'unseen');
  const broken = await inspect(watcher.url, 'broken');
  assert.match(broken, /Green does not answer, for \d+ s: .*Not safe to cut over\./);
  green.child.kill('SIGCONT');

  await until('it answers again', async () => (await pairOf(watcher)).verdict === 'ready');
  await ask(green.port, 'REPLICAOF', 'NO', 'ONE');
  await until('both are primaries', async () => (await pairOf(watcher)).verdict === 'both_primary');
  const split = await inspect(watcher.url, 'split');
  assert.match(split, /Split brain: both sides are primaries/);
  assert.match(split, /its role went from replica to primary/);
  assert.equal(await watcher.stop(), 0);
  link.close();
});

// Who is to take writes stands in the state file; an agent without one cannot be told.
test('after the cutover green takes writes', { timeout: 120_000, skip: !knows('state_file') }, async () => {
  const blue = await redis('6.0');
  const green = await redis('7.0');
  const decided = path.join(folder, 'decided.json');
  writeFileSync(decided, '{"version": 1, "pairs": {"orders": {"designated": "green", "paused": false}}}\n');
  const watcher = await agent(
    `targets: [{name: orders-6, url: "redis://127.0.0.1:${blue.port}"}, {name: orders-7, url: "redis://127.0.0.1:${green.port}"}]\n` +
      'pairs: [{name: orders, blue: orders-6, green: orders-7}]\n', `, state_file: "${decided}"`);
  await until('it is cut over, and judged', async () => {
    const pair = await pairOf(watcher);
    return pair.verdict === 'switched' && pair.status !== 'unknown' && pair.since_seconds > 2;
  });
  const text = await inspect(watcher.url, 'cut-over');
  assert.match(text, /Green takes writes; blue does not follow and still is a primary\. Cut over, for /);
  assert.match(text, /green is to take writes/);
  assert.equal(await watcher.stop(), 0);
});

test('what servers, clients and files say stays text', { timeout: 120_000 }, async () => {
  const evil = `"><script>alert(1)</script>${EVIL}'--><style>*{color:red}</style>`;
  const server = await fake([
    '# Server', `redis_version:7.0.15${evil}`, 'redis_mode:standalone', `run_id:${evil}`, 'uptime_in_seconds:1000',
    '# Memory', 'used_memory:1000', '# Replication', 'role:slave', `master_host:${evil}`, 'master_port:6379',
    'master_link_status:down', 'master_sync_in_progress:0', 'slave_repl_offset:1', 'connected_slaves:0',
  ]);
  const real = await redis('7.0');
  await ask(real.port, 'CLIENT', 'SETNAME', EVIL);
  await ask(real.port, 'SET', EVIL, EVIL);
  const watcher = await agent(
    `targets: [{name: odd, url: "redis://127.0.0.1:${server.port}"}, {name: real, url: "redis://127.0.0.1:${real.port}"}]\n`);
  await fetch(`${watcher.url}/health/${encodeURIComponent(EVIL)}/primary`);
  const text = await inspect(watcher.url, 'hostile');
  assert.ok(text.includes(`7.0.15${evil}`), 'the version is there, as it is');
  assert.ok(text.includes(evil), 'so is the address of the primary');
  assert.equal(await watcher.stop(), 0);
  server.close();
});

test('it refreshes itself until told not to, and its links are reached with the keyboard', { timeout: 120_000 }, async () => {
  const one = await redis('7.0');
  const watcher = await agent(`targets: [{name: one, url: "redis://127.0.0.1:${one.port}"}]\n`);
  const { page, answer, wrong } = await open(`${watcher.url}/`);
  const headers = answer.headers();
  assert.equal(headers['cache-control'], 'no-store');
  assert.match(headers['content-security-policy'], /^default-src 'none'; style-src 'nonce-[0-9a-f]{32}'; img-src data:;/);
  assert.doesNotMatch(headers['content-security-policy'], /unsafe/);
  await page.waitForNavigation({ timeout: 30_000 });
  await page.setJavaScriptEnabled(false);
  await page.goto(`${watcher.url}/?refresh=off`);
  await page.setJavaScriptEnabled(true);
  assert.equal(await page.$('meta[http-equiv=refresh]'), null);

  await page.$eval('details', (details) => (details.open = true));
  const links = await page.$$eval('a, summary', (all) => all.map((a) => a.href ?? a.tagName));
  assert.ok(links.length > 8);
  for (const link of links) {
    await page.keyboard.press('Tab');
    const focus = await page.evaluate(() => {
      const style = getComputedStyle(document.activeElement);
      const { href, tagName } = document.activeElement;
      return { href: href ?? tagName, outline: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2 };
    });
    assert.deepEqual(focus, { href: link, outline: true });
  }
  for (const link of new Set(links.filter((link) => link.startsWith('http') && !link.includes('/scrape') && !link.includes('discover'))))
    assert.notEqual((await fetch(link)).status, 404, link);
  assert.deepEqual(wrong, []);
  assert.equal(await watcher.stop(), 0);
});
