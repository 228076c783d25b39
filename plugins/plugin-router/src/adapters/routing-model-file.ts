import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { LABELS, type LinearLayer, type RoutingModel } from '../domain/classify.ts';
import { BUCKETS } from '../domain/text-features.ts';

const SHIPPED = new URL('../../models/routing.json', import.meta.url);
const LARGEST = 32_767;

// Weights are 16-bit integers of a common scale, little-endian in base64: a tenth of JSON numbers.
const layerFile = z.strictObject({
  scale: z.number().positive(),
  biases: z.array(z.number()).length(LABELS.length),
  weights: z.array(z.base64()).length(LABELS.length),
});

const modelFile = z.strictObject({
  /** The order of the rows. */
  labels: z.literal(LABELS.join(' ')),
  meaning: layerFile,
  words: layerFile,
  documentCounts: z.base64(),
  documents: z.int().positive(),
  temperature: z.number().positive(),
  minimumConfidence: z.number().min(0).max(1),
  contextShare: z.number().min(0).max(1),
});
type LayerFile = z.output<typeof layerFile>;

/** Reads the classifier that is shipped with this package, or one of the same shape. */
export function loadRoutingModel(file: URL | string = SHIPPED): RoutingModel {
  return decodeRoutingModel(readFileSync(file, 'utf8'));
}

/** The classifier in the text of a model file. */
export function decodeRoutingModel(text: string): RoutingModel {
  const file = modelFile.parse(JSON.parse(text));
  const { documents, temperature, minimumConfidence, contextShare } = file;
  return {
    meaning: decodeLayer(file.meaning),
    words: decodeLayer(file.words),
    documentCounts: Uint8Array.from(Buffer.from(file.documentCounts, 'base64')),
    documents,
    temperature,
    minimumConfidence,
    contextShare,
  };
}

/** The text of a model file; the same classifier gives the same text. */
export function encodeRoutingModel({
  meaning,
  words,
  documentCounts,
  ...numbers
}: RoutingModel): string {
  const file: z.input<typeof modelFile> = {
    labels: LABELS.join(' '),
    ...numbers,
    meaning: encodeLayer(meaning),
    words: encodeLayer(words),
    documentCounts: Buffer.from(documentCounts.subarray(0, BUCKETS)).toString('base64'),
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

function decodeLayer({ scale, biases, weights }: LayerFile): LinearLayer {
  return { biases, weights: weights.map((text) => decodeWeights(text, scale)) };
}

function decodeWeights(text: string, scale: number): Float32Array {
  const bytes = Buffer.from(text, 'base64');
  return Float32Array.from(
    { length: bytes.length / 2 },
    (_, index) => bytes.readInt16LE(index * 2) * scale,
  );
}

function encodeLayer({ biases, weights }: LinearLayer): LayerFile {
  const largest = weights.reduce(
    (most, row) => row.reduce((found, weight) => Math.max(found, Math.abs(weight)), most),
    1e-6,
  );
  const scale = largest / LARGEST;
  return {
    scale,
    biases: [...biases],
    weights: weights.map((row) => {
      const bytes = Buffer.alloc(row.length * 2);
      row.forEach((weight, index) => bytes.writeInt16LE(Math.round(weight / scale), index * 2));
      return bytes.toString('base64');
    }),
  };
}
