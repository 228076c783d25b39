import { fileURLToPath } from 'node:url';
import type { KnownImages } from '@371os/devnet';

/** What deployments on the devnet run for images of ours: the same program as the container. */
export const DEVNET_IMAGES: KnownImages = {
  '371os/agent': {
    args: ['--conditions=@371os/source', 'scripts/main.js', 'agent'],
    workingDirectory: fileURLToPath(new URL('../..', import.meta.url)),
    ...{ portVariable: 'SERVER_PORT', dataVariable: 'DATA_DIR' },
    // A devnet that it started would outlive its lease.
    fixedVariables: { DEVNET: 'off' },
    allowedVariables: [
      ...['AGENT_CHARACTER', 'AGENT_TOKEN', 'AGENT_DRAIN_MS', 'CONFIDENTIAL', 'LOG_LEVEL'],
      ...['OPENAI_API_KEY', 'OPENAI_BASE_URL', 'OPENAI_LARGE_MODEL', 'OPENAI_SMALL_MODEL'],
      ...['OLLAMA_API_ENDPOINT', 'LOCALAI_BASE_URL', 'LOCAL_MODEL_DISCOVERY'],
      ...['TREASURY_LLM_CAP_USD', 'TREASURY_TASK_CAP_USD', 'TREASURY_GUEST_DAILY_CAP_USD'],
    ],
  },
};
