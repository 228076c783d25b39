import { afterEach, expect, test } from '@jest/globals';
import { BaseError } from '@371os/kernel';
import { readLauncherSettings } from '../../scripts/launcher/settings.ts';

const SETTINGS = {
  TREASURY_LLM_CAP_USD: ['lots', /Setting TREASURY_LLM_CAP_USD: "lots"/],
  POSTGRES_URL: ['mysql://x', /Setting POSTGRES_URL/],
  OPENAI_BASE_URL: ['nonsense', /Setting OPENAI_BASE_URL/],
  ROUTER_MIN_SIMILARITY_PERCENT: ['200', /ROUTER_MIN_SIMILARITY_PERCENT/],
} as const;

afterEach(() => {
  for (const name of Object.keys(SETTINGS)) Reflect.deleteProperty(process.env, name);
});

// What `npm start` and `npm run chat` read before they do anything.
test.each(Object.entries(SETTINGS))('%s cannot be %p', (name, [value, complaint]) => {
  process.env[name] = value;
  let refusal: unknown;
  try {
    readLauncherSettings();
  } catch (error) {
    refusal = error;
  }
  expect(BaseError.isInstance(refusal)).toBe(true);
  const { message } = refusal as BaseError;
  expect(message).toMatch(complaint);
  expect(message).not.toContain('\n');
});
