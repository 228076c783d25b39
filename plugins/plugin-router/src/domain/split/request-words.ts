// What English requests are made of. All in lower case.

function words(list: string): ReadonlySet<string> {
  return new Set(list.trim().split(/\s+/));
}

/** Words that begin a command whatever follows. */
export const COMMAND_VERBS = words(`
  achieve add adapt adjust advertise advise allocate analyse analyze announce apologise apologize
  apply appoint approve arrange ask assemble assess assign attract audit automate avoid ban become
  begin benchmark book brainstorm bring build calculate calm cancel capture categorise celebrate
  check choose clarify classify clean cleanse clear close coach collect come compare compile
  compose compute conduct configure confirm connect consider consolidate contact convert convince
  coordinate correct count create cut debug decide define delete deliver deploy describe determine
  develop diagnose discuss distribute divide document double-check download draw earn edit
  eliminate email encourage encrypt enforce ensure enter escalate establish evaluate examine expand
  explain explore export extend fetch figure fill finalise finalize find finish fix flag forward
  gather generate get give go greet grow handle harden hide highlight hire host identify implement
  import improve include increase inform inspect install integrate interview introduce invent
  investigate invite invoke join keep kick launch learn let list look lower maintain make manage
  measure meet merge migrate moderate modernise monetise monetize monitor negotiate notify obtain
  offer onboard open optimise optimize order organise organize outline pay patch phase pick
  pitch position post prepare present prevent prioritise prioritize produce promote propose prove
  provide publish pull push put raise read recommend reconcile recover recruit redesign reduce
  refactor refine refresh reject release remind remove rename renew repair replace reply reproduce
  reschedule resolve respond restart restore restructure retire retry revert revise revoke rewrite
  roll rotate say secure see select sell send set settle share shorten show shut simplify sketch
  solve sort specify speak speed split spread start stop streamline submit suggest summarise
  summarize survey switch sync take talk teach tell thank think throw tidy track train
  translate treat trim troubleshoot try turn tweak understand undo unify update upgrade upload
  validate verify visualise visualize walk warn welcome win wipe work write lay pin mute celebrate
  archive assure ban chase clone commission cook cross-check customise customize dig disable drop
  enable exclude foster hand-over hunt inquire involve liaise localise localize mock nudge obtain
  oversee overhaul pause ping polish preview prolong promote prune quantify reassure rebuild recalculate
  recheck reconnect redraft reinstall relaunch remake rephrase replan resize resume retest retrain
  reuse scrap seek shape sharpen simulate skip spike standardise standardize stem substitute swap
  tackle tighten toggle transcribe transform trigger tune uninstall unlock unpublish upsell verify vet
  void wrap
  groom scope storyboard reposition rebrand rethink reorganise reorganize restock rework re-run
  rerun redo proofread debrief brief recap reconsider remodel resend reset reach raise hand help
`);

/** Words that begin a command when what follows is its object: "review the code". */
export const NOUN_VERBS = words(`
  answer approach back balance bill block bookmark budget call campaign cap challenge chart charge
  code comment contract copy cost cover craft credit date deal design discount draft estimate
  experiment feature file film fine forecast format fund grade group guide index interest
  interface issue label lead limit link load lock log mail map mark market match mention message
  model move name note number offer outline pack page plan point poll price print process profile
  program project protect question quiz quote rank rate record refund report request research
  reserve return review reward route run scale scan schedule score script search segment ship sign
  sort sponsor staff state stock store study sum support target task tax test text time title top
  touch trade transfer trial value visit vote watch weigh
`);

export const QUESTION_WORDS = words(
  `what what's whats which who who's whose where where's when why how how's`,
);

export const AUXILIARIES = words(`
  is are was were am do does did has have had can could may might must shall should will would
  isn't aren't don't doesn't didn't can't couldn't won't wouldn't shouldn't
`);

