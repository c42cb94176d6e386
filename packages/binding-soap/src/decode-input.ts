import type { Violation } from '@portico/contract';
import { type ElementMark, toElementMark } from './element-marks.ts';
import type { OpenTag, XmlHandler } from './guard.ts';
import type { ObjectReader, Reader, ScalarReader, UnionReader } from './input-reader.ts';
import { collapse } from './lexical.ts';
import { VIOLATIONS_MAX } from './limits.ts';

/** What was read: the JSON value that REST would have given, and what did not fit. */
export interface DecodedInput {
  readonly value: unknown;
  readonly violations: readonly Violation[];
}

/** Reads one wrapper element, straight from the parser's events; no tree in between. */
export interface InputDecoder extends XmlHandler {
  /** After the wrapper's own `close`. */
  result(): DecodedInput;
}

type JsonObject = Record<string, unknown>;
type ComplexReader = Exclude<Reader, ScalarReader>;

/** An element with children that is open. */
interface Frame {
  readonly reader: ComplexReader;
  readonly value: JsonObject | unknown[];
  /** The field it fills, or its place among its siblings. */
  readonly key: string | number;
  /** `union`: what its one child gave. */
  branch: unknown;
}

/** Reads an element that says `xsi:nil`: nothing may be in it. */
const NIL: ScalarReader = {
  kind: 'scalar',
  nullable: true,
  typeNames: [],
  lexical: {
    expects: 'nothing, for the element is nil',
    parse: (text) => (text === '' ? null : undefined),
  },
};

/**
 * A decoder for one message. Elements come in any order; unknown or repeated ones, unknown
 * attributes and misplaced text are violations, whose pointers (RFC 6901) go into the JSON value.
 */
export function createInputDecoder(wrapper: ObjectReader, namespace: string): InputDecoder {
  return new Decoder(wrapper, namespace);
}

class Decoder implements InputDecoder {
  readonly #wrapper: ObjectReader;
  readonly #namespace: string;
  readonly #frames: Frame[] = [];
  readonly #violations: Violation[] = [];
  #value: unknown;
  /** The text element that is open, if one is. */
  #scalar: ScalarReader | undefined;
  #scalarKey: string | number = '';
  #text = '';
  /** The field, or the place among its siblings, of the element that opened last. */
  #key: string | number = '';
  /** What that element's value begins with, if it is known already. */
  #begun: JsonObject | undefined;
  /** The namespace as the message has it, once it has been found to be the API's. */
  #ours: string | undefined;
  /** Open elements of a part that is skipped, because it is a violation already. */
  #skipped = 0;

  constructor(wrapper: ObjectReader, namespace: string) {
    this.#wrapper = wrapper;
    this.#namespace = namespace;
  }

  result(): DecodedInput {
    return { value: this.#value, violations: this.#violations };
  }

  open(tag: OpenTag, attributes: number, resolve: (prefix: string) => string | undefined): void {
    if (this.#skipped > 0) {
      this.#skipped += 1;
      return;
    }
    const reader = this.#enter(tag);
    if (reader === undefined) {
      this.#skipped = 1;
      return;
    }
    if (attributes > 0) this.#openMarked(reader, toElementMark(tag, reader, resolve));
    else this.#openPlain(reader);
  }

  #openMarked(reader: Reader, mark: ElementMark): void {
    for (const problem of mark.problems) this.#violate(problem, this.#key);
    if (mark.nil) this.#openScalar(NIL, this.#key);
    else this.#openPlain(reader);
  }

