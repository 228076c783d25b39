import {
  AuthInfo,
  SignDoc,
  SignMode,
  TxBody,
  TxRaw,
} from '@akashnetwork/chain-sdk/private-types/cosmos.v1beta1';
import { PubKey } from '@akashnetwork/chain-sdk/private-types/cosmos.secp256k1';
import { rawSecp256k1PubkeyToRawAddress } from '@cosmjs/amino';
import { toBech32 } from '@cosmjs/encoding';
import { ADDRESS_PREFIX, UAKT, type ChainAccount } from './bank.ts';
import { ChainError, refuse } from './chain-error.ts';
import { multiplyUnits, parseDecimal } from './decimal.ts';
import { handlerOf } from './messages.ts';
import { isSignatureOf } from './secp256k1.ts';

/** The least that a unit of gas costs, in uakt. */
const MINIMUM_GAS_PRICE = '0.00025';
const GAS_PER_TRANSACTION = 50_000n;
const GAS_PER_MESSAGE = 60_000n;
const GAS_PER_BYTE = 10n;

/** A transaction as it came in, decoded. */
export interface SignedTransaction {
  readonly bytes: Uint8Array;
  readonly raw: TxRaw;
  readonly body: TxBody;
  readonly authInfo: AuthInfo;
  /** Who must have signed all messages. */
  readonly signer: string;
  readonly sequence: bigint;
  readonly feeUakt: bigint;
  readonly gasWanted: bigint;
  readonly gasUsed: bigint;
}

/** @throws ChainError (sdk 2, 4, 13) */
export function decodeTransaction(bytes: Uint8Array): SignedTransaction {
  const { raw, body, authInfo } = decodeParts(bytes);
  const [signer = '', ...others] = signersOf(body);
  if (others.length > 0 || authInfo.signerInfos.length !== 1 || raw.signatures.length !== 1)
    refuse('sdk.unauthorized', 'exactly one signer is supported');
  const gasUsed =
    GAS_PER_TRANSACTION +
    GAS_PER_BYTE * BigInt(bytes.length) +
    GAS_PER_MESSAGE * BigInt(body.messages.length);
  return {
    ...{ bytes, raw, body, authInfo, signer, gasUsed, feeUakt: feeOf(authInfo) },
    sequence: BigInt(String(authInfo.signerInfos[0]?.sequence ?? 0)),
    gasWanted: BigInt(String(authInfo.fee?.gasLimit ?? 0)),
  };
}

/**
 * Checks everything about a transaction but what its messages do. `sequence` is the one that the
 * account must use next.
 * @throws ChainError (sdk 4, 5, 8, 9, 13, 30, 32)
 */
export function checkTransaction(
  transaction: SignedTransaction,
  account: ChainAccount | undefined,
  { chainId, height, sequence }: { chainId: string; height: number; sequence: number },
): { publicKey: Uint8Array } {
  const { body, feeUakt, gasWanted } = transaction;
  const lastHeight = Number(String(body.timeoutHeight));
  if (lastHeight !== 0 && height > lastHeight) refuse('sdk.timeoutHeight');
  if (feeUakt < multiplyUnits(gasWanted, parseDecimal(MINIMUM_GAS_PRICE)))
    refuse('sdk.insufficientFee', `insufficient fees; got: ${String(feeUakt)}${UAKT}`);
  const known =
    account ?? refuse('sdk.unknownAddress', `account ${transaction.signer} does not exist`);
  const publicKey = publicKeyOf(transaction, known);
  checkSequence(transaction, sequence);
  if (!isSigned(transaction, publicKey, chainId, known.number))
    refuse(
      'sdk.unauthorized',
      `signature verification failed; please verify account number (${String(known.number)}), ` +
        `sequence (${String(sequence)}) and chain-id (${chainId})`,
    );
  return { publicKey };
}

/** @throws ChainError (sdk 32), with the text that clients read the right number from. */
export function checkSequence(transaction: SignedTransaction, sequence: number): void {
  const got = transaction.sequence;
  if (got !== BigInt(sequence))
    refuse(
      'sdk.wrongSequence',
      `account sequence mismatch, expected ${String(sequence)}, got ${String(got)}`,
    );
}

function decodeParts(bytes: Uint8Array): Pick<SignedTransaction, 'raw' | 'body' | 'authInfo'> {
  try {
    const raw = TxRaw.decode(bytes);
    const body = TxBody.decode(raw.bodyBytes);
    return { raw, body, authInfo: AuthInfo.decode(raw.authInfoBytes) };
  } catch {
    return refuse('sdk.txDecode');
  }
}

function signersOf({ messages }: TxBody): string[] {
  if (messages.length === 0) refuse('sdk.invalidRequest', 'must contain at least one message');
  try {
    const signers = messages.map(({ typeUrl, value }) => handlerOf(typeUrl).signerOf(value));
    return [...new Set(signers)];
  } catch (error) {
    if (error instanceof ChainError) throw error;
    return refuse('sdk.txDecode');
  }
}

function feeOf({ fee }: AuthInfo): bigint {
  return (fee?.amount ?? []).reduce((sum, { denom, amount }) => {
    if (denom !== UAKT || !/^\d{1,30}$/.test(amount))
      refuse('sdk.insufficientFee', `fees are paid in ${UAKT}, got ${amount}${denom}`);
    return sum + BigInt(amount);
  }, 0n);
}

function publicKeyOf({ authInfo, signer }: SignedTransaction, account: ChainAccount): Uint8Array {
  const any = authInfo.signerInfos[0]?.publicKey;
  const given =
    any?.typeUrl === '/cosmos.crypto.secp256k1.PubKey' ? PubKey.decode(any.value).key : undefined;
  const known = account.publicKey && Buffer.from(account.publicKey, 'base64');
  const key = given ?? (known || refuse('sdk.invalidPublicKey', 'no secp256k1 key is given'));
  if (toBech32(ADDRESS_PREFIX, rawSecp256k1PubkeyToRawAddress(key)) !== signer)
    refuse('sdk.invalidPublicKey', `the key is not that of ${signer}`);
  return key;
}

function isSigned(
  { raw, authInfo }: SignedTransaction,
  publicKey: Uint8Array,
  chainId: string,
  accountNumber: number,
): boolean {
  if (authInfo.signerInfos[0]?.modeInfo?.single?.mode !== SignMode.SIGN_MODE_DIRECT)
    refuse('sdk.unauthorized', 'only the sign mode DIRECT is supported');
  const { bodyBytes, authInfoBytes } = raw;
  const document = SignDoc.fromPartial({ bodyBytes, authInfoBytes, chainId, accountNumber });
  return isSignatureOf(
    SignDoc.encode(document).finish(),
    raw.signatures[0] ?? new Uint8Array(),
    publicKey,
  );
}
