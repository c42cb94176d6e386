/**
 * Who may know whom. Each package may import itself and what is listed, nothing else of ours. This is
 * the dependency direction of ARCHITECTURE.md as code; siblings are absent from each other's lists.
 */
export const edges: Readonly<Record<string, readonly string[]>> = {
  contract: [],
  host: ['contract'],
  service: ['contract', 'host'],
  store: ['contract', 'host', 'service'],
  'binding-rest': ['contract', 'host', 'service'],
  'binding-soap': ['contract', 'host', 'service'],
  wire: ['contract', 'host', 'service'],
  'store-sqlite': ['contract', 'host', 'service', 'store'],
  runtime: ['contract', 'host', 'service', 'store'],
  gateway: ['contract', 'host', 'service'],
  supervisor: ['contract', 'host', 'service', 'wire'],
  administration: ['contract', 'host', 'service', 'store'],
  system: [
    'contract',
    'host',
    'service',
    'store',
    'store-sqlite',
    'runtime',
    'binding-rest',
    'binding-soap',
    'gateway',
    'supervisor',
    'wire',
    'administration',
  ],
  cli: ['contract', 'host', 'gateway', 'administration', 'system'],
  testing: ['contract', 'host', 'service', 'store', 'store-sqlite', 'runtime', 'system'],
};

/** What the systems may know: contracts, services and stores; `system` where they are composed. */
export const systemEdges: readonly string[] = ['contract', 'service', 'store'];

/** Files of a system that compose, start or drive it, and so may know `system`, `host` and `gateway`. */
export const systemComposers =
  /^systems\/[^/]+\/(system|start|main)\.ts$|^systems\/[^/]+\/(seed|load|check|faults)\//;
