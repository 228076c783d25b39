import { MissingInputError } from '../errors.ts';
import { reviewAdoption, type AdoptionVerdict, type FeatureUse } from './adoption-review.ts';
import { formatPercent, formatRatio, parseProportion, parseShare } from './decimal.ts';
import { FigureReader } from './named-figures.ts';

/** A feature's figures as text. */
export interface FeatureFigures {
  readonly name: string;
  readonly adoption: string;
  readonly trend?: string | undefined;
}

const FIGURES = new FigureReader({
  adoption: 'adoption|adopted',
  trend: 'usage trend|trend|usage growth|growth',
});
const LEAD_IN =
  /^(?:(?:please |can you |could you )*(?:review|check|judge|look at|assess|analy[sz]e)\s)?(?:(?:the|our)\s)?(?:feature\s)?(?:adoption|usage)?(?:\s(?:figures|of (?:the |our )?features))?\s*:\s*(?=[^;]*:)/i;

/** `dark mode: adoption 70%, trend 0.2; export: adoption 20%, trend 0.05` */
export function readFeatures(text: string): FeatureFigures[] {
  return FIGURES.readNamed(text.replace(LEAD_IN, '')).flatMap(({ name, figures }) => {
    const { adoption, trend } = figures;
    return adoption === undefined ? [] : [{ name, adoption, ...(trend ? { trend } : {}) }];
  });
}

/** @throws InvalidFigureError */
export function featureUse({ name, adoption, trend }: FeatureFigures): FeatureUse {
  return {
    name,
    adoption: parseProportion(adoption, `the adoption of ${name}`),
    trend: trend === undefined ? undefined : parseShare(trend, `the usage trend of ${name}`),
  };
}

/** A feature and what to do with it. */
export interface ReviewedFeature {
  readonly use: FeatureUse;
  readonly verdict: AdoptionVerdict;
}

/** @throws MissingInputError when there is no feature, or a trend that decides is missing */
export function reviewFeatures(features: readonly FeatureFigures[]): ReviewedFeature[] {
  if (features.length === 0)
    throw new MissingInputError({
      missing: 'which features there are and how they are used',
      example: '"dark mode: adoption 70%, trend 0.2; export: adoption 20%, trend 0.05"',
    });
  return features.map((figures) => {
    const use = featureUse(figures);
    return { use, verdict: reviewAdoption(use) };
  });
}

/** One line a feature: what to do and why. */
export function describeFeatures(reviewed: readonly ReviewedFeature[]): string {
  return reviewed.map(describeFeature).join('\n');
}

function describeFeature({ use: { name, adoption, trend }, verdict }: ReviewedFeature): string {
  const used = `adoption ${formatPercent(adoption)}`;
  const grown = trend === undefined ? '' : `, usage trend ${formatRatio(trend)}`;
  switch (verdict) {
    case 'promote':
      return `${name}: promote it. ${used} is above 65 %.`;
    case 'retire':
      return `${name}: retire it. ${used}${grown}: the trend is below 0.1.`;
    case 'optimise':
      return `${name}: optimise it. ${used}${grown}: not yet above 65 %, and the trend holds.`;
  }
}
