import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readMachine, roomOf } from './machine-room.ts';

const MIB = 1024 ** 2;
const machine = { cores: 4, memoryBytes: 8_000 * MIB, usedBytes: 2_000 * MIB, cpuPressure: 10 };

test('room is what processors, memory and pressure all allow', () => {
  assert.equal(roomOf(machine, { added: 2, meanRssBytes: 100 * MIB }), 4);
  // 85 % of 8,000 less 2,000 are 4,800 MiB, for replicas of 1.3 × 1,500.
  assert.equal(roomOf(machine, { added: 2, meanRssBytes: 1_500 * MIB }), 2);
  assert.equal(roomOf({ ...machine, cpuPressure: 60 }, { added: 0, meanRssBytes: MIB }), 0);
  const { cpuPressure: _, ...unknown } = machine;
  assert.equal(roomOf(unknown, { added: 6, meanRssBytes: MIB }), 0);
});

test('this machine has processors, memory, and uses some of it', () => {
  const { cores, memoryBytes, usedBytes } = readMachine();
  assert.ok(cores >= 1 && memoryBytes > 0 && usedBytes > 0 && usedBytes < memoryBytes);
});
