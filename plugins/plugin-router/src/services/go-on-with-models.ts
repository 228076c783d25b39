import type { GatewayService } from '@371os/plugin-gateway';
import type { TaskQueue } from '../ports.ts';

interface Needed {
  readonly gateway: Pick<GatewayService, 'hasLanguageModel' | 'onModelsChanged'>;
  readonly tasks: Pick<TaskQueue, 'goOn'>;
  readonly log: (problem: string, error: unknown) => void;
}

const LANGUAGE_MODEL = 'language-model';

/** Has what waits for a language model go on once there is one, until the returned function is called. */
export function goOnWithModels({ gateway, tasks, log }: Needed): () => void {
  const goOn = (): void => {
    if (!gateway.hasLanguageModel()) return;
    tasks.goOn({ waitingFor: LANGUAGE_MODEL }).catch((error: unknown) => {
      log('waiting tasks could not go on', error);
    });
  };
  goOn();
  return gateway.onModelsChanged(goOn);
}
