// What the SOAP servers of the benchmark do, whatever platform they stand on.

/** One article of the request and of the answer. */
export interface Article {
  readonly price: number;
}

/** The sum that the answer carries; prices may arrive as text from platforms that leave types alone. */
export function totalOf(articles: readonly Article[]): number {
  return articles.reduce((sum, article) => sum + Number(article.price), 0);
}

/** An object of services → ports → operations, as npm soap and strong-soap want it, read from the WSDL. */
export function toHandlers(wsdl: string): Record<string, Record<string, object>> {
  const service = /<(?:\w+:)?service name="([^"]+)"/.exec(wsdl)?.[1] ?? '';
  const ports = [...wsdl.matchAll(/<(?:\w+:)?port name="([^"]+)"/g)].map((match) => match[1] ?? '');
  const handlers = {
    importArticles({ articles }: { articles: { item: Article | Article[] } }) {
      const items = [articles.item].flat();
      return { articles: { item: items }, total: totalOf(items) };
    },
  };
  return { [service]: Object.fromEntries(ports.map((port) => [port, handlers])) };
}
