export type {
  Agent,
  AgentLife,
  AgentStatus,
  Approval,
  Budget,
  CompanyTask,
  Configuration,
  LedgerRow,
  LifeDecision,
  Memory,
  Reply,
  RoomLine,
  SettingReport,
} from './answers.ts';
export {
  CompanyClient,
  type CompanyClientInit,
  type LedgerFilter,
  type LifeWait,
  type Message,
  type NewAgent,
  type SettingFilter,
} from './company-client.ts';
export {
  AgentFailedError,
  AnswerLostError,
  ApprovalNeededError,
  CompanyError,
  LifeTimedOutError,
  NotFoundError,
  NotPermittedError,
  RequestRefusedError,
  ServerUnreachableError,
  TimedOutError,
  TokenRefusedError,
  UnknownAnswerError,
} from './errors.ts';
export type { ReplyEvents } from './read-reply.ts';