/** What can stand between a command's verb and the thing it is about. */
export const DETERMINERS = words(`
  the a an our my your their its his her it them this that these those all each every any some
  both what who why how which whether if us me him everyone everybody people someone no two three
  four five six seven eight nine ten 1 2 3 4 5 6 7 8 9 10 20 50 100 one another more less about
  up out down back off on with for to new
`);

export const SUBJECTS = words(`
  i i'm i've we we're we've you it it's they they're he he's she she's there there's the a an our my
  this that these those some somebody someone everybody everyone nobody many most half people
  users customers members both every each no several
`);

/** Words that a statement has and a bare heading lacks. */
export const STATEMENT_VERBS = words(`
  is are was were has have had isn't aren't wasn't doesn't don't didn't can't won't keeps keep got
  gets went wants want need needs says said asks asked complain complains complained complaining
  it's that's there's we're we've they're i've i'm launch launches launched starts started stopped
  failed fails fell rose grew dropped lost broke crashed left opens opened closed quit came comes
  lose loses goes takes took made makes runs ran changed announced moved bought sold
`);

/** What a part that speaks of the one before it uses instead of a name. */
export const BACK_REFERENCES = words(`it them this that these those he she him her they both so`);

/** Words without content of their own; a clause of these and of verbs alone lives on another one. */
export const EMPTY_WORDS = words(`
  i we you it he she they them him her us me this that these those there here so now next first then
  again about with for to into on at of from in out up off over by and or not else best way ways thing
  things any some someone somebody anyone anybody can't please pls just maybe possible ahead
  instead better shorter faster nicer soon quickly happen happens happened going wrong right okay ok
  think mean react deal respond be been being do done make asap
`);

/** First words of a clause that waits for its main clause. */
export const SUBORDINATORS = words(`
  if unless when once after before since because as while although though until given for in on at
  with by during from to of without regarding concerning
`);

export const GREETINGS = words(
  `hi hello hey hiya howdy greetings morning afternoon evening dear yo hallo thanks thank cheers thx`,
);

export const COURTESIES = words(`
  thanks thank you thx ty cheers please pls regards best kind bye so much very a lot in advance many
  for your help everybody everyone
  danke schön vielen dank bitte merci beaucoup gracias muchas mille grazie obrigado obrigada bedankt
  ありがとう ありがとうございます شكرا شكراً
`);

/** Words of a lead-in such as "two things for today:". */
export const LEAD_IN_WORDS = words(`
  things thing tasks points following todo todos to-do to-dos items requests asks questions favours
  favors help jobs steps below topics matters wishes ones list
`);

/** Words that make a lead-in of a sentence without a verb: "quick ones", "three things please". */
export const LEAD_IN_FILLERS = words(`
  a an the some few couple of just only my our your here are is there's quick short small little
  for on in from today tonight tomorrow now week morning afternoon evening more other and so ok okay
  please two three four five six seven eight nine ten 2 3 4 5 6 7 8 9 10 i have we need you me us
  want to do with by this next these as follows monday tuesday wednesday thursday friday
`);

/** Joining words that also stand before a noun: "the next step". */
export const ORDINALS = words(`first second third fourth next last`);

/** Words that can begin a run of joining words in the middle of a sentence. */
export const MID_JOINERS = words(
  `, and & + n but while then also plus as afterwards finally → ⇒ - = – — otherwise before`,
);

/** Commands that tell somebody, mostly of what the one before was about: "and tell me ...". */
export const REPORTING_VERBS = words(
  `tell show say explain describe let report announce share inform`,
);

/** Commands that only look at something, for the sake of the next one. */
export const INSPECTING_VERBS = words(`
  look read go review compare study evaluate analyse analyze assess examine inspect rank rate
  collect gather see walk take
`);

interface Joiner {
  readonly words: readonly string[];
  /** `preceding`: what came before waits for what follows. */
  readonly relation: 'parallel' | 'sequential' | 'conditional' | 'preceding';
  /** Says by itself that something new begins. */
  readonly isClear: boolean;
}

