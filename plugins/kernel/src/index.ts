export { toActionResult, type ActionOutcome } from './action-result.ts';
export { secureRandom, systemClock, uuidSource } from './clock.ts';
export type { Clock, IdSource, RandomSource } from './clock.ts';
export {
  argumentsIn,
  describeArguments,
  InvalidArgumentsError,
  parseArguments,
  quoteArgument,
  usageOf,
  type CommandArgument,
  type CommandArguments,
} from './command-arguments.ts';
export {
  commandsOf,
  listCommands,
  refreshCommands,
  registerCommands,
  registerCommandSource,
  typedCommand,
  type Command,
  type CommandCall,
  type CommandSource,
  type TypedCommand,
} from './commands.ts';
export { confidentialTwin, rememberConfidential, repeatsConfidential } from './confidential.ts';
export {
  currentConversation,
  inConversation,
  onRecorded,
  record,
  startConversation,
  type Conversation,
  type TraceEvent,
} from './conversation.ts';
export {
  declaredSetting,
  declaredSettings,
  declareSettings,
  didYouMean,
  problemOfSetting,
  type DeclaredSetting,
  type SettingReach,
} from './declared-settings.ts';
export { DeadEnd } from './dead-end.ts';
export { isDiskFull } from './disk-full.ts';
export { Disturbances, type Disturbance, type DisturbanceKind } from './disturbances.ts';
export { every } from './every.ts';
export { BaseError, explainError, type BaseErrorInit } from './errors.ts';
export {
  explainSetting,
  explainSettings,
  UnknownSettingError,
  type SettingReport,
  type ShownOrigin,
} from './explain-settings.ts';
export { Fallbacks, type FallbacksInit } from './fallbacks.ts';
export { forecastBurn, monthAt, type Burn, type MonthProgress } from './forecast.ts';
export {
  cutOff,
  CutOffError,
  noNewWork,
  NoNewWorkError,
  refuseCutOff,
  refuseNewWork,
} from './hindrance.ts';
export {
  authenticate,
  authenticatedRoute,
  describeError,
  guestNamed,
  InvalidRequestError,
  NoServerTokenError,
  secretsEqual,
  UnauthorizedError,
  type AuthenticatedCall,
  type ErrorResponse,
} from './http-route.ts';
export {
  identitySettings,
  principalOf,
  roleOfAccount,
  vouchForSource,
  type IdentityResolver,
} from './identity.ts';
export { isOutside } from './is-outside.ts';
export { KeyedQueue } from './keyed-queue.ts';
export { aroundMessages, messageSettings, type AroundMessage } from './message-front.ts';
export {
  acceptText,
  BinaryMessageError,
  EmptyMessageError,
  MessageTooLongError,
} from './message-text.ts';
export {
  divideUp,
  formatUsd,
  InvalidMoneyError,
  parseUsd,
  perUnitFromPerMillion,
  PICO_PER_USD,
  usdNumber,
  type PicoUsd,
} from './money.ts';
export { offeredSkills, offerSkills, type OfferedSkill } from './skills.ts';
export { StatementRunner, type StatementExecutor } from './statement-runner.ts';
export { serviceOf } from './service-of.ts';
export { cutOffOrigins, wayTo } from './way-to.ts';
export { withinTime } from './within-time.ts';
export {
  hasRole,
  NotPermittedError,
  OWNER,
  requireRole,
  ROLES,
  SYSTEM,
  type Principal,
  type Role,
} from './principal.ts';
export { declareKernelSettings, prepareAgent } from './prepare-agent.ts';
export {
  fileProblemOf,
  isOpenToOthers,
  PrivateFileError,
  readPrivateFile,
} from './private-file.ts';
export { processWide } from './process-wide.ts';
export { isPublicAddress } from './public-address.ts';
export { POLITE_BEGINNING, splitList } from './request-words.ts';
export { RateLimit, TooManyRequestsError } from './rate-limit.ts';
export { becomeReplica, isReplica } from './replica.ts';
export { RoomSpeaker, speakFar, WORK_SOURCE, type FarVoice } from './room-speaker.ts';
export {
  ruledAction,
  type ActionCall,
  type ActionParameters,
  type RuledActionInit,
} from './ruled-action.ts';
export { ruleOf, type ActionRule, type RuledAction, type RuleParameters } from './rule.ts';
export {
  checkSettingFiles,
  fileSettings,
  problemOfAgentSetting,
  SettingFileError,
  settingFiles,
  type SettingValue,
} from './setting-files.ts';
export {
  agentSettings,
  processSettings,
  registryLayerOf,
  runtimeSettings,
  setRegistryLayer,
  type RegistryLayer,
  type SettingLayer,
} from './setting-layers.ts';
export {
  addressListSetting,
  booleanSetting,
  environment,
  integerSetting,
  InvalidSettingError,
  isSecretSetting,
  listSetting,
  placeSettings,
  readSettings,
  type SettingSource,
} from './settings.ts';
