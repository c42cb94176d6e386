export { createOperator } from './operator.ts';
export { Operator } from './operator-api.ts';
export type {
  OperatorPort,
  PortDecision,
  PortDeliveryStatus,
  PortEvents,
  PortHealth,
  PortSagas,
} from './operator-port.ts';
