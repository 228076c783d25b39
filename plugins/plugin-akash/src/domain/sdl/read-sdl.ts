import type { z } from 'zod';
import { InvalidSdlError, UnsupportedSdlError } from '../../errors.ts';
import { sdlPath } from './sdl-path.ts';
import { sdlSchema, type Sdl } from './schema.ts';

// What chain-sdk 1.0.0-alpha.25 would leave out of the manifest without a word.
const NEWER: Readonly<Record<string, string>> = {
  tee: 'a trusted execution environment (params.tee)',
  reclamation: 'resource reclamation',
  interconnect: 'a GPU interconnect',
  rdma: 'RDMA between GPUs',
  keyRef: 'encrypted storage (keyRef)',
  kbs: 'a key broker (kbs)',
  verification: 'image verification',
  proxy_buffer_size: 'a proxy buffer size',
  include: 'other files (include)',
};

const MISSING = 'it is missing';
const MOST_GROUPS = 20;
const MOST_UNITS = 20;

/**
 * Checks a parsed SDL against the language (2.0, 2.1), the limits of the chain, and the references
 * within it.
 * @throws InvalidSdlError, UnsupportedSdlError, both naming the path: services.web.expose[0].port
 */
export function readSdl(value: unknown): Sdl {
  const parsed = sdlSchema.safeParse(value);
  if (!parsed.success) throw faultOf(parsed.error.issues);
  const sdl = parsed.data;
  checkSizes(sdl);
  checkExposure(sdl);
  return sdl;
}

function faultOf(issues: readonly z.core.$ZodIssue[]): Error {
  const leaves = issues.flatMap((issue) => leavesOf(issue, []));
  for (const { path, unknown } of leaves) {
    const feature = unknown === undefined ? undefined : NEWER[unknown];
    if (feature !== undefined) return new UnsupportedSdlError({ path: sdlPath(path), feature });
  }
  const [first] = leaves;
  return new InvalidSdlError({
    path: sdlPath(first?.path ?? []),
    problem: first?.problem ?? 'it is no SDL',
  });
}

interface Fault {
  readonly path: readonly PropertyKey[];
  readonly problem: string;
  /** The field that the language does not have. */
  readonly unknown?: string;
}

function leavesOf(issue: z.core.$ZodIssue, above: readonly PropertyKey[]): Fault[] {
  const path = [...above, ...issue.path];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        path: [...path, key],
        problem: 'this field is unknown',
        unknown: key,
      }));
    case 'invalid_union': {
      // Of the forms that a value may have, the one that it nearly has tells most.
      const forms = issue.errors.map((form) => form.flatMap((inner) => leavesOf(inner, path)));
      const deepest = forms.toSorted((left, right) => depth(right) - depth(left))[0] ?? [];
      if (depth(deepest) > path.length) return deepest;
      const isMissing = forms.flat().every(({ problem }) => problem.startsWith(MISSING));
      return [{ path, problem: isMissing ? MISSING : issue.message }];
    }
    case 'invalid_key':
      return [{ path, problem: issue.issues[0]?.message ?? issue.message }];
    case 'invalid_type':
      return [{ path, problem: typeProblem(issue) }];
    default:
      return [{ path, problem: issue.message }];
  }
}

function typeProblem(issue: z.core.$ZodIssueInvalidType): string {
  if (issue.message.endsWith('received undefined')) return `${MISSING} (${issue.expected})`;
  return issue.message;
}

function depth(faults: readonly Fault[]): number {
  return Math.max(0, ...faults.map(({ path }) => path.length));
}

function checkSizes({ deployment, profiles }: Sdl): void {
  const groups = new Map<string, Set<string>>();
  for (const [service, placements] of Object.entries(deployment))
    for (const placement of Object.keys(placements))
      groups.set(placement, (groups.get(placement) ?? new Set()).add(service));
  if (groups.size === 0) throw new InvalidSdlError({ path: 'deployment', problem: 'it is empty' });
  if (groups.size > MOST_GROUPS)
    throw new InvalidSdlError({
      path: 'deployment',
      problem: `${String(groups.size)} placements are used, and ${String(MOST_GROUPS)} is the most`,
    });
  for (const [placement, services] of groups)
    if (services.size > MOST_UNITS)
      throw new InvalidSdlError({
        path: sdlPath(['profiles', 'placement', placement]),
        problem: `${String(services.size)} services are placed here, and ${String(MOST_UNITS)} is the most`,
      });
  for (const [name, { resources }] of Object.entries(profiles.compute)) {
    const names = resources.storage.map(
      (volume) => ('name' in volume ? volume.name : undefined) ?? 'default',
    );
    if (new Set(names).size < names.length)
      throw new InvalidSdlError({
        path: sdlPath(['profiles', 'compute', name, 'resources', 'storage']),
        problem: 'two volumes have the same name',
      });
  }
}

function checkExposure({ services, deployment }: Sdl): void {
  const hosts = new Set<string>();
  let isReachable = false;
  for (const [name, service] of Object.entries(services)) {
    const used = new Set<string>();
    for (const [index, expose] of (service.expose ?? []).entries()) {
      const path = sdlPath(['services', name, 'expose', index]);
      for (const host of expose.accept ?? []) {
        if (hosts.has(host))
          throw new InvalidSdlError({
            path: `${path}.accept`,
            problem: `the host name "${host}" is used twice`,
          });
        hosts.add(host);
      }
      for (const to of expose.to ?? []) {
        isReachable ||= to.global === true && name in deployment;
        const key = [
          expose.port,
          expose.as,
          expose.proto?.toUpperCase() ?? 'TCP',
          to.service,
          to.global,
          to.ip,
        ].join(' ');
        if (used.has(key))
          throw new InvalidSdlError({
            path,
            problem: `port ${String(expose.port)} is exposed twice in the same way`,
          });
        used.add(key);
      }
    }
  }
  if (!isReachable)
    throw new InvalidSdlError({
      path: 'services',
      problem:
        'no service can be reached from outside: one of them has to expose a port to - global: true',
    });
}
