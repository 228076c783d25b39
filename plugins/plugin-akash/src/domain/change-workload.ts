import { InvalidSpecError, UnknownWorkloadError } from '../errors.ts';
import type { DeploymentPlan } from './deployment-plan.ts';
import { isImageName } from './image-name.ts';

/** What is to run from now on. */
export interface WorkloadChange {
  readonly dockerImage?: string | undefined;
  /** `NAME=value`, one a line; secrets by reference. Other variables stay. */
  readonly environment?: string | undefined;
  /** Needed where there are several services. */
  readonly service?: string | undefined;
}

type RawSdl = DeploymentPlan['sdl'];
interface RawService {
  readonly image: string;
  readonly env?: readonly string[];
}

/** The SDL with the change in it. @throws UnknownWorkloadError, InvalidSpecError */
export function changeWorkload(id: string, sdl: RawSdl, change: WorkloadChange): RawSdl {
  const services = sdl['services'] as unknown as Record<string, RawService>;
  const names = Object.keys(services);
  const name = change.service ?? (names.length === 1 ? names[0] : undefined);
  const service = name === undefined ? undefined : services[name];
  if (name === undefined || !service) throw new UnknownWorkloadError({ id, services: names });
  const changed = { ...service, ...imageOf(change), ...variablesOf(service, change) };
  return { ...sdl, services: { ...services, [name]: changed } } as unknown as RawSdl;
}

function imageOf({ dockerImage }: WorkloadChange): { image?: string } {
  if (dockerImage === undefined) return {};
  if (isImageName(dockerImage)) return { image: dockerImage };
  throw new InvalidSpecError({
    field: 'dockerImage',
    problem: `"${dockerImage.slice(0, 60)}" is not the name of an image`,
  });
}

function variablesOf(
  { env = [] }: RawService,
  { environment }: WorkloadChange,
): { env?: string[] } {
  if (environment === undefined) return {};
  const lines = environment.split('\n').filter((line) => line.trim() !== '');
  const wrong = lines.find((line) => !/^[A-Za-z_]\w*=/.test(line));
  if (wrong !== undefined)
    throw new InvalidSpecError({
      field: 'environment',
      problem: 'each line has to read NAME=value',
    });
  const names = new Set(lines.map(nameOf));
  return { env: [...env.filter((line) => !names.has(nameOf(line))), ...lines] };
}

function nameOf(variable: string): string {
  return variable.split('=')[0] ?? '';
}
