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
  for your help
`);

/** Words of a lead-in such as "two things for today:". */
export const LEAD_IN_WORDS = words(`
  things thing tasks points following todo todos to-do to-dos items requests asks questions favours
  favors help jobs steps below
`);

/** Joining words that also stand before a noun: "the next step". */
export const ORDINALS = words(`first second third fourth next last`);

/** Words that can begin a run of joining words in the middle of a sentence. */
export const MID_JOINERS = words(`, and & n but while then also plus as afterwards finally`);

/** Commands that mostly ask for the outcome of the one before: "check it and tell me ...". */
export const REPORTING_VERBS = words(`tell show say explain describe let report`);

interface Joiner {
  readonly words: readonly string[];
  readonly relation: 'parallel' | 'sequential' | 'conditional';
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

const DONE = ['done', 'finished', 'ready', 'complete', 'completed', 'fixed', 'clear', 'settled'];
const AFTER_DONE = ['once', 'when', 'after', 'as soon as'].flatMap((start) =>
  ["that's", 'that is', "it's", 'it is', 'this is', "they're", 'they are', 'those are'].flatMap(
    (middle) => DONE.map((end) => `${start} ${middle} ${end}`),
  ),
);

/** Bare joining words, which belong to no part; longer ones first. */
export const JOINERS: readonly Joiner[] = [
  ...joiners('sequential', true, [
    ...AFTER_DONE,
    ...DONE.map((end) => `once ${end}`),
    ...['that', 'this', 'it', 'those', 'the result', 'the results', 'the outcome'].flatMap((it) => [
      `based on ${it}`,
      `depending on ${it}`,
      `building on ${it}`,
      `using ${it}`,
      `with ${it} in hand`,
    ]),
    'after that',
    'after this',
    'after which',
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
    'in that case',
    'otherwise',
    'or else',
  ]),
  ...joiners('parallel', true, [
    'in addition',
    'additionally',
    'on top of that',
    'at the same time',
    'in the meantime',
    'in parallel',
    'meanwhile',
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
  ...joiners('parallel', false, ['and', '&', 'n', 'but', 'while', 'so', 'ok', 'okay']),
].sort((left, right) => right.words.length - left.words.length);
