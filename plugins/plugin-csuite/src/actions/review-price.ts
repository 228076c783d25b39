import { z } from 'zod';
import { describePriceReview } from '../domain/price-words.ts';
import { reviewPrice as review } from '../domain/price-review.ts';
import { priceQuestion, readPriceQuestion } from '../domain/prices.ts';
import { formatDecimal } from '../domain/decimal.ts';
import { figure, figures } from './inputs.ts';
import { officerAction } from './officer-action.ts';

const input = z.object({
  suggestion: figure.default('').catch(''),
  competitors: figures.default([]).catch([]),
});

/** Compares our price with what competitors ask. */
export const reviewPrice = officerAction({
  name: 'REVIEW_PRICE',
  role: 'CMO_MONETIZATION',
  similes: ['CHECK_OUR_PRICE', 'COMPARE_WITH_COMPETITORS', 'SUGGEST_PRICING'],
  description:
    "Compares the price that we want to charge with competitors' prices: when their median is above 1.15 times ours it proposes 0.9 times the median, else it keeps ours.",
  parameters: {
    suggestion: { type: 'string', description: 'What we want to charge: 20', required: true },
    competitors: {
      type: 'string',
      description: 'What competitors charge: 25, 30 and 28',
      required: true,
    },
  },
  rule: readPriceQuestion,
  example: [
    'We want to charge 20, competitors charge 25, 30 and 28',
    'Charge 25.20: the median of 3 competitors is 28.00, above 1.15 times our 20.00.',
  ],
  work: ({ parameters }) => {
    const { suggestion, competitors } = input.parse(parameters);
    const question = priceQuestion(suggestion, competitors);
    const result = review(question.suggestion, question.competitors);
    return {
      text: describePriceReview(question, result),
      values: {
        verdict: result.verdict,
        price: formatDecimal(result.price, 2),
        median: formatDecimal(result.median, 2),
      },
    };
  },
});
