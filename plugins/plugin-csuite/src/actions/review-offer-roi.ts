import { z } from 'zod';
import { formatRatio } from '../domain/decimal.ts';
import {
  describeOffers,
  readOffers,
  reviewOffers,
  type OfferFigures,
} from '../domain/price-words.ts';
import { figure, wordsOr } from './inputs.ts';
import { officerAction } from './officer-action.ts';

const offer: z.ZodType<OfferFigures> = z.object({
  name: z.string().min(1).max(80),
  spent: figure.optional(),
  earned: figure.optional(),
  roi: figure.optional(),
});

const input = z.object({ offers: wordsOr(readOffers, offer).catch([]) });

/** Judges what campaigns and offers brought back. */
export const reviewOfferRoi = officerAction({
  name: 'REVIEW_OFFER_ROI',
  role: 'CMO_MONETIZATION',
  similes: ['CHECK_CAMPAIGN_RETURN', 'WHICH_OFFERS_TO_OPTIMISE'],
  description:
    'Judges campaigns and offers by what came back for each unit spent: below 1.2 they are to be optimised.',
  parameters: {
    offers: {
      type: 'string',
      description: 'spring campaign: spent 1000, earned 1150; launch offer: ROI 1.3',
      required: true,
    },
  },
  rule: (text) => (readOffers(text).length > 0 ? { offers: text } : undefined),
  example: [
    'Spring campaign: spent 1000, earned 1150; launch offer: ROI 1.3',
    'Spring campaign: optimise it. It returns 1.15 for each unit spent, below 1.2.',
  ],
  work: ({ parameters }) => {
    const reviewed = reviewOffers(input.parse(parameters).offers);
    const offers = reviewed.map(({ name, verdict, ratio }) => ({
      name,
      verdict,
      returned: formatRatio(ratio),
    }));
    return { text: describeOffers(reviewed), data: { offers } };
  },
});
