import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { foldText, wordsOf } from '../../text.ts';
import { createWordIndex } from './word-index.ts';

const plain = (text: string) => [{ text, weight: 1 }];

describe('the index of words', () => {
  it('finds documents in which every word begins some word', () => {
    const index = createWordIndex();
    index.put('a', plain('Brass garden lantern'));
    index.put('b', plain('Garden chair, brass-coloured'));
    index.put('c', plain('Kitchen knife'));
    assert.deepEqual([...(index.search('GARD brass')?.keys() ?? [])].sort(), ['a', 'b']);
    assert.deepEqual([...(index.search('gard lant')?.keys() ?? [])], ['a']);
    assert.equal(index.search('ardens')?.size, 0);
    assert.equal(index.search(' … '), undefined);
  });

  it('does not mind marks on letters', () => {
    assert.equal(foldText('Crème Brûlée GROẞ'), 'creme brulee gross');
    assert.deepEqual(wordsOf('Füße, 2×4-inch'), ['fusse', '2', '4', 'inch']);
  });

  it('ranks full words and weighty places first', () => {
    const index = createWordIndex();
    index.put('title', [{ text: 'Oak table', weight: 8 }]);
    index.put('description', [{ text: 'stands on an oak table', weight: 1 }]);
    index.put('prefix', [{ text: 'Oaken bench', weight: 8 }]);
    const scores = index.search('oak');
    assert.deepEqual([...(scores ?? [])].sort(), [
      ['description', 2],
      ['prefix', 8],
      ['title', 16],
    ]);
  });

  it('forgets what was replaced and removed: it equals one built from what is left', () => {
    const words = fc.constantFrom('oak', 'oaken', 'brass', 'lamp', 'lantern', 'garden');
    const change = fc.record({
      document: fc.constantFrom('a', 'b', 'c', 'd'),
      text: fc.option(fc.array(words, { maxLength: 4 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), fc.array(words), (changes, query) => {
        const index = createWordIndex();
        const left = new Map<string, string>();
        for (const { document, text } of changes) {
          index.search('la');
          if (text) index.put(document, plain(text.join(' ')));
          else index.remove(document);
          if (text) left.set(document, text.join(' '));
          else left.delete(document);
        }
        const anew = createWordIndex();
        for (const [document, text] of left) anew.put(document, plain(text));
        const sorted = (found: ReadonlyMap<string, number> | undefined) =>
          [...(found ?? [])].sort();
        const asked = query.map((word) => word.slice(0, 3)).join(' ');
        assert.deepEqual(sorted(index.search(asked)), sorted(anew.search(asked)));
      }),
    );
  });
});
