import type { Failure } from '@portico/contract';

/** Whoever waits for calls: an invocation for those it makes, a service for those that begin in it. */
export interface CallOwner {
  firstChild: CallNode | undefined;
}

/** A call that somebody waits for. The links belong to the tree: no lists to make, none to search. */
export interface CallNode {
  nextSibling: CallNode | undefined;
  previousSibling: CallNode | undefined;
  cancel(reason: Failure): void;
}

/** `node` is under way for `owner`. */
export function attach(owner: CallOwner, node: CallNode): void {
  const first = owner.firstChild;
  node.nextSibling = first;
  if (first) first.previousSibling = node;
  owner.firstChild = node;
}

/** `node` has ended. */
export function detach(owner: CallOwner, node: CallNode): void {
  const { nextSibling: next, previousSibling: previous } = node;
  if (previous) previous.nextSibling = next;
  else if (owner.firstChild === node) owner.firstChild = next;
  if (next) next.previousSibling = previous;
  node.nextSibling = undefined;
  node.previousSibling = undefined;
}

/** Cancels everything that `owner` waits for, within this turn. */
export function cancelChildren(owner: CallOwner, reason: Failure): void {
  // A cancelled call leaves the list.
  while (owner.firstChild) {
    const child = owner.firstChild;
    child.cancel(reason);
    if (owner.firstChild === child) detach(owner, child);
  }
}
