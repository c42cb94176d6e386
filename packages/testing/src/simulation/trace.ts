/** One thing that happened in a simulation. */
export interface TraceLine {
  /** Virtual time since the start, in ms. */
  readonly atMs: number;
  /** The node it happened on, or `''` for what is outside of all nodes. */
  readonly node: string;
  readonly what: string;
}

/** What happened in a simulation: everything goes into the hash, the last lines are kept. */
export interface Trace {
  note(atMs: number, node: string, what: string): void;
  /** 16 hex digits; equal for equal histories. */
  hash(): string;
  /** How much was noted. */
  readonly length: number;
  /** The last lines, the oldest first. */
  lines(): readonly TraceLine[];
}

/** What is kept of a trace: enough to see what led to a broken promise. */
const LINES_MAX = 2_000;
const FNV_PRIME = 0x01000193;
const FNV_BASIS = 0x811c9dc5;
/** A second, different hash beside FNV-1a, since 32 bits alone would collide within thousands of seeds. */
const OTHER_PRIME = 0x85ebca6b;
const OTHER_BASIS = 0x9747b28c;

/** An empty trace. */
export function createTrace(): Trace {
  const kept: TraceLine[] = [];
  let length = 0;
  let first = FNV_BASIS;
  let second = OTHER_BASIS;
  const mix = (text: string) => {
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      first = Math.imul(first ^ code, FNV_PRIME);
      second = Math.imul(second ^ (code + i), OTHER_PRIME);
    }
  };
  return {
    note(atMs, node, what) {
      mix(`${atMs}|${node}|${what}\n`);
      kept[length % LINES_MAX] = { atMs, node, what };
      length++;
    },
    hash: () => hex(first) + hex(second),
    get length() {
      return length;
    },
    lines() {
      if (length <= LINES_MAX) return [...kept];
      const oldest = length % LINES_MAX;
      return [...kept.slice(oldest), ...kept.slice(0, oldest)];
    },
  };
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
