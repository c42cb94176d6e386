// The body of `rest`'s POST for NestJS's ValidationPipe. Decorators are applied by hand: Node strips types, it does
// not compile decorators; what runs is the same.
import 'reflect-metadata';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';

class Line {}
decorate([IsString(), Length(1, 40)], Line, 'sku');
decorate([IsInt(), Min(1), Max(99)], Line, 'quantity');

/** An order to be checked. */
export class Check {}
decorate([IsString(), Length(1, 80)], Check, 'reference');
decorate([IsOptional(), IsString(), MaxLength(200)], Check, 'note');
decorate(
  [IsArray(), ArrayMinSize(1), ArrayMaxSize(100), ValidateNested({ each: true }), Type(() => Line)],
  Check,
  'lines',
);

/** What is answered to it. */
export function toAnswer({ lines }) {
  const pieces = lines.reduce((sum, line) => sum + line.quantity, 0);
  return { ok: true, pieces, lines: lines.length };
}

function decorate(decorators, target, property) {
  for (const decorator of decorators) decorator(target.prototype, property);
}
