export type {
  Agent,
  Approval,
  Budget,
  CompanyTask,
  Configuration,
  LedgerRow,
  Reply,
  RoomLine,
  SettingReport,
} from './answers.ts';
export {
  CompanyClient,
  type CompanyClientInit,
  type LedgerFilter,
  type Message,
  type SettingFilter,
} from './company-client.ts';
export {
  AnswerLostError,
  CompanyError,
  NotFoundError,
  NotPermittedError,
  RequestRefusedError,
  ServerUnreachableError,
  TimedOutError,
  TokenRefusedError,
  UnknownAnswerError,
} from './errors.ts';
export type { ReplyEvents } from './read-reply.ts';
