import type { Service } from '@holdfast/cli/service';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { testModules } from '../modules.js';
import { chromiumMissing, startChromium } from '../support/chromium.js';
import { documents } from '../support/described.js';
import { loadNodes, serviceFor } from '../support/service.js';
import type { TriedCall } from './module.js';

/*
 * The page under /docs as people see it: in a browser, on loopback and under a name, where nobody has a token and where
 * all need one.
 */

const missing = chromiumMissing();
const host = 'holdfast.test';
const token = 'token-of-ada';
const node = 'x0c0s0b0n0';

/** No two calls have a name in common: what is open of one API is so in the next, too. */
const apis: TriedCall[] = [
  ...testModules.flatMap(({ e2e }) => e2e.tried),
  { file: 'audit.yaml', operationsMin: 5, method: 'get', path: '/audit/requests', status: '200' },
  { file: 'ops.yaml', operationsMin: 5, method: 'get', path: '/admin/level', status: '200' },
];

interface Document {
  info: { title: string };
  paths: Record<string, Record<string, unknown>>;
}

const documentOf = (file: string) => documents.find(([document]) => document.file === file)![0].parsed() as Document;

function operationsOf({ paths }: Document): string[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.keys(item)
      .filter((name) => /^(get|put|post|patch|delete|head)$/.test(name))
      .map((method) => `${method} ${path}`),
  );
}

let browser: Browser;
const services: Record<string, Service> = {};
beforeAll(async () => {
  if (missing !== null) return;
  browser = await startChromium(host);
  const tokens = [{ token, name: 'ada', roles: ['admin' as const] }];
  services.none = await serviceFor({ api: { tokens: [], hosts: [host] } });
  await loadNodes(services.none.url, [node]);
  services.tokens = await serviceFor({ api: { tokens } });
  await loadNodes(services.tokens.url, [node], 'Compute', { authorization: `Bearer ${token}` });
}, 120_000);
afterAll(async () => {
  await browser?.close();
  for (const service of Object.values(services)) await service.close();
});

let context: BrowserContext | undefined;
afterEach(() => context?.close());

/** The page, and what went wrong on it or left this origin: filled as it happens. */
async function open(origin: string): Promise<{ page: Page; faults: string[] }> {
  context = await browser.newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const faults: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) faults.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => faults.push(String(error)));
  page.on('requestfailed', (request) => faults.push(`${request.url()}: ${request.failure()?.errorText}`));
  page.on('request', (request) => {
    const isOwn = request.url().startsWith(`${origin}/`) || /^(data|blob):/.test(request.url());
    if (!isOwn) faults.push(`asks for ${request.url()}`);
  });
  await page.exposeFunction('refusedByPolicy', (what: string) => faults.push(`refused by its policy: ${what}`));
  await page.addInitScript(`addEventListener('securitypolicyviolation',
    (event) => refusedByPolicy(event.violatedDirective + ' ' + event.blockedURI))`);
  await page.goto(`${origin}/docs`);
  await page.locator('.opblock').first().waitFor();
  return { page, faults };
}

/** Has the page show one of its APIs, and gives the operations that it shows of it. */
async function choose(page: Page, file: string, { info }: Document): Promise<string[]> {
  const select = page.locator('#select');
  const url = `/openapi/${file}`;
  // Chosen once more it would be loaded once more, while it is looked at.
  if ((await select.inputValue()) !== url) await select.selectOption(url);
  await page.locator('.info .title', { hasText: info.title }).waitFor();
  return page
    .locator('.opblock-summary')
    .evaluateAll((all) =>
      all.map((one) =>
        [
          one.querySelector('.opblock-summary-method')?.textContent?.toLowerCase(),
          one.querySelector('[data-path]')?.getAttribute('data-path'),
        ].join(' '),
      ),
    );
}

/** Says what the token is, with the keyboard alone. */
async function authorize(page: Page, shown: string): Promise<void> {
  await page.locator('.auth-wrapper .authorize').first().focus();
  await page.keyboard.press('Enter');
  const dialog = page.locator('.auth-container');
  await dialog.waitFor();
  // What was said in one API is known in the next that asks for it in the same way.
  if (!(await dialog.textContent())!.includes('Logout')) {
    await dialog.locator('input').fill(shown);
    await page.keyboard.press('Enter');
  }
  await dialog.filter({ hasText: 'Logout' }).waitFor();
  await page.locator('.btn-done').click();
}

/** The status of the answer that is shown. */
async function tryOut(page: Page, { method, path, body }: TriedCall): Promise<string | null> {
  const block = page.locator(`.opblock-${method}`, { has: page.locator(`[data-path="${path}"]`) });
  await block.locator('.opblock-summary-control').focus();
  await page.keyboard.press('Enter');
  await block.locator('.try-out__btn').click();
  if (body !== undefined) await block.locator('textarea.body-param__text').fill(body);
  await block.locator('.execute').click();
  // The words that are in both tables are of the header.
  const status = block.locator('.live-responses-table .response .response-col_status').first();
  return (await status.textContent())?.trim() ?? null;
}

async function expectOwnNames(page: Page, origin: string): Promise<void> {
  expect(await page.title()).toBe('Holdfast');
  const logo = page.locator('.topbar .link img');
  await logo.waitFor();
  const source = Buffer.from((await logo.getAttribute('src'))!.split(',')[1]!, 'base64').toString();
  expect([source.includes('<title>Holdfast</title>'), await page.locator('.topbar .link svg').count()]).toEqual([
    true,
    0,
  ]);
  const icons = page.locator('link[rel~=icon]');
  expect([await icons.count(), await icons.getAttribute('href')]).toEqual([1, '/docs/static/theme/holdfast.svg']);
  const icon = await fetch(`${origin.replace(host, '127.0.0.1')}/docs/static/theme/holdfast.svg`);
  expect([icon.status, icon.headers.get('content-type')]).toEqual([200, expect.stringContaining('image/svg+xml')]);
  const seen = await page.locator('body').textContent();
  expect(seen).toContain('Lock');
  expect(seen).not.toMatch(/swagger|smartbear|fastify/i);
}

describe.skipIf(missing !== null)(`the page under /docs${missing === null ? '' : `: ${missing}`}`, () => {
  test.each([
    ['127.0.0.1', 'none'],
    [host, 'none'],
    ['127.0.0.1', 'tokens'],
    [host, 'tokens'],
  ])(
    'under %s, where the tokens are: %s',
    async (name, of) => {
      const origin = `http://${name}:${new URL(services[of]!.url).port}`;
      const { page, faults } = await open(origin);
      await expectOwnNames(page, origin);
      const options = await page
        .locator('#select option')
        .evaluateAll((all) => all.map((one) => one.getAttribute('value')));
      expect(options).toEqual(apis.map(({ file }) => `/openapi/${file}`));
      for (const api of apis) {
        const document = documentOf(api.file);
        const operations = operationsOf(document);
        expect(operations.length).toBeGreaterThanOrEqual(api.operationsMin);
        expect((await choose(page, api.file, document)).sort()).toEqual(operations.sort());
        const shown = of === 'tokens' ? token : api.open;
        if (shown !== undefined) await authorize(page, shown);
        expect([api.file, await tryOut(page, api)]).toEqual([api.file, api.status]);
      }
      expect(faults).toEqual([]);
    },
    180_000,
  );
});
