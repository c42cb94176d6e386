import { type DeclaredError, Failure, type Operation, type Violation } from '@portico/contract';
import type { Caller } from '@portico/service';
import { REFUSED } from './copy-json.ts';
import { createFieldAccess, type FieldAccess } from './field-access.ts';
import type { Placement } from './placement.ts';
import type { Places } from './policies/admission.ts';
import type { Bulkhead } from './policies/bulkhead.ts';
import type { LatencyMedian } from './policies/latency-median.ts';
import type { ValueType } from './value-types.ts';

/** An operation as this process serves it: its service and its types (compiled on first use). */
export class Entry {
  readonly operation: Operation;
  readonly placement: Placement;
  readonly keyed: boolean;
  readonly safe: boolean;
  /** Where its calls have their places. */
  readonly places: Places;
  /** For calls from this process; those that wait are not counted. */
  readonly bulkhead: Bulkhead | undefined;
  /** How long its calls take. */
  readonly median: LatencyMedian | undefined;
  #input: ValueType | undefined;
  #output: ValueType | undefined;
  readonly #inputAccess: FieldAccess | undefined;
  readonly #outputAccess: FieldAccess | undefined;
  #errors: Map<string, ValueType> | undefined;

  constructor(placement: Placement, operation: Operation) {
    this.placement = placement;
    this.operation = operation;
    this.keyed = operation.effect === 'keyed';
    this.safe = operation.effect === 'safe';
    const { gate } = placement;
    this.places = gate.placesOf(operation);
    this.bulkhead = operation.waits ? undefined : gate.bulkhead;
    this.median = gate.medianOf(operation);
    const { types } = placement.service.api;
    this.#inputAccess = createFieldAccess(operation.input.shape, types);
    this.#outputAccess = operation.output && createFieldAccess(operation.output.shape, types);
  }

  /** Compiles what the first call would. A supervised replica does this before it reports ready. */
  warmUp(): void {
    this.#input ??= this.placement.types.compile(this.operation.input);
    if (this.operation.output) this.#output ??= this.placement.types.compile(this.operation.output);
  }

  /**
   * @throws {Failure} `invalid`, with what is wrong where; a field that the caller may not send is as
   * wrong as an unknown one.
   */
  copyInput(value: unknown, caller: Caller): unknown {
    this.#input ??= this.placement.types.compile(this.operation.input);
    const given = value === undefined ? {} : value;
    const copy = this.#input.copy(given);
    if (copy === REFUSED) throw this.#invalid(this.#input.explain(given));
    const refusals = this.#inputAccess?.refusals(copy, caller);
    if (refusals !== undefined && refusals.length > 0) throw this.#invalid(refusals);
    return copy;
  }

  #invalid(violations: readonly Violation[]): Failure {
    const message = `The input does not fit ${this.operation.id}.`;
    return Failure.rejected('invalid', message, { violations });
  }

  /** Removes from an answer, copied already, what `caller` may not see. */
  hideFields(answer: unknown, caller: Caller): void {
    if (this.#outputAccess !== undefined) this.#outputAccess.hide(answer, caller);
  }

  /** @throws {Error} naming what does not fit; for the log, since the service is at fault. */
  copyOutput(value: unknown): unknown {
    const { output, id } = this.operation;
    if (output === undefined) {
      if (value === undefined) return undefined;
      throw new Error(`${id} declares no output, but its handler answered with a value.`);
    }
    this.#output ??= this.placement.types.compile(output);
    const copy = this.#output.copy(value);
    if (copy !== REFUSED) return copy;
    throw new Error(`The output of ${id} does not fit: ${listed(this.#output, value)}`);
  }

  /**
   * What the contract says of a failure that a handler threw; `undefined` if this operation does not
   * declare its definition.
   */
  declarationOf(thrown: Failure): DeclaredError | undefined {
    const { definition } = thrown.details;
    if (definition === undefined) return undefined;
    for (const declared of Object.values(this.operation.errors)) {
      if (declared.definition === definition) return declared;
    }
    return undefined;
  }

  /** @throws {Error} naming what does not fit; for the log. */
  copyErrorData(declared: DeclaredError, data: unknown): unknown {
    if (!declared.data) return undefined;
    this.#errors ??= new Map();
    let type = this.#errors.get(declared.name);
    if (!type) {
      type = this.placement.types.compile(declared.data);
      this.#errors.set(declared.name, type);
    }
    const copy = type.copy(data);
    if (copy !== REFUSED) return copy;
    const { id } = this.operation;
    throw new Error(
      `The data of ${id}'s error ${declared.name} does not fit: ${listed(type, data)}`,
    );
  }
}

/** Reasons on one line: `/total is required. /lines/0 must be an object.` */
export function listed(type: ValueType, value: unknown): string {
  return type
    .explain(value)
    .map(({ pointer, detail }) => `${pointer || 'it'} ${detail}`)
    .join(' ');
}
