import { Failure } from '@portico/contract';
import { type Service, service } from '@portico/service';
import { Faults } from './faults-api.ts';
import type { ActiveFault, Switches } from './switches.ts';

/** The service behind {@link Faults}: one process's switches. */
export function createFaults(switches: Switches): Service {
  return service(Faults)({
    operations: {
      listFaults: () => ({ items: switches.list().map(toView) }),
      switchOn({ name, settings, forMs }, { log }) {
        const fault = switchOn(() => switches.on(name, JSON.parse(settings), forMs));
        log.warn({ fault: name, settings, forMs }, 'A fault is switched on.');
        return toView(fault);
      },
      switchOff({ name }, { log }) {
        switches.off(name);
        log.warn({ fault: name }, 'A fault is switched off.');
      },
    },
  }) as Service;
}

/** A mistake in settings is the caller's. */
function switchOn(attempt: () => ActiveFault): ActiveFault {
  try {
    return attempt();
  } catch (problem) {
    const detail = (problem as Error).message;
    throw Failure.rejected('invalid', detail, {
      violations: [{ pointer: '/settings', detail }],
    });
  }
}

function toView({ name, settings, hits, endsAt }: ActiveFault) {
  return {
    name,
    settings: JSON.stringify(settings),
    hits,
    endsAt: new Date(endsAt).toISOString(),
  };
}
