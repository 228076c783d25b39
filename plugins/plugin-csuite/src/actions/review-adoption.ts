import { z } from 'zod';
import {
  describeFeatures,
  readFeatures,
  reviewFeatures,
  type FeatureFigures,
} from '../domain/adoption-words.ts';
import { figure, wordsOr } from './inputs.ts';
import { officerAction } from './officer-action.ts';

const feature: z.ZodType<FeatureFigures> = z.object({
  name: z.string().min(1).max(80),
  adoption: figure,
  trend: figure.optional(),
});

const input = z.object({ features: wordsOr(readFeatures, feature).catch([]) });

/** Says which features to promote, to retire and to optimise. */
export const reviewAdoption = officerAction({
  name: 'REVIEW_ADOPTION',
  role: 'CPO',
  similes: ['WHICH_FEATURES_TO_RETIRE', 'CHECK_FEATURE_USAGE', 'PROMOTE_OR_RETIRE'],
  description:
    'Judges features by how they are used: adoption above 0.65 promotes, else a usage trend below 0.1 retires, else the feature is optimised.',
  parameters: {
    features: {
      type: 'string',
      description: 'dark mode: adoption 70%, trend 0.2; export: adoption 20%, trend 0.05',
      required: true,
    },
  },
  rule: (text) => (readFeatures(text).length > 0 ? { features: text } : undefined),
  example: [
    'Dark mode: adoption 70%, trend 0.2; export: adoption 20%, trend 0.05',
    'Dark mode: promote it. Export: retire it.',
  ],
  work: ({ parameters }) => {
    const reviewed = reviewFeatures(input.parse(parameters).features);
    const verdicts = reviewed.map(({ use, verdict }) => ({ name: use.name, verdict }));
    return { text: describeFeatures(reviewed), data: { features: verdicts } };
  },
});
