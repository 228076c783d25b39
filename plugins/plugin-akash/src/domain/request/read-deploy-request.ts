import { POLITE_BEGINNING } from '@371os/kernel';
import { readRegion } from '../../domain/regions.ts';
import { NUMBER, readNumber } from './number-words.ts';
import { readBudget } from './read-budget.ts';
import { readResources } from './read-resources.ts';
import { Words } from './words.ts';

/** What a message asks to have deployed. */
export interface DeployRequest {
  /** Fields of a specification, and `sdl` or `manifestPath`, all as text. */
  readonly fields: Readonly<Record<string, string>>;
  /** What has to be asked before there can be a plan. */
  readonly questions: readonly string[];
  /** What was said and not understood. */
  readonly notUsed: readonly string[];
}

const LONGEST = 70_000;
const VERB = new RegExp(
  `${POLITE_BEGINNING}(?<verb>(?:re-?)?deploy|launch|host|provision|spin\\s+up|run|start|put)\\b`,
  'i',
);
const SURE = /^(?:re-?)?deploy|launch|host|provision|spin/i;
const AKASH = /\bakash\b/i;
const SDL_BLOCK = /```(?:ya?ml|sdl)?\s*\n(?<sdl>[\s\S]*?\bservices\s*:[\s\S]*?)```/i;
const SDL_TEXT = /(?:^|\n)(?<sdl>(?:---\s*\n)?version\s*:[\s\S]*\nservices\s*:[\s\S]*)$/;
const FILE =
  /(?:(?:the|from|with|using)\s+)*(?:(?:sdl|manifest|file)\s+)*(?:at\s+|in\s+)?["'`]?(?<path>[\w./-]+\.ya?ml)["'`]?/i;
const NAMED_IMAGE =
  /\b(?:docker\s+|container\s+)?image\s*(?:is|of|:|=)?\s+["'`]?(?<image>[^\s"'`,]*[^\s"'`,;.!?])["'`]?/i;
const FIRST_WORD =
  /^\s*;?\s*(?:(?:a|an|the|our|my|this|container|of|with|new|instance|server|service|copy)\s+)*["'`]?(?<image>[^\s"'`,]*[^\s"'`,;.!?])["'`]?/i;
const COUNTED = new RegExp(
  String.raw`^\s*;?\s*(?<replicas>${NUMBER})\s+(?:(?:replicas?|instances?|copies|containers?|pods?)\s+of\s+)(?<image>[^\s,]*[^\s,;.!?])`,
  'i',
);

// Images that people name without a tag, and the port that each listens on.
const KNOWN_IMAGES: Readonly<Record<string, string>> = {
  nginx: '80/http',
  httpd: '80/http',
  caddy: '80/http',
  traefik: '80/http',
  wordpress: '80/http',
  nextcloud: '80/http',
  adminer: '8080/http',
  tomcat: '8080/http',
  jenkins: '8080/http',
  ghost: '2368/http',
  registry: '5000/http',
  influxdb: '8086/http',
  redis: '6379/tcp',
  valkey: '6379/tcp',
  postgres: '5432/tcp',
  mysql: '3306/tcp',
  mariadb: '3306/tcp',
  mongo: '27017/tcp',
  memcached: '11211/tcp',
  rabbitmq: '5672/tcp',
};

const VARIABLE =
  /(?:(?:with\s+)?(?:the\s+)?(?:env(?:ironment)?(?:\s+variables?)?|variables?)\s*:?\s*)?(?<![\w=])(?<name>[A-Z_][A-Z0-9_]+)=(?<value>"[^"]*"|[^\s,;]+)/;
const PORT = String.raw`\d{1,6}(?:\s*/\s*(?:tcp|udp|http))?`;
const PORTS = new RegExp(
  String.raw`(?:(?:on|at|with|exposing|expose|and|its|the)\s+)*\bports?\s*:?\s*(?<ports>${PORT}(?:\s*(?:,|and|&)\s*${PORT})*)(?:\s+(?<proto>tcp|udp|http))?`,
  'i',
);
const REPLICAS = [
  String.raw`(?:with\s+)?(?<replicas>${NUMBER})\s+(?:replicas?|instances?|copies|pods?)\b`,
  String.raw`\b(?:replicas?|instances?)\s*[:=]?\s*(?<replicas>\d+)\b`,
].map((source) => new RegExp(source, 'i'));
const REDUNDANCY = [
  String.raw`\b(?:with\s+)?(?:a\s+)?redundan(?:cy|t|tly)(?:\s+(?:of|over|across|on))?\s*[:=]?\s*(?<redundancy>${NUMBER})(?:\s+(?:different\s+|distinct\s+)?providers?)?`,
  String.raw`\b(?:on|over|across)\s+(?<redundancy>${NUMBER})\s+(?:different\s+|distinct\s+)?providers\b`,
].map((source) => new RegExp(source, 'i'));
const PERSISTENCE =
  /\b(?:with\s+)?(?:persistent|persisted|persistence|durable)(?:\s+(?:storage|disk|volume|data))?\b|\bkeep(?:ing|s)?\s+(?:its|the|my|our)\s+data\b/i;
const PERSISTENT_SIZE =
  /\b(?:persistent|persisted|durable)\s+(?:storage|disk|volume|ssd)\b|\bpersist/i;
const MOUNT = /\b(?:mounted\s+)?(?:at|on|under)\s+(?<mountPath>\/[\w./-]+)/i;
const WORD = String.raw`[a-z]+(?:[-\s](?:west|east|north|south|central|coast|states|america)(?:-\d)?)?`;
const REGIONS = new RegExp(
  String.raw`\b(?:in|near|within|inside|region|regions)\s*:?\s+(?:the\s+)?(?:regions?\s+)?(?<regions>${WORD}(?:\s*(?:,|or|and|\/)\s*(?:in\s+)?(?:the\s+)?${WORD})*)(?:\s+regions?)?\b`,
  'i',
);
const REGION_NAME =
  /\b(?<region>(?:us|eu|as|ap|na|ca|af|oc|sa|europe|asia)-(?:west|east|north|south|central|northwest|northeast|southwest|southeast|midwest)(?:ern)?(?:-\d{1,2})?)\b/i;
// What follows "in" and is no region.
const NO_REGION =
  /^(?:production|prod|staging|docker|a|an|total|all|background|detached|full|one|two|my|our)\b/i;

const FILLERS = new Set(
  'a an the and or with for on to in at of it its this that from by as is be please thanks thank you me us akash network decentralized cloud using use image container docker service server instance region regions most maximum month there where which should would can will up somewhere also then each my our'.split(
    ' ',
  ),
);

/** What a message asks to have deployed, or undefined when it asks for no deployment. */
export function readDeployRequest(text: string): DeployRequest | undefined {
  if (text.length > LONGEST) return undefined;
  const inline = SDL_BLOCK.exec(text) ?? SDL_TEXT.exec(text);
  const said = inline ? text.replace(inline[0], ' ') : text;
  const words = new Words(said);
  const verb = words.take(VERB)?.['verb'];
  if (verb === undefined) return undefined;
  const sdl = inline?.groups?.['sdl'];
  if (sdl !== undefined) return { fields: { sdl }, questions: [], notUsed: [] };
  const path = words.take(FILE)?.['path'];
  if (path !== undefined) return { fields: { manifestPath: path }, questions: [], notUsed: [] };
  const image = takeImage(words);
  const isMeant =
    AKASH.test(said) || (image !== undefined && (SURE.test(verb) || /[:/@]/.test(image.name)));
  return isMeant ? readRest(words, said, image) : undefined;
}

function takeImage(words: Words): { name: string; replicas?: string } | undefined {
  const counted = words.take(COUNTED);
  if (counted?.['image'] !== undefined)
    return { name: counted['image'], replicas: readNumber(counted['replicas'] ?? '') ?? '1' };
  const named = words.take(NAMED_IMAGE)?.['image'];
  if (named !== undefined) return { name: named };
  const first = new RegExp(FIRST_WORD).exec(words.rest)?.groups?.['image'];
  if (first === undefined || !looksLikeImage(first)) return undefined;
  words.take(FIRST_WORD);
  return { name: first };
}

// What has the signs of a reference is one, be it well formed or not: it is checked, not passed over.
function looksLikeImage(word: string): boolean {
  return word in KNOWN_IMAGES || /[:@]\S|\/|[$`|&<>(){}\\;]/.test(word);
}

function readRest(
  words: Words,
  said: string,
  image: { name: string; replicas?: string } | undefined,
): DeployRequest {
  const fields: Record<string, string> = {};
  const questions: string[] = [];
  if (image === undefined)
    questions.push(
      'Which container image is to run, such as nginx:alpine or ghcr.io/acme/api:1.4?',
    );
  else fields['dockerImage'] = image.name;
  readEnvironment(words, fields);
  const { maxCost, question } = readBudget(words, said);
  if (maxCost !== undefined) fields['maxCost'] = maxCost;
  if (question !== undefined) questions.push(question);
  readCounts(words, fields, image?.replicas);
  readPorts(words, fields, image?.name);
  if (PERSISTENT_SIZE.test(said)) fields['persistence'] = 'true';
  const { mountPath } = words.take(MOUNT) ?? {};
  if (mountPath !== undefined) fields['mountPath'] = mountPath;
  const resources = readResources(words);
  Object.assign(fields, resources.fields);
  questions.push(...resources.questions);
  if (words.take(PERSISTENCE)) fields['persistence'] = 'true';
  readRegions(words, fields, questions);
  return { fields, questions, notUsed: words.left(FILLERS) };
}

function readEnvironment(words: Words, fields: Record<string, string>): void {
  const variables = words
    .takeAll(VARIABLE)
    .map(({ name = '', value = '' }) => `${name}=${value.replace(/^"|"$/g, '')}`);
  if (variables.length > 0) fields['environment'] = variables.join('\n');
}

function readCounts(
  words: Words,
  fields: Record<string, string>,
  counted: string | undefined,
): void {
  for (const [field, patterns] of [
    ['redundancy', REDUNDANCY],
    ['replicas', REPLICAS],
  ] as const)
    for (const pattern of patterns) {
      const found = words.take(pattern)?.[field];
      const number = found === undefined ? undefined : readNumber(found);
      if (number !== undefined) fields[field] ??= number;
    }
  if (counted !== undefined) fields['replicas'] ??= counted;
}

function readPorts(words: Words, fields: Record<string, string>, image: string | undefined): void {
  const found = words.takeAll(PORTS).flatMap(({ ports = '', proto }) =>
    ports.split(/\s*(?:,|and|&)\s*/).map((port) => {
      const plain = port.replace(/\s/g, '');
      return proto !== undefined && !plain.includes('/') ? `${plain}/${proto}` : plain;
    }),
  );
  const usual = KNOWN_IMAGES[image?.split('/').at(-1)?.split(/[:@]/)[0] ?? ''];
  if (found.length > 0) fields['ports'] = found.join(',');
  else if (usual !== undefined) fields['ports'] = usual;
}

function readRegions(words: Words, fields: Record<string, string>, questions: string[]): void {
  const names = words
    .takeAll(REGION_NAME)
    .map(({ region = '' }) => region)
    .concat(
      words
        .takeAll(REGIONS)
        .flatMap(({ regions = '' }) =>
          NO_REGION.test(regions)
            ? []
            : regions.split(/\s*(?:,|\bor\b|\band\b|\/)\s*(?:in\s+)?(?:the\s+)?/i),
        ),
    )
    .filter((name) => name.trim() !== '');
  const known = names.flatMap((name) => readRegion(name) ?? []);
  const unknown = names.filter((name) => readRegion(name) === undefined);
  if (known.length > 0) fields['regions'] = known.join(',');
  if (unknown.length > 0)
    questions.push(
      `Which region is "${unknown.join(', ')}"? I know eu, us, asia, na, ca, sa, af, oc, and sides such as us-west or eu-central.`,
    );
}
