export type {
  Agent,
  Approval,
  Budget,
  CompanyTask,
  LedgerRow,
  Reply,
  RoomLine,
} from './answers.ts';
export {
  CompanyClient,
  type CompanyClientInit,
  type LedgerFilter,
  type Message,
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
