import type { Route } from '@elizaos/core';
import { dataRoutes } from './data.ts';
import { pageRoutes } from './page.ts';
import { sessionRoutes } from './sessions.ts';

/** What is answered over HTTP, below /371os. */
export const routes: Route[] = [...pageRoutes, ...sessionRoutes, ...dataRoutes];
