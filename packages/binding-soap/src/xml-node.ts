import type { OpenTag, XmlHandler } from './guard.ts';
import type { QName } from './protocol-failures.ts';

/** A header block, or an element in one, as a tree: headers are few and small. */
export interface XmlNode extends QName {
  readonly attributes: readonly (QName & { readonly value: string })[];
  readonly children: readonly XmlNode[];
  /** Character data directly in it. */
  readonly text: string;
}

interface OpenNode extends XmlNode {
  readonly children: XmlNode[];
  text: string;
}

/** Builds one tree from the parser's events. */
export interface NodeBuilder extends XmlHandler {
  /** The root, once it has closed. */
  readonly node: XmlNode | undefined;
}

/** A builder for the element that opens next. */
export function createNodeBuilder(): NodeBuilder {
  const open: OpenNode[] = [];
  let root: XmlNode | undefined;
  return {
    get node() {
      return open.length === 0 ? root : undefined;
    },
    open(tag) {
      const node = toNode(tag);
      open.at(-1)?.children.push(node);
      root ??= node;
      open.push(node);
    },
    text(text) {
      const node = open.at(-1);
      if (node !== undefined) node.text += text;
    },
    close() {
      open.pop();
    },
  };
}

function toNode({ uri, local, attributes }: OpenTag): OpenNode {
  return { uri, local, attributes: Object.values(attributes), children: [], text: '' };
}

/** The value of an attribute, if it is there. */
export function attributeOf(node: XmlNode, uri: string, local: string): string | undefined {
  return node.attributes.find((each) => each.uri === uri && each.local === local)?.value;
}

/** The children with a name. */
export function childrenOf(node: XmlNode, uri: string, local: string): readonly XmlNode[] {
  return node.children.filter((child) => child.uri === uri && child.local === local);
}
