import type { SagaIdentity, SagaPlace, StoreTransaction } from '@portico/store/spi';

/** A saga whose first attempt has begun with it: once its transaction has ended, one of the two is called. */
export interface BegunSaga {
  /** The transaction has committed: the attempt is made. */
  carryOn(): void;
  /** It has not, or nobody knows: whoever finds the saga carries it on. */
  forget(): void;
}

/** What starting a saga came to. */
export interface StartedSaga {
  /** False when there is one of this id already. */
  readonly isNew: boolean;
  /** `undefined` where it has to wait for its turn: it is found when it is due. */
  readonly begun: BegunSaga | undefined;
}

/** Starts the sagas of a service. */
export interface SagaStarter {
  /** Inserts a saga, with the intent of its first attempt where this process can make it at once. */
  insert(tx: StoreTransaction, saga: SagaIdentity & SagaPlace): Promise<StartedSaga>;
  /** Something may be due. */
  notify(): void;
}
