import { guestNamed, OWNER, type Principal } from '@371os/kernel';
import { presentReply, ROUTER_SERVICE, type RouterService } from '@371os/plugin-router';
import { AgentsNotStartedError } from '../launcher/errors.ts';
import type { Company } from '../launcher/launch.ts';
import type { ChatReply, Connection, Speaker } from './connection.ts';

/** A company that runs in this process. Whoever can start it owns its data, so is its owner. */
export function connectHere(company: Company): Connection {
  const router = frontDeskOf(company);
  return {
    ask: async ({ text, room, as, agent }, events) => {
      const reply = await router.ask({
        text,
        room,
        agent,
        principal: principalOf({ as }),
        onProgress: events.onProgress,
        onText: events.onText,
      });
      return presentReply(reply) as unknown as ChatReply;
    },
    history: (speaker, limit) => router.history(principalOf(speaker), speaker.room, limit),
    close: () => company.stop(),
  };
}

function frontDeskOf(company: Company): RouterService {
  for (const agent of company.agents) {
    const router = agent.getService<RouterService>(ROUTER_SERVICE);
    if (router) return router;
  }
  throw new AgentsNotStartedError({
    problem: 'no character has the plugin @371os/plugin-router and ROUTER_FRONT_DESK set to true.',
  });
}

function principalOf({ as }: Pick<Speaker, 'as'>): Principal {
  return as === 'owner' ? OWNER : guestNamed(as);
}