function joiners(
  relation: Joiner['relation'],
  isClear: boolean,
  phrases: readonly string[],
): Joiner[] {
  return phrases.map((phrase) => ({ words: phrase.split(' '), relation, isClear }));
}

const DONE = [
  ...[
    'done',
    'finished',
    'ready',
    'complete',
    'completed',
    'fixed',
    'clear',
    'settled',
    'in place',
  ],
  ...['up', 'live', 'over', 'through', 'known'],
];
const DOERS = [
  ...["that's", 'that is', "it's", 'it is', 'this is', "they're", 'they are', 'those are'],
  ...['both are', 'all are', 'all is', "everything's", 'everything is', 'all of that is'],
  ...["you're", 'you are'],
];
const AFTER_DONE = ['once', 'when', 'after', 'as soon as'].flatMap((start) =>
  DOERS.flatMap((middle) => DONE.map((end) => `${start} ${middle} ${end}`)),
);
const RESULTS = [
  ...['that', 'this', 'it', 'those', 'them', 'these', 'the answer', 'the answers', 'the result'],
  ...['the results', 'the outcome', 'the findings', 'the feedback', 'that answer', 'that result'],
  ...['those results', 'these results', 'those findings', 'these findings', 'what you find'],
  ...['what comes out', 'what they say', 'the numbers', 'those numbers', 'these numbers'],
];
const BY_RESULTS = ['based on', 'depending on', 'building on', 'drawing on', 'using'];

const JOINERS: readonly Joiner[] = [
  ...joiners('sequential', true, [
    ...AFTER_DONE,
    ...DONE.map((end) => `once ${end}`),
    ...RESULTS.flatMap((it) => [
      ...BY_RESULTS.map((start) => `${start} ${it}`),
      `with ${it} in hand`,
      `from ${it} ,`,
      `with ${it} ,`,
    ]),
    '→',
    '⇒',
    '- >',
    '= >',
    'after that',
    'after this',
    'after which',
    'from there',
    'only then',
    'in a second step',
    'in the end',
    'at the end',
    'afterwards',
    'afterward',
    'then',
    'subsequently',
    'next',
    'finally',
    'lastly',
    'last',
  ]),
  ...joiners('conditional', true, [
    'if so',
    'if yes',
    'if not',
    'if no',
    'if it is ,',
    'if it does ,',
    'if they do ,',
    'if that works ,',
    'if yes ,',
    "if it isn't ,",
    "if it doesn't ,",
    "if they don't ,",
    "if that doesn't work ,",
    'if that fails ,',
    'in that case',
    'otherwise',
    'or else',
    'if necessary',
    'if needed',
  ]),
  ...joiners('preceding', true, ['but first', 'but before that', 'before that', 'but beforehand']),
  ...joiners('parallel', true, [
    'in addition',
    'additionally',
    'on top of that',
    'at the same time',
    'in the meantime',
    'in parallel',
    'meanwhile',
    'likewise',
    'apart from that',
    'aside from that',
    'another thing',
    'and another thing',
    'on another note',
    'by the way',
    'btw',
    'oh',
    'as well as',
    'besides that',
    'besides',
    'furthermore',
    'moreover',
    'separately',
    'secondly',
    'second',
    'thirdly',
    'third',
    'fourth',
    'firstly',
    'first of all',
    'first',
    'one more thing',
    'oh and',
    'also',
    'plus',
  ]),
  ...joiners('parallel', false, [
    'and',
    '&',
    '+',
    'n',
    'but',
    'while',
    'so',
    'ok',
    'okay',
    '–',
    '—',
  ]),
].sort((left, right) => right.words.length - left.words.length);

const JOINERS_BY_FIRST = Map.groupBy(JOINERS, ({ words: [first] }) => first ?? '');

/** Bare joining words that begin with a word; they belong to no part. Longer ones first. */
export function joinersFrom(first: string): readonly Joiner[] {
  return JOINERS_BY_FIRST.get(first) ?? [];
}
