/** The commands of a Markdown file that a reader is to type: its `sh` blocks, in their order. */
export function extractCommands(markdown: string): string[] {
  const blocks: string[] = [];
  let lines: string[] | undefined;
  for (const text of markdown.split('\n')) {
    if (lines && text.trim() === '```') {
      blocks.push(lines.join('\n'));
      lines = undefined;
    } else if (lines) lines.push(text);
    else if (text.trim() === '```sh') lines = [];
  }
  return blocks;
}