  #openPlain(reader: Reader): void {
    const key = this.#key;
    if (reader.kind === 'scalar') this.#openScalar(reader, key);
    else {
      const value = this.#begun ?? emptyValue(reader);
      this.#frames.push({ reader, key, value, branch: undefined });
    }
  }

  text(text: string): void {
    if (this.#scalar !== undefined) {
      if (this.#skipped === 0) this.#text += text;
    } else if (this.#skipped === 0 && collapse(text) !== '') {
      this.#violate('Has text between its elements.');
    }
  }

  close(): void {
    if (this.#skipped > 0) {
      this.#skipped -= 1;
      return;
    }
    if (this.#scalar !== undefined) {
      this.#closeScalar(this.#scalar);
      return;
    }
    const frame = this.#frames.at(-1);
    if (frame === undefined) return;
    const value = this.#finish(frame);
    this.#frames.pop();
    const parent = this.#frames.at(-1);
    if (parent === undefined) this.#value = value;
    else this.#assign(parent, frame.key, value);
  }

  #openScalar(reader: ScalarReader, key: string | number): void {
    this.#scalar = reader;
    this.#scalarKey = key;
    this.#text = '';
  }

  #closeScalar(reader: ScalarReader): void {
    const value = reader.lexical.parse(this.#text);
    if (value === undefined) this.#violate(`Expected ${reader.lexical.expects}.`, this.#scalarKey);
    this.#scalar = undefined;
    const parent = this.#frames.at(-1);
    if (parent !== undefined) this.#assign(parent, this.#scalarKey, value);
  }

  /**
   * How the element is read; nothing where it is a violation. Says in fields which field it fills and
   * what its value begins with: an object for each element would be a tenth of what reading it costs.
   */
  #enter(tag: OpenTag): Reader | undefined {
    this.#key = '';
    this.#begun = undefined;
    if (this.#scalar !== undefined) {
      const problem = `Has the element ${tag.local}, but expected ${this.#scalar.lexical.expects}.`;
      return this.#reject(problem, this.#scalarKey);
    }
    const frame = this.#frames.at(-1);
    if (frame === undefined) return this.#wrapper;
    if (!this.#isOurs(tag.uri)) {
      const found = tag.uri === '' ? 'no namespace' : `the namespace ${tag.uri}`;
      return this.#reject(`Is in ${found}; expected ${this.#namespace}.`, tag.local);
    }
    const { reader } = frame;
    if (reader.kind === 'object') return this.#enterField(reader, frame, tag.local);
    if (reader.kind === 'union') return this.#enterBranch(reader, frame, tag.local);
    const expected = reader.kind === 'array' ? 'item' : 'entry';
    if (tag.local !== expected) {
      return this.#reject(`Is not known here; only ${expected} is.`, tag.local);
    }
    this.#key = Array.isArray(frame.value) ? frame.value.length : Object.keys(frame.value).length;
    return reader.kind === 'array' ? reader.item : reader.entry;
  }

  /** Elements mostly share one string for their namespace, which is compared letter by letter once. */
  #isOurs(uri: string): boolean {
    if (uri === this.#ours) return true;
    if (uri !== this.#namespace) return false;
    this.#ours = uri;
    return true;
  }

  #enterField(reader: ObjectReader, frame: Frame, local: string): Reader | undefined {
    const member = reader.members.get(local);
    if (member === undefined) return this.#reject('Is not known here.', local);
    if (Object.hasOwn(frame.value, member.field)) {
      return this.#reject('Is given more than once.', member.field);
    }
    this.#key = member.field;
    return member.reader;
  }

  #enterBranch(reader: UnionReader, frame: Frame, local: string): Reader | undefined {
    const branch = reader.branches.get(local);
    if (branch === undefined) return this.#reject('Is not known here.', local);
    if (frame.branch !== undefined)
      return this.#reject('Is a second choice where one is made.', '');
    this.#begun = {};
    setOwn(this.#begun, reader.tag, branch.value);
    return branch.reader;
  }

  #reject(problem: string, key: string | number): undefined {
    this.#violate(problem, key);
  }

  /** The value of a frame that closes. */
  #finish(frame: Frame): unknown {
    if (frame.reader.kind !== 'union') return frame.value;
    if (frame.branch === undefined) {
      this.#violate(`Needs exactly one of: ${[...frame.reader.branches.keys()].join(', ')}.`);
    }
    return frame.branch;
  }

  #assign(parent: Frame, key: string | number, value: unknown): void {
    if (parent.reader.kind === 'union') parent.branch = value;
    else if (Array.isArray(parent.value)) parent.value.push(value);
    else if (parent.reader.kind === 'map')
      this.#assignEntry(parent.value, key, value as JsonObject | null | undefined);
    else setOwn(parent.value, String(key), value);
  }

  #assignEntry(
    map: JsonObject,
    place: string | number,
    entry: JsonObject | null | undefined,
  ): void {
    // An entry that says it is nil has been refused where it opened.
    if (entry === null || entry === undefined) return;
    const { key } = entry;
    if (typeof key !== 'string' || !Object.hasOwn(entry, 'value')) {
      this.#violate('An entry needs one key and one value.', place);
    } else if (Object.hasOwn(map, key)) {
      this.#violate('Is given more than once.', key);
    } else {
      setOwn(map, key, entry.value);
    }
  }

  #violate(detail: string, key: string | number = ''): void {
    if (this.#violations.length >= VIOLATIONS_MAX) return;
    this.#violations.push({ pointer: this.#pointer(key), detail });
  }

  /** A pointer to the child `key` of the open element; to the element itself when `key` is empty. */
  #pointer(key: string | number): string {
    let pointer = '';
    let parent: Frame | undefined;
    for (const frame of this.#frames) {
      pointer += toSegment(parent, frame.key, frame.value);
      parent = frame;
    }
    return pointer + toSegment(parent, key, undefined);
  }
}

function emptyValue(reader: ComplexReader): JsonObject | unknown[] {
  return reader.kind === 'array' ? [] : {};
}

/** Assigns as data: `__proto__` is a field like any other. */
function setOwn(target: JsonObject | unknown[], key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  } else {
    (target as JsonObject)[key] = value;
  }
}

/** The reference token (RFC 6901 §3) for a step that exists in the JSON value too. */
function toSegment(parent: Frame | undefined, key: string | number, value: unknown): string {
  if (key === '' || parent === undefined) return '';
  const entryKey =
    parent.reader.kind === 'map' ? (value as JsonObject | undefined)?.key : undefined;
  const token = typeof entryKey === 'string' ? entryKey : String(key);
  return `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
