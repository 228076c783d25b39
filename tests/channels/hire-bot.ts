import { randomUUID } from 'node:crypto';
import channelsPlugin, { channelsOf, type ChannelsService } from '@371os/plugin-channels';
import { answering, type RoutedCompany } from '../router/company-fixture.ts';

/** An agent with a bot of its own, once it is known whether that is there. */
export async function hireBot(
  company: RoutedCompany,
  name: string,
  settings: Readonly<Record<string, string>>,
): Promise<ChannelsService> {
  const agent = await company.hireAs(
    randomUUID(),
    name,
    { ...settings, routing: { role: name, examples: [`Ask ${name}`] } },
    answering(() => `${name} is here.`),
    [channelsPlugin],
  );
  const channels = await channelsOf(agent);
  await channels.settled();
  return channels;
}
