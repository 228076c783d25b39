import type { Plugin } from '@elizaos/core';
import { declareSettings, prepareAgent } from '@371os/kernel';
import { analyseSpending } from './actions/analyse-spending.ts';
import { checkCommunity } from './actions/check-community.ts';
import { delegateDirective } from './actions/delegate-directive.ts';
import { reviewAdoption } from './actions/review-adoption.ts';
import { reviewOfferRoi } from './actions/review-offer-roi.ts';
import { reviewOutcomes } from './actions/review-outcomes.ts';
import { reviewPrice } from './actions/review-price.ts';
import { officerProvider } from './providers/officer.ts';
import { CsuiteService } from './services/csuite-service.ts';
import { csuiteSettings } from './settings.ts';

export { CsuiteMissingError, NotMyOfficeError, TooManyHopsError } from './errors.ts';
export { CSUITE_SERVICE, csuiteOf, CsuiteService } from './services/csuite-service.ts';
export { csuiteSettings, type CsuiteSettings } from './settings.ts';

const csuitePlugin: Plugin = {
  name: 'csuite',
  description:
    'What the officers of the company decide by rules, and what they read from its books.',
  dependencies: ['@371os/plugin-treasury', '@371os/plugin-tasks'],
  services: [CsuiteService],
  actions: [
    reviewPrice,
    reviewOfferRoi,
    reviewAdoption,
    checkCommunity,
    analyseSpending,
    reviewOutcomes,
    delegateDirective,
  ],
  providers: [officerProvider],
  init: (_config, runtime) => {
    prepareAgent(runtime);
    declareSettings('csuite', csuiteSettings);
    return Promise.resolve();
  },
};

export default csuitePlugin;
