// The service of `rest` for Moleculer, and how its gateway shows it.

/** Two actions, parameters validated. */
export const stockSchema = {
  name: 'stock',
  actions: {
    level: {
      params: { sku: { type: 'string', min: 1, max: 40 } },
      async handler(context: { params: { sku: string } }) {
        return { sku: context.params.sku, available: 12, low: false };
      },
    },
    check: {
      params: {
        $$strict: true,
        reference: { type: 'string', min: 1, max: 80 },
        note: { type: 'string', max: 200, optional: true },
        lines: {
          type: 'array',
          min: 1,
          max: 100,
          items: {
            type: 'object',
            strict: true,
            props: {
              sku: { type: 'string', min: 1, max: 40 },
              quantity: { type: 'number', integer: true, min: 1, max: 99 },
            },
          },
        },
      },
      async handler(context: { params: { lines: { quantity: number }[] } }) {
        const { lines } = context.params;
        const pieces = lines.reduce((sum, line) => sum + line.quantity, 0);
        return { ok: true, pieces, lines: lines.length };
      },
    },
  },
};

/** Their routes for moleculer-web. */
export const stockRoute = {
  path: '/stock/v1',
  bodyParsers: { json: true },
  aliases: { 'GET levels/:sku': 'stock.level', 'POST checks': 'stock.check' },
};
