/** Uniform numbers in [0, 1). */
export type Draw = () => number;

/** Whether something that happens with this probability happens now. */
export function happens(draw: Draw, probability: number): boolean {
  return draw() < probability;
}

/** The pause until the next event of a Poisson process with `rate` events a second, in ms. */
export function drawPoissonPauseMs(draw: Draw, rate: number): number {
  return (-Math.log(1 - draw()) / rate) * 1_000;
}

/** How many of `trials` happen. */
export function drawBinomial(draw: Draw, trials: number, probability: number): number {
  let count = 0;
  for (let trial = 0; trial < trials; trial += 1) if (happens(draw, probability)) count += 1;
  return count;
}

/** A log-normal number with this median; `spread` is the standard deviation of its logarithm. */
export function drawLogNormal(
  draw: Draw,
  { median, spread, most }: { median: number; spread: number; most: number },
): number {
  // Box and Muller's transform; 1 − u, because the logarithm of zero is no number.
  const normal = Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
  return Math.min(most, median * Math.exp(spread * normal));
}

/** Picks a rank from 0 to `count` − 1: the first is picked twice as often as the second, and so on. */
export function createZipf(count: number): (choice: number) => number {
  const weights = Array.from({ length: count }, (_, rank) => 1 / (rank + 1));
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  let sum = 0;
  const bounds = weights.map((weight) => {
    sum += weight / whole;
    return sum;
  });
  return (choice) => {
    const rank = bounds.findIndex((bound) => choice < bound);
    return rank < 0 ? count - 1 : rank;
  };
}

/** `items` in a random order (Fisher and Yates). */
export function shuffle<Item>(draw: Draw, items: readonly Item[]): Item[] {
  const left = [...items];
  const shuffled: Item[] = [];
  while (left.length > 0) shuffled.push(...left.splice(Math.floor(draw() * left.length), 1));
  return shuffled;
}
