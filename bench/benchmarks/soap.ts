import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Benchmark, median, type Ratio } from '../benchmark.ts';
import { assertWrk, load, probe } from '../load.ts';
import { type Arm, interleave } from '../measure.ts';
import { type Server, startServer } from '../server.ts';

const PINNED = { pinned: true };
const CONNECTIONS = 16;
const SECONDS = 2;
const sizes = { '2KB': 5, '100KB': 290 };
const goals = { '2KB': 1.5, '100KB': 4 };

/** One operation with a list of articles in and out, as a SOAP 1.1 envelope of 2 KB and of 100 KB. */
export const soap: Benchmark = {
  name: 'soap',
  work: `One SOAP 1.1 operation that takes articles in and answers with them, envelopes of 2 KB and 100 KB; ${CONNECTIONS} connections.`,
  run: async (rounds, seconds = SECONDS) => {
    assertWrk();
    const portico = await startServer('rest-portico.ts', [], PINNED);
    const url = `http://127.0.0.1:${portico.port}/soap/stock/v1?wsdl`;
    const wsdl = await (await fetch(url)).text();
    const file = join(mkdtempSync(join(tmpdir(), 'portico-bench-')), 'stock.wsdl');
    writeFileSync(file, wsdl);
    const namespace = /targetNamespace="([^"]+)"/.exec(wsdl)?.[1] ?? '';
    const soapArm = (name: string, server: Server) =>
      createArm(name, server, {
        seconds,
        path: '/soap/stock/v1',
        headers: { 'content-type': 'text/xml; charset=utf-8', soapaction: '""' },
        body: (articles) => toEnvelope(namespace, articles),
      });
    const arms = [
      await soapArm('portico', portico),
      await soapArm('npm soap', await startServer('soap-npm-soap.ts', [file], PINNED)),
      await soapArm('strong-soap', await startServer('soap-strong-soap.ts', [file], PINNED)),
      await createArm('bare JSON', await startServer('soap-json.ts', [], PINNED), {
        seconds,
        path: '/',
        headers: { 'content-type': 'application/json' },
        body: (articles) => JSON.stringify({ articles }),
      }),
    ];
    return interleave(arms, rounds);
  },
  ratios: (results) =>
    (['2KB', '100KB'] as const).flatMap((size): Ratio[] => {
      const ours = median(results, 'portico', size);
      const npm = median(results, 'npm soap', size);
      const strong = median(results, 'strong-soap', size);
      return [
        { label: `${size}: portico ÷ npm soap`, ratio: ours / npm, goal: goals[size] },
        { label: `${size}: portico ÷ strong-soap`, ratio: ours / strong, goal: goals[size] },
        { label: `${size}: portico ÷ bare JSON`, ratio: ours / median(results, 'bare JSON', size) },
      ];
    }),
};

interface Form {
  readonly seconds: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: (articles: readonly Article[]) => string;
}

async function createArm(name: string, server: Server, form: Form): Promise<Arm> {
  const requests = Object.entries(sizes).map(([size, count]) => {
    const articles = createArticles(count);
    const total = articles.reduce((sum, article) => sum + article.price, 0);
    const { path, headers } = form;
    return { size, total, request: { path, headers, method: 'POST', body: form.body(articles) } };
  });
  for (const { size, total, request } of requests) {
    const { status, text } = await probe(server.port, request);
    // The sum of all prices stands in an answer only where every article was read.
    if (status !== 200 || !text.includes(String(total)) || text.length < request.body.length / 2)
      throw new Error(`${name} answered ${size} with ${status} ${text.slice(0, 500)}`);
  }
  const measureSize = (request: (typeof requests)[number]['request']) =>
    load(server, { ...request, connections: CONNECTIONS, seconds: form.seconds });
  let warm = false;
  return {
    name,
    async measure() {
      if (!warm) for (const { request } of requests) measureSize(request);
      warm = true;
      const figures = requests.flatMap(({ size, request }): [string, number][] => {
        const { perSecond, cpuUs } = measureSize(request);
        const rate: [string, number] = [size, perSecond];
        return cpuUs === undefined ? [rate] : [rate, [`${size}CpuUs`, cpuUs]];
      });
      return Object.fromEntries(figures);
    },
    close: () => server.stop(),
  };
}

type Article = ReturnType<typeof createArticles>[number];

function createArticles(count: number) {
  return Array.from({ length: count }, (_, index) => ({
    sku: `GARDEN-${index}`,
    title: `Garden hose & reel ${index} <special>`,
    description: 'Twenty metres, drinking water safe, with a brass fitting at both ends.',
    price: 2_490 + index,
    currency: 'EUR',
    weight: 1.5,
    tags: ['garden', 'water'],
    active: true,
  }));
}

function toEnvelope(namespace: string, articles: readonly Article[]): string {
  const escapeText = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const items = articles.map(
    (article) =>
      `<n:item><n:sku>${article.sku}</n:sku><n:title>${escapeText(article.title)}</n:title>` +
      `<n:description>${article.description}</n:description><n:price>${article.price}</n:price>` +
      `<n:currency>EUR</n:currency><n:weight>${article.weight}</n:weight><n:tags>` +
      article.tags.map((tag) => `<n:item>${tag}</n:item>`).join('') +
      '</n:tags><n:active>true</n:active></n:item>',
  );
  return (
    '<?xml version="1.0" encoding="UTF-8"?>' +
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">' +
    `<s:Body><n:importArticles xmlns:n="${namespace}"><n:articles>${items.join('')}</n:articles>` +
    '</n:importArticles></s:Body></s:Envelope>'
  );
}
