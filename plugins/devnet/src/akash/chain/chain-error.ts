import { BaseError } from '@371os/kernel';

/**
 * The codes of the real chain that can be met on the way of a deployment, by codespace:
 * Cosmos SDK 0.53 and Akash's modules (chain-sdk, errors.go of each module, read 2026).
 */
const CODES = {
  sdk: {
    txDecode: [2, 'tx parse error'],
    invalidSequence: [3, 'invalid sequence'],
    unauthorized: [4, 'unauthorized'],
    insufficientFunds: [5, 'insufficient funds'],
    unknownRequest: [6, 'unknown request'],
    invalidAddress: [7, 'invalid address'],
    invalidPublicKey: [8, 'invalid pubkey'],
    unknownAddress: [9, 'unknown address'],
    invalidCoins: [10, 'invalid coins'],
    outOfGas: [11, 'out of gas'],
    insufficientFee: [13, 'insufficient fee'],
    invalidRequest: [18, 'invalid request'],
    keyNotFound: [22, 'key not found'],
    timeoutHeight: [30, 'tx timeout height'],
    wrongSequence: [32, 'incorrect account sequence'],
  },
  bank: { sendDisabled: [5, 'send transactions are disabled'] },
  deployment: {
    exists: [3, 'Deployment exists'],
    notFound: [4, 'Deployment not found'],
    closed: [5, 'Deployment closed'],
    invalidGroups: [7, 'Invalid groups'],
    invalidId: [8, 'Invalid: deployment id'],
    emptyHash: [9, 'Invalid: empty hash'],
    invalidHash: [10, 'Invalid: deployment hash'],
    groupNotFound: [14, 'Group not found'],
    groupClosed: [15, 'Group already closed'],
    groupOpen: [16, 'Group open'],
    groupPaused: [17, 'Group paused'],
    groupNotOpen: [18, 'Group not open'],
    groupSpec: [19, 'GroupSpec invalid'],
    invalidDeposit: [20, 'Deposit invalid'],
    invalidPrice: [24, 'invalid price'],
    duplicateGroupName: [25, 'duplicate group name'],
  },
  market: {
    overOrder: [4, 'bid price above max order price'],
    attributeMismatch: [5, 'attribute mismatch'],
    unknownBid: [6, 'unknown bid'],
    unknownLeaseForBid: [8, 'unknown lease for bid'],
    leaseNotActive: [10, 'lease not active'],
    bidNotOpen: [12, 'bid not open'],
    orderNotOpen: [13, 'bid: order not open'],
    orderNotFound: [15, 'invalid order: order not found'],
    groupNotOpen: [17, 'group not open'],
    bidNotFound: [18, 'invalid bid: bid not found'],
    leaseNotFound: [20, 'invalid lease: lease not found'],
    bidExists: [21, 'invalid bid: bid exists from provider'],
    orderClosed: [24, 'order closed'],
    invalidDeposit: [28, 'deposit invalid'],
    unknownProvider: [30, 'unknown provider'],
    invalidBid: [31, 'invalid bid'],
  },
  escrow: {
    accountClosed: [2, 'account closed'],
    accountNotFound: [3, 'account not found'],
    overdrawn: [4, 'account overdrawn'],
    invalidDenomination: [5, 'invalid denomination'],
    paymentClosed: [7, 'payment closed'],
    paymentNotFound: [8, 'payment not found'],
    invalidDeposit: [16, 'invalid deposit'],
  },
  cert: {
    notFound: [1, 'certificate not found'],
    exists: [3, 'certificate exists'],
    alreadyRevoked: [4, 'certificate already revoked'],
    invalidCertificate: [6, 'invalid certificate value'],
    invalidPublicKey: [7, 'invalid pubkey value'],
  },
  bme: {
    oracleUnhealthy: [5, 'oracle is unhealthy'],
    circuitBreaker: [6, 'circuit breaker is active'],
    invalidAmount: [8, 'invalid amount'],
    invalidDenomination: [9, 'invalid denomination'],
    minimumMint: [17, 'minimum mint'],
  },
} as const;

type Codes = typeof CODES;
type CodeName = {
  [Space in keyof Codes]: `${Space}.${keyof Codes[Space] & string}`;
}[keyof Codes];

/** What the chain answers to a transaction or query that it refuses. */
export class ChainError extends BaseError {
  readonly codespace: string;
  readonly number: number;

  constructor({ error, problem }: { error: CodeName; problem?: string }) {
    const [codespace = '', name = ''] = error.split('.');
    const space = CODES[codespace as keyof Codes] as Record<string, readonly [number, string]>;
    const [number, text] = space[name] ?? [1, 'internal error'];
    super(problem === undefined ? text : `${problem}: ${text}`, { details: { codespace, number } });
    this.codespace = codespace;
    this.number = number;
  }
}

/** Throws a ChainError: `refuse('deployment.closed')`. */
export function refuse(error: CodeName, problem?: string): never {
  throw new ChainError({ error, ...(problem === undefined ? {} : { problem }) });
}
