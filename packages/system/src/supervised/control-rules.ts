import { Operator } from '@portico/administration';
import { Control } from '@portico/supervisor';
import { Platform } from '../platform/platform-api.ts';
import { TOOLS } from '../process/own-groups.ts';
import type { Allows } from '../process/wire-rules.ts';
import { Supervision } from './supervision-api.ts';

/** Who may talk to the supervisor: replicas of theirs, tools of the installation and the operator of all. */
export const allowsControl: Allows = (peer, from, operation) => {
  if (operation.api === Control.name) return from === Platform.name;
  if (operation.api !== Supervision.name) return false;
  return peer.group === TOOLS || from === Operator.name;
};
