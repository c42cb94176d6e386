export { createOperator, createOperatorHandlers, type OperatorHandlers } from './operator.ts';
export { Operator, type OperatorCommand, operatorOperations } from './operator-api.ts';
export type {
  OperatorPort,
  PortDecision,
  PortDeliveryStatus,
  PortEvents,
  PortHealth,
  PortParkedPlace,
  PortSagas,
} from './operator-port.ts';
export type { OperatorProcess, OperatorQuestion, OperatorReach } from './operator-reach.ts';
export { createOperatorRelay } from './operator-relay.ts';
