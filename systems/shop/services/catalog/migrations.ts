import type { Migration } from '@portico/store';

export const migrations: readonly Migration[] = [
  {
    version: 1,
    name: 'products, variants, categories and prices',
    kind: 'expand',
    up: {
      sqlite: `
        CREATE TABLE category (
          category_id TEXT PRIMARY KEY,
          title TEXT NOT NULL,
          parent TEXT REFERENCES category,
          position INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE product (
          product_id TEXT PRIMARY KEY,
          slug TEXT NOT NULL,
          revision INTEGER NOT NULL,
          state TEXT NOT NULL CHECK (state IN ('draft', 'published', 'retired')),
          title TEXT NOT NULL,
          description TEXT NOT NULL,
          tax_class TEXT NOT NULL CHECK (tax_class IN ('standard', 'reduced')),
          categories TEXT NOT NULL,
          attributes TEXT NOT NULL,
          images TEXT NOT NULL,
          published_at INTEGER,
          updated_at INTEGER NOT NULL,
          change INTEGER NOT NULL
        ) STRICT;
        CREATE UNIQUE INDEX product_slug ON product (slug);
        CREATE INDEX product_change ON product (change);

        CREATE TABLE variant (
          sku TEXT PRIMARY KEY,
          product_id TEXT NOT NULL REFERENCES product,
          title TEXT NOT NULL,
          attributes TEXT NOT NULL,
          position INTEGER NOT NULL,
          withdrawn INTEGER NOT NULL CHECK (withdrawn IN (0, 1))
        ) STRICT;
        CREATE INDEX variant_product ON variant (product_id, position);

        CREATE TABLE price (
          sku TEXT NOT NULL REFERENCES variant,
          currency TEXT NOT NULL,
          valid_from INTEGER NOT NULL,
          valid_until INTEGER CHECK (valid_until > valid_from),
          amount INTEGER NOT NULL CHECK (amount >= 0),
          PRIMARY KEY (sku, currency, valid_from)
        ) STRICT;
        CREATE UNIQUE INDEX price_open_end ON price (sku, currency) WHERE valid_until IS NULL;

        CREATE TABLE counter (
          name TEXT PRIMARY KEY,
          value INTEGER NOT NULL
        ) STRICT;
        INSERT INTO counter VALUES ('products', 0), ('categories', 0);
      `,
    },
  },
];
