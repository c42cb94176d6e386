import type { Access, Carried, Exposure, Owner, Schema } from './operation.ts';
import type { ObjectType } from './shape.ts';

/** What the author of an event writes. */
export interface EventSpec<P extends Schema> {
  /** What happened, in the past tense. */
  readonly summary: string;
  /** The payload field whose value orders events: those of one key are handled in order. */
  readonly key: string;
  readonly payload: P;
  readonly exposure?: Exposure;
  readonly access?: string | readonly string[];
  readonly owner?: Owner;
  /** Days to keep it in the log beyond the default. */
  readonly retainDays?: number;
}

/** An event as its author wrote it. */
export interface EventDefinition<P extends Schema = Schema> {
  readonly kind: 'event';
  readonly spec: EventSpec<P>;
}

/** Declares an event of a contract: a fact that its service publishes. */
export function event<P extends Schema>(spec: EventSpec<P>): EventDefinition<P> {
  return { kind: 'event', spec };
}

declare const payloadType: unique symbol;

/** An event of an API: checked, named, its payload compiled. */
export interface Event<Payload = unknown> {
  readonly api: string;
  readonly name: string;
  /** `inventory.StockDepleted`. */
  readonly id: string;
  readonly summary: string;
  readonly key: string;
  readonly exposure: Exposure;
  readonly access: Access | undefined;
  readonly owner?: Owner;
  readonly payload: ObjectType;
  readonly retainDays?: number;
  readonly [payloadType]?: Carried<Payload>;
}

/** The payload of an event. */
export type PayloadOf<E> = E extends Event<infer P> ? P : never;
