/** A fenced `ts` block of a Markdown file, as a module to type-check. */
export interface Snippet {
  /** The line of its fence, from 1. */
  readonly line: number;
  /** As many lines as the file up to the block's end, blank where it says something else: places in errors stay right. */
  readonly code: string;
}

/**
 * The `ts` blocks of a Markdown file. What a block takes for granted stands in a comment before it, which
 * readers don't see: `<!-- given`, lines of TypeScript, `-->`. Blocks marked `ts no-check` are left out.
 */
export function extractSnippets(markdown: string): Snippet[] {
  const snippets: Snippet[] = [];
  let given: string[] = [];
  let block: { readonly line: number; readonly code: string[]; readonly end: string } | undefined;
  let where: 'prose' | 'given' | 'block' = 'prose';
  for (const [index, text] of markdown.split('\n').entries()) {
    if (where === 'given') {
      if (text.trim() === '-->') where = 'prose';
      else given[index] = text;
    } else if (block) {
      if (text.trim() !== block.end) block.code[index] = text;
      else {
        if (where === 'block') snippets.push({ line: block.line, code: toModule(block.code) });
        block = undefined;
        where = 'prose';
        given = [];
      }
    } else if (text.trim() === '<!-- given') where = 'given';
    else {
      const fence = /^\s*(`{3,})(.*)$/.exec(text);
      if (!fence) continue;
      block = { line: index + 1, code: [...given], end: fence[1] ?? '' };
      where = /^ts$/.test(fence[2]?.trim() ?? '') ? 'block' : 'prose';
    }
  }
  return snippets;
}

/** Everything is a module, so that snippets don't see each other and may `await`. */
function toModule(lines: readonly string[]): string {
  return `${Array.from(lines, (line) => line ?? '').join('\n')}\nexport {};\n`;
}
